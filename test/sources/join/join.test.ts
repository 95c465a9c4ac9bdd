/** join: columns of several tables side by side, by the names of rows; against a slow version and against pandas. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kmeans } from '../../../src/index.ts';
import {
  fromArray,
  join,
  type NamedChunk,
  open,
  prepare,
  readMatrix,
  transpose,
} from '../../../src/sources/index.ts';
import { RepeatedNames } from '../../../src/sources/join/repeated-names.ts';
import type { Chunk, ChunkOptions, CoppiceWarning, Source } from '../../../src/types.ts';

interface Golden {
  cases: {
    name: string;
    how: 'same' | 'inner';
    tables: string[];
    columns: string[];
    index: string[];
    data: number[];
  }[];
}
const golden: Golden = JSON.parse(readFileSync('test/golden/join/join.json', 'utf8'));

const quiet = { onWarning: () => {} };
const csv = (text: string, name = 't.csv', options = {}) =>
  open(new TextEncoder().encode(text), { name, ...quiet, ...options });

/** A table with names, as a plain description. */
interface Plain {
  names: string[];
  columns: string[];
  rows: number[][];
}

const textOf = ({ names, columns, rows }: Plain) =>
  [['name', ...columns].join(), ...rows.map((row, i) => [names[i], ...row].join())].join('\n');

/** A table as a source that knows its rows, with chunks shorter than asked for, in float32. */
function shortChunks({ names, columns, rows }: Plain, name: string): Source {
  const data = Float32Array.from(rows.flat());
  const source = fromArray({ data, rows: rows.length, cols: columns.length });
  return {
    ...{ name, cols: columns.length, rows: rows.length, dtype: 'f4' as const },
    ...({ columns } as object),
    async *chunks(options: ChunkOptions): AsyncGenerator<NamedChunk> {
      const { stride = 1 } = options;
      const chunkRows = Math.max(1, options.chunkRows - 2);
      for await (const chunk of source.chunks({ ...options, chunkRows }) as AsyncIterable<Chunk>) {
        yield {
          ...chunk,
          ids: Array.from({ length: chunk.rows }, (_, i) => names[chunk.start + i * stride]),
        };
      }
    },
  };
}

/** The slow, obvious version: rows of the first table; NaN where another lacks it. */
function slow(tables: readonly Plain[]): number[][] {
  return tables[0].names.map((name) => {
    const parts = tables.map(({ names, rows }) => rows[names.indexOf(name)]);
    if (parts.every((part) => part !== undefined)) return parts.flat() as number[];
    return tables.flatMap(({ columns }) => columns.map(() => Number.NaN));
  });
}

/** All chunks of a pass: their first rows, numbers and names. */
async function passOf(source: Source, request: ChunkOptions) {
  const rows: number[][] = [];
  const ids: string[] = [];
  const starts: number[] = [];
  const sizes: number[] = [];
  for await (const chunk of source.chunks(request) as AsyncIterable<NamedChunk>) {
    starts.push(chunk.start);
    sizes.push(chunk.rows);
    for (let i = 0; i < chunk.rows; i++) {
      rows.push(Array.from(chunk.data.subarray(i * chunk.cols, (i + 1) * chunk.cols)));
    }
    ids.push(...(chunk.ids ?? []));
  }
  return { rows, ids, starts, sizes };
}

const rowsOf = (n: number, cols: number, salt: number) =>
  Array.from({ length: n }, (_, i) =>
    Array.from({ length: cols }, (_, j) => ((i * 31 + j * 7 + salt) % 97) / 4 + 0.25),
  );

