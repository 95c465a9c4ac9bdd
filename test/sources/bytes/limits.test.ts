import { tableFromArrays, tableToIPC } from '@uwdata/flechette';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { expect, it } from 'vitest';
import { planAssign } from '../../../src/model/assign-plan.ts';
import { readerRoom } from '../../../src/sources/bytes/limits.ts';
import { open } from '../../../src/sources/open.ts';
import { failure } from '../help.ts';

it('a reader takes half of the memory limit at most', () => {
  expect(readerRoom({ memoryLimit: '64MB' })).toBe(32e6);
  expect(readerRoom({ memoryLimit: 1001 })).toBe(500);
  expect(readerRoom({})).toBe(2 ** 29);
});

it('open() takes a memory limit for any format, and checks it', async () => {
  const bytes = new TextEncoder().encode('1,2\n');
  const source = await open(bytes, { name: 'x.csv', memoryLimit: '16MB' });
  expect(source.cols).toBe(2);
  const wrong = await failure(open(bytes, { name: 'x.csv', memoryLimit: '16 apples' }));
  expect(wrong.message).toMatch(/^memoryLimit must be a positive size/);
});

const columns = Object.fromEntries(
  Array.from({ length: 3 }, (_, c) => [`x${c}`, Float32Array.from({ length: 5000 }, (_x, i) => 3 * i + c)]),
);
const wanted = Float32Array.from({ length: 15_000 }, (_, i) => i);

it.each([
  ['arrow', () => tableToIPC(tableFromArrays(columns, { maxBatchRows: 700 }), { format: 'file' })],
  [
    'parquet',
    () =>
      new Uint8Array(
        parquetWriteBuffer({
          columnData: Object.entries(columns).map(([name, data]) => ({ name, data, type: 'FLOAT' as const })),
          rowGroupSize: 900,
        }),
      ),
  ],
])(
  '%s: a pass works in the memory of the one before, but never of one that is under way',
  async (name, write) => {
    const source = await open(write() as Uint8Array, { name: `x.${name}` });
    const rowsOf = async (reuse: boolean) => {
      const seen: number[] = [];
      for await (const { data } of source.chunks({ chunkRows: 333, reuse })) seen.push(...data);
      return Float32Array.from(seen);
    };
    for (let round = 0; round < 2; round++) {
      const passes = await Promise.all([rowsOf(true), rowsOf(false), rowsOf(true)]);
      for (const rows of passes) expect(rows).toEqual(wanted);
    }
    const sizes: number[] = [];
    const Plain = globalThis.ArrayBuffer;
    globalThis.ArrayBuffer = class extends Plain {
      constructor(bytes = 0) {
        super(bytes);
        sizes.push(bytes);
      }
    };
    try {
      expect(await rowsOf(true)).toEqual(wanted);
    } finally {
      globalThis.ArrayBuffer = Plain;
    }
    // A batch of 700 rows has 8.4 kB; no buffer for one, or for a page, is made anew. hyparquet copies the numbers of a page.
    expect(sizes.filter((bytes) => bytes > 2800 && bytes !== 333 * 12 && bytes !== 3600)).toEqual([]);
  },
);

it('the second pass leaves room for the linear memory of the first', () => {
  const shape = { rows: 1e6, cols: 64, dtype: 'f4', overheadBytes: 12e6 } as const;
  const model = { rows: 4, element: 'f4', metric: 'euclidean' } as const;
  for (const threads of [1, 4]) {
    const { request } = planAssign(shape, model, 64e6, undefined, threads, 0, 45e6);
    expect(45e6 + (request.hostBytes ?? 0)).toBeLessThanOrEqual(64e6);
    expect(request.threads).toBe(1);
    expect(planAssign(shape, model, 64e6, undefined, threads).chunkRows).toBeGreaterThan(0);
  }
  // A limit of its own, which the first pass's memory is beyond: its chunks do not suffer.
  const { chunkRows } = planAssign(shape, model, 64e6, undefined, 1, 0, 900e6);
  expect(chunkRows).toBe(planAssign(shape, model, 64e6, undefined, 1).chunkRows);
});
