/** How well clusters separate labelled sequences, by the definitions of clusTCR; slow and obvious. */

export function labelledQuality(
  pairs: readonly (readonly [string, string])[],
  clusters: readonly (readonly string[])[],
) {
  const clusterOf = new Map(clusters.flatMap((members, c) => members.map((member) => [member, c] as const)));
  const inside = pairs.filter(([sequence]) => clusterOf.has(sequence));
  const distinct = new Set(pairs.map(([sequence]) => sequence));
  const table = clusters.map(() => new Map<string, number>());
  for (const [sequence, label] of inside) {
    const row = table[clusterOf.get(sequence) as number];
    row.set(label, (row.get(label) ?? 0) + 1);
  }
  const largest = table.map((row) => Math.max(...row.values()));
  const sizes = table.map((row) => [...row.values()].reduce((a, b) => a + b, 0));
  // The largest cell, then without its row and column, and so on.
  const cells = table.flatMap((row, c) => [...row].map(([label, count]) => ({ c, label, count })));
  cells.sort((a, b) => b.count - a.count);
  const rows = new Set<number>();
  const columns = new Set<string>();
  let matched = 0;
  for (const { c, label, count } of cells) {
    if (rows.has(c) || columns.has(label)) continue;
    rows.add(c);
    columns.add(label);
    matched += count;
  }
  return {
    retention: clusterOf.size / distinct.size,
    purity: largest.reduce((a, b) => a + b, 0) / inside.length,
    purity90: largest.filter((count, c) => count / sizes[c] >= 0.9).length / clusters.length,
    consistency: matched / inside.length,
  };
}
