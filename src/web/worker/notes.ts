/** Warnings of readers as the page shows them. */

/** Advice in words of the page, where it is in those of the package. */
export const ADVICE: [from: string, to: string][] = [
  ['choose others with columns or name it idColumn', 'choose others, or name it among the names of the rows'],
  ['choose it with columns', 'name it among the columns'],
  ['choose with columns', 'name it among the columns'],
  ['say header: false', 'put a line of names above it'],
];

/** A warning of a reader as the page says it. */
export function noteOf(message: string): string {
  return ADVICE.reduce((text, [from, to]) => text.replace(from, () => to), message);
}
