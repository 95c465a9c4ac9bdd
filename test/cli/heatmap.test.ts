/** `coppice heatmap`: from a table to a picture. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { heatmap, linkage } from '../../src/index.ts';
import { log1p, log2p1 } from '../../src/support/numbers/logarithm.ts';
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

  test('strips are those of the rows and columns that are drawn', async () => {
    put('holes.csv', TABLE.replace('r2,skin,8', 'r2,fin,NA'));
    const args = ['heatmap', 'holes.csv', '--row-strips', 'tissue', '--missing'];
    expect(await run(...args, 'drop-rows', '--out', 'rows.svg')).toMatchObject({ code: 0 });
    const svg = readFileSync(path('rows.svg'), 'utf8');
    for (const name of ['r1', 'r3']) expect(svg).toContain(`<title>${name}: tissue liver</title>`);
    expect(svg).toContain('<title>r4: tissue skin</title>');
    expect(svg).not.toContain('tissue fin');

    // Columns without names keep their numbers.
    put('bare.csv', '1,2,9\n8,NA,2\n2,2,8\n');
    put('samples.csv', 'sample,batch\n0,b0\n1,b1\n2,b2\n');
    const bare = ['heatmap', 'bare.csv', '--missing', 'drop-columns', '--col-strips', 'samples.csv'];
    expect(await run(...bare, '--out', 'cols.svg')).toMatchObject({ code: 0 });
    const columns = readFileSync(path('cols.svg'), 'utf8');
    expect(columns).toContain('<title>2: batch b2</title>');
    expect(columns).not.toContain('batch b1');

    // A strip of numbers, beside a column that is left out.
    const both = await run(
      ...['heatmap', 'holes.csv', '--row-strips', 'z', '--missing', 'drop-columns', '--out', 'z.svg'],
    );
    expect(both.code).toBe(0);
    const { svg: wanted } = await heatmap(
      X.map((row) => [row[1]]),
      {
        rowLabels: ['r1', 'r2', 'r3', 'r4'],
        colLabels: ['y'],
        rowStrips: [{ name: 'z', values: ['9', '2', '8', '1'] }],
      },
    );
    expect(readFileSync(path('z.svg'), 'utf8')).toBe(wanted);
  });

  test('logarithms: an error names row and column of the file', async () => {
    put('signs.csv', 'name,x,y\na,NA,2\nb,1,2\nc,3,-4\n');
    for (const more of [[], ['--transpose']]) {
      const { code, stderr } = await run(
        ...['heatmap', 'signs.csv', '--missing', 'drop-rows', '--log2', '--out', 'no.svg', ...more],
      );
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(
          /signs\.csv: row 2 .*has -4 in column 1 \("y"\); log2\(x \+ 1\) takes numbers from 0/,
        ),
      ]);
    }
    // Also in a row with a missing value that is drawn as such.
    put('signs.csv', 'name,x,y\na,NA,-2\nb,1,2\nc,3,4\n');
    const kept = await run('heatmap', 'signs.csv', '--missing', 'keep', '--log1p', '--out', 'no.svg');
    expect(kept.stderr).toMatch(/row 0 .*has -2 in column 1 \("y"\)/);
  });

  test.each(['--log2', '--log1p'])('%s: each number gets its logarithm, to the last bit', async (flag) => {
    const rows = [
      [0, 0.1, 1e9],
      [3, Number.NaN, 0.7],
      [1e-12, 5, 1023],
    ];
    put(
      'some.csv',
      `x,y,z\n${rows.map((row) => row.map((x) => (Number.isNaN(x) ? 'NA' : x)).join(',')).join('\n')}\n`,
    );
    const logarithm = flag === '--log2' ? log2p1 : log1p;
    const taken = rows.map((row) => row.map((x) => (Number.isNaN(x) ? x : logarithm(x))));
    const turned = taken[0].map((_, j) => taken.map((row) => row[j]));
    for (const [more, X, labels] of [
      [[], taken, { colLabels: ['x', 'y', 'z'] }],
      [['--transpose'], turned, { rowLabels: ['x', 'y', 'z'] }],
    ] as const) {
      const trees = ['--row-linkage', 'rows.npy', '--out', 'some.svg'];
      const { code } = await run('heatmap', 'some.csv', flag, '--missing', 'keep', ...trees, ...more);
      expect(code).toBe(0);
      const wanted = await heatmap(X, { missing: 'mean', ...labels });
      expect(readFileSync(path('some.svg'), 'utf8')).toBe(wanted.svg);
      const tail = readFileSync(path('rows.npy')).subarray(-64);
      expect(new Float64Array(new Uint8Array(tail).buffer)).toEqual(wanted.rowTree);
    }
  });

  test('strips of numbers with a decimal comma are numbers', async () => {
    put('comma.csv', 'name;age;x;y\na;30,5;1,5;2\nb;1.041,25;2,5;3\nc;;8,5;1\n');
    put('samples.csv', 'sample;dose\nx;0,5\ny;2,5\n');
    const { code } = await run(
      ...['heatmap', 'comma.csv', '--row-strips', 'age', '--col-strips', 'samples.csv', '--out', 'comma.svg'],
      ...['--thousands', '.', '--decimal', ','],
    );
    expect(code).toBe(0);
    const { svg } = await heatmap(
      [
        [1.5, 2],
        [2.5, 3],
        [8.5, 1],
      ],
      {
        rowLabels: ['a', 'b', 'c'],
        colLabels: ['x', 'y'],
        rowStrips: [{ name: 'age', values: [30.5, 1041.25, null], kind: 'numbers' }],
        colStrips: [{ name: 'dose', values: [0.5, 2.5], kind: 'numbers' }],
      },
    );
    expect(readFileSync(path('comma.svg'), 'utf8')).toBe(svg);
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