describe('join', () => {
  it('equals a slow version, in any order of rows, chunk, stride and start', async () => {
    const table = (salt: number) =>
      fc.record({
        cols: fc.integer({ min: 1, max: 3 }),
        order: fc.constantFrom('same', 'reversed', 'shuffled', 'fewer', 'more'),
        float32: fc.boolean(),
        seed: fc.integer({ min: 0, max: 1000 }),
        salt: fc.constant(salt),
      });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 40 }),
        fc.tuple(table(1), table(2), table(3)),
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 4 }),
        fc.nat(10),
        fc.boolean(),
        async (n, specs, chunkRows, stride, start, reuse) => {
          const base = Array.from({ length: n }, (_, i) => `p${i}`);
          const plain = specs.map(({ cols, order, seed, salt }, k): Plain => {
            let names = [...base];
            if (k > 0 && order === 'reversed') names.reverse();
            if (k > 0 && order === 'shuffled')
              names.sort(
                (a, b) =>
                  ((Number(a.slice(1)) * 7919 + seed) % 101) - ((Number(b.slice(1)) * 7919 + seed) % 101),
              );
            if (k > 0 && order === 'fewer') names = names.filter((_, i) => i === 0 || (i + seed) % 3 > 0);
            if (k > 0 && order === 'more') names.push('extra');
            const columns = Array.from({ length: cols }, (_, j) => `c${k}${j}`);
            return { names, columns, rows: rowsOf(names.length, cols, salt * 11) };
          });
          const sources = await Promise.all(
            plain.map((one, k) =>
              specs[k].float32 ? shortChunks(one, `t${k}`) : csv(textOf(one), `t${k}.csv`),
            ),
          );
          const joined = await join(sources as [Source, Source], { how: 'inner', ...quiet });
          expect(joined.columns).toEqual(plain.flatMap(({ columns }) => columns));
          expect(joined.dtype).toBe(specs.every(({ float32 }) => float32) ? 'f4' : 'f8');
          const expected = slow(plain);
          const picked = base.map((_, i) => i).filter((i) => i >= start && (i - start) % stride === 0);
          const found = await passOf(joined, { chunkRows, stride, start, ...(reuse ? { reuse } : {}) });
          expect(found.rows).toEqual(picked.map((i) => expected[i]));
          expect(found.ids).toEqual(picked.map((i) => base[i]));
          if (!specs[0].float32) {
            const sizes = picked.flatMap((_, i) =>
              i % chunkRows === 0 ? [Math.min(chunkRows, picked.length - i)] : [],
            );
            expect(found.sizes).toEqual(sizes);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it.each(golden.cases)(
    'equals pandas.concat(axis=1): $name',
    async ({ tables, how, columns, index, data }) => {
      const sources = await Promise.all(tables.map((text, i) => csv(text, `${i}.csv`)));
      const joined = await join(sources as unknown as [Source, Source], { how, ...quiet });
      expect(joined.columns).toEqual(columns);
      const found = await readMatrix(joined);
      expect(found.ids).toEqual(index);
      expect(Array.from(found.data)).toEqual(data);
    },
  );

  it('refuses rows that a table lacks, with their number and names, and says what would take them', async () => {
    const [a, b] = [await csv('id,x\na,1\nb,2\nc,3\n', 'a.csv'), await csv('id,y\nc,1\nd,2\n', 'b.csv')];
    await expect(join([a, b])).rejects.toThrow(
      'b.csv: lacks 2 rows ("a", "b") of a.csv, and has 1 row ("d") that a.csv lacks; how: \'inner\' takes the rows of all tables',
    );
    const warnings: CoppiceWarning[] = [];
    const inner = await join([a, b], { how: 'inner', onWarning: (one) => warnings.push(one) });
    expect(warnings.map(({ code }) => code)).toEqual(['ROWS_LEFT_OUT']);
    expect(inner).toMatchObject({ rows: 3, cols: 2, onBadRow: 'skip', skippedRows: 2 });
    expect(inner.firstSkipped).toContain('b.csv lacks 2 rows');
    expect((await passOf(inner, { chunkRows: 5 })).rows).toEqual([
      [Number.NaN, Number.NaN],
      [Number.NaN, Number.NaN],
      [3, 1],
    ]);
    expect(await readMatrix(inner)).toMatchObject({ ids: ['c'], sourceRows: Float64Array.of(2) });
    const none = await csv('id,y\nq,1\nr,2\n', 'c.csv');
    await expect(join([a, none], { how: 'inner' })).rejects.toThrow(
      'a.csv: none of its 3 rows has a name of a row in c.csv',
    );
  });

  it('refuses two rows of the same name with their places, in tables of the same and of another order', async () => {
    const twice = await csv('id,x\na,1\nb,2\na,3\n', 'a.csv', { idColumn: 'id' });
    const beside = await csv('id,y\na,1\nb,2\na,3\n', 'b.csv', { idColumn: 'id' });
    const other = await csv('id,z\nb,1\na,2\n', 'c.csv');
    await expect(join([twice, beside])).rejects.toThrow('a.csv: rows 0 and 2 have the same name "a"');
    await expect(join([other, beside])).rejects.toThrow('b.csv: rows 0 and 2 have the same name "a"');
    await expect(join([twice, other])).rejects.toThrow('a.csv: rows 0 and 2 have the same name "a"');
  });

  it('finds repeated names where there is no room for all of them', async () => {
    const n = 5000;
    const names = Array.from({ length: n }, (_, i) => `row ${i}`);
    const source = (list: string[]) =>
      shortChunks({ names: list, columns: ['x'], rows: rowsOf(n, 1, 1) }, 't');
    const check = async (list: string[]) => {
      const found = new RepeatedNames({ source: source(list), name: 't' }, 8 * 1024);
      for (const name of list) found.add(name);
      await found.refuse({ chunkRows: 100 });
    };
    await check(names);
    const changed = [...names];
    changed[4321] = 'row 17';
    await expect(check(changed)).rejects.toThrow('t: rows 17 and 4321 have the same name "row 17"');
    await expect(check(names.map(() => 'one'))).rejects.toThrow('t: rows 0 and 1 have the same name "one"');
  });

  it('refuses rows and tables without names, prepared tables, and a single one', async () => {
    const a = await csv('id,x\na,1\nb,2\n', 'a.csv');
    await expect(join([a, fromArray([[1], [2]])])).rejects.toThrow(
      'array has no names of rows, by which tables are joined; choose the column with the names by idColumn',
    );
    const empty = await csv('id,y\na,1\n,2\n', 'e.csv', { idColumn: 'id', columns: ['y'] });
    await expect(join([a, empty])).rejects.toThrow('e.csv: row 1 has no name');
    await expect(join([empty, a])).rejects.toThrow('e.csv: row 1 has no name');
    const prepared = await prepare(a, { center: true });
    await expect(join([prepared, a])).rejects.toThrow('join the tables first, then prepare');
    await expect(join([a] as never)).rejects.toThrow('two tables or more');
    await expect(join(a as never)).rejects.toThrow('sources');
    await expect(join([a, 'b.csv' as never])).rejects.toThrow('sources[1]');
    await expect(join([a, a], { how: 'outer' as never })).rejects.toThrow('how');
  });

  it('tells columns of the same name apart, and says so', async () => {
    const [a, b] = [
      await csv('id,x,u\na,1,5\nb,2,6\n', 'd/a.csv'),
      await csv('id,x,v\na,1,5\nb,2,6\n', 'd/b.csv'),
    ];
    const warnings: CoppiceWarning[] = [];
    const joined = await join([a, b], { onWarning: (one) => warnings.push(one) });
    expect(joined.columns).toEqual(['x (a.csv)', 'u', 'x (b.csv)', 'v']);
    expect(warnings.map(({ code, message }) => [code, message])).toEqual([
      ['COLUMNS_RENAMED', 'several tables have a column "x"; the name of the table is added to these names'],
    ]);
    const same = await join([a, await csv('id,x\na,1\nb,2\n', 'e/a.csv')], quiet);
    expect(same.columns).toEqual(['x (d/a.csv)', 'u', 'x (e/a.csv)']);
  });

  it('keeps the memory limit: tables in the same order stream, others are counted or refused', async () => {
    const n = 20_000;
    const names = Array.from({ length: n }, (_, i) => `p${i}`);
    const one = (list: string[], name: string) =>
      shortChunks({ names: list, columns: ['x', 'y'], rows: rowsOf(n, 2, 5) }, name);
    const first = one(names, 'first');
    const streamed = await join([first, one(names, 'second')], { memoryLimit: '200kB', ...quiet });
    expect(streamed.overheadBytes).toBeLessThan(200_000);
    const reversed = one([...names].reverse(), 'second');
    const needed = await join([first, reversed], { memoryLimit: '200kB', ...quiet }).catch((error) => error);
    expect(needed).toMatchObject({ name: 'MemoryLimitError', allowedBytes: 200_000 });
    expect(needed.message).toMatch(
      /^holding second, whose rows are in another order than those of first, needs 2\.\d+ MB/,
    );
    // The number that the error gives is enough.
    const enough = needed.message.match(/needs (\S+ MB)/)[1].replace(' ', '');
    const held = await join([first, reversed], { memoryLimit: enough, ...quiet });
    expect(held.overheadBytes).toBeGreaterThan(n * 2 * 4);
    // A call plans with it.
    await expect(kmeans(held, { k: 2, memoryLimit: '1MB' })).rejects.toMatchObject({
      name: 'MemoryLimitError',
    });
  });

  it('skips rows that one of the tables skips; missing values are handled by each table', async () => {
    const a = await csv('id,x\na,1\nb,oops\nc,3\n', 'a.csv', { onBadRow: 'skip' });
    const b = await csv('id,y\na,1\nb,2\nc,NA\n', 'b.csv', { missing: 'drop-rows' });
    const joined = await join([a, b]);
    expect((await passOf(joined, { chunkRows: 2 })).rows).toEqual([
      [1, 1],
      [Number.NaN, Number.NaN],
      [Number.NaN, Number.NaN],
    ]);
    expect(joined).toMatchObject({ onBadRow: 'skip', skippedRows: 2 });
  });

  it('refuses NaN in rows that are joined while others are left out', async () => {
    const a = shortChunks({ names: ['a', 'b', 'c'], columns: ['x'], rows: [[1], [Number.NaN], [3]] }, 'a');
    const b = await csv('id,y\na,1\nb,2\n', 'b.csv');
    const inner = await join([a, b], { how: 'inner', ...quiet });
    await expect(readMatrix(inner)).rejects.toThrow('a: row 1, column 0 is NaN');
  });

  it('keeps annotations of all tables, in any order of rows', async () => {
    const a = await csv('id,x,sex\na,1,f\nb,2,m\n', 'a.csv', { annotations: ['sex'] });
    const b = await csv('id,y,site,sex\nb,1,north,M\na,2,south,F\n', 'b.csv', {
      annotations: ['site', 'sex'],
    });
    for await (const chunk of (await join([a, b])).chunks({ chunkRows: 9 }) as AsyncIterable<NamedChunk>) {
      expect(chunk.annotations).toEqual({
        sex: ['f', 'm'],
        site: ['south', 'north'],
        'sex (b.csv)': ['F', 'M'],
      });
    }
  });

  it('says that data have changed; can be prepared and transposed; stops by a signal; closes all tables', async () => {
    const names = ['a', 'b'];
    const changing = shortChunks({ names, columns: ['y'], rows: [[1], [2]] }, 'b');
    const a = await csv('id,x\na,1\nb,2\n', 'a.csv');
    const joined = await join([a, changing]);
    const prepared = await prepare(joined, { weights: { y: 10 } });
    expect(Array.from((await readMatrix(prepared)).data)).toEqual([1, 10, 2, 20]);
    expect((await readMatrix(await transpose(joined))).ids).toEqual(['x', 'y']);
    names.reverse();
    await expect(readMatrix(joined)).rejects.toThrow('b: its rows are not those of a.csv any more');
    const stop = AbortSignal.abort(new Error('enough'));
    await expect(join([a, changing], { signal: stop })).rejects.toThrow('enough');
    const closed: string[] = [];
    const closing = (name: string) => ({
      ...shortChunks({ names: ['a'], columns: [name], rows: [[1]] }, name),
      close: () => void closed.push(name),
    });
    await (await join([closing('p'), closing('q')])).close?.();
    expect(closed).toEqual(['p', 'q']);
  });
});
