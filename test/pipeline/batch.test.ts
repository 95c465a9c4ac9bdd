import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createGraph } from '../../src/graph/graph.ts';
import { mcl } from '../../src/graph/mcl.ts';
import {
  adviseSample,
  BadRowError,
  BatchClustering,
  type CoppiceWarning,
  cdist,
  fcluster,
  linkage,
  MemoryLimitError,
  memoryStore,
  type Progress,
  StoreError,
} from '../../src/index.ts';
import { Random } from '../../src/random.ts';
import { encodeSequences } from '../../src/sequences/encode.ts';
import { fromArray, fromIterable } from '../../src/sources/index.ts';
import { collect, family } from './batchfixtures.ts';
import { blobs, ofUnknownLength, sameClusters } from './fixtures.ts';

const CENTERS = [
  [0, 0, 0],
  [10, 0, 0],
  [0, 10, 0],
  [0, 0, 10],
];

function slice(
  { data, cols }: { data: Float32Array | Float64Array; cols: number },
  from: number,
  to: number,
) {
  return { data: data.subarray(from * cols, to * cols), rows: to - from, cols };
}

/** Cut 0 .. n in pieces. */
function cuts(n: number, at: readonly number[]): [number, number][] {
  const places = [0, ...new Set(at.map((x) => x % (n + 1))), n].sort((a, b) => a - b);
  return places.slice(1).map((to, i) => [places[i], to]);
}

