/** A cluster is of one colour in the tree and in the scatter plot. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type DendrogramOptions, dendrogram } from '../../src/hierarchy/dendrogram.ts';
import { fcluster } from '../../src/hierarchy/fcluster.ts';
import { linkage } from '../../src/hierarchy/linkage/linkage.ts';
import { clusterColor, type DendrogramSvgOptions, dendrogramSvg, scatterSvg } from '../../src/plot/index.ts';
import { randomTree } from '../hierarchy/arbitrary.ts';
import { all, parse, part, pathPoints, texts } from './picture.ts';

/** Strokes of the paths that end at each leaf label's place, by the label; the last drawn counts. */
function colorsOfLeaves(svg: string): Map<string, string> {
  const root = parse(svg);
  const labels = all(part(root, 'leaves')!, 'text').map((text) => ({
    label: text.textContent as string,
    x: Number(text.getAttribute('x')),
  }));
  const colors = new Map<string, string>();
  const lowest = new Map<string, number>();
  const draw = (d: string, color: string) => {
    // One path may hold many strokes, each beginning with M.
    for (const stroke of d.split(/(?=M)/)) {
      const points = pathPoints(stroke);
      for (const [x, y] of [points[0], points[points.length - 1]]) {
        const at = labels.find((one) => Math.abs(one.x - x) < 0.6);
        // A link can stand on another right above a leaf.
        if (!at || y < (lowest.get(at.label) ?? 0)) continue;
        colors.set(at.label, color);
        lowest.set(at.label, y);
      }
    }
  };
  for (const group of all(part(root, 'links')!, 'g')) {
    const color = group.getAttribute('stroke');
    if (color) for (const path of all(group, 'path')) draw(path.getAttribute('d')!, color);
  }
  const stems = part(root, 'stems');
  for (const path of stems ? all(stems, 'path') : []) {
    draw(path.getAttribute('d')!, path.getAttribute('stroke')!);
  }
  return colors;
}

const look: DendrogramSvgOptions = { theme: 'light', leafRotation: 0, leafFontSize: 7, width: 1600 };

test('every leaf of any tree, sorted or truncated, has the colour of its label', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 3, max: 28 }),
      fc.integer({ min: 0, max: 99 }),
      fc.double({ min: 0.05, max: 1.1, noNaN: true }),
      fc.constantFrom<DendrogramSvgOptions>(
        {},
        { countSort: true },
        { distanceSort: 'descending' },
        { hang: true },
        { truncateMode: 'lastp', p: 6 },
        { truncateMode: 'lastp', p: 5, hang: true },
      ),
      (n, seed, share, options) => {
        const Z = randomTree(n, seed);
        const cut = share * Z[4 * (n - 2) + 2];
        fc.pre(cut > 0);
        const T = fcluster(Z, cut, { criterion: 'distance' });
        const firstOf = (node: number): number => (node < n ? node : firstOf(Z[4 * (node - n)]));
        const heightOf = (node: number) => (node < n ? 0 : Z[4 * (node - n) + 2]);
        const svg = dendrogramSvg(Z, { ...look, ...options, maxD: cut, leafLabelFunc: (node) => `L${node}` });
        const colors = colorsOfLeaves(svg);
        const { hang: _, ...laid } = options;
        for (const node of dendrogram(Z, laid as DendrogramOptions).leaves) {
          const expected = clusterColor(heightOf(node) <= cut ? T[firstOf(node)] : 0);
          expect([node, colors.get(`L${node}`)]).toEqual([node, expected]);
        }
      },
    ),
    { numRuns: 150 },
  );
});

test('a cluster that is one truncated leaf, and one that is one row: as the scatter plot has them', async () => {
  const rows = [
    ...[0, 1, 2, 3].map((i) => [i / 10, 0]),
    ...[0, 1, 2].map((i) => [20 + i / 10, 0]),
    [60, 0],
    ...[0, 1, 2, 3, 4].map((i) => [100 + i / 5, 0]),
  ];
  const Z = await linkage(rows, { method: 'average' });
  const T = fcluster(Z, 5, { criterion: 'distance' });
  const options = { ...look, maxD: 5, truncateMode: 'lastp', p: 4 } as const;
  const colors = colorsOfLeaves(dendrogramSvg(Z, options));
  const expected = { '(4)': T[0], '(3)': T[4], '7': T[7], '(5)': T[8] };
  expect(new Set(Object.values(expected)).size).toBe(4);
  for (const [label, cluster] of Object.entries(expected)) {
    expect([label, colors.get(label)]).toEqual([label, clusterColor(cluster)]);
  }
  const scatter = scatterSvg(rows, T, { theme: 'light' });
  for (const cluster of new Set(T)) expect(scatter).toContain(clusterColor(cluster));
  expect(texts(part(parse(scatter), 'legend')).join(' ')).toContain('cluster 4');
});

test('colours of one’s own: a truncated leaf has that of its merge, a row that of its link', () => {
  // Node 5 is {0, 1}, node 6 {2, 3}, 7 both, and 4 is a row beside them.
  const Z = Float64Array.of(0, 1, 1, 2, 2, 3, 1, 2, 5, 6, 9, 4, 4, 7, 10, 5);
  const colorOf: Record<number, string> = { 5: '#ff0000', 6: '#00ff00', 7: '#0000ff', 8: '#000000' };
  const options = { ...look, truncateMode: 'lastp', p: 3, linkColorFunc: (node: number) => colorOf[node] };
  const colors = colorsOfLeaves(dendrogramSvg(Z, options as DendrogramSvgOptions));
  expect([...colors].sort()).toEqual([
    ['(2)', '#00ff00'],
    ['4', '#000000'],
  ]);
});
