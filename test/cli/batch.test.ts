/** `coppice batch`: in one go and step by step. */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { family } from '../batches/fixtures.ts';
import { npy } from '../sources/help.ts';
import { BLOBS, start, twoGroups, workplace } from './help.ts';

const place = workplace();
const all = family(600, 2);
place.put('donors.tsv', `junction_aa\tv_call\n${all.map((one) => `${one}\tTRBV1\n`).join('')}`);
const distinct = [...new Set(all)];

function read(file: string): string[][] {
  const lines = readFileSync(place.path(file), 'utf8').trimEnd().split('\n');
  return lines.map((line) => line.split(','));
}

const RUN = ['batch', 'run', 'donors.tsv', '--column', 'junction_aa', '--method', 'mcl', '--inflation', 1.2];

test('a file of the same name in another folder is another batch', async () => {
  const sample = place.put('same.txt', `${all.slice(0, 20).join('\n')}\n`);
  const store = ['--store', place.path('same')];
  await place.run('batch', 'train', sample, '--sequences', '--cluster-size', 0, ...store);
  for (const folder of ['left', 'right']) {
    place.mkdir(folder);
    place.put(`${folder}/same.txt`, `${all.slice(0, folder.length).join('\n')}\n`);
    const { ended } = start(['batch', 'add', 'same.txt', ...store, '--json'], place.path(folder));
    const name = folder === 'left' ? 'same.txt' : realpathSync(place.path('right/same.txt'));
    expect(JSON.parse((await ended).stdout).added).toMatchObject([{ name, rows: folder.length }]);
  }
  await place.run('batch', 'clean', ...store);
});

