import type { Z } from '../../types.ts';
import { checkLinkage } from '../validate.ts';
import { leafNames } from './names.ts';

/** A node as `d3.hierarchy` takes it. */
export interface HierarchyNode {
  /** Less than n for a leaf; else the merge in row id - n of Z. */
  id: number;
  /** Name of a leaf. */
  name?: string;
  /** Height of the merge; 0 for a leaf. */
  height: number;
  /** Number of leaves at and below this node. */
  count: number;
  /** The two parts of a merge; a leaf has none. */
  children?: [HierarchyNode, HierarchyNode];
}

/**
 * A tree as nested plain objects, for `d3.hierarchy`, Vega, ECharts and others.
 *
 * Names: those of the leaves, by default their numbers from 0.
 * Returns: the root. `d3.hierarchy` has a `height` of its own, the number of levels; the height of a merge is
 * `node.data.height`.
 * Cost: O(n); 2n - 1 objects; no recursion.
 * Errors: those of `isValidLinkage`; TypeError if names are no texts; RangeError if there is not one for each leaf.
 *
 * @example
 * const root = d3.hierarchy(toHierarchy(Z, names));
 * d3.cluster().size([width, height])(root);
 * root.each((node) => { node.y = y(node.data.height); });
 */
export function toHierarchy(Z: Z, names?: readonly string[]): HierarchyNode {
  const n = checkLinkage(Z);
  const shown = leafNames(names, n);
  const nodes: HierarchyNode[] = shown.map((name, id) => ({ id, name, height: 0, count: 1 }));
  for (let i = 0; i < n - 1; i++) {
    const children: [HierarchyNode, HierarchyNode] = [nodes[Z[4 * i]], nodes[Z[4 * i + 1]]];
    const count = children[0].count + children[1].count;
    nodes.push({ id: n + i, height: Z[4 * i + 2], count, children });
  }
  return nodes[2 * n - 2];
}
