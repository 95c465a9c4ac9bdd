/** Reads what SciPy answered; the generators and versions stand beside the files in `test/golden/`. */

import { readFileSync } from 'node:fs';

/** The file `test/golden/<name>`, with strings for NaN and infinities converted to numbers. */
// biome-ignore lint/suspicious/noExplicitAny: JSON of many shapes
export function golden(name: string): any {
  const special: Record<string, number> = { NaN: NaN, Infinity: Infinity, '-Infinity': -Infinity };
  const text = readFileSync(new URL(`../golden/${name}`, import.meta.url), 'utf8');
  return JSON.parse(text, (_, value) =>
    typeof value === 'string' && value in special ? special[value] : value,
  );
}

export const f64 = (values: ArrayLike<number>): Float64Array => Float64Array.from(values);

/** Equal within 1e-12, relative and absolute; NaN and infinities must match exactly. */
export function near(got: number, wanted: number): boolean {
  return Object.is(got, wanted) || Math.abs(got - wanted) <= 1e-12 * Math.max(1, Math.abs(wanted));
}

/** The places at which two arrays are not near each other. */
export function differences(got: ArrayLike<number>, wanted: ArrayLike<number>): string[] {
  if (got.length !== wanted.length) return [`length ${got.length}, wanted ${wanted.length}`];
  return Array.from(wanted).flatMap((w, i) => (near(got[i], w) ? [] : [`[${i}] ${got[i]}, wanted ${w}`]));
}
