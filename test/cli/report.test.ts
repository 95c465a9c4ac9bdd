/** `--report`: one page that is complete in itself, says what the summary says, and has no scripts. */

import { readFileSync, statSync } from 'node:fs';
import { DOMParser, type Element } from '@xmldom/xmldom';
import { describe, expect, test } from 'vitest';
import { commandLine, quoted } from '../../src/cli/report/command-line.ts';
import { formatCount, formatNumber, printable } from '../../src/cli/terminal/text.ts';
import { BLOBS, TRAJECTORY, twoGroupsNpy, workplace } from './help.ts';

const { run, put, path, files } = workplace();

/** The page as a tree. It is well-formed XML too, so a strict parser takes it. */
function read(file: string) {
  const text = readFileSync(path(file), 'utf8');
  const complaints: string[] = [];
  const parser = new DOMParser({ onError: (level, message) => complaints.push(`${level}: ${message}`) });
  const root = parser.parseFromString(
    text.replace(/^<!doctype html>\n/, ''),
    'application/xml',
  ).documentElement;
  expect(complaints).toEqual([]);
  return { text, root: root as Element };
}

const all = (root: Element, tag: string) => Array.from(root.getElementsByTagName(tag));
const ofClass = (root: Element, tag: string, name: string) =>
  all(root, tag).filter((one) => one.getAttribute('class') === name);

