/** The rows of `--table` are those of the input: not prepared, under their own headings, of the file that was clustered. */

import { readFileSync, renameSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openInput } from '../../src/cli/files/input.ts';
import { MembersFolder } from '../../src/cli/files/members.ts';
import { TableOutput } from '../../src/cli/files/table.ts';
import { Session } from '../../src/cli/terminal/session.ts';
import { npy } from '../sources/help.ts';
import { book, row } from '../sources/xlsx/book.ts';
import { workplace } from './help.ts';

const { run, put, path, files } = workplace();
const text = (name: string) => readFileSync(path(name), 'utf8');
/** The lines of a table without their last three cells. */
const own = (name: string) =>
  text(name)
    .trimEnd()
    .split('\n')
    .map((line) => line.split(',').slice(0, -3).join(','));

const GCT = '#1.2\n4\t2\nName\tDescription\ts1\ts2\na\tx\t1\t2\nb\tx\t2\t4\nc\tx\t60\t80\nd\tx\t64\t100\n';

describe('prepared inputs', () => {
  test.each(['--scale zscore', '--log2', '--center'])(
    'NPY and GCT with %s: the values of the file',
    async (flags) => {
      const args = [...flags.split(' '), '--clusters', 2];
      put('m.npy', npy('<f8', [4, 2], [1, 2, 2, 4, 60, 80, 64, 100]));
      put('expr.gct', GCT);
      expect((await run('cluster', 'm.npy', ...args, '--table', 'o.csv')).code).toBe(0);
      expect(own('o.csv')).toEqual(['0,1', '1,2', '2,4', '60,80', '64,100']);
      expect((await run('cluster', 'expr.gct', ...args, '--table', 'g.csv')).code).toBe(0);
      expect(own('g.csv').map((line) => line.split(',').slice(-2).join(','))).toEqual([
        's1,s2',
        '1,2',
        '2,4',
        '60,80',
        '64,100',
      ]);
    },
  );

  test.each(['mean', 'drop-columns', 'drop-rows'])('missing values with --missing %s', async (missing) => {
    put('m.npy', npy('<f8', [4, 2], [1, 2, 2, Number.NaN, 60, 80, 64, 100]));
    put('expr.gct', GCT.replace('2\t4', '2\t'));
    for (const input of ['m.npy', 'expr.gct']) {
      const ran = await run('cluster', input, '--missing', missing, '--clusters', 2, '--table', 'o.csv');
      expect([ran.code, input]).toEqual([0, input]);
      expect(
        own('o.csv')
          .map((line) => line.split(',').slice(-2).join(','))
          .slice(1),
      ).toEqual(['1,2', '2,NaN', '60,80', '64,100']);
    }
  });
});

describe('headings', () => {
  test.each([
    ['y,x\n1,2\n', 'column 1 is "y" here and "x" there'],
    ['x\n1\n', 'column 2 is missing here and "y" there'],
    ['x,y,z\n1,2,3\n', 'column 3 is "z" here and missing there'],
  ])('files with other columns are refused before the work: %j', async (second, message) => {
    put('a.csv', 'x,y\n1,2\n3,4\n9,9\n');
    put('b.csv', second);
    const args = ['kmeans', 'a.csv', 'b.csv', '--columns', 'x', '--k', 1, '--table'];
    const { code, stderr } = await run(...args, 'none.csv');
    expect([code, stderr]).toEqual([1, expect.stringContaining(message)]);
    expect(stderr).toContain('b.csv');
    expect((await run(...args, 'none.parquet')).code).toBe(1);
    expect(files().filter((name) => name.startsWith('none') || name.includes('.tmp'))).toEqual([]);
  });

  const DOUBLE = book(row(1, 'x', 'x', 'note') + row(2, 1, 2, 'a') + row(3, 3, 5, 'b'));

  test('two columns of one name: a text table has both, Parquet refuses them before the work', async () => {
    put('dup.xlsx', DOUBLE);
    put('dup.csv', 'x,x,note\n1,2,a\n3,5,b\n');
    for (const input of ['dup.xlsx', 'dup.csv']) {
      expect(
        (await run('kmeans', input, '--columns', '0,1', '--k', 1, '--table', 'o.csv')).stderr,
      ).not.toContain('Error');
      expect(own('o.csv')).toEqual(['x,x,note', '1,2,a', '3,5,b']);
      const { code, stderr } = await run(
        'kmeans',
        input,
        '--columns',
        '0,1',
        '--k',
        1,
        '--table',
        'o.parquet',
      );
      expect([code, stderr]).toEqual([1, expect.stringContaining(`${input}`)]);
      expect(stderr).toContain('two columns "x", and o.parquet needs distinct names');
    }
  });
});

