/** Slow and obvious: every pair of sequences. */

/** Places in which two sequences of equal length differ; Infinity for others. */
export function hamming(a: string, b: string): number {
  if (a.length !== b.length) return Infinity;
  let count = 0;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) count++;
  return count;
}

/** Whether one is the other without one letter. */
export function isOneDeletion(a: string, b: string): boolean {
  if (a.length > b.length) return isOneDeletion(b, a);
  if (b.length !== a.length + 1) return false;
  for (let i = 0; i < b.length; i++) if (b.slice(0, i) + b.slice(i + 1) === a) return true;
  return false;
}

/** The neighbours of each sequence, ascending. */
export function neighboursByPairs(
  sequences: readonly string[],
  {
    maxDistance = 1,
    indels = false,
    groups,
  }: { maxDistance?: number; indels?: boolean; groups?: readonly (string | undefined)[] } = {},
): number[][] {
  return sequences.map((a, i) =>
    sequences.flatMap((b, j) => {
      if (i === j || (groups && (groups[i] ?? '') !== (groups[j] ?? ''))) return [];
      return hamming(a, b) <= maxDistance || (indels && isOneDeletion(a, b)) ? [j] : [];
    }),
  );
}
