/** prepare: each step against its definition, rows that cannot be prepared, and what a source keeps. */
import { describe, expect, it } from 'vitest';
import { twoPass } from '../../../src/index.ts';
import {
  fromArray,
  fromIterable,
  open,
  type PrepareOptions,
  prepare,
  readMatrix,
} from '../../../src/sources/index.ts';
import { log1p, log2p1 } from '../../../src/support/numbers/logarithm.ts';
import type { Source } from '../../../src/types.ts';

async function rowsOf(source: Source, chunkRows = 100): Promise<number[][]> {
  const rows: number[][] = [];
  for await (const chunk of source.chunks({ chunkRows, reuse: true })) {
    for (let i = 0; i < chunk.rows; i++)
      rows.push(Array.from(chunk.data.subarray(i * chunk.cols, (i + 1) * chunk.cols)));
  }
  return rows;
}

/** Expect equal rows, but for rounding. */
function expectNear(rows: number[][], expected: number[][]): void {
  expect(rows.map((row) => row.length)).toEqual(expected.map((row) => row.length));
  expected.forEach((row, i) => {
    row.forEach((x, j) => {
      expect(Math.abs(rows[i][j] - x), `row ${i}, column ${j}`).toBeLessThanOrEqual(4e-16 * Math.abs(x));
    });
  });
}

const of = async (rows: number[][], options: PrepareOptions) => rowsOf(await prepare(rows, options));
const csv = (text: string) => new TextEncoder().encode(text);

describe('logarithms of 1 + x', () => {
  it('are exact at powers of 2, and within 2 ulp of the platform elsewhere', () => {
    for (let k = 0; k < 1000; k++) expect(log2p1(2 ** Math.min(k, 52) - 1)).toBe(Math.min(k, 52));
    expect(log1p(0)).toBe(0);
    expect(log2p1(2 ** 1000)).toBe(1000);
    let worst = 0;
    for (let i = 0; i < 200_000; i++) {
      const x = 10 ** ((i / 200_000) * 60 - 30) * (1 + (i % 7) / 7);
      const [a, b] = [Math.log1p(x), Math.log1p(x) / Math.LN2];
      worst = Math.max(worst, Math.abs(log1p(x) - a) / a, Math.abs(log2p1(x) - b) / b);
    }
    expect(worst).toBeLessThan(4 * Number.EPSILON);
  });
});

describe('steps', () => {
  it('log2, log1p', async () => {
    expect(
      await of(
        [
          [0, 1],
          [3, 1023],
        ],
        { log2: true },
      ),
    ).toEqual([
      [0, 1],
      [2, 10],
    ]);
    const [[a, b]] = await of([[1, Math.E - 1]], { log1p: true });
    expect(a).toBeCloseTo(Math.LN2, 15);
    expect(b).toBeCloseTo(1, 15);
  });

  it('centre, z-score and min-max by column; a constant column is divided by 1', async () => {
    const rows = [
      [1, 5, 0.1],
      [3, 5, 0.1],
      [8, 5, 0.1],
    ];
    expect(await of(rows, { center: true })).toEqual([
      [-3, 0, 0],
      [-1, 0, 0],
      [4, 0, 0],
    ]);
    const sd = Math.sqrt((9 + 1 + 16) / 3);
    expectNear(await of(rows, { scale: 'zscore' }), [
      [-3 / sd, 0, 0],
      [-1 / sd, 0, 0],
      [4 / sd, 0, 0],
    ]);
    expectNear(
      await of(rows, { scale: 'zscore', center: false }),
      rows.map(([x, y, z]) => [x / sd, y, z]),
    );
    expect(await of(rows, { scale: 'minmax' })).toEqual([
      [0, 0, 0],
      [2 / 7, 0, 0],
      [1, 0, 0],
    ]);
  });

  it('z-score of rows, unit length and weights', async () => {
    expectNear(
      await of(
        [
          [1, 2, 3],
          [0.1, 0.1, 0.1],
        ],
        { rows: 'zscore' },
      ),
      [
        [-1 / Math.sqrt(2 / 3), 0, 1 / Math.sqrt(2 / 3)],
        [0, 0, 0],
      ],
    );
    expectNear(
      await of(
        [
          [3, 4],
          [0, 0],
          [3e200, 4e200],
          [3e-200, 4e-200],
        ],
        { unit: true },
      ),
      [
        [0.6, 0.8],
        [0, 0],
        [0.6, 0.8],
        [0.6, 0.8],
      ],
    );
    expect(await of([[3, 4]], { weights: [2, 0.5] })).toEqual([[6, 2]]);
    expect(await of([[3, 4]], { weights: { 1: 10 } })).toEqual([[3, 40]]);
  });

  it('are done in the documented order, whatever the order of the options', async () => {
    const rows = [
      [0, 7],
      [1, 0],
      [3, 3],
    ];
    const all = { weights: [3, 1], unit: true, rows: 'zscore', scale: 'zscore', log2: true } as const;
    let expected = await of(rows, { log2: true });
    expected = await of(expected, { scale: 'zscore' });
    expected = await of(expected, { rows: 'zscore' });
    expected = await of(expected, { unit: true });
    expected = await of(expected, { weights: [3, 1] });
    expect(await of(rows, all)).toEqual(expected);
    const { preparation } = await prepare(rows, all);
    expect(preparation.steps.map(({ step }) => step)).toEqual(['log2', 'zscore', 'rows', 'unit', 'weights']);
    expect(JSON.parse(JSON.stringify(preparation))).toEqual(preparation);
  });

  it('a preparation is applied to other rows', async () => {
    const { preparation } = await prepare([[0], [10]], { scale: 'minmax' });
    expect(await rowsOf(await prepare([[5], [20]], preparation))).toEqual([[0.5], [2]]);
  });
});