describe('vectors', () => {
  test('by definition: nearest centroid, then linkage of each precluster; for any batches, concurrency, threads', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 6 }),
        fc.constantFrom<'f4' | 'f8'>('f4', 'f8'),
        fc.array(fc.nat(), { maxLength: 5 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 2 }),
        fc.constantFrom('ward', 'average', 'single'),
        async (n, k, element, at, concurrency, threads, method) => {
          const { truth: _, ...X } = blobs(n, CENTERS, { spread: 8, element, seed: n });
          const sample = slice(blobs(50, CENTERS, { spread: 8, element, seed: 5 }), 0, 50);
          const batches = await BatchClustering.train(sample, { k, store: memoryStore(), threads });
          const pieces = cuts(n, at);
          for (const [from, to] of pieces) await batches.precluster(slice(X, from, to));
          const found = await collect(batches, { method: method as 'ward', clusters: 3, concurrency });

          const D = await cdist(X, batches.model.leaders);
          const wanted = new Int32Array(n);
          let before = 0;
          for (let p = 0; p < k; p++) {
            const rows: number[] = [];
            for (let i = 0; i < n; i++) {
              const row = Array.from(D.data.subarray(i * k, (i + 1) * k));
              if (row.indexOf(Math.min(...row)) === p) rows.push(i);
            }
            if (rows.length === 0) continue;
            const data = Float64Array.from(rows.flatMap((i) => Array.from(slice(X, i, i + 1).data)));
            const own = {
              data: element === 'f4' ? Float32Array.from(data) : data,
              rows: rows.length,
              cols: 3,
            };
            const labels =
              rows.length === 1
                ? [1]
                : fcluster(await linkage(own, { method: method as 'ward' }), Math.min(3, rows.length), {
                    criterion: 'maxclust',
                  });
            rows.forEach((row, i) => {
              wanted[row] = before + labels[i];
              expect(found.preclusters[row]).toBe(p);
            });
            before += new Set(labels).size;
          }
          expect(sameClusters(found.labels, wanted)).toBe(true);
          expect(found.rows).toEqual(
            Array.from({ length: n }, (_, i) => Array.from(slice(X, i, i + 1).data)),
          );
          pieces.forEach(([from, to], b) => {
            expect(found.batches.subarray(from, to).every((x) => x === b)).toBe(true);
          });
          expect(Array.from(await batches.labels({ method: method as 'ward', clusters: 3 }))).toEqual(
            Array.from(found.labels),
          );
        },
      ),
      { numRuns: 40 },
    );
  });

  test('sources of any kind; little memory gives the same', async () => {
    const { truth: _, ...X } = blobs(40_000, CENTERS, { spread: 6 });
    const options = { clusters: { distance: 40 } };
    const results: Int32Array[] = [];
    for (const memoryLimit of ['1GB', '12MB']) {
      for (const source of [X, fromArray(X), ofUnknownLength(fromArray(X))]) {
        const batches = await BatchClustering.train(X, { k: 40, store: memoryStore(), memoryLimit });
        await batches.precluster(source);
        results.push(await batches.labels(options));
      }
    }
    for (const labels of results) expect(labels).toEqual(results[0]);
  });

  test('a precluster too large for the limit is split, and says so; the same for every concurrency', async () => {
    const { truth: _, ...X } = blobs(9000, CENTERS, { spread: 1 });
    const results: Int32Array[] = [];
    for (const concurrency of [1, 2, 5]) {
      const warnings: CoppiceWarning[] = [];
      const batches = await BatchClustering.train(X, { k: 3, store: memoryStore() });
      await batches.precluster(X);
      const options = {
        memoryLimit: '8MB',
        threads: 1,
        concurrency,
        clusters: 1,
        method: 'complete',
      } as const;
      const { labels } = await collect(batches, {
        ...options,
        onWarning: (warning) => warnings.push(warning),
      });
      results.push(labels);
      expect(warnings[0].code).toBe('PRECLUSTER_SPLIT');
      expect(warnings[0].message).toMatch(
        /precluster \d: .* rows would take .* split into \d+ parts by k-means/,
      );
      // Parts are clusters of their own.
      expect(new Set(labels).size).toBeGreaterThan(3);
    }
    for (const labels of results) expect(labels).toEqual(results[0]);
  });

  test('rows that are all alike and too many', async () => {
    const X = { data: new Float64Array(6000 * 2).fill(1.5), rows: 6000, cols: 2 };
    const batches = await BatchClustering.train(slice(X, 0, 10), { k: 1, store: memoryStore() });
    await batches.precluster(X);
    const labels = await batches.labels({
      ...{ memoryLimit: '8MB', threads: 1, clusters: { distance: 1 }, method: 'complete' },
      onWarning: () => {},
    });
    expect(labels.every((label) => label > 0)).toBe(true);
  });

  test('what is said: progress that never falls and ends at its total', async () => {
    const { truth: _, ...X } = blobs(5000, CENTERS, { spread: 6 });
    const phases = new Map<string, Progress[]>();
    const onProgress = (p: Progress) => phases.set(p.phase, [...(phases.get(p.phase) ?? []), p]);
    const batches = await BatchClustering.train(X, { k: 7, store: memoryStore(), onProgress });
    await batches.precluster(X);
    await batches.labels({ clusters: 2 });
    expect([...phases.keys()].slice(-2)).toEqual(['precluster', 'clusters']);
    for (const list of phases.values()) {
      list.forEach((p, i) => {
        if (i > 0) expect(p.done).toBeGreaterThanOrEqual(list[i - 1].done);
      });
      expect(list.at(-1)?.done).toBe(list.at(-1)?.total);
    }
  });

  test('a signal stops a batch, which leaves nothing, and stops clusters', async () => {
    const { truth: _, ...X } = blobs(30_000, CENTERS, { spread: 6 });
    const store = memoryStore();
    const batches = await BatchClustering.train(X, { k: 30, store, memoryLimit: '20MB' });
    const before = await store.list();
    const controller = new AbortController();
    const stopping = { signal: controller.signal, onProgress: () => controller.abort(new Error('enough')) };
    await expect(batches.precluster(X, stopping)).rejects.toThrow('enough');
    expect(await store.list()).toEqual(before);
    await batches.precluster(X, { name: 'all' });
    const other = new AbortController();
    const run = async () => {
      for await (const _ of batches.clusters({ clusters: 2, signal: other.signal }))
        other.abort(new Error('stop'));
    };
    await expect(run()).rejects.toThrow('stop');
    for await (const _ of batches.clusters({ clusters: 2 })) break;
    expect((await batches.labels({ clusters: 2 })).length).toBe(30_000);
  });
});

