/** `toHierarchy`, `rotate` and `prune`. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cophenet } from '../../../src/hierarchy/cophenet.ts';
import { cutTree } from '../../../src/hierarchy/cut-tree.ts';
import { leavesList } from '../../../src/hierarchy/leaves.ts';
import { toTree } from '../../../src/hierarchy/tree.ts';
import { prune } from '../../../src/hierarchy/trees/prune.ts';
import { rotate } from '../../../src/hierarchy/trees/rotate.ts';
import { type HierarchyNode, toHierarchy } from '../../../src/hierarchy/trees/to-hierarchy.ts';
import { isValidLinkage } from '../../../src/hierarchy/validate.ts';
import { chain, linkages, randomTree } from '../arbitrary.ts';
import { f64 } from '../golden.ts';

/** What the tests use of d3-hierarchy. */
interface D3Node {
  data: HierarchyNode;
  value?: number;
  leaves(): D3Node[];
  descendants(): D3Node[];
  count(): D3Node;
  each(work: (node: D3Node) => void): D3Node;
}
interface D3 {
  hierarchy(data: HierarchyNode): D3Node;
}
const library = 'd3-hierarchy';
const d3: D3 | undefined = await import(library).catch(() => undefined);

const Z = f64([0, 1, 1, 2, 2, 3, 2, 2, 4, 5, 3, 4]);

/** The leaves as `d3.hierarchy` finds them: `children` of plain objects, from left to right. */
function leavesOf(root: HierarchyNode): HierarchyNode[] {
  const found: HierarchyNode[] = [];
  const waiting = [root];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (node.children) waiting.push(node.children[1], node.children[0]);
    else found.push(node);
  }
  return found;
}

describe('toHierarchy', () => {
  test('nested plain objects', () => {
    expect(toHierarchy(f64([0, 1, 1, 2, 3, 2, 4, 3]), ['a', 'b', 'c'])).toEqual({
      id: 4,
      height: 4,
      count: 3,
      children: [
        {
          id: 3,
          height: 1,
          count: 2,
          children: [
            { id: 0, name: 'a', height: 0, count: 1 },
            { id: 1, name: 'b', height: 0, count: 1 },
          ],
        },
        { id: 2, name: 'c', height: 0, count: 1 },
      ],
    });
    expect(leavesOf(toHierarchy(Z)).map(({ name }) => name)).toEqual(['0', '1', '2', '3']);
  });

  test.skipIf(!d3)('d3.hierarchy finds its leaves and heights (needs d3-hierarchy)', () => {
    fc.assert(
      fc.property(linkages({ most: 30, inversions: true }), (Z) => {
        const n = Z.length / 4 + 1;
        const root = (d3 as D3).hierarchy(toHierarchy(Z));
        expect(root.leaves().map(({ data }) => data.id)).toEqual(Array.from(leavesList(Z)));
        const heights = root.descendants().map(({ data }) => [data.id, data.height]);
        expect(heights.sort(([a], [b]) => a - b)).toEqual(
          Array.from({ length: 2 * n - 1 }, (_, node) => [node, node < n ? 0 : Z[4 * (node - n) + 2]]),
        );
        // Its own sums over the leaves are the sizes of clusters.
        root.count().each(({ data, value }) => expect(value).toBe(data.count));
      }),
    );
    const deep = (d3 as D3).hierarchy(toHierarchy(chain(20_000)));
    expect(deep.leaves()).toHaveLength(20_000);
  });

  test('the leaves stand in the order of leavesList, and counts are those of toTree', () => {
    fc.assert(
      fc.property(linkages({ most: 30, inversions: true }), (Z) => {
        const root = toHierarchy(Z);
        expect(leavesOf(root).map(({ id }) => id)).toEqual(Array.from(leavesList(Z)));
        expect(root.count).toBe(toTree(Z).count);
      }),
    );
  });

  test('100,000 merges deep', () => {
    expect(leavesOf(toHierarchy(chain(100_001))).length).toBe(100_001);
  });

  test('refuses names that are too few', () => {
    expect(() => toHierarchy(Z, ['a'])).toThrow(RangeError);
  });
});

