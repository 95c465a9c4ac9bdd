/** NPZ, H5AD and Excel by the command line, against what NumPy, h5py and openpyxl read (test/sources/fixtures/make_formats.py). */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fixture } from '../sources/help.ts';
import { book, row } from '../sources/xlsx/book.ts';
import { workplace } from './help.ts';

const place = workplace();
const { cells, xlsx } = JSON.parse(readFileSync(fixture('formats.json'), 'utf8')) as {
  cells: { X: number[][]; pca: number[][]; counts: number[][]; names: string[]; genes: string[] };
  xlsx: { rows: number[][]; samples: string[] };
};
const asFloat32 = (rows: number[][]) => rows.map((row) => Array.from(Float32Array.from(row)));
const X = asFloat32(cells.X);

test.each<[string, string[], number[][], string[] | undefined]>([
  ['numpy.npz', ['--array', 'X'], X, undefined],
  ['numpy.npz', ['--array', 'F'], cells.pca, undefined],
  ['scipy.npz', [], X, undefined],
  ['anndata-sparse.h5ad', [], X, cells.names],
  ['anndata-dense.h5ad', ['--dataset', 'obsm/X_pca'], cells.pca, cells.names],
  ['anndata-07.h5ad', ['--dataset', 'raw/X'], cells.counts, cells.names],
  ['openpyxl.xlsx', ['--columns', 'a,b,c', '--id-column', 'sample'], xlsx.rows, xlsx.samples],
  ['openpyxl.xlsx', ['--sheet', '2'], xlsx.rows, undefined],
])('info %s %j', async (file, flags, rows, ids) => {
  const { code, stdout } = await place.run('info', fixture(file), ...flags, '--head', 50, '--json');
  expect(code).toBe(0);
  const facts = JSON.parse(stdout);
  expect(facts.input).toMatchObject({ rows: rows.length, cols: rows[0].length });
  expect(facts.head).toEqual(rows);
  if (ids) expect(facts.ids).toEqual(ids);
});

test('the same numbers in each format give the same labels', async () => {
  const labels: string[] = [];
  for (const [i, [file, ...flags]] of [
    ['numpy.npz', '--array', 'X'],
    ['scipy.npz'],
    ['anndata-sparse.h5ad'],
    ['anndata-dense.h5ad', '--dataset', 'X'],
  ].entries()) {
    const out = `labels${i}.csv`;
    const { code } = await place.run('cluster', fixture(file), ...flags, '--clusters', 3, '--out', out);
    expect(code).toBe(0);
    labels.push(readFileSync(`${place.folder}/${out}`, 'utf8').replace(/^.*\n/, ''));
  }
  const last = (text: string) => text.split('\n').map((line) => line.split(',').at(-1));
  expect(labels.map(last)).toEqual(labels.map(() => last(labels[0])));
});

test('what is missing is named in words of the command line', async () => {
  const { code, stderr } = await place.run('info', fixture('numpy.npz'));
  expect(code).toBeGreaterThan(0);
  expect(stderr).toMatch(
    /--array: .*numpy\.npz has 4 arrays; choose one of "X" \(40, 12\) <f4, "y" \(40,\) <i8/,
  );
});

test('--table takes a workbook, with the text of its cells', async () => {
  const lines = [
    ['Name', 'note', 'x', 'when'],
    ...Array.from({ length: 6 }, (_, i) => [
      `p ${i}`,
      i === 2 ? 'a, "b"' : '007',
      10 * (i % 2) + i / 8,
      '=1+1',
    ]),
  ];
  place.put('table.xlsx', book(lines.map((values, i) => row(i + 1, ...values)).join('')));
  const read = ['--columns', 'x', '--id-column', 'Name'];
  const ran = await place.run('cluster', 'table.xlsx', ...read, '--clusters', 2, '--table', 'table.csv');
  expect(ran.code, ran.stderr).toBe(0);
  const written = readFileSync(place.path('table.csv'), 'utf8').trim().split('\n');
  expect(written[0]).toBe('Name,note,x,when,cluster,distance,representative');
  for (const [i, line] of written.slice(1).entries()) {
    const note = i === 2 ? '"a, ""b"""' : '007';
    expect(line.startsWith(`p ${i},${note},${10 * (i % 2) + i / 8},=1+1,`), line).toBe(true);
  }
  expect(written).toHaveLength(7);
});

test('names of cells and genes reach labels, tables and descriptions', async () => {
  const file = fixture('anndata-sparse.h5ad');
  const made = await place.run(
    ...['cluster', file, '--clusters', 2, '--out', 'cells.csv', '--table', 'cells-table.csv'],
  );
  expect(made.code).toBe(0);
  const linesOf = (name: string) => readFileSync(place.path(name), 'utf8').trim().split('\n');
  const labels = linesOf('cells.csv').map((line) => line.split(',')[0]);
  expect(labels).toEqual(['_index', ...cells.names]);
  const [head, first] = linesOf('cells-table.csv');
  expect(head.split(',').slice(0, 13)).toEqual(['_index', ...cells.genes]);
  expect(first.split(',')[0]).toBe(cells.names[0]);
  const { code, stdout } = await place.run('describe', file, '--labels', 'cells.csv', '--json');
  expect(code).toBe(0);
  for (const { representativeName, columns } of JSON.parse(stdout).clusters) {
    expect(cells.names).toContain(representativeName);
    for (const { name } of columns) expect(cells.genes).toContain(name);
  }
});