describe('sequences', () => {
  const SAMPLE = family(200, 9);

  test.each([1, 2, 3])('overlap %i: Markov clusters of the edges within preclusters', async (overlap) => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 250 }),
        fc.integer({ min: 1, max: 7 }),
        fc.array(fc.nat(), { maxLength: 4 }),
        fc.integer({ min: 1, max: 3 }),
        async (n, k, at, concurrency) => {
          const all = family(n, n + 1);
          const maxLength = 20;
          const batches = await BatchClustering.train(SAMPLE, {
            k,
            overlap,
            maxLength,
            store: memoryStore(),
          });
          for (const [from, to] of cuts(n, at)) await batches.precluster(all.slice(from, to));
          const found = await collect(batches, { concurrency, inflation: 1.5 });
          expect(found.rows).toEqual(all);

          const unique = [...new Set(all)];
          if (unique.length === 0) return;
          // Properties of residues, and five times the length.
          const encoded = await encodeSequences(unique, { length: maxLength });
          const rows = unique.map((one, i) => [
            ...encoded.data.subarray(i * encoded.cols, (i + 1) * encoded.cols),
            5 * one.length,
          ]);
          const X = { data: Float32Array.from(rows.flat()), rows: unique.length, cols: encoded.cols + 1 };
          const D = await cdist(X, batches.model.leaders);
          const seats = unique.map((_, i) => {
            const row = Array.from(D.data.subarray(i * k, (i + 1) * k));
            return [...row.keys()].sort((a, b) => row[a] - row[b] || a - b).slice(0, overlap);
          });
          const edges: number[][] = [];
          let lost = 0;
          for (let i = 0; i < unique.length; i++) {
            for (let j = i + 1; j < unique.length; j++) {
              const [a, b] = [unique[i], unique[j]];
              if (a.length !== b.length || [...a].filter((c, x) => c !== b[x]).length !== 1) continue;
              if (seats[i].some((seat) => seats[j].includes(seat))) edges.push([i, j]);
              else lost++;
            }
          }
          const { labels } = await mcl(createGraph(unique.length, edges), { inflation: 1.5 });
          const wanted = Int32Array.from(all, (one) => labels[unique.indexOf(one)]);
          expect(Array.from(found.labels, (label) => label > 0)).toEqual(
            Array.from(wanted, (label) => label > 0),
          );
          expect(sameClusters(found.labels, wanted)).toBe(true);
          expect(await batches.edgesKept()).toEqual({
            sequences: unique.length,
            edges: 2 * (edges.length + lost),
            kept: 2 * edges.length,
            share: edges.length + lost > 0 ? edges.length / (edges.length + lost) : 1,
          });
        },
      ),
      { numRuns: 25 },
    );
  });

  test.each([1, 2])('overlap %i: with V genes, the clusters of each gene on its own', async (overlap) => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 250 }),
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.nat(), { maxLength: 3 }),
        fc.integer({ min: 1, max: 3 }),
        async (n, k, at, concurrency) => {
          const sequences = family(n, n + 3);
          const random = new Random(n);
          const vGenes = sequences.map(() => ['TRBV7-2', 'TRBV5', ''][random.below(3)]);
          const options = { k, overlap, maxLength: 20 };
          const sample = { sequences: SAMPLE, vGenes: SAMPLE.map(() => 'TRBV7-2') };
          const batches = await BatchClustering.train(sample, { ...options, store: memoryStore() });
          expect(batches.vGenes).toBe(true);
          for (const [from, to] of cuts(n, at)) {
            await batches.precluster({
              sequences: sequences.slice(from, to),
              vGenes: vGenes.slice(from, to),
            });
          }
          const found = await collect(batches, { concurrency, inflation: 1.5 });
          expect(found.rows).toEqual(sequences);
          for await (const part of batches.clusters()) {
            expect(part.vGenes).toEqual(Array.from(part.rows, (row) => vGenes[row]));
          }
          const kept = { sequences: 0, edges: 0, kept: 0 };
          for (const gene of new Set(vGenes)) {
            const rows = [...sequences.keys()].filter((i) => vGenes[i] === gene);
            const alone = await BatchClustering.train(SAMPLE, { ...options, store: memoryStore() });
            expect(alone.model.leaders).toEqual(batches.model.leaders);
            await alone.precluster(rows.map((i) => sequences[i]));
            const wanted = await alone.labels({ inflation: 1.5 });
            const labels = Int32Array.from(rows, (i) => found.labels[i]);
            expect(sameClusters(labels, wanted)).toBe(true);
            expect(labels.map((label) => Math.min(1, label))).toEqual(
              wanted.map((label) => Math.min(1, label)),
            );
            const edges = await alone.edgesKept();
            for (const name of ['sequences', 'edges', 'kept'] as const) kept[name] += edges[name];
          }
          expect(await batches.edgesKept()).toMatchObject(kept);
          const genes = new Map<number, string>();
          found.labels.forEach((label, i) => {
            if (label === 0) return;
            expect(vGenes[i]).toBe(genes.get(label) ?? vGenes[i]);
            genes.set(label, vGenes[i]);
          });
        },
      ),
      { numRuns: 15 },
    );
  });

  test('V genes that cannot be, or that only some batches have', async () => {
    const sample = { sequences: ['CASSF', 'CASSL'], vGenes: ['TRBV1', 'TRBV2'] };
    const batches = await BatchClustering.train(sample, { k: 1, store: memoryStore() });
    await expect(batches.precluster(['CASSF'])).rejects.toThrow(/has no V genes, but the run was trained/);
    await expect(batches.precluster({ sequences: ['CASSF'], vGenes: [] })).rejects.toThrow(
      'vGenes must be as many as sequences, 1, got 0',
    );
    await expect(batches.precluster({ sequences: ['CASSF'], vGenes: [7] } as never)).rejects.toThrow(
      'vGenes[0] must be text, got 7',
    );
    for (const gene of ['TRBV 1', 'TRBV\u00e9', 'V'.repeat(65)]) {
      const bad = { sequences: ['CASSF', 'CASSL'], vGenes: [gene, 'TRBV1'] };
      await expect(batches.precluster(bad)).rejects.toThrow(/sequence 0, the string "CASSF", has the V gene/);
    }
    expect(batches.rows).toBe(0);
    const bad = { sequences: ['CASSF', 'CASSL'], vGenes: ['TRBV 1', 'TRBV1'] };
    const skipped = await batches.precluster(bad, { onBadRow: 'skip', onWarning: () => {} });
    expect(skipped).toMatchObject({ rows: 2, skipped: 1 });
    const plain = await BatchClustering.train(['CASSF'], { k: 1, store: memoryStore() });
    expect(plain.vGenes).toBe(false);
    await expect(plain.precluster(sample)).rejects.toThrow(
      /has V genes, but the run was trained on sequences without/,
    );
  });

  test('clusterMatrix: which batch holds how many of which cluster', async () => {
    const batches = await BatchClustering.train(SAMPLE, { k: 3, maxLength: 20, store: memoryStore() });
    const names = ['donor 7, "left"', 'é\n', '1'];
    for (const [i, name] of names.entries()) await batches.precluster(family(150, i), { name });
    await expect(batches.clusterMatrix()).rejects.toThrow(RangeError);
    const matrix = await batches.clusterMatrix({});
    const { labels, batches: of } = await collect(batches, {});
    expect(matrix.names).toEqual(names);
    expect(matrix.clusters).toBe(labels.reduce((a, b) => Math.max(a, b), 0));
    const wanted = new Float64Array(3 * matrix.clusters);
    labels.forEach((label, i) => {
      if (label > 0) wanted[of[i] * matrix.clusters + label - 1]++;
    });
    expect(matrix.dense()).toEqual({ data: wanted, rows: 3, cols: matrix.clusters });
    expect(matrix.count('1', 1)).toBe(wanted[2 * matrix.clusters]);
    expect(() => matrix.count('2', 1)).toThrow(RangeError);
    expect(await batches.clusterMatrix()).toBe(matrix);
    await batches.precluster(['CASSF']);
    await expect(batches.clusterMatrix()).rejects.toThrow(RangeError);
  });

  test('little memory gives the same clusters', async () => {
    const all = family(20_000, 3);
    const results: Int32Array[] = [];
    for (const memoryLimit of ['1GB', '16MB']) {
      const batches = await BatchClustering.train(SAMPLE, { k: 9, maxLength: 20, store: memoryStore() });
      await batches.precluster(all, { memoryLimit });
      results.push(await batches.labels({ memoryLimit }));
    }
    expect(results[1]).toEqual(results[0]);
  });

  test('a precluster too large for the limit is split', async () => {
    const all = family(20_000, 3);
    const warnings: string[] = [];
    const options = { k: 1, overlap: 1, maxLength: 20, store: memoryStore() };
    const batches = await BatchClustering.train(SAMPLE, options);
    await batches.precluster(all);
    const labels = await batches.labels({
      ...{ memoryLimit: '5MB', threads: 1 },
      onWarning: ({ code }) => warnings.push(code),
    });
    expect(warnings).toContain('PRECLUSTER_SPLIT');
    expect(labels.filter((label) => label > 0).length).toBeGreaterThan(5000);
  });

  const TSV = '../shared/data/cdr3/vdj_known_trb_cdr3_epitope.tsv';
  const tsv = new URL(`../../${TSV}`, import.meta.url);
  const file = existsSync(tsv) ? tsv : new URL(`../../../${TSV}`, import.meta.url);
  test.skipIf(!existsSync(file))(`known receptors: batches lose at most 1 % (needs ${TSV})`, async () => {
    const lines = readFileSync(file, 'utf8').trim().split('\n').slice(1);
    const all = lines.map((line) => line.split('\t')[0]);
    const unique = [...new Set(all)];
    const count = async (options: { clusterSize: number; overlap?: number; seed?: number }) => {
      const more = { fittingSize: unique.length, store: memoryStore(), ...options };
      const batches = await BatchClustering.train(unique, more);
      await batches.precluster(all);
      const labels = await batches.labels();
      const of = new Map(all.map((one, i) => [one, labels[i]]));
      const clustered = [...of.values()].filter((label) => label > 0);
      return {
        sequences: clustered.length,
        clusters: new Set(clustered).size,
        kept: await batches.edgesKept(),
      };
    };
    expect(await count({ clusterSize: 2741 })).toMatchObject({
      sequences: 554,
      clusters: 194,
      kept: { edges: 904 },
    });
    for (const seed of [0, 1, 2]) {
      const { sequences, kept } = await count({ clusterSize: 500, seed });
      expect(sequences).toBeGreaterThanOrEqual(549);
      expect(kept.share).toBeGreaterThan(0.99);
    }
    expect((await count({ clusterSize: 500, overlap: 1 })).sequences).toBeGreaterThanOrEqual(549);
  });
});

