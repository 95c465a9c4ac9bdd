/** `coppice heatmap`: from a table to a picture. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { heatmap, linkage } from '../../src/index.ts';
import { workplace } from './help.ts';

const { run, put, path, files } = workplace();

const ROWS = [
  ['r1', 'liver', 1, 2, 9],
  ['r2', 'skin', 8, 1, 2],
  ['r3', 'liver', 2, 2, 8],
  ['r4', 'skin', 9, 2, 1],
];
const TABLE = `name,tissue,x,y,z\n${ROWS.map((row) => row.join(',')).join('\n')}\n`;
const X = ROWS.map((row) => row.slice(2) as number[]);

describe('coppice heatmap', { timeout: 60_000 }, () => {
  test('draws the picture of heatmap, with the names of the table, and writes the trees', async () => {
    put('table.csv', TABLE);
    const { code, stdout } = await run(
      ...['heatmap', 'table.csv', '--out', 'map.svg', '--scale', 'zscore', '--title', 'T', '--json'],
      ...['--row-linkage', 'rows.npy', '--col-linkage', 'cols.npy', '--row-clusters', 2],
    );
    expect(code).toBe(0);
    const map = await heatmap(X, {
      zScore: 'columns',
      title: 'T',
      rowClusters: 2,
      rowLabels: ['r1', 'r2', 'r3', 'r4'],
      colLabels: ['x', 'y', 'z'],
    });
    expect(readFileSync(path('map.svg'), 'utf8')).toBe(map.svg);
    expect(JSON.parse(stdout)).toMatchObject({
      command: 'heatmap',
      method: 'average',
      metric: 'euclidean',
      rowOrder: Array.from(map.rowOrder),
      colOrder: Array.from(map.colOrder),
    });
    const written = readFileSync(path('rows.npy'));
    const tail = new Float64Array(new Uint8Array(written.subarray(-96)).buffer);
    expect(tail).toEqual(map.rowTree);
    expect(readFileSync(path('cols.npy')).length).toBeGreaterThan(64);
  });

  test('shows columns of the table, and a table of the columns, as strips', async () => {
    put('table.csv', TABLE);
    put('samples.csv', 'sample,batch,age\nz,b2,30.5\nx,b1,20\ny,,41\n');
    const args = [
      'heatmap',
      'table.csv',
      '--row-strips',
      'tissue',
      '--col-strips',
      'samples.csv',
      '--out',
      'strips.svg',
    ];
    expect(await run(...args, '--no-row-tree')).toMatchObject({ code: 0 });
    const svg = readFileSync(path('strips.svg'), 'utf8');
    expect(svg).toContain('<title>r1: tissue liver</title>');
    expect(svg).toContain('<title>x: batch b1</title>');
    expect(svg).toContain('<title>z: age 30.5</title>');
    expect(svg).not.toContain('class="row-tree"');
    // A column of numbers that is a strip is not clustered.
    expect((await run('heatmap', 'table.csv', '--row-strips', 'z', '--out', 'z.svg')).code).toBe(0);
    const tree = await linkage(
      X.map((row) => row.slice(0, 2)),
      { method: 'average' },
    );
    const { svg: wanted } = await heatmap(
      X.map((row) => row.slice(0, 2)),
      {
        rowTree: tree,
        rowLabels: ['r1', 'r2', 'r3', 'r4'],
        colLabels: ['x', 'y'],
        rowStrips: [{ name: 'z', values: ['9', '2', '8', '1'] }],
      },
    );
    expect(readFileSync(path('z.svg'), 'utf8')).toBe(wanted);
  });

  test('missing cells are refused, or shown as such', async () => {
    put('holes.csv', TABLE.replace('8,1,2', '8,NA,2'));
    const refused = await run('heatmap', 'holes.csv', '--out', 'no.svg');
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('is a missing value')]);
    expect(files()).not.toContain('no.svg');
    const kept = await run('heatmap', 'holes.csv', '--missing', 'keep', '--log2', '--out', 'holes.svg');
    expect([kept.code, kept.stderr]).toEqual([
      0,
      expect.stringContaining('1 missing cells are drawn as such'),
    ]);
    expect(readFileSync(path('holes.svg'), 'utf8')).toContain('<title>r2, y: missing</title>');
  });

  test.each([
    [['--out', 'no.pdf'], /--out must name a \.svg or a \.png file/],
    [['--out', 'no.svg', '--scale', 'zscore', '--scale-rows'], /--scale-rows/],
    [['--out', 'no.svg', '--limits', '3,1'], /first number must be less/],
    [['--out', 'no.svg', '--center', 'x'], /must be a number/],
    [['--out', 'no.svg', '--no-row-tree', '--row-clusters', '2'], /--row-clusters needs the tree/],
    [['--out', 'no.svg', '--method', 'ward', '--metric', 'cityblock'], /ward/],
    [['--out', 'no.svg', '--row-strips', 'tissue', '--transpose'], /--row-strips/],
  ])('%j is refused', async (args, message) => {
    put('table.csv', TABLE);
    const { code, stderr } = await run('heatmap', 'table.csv', ...args);
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
    expect(files()).not.toContain('no.svg');
  });

  test('a scale that does not exist, and a strip without a column, are refused', async () => {
    put('table.csv', TABLE);
    put('samples.csv', 'sample,batch\nx,b1\ny,b2\n');
    const scale = await run('heatmap', 'table.csv', '--out', 'no.svg', '--colors', 'jet');
    expect([scale.code, scale.stderr]).toEqual([2, expect.stringContaining('viridis')]);
    const strip = await run('heatmap', 'table.csv', '--out', 'no.svg', '--col-strips', 'samples.csv');
    expect([strip.code, strip.stderr]).toEqual([
      1,
      expect.stringContaining('samples.csv: has no line for the column "z"'),
    ]);
  });
});