describe('batch run', () => {
  test('sequences: one row each, in the order of the input, empty where there is no cluster', async () => {
    const ran = await place.run(...RUN, '--cluster-size', 100, '--overlap', 3, '--out', 'clusters.csv');
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout).toMatch(
      /^donors.tsv: 600 rows, \d+ distinct sequences\n\nClusters +\d+ with \d+ distinct/,
    );
    expect(ran.stdout).toMatch(/Preclusters +6; each sequence in 3 of them/);
    const [head, ...rows] = read('clusters.csv');
    expect(head).toEqual(['sequence', 'cluster']);
    expect(rows.map(([sequence]) => sequence)).toEqual(distinct);
    expect(rows.every(([, cluster]) => /^([1-9]\d*)?$/.test(cluster))).toBe(true);

    const json = await place.run(...RUN, '--cluster-size', 0, '--out', 'one.csv', '--json');
    const facts = JSON.parse(json.stdout);
    const one = read('one.csv').slice(1);
    const clustered = one.filter(([, cluster]) => cluster !== '');
    expect(facts).toMatchObject({
      ...{ command: 'batch run', rows: 600, sequences: distinct.length, preclusters: 1 },
      clustered: clustered.length,
      clusters: new Set(clustered.map(([, cluster]) => cluster)).size,
      outputs: { clusters: 'one.csv' },
    });
    // So much overlap keeps nearly every edge.
    const inBatches = rows.filter(([, cluster]) => cluster !== '').length;
    expect(inBatches).toBeGreaterThan(0.98 * clustered.length);
  });

  test('V genes part clusters; the report has a line for each', async () => {
    const genes = all.map((_, i) => `TRBV${i % 2}*01`);
    place.put('genes.tsv', `junction_aa\tv_call\n${all.map((one, i) => `${one}\t${genes[i]}\n`).join('')}`);
    const run = ['batch', 'run', 'genes.tsv', '--v-column', 'v_call', '--cluster-size', 0];
    const ran = await place.run(...run, '--out', 'genes.csv', '--report', 'report.csv');
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    const [head, ...rows] = read('genes.csv');
    expect(head).toEqual(['sequence', 'v_gene', 'cluster']);
    const pairs = [...new Set(all.map((one, i) => `${one},${genes[i].slice(0, 5)}`))];
    expect(rows.map(([one, gene]) => `${one},${gene}`)).toEqual(pairs);
    const geneOf = new Map<string, string>();
    for (const [, gene, cluster] of rows) {
      if (cluster === '') continue;
      expect(geneOf.get(cluster) ?? gene).toBe(gene);
      geneOf.set(cluster, gene);
    }
    const [columns, ...clusters] = read('report.csv');
    expect(columns.slice(0, 8)).toEqual('cluster,v_gene,size,count,length,aligned,motif,entropy'.split(','));
    expect(clusters.map(([cluster]) => cluster)).toEqual([...geneOf.keys()]);
    for (const [cluster, gene, size, count] of clusters) {
      expect(gene).toBe(geneOf.get(cluster));
      const members = rows.filter((row) => row[2] === cluster).map(([one]) => one);
      expect(Number(size)).toBe(members.length);
      const times = all.filter((one, i) => members.includes(one) && genes[i].slice(0, 5) === gene);
      expect(Number(count)).toBe(times.length);
    }
    const set = ['--store', 'genes', '--cluster-size', 0];
    expect(await place.run('batch', 'train', 'genes.tsv', '--v-column', 'v_call', ...set)).toMatchObject({
      code: 0,
    });
    const add = await place.run('batch', 'add', 'genes.tsv', '--column', 'junction_aa', '--store', 'genes');
    expect(add).toMatchObject({
      code: 2,
      stderr: 'coppice: genes was trained with V genes; give their column with --v-column\n',
    });
    const added = ['batch', 'add', 'genes.tsv', '--v-column', 'v_call', '--store', 'genes'];
    expect(await place.run(...added)).toMatchObject({ code: 0 });
    const steps = [
      'batch',
      'clusters',
      '--store',
      'genes',
      '--out',
      'steps.csv',
      '--report',
      'steps-report.csv',
    ];
    expect(await place.run(...steps)).toMatchObject({ code: 0 });
    expect(read('steps-report.csv')).toEqual(read('report.csv'));
    expect(read('steps.csv')[0]).toEqual(['batch', 'row', 'sequence', 'v_gene', 'cluster']);
    expect(read('steps.csv')).toHaveLength(all.length + 1);
    await place.run('batch', 'clean', '--store', 'genes');
    const vectors = await place.run('batch', 'run', BLOBS, '--clusters', 2, '--report', 'no.csv');
    expect(vectors).toMatchObject({
      code: 2,
      stderr: 'coppice: --report works only for sequences, not for vectors\n',
    });
  });

  test('vectors: labels of all rows', async () => {
    const options = ['--id-column', 'id', '--cluster-size', 100, '--distance', 1.5, '--out', 'labels.csv'];
    const ran = await place.run('batch', 'run', BLOBS, ...options, '--json');
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    const facts = JSON.parse(ran.stdout);
    const rows = read('labels.csv');
    expect(rows).toHaveLength(facts.rows + 1);
    expect(rows[0]).toEqual(['id', 'cluster']);
    expect(rows.slice(1).every(([name]) => /^p\d+$/.test(name))).toBe(true);
    expect(new Set(rows.slice(1).map(([, label]) => label)).size).toBe(facts.clusters);
  });

  test('what is no sequence stops it or is passed over, and nothing is left behind', async () => {
    place.put('bad.csv', `cdr3,x\n${all.slice(0, 5).join(',1\n')},1\nCA*F,1\n"CASSF",2\n`);
    const before = place.files();
    const run = ['batch', 'run', 'bad.csv', '--column', 'cdr3', '--out', 'bad-out.csv'];
    const ran = await place.run(...run);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(/^coppice: bad.csv, line 7.*"\*"/);
    expect(place.files()).toEqual(before);
    const skipped = await place.run(...run, '--on-bad-row', 'skip');
    expect(skipped.code).toBe(0);
    expect(skipped.stderr).toMatch(/warning: bad.csv: 1 row skipped; the first: bad.csv, line 7/);
    expect(read('bad-out.csv')).toHaveLength(7);
  });

  test('no edges, one sequence, none', async () => {
    place.put('one.txt', 'CASSF\n');
    const ran = await place.run('batch', 'run', 'one.txt', '--sequences', '--out', 'single.csv');
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout).toMatch(/Clusters +none/);
    expect(read('single.csv')).toEqual([
      ['sequence', 'cluster'],
      ['CASSF', ''],
    ]);
    place.put('empty.txt', '');
    expect(await place.run('batch', 'run', 'empty.txt', '--sequences')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/empty.txt: is empty/),
    });
    place.put('header.tsv', 'junction_aa\n');
    expect(await place.run('batch', 'run', 'header.tsv', '--sequences')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/the sample is empty|header.tsv/),
    });
  });

  test.each([
    [['--method', 'ward'], /--method ward works only for vectors/],
    [['--clusters', 3], /cut trees of vectors/],
    [['--metric', 'euclidean'], /--metric works only for vectors/],
    [['--atoms', 'name CA'], /--atoms works only for vectors/],
    [['--out', 'x.npy'], /--out must name a .csv file/],
    [['--cluster-size', 'x'], /--cluster-size/],
    [['--out', 'donors.tsv'], /--out/],
  ])('refuses %j', async (flags, message) => {
    const ran = await place.run('batch', 'run', 'donors.tsv', '--column', 'junction_aa', ...flags);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(message);
  });
});