test('a line with too many fields stays in its columns, and is told', async () => {
  put('long.csv', 'id,x,y\na,1,1\nbad,1,2,EXTRA\nc,9,9\nd,9,8\n');
  const args = ['--columns', 'x,y', '--clusters', 2, '--on-bad-row', 'skip', '--table', 'o.csv'];
  const { code, stdout, stderr } = await run('cluster', 'long.csv', ...args);
  expect(code).toBe(0);
  expect(text('o.csv').split('\n')[2]).toBe('bad,1,2,,,');
  expect(stdout + stderr).toContain('long.csv, line 3: the skipped row has 4 fields, and the table 3');
});

test.each([
  ['CSV', 'was.csv', 'x,y\n1,1\n2,2\n9,9\n', 'x,y\n9,9\n1,1\n2,2\n'],
  ['NPY', 'was.npy', npy('<f8', [3, 1], [1, 2, 9]), npy('<f8', [3, 1], [9, 1, 2])],
  [
    'Excel',
    'was.xlsx',
    book(row(1, 'x') + row(2, 1) + row(3, 2) + row(4, 9)),
    book(row(1, 'x') + row(2, 9) + row(3, 1) + row(4, 2)),
  ],
])('%s: another file in the place of the input is refused', async (_, name, before, after) => {
  put(name, before);
  const session = new Session(false);
  const ran = session.within(async () => {
    const inputs = [path(name)];
    const source = await openInput(session, inputs, {});
    for await (const chunk of source.chunks({ chunkRows: 10 })) expect(chunk.rows).toBe(3);
    const table = TableOutput.begin(session, source, inputs, { table: path('swapped.csv') }, inputs);
    table?.add({
      start: 0,
      labels: Int32Array.of(1, 1, 2),
      distances: new Float64Array(3),
      nearest: new Int32Array(3),
    });
    put('other', after);
    renameSync(path('other'), path(name));
    await table?.write();
    await session.commit();
  });
  await expect(ran).rejects.toThrow('was changed after it was opened');
  expect(files().filter((file) => file.startsWith('swapped') || file.includes('.tmp'))).toEqual([]);
});

test('members: many clusters, long names, and no more than its buffers in memory', async () => {
  const folder = new MembersFolder(path('held'));
  const expected = new Map<string, string>();
  for (let i = 0; i < 150_000; i++) {
    const name = i === 7000 ? 'ü'.repeat(600_000) : i % 5 === 0 ? `Zürich ${i}` : String(i);
    const file = i % 11 === 0 ? 'no-cluster.txt' : `cluster-${i % 97}.txt`;
    folder.add(i % 11 === 0 ? undefined : i % 97, name);
    expected.set(file, `${expected.get(file) ?? ''}${name}\n`);
  }
  await folder.complete();
  folder.commit();
  let size = 0;
  for (const [file, content] of expected) {
    expect(text(`held/${file}`) === content).toBe(true);
    size += Buffer.byteLength(content);
  }
  expect(folder.size).toBe(size);
});

test('cut: rows that were left out of the tree have empty cells', async () => {
  const rows = ['id,x', 'a,0', 'b,', 'c,1', 'd,10', 'e,', 'f,11'];
  put('miss.csv', `${rows.join('\n')}\n`);
  const missing = ['--missing', 'drop-rows', '--id-column', 'id'];
  expect((await run('linkage', 'miss.csv', ...missing, '--method', 'average', '--out', 'Z.npy')).code).toBe(
    0,
  );
  const cut = ['cut', 'Z.npy', '--clusters', 2, '--rows', 'miss.csv', '--table', 'ct.csv'];
  const { code, stderr } = await run(...cut, ...missing, '--members', 'ct');
  expect([code, stderr.includes('Error')]).toEqual([0, false]);
  expect(text('ct.csv')).toBe(
    'id,x,cluster,distance,representative\na,0,1,0.5,a\nb,,,,\nc,1,1,0.5,a\nd,10,2,0.5,d\ne,,,,\nf,11,2,0.5,d\n',
  );
  expect(text('ct/no-cluster.txt')).toBe('b\ne\n');
  put('less.csv', `${rows.slice(0, -1).join('\n')}\n`);
  const short = ['cut', 'Z.npy', '--clusters', 2, '--rows', 'less.csv', '--table', 'l.csv'];
  expect((await run(...short, ...missing)).stderr).toContain(
    'has 5 rows, of which 2 are skipped; the tree has 4 items',
  );
});