/** Nothing runs, and nothing is loaded from elsewhere. */
function expectInert({ text, root }: ReturnType<typeof read>) {
  for (const tag of ['script', 'iframe', 'object', 'embed', 'link', 'base', 'form', 'img', 'a']) {
    expect(all(root, tag), tag).toEqual([]);
  }
  const places: string[] = [];
  for (const element of all(root, '*')) {
    for (const { name, value } of Array.from(element.attributes)) {
      expect(name).not.toMatch(/^on/i);
      if (['href', 'src', 'xlink:href', 'data', 'action'].includes(name)) places.push(value);
    }
  }
  expect(places.filter((place) => !/^(#|data:image\/png;base64,)/.test(place))).toEqual([]);
  expect(text).not.toMatch(/@import|url\(|expression\(|javascript:/i);
  expect(text).toContain("default-src 'none'");
  // Control characters and marks of direction are written out.
  expect(printable(text)).toBe(text);
}

async function done(...args: (string | number)[]) {
  const { code, stdout, stderr } = await run(...args, '--json');
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout);
}

/** The lines of the table of clusters: label, rows, share, mean and largest distance, silhouette. */
function lines(root: Element): number[][] {
  const [table] = ofClass(root, 'table', 'clusters');
  return all(all(table, 'tbody')[0], 'tr').map((line) => [
    Number(all(line, 'th')[0].textContent),
    ...all(line, 'data').map((one) => Number(one.getAttribute('value'))),
  ]);
}

describe('a report of cluster', () => {
  test('has the numbers of the summary', async () => {
    const facts = await done('cluster', BLOBS, '--clusters', 4, '--report', 'r.html', '--out', 'l.csv');
    expect(facts.outputs.report).toBe('r.html');
    const page = read('r.html');
    expectInert(page);
    const found = lines(page.root);
    expect(found.map((line) => line.slice(0, 5))).toEqual(
      facts.clusters.map((one: Record<string, number>) => [
        one.cluster,
        one.rows,
        one.share,
        one.meanDistance,
        one.maxDistance,
      ]),
    );
    for (const one of facts.clusters) {
      expect(page.text).toContain(`>${formatCount(one.rows)}</data>`);
      expect(page.text).toContain(`>${formatNumber(one.meanDistance)}</data>`);
    }
    // Silhouettes of these rows, which are all in the sample.
    const described = await done('describe', BLOBS, '--labels', 'l.csv', '--silhouettes', 1000);
    expect(found.map((line) => line[5])).toEqual(
      described.clusters.map((one: { silhouette: { mean: number } }) =>
        expect.closeTo(one.silhouette.mean, 12),
      ),
    );
    const effects = ofClass(page.root, 'div', 'side').flatMap((side) =>
      all(side, 'tr').flatMap((line) => all(line, 'data').slice(0, 1)),
    );
    expect(effects.map((one) => Number(one.getAttribute('value')))).toEqual(
      described.clusters.flatMap((one: { columns: { effect: number }[] }) =>
        one.columns.map(({ effect }) => expect.closeTo(effect, 9)),
      ),
    );
    expect(all(page.root, 'figure')).toHaveLength(3);
    expect(page.text).toContain(String(facts.agreement));
    expect(page.text).toMatch(/coppice cluster \S+ --clusters 4 --report r.html --out l.csv --json/);
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(page.text).toContain(`Coppice ${version} was used`);
    expect(page.text).toContain(`Node ${process.version.slice(1)}`);
  });

  test('changes no label', async () => {
    put('in.npy', twoGroupsNpy(3000, 3));
    const args = ['cluster', 'in.npy', '--clusters', 3, '--sample', 1500, '--out'];
    await done(...args, 'a.npy');
    await done(...args, 'b.npy', '--report', 'b.html');
    expect(readFileSync(path('b.npy'))).toEqual(readFileSync(path('a.npy')));
    // More rows than are looked at: the heat map has the means.
    expect(read('b.html').text).toContain('Means of the clusters, of 1,000 rows');
  });

  test('hostile names and texts are inert', async () => {
    const names = [
      '<script>alert(1)</script>',
      '"><img src=x onerror=alert(2)>',
      '\u202eevil\u0007',
      "' onload='x",
      'javascript:x',
    ];
    const head = ['name', '</style><script>alert(3)</script>', '\u2066a&b'];
    const field = (text: string) => `"${text.replaceAll('"', '""')}"`;
    const rows = names.map((name, i) => [field(name), i < 2 ? i : 9 + i, i * i].join(','));
    put('<b>&.csv', `${[head.map(field).join(','), ...rows].join('\n')}\n`);
    await done('cluster', '<b>&.csv', '--clusters', 2, '--id-column', 'name', '--report', 'h.html');
    const page = read('h.html');
    const text = page.text.replaceAll('javascript:x', '');
    expectInert({ ...page, text });
    expect(page.text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(page.text).toContain('\\u202eevil');
    expect(page.text).toContain(`coppice cluster &#39;&lt;b&gt;&amp;.csv&#39; --clusters 2`);
  });

  test('of frames has no columns; preparing and left out columns are told', async () => {
    await done(
      'cluster',
      TRAJECTORY,
      '--clusters',
      2,
      '--stride',
      20,
      '--leaders',
      5,
      '--metric',
      'rmsd',
      '--report',
      't.html',
    );
    const frames = read('t.html');
    expectInert(frames);
    expect(all(frames.root, 'figure')).toHaveLength(1);
    expect(frames.text).toContain('mean rmsd');
    put('mixed.csv', 'x,y,kind\n1,2,a\n2,1,a\n8,9,b\n9,9,b\n1,1,a\n');
    const { code } = await run(
      'cluster',
      'mixed.csv',
      '--clusters',
      2,
      '--scale',
      'zscore',
      '--report',
      'm.html',
    );
    expect(code).toBe(0);
    const { text } = read('m.html');
    expect(text).toContain('Rows were prepared: z-scores of columns.');
    expect(text).toContain('Columns that are not clustered');
    expect(text).toContain('is left out, since only numbers are clustered');
  });

  test('one cluster, two rows, one column, many clusters', async () => {
    put('two.csv', 'x\n1\n2\n');
    await done('cluster', 'two.csv', '--clusters', 1, '--report', 'one.html');
    expect(lines(read('one.html').root)).toHaveLength(1);
    put('many.npy', twoGroupsNpy(1200, 2));
    await done('cluster', 'many.npy', '--distance', 0, '--report', 'many.html');
    const page = read('many.html');
    expectInert(page);
    expect(lines(page.root)).toHaveLength(500);
    expect(page.text).toContain('Only the 500 largest of 1,200 clusters are shown');
    expect(statSync(path('many.html')).size).toBeLessThan(5e6);
  });
});

test('a report of kmeans has the numbers of the summary', async () => {
  const facts = await done('kmeans', BLOBS, '--k', 3, '--report', 'k.html');
  const page = read('k.html');
  expectInert(page);
  expect(lines(page.root).map((line) => line.slice(0, 3))).toEqual(
    facts.clusters.map((one: Record<string, number>) => [one.cluster, one.rows, one.share]),
  );
  expect(page.text).toContain(`<data value="${facts.inertia}">`);
});

test('wide rows and little memory: what does not fit is left out, and it is said', async () => {
  put('wide.npy', twoGroupsNpy(40, 60_000));
  await done('cluster', 'wide.npy', '--clusters', 2, '--memory', '60MB', '--report', 'w.html');
  const page = read('w.html');
  expectInert(page);
  expect(lines(page.root)).toHaveLength(2);
  expect(statSync(path('w.html')).size).toBeLessThan(5e6);
});

describe('outputs appear together or not at all', () => {
  test('a table that fails leaves no report', async () => {
    put('old.html', 'precious');
    put('bad.csv', `x\n${'1\n2\n'.repeat(50)}oops\n`);
    const { code } = await run(
      'cluster',
      'bad.csv',
      '--clusters',
      2,
      '--report',
      'old.html',
      '--out',
      'new.csv',
    );
    expect(code).toBe(1);
    expect(readFileSync(path('old.html'), 'utf8')).toBe('precious');
    expect(files().filter((name) => name === 'new.csv' || name.endsWith('.tmp'))).toEqual([]);
  });

  test('another ending is refused', async () => {
    for (const command of [
      ['cluster', BLOBS, '--clusters', '2'],
      ['kmeans', BLOBS, '--k', '2'],
    ]) {
      const { code, stderr } = await run(...command, '--report', 'r.pdf');
      expect([code, stderr]).toEqual([2, 'coppice: --report must name a .html file, got "r.pdf"\n']);
    }
  });
});

test('arguments are quoted for a shell', () => {
  expect(quoted('a-b/c.csv')).toBe('a-b/c.csv');
  expect(quoted('')).toBe("''");
  expect(quoted("it's $HOME")).toBe("'it'\\''s $HOME'");
  expect(quoted("a\nb\u202e'\\")).toBe("$'a\\x0ab\\u202e\\'\\\\'");
  const { text, shortened } = commandLine(['cluster', 'https://me:secret@host/x.csv?sig=abc', '--k', '2']);
  expect([text, shortened]).toEqual(['coppice cluster https://host/x.csv --k 2', true]);
});
