/** What a memory refusal says would fit, fits. */
import { afterAll, describe, expect, test } from 'vitest';
import { formatBytes, MemoryLimitError } from '../../src/errors.ts';
import {
  assign,
  cdist,
  close,
  createGraph,
  createModel,
  kmeans,
  type LinkageOptions,
  linkage,
  type Matrix,
  METHODS,
  type Method,
  mcl,
  optimalLeafOrdering,
  pdist,
  plan,
  twoPass,
  vq,
} from '../../src/index.ts';
import { hammingGraph } from '../../src/sequences/index.ts';
import { fromArray } from '../../src/sources/index.ts';
import { Random } from '../../src/support/numbers/random.ts';

afterAll(() => close());

function rows(n: number, cols: number, element: 'f4' | 'f8' = 'f8'): Matrix {
  const random = new Random(5);
  const data = element === 'f4' ? new Float32Array(n * cols) : new Float64Array(n * cols);
  return { data: data.map(() => 1 + random.float()), rows: n, cols };
}

const first = ({ data, cols }: Matrix, n: number): Matrix => ({
  data: data.slice(0, n * cols),
  rows: n,
  cols,
});

async function refusal(call: () => Promise<unknown>): Promise<MemoryLimitError> {
  const error = await call().then(
    () => undefined,
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(MemoryLimitError);
  const [, needed, allowed] = /needs (.+?), but memoryLimit allows (.+?);/.exec(error.message) ?? [];
  expect(needed).not.toBe(allowed);
  return error;
}

/** The limit that a message names. */
const neededOf = ({ message }: Error) => (/needs (.+? .?B)/.exec(message)?.[1] ?? '').replace(' ', '');
const numberIn = ({ message }: Error, words: RegExp) => Number(words.exec(message)?.[1]);

/** Refused just below the memory that is needed; then accepted with the limit that the message suggests. */
async function expectLimit(
  call: (memoryLimit: number | string) => Promise<unknown>,
  low: number,
): Promise<void> {
  const error = await refusal(() => call(low));
  await call(neededOf(error));
  await call(error.neededBytes);
  const close = await refusal(() => call(error.neededBytes - 1));
  expect(close.neededBytes).toBe(error.neededBytes);
  await call(neededOf(close));
}

const WAYS: [Method, LinkageOptions][] = METHODS.flatMap((method): [Method, LinkageOptions][] => [
  [method, { strategy: 'matrix' }],
  [method, { strategy: 'auto' }],
]);

describe('linkage', () => {
  test.each([
    ...WAYS,
    ['ward', { strategy: 'linear' }],
    ['average', { strategy: 'linear', metric: 'cosine' }],
    ['ward', { optimalOrdering: true }],
  ] as [Method, LinkageOptions][])(
    '%s, %o: so many rows fit, and one more does not',
    async (method, options) => {
      for (const element of ['f8', 'f4'] as const) {
        const X = rows(1300, 3, element);
        const asked: LinkageOptions = { ...options, method, threads: 1 };
        const memoryLimit = options.strategy === 'linear' ? '1MB' : '400kB';
        const error = await refusal(() => linkage(X, { ...asked, memoryLimit }));
        const most = numberIn(error, /(\d+) rows would fit/);
        if (method === 'single' && Number.isNaN(most)) {
          // A stripe alone is larger.
          expect(error.message).toContain('not even two rows');
          continue;
        }
        expect(most).toBeGreaterThan(10);
        await linkage(first(X, most), { ...asked, memoryLimit });
        await refusal(() => linkage(first(X, most + 1), { ...asked, memoryLimit }));
        await expectLimit(
          (limit) => linkage(X, { ...asked, memoryLimit: limit }),
          options.strategy === 'linear' ? 1_000_000 : 400_000,
        );
      }
    },
  );

  test.each(METHODS)('%s of distances', async (method) => {
    const X = rows(1200, 3);
    const y = await pdist(X);
    const memoryLimit = method === 'single' ? '1.2MB' : '2MB';
    const error = await refusal(() => linkage(y, { method, memoryLimit, threads: 1 }));
    const most = numberIn(error, /(\d+) rows would fit/);
    const part = await pdist(first(X, most));
    await linkage(part, { method, memoryLimit, threads: 1 });
    const more = await pdist(first(X, most + 1));
    await refusal(() => linkage(more, { method, memoryLimit, threads: 1 }));
    await expectLimit((limit) => linkage(y, { method, memoryLimit: limit, threads: 1 }), 1_000_000);
  });

  test('methods that would fit are named, and do', async () => {
    const X = rows(4000, 4, 'f4');
    const memoryLimit = '12MB';
    for (const [method, metric, others] of [
      ['complete', 'euclidean', ['single', 'centroid', 'ward']],
      ['weighted', 'cosine', ['single', 'average', 'centroid', 'ward']],
    ] as const) {
      const options: LinkageOptions = { metric, memoryLimit, threads: 1 };
      const error = await refusal(() => linkage(X, { ...options, method }));
      const named = /method (.+?) would fit/.exec(error.message)?.[1].split(' or ');
      expect(named).toEqual(others);
      for (const other of others) await linkage(X, { ...options, method: other });
    }
    const y = await pdist(first(X, 2000));
    const error = await refusal(() => linkage(y, { method: 'average', memoryLimit: '4MB', threads: 1 }));
    expect(error.message).toContain('method single would fit');
    await linkage(y, { memoryLimit: '4MB', threads: 1 });
  });
});

test('the text rounds what is needed up, and what is allowed down', () => {
  const words = (needed: number, allowed: number) => new MemoryLimitError('it', needed, allowed, '').message;
  expect(words(256e6 + 1, 256e6)).toContain('needs 257 MB, but memoryLimit allows 256 MB');
  expect(words(256e6, 256e6 - 1)).toContain('needs 256 MB, but memoryLimit allows 255 MB');
  expect(words(1000, 999)).toContain('needs 1 kB, but memoryLimit allows 999 B');
  expect(words(999_600, 999_400)).toContain('needs 1 MB, but memoryLimit allows 999 kB');
  expect(formatBytes(999_400)).toBe('999 kB');
});

test('pdist and cdist, by name and by function', async () => {
  const X = rows(900, 3);
  for (const metric of ['euclidean', () => 1] as const) {
    const options = { memoryLimit: 1_000_000, threads: 1 };
    const error = await refusal(() => pdist(X, metric, options));
    const most = numberIn(error, /(\d+) rows would fit/);
    await pdist(first(X, most), metric, options);
    await refusal(() => pdist(first(X, most + 1), metric, options));
    await expectLimit((memoryLimit) => pdist(X, metric, { memoryLimit, threads: 1 }), 1_000_000);
    const B = first(X, 200);
    const other = await refusal(() => cdist(X, B, metric, options));
    const some = numberIn(other, /(\d+) rows of A/);
    await cdist(first(X, some), B, metric, options);
    await expectLimit((memoryLimit) => cdist(X, B, metric, { memoryLimit, threads: 1 }), 1_000_000);
  }
});

test('an ordering of leaves', async () => {
  const X = rows(300, 3);
  const Z = await linkage(X);
  const error = await refusal(() => optimalLeafOrdering(Z, X, { memoryLimit: 500_000, threads: 1 }));
  const most = numberIn(error, /(\d+) leaves would fit/);
  const part = first(X, most);
  await optimalLeafOrdering(await linkage(part), part, { memoryLimit: 500_000, threads: 1 });
  await expectLimit((memoryLimit) => optimalLeafOrdering(Z, X, { memoryLimit, threads: 1 }), 500_000);
});

test('two passes: the sample, the stride, and the least limit', async () => {
  const X = rows(3000, 4, 'f4');
  for (const method of ['complete', 'single', 'ward'] as const) {
    for (const more of [{}, { chunkRows: 500 }]) {
      const options = { clusters: 3, method, threads: 1, ...more };
      const memoryLimit = method === 'single' ? '1.7MB' : method === 'ward' ? '900kB' : '2MB';
      const error = await refusal(async () => twoPass(fromArray(X), { ...options, stride: 1, memoryLimit }));
      const sample = numberIn(error, /a sample of (\d+) rows would fit/);
      const stride = numberIn(error, /a stride of (\d+)/);
      expect(sample).toBeGreaterThan(2);
      await twoPass(fromArray(X), { ...options, sample, memoryLimit });
      await twoPass(fromArray(X), { ...options, stride, memoryLimit });
      const none = await refusal(async () => twoPass(fromArray(X), { ...options, memoryLimit: 20_000 }));
      const least = (/the least is (.+)$/.exec(none.message)?.[1] ?? '').replace(' ', '');
      expect(
        plan({ rows: 3000, cols: 4, dtype: 'f4' }, { ...options, clusters: 2, sample: 2, memoryLimit: least })
          .sample,
      ).toBe(2);
    }
  }
});

test('k-means', async () => {
  const X = rows(2000, 20);
  const error = await refusal(() => kmeans(X, { k: 1500, memoryLimit: 1_000_000, threads: 1 }));
  const k = numberIn(error, /(\d+) clusters would fit/);
  await kmeans(X, { k, memoryLimit: 1_000_000, threads: 1, maxIter: 2 });
  await kmeans(X, { k: 1500, memoryLimit: neededOf(error), threads: 1, maxIter: 1 });
});

test('graphs: the limit that is named is enough', async () => {
  const random = new Random(2);
  const edges = new Set<string>();
  while (edges.size < 6000) {
    const [i, j] = [Math.floor(random.float() * 400), Math.floor(random.float() * 400)];
    if (i < j) edges.add(`${i} ${j}`);
  }
  const graph = createGraph(
    400,
    [...edges].map((edge) => edge.split(' ').map(Number)),
  );
  const letters = 'ACDEFGHIKL';
  const sequences = Array.from({ length: 3000 }, () =>
    Array.from({ length: 5 }, () => letters[Math.floor(random.float() * 10)]).join(''),
  );
  const calls = [
    (memoryLimit: number | string) => mcl(graph, { memoryLimit, threads: 1, maxIterations: 3 }),
    (memoryLimit: number | string) => hammingGraph([...new Set(sequences)], { memoryLimit, threads: 1 }),
  ];
  for (const call of calls) {
    let limit: number | string = 20_000;
    let refused = 0;
    for (; refused < 6; refused++) {
      const bytes: number | string = limit;
      const failed: MemoryLimitError | undefined = await call(bytes).then(
        () => undefined,
        (error) => error,
      );
      if (failed === undefined) break;
      expect(failed).toBeInstanceOf(MemoryLimitError);
      // Components have to be found first, and edges counted.
      limit = /; ([\d.]+ .?B) are enough/.exec(failed.message)?.[1].replace(' ', '') ?? neededOf(failed);
    }
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThanOrEqual(3);
  }
});

describe('at any limit the number that is named is enough, and so is what else is advised', () => {
  const random = new Random(11);
  /** A whole number from 1 to about `most`, small ones as often as large ones. */
  const some = (most: number) => Math.floor(2 ** (random.float() * Math.log2(most)));
  const maybe = <T extends object>(share: number, given: T) => (random.float() < share ? given : {});

  async function follow(
    call: (options: { memoryLimit: number | string } & Record<string, unknown>) => Promise<unknown>,
    ways: [RegExp, (found: RegExpExecArray) => Record<string, unknown>][],
    counts: Record<string, number>,
  ): Promise<void> {
    const memoryLimit = some(2e6);
    const error = await call({ memoryLimit }).then(
      () => undefined,
      (thrown) => thrown,
    );
    if (!error) return;
    expect(error).toBeInstanceOf(MemoryLimitError);
    await call({ memoryLimit: neededOf(error) });
    await call({ memoryLimit: error.neededBytes });
    const advice = error.message.replace(/.*; /, '');
    for (const [words, change] of ways) {
      const found = words.exec(advice);
      if (!found) continue;
      counts[words.source] = (counts[words.source] ?? 0) + 1;
      await call({ memoryLimit, ...change(found) });
    }
  }

  test('kmeans', async () => {
    const counts: Record<string, number> = {};
    for (let i = 0; i < 150; i++) {
      const X = rows(some(800), some(60), random.float() < 0.5 ? 'f4' : 'f8');
      const k = Math.min(X.rows, some(100));
      const init = random.float() < 0.4 ? { init: first(X, k) } : {};
      const options = {
        ...{ k, maxIter: 1, threads: 1, onWarning() {}, ...init },
        ...{ ...maybe(0.4, { labels: false }), ...maybe(0.4, { chunkRows: some(800) }) },
        ...{ ...maybe(0.3, { sample: Math.min(X.rows, 2 * k) }), ...maybe(0.2, { miniBatch: true }) },
      };
      await follow(
        (more) => kmeans(i % 2 ? X : fromArray(X), { ...options, ...more }),
        [
          [/(\d+) clusters would fit/, ([, less]) => ({ k: Number(less) })],
          [/labels: false/, () => ({ labels: false })],
          [/leaving out chunkRows/, () => ({ chunkRows: undefined })],
          [/sample: (\d+)/, ([, part]) => ({ sample: Number(part) })],
        ],
        counts,
      );
    }
    expect(Object.keys(counts).length).toBeGreaterThan(1);
  });

  test('assign', async () => {
    const counts: Record<string, number> = {};
    for (let i = 0; i < 150; i++) {
      const X = rows(some(800), some(60), random.float() < 0.5 ? 'f4' : 'f8');
      const most = some(300);
      const leaders = rows(most, X.cols, random.float() < 0.5 ? 'f4' : 'f8');
      const modelOf = (count: number) =>
        createModel({ leaders: first(leaders, count), labels: new Int32Array(count) });
      const options = { threads: 1, ...maybe(0.5, { chunkRows: some(800) }) };
      await follow(
        async ({ count = most, ...more }) => {
          for await (const _ of assign(fromArray(X), modelOf(count as number), { ...options, ...more }));
        },
        [
          [/a smaller chunkRows would fit/, () => ({ chunkRows: 1 })],
          [/fewer leaders would fit/, () => ({ count: 1, chunkRows: 1 })],
        ],
        counts,
      );
    }
    expect(Object.keys(counts).length).toBe(2);
  });

  test('vq', async () => {
    const counts: Record<string, number> = {};
    for (let i = 0; i < 60; i++) {
      const X = rows(some(3000), some(60));
      const book = rows(some(300), X.cols);
      await follow(
        ({ n = X.rows, k = book.rows, ...more }) =>
          vq(first(X, n as number), first(book, k as number), { threads: 1, ...more }),
        [
          [/(\d+) rows at a time would fit/, ([, n]) => ({ n: Number(n) })],
          [/fewer centroids would fit/, () => ({ n: 1, k: 1 })],
        ],
        counts,
      );
    }
    expect(Object.keys(counts)).toContain('(\\d+) rows at a time would fit');
  });
});
