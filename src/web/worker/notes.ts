/** Rewrites warnings and errors for the page. */

/** Advice that names options of the package, and its replacement in terms of the page. */
const ADVICE: [from: string, to: string][] = [
  ['choose others with columns or name it idColumn', 'choose others, or name it among the names of the rows'],
  ['choose it with columns', 'name it among the columns'],
  [
    "missing: 'drop-rows', 'drop-columns' or 'mean' takes missing values",
    'choose below what to do with missing values',
  ],
  ['choose another with sheet', 'choose another below'],
  ['to choose yourself, use columns', 'to choose yourself, name them among the columns'],
  ['choose with columns', 'name it among the columns'],
  ['say header: false', 'put a line of names above it'],
  ["onBadRow 'skip' leaves such rows out", 'to leave such rows out, tick "Skip rows with NaN or infinity"'],
];

/** The text that the page shows for a warning or an error. */
export function noteOf(message: string): string {
  return ADVICE.reduce((text, [from, to]) => text.replace(from, () => to), message);
}
