/** `coppice info` for files that are not tables of numbers. */
import { expect, test } from 'vitest';
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

test('one column of text names the rows; two are too many; what is neither stays an error', async () => {
  place.put('named.csv', 'x,who,y\n1,ann,2\n3,bob,4\n');
  const { code, stdout } = await place.run('info', 'named.csv');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Columns +2: x, y$/m);
  expect(stdout).toMatch(/^Names +column 1; cluster with --id-column 1$/m);
  expect(stdout).toMatch(/^ *ann +1 +2$/m);
  place.put('texts.csv', 'x,who,where\n1,ann,here1\n3,bob,there1\n');
  expect(await place.run('info', 'texts.csv')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('texts.csv, line 2, column 3: "here1" is not a number'),
  });
  // The only column, of which some is no sequence either.
  place.put('one.csv', 'name\nfoo 1\nbar 2\n');
  const only = await place.run('info', 'one.csv');
  expect(only.code).toBe(1);
  expect(only.stderr).toMatch(/"foo 1" is not a number/);
  place.put('comma.csv', 'x;y\n0,5;1\n');
  expect((await place.run('info', 'comma.csv')).stderr).toContain(
    '"0,5" is not a number here; numbers are written with a point, as 0.5',
  );
});

test('sequences given to who clusters numbers are hinted at', async () => {
  place.put('cdr3.csv', 'cdr3,x\nCASSLGF,1\nCASSPGF,2\n');
  for (const args of [
    ['cluster', '--clusters', 2],
    ['kmeans', '--k', 2],
  ]) {
    const { code, stderr } = await place.run(args[0] as string, 'cdr3.csv', ...args.slice(1));
    expect(code).toBe(1);
    expect(stderr).toBe(
      'coppice: cdr3.csv, line 2, column 1: "CASSLGF" is not a number; ' +
        "if these are sequences, 'coppice batch run --sequences' clusters them\n",
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
