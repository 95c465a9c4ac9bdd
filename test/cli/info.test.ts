/** `coppice info` for files that are not tables of numbers. */
import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { book, row } from '../sources/xlsx/book.ts';
import { workplace } from './help.ts';

const place = workplace();

test('sequences, as a table, FASTA and lines', async () => {
  const sequences = ['CASSF', 'CASSLGF', 'CASSF'];
  place.put('receptors.tsv', `cdr3\tepitope\n${sequences.map((one) => `${one}\tX1\n`).join('')}`);
  place.put('receptors.fasta', sequences.map((one, i) => `>${i}\n${one}\n`).join(''));
  place.put('receptors.txt', `${sequences.join('\n')}\n`);
  for (const [name, format, column] of [
    ['receptors.tsv', 'table', 'cdr3'],
    ['receptors.fasta', 'fasta', null],
    ['receptors.txt', 'lines', null],
  ]) {
    const { code, stdout } = await place.run('info', name as string, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ command: 'info', input: name, format, column, rows: 3, sequences: 2, longest: 7 },
      head: sequences,
    });
  }
  const told = await place.run('info', 'receptors.tsv', '--head', 1);
  expect(told.stdout).toMatch(/^Rows +3, 2 distinct sequences, the longest of 7$/m);
  expect(told.stdout).toMatch(/coppice batch run receptors.tsv --column cdr3 --out clusters.csv\n\nCASSF\n$/);
});

test('columns are described; text is left out; the first text that differs in each row names the rows', async () => {
  place.put('named.csv', 'x,who,y\n1,ann,2\n3,bob,4\n');
  const { code, stdout } = await place.run('info', 'named.csv');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Columns +2: x, y$/m);
  expect(stdout).toMatch(/^Names +column who$/m);
  expect(stdout).toMatch(/^who +as names +a different text in each row$/m);
  expect(stdout).toMatch(/^y +yes +2 to 4 +[█#] +[█#] +whole numbers$/m);
  expect(stdout).toMatch(/^ *ann +1 +2$/m);
  place.put('texts.csv', 'x,who,where,day\n1,ann,here,2020-01-02\n,bob,here,2020-01-03\n');
  const texts = await place.run('info', 'texts.csv');
  expect(texts.code).toBe(0);
  expect(texts.stdout).toMatch(/^x +yes +50 % +1 to 1 /m);
  expect(texts.stdout).toMatch(/^where +no +one text in all rows$/m);
  expect(texts.stderr).toBe(
    'coppice: warning: texts.csv: columns "where" (text), "day" (dates) are left out, since only numbers are ' +
      'clustered; to choose yourself, use --columns\n',
  );
  // The only column, of which some is no sequence either.
  place.put('one.csv', 'name\nfoo 1\nbar 2\n');
  const only = await place.run('info', 'one.csv');
  expect(only.code).toBe(1);
  expect(only.stderr).toMatch(/no column of numbers to read: "name" \(a different text in each row\)/);
  place.put('comma.csv', 'x;y\n0,5;1\n');
  expect((await place.run('info', 'comma.csv')).stdout).toMatch(/^Format .*decimal comma$/m);
});

test('with options that prepare, columns and rows are those that would be clustered', async () => {
  place.put('scales.csv', 'who,a,b\nx,0,100\ny,1,300\nz,3,500\n');
  const { code, stdout } = await place.run(
    'info',
    'scales.csv',
    '--log2',
    '--scale',
    'minmax',
    '--weights',
    'b=2',
  );
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Prepared +log2\(x \+ 1\), columns from 0 to 1, weights of columns$/m);
  expect(stdout).toMatch(/^who +as names .*a different text in each row$/m);
  expect(stdout).toMatch(/^a +yes +0 to 1 /m);
  expect(stdout).toMatch(/^b +yes +0 to 2 /m);
  expect(stdout).toMatch(/^ +y +0\.5 +1\.3/m);
  const turned = await place.run('info', 'scales.csv', '--transpose', '--json');
  const facts = JSON.parse(turned.stdout);
  expect(facts.input).toMatchObject({ rows: 2, cols: 3, transposed: true });
  expect(facts.head).toEqual([
    [0, 1, 3],
    [100, 300, 500],
  ]);
  expect(facts.columnFacts.map(({ name }: { name: string }) => name)).toEqual(['x', 'y', 'z']);
});

test('a column of distances is refused as rows', async () => {
  const at = Array.from({ length: 12 }, (_, i) => (i * 7) % 12);
  const distances = at.flatMap((x, i) => at.slice(i + 1).map((y) => Math.abs(x - y)));
  place.put('condensed.csv', distances.join('\n'));
  for (const [name, ...args] of [
    ['cluster', '--clusters', 2],
    ['kmeans', '--k', 2],
    ['plan', '--clusters', 2],
  ] as const) {
    const { code, stderr } = await place.run(name, 'condensed.csv', ...args);
    expect(code).toBe(2);
    expect(stderr).toContain(
      `condensed.csv has as many numbers as 12 items have distances, and coppice ${name} takes rows of features; for a tree`,
    );
    expect((await place.run(name, 'condensed.csv', ...args, '--metric', 'euclidean')).code).toBe(0);
  }
});

