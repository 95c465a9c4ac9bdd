/** Suggests names that the user probably meant. */

/** A name reduced for comparison: `truncate_mode` and `truncateMode` become equal. */
export function bare(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** Edit distance: letters to replace, delete, insert, or swap with a neighbour. */
function edits(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, rows[i - 2][j - 2] + 1);
      }
      row.push(least);
    }
    rows.push(row);
  }
  return rows[a.length][b.length];
}

/** Names that libraries use for the number of clusters. */
const COUNTS = ['k', 'clusters', 'nclusters', 'numclusters', 'ncomponents'];

/** The name that is most similar, if one is similar enough. */
export function mostLike<Name extends string>(name: string, names: readonly Name[]): Name | undefined {
  const asked = bare(name);
  const count = COUNTS.includes(asked) && names.find((one) => COUNTS.includes(bare(one)));
  if (count) return count;
  if (asked === 'randomstate') return names.find((one) => one === 'seed');
  let best: Name | undefined;
  let least = Math.min(3, Math.ceil(asked.length / 3)) + 0.5;
  for (const one of names) {
    const known = bare(one);
    if (known === asked) return one;
    const begins = known.startsWith(asked) || asked.startsWith(known);
    const apart = begins ? 0.5 : known.includes(asked) ? 1 : edits(asked, known);
    if (apart < least) [best, least] = [one, apart];
  }
  return best;
}
