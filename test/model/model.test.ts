/** A model of leaders: rows get the nearest, files give it back, what does not fit is refused. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assign, BadRowError, createModel, Model, twoPass } from '../../src/index.ts';
import { blobs, CENTERS } from '../twopass/fixtures.ts';

describe('assign', () => {
  test('gives the nearest leader, the first on ties, whatever the number of leaders', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom('f4' as const, 'f8' as const),
        fc.integer({ min: 0, max: 1000 }),
        async (m, n, cols, element, seed) => {
          const center = [new Array(cols).fill(0)];
          // Whole numbers, so that sums are exact and ties are many.
          const make = (rows: number, s: number) => {
            const { truth: _, ...X } = blobs(rows, center, { spread: 6, seed: s, element });
            X.data.forEach((x, i) => {
              X.data[i] = Math.round(x);
            });
            return X;
          };
          const leaders = make(m, seed);
          const rows = make(n, seed + 1);
          const model = createModel({ leaders, labels: Array.from({ length: m }, (_x, i) => i + 10) });
          for await (const part of assign(rows, model, { chunkRows: 7 })) {
            part.labels.forEach((label, i) => {
              const at = part.start + i;
              let best = 0;
              let least = Number.POSITIVE_INFINITY;
              for (let k = 0; k < m; k++) {
                let sum = 0;
                for (let c = 0; c < cols; c++) {
                  sum += (rows.data[at * cols + c] - leaders.data[k * cols + c]) ** 2;
                }
                if (sum < least) {
                  least = sum;
                  best = k;
                }
              }
              expect(part.nearest[i]).toBe(best);
              expect(label).toBe(best + 10);
              const exact = Math.sqrt(least);
              expect(part.distances[i]).toBe(element === 'f4' ? Math.fround(exact) : exact);
            });
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test('either side in float64 makes distances in float64', async () => {
    const model = createModel({ leaders: [[0], [1]], labels: [1, 2] });
    const X = { data: new Float32Array([0.25, 0.75]), rows: 2, cols: 1 };
    for await (const { distances } of assign(X, model))
      expect(distances).toEqual(new Float64Array([0.25, 0.25]));
  });

  test('a model comes back from its file the same, and a broken file says where it is broken', async () => {
    const { truth: _, ...X } = blobs(100, CENTERS);
    const { model } = await twoPass(X, { clusters: 4, leaders: { perCluster: 2 } });
    const bytes = model.save();
    expect(Model.load(bytes)).toEqual(model);
    expect(model.save()).toEqual(bytes);
    for (let end = 0; end < bytes.length; end++) {
      expect(() => Model.load(bytes.subarray(0, end), 'm.safetensors')).toThrow(/m\.safetensors/);
    }
    const text = new TextDecoder('latin1').decode(bytes);
    const changed = (from: string, to: string) =>
      Uint8Array.from(text.replace(from, to), (c) => c.charCodeAt(0));
    expect(() => Model.load(changed('"coppice-model"', '"another-thing"'))).toThrow(/is not a Coppice model/);
    expect(() => Model.load(changed('"version":"1"', '"version":"9"'))).toThrow(/version "9"/);
    expect(() => Model.load(changed('euclidean', 'euclidian'))).toThrow(/metric/);
  });

  test('what does not fit is refused before anything is read', async () => {
    const model = createModel({ leaders: [[0, 0]], labels: [1] });
    expect(() => assign([[1, 2, 3]], model)).toThrow('3 columns, but the leaders of the model have 2');
    expect(() => assign([[1, 2]], {} as Model)).toThrow(TypeError);
    expect(() => assign([[1, 2]], model, { chunkRows: 0 })).toThrow(
      'chunkRows must be a whole number from 1',
    );
    expect(() => createModel({ leaders: [[0, 0]], labels: [1, 2] })).toThrow(
      'one cluster for each of the 1 leaders, got 2',
    );
    expect(() => createModel({ leaders: [[0, 0]], labels: [1.5] })).toThrow('labels[0]');
    expect(() => createModel({ leaders: [[0, Number.NaN]], labels: [1] })).toThrow(BadRowError);
    expect(() => createModel({ leaders: [[0, 0]], labels: [1], metric: 'rmsd' })).toThrow('3 divides');
  });

  test('a distance beyond float32 is an error, not the wrong label', async () => {
    const leaders = { data: new Float32Array([1e30, -1e30]), rows: 2, cols: 1 };
    const model = createModel({ leaders, labels: [1, 2] });
    const X = { data: new Float32Array([0]), rows: 1, cols: 1 };
    await expect(assign(X, model).next()).rejects.toThrow(/row 0 is so far/);
  });
});
