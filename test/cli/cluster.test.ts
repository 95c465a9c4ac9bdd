import { readFileSync } from 'node:fs';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, test } from 'vitest';
import { fixture, npy } from '../sources/help.ts';
import { BLOBS, readInt32Npy, TRAJECTORY, twoGroupsNpy, workplace } from './help.ts';

const { run, spawned, put, path, files } = workplace();

describe('the first command of the README', () => {
  const args = ['cluster', TRAJECTORY, '--clusters', 3, '--stride', 5, '--metric', 'rmsd'];

  test('writes labels, says what it found, and is silent on stderr', async () => {
    const { code, stdout, stderr } = await spawned(...args, '--out', 'first.npy');
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const labels = readInt32Npy(readFileSync(path('first.npy')));
    expect(labels).toHaveLength(4000);
    expect(new Set(labels)).toEqual(new Set([1, 2, 3]));
    expect(stdout).toContain('4,000 frames of 22 atoms');
    expect(stdout).toContain('800 frames, every 5th');
    expect(stdout).toContain('typical frames');
    expect(stdout).toContain('first.npy (16.1 kB)');
    // A pipe is no terminal: no bars, no escape codes.
    for (const terminal of ['\u001b', '█']) expect(stdout).not.toContain(terminal);
  });

  test.each(['xtc', 'trr', 'dcd', 'nc'])(
    'the same frames as %s and as NPY: the same labels',
    async (ending) => {
      const place = (name: string) => fixture(`traj-ala2${name}`);
      const how = ['--clusters', 3, '--stride', 2, '--metric', 'rmsd', '--threads', 1, '--out'];
      const first = await run('cluster', place(`.${ending}`), ...how, 'a.npy');
      expect([first.code, first.stderr]).toEqual([0, '']);
      expect(first.stdout).toContain(
        `25 frames of 22 atoms, float32 (${ending === 'nc' ? 'netcdf' : ending})`,
      );
      expect((await run('cluster', place(`-${ending}.npy`), ...how, 'b.npy')).code).toBe(0);
      expect(readFileSync(path('a.npy'))).toEqual(readFileSync(path('b.npy')));
    },
  );

  test('--json prints one object with everything in it', async () => {
    const { code, stdout, stderr } = await run(...args, '--json', '--leaders', 2);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.trimEnd()).not.toContain('\n');
    const facts = JSON.parse(stdout);
    expect(facts).toMatchObject({
      command: 'cluster',
      input: { format: 'hdf5', rows: 4000, cols: 66, dtype: 'f4' },
      rows: 4000,
      skipped: 0,
      sample: { rows: 800, strategy: 'stride', stride: 5 },
      method: 'ward',
      metric: 'rmsd',
      leaders: { count: 6, pick: 'medoid' },
      outputs: { labels: null, model: null, linkage: null },
      warnings: [],
    });
    expect(facts.clusters.map((c: { cluster: number }) => c.cluster)).toEqual([1, 2, 3]);
    expect(facts.clusters.reduce((n: number, c: { rows: number }) => n + c.rows, 0)).toBe(4000);
    for (const { share, leaders, meanDistance, maxDistance } of facts.clusters) {
      expect(share).toBeGreaterThan(0);
      expect(leaders).toHaveLength(2);
      for (const row of leaders) expect(row % 5).toBe(0);
      expect(meanDistance).toBeLessThan(maxDistance);
    }
    for (const phase of ['sample', 'distances', 'linkage', 'leaders', 'assign', 'total']) {
      expect(facts.seconds[phase]).toBeGreaterThanOrEqual(0);
    }
    expect(facts.peakBytes).toBeGreaterThan(1e7);
    expect(facts.bytes.peak).toBeLessThanOrEqual(facts.bytes.limit);
  });
});

