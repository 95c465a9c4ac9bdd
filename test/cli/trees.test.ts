import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { average } from '../../src/index.ts';
import { npy } from '../sources/help.ts';
import { BLOBS, readInt32Npy, workplace } from './help.ts';

const { run, put, path, files } = workplace();

/** Five points on a line in two groups: 0, 1, 2 and 10, 11. */
const POINTS = [0, 1, 2, 10, 11.5];
const condensed = POINTS.flatMap((a, i) => POINTS.slice(i + 1).map((b) => Math.abs(a - b)));

describe('linkage', () => {
  test('of vectors and of their condensed distances is the same tree', async () => {
    put('points.csv', POINTS.join('\n'));
    put('condensed.npy', npy('<f8', [10], condensed));
    const vectors = await run('linkage', 'points.csv', '--method', 'average', '--out', 'v.npy');
    expect([vectors.code, vectors.stderr]).toEqual([0, '']);
    const distances = await run(
      'linkage',
      'condensed.npy',
      '--condensed',
      '--method',
      'average',
      '--out',
      'd.npy',
      '--json',
    );
    expect(JSON.parse(distances.stdout)).toMatchObject({
      items: 5,
      merges: 4,
      method: 'average',
      metric: null,
    });
    expect(readFileSync(path('v.npy'))).toEqual(readFileSync(path('d.npy')));
    const { stdout } = await run('info', 'v.npy', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      shape: [4, 4],
      descr: '<f8',
      head: [
        [0, 1, 1, 2],
        [2, 5, 1.5, 3],
        [3, 4, 1.5, 2],
        [6, 7, 9.75, 5],
      ],
    });
  });

  test('--optimal-ordering turns merges so that neighbours lie close; the tree stays', async () => {
    // Each pair is given with its far row first.
    const rows = [9, 7, 1, 2.5, 30];
    put('turned.csv', rows.join('\n'));
    put(
      'turned.npy',
      npy(
        '<f8',
        [10],
        rows.flatMap((a, i) => rows.slice(i + 1).map((b) => Math.abs(a - b))),
      ),
    );
    const tree = async (...args: string[]) => {
      const done = await run('linkage', ...args, '--method', 'average', '--out', 'o.npy', '--json');
      expect([done.code, done.stderr]).toEqual([0, '']);
      const { optimalOrdering } = JSON.parse(done.stdout);
      const { stdout } = await run('info', 'o.npy', '--json');
      return { optimalOrdering, Z: Float64Array.from(JSON.parse(stdout).head.flat()) };
    };
    const plain = await tree('turned.csv');
    const turned = await tree('turned.csv', '--optimal-ordering');
    const distances = await tree('turned.npy', '--condensed', '--optimal-ordering');
    expect(distances).toEqual(turned);
    expect([plain.optimalOrdering, turned.optimalOrdering]).toEqual([false, true]);
    expect(turned.Z).toEqual(
      await average(
        rows.map((x) => [x]),
        { optimalOrdering: true },
      ),
    );
    expect(plain.Z).toEqual(await average(rows.map((x) => [x])));
    expect(turned.Z).not.toEqual(plain.Z);
  });

  test('refuses what does not fit together', async () => {
    const refused = async (...args: string[]) => {
      const { code, stderr } = await run('linkage', ...args);
      expect(stderr.trimEnd()).not.toContain('\n');
      return [code, stderr] as const;
    };
    const condensedTwice = await refused('condensed.npy', '--condensed', '--metric', 'rmsd');
    expect(condensedTwice).toEqual([
      2,
      expect.stringMatching(/--metric <name>' cannot be used with .*--condensed/),
    ]);
    const ward = await refused('points.csv', '--method', 'ward', '--metric', 'sqeuclidean');
    expect(ward).toEqual([2, expect.stringContaining('--method ward is defined for --metric euclidean')]);
    const csv = await refused('points.csv', '--out', 'Z.csv');
    expect(csv).toEqual([2, expect.stringContaining('.npy')]);
    put('seven.npy', npy('<f8', [7], [1, 2, 3, 4, 5, 6, 7]));
    const length = await refused('seven.npy', '--condensed', '--out', 'no.npy');
    expect(length).toEqual([
      1,
      expect.stringMatching(/^coppice: seven\.npy: .*length 7, which is not n\(n-1\)\/2/),
    ]);
    const two = await refused(BLOBS, '--condensed', '--columns', 'x,y');
    expect(two).toEqual([1, expect.stringContaining('has 2 columns; --condensed needs a single one')]);
    put('one.csv', '1,2\n');
    expect(await refused('one.csv')).toEqual([
      1,
      'coppice: one.csv: linkage needs at least two rows, got 1\n',
    ]);
    const large = await refused('points.csv', '--memory', '10B');
    expect(large).toEqual([1, expect.stringMatching(/--memory allows 10 B; .*'coppice cluster' clusters/)]);
    expect(files()).not.toContain('no.npy');
  });
});

