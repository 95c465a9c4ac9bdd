/** Models of prepared rows: they keep the preparation, and assign prepares new rows alike. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Assignment,
  assign,
  BatchClustering,
  type CoppiceWarning,
  createModel,
  kmeans,
  type Matrix,
  Model,
  memoryStore,
  twoPass,
} from '../../src/index.ts';
import { decodeSafetensors, encodeSafetensors } from '../../src/model/safetensors.ts';
import { fromArray, fromIterable, prepare, readMatrix } from '../../src/sources/index.ts';
import { Random } from '../../src/support/numbers/random.ts';
import type { Source } from '../../src/types.ts';

const OPTIONS = { log2: true, scale: 'zscore', rows: 'zscore', weights: [1, 2, 0.5, 1] } as const;

/** Rows of two groups, which only the last column separates; the first has numbers a thousand times as large. */
function table(n: number, seed = 1, element: 'f4' | 'f8' = 'f8'): Matrix {
  const random = new Random(seed);
  const data = element === 'f4' ? new Float32Array(4 * n) : new Float64Array(4 * n);
  for (let i = 0; i < n; i++) {
    data.set([1000 * random.float(), random.float(), random.float(), (i % 2) + 0.1 * random.float()], 4 * i);
  }
  return { data, rows: n, cols: 4 };
}

async function labelled(
  parts: AsyncIterable<Assignment>,
): Promise<{ labels: number[]; distances: number[] }> {
  const all = { labels: [] as number[], distances: [] as number[] };
  for await (const { labels, distances } of parts) {
    all.labels.push(...labels);
    all.distances.push(...distances);
  }
  return all;
}

const quiet = { onWarning() {} };

