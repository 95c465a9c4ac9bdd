/** Missing values: refused, left out by rows or columns, or replaced by means; in every format. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { twoPass } from '../../src/index.ts';
import { type OpenOptions, open } from '../../src/sources/index.ts';
import type { CoppiceWarning, Source } from '../../src/types.ts';
import { failure } from './help.ts';

const TEXT = 'name,a,b,c\nr0,1,,3\nr1,4,5,6\nr2,NA,8,9\nr3,10,11,12\n';

async function opened(text: string, options: OpenOptions, name = 'table.csv') {
  const warnings: CoppiceWarning[] = [];
  const source = await open(new TextEncoder().encode(text), {
    ...options,
    name,
    onWarning: (warning) => warnings.push(warning),
  });
  return { source: source as typeof source & { missing?: object; skippedRows?: number }, warnings };
}

async function rowsOf(source: Source, chunkRows = 3): Promise<number[][]> {
  const rows: number[][] = [];
  for await (const { data, rows: n, cols } of source.chunks({ chunkRows })) {
    expect(data.length).toBe(n * cols);
    for (let i = 0; i < n; i++) rows.push([...data.subarray(i * cols, (i + 1) * cols)]);
  }
  return rows;
}

const { NaN: none } = Number;

describe('a text table', () => {
  it('refuses by default, and names the option', async () => {
    const { source } = await opened(TEXT, {});
    const error = await failure(rowsOf(source));
    expect(error.message).toBe(
      "table.csv, line 2, column 3: the field is empty; a number is needed (missing: 'drop-rows', 'drop-columns' or " +
        "'mean' takes missing values)",
    );
    expect(error).toMatchObject({ reason: 'MISSING_VALUE' });
  });

  it('drop-rows: rows become NaN, are counted, and are left out by the calls', async () => {
    const { source } = await opened(TEXT, { missing: 'drop-rows' });
    expect(await rowsOf(source)).toEqual([
      [none, none, none],
      [4, 5, 6],
      [none, none, none],
      [10, 11, 12],
    ]);
    expect(source).toMatchObject({
      skippedRows: 2,
      firstSkipped: 'row 0: column "b" is missing',
      missing: { way: 'drop-rows', values: 2, rows: 2 },
    });
    const fit = await twoPass(source, { clusters: 2, method: 'ward', onWarning: () => {} });
    expect([...(await fit.labels())]).toEqual([0, 1, 0, 2]);
  });

  it('drop-columns', async () => {
    const { source, warnings } = await opened(TEXT, { missing: 'drop-columns' });
    expect(source).toMatchObject({ cols: 1, columns: ['c'], idColumn: 'name' });
    expect(await rowsOf(source)).toEqual([[3], [6], [9], [12]]);
    expect(warnings).toEqual([
      {
        code: 'MISSING_VALUES',
        message: 'table.csv: 2 missing values are in columns that are left out; columns "a", "b"',
      },
    ]);
  });

  it('mean', async () => {
    const { source, warnings } = await opened(TEXT, { missing: 'mean' });
    expect(await rowsOf(source)).toEqual([
      [1, 8, 3],
      [4, 5, 6],
      [5, 8, 9],
      [10, 11, 12],
    ]);
    expect(warnings.map(({ message }) => message)).toEqual([
      'table.csv: 2 missing values get the mean of their column; columns "a", "b"',
    ]);
  });

  it('texts that stand for a missing value are settable', async () => {
    const text = 'a,b\n1,2\n?!,4\n5,6\n';
    const { source } = await opened(text, { missing: 'mean', missingValues: ['?!'] });
    expect(await rowsOf(source)).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    expect(
      (await failure(opened('a,b\n1,2\nNA,4\n5,6\n', { missing: 'mean', missingValues: ['?!'] }))).message,
    ).toMatch(/line 3, column 1: "NA" is not a number/);
  });

  it('fields that are not there at the end of a line are missing', async () => {
    const { source } = await opened('a,b,c\n1,2,3\n4\n', { missing: 'mean' });
    expect(await rowsOf(source)).toEqual([
      [1, 2, 3],
      [4, 2, 3],
    ]);
  });

  it('a word is no missing value; with onBadRow it is a bad row, which the mean does not count', async () => {
    const text = 'a,b\n1,2\nx,4\n,8\n5,6\n';
    expect((await failure(opened(text, { missing: 'mean' }))).message).toMatch(/line 3, column 1: "x"/);
    const { source } = await opened(text, { missing: 'mean', onBadRow: 'skip' });
    expect(await rowsOf(source)).toEqual([
      [1, 2],
      [none, none],
      [3, 8],
      [5, 6],
    ]);
  });

  it('nothing left is an error', async () => {
    const text = 'a,b\n1,\n,2\n';
    expect((await failure(opened(text, { missing: 'drop-columns' }))).message).toMatch(
      /every column has missing values, so none is left; use missing: 'drop-rows' or 'mean'/,
    );
    expect((await failure(opened(text, { missing: 'median' as never }))).message).toMatch(
      /missing must be .*'refuse', .*'mean'.*, got the string "median"/,
    );
  });
});

describe('other formats', () => {
  it('JSON lines: null and fields that are not there', async () => {
    const text = '{"a": 1, "b": null}\n{"a": 3, "b": 4}\n{"b": 6}\n';
    const { source } = await opened(text, { missing: 'mean' }, 'table.jsonl');
    expect(await rowsOf(source)).toEqual([
      [1, 5],
      [3, 4],
      [2, 6],
    ]);
    const arrays = await opened('[1, 2]\n[null, 4]\n', { missing: 'drop-rows' }, 'table.jsonl');
    expect(await rowsOf(arrays.source)).toEqual([
      [1, 2],
      [none, none],
    ]);
  });

  it('NPY: NaN', async () => {
    const header = "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2), }".padEnd(117) + '\n';
    const data = new Uint8Array(Float64Array.of(1, none, 3, 4, 5, 8).buffer);
    const npy = new Uint8Array([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, 118, 0]);
    const bytes = new Uint8Array([...npy, ...new TextEncoder().encode(header), ...data]);
    const source = await open(bytes, { missing: 'mean', name: 'x.npy', onWarning: () => {} });
    for (let pass = 0; pass < 2; pass++) {
      expect(await rowsOf(source)).toEqual([
        [1, 6],
        [3, 4],
        [5, 8],
      ]);
    }
  });

  it('infinity is no missing value', async () => {
    const header = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 1), }".padEnd(117) + '\n';
    const data = new Uint8Array(Float64Array.of(1, Infinity).buffer);
    const npy = new Uint8Array([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, 118, 0]);
    const bytes = new Uint8Array([...npy, ...new TextEncoder().encode(header), ...data]);
    const source = await open(bytes, { missing: 'drop-rows', name: 'x.npy' });
    expect((await failure(rowsOf(source))).message).toMatch(
      /row 1, column 0: is Infinity, which is no missing value/,
    );
  });

  it('several files have one mean', async () => {
    const file = (text: string) => new File([text], 'part.csv');
    const source = await open([file('a,b\n1,2\n,4\n'), file('a,b\n5,6\n6,8\n')], {
      missing: 'mean',
      onWarning: () => {},
    });
    expect(await rowsOf(source)).toEqual([
      [1, 2],
      [4, 4],
      [5, 6],
      [6, 8],
    ]);
  });
});

it('means do not depend on chunks, and equal the mean of the values', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.option(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }), { freq: 4 }),
        { minLength: 1, maxLength: 40 },
      ),
      fc.integer({ min: 1, max: 9 }),
      async (values, chunkRows) => {
        const good = values.filter((value) => value !== null);
        if (good.length === 0) return;
        const written = (value: number | null) => (Object.is(value, -0) ? '-0' : (value ?? ''));
        const text = `k,a\n${values.map((value, i) => `${i}.5,${written(value)}`).join('\n')}\n`;
        const { source } = await opened(text, { columns: ['k', 'a'], missing: 'mean' });
        const mean = good.reduce((sum, value) => sum + value, 0) / good.length;
        for (const [i, [, a]] of (await rowsOf(source, chunkRows)).entries()) {
          if (values[i] === null) expect(Math.abs(a - mean)).toBeLessThan(1e-9 * Math.max(1, Math.abs(mean)));
          else expect(a).toBe(values[i]);
        }
      },
    ),
    { numRuns: 60 },
  );
});