describe('labels', () => {
  test('are the same as .npy, as .csv, at every chunk size, and by a saved model', async () => {
    put('groups.npy', twoGroupsNpy(501, 4));
    const args = ['groups.npy', '--clusters', 2, '--stride', 7];
    expect((await run('cluster', ...args, '--out', 'a.npy', '--model', 'a.safetensors')).code).toBe(0);
    expect((await run('cluster', ...args, '--out', 'a.csv', '--chunk-rows', 3)).code).toBe(0);
    expect((await run('assign', 'groups.npy', '--model', 'a.safetensors', '--out', 'b.npy')).code).toBe(0);

    const labels = readInt32Npy(readFileSync(path('a.npy')));
    expect(labels).toEqual(Array.from({ length: 501 }, (_, i) => (i % 2 === 0 ? labels[0] : labels[1])));
    const [head, ...lines] = readFileSync(path('a.csv'), 'utf8').trimEnd().split('\n');
    expect(head).toBe('row,cluster');
    expect(lines).toEqual(labels.map((label, row) => `${row},${label}`));
    expect(readInt32Npy(readFileSync(path('b.npy')))).toEqual(labels);
    expect(files().filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('carry the names of the rows and the distances, where asked for', async () => {
    put('names.csv', 'x;who\n0;ann\n0.5;"o""neil; jr"\n9;"x,y"\n10;eve\n');
    const args = ['names.csv', '--id-column', 'who', '--clusters', 2, '--chunk-rows', 3];
    const { code, stderr } = await run('cluster', ...args, '--out', 'names.out.csv', '--distances');
    expect([code, stderr]).toEqual([0, '']);
    const lines = readFileSync(path('names.out.csv'), 'utf8').trimEnd().split('\n');
    const [a, b] = [lines[1].split(',')[1], lines[4].split(',')[1]];
    expect(a).not.toBe(b);
    expect(lines).toEqual([
      'who,cluster,distance',
      `ann,${a},0`,
      `"o""neil; jr",${a},0.5`,
      `"x,y",${b},0`,
      `eve,${b},1`,
    ]);
  });

  test('of float32 distances read back as they were, and are short', async () => {
    put('f4.npy', npy('<f4', [4, 1], [0, 0.1, 5, 5.3]));
    await run('cluster', 'f4.npy', '--clusters', 2, '--out', 'f4.csv', '--distances');
    const distances = readFileSync(path('f4.csv'), 'utf8').trimEnd().split('\n').slice(1);
    expect(distances.map((line) => line.split(',')[2])).toEqual(['0', '0.1', '0', '0.3000002']);
  });

  test('of skipped rows are 0, which is said', async () => {
    put('nan.npy', npy('<f8', [6, 1], [0, 0.1, Number.NaN, 5, Number.POSITIVE_INFINITY, 5.1]));
    const { code, stdout, stderr } = await run(
      ...['cluster', 'nan.npy', '--clusters', 2, '--on-bad-row', 'skip', '--out', 'nan.csv', '--distances'],
    );
    expect(code).toBe(0);
    expect(stderr).toMatch(/^coppice: warning: nan\.npy: 2 rows skipped .*row 2.*\n$/);
    expect(stdout).toContain('2 rows with NaN or infinity, labelled 0');
    expect(readFileSync(path('nan.csv'), 'utf8').split('\n')[3]).toBe('2,0,');
  });

  test('count lines of text that were passed over, in the JSON too', async () => {
    put('ragged.csv', 'x,y\n0,0\n0,1\nbad\n9,9\n9,8\n');
    const { code, stdout, stderr } = await run(
      'cluster',
      ...['ragged.csv', '--clusters', 2, '--on-bad-row', 'skip', '--json'],
    );
    expect([code, stderr]).toEqual([0, '']);
    const facts = JSON.parse(stdout);
    expect(facts).toMatchObject({ rows: 5, skipped: 1, skippedLines: 1 });
    expect(facts.warnings[0].message).toMatch(/1 row skipped as bad; the first: ragged\.csv, line 4/);
  });
});

test('--linkage writes the tree of the sample', async () => {
  put('tree.npy', twoGroupsNpy(40, 3));
  const { code } = await run('cluster', 'tree.npy', '--clusters', 2, '--stride', 2, '--linkage', 'Z.npy');
  expect(code).toBe(0);
  const { stdout } = await run('info', 'Z.npy', '--json');
  expect(JSON.parse(stdout)).toMatchObject({ shape: [19, 4], descr: '<f8' });
});

describe('plan', () => {
  test('says what would be done and writes nothing', async () => {
    put('plan.npy', twoGroupsNpy(1000, 8));
    const before = files();
    const { code, stdout, stderr } = await run(
      'plan',
      'plan.npy',
      '--clusters',
      2,
      '--out',
      'not.npy',
      '--json',
    );
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({
      command: 'plan',
      rows: 1000,
      sample: 1000,
      stride: 1,
      pairs: 499_500,
    });
    const text = await run('plan', 'plan.npy', '--clusters', 2, '--memory', '1MB', '--out', 'not.npy');
    expect(text.stdout).toMatch(/Sample +\d+ rows, drawn at random/);
    expect(text.stdout).toContain('of 1 MB allowed');
    expect(files()).toEqual(before);
  });

  test('says which columns are read, and which are left out and why', async () => {
    const lines = Array.from(
      { length: 12 },
      (_, i) => `p${i},${i % 5},0.${i},site${i % 2},2023-01-${i + 10}`,
    );
    put('plan.csv', `patient,x,y,site,day\n${lines.join('\n')}\n`);
    const { code, stdout } = await run('plan', 'plan.csv', '--clusters', 2);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /\nColumns +2 read: x, y\nNames +column patient\nLeft out +site \(.+\), day \(.+\)\n/,
    );
    const json = JSON.parse((await run('plan', 'plan.csv', '--clusters', 2, '--json')).stdout);
    expect(json.columns).toMatchObject({
      read: ['x', 'y'],
      names: 'patient',
      leftOut: [
        { name: 'site', role: 'category' },
        { name: 'day', role: 'date' },
      ],
    });
    const chosen = await run('plan', 'plan.csv', '--clusters', 2, '--columns', 'y');
    expect(chosen.stdout).toMatch(/Columns +1 read: y\n/);
    expect(chosen.stdout).toContain('x (not chosen)');
    const facts = JSON.parse((await run('plan', 'plan.npy', '--clusters', 2, '--json')).stdout);
    expect(facts.columns).toBe(null);
  });

  test('refuses what would not fit and says what would', async () => {
    const { code, stderr, stdout } = await run(
      'plan',
      'plan.npy',
      '--clusters',
      2,
      '--stride',
      1,
      '--memory',
      '500kB',
    );
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^coppice: .*--memory allows 500 kB; a sample of \d+ rows would fit, .*\n$/);
  });
});

describe('info', () => {
  test('of a trajectory: its atoms', async () => {
    const { code, stdout } = await run('info', TRAJECTORY, '--atoms', 'element', 'C', '--head', 2);
    expect(code).toBe(0);
    expect(stdout).toContain('22 atoms, 3 residues, 1 chain');
    expect(stdout).toContain('18: x, y, z of 6 atoms');
    const json = JSON.parse((await run('info', TRAJECTORY, '--json', '--head', 0)).stdout);
    expect(json.topology).toMatchObject({ atoms: 22, elements: { H: 12, C: 6 }, residueNames: { ACE: 1 } });
  });

  test('of a table: its rows are counted, its first ones shown', async () => {
    const { stdout } = await run('info', BLOBS, '--id-column', 'id', '--head', 2);
    expect(stdout).toMatch(/Rows +600/);
    expect(stdout).toMatch(/Columns +2: x, y/);
    expect(stdout.trimEnd().split('\n').slice(-2)[0]).toMatch(/^p001 +0\.0294 +0\.9079$/);
  });
});

test('atoms are chosen by name, element, residue and index', async () => {
  const cols = async (...atoms: string[]) => {
    const flags = atoms.flatMap((words) => ['--atoms', ...words.split(' ')]);
    const { stdout, stderr } = await run('info', ...flags, TRAJECTORY, '--json', '--head', 0);
    return stderr || JSON.parse(stdout).selected.length;
  };
  expect(await cols('name CA')).toBe(1);
  expect(await cols('name CA,CB')).toBe(2);
  expect(await cols('residue ALA', 'element C,N')).toBe(4);
  expect(await cols('0,3,5-9')).toBe(7);
  expect(await cols('name XX')).toMatch(/^coppice: --atoms: no atom has name "XX"; there are /);
});

test('several inputs are read as one, and none of them is written to', async () => {
  put('part1.npy', twoGroupsNpy(30, 2));
  put('part2.npy', twoGroupsNpy(21, 2));
  const { code, stdout, stderr } = await run(
    'cluster',
    'part1.npy',
    'part2.npy',
    '--clusters',
    2,
    '--out',
    'joined.npy',
  );
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain('51 rows of 2 columns');
  expect(readInt32Npy(readFileSync(path('joined.npy')))).toHaveLength(51);
  const pattern = await run('cluster', 'part?.npy', '--clusters', 2, '--out', 'part2.npy');
  expect([pattern.code, pattern.stderr]).toEqual([2, expect.stringContaining('part2.npy is also the input')]);
  put('wide.npy', twoGroupsNpy(5, 3));
  const apart = await run('cluster', 'part1.npy', 'wide.npy', '--clusters', 2);
  expect([apart.code, apart.stderr]).toEqual([
    1,
    expect.stringMatching(/^coppice: the files do not fit together: .*\n$/),
  ]);
});

test('Parquet: names and columns as in text; a null is a bad row', async () => {
  const columns = [
    { name: 'who', data: ['ann', 'bob', 'cid', 'dot', 'eve'], type: 'STRING' as const },
    { name: 'x', data: [0, 0.5, null, 9, 9.5], type: 'DOUBLE' as const, nullable: true },
  ];
  put('table.parquet', new Uint8Array(parquetWriteBuffer({ columnData: columns })));
  const args = ['table.parquet', '--id-column', 'who', '--clusters', 2, '--out', 'table.csv'];
  const refused = await run('cluster', ...args);
  expect([refused.code, refused.stderr]).toEqual([
    1,
    expect.stringMatching(/^coppice: table\.parquet.*null.*\n$/),
  ]);
  const { code, stderr } = await run('cluster', ...args, '--on-bad-row', 'skip');
  expect([code, stderr]).toEqual([0, expect.stringContaining('1 row skipped')]);
  const lines = readFileSync(path('table.csv'), 'utf8').trimEnd().split('\n');
  expect(lines).toHaveLength(6);
  expect(lines[3]).toBe('cid,0');
  expect(lines[1].split(',')[1]).toBe(lines[2].split(',')[1]);
  expect(lines[1].split(',')[1]).not.toBe(lines[4].split(',')[1]);
});
