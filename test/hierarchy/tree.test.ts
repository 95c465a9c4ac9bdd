/** toTree, ClusterNode, leavesList. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { leavesList } from '../../src/hierarchy/leaves.ts';
import { ClusterNode, toTree } from '../../src/hierarchy/tree.ts';
import { leavesOf, nodesOf } from '../reference/trees.ts';
import { chain, linkages } from './arbitrary.ts';
import { f64, golden } from './golden.ts';

const wrong = (value: unknown) => value as never;

describe('leaves in the order of SciPy', () => {
  for (const c of golden('trees/fcluster.json').cases) {
    test(c.name, () => {
      expect(Array.from(leavesList(f64(c.Z)))).toEqual(c.leaves_list);
      expect(toTree(f64(c.Z)).preOrder()).toEqual(c.leaves_list);
    });
  }

  test('by its definition', () => {
    fc.assert(
      fc.property(linkages({ most: 30, inversions: true }), (Z) => {
        const leaves = leavesList(Z);
        expect(leaves).toBeInstanceOf(Int32Array);
        expect(Array.from(leaves)).toEqual(leavesOf(nodesOf(Z).at(-1)!));
      }),
    );
  });

  test('one merge, either way round', () => {
    expect(Array.from(leavesList(f64([0, 1, 3, 2])))).toEqual([0, 1]);
    expect(Array.from(leavesList(f64([1, 0, 3, 2])))).toEqual([1, 0]);
  });
});

describe('toTree', () => {
  test('every node as its row says', () => {
    fc.assert(
      fc.property(linkages({ most: 20, inversions: true }), (Z) => {
        const n = Z.length / 4 + 1;
        const { root, nodes } = toTree(Z, { rd: true });
        expect(nodes.length).toBe(2 * n - 1);
        expect(root).toBe(nodes[2 * n - 2]);
        const wanted = nodesOf(Z);
        nodes.forEach((node, id) => {
          expect(node).toBeInstanceOf(ClusterNode);
          expect(node.id).toBe(id);
          expect(node.dist).toBe(wanted[id].height);
          expect(node.count).toBe(wanted[id].leaves.size);
          expect(node.isLeaf()).toBe(id < n);
          expect(node.left).toBe(id < n ? null : nodes[Z[4 * (id - n)]]);
          expect(node.right).toBe(id < n ? null : nodes[Z[4 * (id - n) + 1]]);
          expect(node.preOrder()).toEqual(leavesOf(wanted[id]));
        });
      }),
    );
  });

  test('the root, without rd or with it false', () => {
    const Z = chain(4);
    expect(toTree(Z)).toBeInstanceOf(ClusterNode);
    expect(toTree(Z, { rd: false }).id).toBe(6);
  });

  test('refuses counts that are not the sums of their parts', () => {
    const Z = chain(4);
    Z[7] = 4;
    expect(() => toTree(Z)).toThrow(/row 1, column 3 is 4; the merged clusters have 3 observations/);
    Z[7] = NaN;
    expect(() => toTree(Z)).toThrow(RangeError);
  });
});

describe('ClusterNode', () => {
  const { root, nodes } = toTree(f64([0, 1, 2, 2, 2, 3, 5, 3]), { rd: true });

  test('asked by method', () => {
    expect(root.getId()).toBe(4);
    expect(root.getCount()).toBe(3);
    expect(root.getLeft()).toBe(nodes[2]);
    expect(root.getRight()).toBe(nodes[3]);
    expect(nodes[0].getLeft()).toBeNull();
    expect(nodes[0].getRight()).toBeNull();
    expect(nodes[0].getCount()).toBe(1);
    expect(nodes[0].dist).toBe(0);
  });

  test('preOrder calls its function for each leaf, from left to right', () => {
    expect(root.preOrder((leaf) => `${leaf.id}`)).toEqual(['2', '0', '1']);
    expect(root.preOrder()).toEqual([2, 0, 1]);
    expect(nodes[1].preOrder()).toEqual([1]);
  });

  test('ordered by height', () => {
    const [leaf, low] = [nodes[0], nodes[3]];
    expect(low < root).toBe(true);
    expect(root > low).toBe(true);
    expect(low.lessThan(root)).toBe(true);
    expect(low.greaterThan(root)).toBe(false);
    expect(root.greaterThan(low)).toBe(true);
    expect(leaf.equals(nodes[1])).toBe(true);
    expect(leaf.equals(low)).toBe(false);
    expect([root, leaf, low].sort((a, b) => +a - +b)).toEqual([leaf, low, root]);
    for (const compare of ['lessThan', 'greaterThan', 'equals'] as const) {
      expect(() => low[compare](wrong(5))).toThrow(TypeError);
      expect(() => low[compare](wrong({ dist: 5 }))).toThrow(
        /^other must be a ClusterNode, got a plain object/,
      );
    }
  });

  test('made by hand', () => {
    const a = new ClusterNode(0);
    const b = new ClusterNode(1, null, null, 0, 3);
    expect(new ClusterNode(2, a, b, 1.5)).toMatchObject({ id: 2, dist: 1.5, count: 4 });
    expect(() => new ClusterNode(-1)).toThrow(RangeError);
    expect(() => new ClusterNode(NaN)).toThrow(RangeError);
    expect(() => new ClusterNode(0, null, null, -1)).toThrow(RangeError);
    expect(() => new ClusterNode(0, null, null, 0, 0)).toThrow(RangeError);
    expect(() => new ClusterNode(2, a)).toThrow(/both children or neither/);
    expect(() => new ClusterNode(2, null, a)).toThrow(RangeError);
    expect(() => new ClusterNode(2, wrong({}), wrong({}))).toThrow(TypeError);
    expect(() => new ClusterNode(wrong('1'))).toThrow(TypeError);
    expect(() => new ClusterNode(0, null, null, wrong('1'))).toThrow(TypeError);
  });
});
