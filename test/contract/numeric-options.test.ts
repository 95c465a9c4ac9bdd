/** Numbers that cannot be, given for any option of a pipeline, are refused in words that begin with its name. */
import { afterAll, expect, test } from 'vitest';
import {
  adviseSample,
  assign,
  BatchClustering,
  close,
  configure,
  createModel,
  kmeans,
  memoryStore,
  plan,
  twoPass,
} from '../../src/index.ts';
import { blobs, CENTERS } from '../twopass/fixtures.ts';

afterAll(() => close());

const X = blobs(60, CENTERS);
const SHAPE = { rows: 60, cols: 3, dtype: 'f4' } as const;
const SEQUENCES = ['CASSLGF', 'CASSLGY', 'CASSDGF', 'CASSDGY', 'CASSDDY'];
const RUN = ['memoryLimit', 'threads', 'seed'];
const model = (await kmeans(X, { k: 3 })).model;
const vectors = await BatchClustering.train(X, { store: memoryStore(), k: 2 });
await vectors.precluster(X);
const sequences = await BatchClustering.train(SEQUENCES, { store: memoryStore(), k: 2 });
await sequences.precluster(SEQUENCES);

async function each(rows: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of rows);
}

type Options = Record<string, unknown>;

/** A call, what it takes besides, and its numeric options; those with a dot stand in an object. */
const CALLS: [string, (options: never) => unknown, Options, string[]][] = [
  ...(
    [
      ['twoPass', (o) => twoPass(X, o)],
      ['plan', (o) => plan(SHAPE, o)],
    ] as [string, (options: never) => unknown][]
  ).map(
    ([name, call]) =>
      [
        name,
        call,
        { clusters: 2 },
        ['clusters', 'stride', 'sample', 'leaders.perCluster', 'chunkRows', ...RUN],
      ] as (typeof CALLS)[number],
  ),
  [
    'twoPass, cut by height',
    (o) => twoPass(X, o),
    {},
    ['clusters.distance', 'clusters.inconsistent', 'clusters.depth'],
  ],
  ['kmeans', (o) => kmeans(X, o), { k: 2 }, ['k', 'nInit', 'maxIter', 'tol', 'sample', 'chunkRows', ...RUN]],
  ['kmeans, miniBatch', (o) => kmeans(X, o), { k: 2, miniBatch: true }, ['batchRows', 'maxIter']],
  ['assign', (o) => each(assign(X, model, o)), {}, ['chunkRows', ...RUN]],
  [
    'train',
    (o) => BatchClustering.train(X, o),
    { store: memoryStore(), k: 2 },
    ['k', 'sample', 'overlap', ...RUN],
  ],
  [
    'train, by size',
    (o) => BatchClustering.train(SEQUENCES, o),
    { store: memoryStore(), fittingSize: 3 },
    ['fittingSize', 'clusterSize', 'sample', 'overlap', 'maxLength'],
  ],
  ['resume', (o) => BatchClustering.resume(memoryStore(), o), {}, RUN],
  ['precluster', (o) => vectors.precluster(X, o), {}, RUN],
  ['clusters', (o) => each(vectors.clusters(o)), { clusters: 2 }, ['clusters', 'concurrency', ...RUN]],
  ['labels', (o) => vectors.labels(o), { clusters: 2 }, ['clusters', 'concurrency', ...RUN]],
  [
    'labels, cut by height',
    (o) => vectors.labels(o),
    {},
    ['clusters.distance', 'clusters.inconsistent', 'clusters.depth'],
  ],
  [
    'labels of sequences',
    (o) => sequences.labels(o),
    {},
    ['maxDistance', 'inflation', 'expansion', 'maxIterations', 'pruning', 'overlap', 'concurrency'],
  ],
  ['clusterMatrix', (o) => vectors.clusterMatrix(o), { clusters: 2 }, ['clusters', 'concurrency', ...RUN]],
  ['edgesKept', (o) => sequences.edgesKept(o), {}, ['sample', 'maxDistance', 'inflation', ...RUN]],
  ['adviseSample', (o) => adviseSample(o), { fittingSize: 10 }, ['fittingSize', 'clusterSize']],
  ['configure', (o) => configure(o), {}, ['memoryLimit']],
];

/** These take any fraction. */
const FRACTIONS = [
  'tol',
  'clusters.distance',
  'clusters.inconsistent',
  'inflation',
  'pruning',
  'memoryLimit',
];

test.each(
  CALLS.flatMap(([name, call, more, options]) => options.map((option) => ({ name, call, more, option }))),
)('$name: $option', async ({ call, more, option }) => {
  const bad: unknown[] = [Number.NaN, -1, -0.5, Number.NEGATIVE_INFINITY, {}, true, 10n];
  if (!FRACTIONS.includes(option)) bad.push(1.5, Number.POSITIVE_INFINITY, '3');
  const [outer, inner] = option.split('.');
  for (const value of bad) {
    const given = inner === 'depth' ? { inconsistent: 1, depth: value } : inner ? { [inner]: value } : value;
    const options = { ...more, [outer]: given } as never;
    const error = await Promise.resolve()
      .then(() => call(options))
      .then(
        () => undefined,
        (reason) => reason,
      );
    const shown = `${option}: ${typeof value === 'bigint' ? '10n' : (JSON.stringify(value) ?? value)} (${value})`;
    expect(error, shown).toBeInstanceOf(Error);
    expect(error.code, `${shown}: ${error.message}`).toMatch(/^ERR_(TYPE|RANGE)$/);
    expect(error.message, shown).toMatch(new RegExp(`(^|[\\s'.])${inner ?? outer}\\b`));
  }
});

test('createModel: labels', () => {
  for (const label of [Number.NaN, 1.5, 2 ** 31, Number.POSITIVE_INFINITY]) {
    const labels = [1, label] as unknown as Int32Array;
    expect(() => createModel({ leaders: { data: new Float32Array(4), rows: 2, cols: 2 }, labels })).toThrow(
      /^labels/,
    );
  }
});
