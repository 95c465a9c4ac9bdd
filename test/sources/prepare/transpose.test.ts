/** transpose: columns become rows, with their names. */
import { describe, expect, it } from 'vitest';
import { twoPass } from '../../../src/index.ts';
import { fromArray, fromIterable, open, prepare, readMatrix, transpose } from '../../../src/sources/index.ts';

const csv = (text: string) => new TextEncoder().encode(text);

describe('transpose', () => {
  it('turns columns into rows, with the names of both', async () => {
    const source = await open(csv('gene,s1,s2,s3\na,1,2,3\nb,4,5,6\n'), { name: 't.csv', idColumn: 'gene' });
    const table = await transpose(source);
    expect(await readMatrix(table)).toEqual({
      ...{ data: Float64Array.of(1, 4, 2, 5, 3, 6), rows: 3, cols: 2 },
      ids: ['s1', 's2', 's3'],
    });
    expect(table).toMatchObject({ name: 't.csv', columns: ['a', 'b'], rows: 3, cols: 2, transposed: true });
    expect(table.overheadBytes).toBe(48);
    const ids: unknown[] = [];
    for await (const chunk of table.chunks({ chunkRows: 1, stride: 2 }))
      ids.push((chunk as { ids?: string[] }).ids);
    expect(ids).toEqual([['s1'], ['s3']]);
    const prepared = await prepare(table, { weights: { b: 10 } });
    expect(Array.from((await readMatrix(prepared)).data)).toEqual([1, 40, 2, 50, 3, 60]);
    const fit = await twoPass(prepared, { clusters: 2 });
    expect((await fit.labels()).length).toBe(3);
  });

  it('counts rows of a source that does not know them; numbers columns without names; keeps float32', async () => {
    const table = await transpose(
      fromIterable(
        () => [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
        { cols: 2, dtype: 'f4' },
      ),
    );
    const { data, ids } = await readMatrix(table);
    expect(data).toEqual(Float32Array.of(1, 3, 5, 2, 4, 6));
    expect(ids).toEqual(['0', '1']);
    expect(table.columns).toBe(undefined);
  });

  it('leaves out rows that the source skips', async () => {
    const text = 'name,x,y\na,1,2\nb,?,4\nc,5,6\n';
    const source = await open(csv(text), {
      name: 't.csv',
      idColumn: 'name',
      columns: ['x', 'y'],
      onBadRow: 'skip',
    });
    const table = await transpose(source);
    expect(await readMatrix(table)).toMatchObject({ data: Float64Array.of(1, 5, 2, 6), rows: 2, cols: 2 });
    expect(table.columns).toEqual(['a', 'c']);
  });

  it('does not pass on what is true of the file alone', async () => {
    const text = 'name,kind,x,y\na,k,1,2\nb,k,?,4\nc,l,5,6\n';
    const source = await open(csv(text), { name: 't.csv', columns: ['x', 'y'], onBadRow: 'skip' });
    const table = (await transpose(source)) as unknown as Record<string, unknown>;
    expect((source as { sequential?: boolean; skippedRows?: number }).sequential).toBe(true);
    for (const key of [
      'sequential',
      'skippedRows',
      'originals',
      'fileNames',
      'examine',
      'facts',
      'readColumns',
    ]) {
      expect([key, key in source, table[key]]).toEqual([key, true, undefined]);
    }
    expect(table).toMatchObject({ name: 't.csv', format: 'csv', rows: 2, cols: 2 });
  });

  it('keeps the memory limit', async () => {
    const source = fromArray({ data: new Float64Array(1e5), rows: 1000, cols: 100 });
    await expect(transpose(source, { memoryLimit: '500kB' })).rejects.toMatchObject({
      code: 'ERR_MEMORY_LIMIT',
    });
    expect((await transpose(source, { memoryLimit: '2MB' })).cols).toBe(1000);
  });

  it('refuses what has no columns of a table', async () => {
    const none = fromArray({ data: new Float64Array(), rows: 0, cols: 2 });
    await expect(transpose(none)).rejects.toThrow('array has no rows, so its columns cannot be clustered');
    const frames = { ...fromArray([[1, 2, 3]]), atoms: 1 };
    await expect(transpose(frames)).rejects.toThrow('array is a trajectory');
    await expect(transpose([[1]] as never)).rejects.toThrow('source must be what open() gives');
  });
});