describe('rows that cannot be prepared', () => {
  it('a row with NaN or infinity stays as it is, and does not count', async () => {
    const rows = [
      [1, 10],
      [Number.NaN, 1000],
      [3, 30],
      [7, Number.POSITIVE_INFINITY],
    ];
    expect(await of(rows, { scale: 'minmax' })).toEqual([[0, 0], rows[1], [1, 1], rows[3]]);
    await expect(prepare([[Number.NaN]], { center: true })).rejects.toThrow('none in 1 rows');
  });

  it('a negative number where a logarithm is taken is an error with row and column, or skipped', async () => {
    const source = await open(csv('name,a,b\nx,1,2\ny,1,-0.5\nz,1,3\nu,4,5\n'), {
      name: 't.csv',
      idColumn: 'name',
    });
    const error = await rowsOf(await prepare(source, { log2: true })).catch((e) => e);
    expect(error).toMatchObject({ code: 'ERR_BAD_ROW', row: 1, col: 1 });
    expect(error.message).toBe('t.csv: row 1 has -0.5 in column 1 ("b"); log2(x + 1) takes numbers from 0');
    await expect(prepare(source, { log1p: true, scale: 'zscore' })).rejects.toThrow(
      'ln(x + 1) takes numbers from 0',
    );
    const skipping = await prepare(source, { log2: true, onBadRow: 'skip' });
    expect(await rowsOf(skipping)).toEqual([
      [1, Math.log2(3)],
      [Number.NaN, Number.NaN],
      [1, 2],
      [log2p1(4), log2p1(5)],
    ]);
    expect(skipping).toMatchObject({ onBadRow: 'skip', firstSkipped: error.message });
    expect((await readMatrix(skipping)).ids).toEqual(['x', 'z', 'u']);
    const fit = await twoPass(skipping, { clusters: 2, onWarning() {} });
    expect(await fit.labels()).toEqual(Int32Array.of(1, 0, 1, 2));
  });

  it('an overflow is an error with row and column', async () => {
    const data = Float32Array.of(1, 3e38);
    const source = await prepare({ data, rows: 1, cols: 2 }, { weights: [1, 10] });
    await expect(rowsOf(source)).rejects.toThrow('row 0 has 3e+38'.replace('3e+38', String(data[1])));
    await expect(prepare([[1e200], [-1e200]], { scale: 'zscore' })).rejects.toThrow('column 0');
    await expect(prepare([[1e308], [-1e308]], { scale: 'minmax' })).rejects.toThrow('column 0');
    await expect(prepare([[1e-170], [3e-170]], { scale: 'zscore' })).rejects.toThrow('column 0');
    expect(await of([[1e-170], [3e-170]], { scale: 'minmax' })).toEqual([[0], [1]]);
  });

  it('no rows, and one row', async () => {
    const none = fromArray({ data: new Float64Array(), rows: 0, cols: 2 });
    await expect(prepare(none, { scale: 'zscore' })).rejects.toThrow(
      'at least one row of finite numbers, got no rows',
    );
    expect(await rowsOf(await prepare(none, { log2: true }))).toEqual([]);
    expect(await of([[3, 4]], { scale: 'zscore' })).toEqual([[0, 0]]);
  });
});

