import { rangeError } from '../errors.ts';
import { checkNumber, checkOptions, wrongType } from '../support/checks.ts';
import { describe } from '../support/text/describe.ts';
import type { Z } from '../types.ts';
import { checkLinkage } from './validate.ts';

/**
 * A node of a tree. A leaf is an observation; any other node is a merge of two nodes.
 *
 * Nodes are ordered by their height: `a < b` and `a > b` compare `dist`, as do `lessThan`, `greaterThan` and `equals`
 * (`===` still compares object identity).
 *
 * Errors: TypeError if `id` or `dist` is not a number, or a child is not a ClusterNode; RangeError if only one child is
 * given, `id` or `dist` is negative, or `count` is below 1.
 * Source: scipy.cluster.hierarchy.ClusterNode.
 */
export class ClusterNode {
  /** Less than n for an observation; else the merge in row id - n. */
  readonly id: number;
  readonly left: ClusterNode | null;
  readonly right: ClusterNode | null;
  /** Height of the merge; 0 for a leaf. */
  readonly dist: number;
  /** Number of leaves at and below this node. */
  readonly count: number;

  constructor(
    id: number,
    left: ClusterNode | null = null,
    right: ClusterNode | null = null,
    dist = 0,
    count = 1,
  ) {
    // Written so that NaN is accepted as a height, as in SciPy, and nowhere else.
    checkNumber(id, 'id', 'a number, 0 or more');
    if (!(id >= 0)) throw rangeError(`id is ${id}; a node's id is 0 or more`);
    checkNumber(dist, 'dist', 'a number, 0 or more');
    if (dist < 0) throw rangeError(`dist is ${dist}; a height is 0 or more`);
    if ((left === null) !== (right === null)) {
      throw rangeError(
        `left is ${describe(left)} and right is ${describe(right)}; a node has both children or neither`,
      );
    }
    if (!(count >= 1)) throw rangeError(`count is ${count}; a node stands for at least 1 observation`);
    this.id = id;
    this.left = left;
    this.right = right;
    this.dist = dist;
    this.count = left === null ? count : checkNode(left, 'left').count + checkNode(right, 'right').count;
  }

  getId(): number {
    return this.id;
  }

  getCount(): number {
    return this.count;
  }

  getLeft(): ClusterNode | null {
    return this.left;
  }

  getRight(): ClusterNode | null {
    return this.right;
  }

  isLeaf(): boolean {
    return this.left === null;
  }

  /**
   * Call `f` for each leaf at or below this node, from left to right.
   *
   * Returns: the results of `f`; without `f`, the ids of the leaves.
   * Cost: O(count); no recursion.
   */
  preOrder(): number[];
  preOrder<T>(f: (leaf: ClusterNode) => T): T[];
  preOrder<T>(f?: (leaf: ClusterNode) => T): (T | number)[] {
    const out: (T | number)[] = [];
    const waiting: ClusterNode[] = [];
    let node: ClusterNode | undefined = this;
    while (node !== undefined) {
      if (node.left !== null && node.right !== null) {
        waiting.push(node.right);
        node = node.left;
        continue;
      }
      out.push(f ? f(node) : node.id);
      node = waiting.pop();
    }
    return out;
  }

  /** Whether this node is lower than `other`. */
  lessThan(other: ClusterNode): boolean {
    return this.dist < checkNode(other, 'other').dist;
  }

  /** Whether this node is higher than `other`. */
  greaterThan(other: ClusterNode): boolean {
    return this.dist > checkNode(other, 'other').dist;
  }

  /** Whether this node has the same height as `other`. */
  equals(other: ClusterNode): boolean {
    return this.dist === checkNode(other, 'other').dist;
  }

  /** The height, so that `<` and `>` order nodes. */
  valueOf(): number {
    return this.dist;
  }
}

function checkNode(node: unknown, name: string): ClusterNode {
  if (!(node instanceof ClusterNode)) throw wrongType(name, 'a ClusterNode', node);
  return node;
}

/** A tree and all its nodes. */
export interface TreeNodes {
  root: ClusterNode;
  /** The 2n - 1 nodes; the index of a node is its id. */
  nodes: ClusterNode[];
}

/**
 * Convert a linkage matrix to linked nodes.
 *
 * Returns: the root; with `rd`, also the list of all nodes by id.
 * Cost: O(n); 2n - 1 objects.
 * Errors: those of `isValidLinkage`; RangeError if a count in Z is not the sum of its parts.
 * Source: scipy.cluster.hierarchy.to_tree.
 */
export function toTree(Z: Z, options?: { rd?: false }): ClusterNode;
export function toTree(Z: Z, options: { rd: true }): TreeNodes;
export function toTree(Z: Z, options?: { rd?: boolean }): ClusterNode | TreeNodes;
export function toTree(Z: Z, options: { rd?: boolean } = {}): ClusterNode | TreeNodes {
  checkOptions(options, { rd: true }, 'toTree', '{ rd: true }');
  const n = checkLinkage(Z);
  const nodes = new Array<ClusterNode>(2 * n - 1);
  for (let leaf = 0; leaf < n; leaf++) nodes[leaf] = new ClusterNode(leaf);
  for (let i = 0; i < n - 1; i++) {
    const node = new ClusterNode(n + i, nodes[Z[4 * i]], nodes[Z[4 * i + 1]], Z[4 * i + 2]);
    if (Z[4 * i + 3] !== node.count) {
      throw rangeError(
        `Z: row ${i}, column 3 is ${Z[4 * i + 3]}; the merged clusters have ${node.count} observations`,
      );
    }
    nodes[n + i] = node;
  }
  const root = nodes[2 * n - 2];
  return options.rd ? { root, nodes } : root;
}
