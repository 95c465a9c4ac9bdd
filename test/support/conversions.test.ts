/** What is no matrix is refused with the line that makes one of it, and the line does. */
import { describe, expect, test } from 'vitest';
import {
  assign,
  BatchClustering,
  kmeans,
  linkage,
  memoryStore,
  pdist,
  silhouette,
  twoPass,
} from '../../src/index.ts';
import { fromArray, open, readMatrix } from '../../src/sources/index.ts';

const ROWS = [
  [1, 2],
  [3, 5],
  [8, 1],
];
const FLAT = ROWS.flat();
const csv = () => new Blob([`x,y\n${ROWS.map((row) => row.join(',')).join('\n')}\n`]);

/** As apache-arrow's. */
const arrow = {
  schema: { fields: [] },
  getChild() {},
  *[Symbol.iterator]() {
    for (const row of ROWS) yield { toArray: () => row };
  },
};

const FOREIGN: Record<string, unknown> = {
  records: ROWS.map(([x, y]) => ({ name: 'a', x, 'the y': y })),
  'data and shape': { data: Float32Array.from(FLAT), shape: [3, 2] },
  'data and dims, whole numbers': { data: BigInt64Array.from(FLAT, BigInt), dims: [3, 2] },
  'a tensor with arraySync': { shape: [3, 2], arraySync: () => ROWS, array: async () => ROWS, data() {} },
  'a tensor with data()': { shape: [3, 2], data: async () => Float32Array.from(FLAT) },
  'a matrix of rows': { rows: 3, columns: 2, data: ROWS, to2DArray: () => ROWS },
  'an Arrow table': arrow,
  'a promise': Promise.resolve(ROWS),
  'a response': new Response(csv()),
  'a Blob': csv(),
};

async function refusal(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'it was taken',
    (error: unknown) => (error instanceof TypeError ? error.message : `not a TypeError: ${error}`),
  );
}

describe('a value that is no matrix', () => {
  for (const [name, X] of Object.entries(FOREIGN)) {
    test(name, async () => {
      const message = await refusal(linkage(X as never));
      const line = /(?: with |; pass )((?:await |X\.|Array|\{ ).*?)( from 'coppice\/sources')?$/.exec(
        message,
      )?.[1];
      expect(line, message).toBeDefined();
      const run = new Function('X', 'open', 'readMatrix', `return (async () => (${line}))()`);
      const converted = await run(X, open, readMatrix);
      const [found, right] = [await pdist(converted), await pdist(ROWS)];
      found.forEach((x, i) => {
        expect(x).toBeCloseTo(right[i], 5);
      });
    });
  }

  test('everywhere where a call can wait', async () => {
    const X = FOREIGN.records as never;
    for (const work of [
      pdist(X),
      kmeans(X, { k: 2 }),
      twoPass(X, { clusters: 2 }),
      silhouette(X, [1, 1, 2]),
    ]) {
      expect(await refusal(work)).toContain('convert records to rows with X.map((r) => [r.x, r["the y"]])');
    }
  });

  test('also where the rest does not wait: sources, models, batches', async () => {
    const { model } = await kmeans(ROWS, { k: 1 });
    const batches = await BatchClustering.train(ROWS, { store: memoryStore(), k: 1 });
    const calls: ((X: never) => unknown)[] = [
      (X) => open(X),
      async (X) => fromArray(X),
      (X) => batches.precluster(X),
      async (X) => {
        for await (const _ of assign(X, model));
      },
    ];
    for (const call of calls) {
      for (const [name, words] of [
        ['records', 'X.map((r) => [r.x, r["the y"]])'],
        ['data and dims, whole numbers', '{ data: Float64Array.from(X.data, Number), rows: X.dims[0]'],
        ['a tensor with arraySync', 'await X.array()'],
        ['a response', 'readMatrix(await open(await X.blob()))'],
        ['a promise', 'pass await X'],
      ]) {
        const message = await Promise.resolve()
          .then(() => call(FOREIGN[name] as never))
          .then(
            () => 'it was taken',
            (error: Error) => error.message,
          );
        expect(message, `${call} of ${name}`).toContain(words);
      }
    }
  });

  test('what nobody knows has no line, and other errors are left alone', async () => {
    expect(await refusal(linkage({ a: 1 } as never))).toMatch(/got a plain object$/);
    expect(await refusal(linkage([{ name: 'a' }] as never))).toMatch(/got a plain object$/);
    expect(await refusal(linkage({ data: Float32Array.from(FLAT), shape: [3, 2, 1] } as never))).toContain(
      'X.shape has 3 numbers',
    );
    expect(await refusal(linkage({ data: Float32Array.from(FLAT), rows: 4, cols: 2 }))).toMatch(/= 8$/);
  });
});