describe('cut', () => {
  test('writes a line an item, with its name or its number', async () => {
    put('points.csv', POINTS.join('\n'));
    await run('linkage', 'points.csv', '--method', 'average', '--out', 'Z.npy');
    put('names.txt', 'a\nb, the second\nc\nd\ne\n');
    const named = await run('cut', 'Z.npy', '--clusters', 2, '--out', 'named.csv', '--names', 'names.txt');
    expect([named.code, named.stderr]).toEqual([0, '']);
    expect(readFileSync(path('named.csv'), 'utf8')).toBe(
      'name,cluster\na,1\n"b, the second",1\nc,1\nd,2\ne,2\n',
    );
    await run('cut', 'Z.npy', '--distance', 1.4, '--out', 'numbered.csv');
    expect(readFileSync(path('numbered.csv'), 'utf8')).toBe('row,cluster\n0,1\n1,1\n2,2\n3,3\n4,4\n');
    await run('cut', 'Z.npy', '--clusters', 2, '--out', 'cut.npy');
    expect(readInt32Npy(readFileSync(path('cut.npy')))).toEqual([1, 1, 1, 2, 2]);
    const json = JSON.parse((await run('cut', 'Z.npy', '--inconsistent', 1, '--depth', 3, '--json')).stdout);
    expect(json).toMatchObject({ items: 5, cut: { inconsistent: 1, depth: 3 } });
    const table = (await run('cut', 'Z.npy', '--clusters', 2)).stdout;
    expect(table).toMatch(/1 +3 +60\.0 %/);
  });

  test('refuses what is no tree, and names that do not fit', async () => {
    const refused = async (...args: (string | number)[]) => {
      const { code, stderr } = await run('cut', ...args);
      expect(stderr.trimEnd()).not.toContain('\n');
      return [code, stderr] as const;
    };
    put('three.npy', npy('<f8', [1, 3], [0, 1, 2]));
    expect(await refused('three.npy', '--clusters', 1)).toEqual([
      1,
      expect.stringContaining('has 3 columns'),
    ]);
    put('wrong.npy', npy('<f8', [2, 4], [0, 1, 1, 2, 0, 2, 2, 3]));
    const twice = await refused('wrong.npy', '--clusters', 1);
    expect(twice).toEqual([
      1,
      expect.stringMatching(/^coppice: wrong\.npy: .*row 1, column 0 is 0.*more than once/),
    ]);
    expect(await refused('Z.npy', '--clusters', 6)).toEqual([
      1,
      expect.stringContaining('more than the 5 items'),
    ]);
    put('few.txt', 'a\nb\n');
    const few = await refused('Z.npy', '--clusters', 2, '--out', 'x.csv', '--names', 'few.txt');
    expect(few).toEqual([
      1,
      'coppice: few.txt: has 2 names; the tree has 5 items, and needs one name per line for each\n',
    ]);
    const npyNames = await refused('Z.npy', '--clusters', 2, '--out', 'x.npy', '--names', 'names.txt');
    expect(npyNames).toEqual([2, expect.stringContaining('--names')]);
    expect(await refused('Z.npy')).toEqual([2, expect.stringContaining('--clusters <k>, --distance <t>')]);
    expect(files().filter((name) => name.startsWith('x.') || name.endsWith('.tmp'))).toEqual([]);
  });
});