describe('rotate', () => {
  test('exchanges the parts of the merges that are named', () => {
    expect(Array.from(leavesList(rotate(Z, 6)))).toEqual([2, 3, 0, 1]);
    expect(Array.from(leavesList(rotate(Z, [4, 6])))).toEqual([2, 3, 1, 0]);
    expect(rotate(rotate(Z, [5, 6]), Int32Array.of(6, 5))).toEqual(Z);
    expect(rotate(Z, [])).toEqual(Z);
  });

  test('the tree stays the same, whatever is rotated', () => {
    fc.assert(
      fc.property(linkages({ most: 20, inversions: true }), fc.infiniteStream(fc.boolean()), (Z, coins) => {
        const n = Z.length / 4 + 1;
        const chosen = Array.from({ length: n - 1 }, (_, i) => n + i).filter(() => coins.next().value);
        const before = Z.slice();
        const turned = rotate(Z, chosen);
        expect(Z).toEqual(before);
        isValidLinkage(turned, { throw: true });
        expect(cophenet(turned)).toEqual(cophenet(Z));
        // An order that can be reached is reached.
        expect(leavesList(rotate(Z, { order: leavesList(turned) }))).toEqual(leavesList(turned));
      }),
    );
  });

  test('100,000 merges deep', () => {
    const deep = chain(100_001, 'left');
    const turned = rotate(
      deep,
      Array.from({ length: 100_000 }, (_, i) => 100_001 + i),
    );
    const back = leavesList(deep).reverse();
    expect(leavesList(turned).every((leaf, at) => leaf === back[at])).toBe(true);
    const again = rotate(turned, { order: leavesList(deep) });
    expect(again.every((x, at) => x === deep[at])).toBe(true);
  });

  test.each([
    [3, /3 is not a merge; merges are the nodes 4 to 6/],
    [[7], /7 is not a merge/],
    [[4.5], /4.5 is not a merge/],
    [[4, 4], /4 is listed twice/],
    [Number.NaN, /NaN is not a merge/],
    [{ order: [0, 1, 2] }, /order has length 3; the tree has 4 leaves/],
    [{ order: [0, 1, 2, 2] }, /leaf 2 twice/],
    [{ order: [0, 1, 2, 4] }, /order\[3\] is 4; leaves are 0 to 3/],
    [{ order: [0, 1, 2, 3], by: 1 }, /no option 'by'/],
    ['root', /^branches must be .*, got the string "root"/],
    [undefined, /^branches must be .*, got undefined/],
    [['4'], /^branches must be .*, got an Array/],
  ])('refuses %j', (branches, message) => {
    expect(() => rotate(Z, branches as never)).toThrow(message);
  });
});

describe('prune', () => {
  test('keeps the highest merges, and tells who belongs where', () => {
    const pruned = prune(Z, 3);
    expect(pruned).toEqual({
      Z: f64([1, 2, 2, 2, 0, 3, 3, 3]),
      labels: Int32Array.of(0, 0, 1, 2),
      nodes: Int32Array.of(4, 2, 3),
      counts: Int32Array.of(2, 1, 1),
    });
    expect(prune(Z, 4).Z).toEqual(Z);
  });

  test('the clusters are those of cutTree, and between them the heights stay', () => {
    fc.assert(
      fc.property(linkages({ most: 25 }), fc.nat(), (Z, some) => {
        const n = Z.length / 4 + 1;
        const k = 2 + (some % (n - 1));
        const { Z: upper, labels, nodes, counts } = prune(Z, k);
        // Which of several merges at one height is done first, is NumPy's choice in cutTree.
        const tied = k < n && Z[4 * (n - 1 - k) + 2] === Z[4 * (n - k) + 2];
        if (!tied) expect(labels).toEqual(cutTree(Z, { nClusters: k }).data);
        isValidLinkage(upper, { throw: true });
        expect(toTree(upper).count).toBe(k);
        expect(counts.reduce((a, b) => a + b)).toBe(n);
        const { nodes: all } = toTree(Z, { rd: true });
        nodes.forEach((node, leaf) => {
          for (const row of all[node].preOrder()) expect(labels[row]).toBe(leaf);
        });
        const [apart, above] = [cophenet(Z), cophenet(upper)];
        for (let i = 0, at = 0; i < n; i++) {
          for (let j = i + 1; j < n; j++, at++) {
            const [a, b] = [Math.min(labels[i], labels[j]), Math.max(labels[i], labels[j])];
            if (a < b) expect(above[k * a - (a * (a + 1)) / 2 + b - a - 1]).toBe(apart[at]);
          }
        }
        expect(Array.from(leavesList(upper))).toEqual([
          ...new Set(Array.from(leavesList(Z), (row) => labels[row])),
        ]);
      }),
    );
  });

  test('with inversions there are still k leaves', () => {
    fc.assert(
      fc.property(linkages({ most: 15, inversions: true }), fc.nat(), (Z, some) => {
        const k = 2 + (some % (Z.length / 4));
        const { Z: upper, counts } = prune(Z, k);
        isValidLinkage(upper, { throw: true });
        expect(toTree(upper).count).toBe(k);
        expect(Math.min(...counts)).toBeGreaterThan(0);
      }),
    );
  });

  test('100,000 merges deep', () => {
    for (const deep of [chain(100_001), chain(100_001, 'right'), randomTree(100_001)]) {
      const { Z: upper, counts } = prune(deep, 50_000);
      expect(upper.length).toBe(4 * 49_999);
      expect(counts.reduce((a, b) => a + b)).toBe(100_001);
    }
  });

  test.each([
    [1, RangeError, /k must be a whole number from 2, got 1/],
    [5, RangeError, /k is 5; the tree has 4 leaves/],
    [2.5, RangeError, /whole number/],
    ['3', TypeError, /k must be a whole number from 2, got the string "3"/],
  ])('refuses k = %j', (k, kind, message) => {
    expect(() => prune(Z, k as never)).toThrow(kind);
    expect(() => prune(Z, k as never)).toThrow(message);
  });
});
