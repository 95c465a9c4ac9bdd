/** --join on the command line: the columns of several tables, in every command that reads a table. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { linkage } from '../../src/index.ts';
import { join, open, readMatrix } from '../../src/sources/index.ts';
import { workplace } from './help.ts';

const { run, put, path } = workplace();

/** Two groups that only the second table separates; its rows are in another order. */
const names = Array.from({ length: 24 }, (_, i) => `p${i}`);
put(
  'rna.csv',
  `patient,x,y\n${names.map((name, i) => `${name},${(i * 7) % 5},${(i * 3) % 4}`).join('\n')}\n`,
);
const protein = names.map((name, i) => `${name}\t${100 * (i % 2) + (i % 3)}\tsite${i % 2}`);
put('protein.tsv', `sample\tz\tsite\n${[...protein].reverse().join('\n')}\n`);
put(
  'fewer.csv',
  `patient,w\n${names
    .slice(2)
    .map((name, i) => `${name},${i % 4}`)
    .join('\n')}\n`,
);
const JOINED = ['rna.csv', '--join', 'protein.tsv'];

function fieldsOf(file: string): string[][] {
  return readFileSync(path(file), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(','));
}

describe('--join', () => {
  test('info shows the columns of all tables', async () => {
    const { code, stdout, stderr } = await run('info', ...JOINED, '--json');
    expect(code, stderr).toBe(0);
    const facts = JSON.parse(stdout);
    expect(facts.input).toMatchObject({ rows: 24, cols: 3, joined: ['rna.csv', 'protein.tsv'] });
    const roles = facts.columnFacts.map(
      ({ name, role, read }: { name: string; role: string; read: boolean }) => [...[name, role, read]],
    );
    expect(roles).toEqual([
      ['patient', 'name', false],
      ['x', 'count', true],
      ['y', 'count', true],
      ['sample', 'name', false],
      ['z', 'count', true],
      ['site', 'category', false],
    ]);
    const text = await run('info', ...JOINED);
    expect(text.stdout).toContain('rna.csv joined with protein.tsv');
    expect(text.stdout).toContain('3: x, y, z');
  });

  test('cluster, kmeans and assign cluster rows of all columns; --table and names are those of INPUT', async () => {
    const out = ['--out', 'labels.csv', '--table', 'table.csv', '--model', 'm.safetensors'];
    const ran = await run('cluster', ...JOINED, '--clusters', 2, ...out, '--json');
    expect(ran.code, ran.stderr).toBe(0);
    const [head, ...rows] = fieldsOf('labels.csv');
    expect(head.slice(0, 2)).toEqual(['patient', 'cluster']);
    expect(rows.map(([name]) => name)).toEqual(names);
    expect(rows.every(([, label], i) => label === rows[i % 2][1]) && rows[0][1] !== rows[1][1]).toBe(true);
    const [heading, ...lines] = fieldsOf('table.csv');
    expect(heading).toEqual(['patient', 'x', 'y', 'cluster', 'distance', 'representative']);
    expect(lines.map((line) => line[3])).toEqual(rows.map(([, label]) => label));
    const again = await run('assign', ...JOINED, '--model', 'm.safetensors', '--out', 'again.csv');
    expect(again.code, again.stderr).toBe(0);
    expect(fieldsOf('again.csv').map((row) => row.slice(0, 2))).toEqual(
      fieldsOf('labels.csv').map((row) => row.slice(0, 2)),
    );
    const means = await run('kmeans', ...JOINED, '--k', 2, '--json');
    expect(JSON.parse(means.stdout).input).toMatchObject({ cols: 3 });
  });

  test('linkage, heatmap, plan and describe take it too', async () => {
    const tree = await run('linkage', ...JOINED, '--method', 'average', '--out', 'Z.npy', '--json');
    expect(tree.code, tree.stderr).toBe(0);
    const sources = [
      await open(path('rna.csv')),
      await open(path('protein.tsv'), { onWarning: () => {} }),
    ] as const;
    const expected = await linkage(await readMatrix(await join(sources)), { method: 'average' });
    expect(Array.from((await readMatrix(await open(path('Z.npy')))).data)).toEqual(Array.from(expected));
    const map = await run('heatmap', ...JOINED, '--out', 'map.svg', '--json');
    expect(map.code, map.stderr).toBe(0);
    expect(JSON.parse(map.stdout).colOrder).toHaveLength(3);
    const plan = await run('plan', ...JOINED, '--clusters', 2, '--json');
    expect(JSON.parse(plan.stdout).input).toMatchObject({ cols: 3, rows: 24 });
    await run('cluster', ...JOINED, '--clusters', 2, '--out', 'labels.npy');
    const described = await run('describe', ...JOINED, '--labels', 'labels.npy', '--json');
    expect(described.code, described.stderr).toBe(0);
    expect(described.stdout).toContain('"z"');
  });

  test('rows that a table lacks are refused with the line that skips them', async () => {
    const refused = await run('cluster', 'rna.csv', '--join', 'fewer.csv', '--clusters', 2);
    expect([refused.code, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toContain(
      'fewer.csv: lacks 2 rows ("p0", "p1") of rna.csv; --join-how inner takes the rows of all tables',
    );
    const inner = ['--join', 'fewer.csv', '--join-how', 'inner'];
    const ran = await run(
      'cluster',
      'rna.csv',
      ...inner,
      '--clusters',
      2,
      '--out',
      'inner.csv',
      '--table',
      'inner-table.csv',
    );
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.stderr).toContain('only rows that all tables have are joined: fewer.csv lacks 2 rows');
    expect(
      fieldsOf('inner-table.csv')
        .slice(1, 4)
        .map((row) => row[3] === ''),
    ).toEqual([true, true, false]);
  });

  test('bad input names the file, and outputs may not overwrite a joined table', async () => {
    const cases: [args: (string | number)[], code: number, message: string][] = [
      [['rna.csv', '--join', 'none.csv', '--clusters', 2], 1, 'none.csv'],
      [['rna.csv', '--join', '-', '--clusters', 2], 2, 'standard input cannot be used'],
      [['rna.csv', '--join-how', 'inner', '--clusters', 2], 2, '--join-how needs --join'],
      [['rna.csv', '--join-id', 'sample', '--clusters', 2], 2, '--join-id needs --join'],
      [[...JOINED, '--id-column', 'patient', '--clusters', 2], 1, 'protein.tsv has no column "patient"'],
      [
        [...JOINED, '--clusters', 2, '--out', 'fewer.csv', '--join', 'fewer.csv', '--join-how', 'inner'],
        2,
        'fewer.csv',
      ],
      [[...JOINED, '--clusters', 2, '--memory', '1MB'], 1, 'MB'],
    ];
    for (const [args, code, message] of cases) {
      const ran = await run('cluster', ...args);
      expect(ran.stderr).toContain(message);
      expect(ran.code, ran.stderr).toBe(code);
    }
    const both = await run('info', ...JOINED, '--id-column', 'patient', '--join-id', 'sample', '--json');
    expect(both.code, both.stderr).toBe(0);
  });
});