describe('pictures', () => {
  test('of a tree, with names and cuts', async () => {
    put('points.csv', POINTS.join('\n'));
    await run('linkage', 'points.csv', '--method', 'average', '--out', 'Z.npy');
    put('names.txt', 'a<b\nbee\nc\nd\ne\n');
    const args = ['--out', 'tree.svg', '--labels', 'names.txt', '--max-d', 5, '--title', 'A & B'];
    const { code, stdout, stderr } = await run('dendrogram', 'Z.npy', ...args);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('tree.svg');
    const svg = readFileSync(path('tree.svg'), 'utf8');
    expect(svg).toMatch(/^<(\?xml|svg)/);
    for (const text of ['a&lt;b', 'bee', 'A &amp; B', '2 clusters']) expect(svg).toContain(text);
    const again = await run('dendrogram', 'Z.npy', ...args, '--truncate', 'lastp', '--p', 2, '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ items: 5, outputs: { picture: 'tree.svg' } });
    expect(readFileSync(path('tree.svg'), 'utf8')).toContain('(3)');
  });

  test('of the tree that cluster cut: its leaves are rows of the data', async () => {
    const { code, stderr } = await run(
      'cluster',
      BLOBS,
      '--columns',
      'x,y',
      '--clusters',
      3,
      '--stride',
      50,
      '--plot',
      'blobs.svg',
    );
    expect([code, stderr]).toEqual([0, '']);
    const svg = readFileSync(path('blobs.svg'), 'utf8');
    for (const text of ['blobs.csv: ward linkage of 12 rows', '>550<', '3 clusters'])
      expect(svg).toContain(text);
  });

  test('names: of the leaves that cluster draws, of typical rows, and from linkage to dendrogram and cut', async () => {
    put('named.csv', `who,x\n${POINTS.map((x, i) => `"point, ${i}",${x}`).join('\n')}\n`);
    const named = ['named.csv', '--id-column', 'who'];
    const clustered = await run('cluster', ...named, '--clusters', 2, '--plot', 'named.svg', '--json');
    expect(clustered.stderr).toBe('');
    const svg = readFileSync(path('named.svg'), 'utf8');
    for (const i of POINTS.keys()) expect(svg).toContain(`>point, ${i}<`);
    expect(JSON.parse(clustered.stdout).clusters).toMatchObject([
      { leaders: [3], leaderNames: ['point, 3'] },
      { leaders: [1], leaderNames: ['point, 1'] },
    ]);
    const told = await run('cluster', ...named, '--clusters', 2);
    expect(told.stdout).toMatch(/typical rows[\s\S]* point, 3\n[\s\S]* point, 1\n/);

    const linked = await run(
      'linkage',
      ...named,
      '--method',
      'average',
      '--out',
      'n.npy',
      '--names',
      'n.txt',
    );
    expect([linked.code, linked.stderr]).toEqual([0, '']);
    expect(readFileSync(path('n.txt'), 'utf8')).toBe(POINTS.map((_, i) => `point, ${i}\n`).join(''));
    expect((await run('dendrogram', 'n.npy', '--labels', 'n.txt', '--out', 'n.svg')).code).toBe(0);
    expect(readFileSync(path('n.svg'), 'utf8')).toContain('>point, 4<');
    expect((await run('cut', 'n.npy', '--clusters', 2, '--names', 'n.txt', '--out', 'n.csv')).code).toBe(0);
    expect(readFileSync(path('n.csv'), 'utf8')).toMatch(/^name,cluster\n"point, 0",/);
    expect(await run('linkage', 'named.csv', '--columns', 'x', '--names', 'no.txt')).toMatchObject({
      code: 2,
      stderr:
        'coppice: --names needs --id-column, which gives the names; named.csv has no column that names its rows\n',
    });
  });

  test('are refused what cannot be drawn', async () => {
    const refused = async (...args: (string | number)[]) => {
      const { code, stderr } = await run(...args);
      expect(stderr.trimEnd()).not.toContain('\n');
      return [code, stderr] as const;
    };
    expect(await refused('dendrogram', 'Z.npy', '--out', 'no.jpg')).toEqual([
      2,
      expect.stringContaining('.svg'),
    ]);
    expect(await refused('dendrogram', 'Z.npy')).toEqual([
      2,
      expect.stringContaining("'--out <file>' not specified"),
    ]);
    const p = await refused('dendrogram', 'Z.npy', '--out', 'no.svg', '--p', 5);
    expect(p).toEqual([2, expect.stringContaining('--p needs')]);
    const side = await refused('dendrogram', 'Z.npy', '--out', 'no.svg', '--orientation', 'up');
    expect(side).toEqual([2, expect.stringContaining('top, bottom, left, right')]);
    const ring = await refused('dendrogram', 'Z.npy', '--out', 'no.svg', '--circular', '--hang');
    expect(ring).toEqual([2, expect.stringContaining('--hang does nothing with --circular')]);
    const round = await run('dendrogram', 'Z.npy', '--out', 'round.svg', '--circular');
    expect(round.code).toBe(0);
    expect(readFileSync(path('round.svg'), 'utf8')).toContain('Circular dendrogram of');
    expect(await refused('cluster', BLOBS, '--clusters', 2, '--plot', 'no.jpg')).toEqual([
      2,
      expect.stringContaining('--plot'),
    ]);
    expect(files().filter((name) => name.startsWith('no.') || name.endsWith('.tmp'))).toEqual([]);
  });
});

describe('Newick', () => {
  test('the tree with names, with half or whole heights, and pruned', async () => {
    put('points.csv', POINTS.join('\n'));
    await run('linkage', 'points.csv', '--method', 'average', '--out', 'nwk.npy');
    put('five.txt', 'a b\nbee\nc_c\nd\ne\n');
    const tree = async (...args: (string | number)[]) => {
      const done = await run('dendrogram', 'nwk.npy', '--labels', 'five.txt', '--out', 'tree.nwk', ...args);
      expect([done.code, done.stderr]).toEqual([0, '']);
      return readFileSync(path('tree.nwk'), 'utf8');
    };
    expect(await tree()).toBe("(('c_c':0.75,('a b':0.5,bee:0.5):0.25):4.125,(d:0.75,e:0.75):4.125);\n");
    expect(await tree('--heights', 'whole')).toBe(
      "(('c_c':1.5,('a b':1,bee:1):0.5):8.25,(d:1.5,e:1.5):8.25);\n",
    );
    expect(await tree('--truncate', 'lastp', '--p', 2)).toBe(
      "('a b and 2 more':4.875,'d and 1 more':4.875);\n",
    );
    const done = await run('dendrogram', 'nwk.npy', '--out', 'T.NEWICK', '--json');
    expect(JSON.parse(done.stdout)).toMatchObject({ items: 5, outputs: { tree: 'T.NEWICK' } });
    expect(readFileSync(path('T.NEWICK'), 'utf8')).toMatch(/^\(\(2:0\.75,/);
  });

  test.each([
    [['--out', 'no.nwk', '--max-d', 5], '--max-d is for pictures'],
    [['--out', 'no.nwk', '--hang'], '--hang is for pictures'],
    [['--out', 'no.nwk', '--truncate', 'level'], '--truncate level is for pictures'],
    [['--out', 'no.nwk', '--truncate', 'lastp', '--p', 1], '--p is 1'],
    [['--out', 'no.svg', '--heights', 'half'], '--heights needs --out with a .nwk file'],
    [['--out', 'no.nwk', '--heights', 'third'], 'half, whole'],
  ])('%j is refused', async (args, message) => {
    const { code, stderr } = await run('dendrogram', 'nwk.npy', ...args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
    expect(files().filter((name) => name.startsWith('no.') || name.endsWith('.tmp'))).toEqual([]);
  });
});
