/** Batches of sequences, beside Markov clusters of the edges within preclusters. */
import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createGraph } from '../../src/graph/graph.ts';
import { mcl } from '../../src/graph/mcl.ts';
import { BatchClustering, cdist, DisjointSet, memoryStore } from '../../src/index.ts';
import { encodeSequences } from '../../src/sequences/encode.ts';
import { Random } from '../../src/support/numbers/random.ts';
import { sameClusters } from '../twopass/fixtures.ts';
import { collect, cuts, family } from './fixtures.ts';

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
          // Without a flow, all that are connected are one cluster.
          const connected = await collect(batches, { concurrency, method: 'components' });
          const sets = new DisjointSet(unique);
          for (const [i, j] of edges) sets.merge(unique[i], unique[j]);
          const first = (one: string) => (sets.subsetSize(one) > 1 ? unique.indexOf(sets.find(one)) + 1 : 0);
          expect(Array.from(connected.labels, (label) => label > 0)).toEqual(
            all.map((one) => first(one) > 0),
          );
          expect(sameClusters(connected.labels, Int32Array.from(all, first))).toBe(true);
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
      'vGenes must have one gene for each of the 1 sequences, got 0',
    );
    await expect(batches.precluster({ sequences: ['CASSF'], vGenes: [7] } as never)).rejects.toThrow(
      'vGenes[0] must be a string, got 7',
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
      /has V genes, but the run was trained on sequences without them/,
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
      ...{ memoryLimit: '4MB', threads: 1 },
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