describe('vectors in one go', () => {
  const bad = twoGroups(300, 3);
  bad[3 * 7] = Number.NaN;
  place.put('bad.npy', npy('<f4', [300, 3], bad));

  test('--on-bad-row skip holds for training too', async () => {
    const size = ['--cluster-size', 100];
    const cut = ['--clusters', 2];
    const stopped = await place.run('batch', 'run', 'bad.npy', ...size, ...cut);
    expect(stopped).toMatchObject({ code: 1, stderr: expect.stringMatching(/row 7, column 0 is NaN/) });
    const run = ['batch', 'run', 'bad.npy', ...size, ...cut, '--on-bad-row', 'skip', '--out', 'bad.csv'];
    const ran = await place.run(...run);
    expect(ran.code).toBe(0);
    expect(ran.stderr).toMatch(/warning: bad.npy: 1 row skipped/);
    const labels = read('bad.csv').slice(1);
    expect(labels).toHaveLength(300);
    expect(labels.flatMap((cells, i) => (cells.at(-1) === '0' ? [i] : []))).toEqual([7]);
    const train = ['batch', 'train', 'bad.npy', '--store', 'bad-run', ...size];
    expect((await place.run(...train)).code).toBe(1);
    expect((await place.run(...train, '--on-bad-row', 'skip')).code).toBe(0);
    const again = await place.run(...train, '--on-bad-row', 'skip');
    expect(again.stderr).toContain(
      "continue it with 'coppice batch add', or remove it with 'coppice batch clean'",
    );
    await place.run('batch', 'clean', '--store', 'bad-run');
  });

  test('--clusters is said to be of each precluster', async () => {
    const run = ['batch', 'run', 'bad.npy', '--on-bad-row', 'skip', '--clusters', 3];
    const ran = await place.run(...run, '--cluster-size', 100);
    expect(ran.stdout).toMatch(/Clusters +9 with[\s\S]*Cut +3 in each of 3 preclusters/);
    expect((await place.run(...run)).stdout).not.toContain('Cut');
    const help = await place.run('batch', 'clusters', '--help');
    expect(help.stdout).toContain('cut each precluster into k clusters');
  });

  test('what is for sequences is refused, and sequences are hinted at', async () => {
    const ran = await place.run('batch', 'run', 'bad.npy', '--clusters', 2, '--max-distance', 1);
    expect(ran).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--max-distance works only for sequences'),
    });
    place.put('plain.txt', 'CASSF\nCASSLF\n');
    for (const args of [
      ['run', 'donors.tsv'],
      ['run', 'donors.tsv', '--clusters', 2],
      ['run', 'plain.txt', '--clusters', 2],
      ['train', 'plain.txt', '--store', 'hinted'],
      ['train', 'donors.tsv', '--store', 'hinted'],
    ]) {
      const { code, stderr } = await place.run('batch', ...args);
      expect(code).toBeGreaterThan(0);
      expect(stderr).toMatch(/; if it holds sequences, add --sequences\n$/);
    }
    expect((await place.run('batch', 'run', 'bad.npy', '--clusters', 2)).stderr).not.toContain('--sequences');
  });
});

test('messages have the words of the command line', async () => {
  place.put('long.txt', `${all.slice(0, 20).join('\n')}\n${'CASSF'.repeat(12)}\n`);
  place.put('short.txt', `${all.slice(0, 20).join('\n')}\n`);
  const store = ['--store', 'words', '--sequences'];
  expect((await place.run('batch', 'train', 'short.txt', ...store)).code).toBe(0);
  const added = await place.run('batch', 'add', 'long.txt', '--store', 'words');
  expect(added).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('train with a larger --max-length'),
  });
  await place.run('batch', 'clean', '--store', 'words');
  const none = await place.run('batch', 'clusters', '--store', 'words');
  expect(none.stderr).toContain("begin one with 'coppice batch train'");
});

test('edges kept are marked where preclusters were split', async () => {
  place.put('many.txt', `${family(20_000, 3).join('\n')}\n`);
  const run = ['batch', 'run', 'many.txt', '--sequences', '--overlap', 1, '--cluster-size', 10_000];
  const whole = await place.run(...run, '--sample', 1000);
  expect(whole).toMatchObject({ code: 0, stderr: '' });
  expect(whole.stdout).toMatch(/Edges kept .* lie within preclusters\n/);
  const split = await place.run(...run, '--sample', 1000, '--memory', '2250KB');
  expect(split.stderr).toMatch(/they were split into/);
  expect(split.stdout).toMatch(/Edges kept .* lie within preclusters, fewer since some were split\n/);
});

