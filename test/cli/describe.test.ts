import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { workplace } from './help.ts';

const { run, put, path, files } = workplace();

/** Two groups that only `width` separates, with names and colours. */
const TABLE = [
  'name,length,width,colour',
  ...['a,1,10,red', 'b,2,11,red', 'c,3,12,blue', 'd,1,90,blue', 'e,2,91,blue', 'f,3,95,blue'],
].join('\n');

describe('describe', () => {
  test('clusters from a file: columns, representatives, categories, silhouettes, a table', async () => {
    put('table.csv', TABLE);
    put('labels.csv', 'row,cluster\n0,1\n1,1\n2,1\n3,2\n4,2\n5,2\n');
    const args = [
      'describe',
      'table.csv',
      '--labels',
      'labels.csv',
      '--against',
      'colour',
      '--silhouettes',
      6,
    ];
    const { code, stdout, stderr } = await run(...args, '--top', 1, '--out', 'columns.csv');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('Cluster 1: 3 rows, 50.0 %; nearest to its mean: b; silhouette 0.98');
    expect(stdout).toMatch(/width +11 +1 +92 +2\.646 +-40\.50\n/);
    expect(stdout).not.toContain('length');
    expect(stdout).toContain('Clusters by colour, adjusted Rand index 0.324');
    expect(readFileSync(path('columns.csv'), 'utf8').split('\n')).toEqual([
      'cluster,rows,column,mean,spread,other_mean,other_spread,effect',
      '1,3,width,11,1,92,2.6457513110645907,-40.5',
      '1,3,length,2,1,2,1,0',
      '2,3,width,92,2.6457513110645907,11,1,40.5',
      '2,3,length,2,1,2,1,0',
      '',
    ]);
    const json = JSON.parse((await run(...args, '--json')).stdout);
    expect(json.clusters[1]).toMatchObject({ cluster: 2, rows: 3, share: 0.5, representativeName: 'e' });
    expect(json.tables).toMatchObject([
      { column: 'colour', clusters: [1, 2], categories: ['blue', 'red'], left: 0 },
    ]);
    expect(json.tables[0].counts).toEqual([
      [1, 2],
      [3, 0],
    ]);
  });

  test('a column of the table as clusters', async () => {
    put('table.csv', TABLE);
    const { code, stdout } = await run('describe', 'table.csv', '--by', 'colour');
    expect(code).toBe(0);
    expect(stdout).toContain('Cluster blue: 4 rows, 66.7 %');
    expect(stdout).toContain('Cluster red: 2 rows, 33.3 %');
  });

  test('the columns that --table adds are no data', async () => {
    const rows = Array.from({ length: 8 }, (_, i) => `${i},${i < 4 ? i : 90 + i}`);
    put('plain.csv', `length,width\n${rows.join('\n')}\n`);
    expect((await run('cluster', 'plain.csv', '--clusters', 2, '--table', 'done.csv')).code).toBe(0);
    const note = (names: string) =>
      `done.csv: columns ${names} are left out, since they are the results of an earlier run; ` +
      'to keep them, choose them with --columns';
    const by = await run('describe', 'done.csv', '--by', 'cluster', '--json');
    const top = ({ stdout }: typeof by) =>
      JSON.parse(stdout).clusters[0].columns.map(({ name }: { name: string }) => name);
    expect(top(by)).toEqual(['width', 'length']);
    const notes = ({ stdout }: typeof by) =>
      JSON.parse(stdout).warnings.map(({ message }: { message: string }) => message);
    expect(notes(by)).toEqual([note('"distance", "representative"')]);
    const labelled = await run('describe', 'done.csv', '--labels', 'done.csv', '--json');
    expect(top(labelled)).toEqual(['width', 'length']);
    expect(notes(labelled)).toEqual([note('"cluster", "distance", "representative"')]);
    // Clustered once more, the table has the three columns twice.
    expect((await run('cluster', 'done.csv', '--clusters', 2, '--table', 'again.csv')).code).toBe(0);
    expect(top(await run('describe', 'again.csv', '--by', 'cluster_2', '--json'))).toEqual([
      'width',
      'length',
    ]);
    const asked = await run('describe', 'done.csv', '--by', 'cluster', '--columns', 'distance', '--json');
    expect([top(asked), notes(asked)]).toEqual([['distance'], []]);
    // Only as written: at the end, in this order.
    put('own.csv', `distance,representative,width\n${rows.map((row) => `${row},1`).join('\n')}\n`);
    const own = await run('describe', 'own.csv', '--labels', 'done.csv', '--json');
    expect(top(own)).toHaveLength(3);
  });

  test('a column that does not exist is told with the option that was given', async () => {
    put('table.csv', TABLE);
    put('labels.csv', 'row,cluster\n0,1\n1,1\n2,1\n3,2\n4,2\n5,2\n');
    const labels = ['--labels', 'labels.csv'];
    expect((await run('describe', 'table.csv', ...labels, '--against', 'q')).stderr).toMatch(
      /^coppice: --against: /,
    );
    expect((await run('describe', 'table.csv', '--by', 'q')).stderr).toMatch(/^coppice: --by: /);
    const strips = await run('heatmap', 'table.csv', '--row-strips', 'q', '--out', 'map.svg');
    expect(strips.stderr).toMatch(/^coppice: --row-strips: table.csv has no column "q"/);
  });

  test('rows without a cluster, and bad rows, are told', async () => {
    put('table.csv', 'x,y\n1,1\n2,nothing\n3,3\n4,4');
    put('labels.csv', 'row,cluster\n0,1\n1,1\n2,2\n3,-1\n');
    const { stdout } = await run(
      ...['describe', 'table.csv', '--labels', 'labels.csv', '--columns', 'x,y', '--on-bad-row', 'skip'],
    );
    expect(stdout).toMatch(/No cluster +1 row\n/);
    expect(stdout).toMatch(/Skipped +1 row with/);
  });

  test('errors name what to do, and leave no file', async () => {
    put('table.csv', TABLE);
    put('labels.csv', 'row,cluster\n0,1\n1,1\n');
    const failing = async (...args: string[]) => {
      const { code, stderr } = await run('describe', 'table.csv', ...args);
      expect(code).not.toBe(0);
      return stderr;
    };
    expect(await failing()).toContain('--labels labels.csv, or as a column of the table, --by species');
    expect(await failing('--labels', 'labels.csv', '--out', 'none.csv')).toContain(
      'table.csv has more than 2 rows, and there are 2 labels',
    );
    expect(await failing('--by', 'color')).toContain('--by: table.csv has no column "color"');
    expect(await failing('--by', 'colour', '--out', 'columns.txt')).toContain('--out must name a .csv file');
    expect(await failing('--labels', 'table.csv')).toContain("the column 'cluster' of a table");
    expect(files()).not.toContain('none.csv');
  });

  test('--none and negative labels of a column are what it calls them', async () => {
    put('by.csv', 'x,cl\n1,1\n2,1\n3,2\n4,2\n5,3\n6,3\n7,-1\n');
    const clustersOf = async (...more: string[]) => {
      const { stdout } = await run('describe', 'by.csv', '--by', 'cl', '--columns', 'x', '--json', ...more);
      const { clusters, unclustered } = JSON.parse(stdout);
      return [clusters.map(({ name }: { name: string }) => name), unclustered];
    };
    expect(await clustersOf()).toEqual([['1', '2', '3'], 1]);
    expect(await clustersOf('--none', '1')).toEqual([['2', '3'], 3]);
    expect(await clustersOf('--none', '3')).toEqual([['1', '2'], 3]);
  });
});

test('the tables and labels that Coppice writes are read where rows were skipped', async () => {
  put('gaps.csv', 'name,x,y\na,1,1\nb,,2\nc,1,2\nd,9,9\ne,9,8\n');
  const reading = ['--columns', 'x,y', '--missing', 'drop-rows'];
  const outputs = ['--table', 'gaps-table.csv', '--out', 'gaps-labels.csv'];
  expect((await run('cluster', 'gaps.csv', ...reading, '--clusters', 2, ...outputs)).code).toBe(0);
  for (const labels of ['gaps-table.csv', 'gaps-labels.csv']) {
    const { stdout, stderr, code } = await run(
      ...['describe', 'gaps.csv', ...reading, '--labels', labels, '--against', 'name', '--json'],
    );
    expect([code, labels, stderr]).toEqual([0, labels, expect.not.stringContaining('label is')]);
    const { clusters, tables } = JSON.parse(stdout);
    expect(clusters.map(({ cluster, rows }: Record<string, number>) => [cluster, rows])).toEqual([
      [1, 2],
      [2, 2],
    ]);
    expect(tables[0].clusters).toEqual([1, 2]);
  }
});