describe('a model of a prepared source', () => {
  it.each(['f4', 'f8'] as const)(
    'prepares raw rows alike, after it was saved and loaded (%s)',
    async (element) => {
      const source = await prepare(fromArray(table(300, 1, element)), OPTIONS);
      const fit = await twoPass(source, { clusters: 2, stride: 3, leaders: { perCluster: 3 }, ...quiet });
      const found = await kmeans(source, { k: 3 });
      for (const model of [fit.model, found.model]) {
        expect(model.preparation).toEqual(source.preparation);
        const loaded = Model.load(model.save());
        expect(loaded.preparation).toEqual(source.preparation);
        expect(loaded.save()).toEqual(model.save());
        const rows = table(200, 2, element);
        // What the model says of rows that were prepared by hand, without a preparation.
        const plain = createModel({ leaders: model.leaders, labels: model.labels });
        const prepared = await readMatrix(await prepare(fromArray(rows), source.preparation));
        const expected = await labelled(assign(prepared, plain));
        expect(await labelled(assign(rows, loaded, { chunkRows: 7 }))).toEqual(expected);
        expect(await labelled(assign(fromArray(rows), loaded))).toEqual(expected);
        const same = await prepare(fromArray(rows), loaded.preparation as NonNullable<Model['preparation']>);
        expect(await labelled(assign(same, loaded))).toEqual(expected);
      }
    },
  );

  it('keeps the target of quantiles, so that new rows get the same distribution', async () => {
    const random = new Random(5);
    const samples = (n: number) => ({
      data: Float64Array.from(
        { length: 6 * n },
        (_, i) => (1 + (i % 5)) * random.float() + (i % 6 === i % 2 ? 3 : 0),
      ),
      rows: n,
      cols: 6,
    });
    const source = await prepare(fromArray(samples(90)), { quantile: true });
    const [{ target = [] }] = source.preparation.steps;
    const fit = await twoPass(source, { clusters: 2, ...quiet });
    const loaded = Model.load(fit.model.save());
    const rows = samples(40);
    const prepared = await readMatrix(await prepare(fromArray(rows), source.preparation));
    for (let i = 0; i < 40; i++) {
      expect(Array.from(prepared.data.subarray(6 * i, 6 * i + 6)).sort((a, b) => a - b)).toEqual(target);
    }
    const plain = createModel({ leaders: fit.model.leaders, labels: fit.model.labels });
    expect(await labelled(assign(rows, loaded, { chunkRows: 7 }))).toEqual(
      await labelled(assign(prepared, plain)),
    );
  });

  it('gives the labels of two passes over the prepared rows', async () => {
    const source = await prepare(fromArray(table(400)), OPTIONS);
    const whole = await readMatrix(source);
    const [a, b] = [
      await twoPass(source, { clusters: 2, sample: 100, ...quiet }),
      await twoPass(whole, { clusters: 2, sample: 100, ...quiet }),
    ];
    expect(a.linkage).toEqual(b.linkage);
    expect(a.model.leaders).toEqual(b.model.leaders);
    expect(await a.labels({ chunkRows: 9 })).toEqual(await b.labels());
    const again = await (await twoPass(source, { clusters: 2, keepSample: true, ...quiet })).recut(3);
    expect(again.model.preparation).toEqual(source.preparation);
  });

  it('finds the groups that only a column of small scale separates', async () => {
    const rows = table(300);
    const groups = Int32Array.from({ length: 300 }, (_, i) => (i % 2) + 1);
    const warnings: CoppiceWarning[] = [];
    const raw = await twoPass(rows, { clusters: 2, onWarning: (one) => warnings.push(one) });
    expect(await raw.labels()).not.toEqual(groups);
    expect(warnings[0]).toMatchObject({ code: 'SCALES_DIFFER' });
    expect(warnings[0].message).toContain('column 0 has 99.9 % of the variance of all columns');
    const told: CoppiceWarning[] = [];
    const fit = await twoPass(await prepare(rows, { scale: 'zscore' }), {
      clusters: 2,
      onWarning: (one) => told.push(one),
    });
    expect(await fit.labels()).toEqual(groups);
    expect(told.map(({ code }) => code)).not.toContain('SCALES_DIFFER');
  });

  it('does not take a source that is prepared otherwise', async () => {
    const rows = table(50);
    const { model } = await kmeans(await prepare(rows, { scale: 'zscore' }), { k: 2 });
    const other = await prepare(rows, { scale: 'minmax' });
    const parts = (source: Source, of: Model) => labelled(assign(source, of));
    await expect(parts(other, model)).rejects.toThrow(
      'array is prepared, but not as the rows of the model were',
    );
    const plain = createModel({ leaders: model.leaders, labels: model.labels });
    await expect(parts(other, plain)).rejects.toThrow(
      'array is prepared, but the model is of rows that were not',
    );
    await expect(
      twoPass(await prepare(new Array(20).fill([1, 2, 3]), { log2: true }), { clusters: 2, metric: 'rmsd' }),
    ).rejects.toThrow('rmsd compares positions of atoms');
  });

  it('skips rows that cannot be prepared, where the caller says so', async () => {
    const { model } = await kmeans(await prepare([[0], [1], [100], [101]], { log1p: true }), {
      k: 2,
      seed: 1,
    });
    const rows = [[0], [-3], [100], [Number.NaN]];
    await expect(labelled(assign(rows, model))).rejects.toThrow('source: row 1 has -3 in column 0'.slice(8));
    const { labels } = await labelled(assign(rows, model, { onBadRow: 'skip', ...quiet }));
    expect([labels[1], labels[3]]).toEqual([-1, -1]);
    expect(labels[0]).not.toBe(labels[2]);
  });

  it('keeps the memory limit', async () => {
    const { model } = await kmeans(await prepare(table(200, 1, 'f4'), { scale: 'zscore' }), { k: 2 });
    const plain = createModel({ leaders: model.leaders, labels: model.labels });
    const rows = table(20_000, 3, 'f4');
    const needed = async (of: Model) => {
      const error = await labelled(assign(rows, of, { chunkRows: 20_000, memoryLimit: 1e5 })).catch((e) => e);
      expect(error.code).toBe('ERR_MEMORY_LIMIT');
      return error.neededBytes as number;
    };
    // The prepared chunk is a copy.
    expect((await needed(model)) - (await needed(plain))).toBeGreaterThanOrEqual(20_000 * 16);
  });
});