describe('step by step', () => {
  test('train, add, clusters, clean', async () => {
    const half = (from: number, to: number) => `${all.slice(from, to).join('\n')}\n`;
    place.put('donor 1, left.txt', half(0, 300));
    place.put('donor2.txt', half(300, 600));
    const store = ['--store', 'run'];
    const trained = await place.run(
      'batch',
      'train',
      'donors.tsv',
      '--sequences',
      ...store,
      '--cluster-size',
      100,
    );
    expect(trained).toMatchObject({ code: 0, stderr: '' });
    expect(trained.stdout).toMatch(/Preclusters +6; each sequence goes to 2/);
    const again = await place.run('batch', 'train', 'donors.tsv', '--sequences', ...store);
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('run: already holds a run') });

    expect((await place.run('batch', 'add', 'donor 1, left.txt', ...store)).code).toBe(0);
    const added = await place.run('batch', 'add', 'donor 1, left.txt', 'donor2.txt', ...store, '--json');
    expect(JSON.parse(added.stdout)).toMatchObject({
      added: [{ name: 'donor2.txt', start: 300, rows: 300, skipped: 0 }],
      passedOver: ['donor 1, left.txt'],
      rows: 600,
    });

    // The same file by another path is known; another file of the same name is not taken for it.
    const typed = ['./donor2.txt', place.path('donor2.txt')];
    const known = await place.run('batch', 'add', ...typed, ...store, '--json');
    expect(JSON.parse(known.stdout)).toMatchObject({ added: [], passedOver: ['donor2.txt', 'donor2.txt'] });
    place.mkdir('other');
    place.put('other/donor2.txt', half(0, 5));
    const other = ['other/donor2.txt', '--name', 'donor2.txt'];
    expect(await place.run('batch', 'add', ...other, ...store)).toMatchObject({
      code: 2,
      stderr: `coppice: --name donor2.txt: the run has another file of this name, ${realpathSync(place.path('donor2.txt'))}\n`,
    });

    const out = ['--out', 'steps.csv', '--matrix', 'matrix.csv', '--json'];
    const clusters = await place.run('batch', 'clusters', ...store, ...out);
    expect(clusters).toMatchObject({ code: 0, stderr: '' });
    const text = readFileSync(place.path('steps.csv'), 'utf8').trimEnd().split('\n');
    expect(text[0]).toBe('batch,row,sequence,cluster');
    const rows = text
      .slice(1)
      .map((line) => /^("donor 1, left.txt"|donor2.txt),(\d+),([A-Z]+),(\d*)$/.exec(line));
    expect(rows).toHaveLength(600);
    const counted = new Map<string, number>();
    for (const row of rows) {
      const [, name, number, sequence, cluster] = row as RegExpExecArray;
      expect(sequence).toBe(all[Number(number) + (name === 'donor2.txt' ? 300 : 0)]);
      const key = `${name},${cluster}`;
      if (cluster) counted.set(key, (counted.get(key) ?? 0) + 1);
    }
    const matrix = readFileSync(place.path('matrix.csv'), 'utf8').trimEnd().split('\n');
    expect(matrix[0]).toBe('batch,cluster,rows');
    expect(matrix.slice(1).sort()).toEqual(Array.from(counted, ([key, n]) => `${key},${n}`).sort());

    expect((await place.run('batch', 'clean', ...store)).code).toBe(0);
    expect(existsSync(place.path('run'))).toBe(false);
    expect(await place.run('batch', 'clusters', ...store)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('run: holds no run'),
    });
    expect(await place.run('batch', 'clean', ...store)).toMatchObject({
      ...{ code: 1, stdout: '' },
      stderr: expect.stringContaining('run: holds no run'),
    });
    expect(existsSync(place.path('run'))).toBe(false);
  });
});

test('help', async () => {
  const help = await place.run('batch', '--help');
  expect(help.code).toBe(0);
  for (const name of ['run', 'train', 'add', 'clusters', 'clean']) {
    expect(help.stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
    const own = await place.run('batch', name, '--help');
    expect(own).toMatchObject({ code: 0, stderr: '' });
    expect(own.stdout).toContain(`coppice batch ${name}`);
  }
});