test('sequences given to who clusters numbers are hinted at', async () => {
  place.put('cdr3.csv', 'cdr3,x\nCASSLGF,1\nCASSPGF,2\n');
  for (const args of [
    ['cluster', '--clusters', 2],
    ['kmeans', '--k', 2],
  ]) {
    const { code, stderr } = await place.run(args[0] as string, 'cdr3.csv', ...args.slice(1));
    expect(code).toBe(1);
    expect(stderr).toContain(
      `column "cdr3" holds sequences of amino acids: 'coppice batch run --column cdr3' clusters them`,
    );
  }
});

test('trajectories that are damaged are named, with the place', async () => {
  for (const [name, head] of [
    ['run.xtc', '\0\0\x07\xcb'],
    ['run.dcd', 'T\0\0\0CORD'],
  ]) {
    place.put(
      name,
      Uint8Array.from(`${head}${'\0'.repeat(64)}`, (c) => c.charCodeAt(0)),
    );
    const { code, stderr } = await place.run('cluster', name, '--clusters', 2);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /run.xtc, byte 4: frame 0: it claims 0 atoms|run.dcd, byte 72: ended early: \d+ bytes were asked for/,
    );
  }
});

test('missing and bad values are described, in text and in JSON lines', async () => {
  const rows = Array.from({ length: 10 }, (_, i) => ({ name: `doc${i}`, x: i, y: i === 3 ? null : 2 * i }));
  place.put('rec.jsonl', rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const missing = await place.run('info', 'rec.jsonl');
  expect([missing.code, missing.stderr]).toEqual([0, '']);
  expect(missing.stdout).toMatch(/^x +yes +0 to 9 /m);
  expect(missing.stdout).toMatch(/^y +yes +10 % +0 to 18 /m);
  expect(missing.stdout).not.toContain('Bad rows');
  place.put('inf.csv', 'id,x,y\nA,1,5\nB,inf,-6\nC,-Inf,7\nD,3,8\nE,,9\n');
  const bad = await place.run('info', 'inf.csv');
  expect([bad.code, bad.stderr]).toEqual([0, '']);
  expect(bad.stdout).toMatch(
    /^Bad rows +2; the first: inf.csv, line 3, column 2: "inf" is not a finite number$/m,
  );
  expect(bad.stdout).toMatch(/^x +yes +20 % +1 to 3 .*line 3 has "inf"$/m);
  const json = JSON.parse((await place.run('info', 'inf.csv', '--json')).stdout);
  expect(json.badRows).toEqual({
    rows: 2,
    first: 'inf.csv, line 3, column 2: "inf" is not a finite number',
  });
  expect(json.head[1]).toEqual([null, null]);
  // Columns of which no row can be read are no table.
  place.put('bad.csv', 'x,y\n1,inf\n2,inf\n');
  expect((await place.run('info', 'bad.csv')).stderr).toMatch(
    /line 2, column 2: "inf" is not a finite number/,
  );
});

test('a workbook is not looked at as a text of sequences', async () => {
  const words = book(row(1, 'what', 'which') + row(2, 'some', 'ärm') + row(3, 'none', 'ö'));
  writeFileSync(place.path('words.xlsx'), words);
  const { code, stderr } = await place.run('info', 'words.xlsx');
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(/^coppice: words.xlsx.*no column of numbers to read[^\n]*\n$/),
  ]);
});

test('what is of the first rows alone is told; roles are those of all that were examined', async () => {
  const rows = Array.from(
    { length: 10_010 },
    (_, i) => `r${i},${i < 100 ? 2000 + i : i / 2},${i < 100 ? 1 : 2}`,
  );
  place.put('long.csv', `,x,y\n${rows.join('\n')}\n`);
  const { stdout } = await place.run('info', 'long.csv');
  expect(stdout).toMatch(/^missing, range and values are of the first 10,000 rows$/m);
  expect(stdout).toMatch(/^x +yes .* numbers$/m);
  expect(stdout).toMatch(/^y +yes .* whole numbers$/m);
  // A column without a heading that names the rows.
  expect(stdout).toMatch(/^Names +column 0$/m);
  expect(stdout).toMatch(/^0 +as names /m);
  place.put('short.csv', 'x,y\n1,2\n3,4\n');
  expect((await place.run('info', 'short.csv')).stdout).not.toContain('of the first');
});

test('JSON lines: columns are in the order of the file, rows have the names of columns', async () => {
  const line = (i: number) => ({ id: `a${i}`, text: 'b', vector: [i, 2, 3.5], meta: {} });
  place.put('lists.jsonl', [1, 2, 3].map((i) => JSON.stringify(line(i))).join('\n'));
  const { columnFacts } = JSON.parse((await place.run('info', 'lists.jsonl', '--json')).stdout);
  expect(columnFacts.map(({ name }: { name: string }) => name)).toEqual([
    ...['id', 'text', 'vector[0]', 'vector[1]', 'vector[2]', 'meta'],
  ]);
  place.put('plain.jsonl', '{"x":1,"y":2}\n{"x":3,"y":5}\n');
  expect((await place.run('info', 'plain.jsonl')).stdout).toMatch(/^row +x +y$/m);
});