describe('the file of a model', () => {
  const { leaders, labels } = { leaders: [[0], [1]], labels: [1, 2] };
  const file = (metadata: Record<string, string>) => {
    const { tensors, metadata: own } = decodeSafetensors(createModel({ leaders, labels }).save(), 'x');
    return encodeSafetensors({ tensors, metadata: { ...own, ...metadata } });
  };

  it('is as before without a preparation, and of version 2 with one', async () => {
    expect(decodeSafetensors(createModel({ leaders, labels }).save(), 'x').metadata).toEqual({
      format: 'coppice-model',
      metric: 'euclidean',
      version: '1',
    });
    const { preparation } = await prepare([[1], [3]], { center: true });
    const { metadata } = decodeSafetensors(createModel({ leaders, labels, preparation }).save(), 'x');
    expect(metadata.version).toBe('2');
    expect(JSON.parse(metadata.preparation)).toEqual({ steps: [{ step: 'center', subtract: [2] }] });
  });

  it('of a newer version is refused, a step that is not known too', async () => {
    expect(() => Model.load(file({ version: '3' }))).toThrow('version "3"; this Coppice reads 1,2');
    expect(() => Model.load(file({ version: '2', preparation: '{' }))).toThrow('model: ');
    for (const [preparation, message] of [
      [
        '{"steps":[{"step":"spline"}]}',
        'preparation has step "spline"; this Coppice knows log2, log1p, quantile, center',
      ],
      ['{"steps":[{"step":"quantile"}]}', "step 'quantile' needs target, 1 numbers in ascending order"],
      ['{"steps":[{"step":"center","subtract":[1,2]}]}', 'with 1 finite numbers'],
      ['{"steps":[{"step":"center","subtract":["1"]}]}', 'with 1 finite numbers'],
      ['{}', 'preparation must be {steps: [...]}'],
      ['7', 'preparation must be {steps: [...]}'],
    ]) {
      const model = Model.load(file({ version: '2', preparation }));
      await expect(labelled(assign([[1]], model))).rejects.toThrow(message);
    }
  });
});

describe('batches', () => {
  it('of a prepared sample take raw rows, and rows that are prepared alike', async () => {
    const rows = table(120);
    const half = (from: number, to: number): Matrix => ({
      data: rows.data.subarray(4 * from, 4 * to),
      rows: to - from,
      cols: 4,
    });
    const sample = await prepare(fromArray(rows), OPTIONS);
    const store = memoryStore();
    const batches = await BatchClustering.train(sample, { k: 3, store });
    await batches.precluster(half(0, 60), { name: 'a' });
    await batches.close();
    const again = await BatchClustering.resume(store);
    await again.precluster(await prepare(half(60, 120), sample.preparation), { name: 'b' });
    await expect(again.precluster(await prepare(rows, { unit: true }))).rejects.toThrow(
      'is prepared, but not as',
    );
    const options = { clusters: { distance: 1 } };
    const prepared = await readMatrix(sample);
    const plain = await BatchClustering.train(prepared, { k: 3, store: memoryStore(), ...quiet });
    await plain.precluster(prepared);
    expect(await again.labels(options)).toEqual(await plain.labels(options));
    await expect(plain.precluster(sample)).rejects.toThrow('the model is of rows that were not');
    await again.cleanup();
    await plain.cleanup();
  });
});

describe('chunks', () => {
  const anyRows = fc
    .integer({ min: 1, max: 4 })
    .chain((cols) =>
      fc.array(
        fc.array(
          fc.oneof(
            {
              weight: 9,
              arbitrary: fc.double({ min: 0, max: 1e6, noNaN: true }).map((x) => (x < 1e-100 ? 0 : x)),
            },
            { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, 5) },
          ),
          { minLength: cols, maxLength: cols },
        ),
        { minLength: 1, maxLength: 40 },
      ),
    )
    .filter((rows) => rows.some((row) => row.every(Number.isFinite)));

  it('of any size give the same bits as all rows at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyRows,
        fc.constantFrom('center', 'zscore', 'minmax'),
        fc.boolean(),
        fc.constantFrom('f4', 'f8'),
        fc.boolean(),
        async (rows, scale, log2, dtype, quantile) => {
          const cols = rows[0].length;
          const options = {
            ...(scale === 'center' ? { center: true } : { scale: scale as 'zscore' }),
            ...({ log2, quantile, rows: 'zscore', unit: true } as const),
          };
          const results: unknown[] = [];
          for (const size of [1, 3, rows.length]) {
            // The statistics see chunks of this size, whatever size they ask for.
            const whole = fromIterable(() => rows, { cols, dtype: dtype as 'f4' });
            const source: Source = {
              cols,
              dtype: dtype as 'f4',
              chunks: (asked) => whole.chunks({ ...asked, chunkRows: Math.min(size, asked.chunkRows) }),
            };
            const prepared = await prepare(source, options);
            const { data } = await readMatrix(prepared);
            results.push([prepared.preparation, Buffer.from(data.buffer).toString('hex')]);
          }
          expect(results[1]).toEqual(results[0]);
          expect(results[2]).toEqual(results[0]);
        },
      ),
      { numRuns: 150 },
    );
  });
});
