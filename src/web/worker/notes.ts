/** Rewrites the warnings of readers for the page. */

/** Advice that names options of the package, and its replacement in terms of the page. */
const ADVICE: [from: string, to: string][] = [
  ['choose others with columns or name it idColumn', 'choose others, or name it among the names of the rows'],
  ['choose it with columns', 'name it among the columns'],
  ['choose with columns', 'name it among the columns'],
  ['say header: false', 'put a line of names above it'],
];

/** The text that the page shows for a warning of a reader. */
export function noteOf(message: string): string {
  return ADVICE.reduce((text, [from, to]) => text.replace(from, () => to), message);
}
