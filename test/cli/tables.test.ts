/** `--table`, `--members` and `--guard-formulas`: the rows of the input with their clusters. */

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { open } from '../../src/sources/index.ts';
import { npy } from '../sources/help.ts';
import { TRAJECTORY, workplace } from './help.ts';

const { run, put, path, files } = workplace();
const text = (name: string) => readFileSync(path(name), 'utf8');

/** Quotes, blanks, a line break in a field, a blank line, a short line, CR LF, a decimal comma. */
const AWKWARD = [
  'name;x;y;note',
  '"a ""1""";1,5;2,0;=1+2',
  'b; 2,5 ;3,0;"q;r"',
  '',
  '"c\r\nd";9,0;9,5;-5',
  'e;9,1;9',
  '',
].join('\r\n');
const READ = ['--id-column', 'name', '--columns', 'x,y'];

async function done(...args: (string | number)[]) {
  const ran = await run(...args);
  expect([ran.code, ran.stderr]).toEqual([0, '']);
  return ran;
}

describe('--table', () => {
  test('fields, quotes, separators and line ends stay as they are', async () => {
    put('t.csv', AWKWARD);
    const { stdout } = await done(
      'cluster',
      't.csv',
      ...READ,
      '--clusters',
      2,
      '--table',
      'out.csv',
      '--json',
    );
    expect(JSON.parse(stdout).outputs).toMatchObject({ table: 'out.csv', labels: null, members: null });
    expect(text('out.csv')).toBe(
      [
        'name;x;y;note;cluster;distance;representative',
        '"a ""1""";1,5;2,0;=1+2;2;0;"a ""1"""',
        'b; 2,5 ;3,0;"q;r";2;1,4142135623730951;"a ""1"""',
        '"c\r\nd";9,0;9,5;-5;1;0;"c\r\nd"',
        'e;9,1;9;;1;0,5099019513592784;"c\r\nd"',
        '',
      ].join('\r\n'),
    );
    expect(files().filter((name) => name.includes('.tmp'))).toEqual([]);
  });

  test('the ending says the separator; formulas are guarded, numbers are not', async () => {
    put('t.csv', AWKWARD);
    await done('kmeans', 't.csv', ...READ, '--k', 2, '--table', 'out.tsv', '--guard-formulas');
    const lines = text('out.tsv').split('\r\n');
    expect(lines[0]).toBe('name\tx\ty\tnote\tcluster\tdistance\trepresentative');
    expect(lines[1]).toMatch(/^"a ""1"""\t1,5\t2,0\t'=1\+2\t\d\t0,70710678\d*\t"a ""1"""$/);
    expect(lines[2]).toMatch(/^b\t 2,5 \t3,0\t"q;r"\t/);
    expect(text('out.tsv')).toContain('\t9,5\t-5\t');
    put('f.csv', 'who,x,note\n@a,1,+x\n-b,2,-\n=c,9,"-1,b"\n');
    await done(
      'kmeans',
      'f.csv',
      '--id-column',
      'who',
      '--columns',
      'x',
      '--k',
      1,
      '--table',
      'o.csv',
      '--guard-formulas',
    );
    expect(text('o.csv')).toBe(
      "who,x,note,cluster,distance,representative\n'@a,1,'+x,0,3,'-b\n'-b,2,-,0,2,'-b\n'=c,9,\"'-1,b\",0,5,'-b\n",
    );
  });

  test.each([
    ['utf-8', [], (s: string) => Buffer.from(`\ufeff${s}`)],
    ['utf-16', [], (s: string) => Buffer.from(`\ufeff${s}`, 'utf16le')],
    ['Latin-1', ['--encoding', 'latin1'], (s: string) => Buffer.from(s, 'latin1')],
  ] as const)('%s: the same bytes', async (_, args, encode) => {
    const rows = ['ort,x', 'Köln,1', 'Zürich,2', 'Århus,9'];
    put('enc.csv', encode(`${rows.join('\n')}\n`));
    await done('cluster', 'enc.csv', ...args, '--clusters', 2, '--table', 'enc-out.csv');
    const added = [',cluster,distance,representative', ',1,0,Köln', ',1,1,Köln', ',2,0,Århus'];
    expect(readFileSync(path('enc-out.csv'))).toEqual(
      encode(`${rows.map((row, i) => row + added[i]).join('\n')}\n`),
    );
  });

  test('a skipped row stays, with empty cells; so do rows that numbers are missing in', async () => {
    put('bad.csv', 'x,y\n1,1\nbad,2\n2,\n9,9\n1,2,3\n');
    const { stdout, code } = await run(
      'cluster',
      'bad.csv',
      '--columns',
      'x,y',
      '--clusters',
      2,
      '--on-bad-row',
      'skip',
      '--table',
      'bad-out.csv',
    );
    expect(code).toBe(0);
    expect(stdout).toContain('Skipped    3 rows');
    expect(text('bad-out.csv')).toBe(
      'x,y,cluster,distance,representative\n1,1,1,0,0\nbad,2,,,\n2,,,,\n9,9,2,0,3\n1,2,,,\n',
    );
    await run(
      'cluster',
      'bad.csv',
      '--columns',
      'x',
      '--clusters',
      2,
      '--on-bad-row',
      'skip',
      '--missing',
      'drop-rows',
      '--table',
      'd.csv',
    );
    expect(text('d.csv').split('\n').length).toBe(7);
  });

  test('headings that are taken get a number; a table without header gets none', async () => {
    put('h.csv', 'cluster,distance\n1,2\n3,4\n');
    await done('kmeans', 'h.csv', '--k', 1, '--table', 'h-out.csv');
    expect(text('h-out.csv').split('\n')[0]).toBe('cluster,distance,cluster_2,distance_2,representative');
    put('n.csv', '1,2\n3,4\n');
    await done('kmeans', 'n.csv', '--k', 2, '--table', 'n-out.csv');
    expect(text('n-out.csv')).toMatch(/^1,2,\d,0,0\n3,4,\d,0,1\n$/);
  });

  test('comments and the short header of R', async () => {
    put('r.csv', '# by R\n"x" "y"\n"r one" 1 2\n"r two" 8 9\n');
    await run('kmeans', 'r.csv', '--k', 2, '--table', 'r-out.csv');
    const [head, first] = text('r-out.csv').split('\n');
    expect(head).toBe('"x","y",cluster,distance,representative');
    expect(first).toMatch(/^"r one",1,2,\d,0,r one$/);
  });

  test('several files, one header', async () => {
    put('p1.csv', 'x,t\n1,a\n2,b\n');
    put('p2.csv', 'x,t\n8,c\n9,d');
    await run('kmeans', 'p1.csv', 'p2.csv', '--k', 2, '--table', 'p-out.csv');
    expect(text('p-out.csv')).toMatch(
      /^x,t,cluster,distance,representative\n1,a,.*\n2,b,.*\n8,c,.*\n9,d,.*\n$/,
    );
    expect(text('p-out.csv').split('\n').length).toBe(6);
  });

  test('from Excel, JSON lines, Parquet and NPY: values as text, with the columns that are no data', async () => {
    put(
      'j.jsonl',
      '{"who":"a b","x":1,"t":"u,v"}\n{"who":"c","x":2.5,"t":null}\n{"who":"d","x":9,"t":"="}\n',
    );
    await run('kmeans', 'j.jsonl', '--k', 2, '--columns', 'x', '--table', 'j.csv');
    expect(text('j.csv')).toMatch(/^who,x,t,cluster,distance,representative\na b,1,"u,v",\d,0.75,0\nc,2.5,,/);
    await run('kmeans', 'j.jsonl', '--k', 2, '--columns', 'x', '--table', 'j.parquet');
    await run('kmeans', 'j.parquet', '--k', 2, '--columns', 'distance', '--table', 'k.csv');
    expect(text('k.csv')).toMatch(
      /^who,x,t,cluster,distance,representative,cluster_2,distance_2,representative_2\na b,1,/,
    );
    put('m.npy', npy('<f4', [2, 2], [0.1, 2, 3, 4]));
    await done('kmeans', 'm.npy', '--k', 2, '--table', 'm.csv');
    expect(text('m.csv')).toMatch(/^0,1,cluster,distance,representative\n0.1,2,\d,0,0\n3,4,\d,0,1\n$/);
    await done('kmeans', TRAJECTORY, '--k', 2, '--max-iter', 2, '--table', 'f.csv');
    expect(text('f.csv')).toMatch(/^frame,cluster,distance,representative\n0,\d,[\d.]+,\d+\n1,/);
  });

  test('Parquet: text untouched, nulls where there is no cluster', async () => {
    put('t.csv', AWKWARD.replace('9,1', 'bad'));
    await run('cluster', 't.csv', ...READ, '--clusters', 2, '--on-bad-row', 'skip', '--table', 'out.parquet');
    const source = await open(path('out.parquet'), {
      columns: ['distance'],
      annotations: ['name', 'x', 'y', 'note', 'cluster', 'representative'],
      nulls: 'nan',
    });
    for await (const { data, annotations } of source.chunks({ chunkRows: 10 }) as AsyncIterable<{
      data: Float64Array;
      annotations: Record<string, string[]>;
    }>) {
      expect(annotations).toEqual({
        name: ['a "1"', 'b', 'c\r\nd', 'e'],
        x: ['1,5', ' 2,5 ', '9,0', 'bad'],
        y: ['2,0', '3,0', '9,5', '9'],
        note: ['=1+2', 'q;r', '-5', ''],
        cluster: ['1', '1', '2', ''],
        representative: ['a "1"', 'a "1"', 'c\r\nd', ''],
      });
      expect(Array.from(data)).toEqual([0, expect.closeTo(Math.SQRT2, 12), 0, Number.NaN]);
    }
    await source.close?.();
  });

  test('assign: the representative is the row nearest to the leader', async () => {
    put('old.csv', 'x\n0\n1\n10\n11\n');
    await done('cluster', 'old.csv', '--clusters', 2, '--pick', 'centroid', '--model', 'old.safetensors');
    put('new.csv', 'id,x\nu,3\nv,1\nw,12\n');
    await done(
      'assign',
      'new.csv',
      '--id-column',
      'id',
      '--model',
      'old.safetensors',
      '--table',
      'new-out.csv',
    );
    expect(text('new-out.csv')).toBe(
      'id,x,cluster,distance,representative\nu,3,1,2.5,v\nv,1,1,0.5,v\nw,12,2,1.5,w\n',
    );
  });

  test('the same at any number of rows at a time', async () => {
    const rows = Array.from({ length: 3000 }, (_, i) => `r${i},${(i * 7919) % 101},${i % 13},"t ${i}"`);
    put('many.csv', `id,x,y,t\n${rows.join('\n')}\n`);
    const out: string[] = [];
    for (const chunk of [1, 7, 4096]) {
      await run(
        'kmeans',
        'many.csv',
        '--id-column',
        'id',
        '--columns',
        'x,y',
        '--k',
        5,
        '--chunk-rows',
        chunk,
        '--table',
        'm.csv',
      );
      out.push(text('m.csv'));
    }
    expect(out[1]).toBe(out[0]);
    expect(out[2]).toBe(out[0]);
    const lines = out[0].trimEnd().split('\n');
    expect(lines.length).toBe(3001);
    expect(lines.slice(1).every((line, i) => line.startsWith(`${rows[i]},`))).toBe(true);
  });

  test('a run that fails leaves no table and keeps the old one', async () => {
    put('t.csv', AWKWARD.replace('9,1', 'bad'));
    put('keep.csv', 'old');
    const { code } = await run(
      'kmeans',
      't.csv',
      ...READ,
      '--k',
      2,
      '--table',
      'keep.csv',
      '--members',
      'none',
    );
    expect(code).toBe(1);
    expect(text('keep.csv')).toBe('old');
    expect(files().filter((name) => name.includes('.tmp') || name === 'none')).toEqual([]);
  });

  test.each([
    [['--table', 'x.npy'], '--table must name a .csv, .tsv or .parquet file'],
    [['--table', '-'], '--table must name'],
    [['--table', 't.csv'], 'is also the input'],
    [['--guard-formulas'], '--guard-formulas needs --table'],
    [['--table', 'x.csv', '--transpose'], '--table has the rows of the input'],
    [['--table', 'x.csv', '--out', 'x.csv'], '--out and --table are both x.csv'],
  ])('%j is refused', async (args, message) => {
    put('t.csv', AWKWARD);
    const { code, stderr } = await run('kmeans', 't.csv', ...READ, '--k', 2, ...args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
    expect(files().filter((name) => name.startsWith('x.') || name.includes('.tmp'))).toEqual([]);
  });
});

describe('labels of cut and batch run', () => {
  test('cut: the rows of the table that the tree was grown from', async () => {
    put('pts.csv', 'id;x;note\na;0;"=1"\nb;1;\nc;2;u\nd;10;v\ne;12;\n');
    await done(
      'linkage',
      'pts.csv',
      '--columns',
      'x',
      '--id-column',
      'id',
      '--method',
      'average',
      '--out',
      'pts.npy',
    );
    const args = ['pts.npy', '--clusters', 2, '--rows', 'pts.csv', '--columns', 'x', '--id-column', 'id'];
    const { stdout } = await done('cut', ...args, '--table', 'pts-out.csv', '--members', 'parts', '--json');
    expect(JSON.parse(stdout).outputs).toEqual({ labels: null, table: 'pts-out.csv', members: 'parts' });
    expect(text('pts-out.csv')).toBe(
      'id;x;note;cluster;distance;representative\na;0;"=1";1;1;b\nb;1;;1;0;b\nc;2;u;1;1;b\nd;10;v;2;1;d\ne;12;;2;1;d\n',
    );
    expect(text('parts/cluster-2.txt')).toBe('d\ne\n');
  });

  test.each([
    [['--table', 'x.csv'], 2, '--table needs --rows'],
    [['--members', 'x.d'], 2, '--members needs --rows'],
    [['--rows', 'pts.csv'], 2, '--rows needs --table or --members'],
    [['--rows', 'short.csv', '--table', 'x.csv'], 1, 'has 2 rows; the tree has 5 items'],
  ])('cut refuses %j', async (args, wanted, message) => {
    put('short.csv', 'x\n1\n2\n');
    const { code, stderr } = await run('cut', 'pts.npy', '--clusters', 2, ...args);
    expect([code, stderr]).toEqual([wanted, expect.stringContaining(message)]);
    expect(files().filter((name) => name.startsWith('x.') || name.includes('.tmp'))).toEqual([]);
  });

  test('batch run: of vectors', async () => {
    put('b.csv', 'id,x\na,0\nb,1\nc,2\nd,10\ne,12\n');
    const args = ['b.csv', '--id-column', 'id', '--columns', 'x', '--method', 'average', '--distance', 5];
    expect((await run('batch', 'run', ...args, '--table', 'b-out.csv', '--members', 'b-parts')).code).toBe(0);
    expect(text('b-out.csv')).toMatch(
      /^id,x,cluster,distance,representative\na,0,(\d),1,b\nb,1,\1,0,b\nc,2,\1,1,b\nd,10,(\d),1,d\ne,12,\2,1,d\n$/,
    );
    expect(readdirSync(path('b-parts')).length).toBe(2);
    put('s.csv', 'cdr3\nCASSLGTDTQYF\nCASSLGTDTQYV\n');
    const { code, stderr } = await run('batch', 'run', 's.csv', '--sequences', '--table', 'x.csv');
    expect([code, stderr]).toEqual([2, expect.stringContaining('--table works only for vectors')]);
  });
});

describe('--members', () => {
  test('a file of names for each cluster, and one for rows without', async () => {
    put('w.csv', 'who,x\na,0\nb,1\nc,bad\nd,10\ne,11\n');
    const args = ['w.csv', '--id-column', 'who', '--columns', 'x', '--clusters', 2, '--on-bad-row', 'skip'];
    expect((await run('cluster', ...args, '--members', 'groups')).code).toBe(0);
    const read = () =>
      Object.fromEntries(readdirSync(path('groups')).map((name) => [name, text(`groups/${name}`)]));
    expect(read()).toEqual({ 'cluster-1.txt': 'a\nb\n', 'cluster-2.txt': 'd\ne\n', 'no-cluster.txt': 'c\n' });
    const again = await run('cluster', ...args, '--members', 'groups');
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('the folder is not empty')]);
    expect(Object.keys(read()).length).toBe(3);
  });

  test('numbers where rows have no names; a name with a line break is refused', async () => {
    put('w.csv', 'x\n0\n1\n10\n');
    await done('kmeans', 'w.csv', '--k', 2, '--members', 'numbers');
    expect(['cluster-0.txt', 'cluster-1.txt'].map((name) => text(`numbers/${name}`)).sort()).toEqual([
      '0\n1\n',
      '2\n',
    ]);
    put('b.csv', 'who,x\n"a\nb",0\nc,1\n');
    const { code, stderr } = await run(
      'kmeans',
      'b.csv',
      '--id-column',
      'who',
      '--k',
      1,
      '--members',
      'broken',
    );
    expect([code, stderr]).toEqual([1, expect.stringContaining('has a line break')]);
    expect(files().filter((name) => name === 'broken' || name.includes('.tmp'))).toEqual([]);
  });
});

test('cut --rows: distances are those of rows that were prepared as for the tree', async () => {
  put('units.csv', 'x,y\n0,0\n1,1000\n8,0\n9,1000\n');
  await run('linkage', 'units.csv', '--scale', 'zscore', '--method', 'ward', '--out', 'units.npy');
  const args = ['units.npy', '--clusters', 2, '--rows', 'units.csv', '--table', 'units-out.csv'];
  const { code } = await run('cut', ...args, '--scale', 'zscore');
  expect(code).toBe(0);
  const lines = text('units-out.csv').trim().split('\n').slice(1);
  for (const line of lines) expect(Number(line.split(',')[3])).toBeLessThan(2);
  const refused = await run('cut', 'units.npy', '--clusters', 2, '--scale', 'zscore');
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('need --rows')]);
});
