import { rangeError } from '../../errors.ts';
import { allocate, guard } from '../../support/allocate.ts';
import { checkOneOf, checkOptions } from '../../support/checks.ts';
import type { Z } from '../../types.ts';
import { checkLinkage } from '../validate.ts';
import { type ExactSum, lengthTo, plus, ZERO } from './exact-sum.ts';
import { leafNames } from './names.ts';

/**
 * How the height of a merge is written. 'half': a leaf is half of it below the merge, so that the path from leaf to leaf
 * is as long as their distance (scikit-bio, ape's `as.phylo`). 'whole': a leaf is the whole height below the merge.
 */
export type NewickHeights = 'half' | 'whole';

export interface ToNewickOptions {
  /** Default 'half'. */
  heights?: NewickHeights;
}

/** @throws RangeError unless it is a way to write heights; the factor from heights to sums of lengths */
export function heightFactor(heights: unknown = 'half'): number {
  checkOneOf(heights, 'heights', ['half', 'whole']);
  return heights === 'half' ? 0.5 : 1;
}

/** A name as Newick has it. In single quotes a quote is written twice; without them an underscore would mean a blank. */
function newickName(name: string): string {
  return /^[^\s()[\]'":;,_]*$/.test(name) ? name : `'${name.replaceAll("'", "''")}'`;
}

/**
 * Write a tree as Newick, the text format of iTOL, scikit-bio, ape, Biopython and others.
 *
 * Names: those of the leaves, by default their numbers from 0. A name with blanks, quotes, underscores or marks of the
 * format is quoted, so that every reader finds the same name.
 * Lengths: of branches, differences of heights; `fromNewick` finds the same heights to the last bit (from 1e-300 on). Where a merge is
 * lower than one of its parts (centroid, median), a length is below 0.
 * Returns: one line, with ';' at its end. The left part of each merge comes first.
 * Cost: O(n); no recursion.
 * Errors: those of `isValidLinkage`; TypeError if names are no texts, or an option is unknown; RangeError if there is not one name
 * for each leaf, or a height is not finite.
 *
 * @example
 * toNewick(Z, ['ann', 'bob', 'c d']); // "('c d':2,(ann:0.5,bob:0.5):1.5);"
 */
export function toNewick(Z: Z, names?: readonly string[], options: ToNewickOptions = {}): string {
  checkOptions(options, { heights: true }, 'toNewick', "{ heights: 'whole' }");
  const n = checkLinkage(Z);
  const factor = heightFactor(options.heights);
  const shown = leafNames(names, n);
  for (let at = 2; at < Z.length; at += 4) {
    if (Number.isFinite(Z[at])) continue;
    throw rangeError(`Z: row ${(at - 2) / 4}, column 2 is ${Z[at]}; lengths in Newick are finite`);
  }
  // For each node: the sum of lengths down to its leftmost leaf, and the length of its branch.
  const sums: ExactSum[] = new Array(2 * n - 1).fill(ZERO);
  const lengths = allocate(Float64Array, 2 * n - 1);
  for (let i = 0; i < n - 1; i++) {
    const [left, right] = [Z[4 * i], Z[4 * i + 1]];
    const height = factor * Z[4 * i + 2];
    for (const part of [left, right]) lengths[part] = lengthTo(sums[part], height);
    sums[n + i] = plus(sums[left], lengths[left]);
  }
  const root = 2 * n - 2;
  const comma = 2 * n - 1;
  const parts: string[] = [];
  // What is still to be written, the next one last: a node, a comma, or the end of merge i, as -1 - i.
  const waiting = [root];
  const lengthOf = (node: number) => (node === root ? '' : `:${lengths[node]}`);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next === comma) parts.push(',');
    else if (next < 0) parts.push(`)${lengthOf(n - 1 - next)}`);
    else if (next < n) parts.push(newickName(shown[next]) + lengthOf(next));
    else {
      const merge = next - n;
      parts.push('(');
      waiting.push(-1 - merge, Z[4 * merge + 1], comma, Z[4 * merge]);
    }
  }
  return guard(() => `${parts.join('')};`);
}