describe('the source', () => {
  it('keeps what it was, and its rows stay as they are', async () => {
    const source = await open(csv('name,a,b\nx,1,2\ny,3,4\n'), { name: 't.csv', idColumn: 'name' });
    let closed = 0;
    const close = source.close?.bind(source);
    source.close = () => {
      closed++;
      return close?.();
    };
    const prepared = await prepare(source, { scale: 'zscore' });
    expect(prepared).toMatchObject({
      name: 't.csv',
      format: 'csv',
      columns: ['a', 'b'],
      rows: 2,
      cols: 2,
      dtype: 'f8',
    });
    for await (const chunk of prepared.chunks({ chunkRows: 10 }))
      expect(chunk).toMatchObject({ ids: ['x', 'y'] });
    expect(prepared.overheadBytes).toBeGreaterThan(source.overheadBytes as number);
    expect('preparation' in prepared && 'summary' in prepared).toBe(true);
    await prepared.close?.();
    expect(closed).toBe(1);
  });

  it('float32 stays float32; a matrix is not changed', async () => {
    const data = Float32Array.of(0, 1, 3, 7);
    const source = await prepare({ data, rows: 4, cols: 1 }, { log2: true, scale: 'minmax' });
    for await (const chunk of source.chunks({ chunkRows: 10, reuse: true })) {
      expect(chunk.data).toEqual(Float32Array.of(0, 1 / 3, 2 / 3, 1));
    }
    expect(data).toEqual(Float32Array.of(0, 1, 3, 7));
  });

  it('a stride and a range', async () => {
    const source = await prepare(
      Array.from({ length: 20 }, (_, i) => [i]),
      { scale: 'minmax' },
    );
    const starts: number[] = [];
    const values: number[] = [];
    for await (const { start, data } of source.chunks({ chunkRows: 2, start: 1, end: 12, stride: 3 })) {
      starts.push(start);
      values.push(...data);
    }
    expect([starts, values]).toEqual([[1, 7], [1, 4, 7, 10].map((x) => x / 19)]);
  });

  it('its number of rows is known after the pass', async () => {
    const source = fromIterable(() => [[1], [2]], { cols: 1 });
    expect((await prepare(source, { scale: 'zscore' })).rows).toBe(2);
  });
});

describe('wrong options', () => {
  it.each([
    [{}, 'prepare has nothing to do'],
    [{ log2: true, log1p: true }, 'log2 and log1p exclude each other'],
    [{ center: true, scale: 'minmax' }, "center and scale: 'minmax' exclude each other"],
    [{ scale: 'robust' }, "scale must be 'zscore' or 'minmax', got the string \"robust\""],
    [{ rows: true }, "rows must be 'zscore', got true"],
    [{ log2: 1 }, 'log2 must be true or false, got 1'],
    [{ weights: [1] }, 'weights must have one number for each of the 2 columns'],
    [{ weights: [1, -1] }, 'weights[1] must be a finite number from 0, got -1'],
    [{ weights: { x: 1 } }, 'weights: array has no column "x"; its columns have no names'],
    [{ zscore: true }, "prepare has no option 'zscore'"],
    [{ steps: [{ step: 'spline' }] }, 'preparation has step "spline"; this Coppice knows log2'],
    [{ steps: [{ step: 'quantile', target: [1] }] }, "preparation: target of step 'quantile'"],
    [{ quantile: 'yes' }, 'quantile must be true or false'],
    [{ steps: [{ step: 'center', subtract: [1] }] }, "preparation: subtract of step 'center'"],
    [{ steps: [{ step: 'center', subtract: [1, 2], clip: [1, 2] }] }, "preparation: clip of step 'center'"],
  ])('%j', async (options, message) => {
    await expect(prepare([[1, 2]], options as PrepareOptions)).rejects.toThrow(message);
  });

  it('a column that is misspelt; a source that is prepared already', async () => {
    const source = await open(csv('age,crp\n1,2\n'), { name: 't.csv' });
    await expect(prepare(source, { weights: { cpr: 2 } })).rejects.toThrow('did you mean "crp"?');
    const prepared = await prepare(source, { unit: true });
    await expect(prepare(prepared, { log2: true })).rejects.toThrow('t.csv is prepared already');
  });

  it('a memory limit that is too small', async () => {
    const source = fromArray({ data: new Float32Array(1e5), rows: 1, cols: 1e5 });
    await expect(prepare(source, { scale: 'zscore', memoryLimit: '1MB' })).rejects.toMatchObject({
      code: 'ERR_MEMORY_LIMIT',
    });
    await prepare(source, { scale: 'zscore', memoryLimit: '8MB' });
  });
});
