/** Preparing rows on the command line: what is found, what the model keeps, and what is refused. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { linkage, Model } from '../../src/index.ts';
import { open, prepare, readMatrix, transpose } from '../../src/sources/index.ts';
import { Random } from '../../src/support/numbers/random.ts';
import { workplace } from './help.ts';

const { run, put, path } = workplace();

/** Two groups that the last two columns separate: the first has numbers ten thousand times as large. */
const random = new Random(3);
const lines = Array.from({ length: 60 }, (_, i) => {
  const [cells, crp] = [3000 + 9000 * random.float(), (i % 2) + 0.1 * random.float()];
  return `p${i},${cells.toFixed(0)},${((i % 2) + 0.2 * random.float()).toFixed(2)},${crp.toFixed(3)}`;
});
put('t.csv', `patient,leukocytes,il6,crp\n${lines.join('\n')}\n`);
const READ = ['t.csv', '--id-column', 'patient'];

/** The clusters of a file of labels, by name. */
function labelsOf(file: string): string[][] {
  const [, ...rows] = readFileSync(path(file), 'utf8').trim().split('\n');
  return rows.map((row) => row.split(','));
}
const separated = (labels: string[][]) =>
  labels.every(([name, label]) => label === labels[Number(name.slice(1)) % 2][1]) &&
  labels[0][1] !== labels[1][1];

