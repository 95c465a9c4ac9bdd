import { expect, test } from 'vitest';
import { MemoryLimitError } from '../../src/index.ts';
import { fromArray, fromIterable, open, prepare, readMatrix, transpose } from '../../src/sources/index.ts';

const rows = Array.from({ length: 2500 }, (_, i) => [i, 7 - i, i / 8]);

test('a source with names is read as a whole', async () => {
  const text = `name,x,y,z\n${rows.map((row, i) => `row ${i},${row.join(',')}`).join('\n')}`;
  const source = await open(new TextEncoder().encode(text), { name: 'rows.csv', idColumn: 'name' });
  const matrix = await readMatrix(source);
  expect(matrix).toEqual({
    data: Float64Array.from(rows.flat()),
    rows: 2500,
    cols: 3,
    ids: rows.map((_, i) => `row ${i}`),
  });
});

test.each([undefined, 2500])('rows that come from an iterable, %s of them known', async (known) => {
  const progress: (number | undefined)[][] = [];
  const options = { cols: 3, dtype: 'f4' as const, rows: known };
  const matrix = await readMatrix(
    fromIterable(() => rows, options as Parameters<typeof fromIterable>[1]),
    { onProgress: ({ done, total }) => progress.push([done, total]) },
  );
  expect(matrix).toEqual({ data: Float32Array.from(rows.flat()), rows: 2500, cols: 3 });
  expect(progress[0]).toEqual([0, known]);
  expect(progress.at(-1)).toEqual([2500, 2500]);
});

test('none, and more than there is room for', async () => {
  expect(await readMatrix(fromIterable(() => [], { cols: 2 }))).toEqual({
    data: new Float64Array(),
    rows: 0,
    cols: 2,
  });
  const bytes = 2500 * 24;
  expect((await readMatrix(fromArray(rows), { memoryLimit: bytes })).rows).toBe(2500);
  await expect(readMatrix(fromArray(rows), { memoryLimit: bytes - 1 })).rejects.toThrow(MemoryLimitError);
  const unknown = fromIterable(() => rows, { cols: 3 });
  await expect(readMatrix(unknown, { memoryLimit: bytes - 1 })).rejects.toThrow(/2500 rows|rows or more/);
  const reason = new Error('enough');
  await expect(readMatrix(fromArray(rows), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});

test('prepared rows that are skipped are left out, whichever number is bad', async () => {
  const rows = [
    [1, 2],
    [Number.NaN, 3],
    [4, Number.NaN],
    [5, 6],
  ];
  const scaled = await prepare(fromArray(rows), { scale: 'zscore', onBadRow: 'skip' });
  expect(await readMatrix(scaled)).toMatchObject({
    data: Float64Array.of(-1, -1, 1, 1),
    sourceRows: Float64Array.of(0, 3),
  });
  const turned = await readMatrix(await transpose(scaled));
  expect(turned).toMatchObject({ data: Float64Array.of(-1, 1, -1, 1), rows: 2, cols: 2 });
});
