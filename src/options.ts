/** Options that a function does not have: a misspelt one would otherwise pass for its default, without a word. */
import { describe } from './describe.ts';
import { typeError } from './errors.ts';
import type { Run } from './types.ts';

/** Each option of T by its name; a table that lacks one, or has one too many, does not compile. */
export type Known<T> = { readonly [Name in keyof Required<T>]: true };

/** Those of every long call. */
export const RUN_OPTIONS: Known<Run> = {
  signal: true,
  onProgress: true,
  onWarning: true,
  memoryLimit: true,
  threads: true,
  seed: true,
};

/** Names as they are compared: `truncate_mode` and `truncateMode` are meant to be the same. */
function bare(name: string): string {
  return name.replace(/[-_\s]/g, '').toLowerCase();
}

/** Letters to change, to leave out or to put in until one word is the other. */
function edits(a: string, b: string): number {
  let line = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(line[j] + 1, next[j - 1] + 1, line[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    line = next;
  }
  return line[b.length];
}

/** The name that was likely meant, if any is near. */
function nearest(name: string, names: readonly string[]): string | undefined {
  const asked = bare(name);
  let best: string | undefined;
  let least = Math.min(3, Math.ceil(asked.length / 3)) + 0.5;
  for (const one of names) {
    const known = bare(one);
    if (known === asked) return one;
    const begins = known.startsWith(asked) || asked.startsWith(known);
    const apart = begins ? 0.5 : Math.min(edits(asked, known), known.includes(asked) ? 1 : 3);
    if (apart < least) [best, least] = [one, apart];
  }
  return best;
}

/**
 * Check that options are an object, and that it has no option that the function `what` does not know.
 *
 * @param example options as they should look, for who passed something else: `{ method: 'ward' }`
 * @throws TypeError
 */
export function checkOptions(
  options: unknown,
  known: Readonly<Record<string, true>>,
  what: string,
  example: string,
): void {
  if (
    typeof options !== 'object' ||
    options === null ||
    Array.isArray(options) ||
    ArrayBuffer.isView(options)
  ) {
    throw typeError(`options of ${what} must be an object such as ${example}, got ${describe(options)}`);
  }
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(known, name)) continue;
    const names = Object.keys(known);
    const meant = nearest(name, names);
    throw typeError(
      `${what} has no option '${name}'; ${meant ? `did you mean '${meant}'?` : `there are ${names.join(', ')}`}`,
    );
  }
}