describe('preparing', () => {
  test('without it a warning says which column dominates; with it the groups are found', async () => {
    const raw = await run('cluster', ...READ, '--clusters', 2, '--out', 'raw.csv');
    expect(raw.code).toBe(0);
    expect(raw.stderr).toContain('column "leukocytes" has 99.9 % of the variance of all columns');
    expect(raw.stderr).toContain('scale them (--scale zscore)');
    expect(separated(labelsOf('raw.csv'))).toBe(false);
    const out = ['--model', 'm.safetensors', '--out', 'a.csv', '--json'];
    const scaled = await run('cluster', ...READ, '--clusters', 2, '--scale', 'zscore', ...out);
    expect([scaled.code, scaled.stderr]).toEqual([0, '']);
    expect(separated(labelsOf('a.csv'))).toBe(true);
    expect(JSON.parse(scaled.stdout)).toMatchObject({ input: { prepared: ['zscore'] }, warnings: [] });
    const model = Model.load(readFileSync(path('m.safetensors')));
    const source = await open(path('t.csv'), { idColumn: 'patient' });
    expect(model.preparation).toEqual((await prepare(source, { scale: 'zscore' })).preparation);
    const again = await run('assign', ...READ, '--model', 'm.safetensors', '--out', 'b.csv', '--json');
    expect([again.code, again.stderr]).toEqual([0, '']);
    expect(labelsOf('b.csv')).toEqual(labelsOf('a.csv'));
    expect(JSON.parse(again.stdout)).toMatchObject({ model: { prepared: ['zscore'] } });
  });

  test('kmeans, linkage and batches take the same options', async () => {
    const steps = ['--log2', '--scale', 'minmax', '--weights', 'crp=3,0=0.5'];
    const options = { log2: true, scale: 'minmax', weights: { crp: 3, 0: 0.5 } } as const;
    const table = await prepare(await open(path('t.csv'), { idColumn: 'patient' }), options);
    const found = await run(
      'kmeans',
      ...READ,
      '--k',
      2,
      ...steps,
      '--model',
      'k.safetensors',
      '--out',
      'k.csv',
    );
    expect([found.code, found.stderr]).toEqual([0, '']);
    expect(found.stdout).toContain('prepared: log2(x + 1), columns from 0 to 1, weights of columns');
    expect(Model.load(readFileSync(path('k.safetensors'))).preparation).toEqual(table.preparation);
    expect(separated(labelsOf('k.csv'))).toBe(true);
    const tree = await run('linkage', ...READ, '--method', 'ward', ...steps, '--out', 'Z.npy');
    expect([tree.code, tree.stderr]).toEqual([0, '']);
    const Z = await linkage(await readMatrix(table), { method: 'ward' });
    expect((await readMatrix(await open(path('Z.npy')))).data).toEqual(Z);
    const batches = await run(
      'batch',
      'run',
      ...READ,
      '--clusters',
      2,
      '--cluster-size',
      0,
      ...steps,
      '--out',
      'b2.csv',
    );
    expect([batches.code, batches.stderr]).toEqual([0, '']);
    expect(separated(labelsOf('b2.csv'))).toBe(true);
    const planned = await run('plan', ...READ, '--clusters', 2, ...steps);
    expect([planned.code, planned.stderr]).toEqual([0, '']);
  });

  test('--transpose clusters the columns, by their names', async () => {
    const args = [...READ, '--transpose', '--scale-rows', '--clusters', 2, '--out', 'c.csv', '--json'];
    const { code, stdout, stderr } = await run('cluster', ...args);
    expect([code, stderr]).toEqual([0, '']);
    expect(labelsOf('c.csv').map(([name]) => name)).toEqual(['leukocytes', 'il6', 'crp']);
    const facts = JSON.parse(stdout);
    expect(facts).toMatchObject({
      rows: 3,
      input: { rows: 3, cols: 60, transposed: true, prepared: ['rows'] },
    });
    expect(facts.clusters[0].leaderNames).toHaveLength(1);
    const tree = ['--transpose', '--scale-rows', '--out', 'Zt.npy', '--names', 'names.txt'];
    expect((await run('linkage', ...READ, ...tree)).code).toBe(0);
    expect(readFileSync(path('names.txt'), 'utf8')).toBe('leukocytes\nil6\ncrp\n');
    const table = await transpose(await open(path('t.csv'), { idColumn: 'patient' }));
    const Z = await linkage(await readMatrix(await prepare(table, { rows: 'zscore' })), { method: 'single' });
    expect((await readMatrix(await open(path('Zt.npy')))).data).toEqual(Z);
    const planned = await run('plan', ...READ, '--transpose', '--clusters', 2, '--json');
    expect(JSON.parse(planned.stdout)).toMatchObject({ rows: 3, sample: 3 });
    const limited = await run('cluster', ...READ, '--transpose', '--clusters', 2, '--memory', '1kB');
    expect(limited.code).toBe(1);
  });

  test.each([
    [['--log2', '--log1p'], 2, "'--log2' cannot be used with option '--log1p'"],
    [['--center', '--scale', 'minmax'], 2, "center and scale: 'minmax' exclude each other"],
    [['--scale', 'robust'], 2, 'Allowed choices are zscore, minmax'],
    [['--weights', 'crp'], 2, 'It must be a list of columns and weights from 0, such as age=2,weight=0.5'],
    [['--weights', 'crp=-1'], 2, 'It must be a list of columns and weights from 0'],
    [['--weights', 'crp=1,crp=2'], 2, 'crp is listed twice'],
    [['--weights', 'cpr=2'], 1, 'has no column "cpr"; did you mean "crp"?'],
    [['--unit', '--metric', 'rmsd'], 2, '--metric rmsd compares positions of atoms'],
  ])('%s', async (args, exit, message) => {
    const { code, stderr } = await run('cluster', ...READ, '--clusters', 2, ...args);
    expect([code, stderr]).toEqual([exit, expect.stringContaining(message)]);
  });

  test('a negative number under --log2 is named by row and column, or its row is skipped', async () => {
    put('n.csv', 'x,y\n1,2\n3,-4\n5,6\n7,8\n');
    const args = ['cluster', 'n.csv', '--clusters', 2, '--log2'];
    const { code, stderr } = await run(...args);
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('n.csv: row 1 has -4 in column 1 ("y"); log2(x + 1)'),
    ]);
    const skipped = await run(...args, '--on-bad-row', 'skip', '--json');
    expect(JSON.parse(skipped.stdout)).toMatchObject({ rows: 4, skipped: 1 });
  });
});
