/** Reads what SciPy answered; the generators and versions stand beside the files in `test/golden/`. */

import { readFileSync } from 'node:fs';

/** The file `test/golden/<name>`, with the strings that stand for NaN and infinities made numbers again. */
// biome-ignore lint/suspicious/noExplicitAny: JSON of many shapes
export function golden(name: string): any {
  const special: Record<string, number> = { NaN: NaN, Infinity: Infinity, '-Infinity': -Infinity };
  const text = readFileSync(new URL(`../golden/${name}`, import.meta.url), 'utf8');
  return JSON.parse(text, (_, value) =>
    typeof value === 'string' && value in special ? special[value] : value,
  );
}

export const f64 = (values: ArrayLike<number>): Float64Array => Float64Array.from(values);