describe('what cannot be', () => {
  const X = blobs(100, CENTERS);
  const train = (options = {}) => BatchClustering.train(X, { k: 2, store: memoryStore(), ...options });

  test('options', async () => {
    const rejects = (options: object, error: RegExp) =>
      expect(BatchClustering.train(X, options as never)).rejects.toThrow(error);
    await rejects({ k: 2 }, /^store must be a path, memoryStore\(\)/);
    await rejects({ store: memoryStore() }, /name k, the number of preclusters, or fittingSize/);
    await rejects({ store: memoryStore(), k: 0 }, /^k must be a whole number from 1, got 0/);
    await rejects({ store: memoryStore(), k: 3, fittingSize: 5 }, /exclude each other/);
    await rejects({ store: memoryStore(), k: 101 }, /the sample has 100 rows, too few for 101 preclusters/);
    await rejects({ store: memoryStore(), k: 2, overlap: 2 }, /^overlap is for sequences/);
    await expect(BatchClustering.train(['CASSF'], { store: memoryStore(), k: 2 })).rejects.toThrow(/too few/);
    await expect(BatchClustering.train(['CAZF'], { store: memoryStore(), k: 1 })).rejects.toThrow(
      'the sample holds the string "CAZF", which holds "Z" at place 3; allowed are the 20 amino acids',
    );
    const batches = await train();
    const clusters = (options: object) => batches.labels(options as never);
    await expect(clusters({})).rejects.toThrow(/clusters must say how trees are cut/);
    await expect(clusters({ method: 'mcl' })).rejects.toThrow(/'mcl' is for sequences/);
    await expect(clusters({ method: 'ward', clusters: 2, metric: 'cosine' })).rejects.toThrow(
      /metric 'euclidean'/,
    );
    await expect(clusters({ clusters: 2, inflation: 2 })).rejects.toThrow('inflation is for sequences');
    await expect(clusters({ clusters: 2, concurrency: 0 })).rejects.toThrow(/^concurrency/);
    await expect(batches.edgesKept()).rejects.toThrow('edgesKept is for sequences');
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
      expect.stringMatching(/^a: 2 rows left out; the first: .*row 41, column 1 is NaN/),
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
    await refused(['CASSF', 'cassf'], /holds "c" at place 1/);
    await refused(['CASSF', 7], /^b: sequence 1 must be text, got 7/);
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
    await expect(train({ store })).rejects.toThrow(/holds a run already/);
    await (await BatchClustering.resume(store)).cleanup();
    expect(await store.list()).toEqual([]);
    await expect(BatchClustering.resume(store)).rejects.toThrow('holds no run');
    await store.append('letters.txt', Uint8Array.of(1));
    await expect(train({ store })).rejects.toThrow(/holds "letters.txt", which is none of a run's files/);
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
      /^clustering the edges of all preclusters together needs .*, but memoryLimit allows 500 kB; .*overlap 1/,
    );
    await expect(merging).rejects.toMatchObject({ allowedBytes: memoryLimit });
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
    await expect(nothing).rejects.toThrow(/1 rows?, none of which is a sequence/);
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
