import fc from 'fast-check';
import { parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { labelFormat, labelWriter } from '../../src/sinks/labels.ts';
import { parquetLabels } from '../../src/sinks/parquet.ts';
import type { LabelBatch, LabelOptions } from '../../src/sinks/sink.ts';
import { open } from '../../src/sources/index.ts';

async function write(
  options: LabelOptions,
  batches: LabelBatch[],
): Promise<{ bytes: Uint8Array; pieces: number }> {
  const pieces: Uint8Array[] = [];
  const out = {
    append: (bytes: Uint8Array) => void pieces.push(bytes),
    patch: () => {
      throw new Error('Parquet is written from front to back');
    },
  };
  const sink = await parquetLabels(out, options);
  for (const batch of batches) sink.write(batch);
  sink.finish();
  return { bytes: new Uint8Array(Buffer.concat(pieces)), pieces: pieces.length };
}

const read = (bytes: Uint8Array) => parquetReadObjects({ file: bytes.slice().buffer });

describe('labels as Parquet', () => {
  it('rows, clusters and distances, whatever the batches', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 6 }),
        fc.boolean(),
        fc.boolean(),
        async (lengths, distances, single) => {
          const batches: LabelBatch[] = [];
          const rows: object[] = [];
          for (const length of lengths) {
            const start = rows.length;
            const labels = Int32Array.from({ length }, (_, i) => ((start + i) % 7) + 1);
            const far = Float64Array.from({ length }, (_, i) => (start + i) / 4);
            if (length > 3) far[3] = Number.NaN;
            for (let i = 0; i < length; i++) {
              const row = { row: BigInt(start + i), cluster: labels[i] };
              const distance = Number.isNaN(far[i]) ? null : far[i];
              rows.push(distances ? { ...row, distance } : row);
            }
            batches.push({ start, labels, distances: single ? Float32Array.from(far) : far });
          }
          const { bytes } = await write({ distances }, batches);
          expect((await read(bytes)).map((row) => ({ ...row, distance: row.distance ?? null }))).toEqual(
            rows.map((row) => ({ distance: null, ...row })),
          );
        },
      ),
      { numRuns: 40 },
    );
  });

  it('names of rows, also awkward ones', async () => {
    const batch = (start: number, ids: string[]): LabelBatch => ({
      start,
      labels: new Int32Array(ids.length).fill(2),
      distances: new Float64Array(ids.length),
      ids,
    });
    const { bytes } = await write({ idName: 'gène' }, [batch(0, ['a', '']), batch(2, ['b"c', '日本'])]);
    expect((await read(bytes)).map((row) => row.gène)).toEqual(['a', '', 'b"c', '日本']);
    const { bytes: clash } = await write({ idName: 'cluster' }, [batch(0, ['x'])]);
    expect(await read(clash)).toEqual([{ id: 'x', cluster: 2 }]);
  });

  it('more than one row group, written as it fills, and read back by our own reader', async () => {
    const n = 300_000;
    const labels = Int32Array.from({ length: n }, (_, i) => (i % 1000) - 1);
    const distances = Float32Array.from({ length: n }, (_, i) => i / 3);
    const batches: LabelBatch[] = [];
    for (let start = 0; start < n; start += 70_000) {
      const end = Math.min(start + 70_000, n);
      batches.push({ start, labels: labels.subarray(start, end), distances: distances.subarray(start, end) });
    }
    const { bytes, pieces } = await write({ distances: true }, batches);
    expect(pieces).toBeGreaterThan(3);
    const source = await open(bytes, { columns: ['cluster', 'distance'], idColumn: 'row' });
    expect(source.rows).toBe(n);
    let at = 0;
    for await (const { data, rows } of source.chunks({ chunkRows: 9999 })) {
      for (let i = 0; i < rows; i++, at++) {
        if (data[2 * i] !== labels[at] || data[2 * i + 1] !== distances[at])
          throw new Error(`row ${at} differs`);
      }
    }
    expect(at).toBe(n);
  });

  it('no rows at all, and the door', async () => {
    const { bytes } = await write({ distances: true }, []);
    expect(await read(bytes)).toEqual([]);
    expect((await open(bytes)).rows).toBe(0);
    expect(labelFormat('out/LABELS.Parquet')).toBe('parquet');
    expect(labelWriter('parquet').columns).toBe(true);
    expect(() => labelFormat('x.txt')).toThrow(/\.npy or \.csv or \.parquet/);
  });
});
