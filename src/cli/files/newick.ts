/** Trees as Newick text, for `coppice dendrogram --out tree.nwk`. */

import { prune } from '../../hierarchy/trees/prune.ts';
import { type NewickHeights, toNewick } from '../../hierarchy/trees/to-newick.ts';
import type { OutputFile } from '../../sinks/file.ts';
import { isStdout } from '../../sinks/stdout.ts';
import type { Z } from '../../types.ts';
import { isCalled } from '../flags/values.ts';

/** Endings of Newick files. Standard output is not one of them. */
export function isNewick(file: string): boolean {
  return !isStdout(file) && (isCalled(file, 'nwk') || isCalled(file, 'newick'));
}

interface NewickFlags {
  names?: readonly string[] | undefined;
  /** Keep only this many leaves, each for a cluster. */
  leaves?: number | undefined;
  heights?: NewickHeights | undefined;
}

export function writeNewick(file: OutputFile, Z: Z, { names, leaves, heights }: NewickFlags): void {
  const n = Z.length / 4 + 1;
  const { Z: tree, shown } =
    leaves !== undefined && leaves < n ? upperTree(Z, leaves, names) : { Z, shown: names };
  file.append(new TextEncoder().encode(`${toNewick(tree, shown, { heights })}\n`));
}

/** The last merges. A leaf that stands for several items has the name of the first of them and the number of the others. */
function upperTree(Z: Z, leaves: number, names?: readonly string[]): { Z: Z; shown: string[] } {
  const upper = prune(Z, Math.max(2, leaves));
  const first = new Map<number, number>();
  upper.labels.forEach((leaf, item) => {
    if (!first.has(leaf)) first.set(leaf, item);
  });
  const shown = Array.from(upper.counts, (count, leaf) => {
    const item = first.get(leaf) as number;
    const name = names?.[item] ?? String(item);
    return count === 1 ? name : `${name} and ${count - 1} more`;
  });
  return { Z: upper.Z, shown };
}
