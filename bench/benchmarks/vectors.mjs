/** Linkage of vectors, including distances; compared with fastcluster, SciPy and JavaScript libraries. */
import { linkage } from '../../build/index.js';
import { asFloat64, normalRows, writeNpy } from '../data.mjs';
import { Report } from '../harness.mjs';
import { scratchFile } from '../scratch.mjs';
import { compareHeights, heightsOf, heightsOfTree, listsOf } from '../trees.mjs';

export const title = 'Linkage of normal vectors, distances included, one thread where not said otherwise';

/** JavaScript libraries: how each builds a tree from arrays of numbers. Some are cubic, hence a largest number of rows. */
export const LIBRARIES = {
  '@gmod/hclust clusterData': {
    methods: ['average'],
    most: 2000,
    make: (lists) => (module) => async () => (await module.clusterData({ data: lists })).tree,
    heights: (tree) =>
      heightsOfTree(tree, { height: (node) => node.height, children: (node) => node.children }),
  },
  'ml-hclust agnes': {
    methods: ['average', 'single', 'complete'],
    most: 1000,
    make: (lists, method) => (module) => () => module.agnes(lists, { method }),
    heights: (tree) =>
      heightsOfTree(tree, { height: (node) => node.height, children: (node) => node.children }),
  },
  '@saehrimnir/druidjs HierarchicalClustering': {
    methods: ['average', 'single', 'complete'],
    most: 5000,
    make:
      (lists, method) =>
      ({ HierarchicalClustering }) =>
      () =>
        new HierarchicalClustering(lists, { linkage: method }).root,
    heights: (root) =>
      heightsOfTree(root, {
        height: (node) => node.dist,
        children: (node) => [node.left, node.right].filter(Boolean),
      }),
  },
};

/** Peers of a contest: the named ones in Python, and the libraries that support the method and this number of rows. */
export function peersOf(single, file, method, python) {
  const peers = Object.fromEntries(python.map((op) => [op, { file, method }]));
  const lists = listsOf(single);
  for (const [op, { methods, most, make }] of Object.entries(LIBRARIES)) {
    if (methods.includes(method) && single.rows <= most) peers[op] = make(lists, method);
  }
  return peers;
}

/** JavaScript libraries define heights differently, so only their number is compared. */
export function compare(mine, theirs, variant, op) {
  const own = heightsOf(mine);
  if (!(op in LIBRARIES)) return compareHeights(own, heightsOf(theirs), variant.startsWith('float64'));
  const heights = LIBRARIES[op].heights(theirs);
  const { text } = compareHeights(own, heights, false);
  return { text, ok: heights.length === own.length };
}

const MATRIX = ['scipy pdist + linkage', 'fastcluster pdist + linkage'];

export async function run({ quick = false } = {}) {
  const report = new Report(title, { unit: 'M pairs/s', per: 1e6 });
  await report.startPeers('vectors');
  try {
    for (const n of quick ? [1000] : [1000, 8000, 10_000]) {
      const single = normalRows(n, 16, n);
      const double = asFloat64(single);
      const file = writeNpy(scratchFile('vectors.npy'), double.data, [n, 16]);
      for (const method of ['ward', 'average']) {
        const asked =
          n < 8000
            ? []
            : [
                { over: 'fastcluster pdist + linkage', ratio: 4 },
                { over: 'scipy pdist + linkage', ratio: 10 },
              ];
        await report.contest({
          name: `n = ${n.toLocaleString('en')}, d = 16, ${method}`,
          work: (n * (n - 1)) / 2,
          ours: {
            float32: { run: () => linkage(single, { method, threads: 1 }), asked },
            float64: { run: () => linkage(double, { method, threads: 1 }) },
          },
          peers: peersOf(single, file, method, MATRIX),
          seconds: 3,
          compare,
        });
      }
    }
    const n = quick ? 2000 : 10_000;
    const single = normalRows(n, 64, 64);
    const file = writeNpy(scratchFile('vectors.npy'), asFloat64(single).data, [n, 64]);
    const over = 'fastcluster linkage_vector';
    for (const [method, one, two] of [
      ['ward', 4, 7],
      ['single', 4, 7],
      ['centroid', 2, undefined],
    ]) {
      const strategy = 'linear';
      const ours = (threads, ratio) => ({
        run: () => linkage(single, { method, strategy, threads }),
        asked: ratio && !quick ? [{ over, ratio }] : [],
      });
      await report.contest({
        name: `n = ${n.toLocaleString('en')}, d = 64, ${method}, linear memory`,
        work: (n * (n - 1)) / 2,
        ours: { float32: ours(1, one), 'float32, two threads': ours(2, two) },
        peers: { [over]: { file, method } },
        seconds: 3,
        compare,
      });
    }
  } finally {
    report.stop();
  }
  return report;
}
