import { describe, expect, test } from 'vitest';
import {
  adviseSample,
  BadRowError,
  BatchClustering,
  MemoryLimitError,
  memoryStore,
  type RefineOptions,
  StoreError,
} from '../../src/index.ts';
import { fromIterable } from '../../src/sources/index.ts';
import { Random } from '../../src/support/numbers/random.ts';
import { blobs, CENTERS } from '../twopass/fixtures.ts';
import { collect, family } from './fixtures.ts';

describe('what cannot be', () => {
  const X = blobs(100, CENTERS);
  const train = (options = {}) => BatchClustering.train(X, { k: 2, store: memoryStore(), ...options });

  test('options', async () => {
    const rejects = (options: object, error: RegExp) =>
      expect(BatchClustering.train(X, options as never)).rejects.toThrow(error);
    await rejects({ k: 2 }, /^store must be a path, memoryStore\(\)/);
    await rejects({ store: memoryStore() }, /give k, the number of preclusters, or fittingSize/);
    await rejects({ store: memoryStore(), k: 0 }, /^k must be a whole number from 1, got 0/);
    await rejects({ store: memoryStore(), k: 3, fittingSize: 5 }, /exclude each other/);
    await rejects({ store: memoryStore(), k: 101 }, /the sample has 100 rows, too few for 101 preclusters/);
    await rejects({ store: memoryStore(), k: 2, overlap: 2 }, /^overlap works only for sequences/);
    await expect(BatchClustering.train(['CASSF'], { store: memoryStore(), k: 2 })).rejects.toThrow(/too few/);
    await expect(BatchClustering.train(['CAZF'], { store: memoryStore(), k: 1 })).rejects.toThrow(
      'the sample holds the string "CAZF", which holds "Z" at position 3; allowed are the 20 amino acids',
    );
    const batches = await train();
    const clusters = (options: object) => batches.labels(options as never);
    await expect(clusters({})).rejects.toThrow(/clusters must say how trees are cut/);
    await expect(clusters({ method: 'mcl' })).rejects.toThrow(/'mcl' works only for sequences/);
    await expect(clusters({ method: 'ward', clusters: 2, metric: 'cityblock' })).rejects.toThrow(
      "method 'ward' is defined for Euclidean distances; got metric 'cityblock'. 'average' takes any metric",
    );
    await expect(clusters({ clusters: 2, inflation: 2 })).rejects.toThrow(
      'inflation works only for sequences',
    );
    await expect(clusters({ clusters: 2, concurrency: 0 })).rejects.toThrow(/^concurrency/);
    await expect(batches.edgesKept()).rejects.toThrow('edgesKept works only for sequences');
  });

  test('the first rows of a run are none', async () => {
    const batches = await train();
    expect(await batches.labels({ clusters: 2 })).toEqual(new Int32Array(0));
    await batches.precluster({ data: new Float32Array(0), rows: 0, cols: 3 }, { name: 'empty' });
    expect(await batches.labels({ clusters: 2 })).toEqual(new Int32Array(0));
    expect(batches.batches).toEqual([{ name: 'empty', start: 0, rows: 0, skipped: 0 }]);
    await batches.precluster({ data: Float32Array.of(1, 2, 3), rows: 1, cols: 3 });
    expect(await batches.labels({ clusters: 2 })).toEqual(Int32Array.of(1));
  });

  test('no edges, one sequence, none', async () => {
    const batches = await BatchClustering.train(['CASSF'], { k: 1, maxLength: 9, store: memoryStore() });
    await batches.precluster([], { name: 'empty' });
    expect(await batches.labels()).toEqual(new Int32Array(0));
    await batches.precluster(['CASSF']);
    expect(await batches.labels()).toEqual(new Int32Array(1));
    await batches.precluster(['WWWWW', 'CASSF', 'CA']);
    expect(await batches.labels()).toEqual(new Int32Array(4));
    expect(await batches.edgesKept()).toEqual({ sequences: 3, edges: 0, kept: 0, share: 1 });
    await batches.precluster(['CASSY']);
    expect(await batches.labels()).toEqual(Int32Array.of(1, 0, 1, 0, 1));
  });

  test('rows that are not finite: named, or passed over and counted', async () => {
    const bad = { data: X.data.slice(), rows: 100, cols: 3 };
    bad.data[3 * 41 + 1] = Number.NaN;
    bad.data[3 * 99] = Number.POSITIVE_INFINITY;
    const batches = await train();
    const error = await batches.precluster(bad, { name: 'a' }).catch((e) => e);
    expect(error).toBeInstanceOf(BadRowError);
    expect(error).toMatchObject({ row: 41, col: 1 });
    expect(batches.batches).toEqual([]);
    const warnings: string[] = [];
    const batch = await batches.precluster(bad, {
      ...{ name: 'a', onBadRow: 'skip' },
      onWarning: ({ message }) => warnings.push(message),
    });
    expect(batch).toEqual({ name: 'a', start: 0, rows: 100, skipped: 2 });
    expect(warnings).toEqual([
      expect.stringMatching(/^a: 2 rows skipped; the first: .*row 41, column 1 is NaN/),
    ]);
    const labels = await batches.labels({ clusters: 3 });
    expect(Array.from(labels.keys()).filter((i) => labels[i] === 0)).toEqual([41, 99]);
  });

  test('sequences that cannot be, longer ones than trained for, and no text', async () => {
    const batches = await BatchClustering.train(['CASSF', 'CASSY'], { k: 1, store: memoryStore() });
    const refused = (list: unknown[], error: RegExp) =>
      expect(batches.precluster(list as string[], { name: 'b' })).rejects.toThrow(error);
    await refused(
      ['CASSF', 'CASSFF'],
      /^b: sequence 1, .* has 6 residues, more than the 5 .* larger maxLength/,
    );
    await refused(['CASSF', ''], /^b: sequence 1, .* is empty/);
    await refused(['CASSF', 'cassf'], /holds "c" at position 1/);
    await refused(['CASSF', 7], /^b: sequence 1 must be a string, got 7/);
    await refused([[1, 2]], /this run was trained on sequences/);
    expect(batches.rows).toBe(0);
    const list = ['CASSF', 'CASSFF', 'CASSY', 'X'];
    const more = { onBadRow: 'skip', onWarning: () => {} } as const;
    expect(await batches.precluster(list, more)).toMatchObject({ rows: 4, skipped: 2 });
    expect(await batches.labels()).toEqual(Int32Array.of(1, 0, 1, 0));
  });

  test('other columns and types than trained for', async () => {
    const batches = await train();
    const wide = { data: new Float32Array(8), rows: 2, cols: 4 };
    await expect(batches.precluster(wide)).rejects.toThrow(/has 4 columns, .* trained on rows of 3 columns/);
    const double = { data: new Float64Array(6), rows: 2, cols: 3 };
    await expect(batches.precluster(double)).rejects.toThrow(/is float64, .* trained on float32/);
    await expect(batches.precluster(['CASSF'] as never)).rejects.toThrow('this run was trained on vectors');
  });

  test('a name twice', async () => {
    const batches = await train();
    await batches.precluster(X, { name: 'donor-7' });
    expect(batches.has('donor-7')).toBe(true);
    await expect(batches.precluster(X, { name: 'donor-7' })).rejects.toThrow(
      /"donor-7" is in the run already, with 100 rows/,
    );
    expect(batches.rows).toBe(100);
  });

  test('a store that holds a run already or something else, and a run that is closed', async () => {
    const store = memoryStore();
    const batches = await train({ store });
    await expect(train({ store })).rejects.toThrow(/in use/);
    await batches.close();
    await expect(batches.precluster(X)).rejects.toThrow(/the run was closed/);
    await expect(train({ store })).rejects.toThrow(/already holds a run/);
    await (await BatchClustering.resume(store)).cleanup();
    expect(await store.list()).toEqual([]);
    await expect(BatchClustering.resume(store)).rejects.toThrow('holds no run');
    await store.append('letters.txt', Uint8Array.of(1));
    await expect(train({ store })).rejects.toThrow(/holds "letters.txt", which is not a file of a run/);
    await BatchClustering.clean(store);
    expect(await store.list()).toEqual([{ name: 'letters.txt', bytes: 1 }]);
  });

  test('await using cleans up, where the runtime has it', async () => {
    const store = memoryStore();
    const batches = await train({ store });
    await batches[Symbol.asyncDispose]();
    expect(await store.list()).toEqual([]);
    await batches.cleanup();
  });

  test('memory that is not enough is said before anything is written', async () => {
    const store = memoryStore();
    const batches = await train({ store });
    const before = await store.list();
    const small = batches.precluster(X, { memoryLimit: 20_000 });
    await expect(small).rejects.toThrow(MemoryLimitError);
    expect(await store.list()).toEqual(before);
    await batches.precluster(X);
    await expect(batches.labels({ clusters: 2, memoryLimit: 1000 })).rejects.toThrow(MemoryLimitError);
  });

  test('overlap: too small a limit is quoted whole, with what would help', async () => {
    const sequences = family(3000, 2);
    const batches = await BatchClustering.train(sequences, { k: 4, overlap: 2, store: memoryStore() });
    await batches.precluster(sequences);
    const memoryLimit = 500_000;
    const merging = collect(batches, { memoryLimit });
    await expect(merging).rejects.toThrow(
      /^clustering the edges of all preclusters together needs .*, but memoryLimit allows 500 kB; .*overlap: 1/,
    );
    await expect(merging).rejects.toMatchObject({ allowedBytes: memoryLimit });
    await batches.cleanup();
  });

  test('a family that may be too large is told before any edges are found, and what is advised fits', async () => {
    // All sequences of 1,600 that differ in three places of one, and others at random.
    const random = new Random(5);
    const letters = (count: number) =>
      Array.from({ length: count }, () => 'ACDEFGHIKLMNPQRSTVWY'[random.below(20)]).join('');
    const like = Array.from({ length: 2500 }, () => `CASSL${letters(3)}GQETQYF`);
    const sequences = [...new Set([...like, ...Array.from({ length: 3500 }, () => `CASS${letters(9)}YF`)])];
    const batches = await BatchClustering.train(sequences, { k: 6, overlap: 2, store: memoryStore() });
    await batches.precluster(sequences);
    let heard: string[] = [];
    const options: RefineOptions = {
      memoryLimit: '6MB',
      threads: 1,
      onProgress: ({ phase }) => heard.push(phase),
      onWarning: ({ code, message }) => heard.push(code, message),
    };
    await expect(batches.labels(options)).rejects.toThrow(/needs .* method: 'components'/);
    expect(heard[0]).toBe('LARGE_FAMILY');
    expect(heard[1]).toMatch(/^precluster \d has \d+ connected sequences; .* would fit/);
    heard = [];
    const more = { ...options, memoryLimit: '20MB' };
    await batches.labels(more);
    const pruning = Number(/pruning: ([\d.]+)/.exec(heard[1])?.[1]);
    expect(pruning).toBeGreaterThan(1e-3);
    heard = [];
    await batches.labels({ ...more, pruning });
    expect(heard[0]).toBe('edges');
    // Connected sequences take no room for edges, and less is enough.
    const components = await batches.labels({ ...options, method: 'components', memoryLimit: '3MB' });
    expect(components).toEqual(await batches.labels({ method: 'components' }));
    await expect(batches.labels({ method: 'components', pruning: 0.1 })).rejects.toThrow(
      "pruning works only with method 'mcl'",
    );
  });

  test('overlap: the limit that a refusal names is enough, and clusters are the same', async () => {
    // Near-identical: four places of one sequence are free, and others are at random.
    const random = new Random(3);
    const letters = (count: number) =>
      Array.from({ length: count }, () => 'ACDEFGHIKLMNPQRSTVWY'[random.below(20)]).join('');
    const like = Array.from({ length: 1500 }, () => `CASSL${letters(2)}${'AG'[random.below(2)]}GQETQYF`);
    const sequences = [...new Set([...like, ...Array.from({ length: 3500 }, () => `CASS${letters(9)}YF`)])];
    const batches = await BatchClustering.train(sequences, { k: 40, overlap: 2, store: memoryStore() });
    await batches.precluster(sequences);
    const all = await batches.labels();
    // Under the lowest, edges are too many to be kept; under others, the flow.
    for (const [memoryLimit, why] of [
      ['580kB', /^10525 edges/],
      ['6MB', /^the flow/],
    ] as const) {
      const refused = await batches.labels({ memoryLimit }).then(
        () => undefined,
        (error) => error,
      );
      expect(refused, memoryLimit).toBeInstanceOf(MemoryLimitError);
      expect(refused.cause.message).toMatch(why);
      const advised = /needs (\d[\d.]* [kM]B), /.exec(refused.message)?.[1] as string;
      expect(await batches.labels({ memoryLimit: advised }), memoryLimit).toEqual(all);
    }
    // The other advice.
    const alone = await batches.labels({ memoryLimit: '6MB', overlap: 1, onWarning: () => {} });
    expect(alone.length).toBe(sequences.length);
    await batches.cleanup();
  });

  test('a sample with bad rows: refused, or trained on the good ones alone', async () => {
    const good = family(200, 2);
    const bad = [...good.slice(0, 50), 'CA*F', '', 'B'.repeat(500), ...good.slice(50)];
    const options = { k: 3, seed: 1 };
    await expect(BatchClustering.train(bad, { ...options, store: memoryStore() })).rejects.toThrow(
      RangeError,
    );
    const one = await BatchClustering.train(bad, { ...options, onBadRow: 'skip', store: memoryStore() });
    const other = await BatchClustering.train(good, { ...options, store: memoryStore() });
    // The longest of the good ones makes the width.
    expect(one.model.leaders).toEqual(other.model.leaders);
    const nothing = BatchClustering.train(['*'], { k: 1, onBadRow: 'skip', store: memoryStore() });
    await expect(nothing).rejects.toThrow(/1 rows?, but none is a valid sequence/);
    const rows = Float32Array.from({ length: 90 }, (_, i) => (i === 31 ? Number.NaN : Math.sin(i) + (i % 3)));
    const X = { data: rows, rows: 30, cols: 3 };
    await expect(BatchClustering.train(X, { k: 2, store: memoryStore() })).rejects.toThrow(BadRowError);
    const vectors = await BatchClustering.train(X, { k: 2, onBadRow: 'skip', store: memoryStore() });
    expect(vectors.model.leaders.data.every(Number.isFinite)).toBe(true);
    const wrong = { k: 2, onBadRow: 'drop' as 'skip', store: memoryStore() };
    await expect(BatchClustering.train(X, wrong)).rejects.toThrow(/onBadRow/);
  });

  test('adviseSample', () => {
    expect(adviseSample({ fittingSize: 245_000, clusterSize: 5000 })).toBe(49_000);
    expect(adviseSample({ fittingSize: 1e6 })).toBe(200_000);
    expect(adviseSample({ fittingSize: 100, clusterSize: 10 })).toBe(100);
    expect(() => adviseSample({ fittingSize: 0 })).toThrow(RangeError);
  });

  test('an iterable of sequences, of lists, and one that fails in the middle', async () => {
    const store = memoryStore();
    const batches = await BatchClustering.train(['CASSF', 'CASSY'], { k: 1, store });
    async function* parts() {
      yield ['CASSF', 'CASSA'];
      yield 'CASSY';
    }
    expect(await batches.precluster(parts())).toMatchObject({ rows: 3 });
    const before = await store.list();
    async function* failing() {
      yield ['CASSF'];
      throw new Error('the line went dead');
    }
    await expect(batches.precluster(failing())).rejects.toThrow('the line went dead');
    expect(await store.list()).toEqual(before);
    const source = fromIterable(
      async function* () {
        yield [1, 2];
        throw new StoreError('x', 'gone');
      },
      { cols: 2 },
    );
    const vectors = await BatchClustering.train([[1, 2]], { k: 1, store: memoryStore() });
    await expect(vectors.precluster(source)).rejects.toThrow('gone');
    expect(vectors.rows).toBe(0);
  });
});
