/** What the documents say is so: their code runs against the built package and prints what they say it prints. */

import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import type * as H5wasm from 'h5wasm';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Result, readBlocks, runBlocks, writeResults } from '../../examples/tutorial/blocks.mjs';
import { ROOT, twoGroupsNpy, workplace } from '../cli/help.ts';
import { bytesOf } from '../sources/help.ts';

const TUTORIAL = join(ROOT, 'docs', 'tutorial.md');
const README = join(ROOT, 'README.md');
const AGAIN = 'npm run build && node examples/tutorial/run.mjs --update draws and counts anew';

/** Calls of coppice in the sh blocks, as arguments. */
function commandsOf(markdown: string): string[][] {
  const lines = readBlocks(markdown)
    .filter(({ language }) => language === 'sh')
    .flatMap(({ code }) => code.split('\n'));
  return lines.flatMap((line) => {
    const call = /^(?:npx )?coppice ([^#]*)/.exec(line);
    return call ? [call[1].trim().split(/ +/)] : [];
  });
}

describe('docs/tutorial.md', () => {
  const place = workplace();
  const text = readFileSync(TUTORIAL, 'utf8');
  let results: Result[];
  beforeAll(async () => {
    mkdirSync(place.path('pictures'));
    results = await runBlocks(TUTORIAL, { cwd: place.folder });
  }, 180_000);

  test('every block prints what the text says', () => {
    for (const { line, printed, expected } of results) {
      expect(printed, `the block of line ${line}; ${AGAIN}`).toEqual(expected);
    }
    expect(results.length).toBeGreaterThan(30);
    expect(writeResults(text, results)).toBe(text);
  });

  test('the pictures are those that the code draws, each is shown, and none is large', () => {
    const folder = join(ROOT, 'docs', 'pictures');
    const names = readdirSync(place.path('pictures')).sort();
    expect(readdirSync(folder).sort()).toEqual(names);
    for (const name of names) {
      expect(text).toContain(`](pictures/${name})`);
      const same =
        readFileSync(join(folder, name), 'utf8') === readFileSync(join(place.path('pictures'), name), 'utf8');
      expect(same, `docs/pictures/${name} is what is drawn; ${AGAIN}`).toBe(true);
      expect(statSync(join(folder, name)).size, name).toBeLessThan(60_000);
    }
  });

  test('the commands at its end work, and give the same clusters', async () => {
    const commands = commandsOf(text);
    expect(commands.length).toBeGreaterThan(3);
    for (const args of commands) {
      const { code, stderr } = await place.run(...args);
      expect(stderr, args.join(' ')).toBe('');
      expect(code, args.join(' ')).toBe(0);
    }
    const rows = readFileSync(place.path('clusters.csv'), 'utf8').trim().split(/\r?\n/);
    expect(rows).toHaveLength(151);
    const labels = rows.slice(1).map((row) => row.split(',')[1]);
    expect(labels.filter((label) => label === '1')).toHaveLength(50);
    expect(readFileSync(place.path('again.csv'))).toEqual(readFileSync(place.path('labels.csv')));
  });
});

/** A trajectory in MDTraj's layout: `frames` of ten residues, each with an atom N and an atom CA. */
async function writeTrajectory(path: string, frames: number): Promise<void> {
  const h5: typeof H5wasm = await import('h5wasm/node');
  await h5.ready;
  const residue = (index: number) => ({
    index,
    name: 'ALA',
    resSeq: index + 1,
    atoms: ['N', 'CA'].map((name, k) => ({ index: 2 * index + k, name, element: name[0] })),
  });
  const chains = [{ index: 0, residues: Array.from({ length: 10 }, (_, i) => residue(i)) }];
  const topology = JSON.stringify({ chains, bonds: [] });
  const data = Float32Array.from({ length: frames * 60 }, (_, i) => {
    const frame = Math.floor(i / 60);
    // Three shapes, by turns, and some noise.
    return Math.sin((i % 60) * (1 + (frame % 3))) + 0.05 * Math.sin(i * 12.9898);
  });
  const file = new h5.File(path, 'w');
  const set = file.create_dataset({ name: 'coordinates', data, shape: [frames, 20, 3] });
  set.create_attribute('units', 'nanometers');
  file.create_dataset({ name: 'topology', data: [topology], shape: [1], dtype: `S${topology.length}` });
  file.close();
}

describe('README.md', () => {
  const place = workplace();
  const text = readFileSync(README, 'utf8');
  beforeAll(async () => {
    // Stand-ins for the files that it names.
    await writeTrajectory(place.path('trajectory.h5'), 300);
    place.put('trajectory.xtc', bytesOf('traj-ala2.xtc'));
    place.put('protein.pdb', bytesOf('traj-ala2.pdb'));
    place.put('rows.npy', twoGroupsNpy(400, 5));
    const lines = Array.from({ length: 60 }, (_, i) =>
      [(i % 4) * 10, i / 60, i % 3, 0, (i * 7) % 5].join(','),
    );
    place.put('new.csv', lines.join('\n'));
    place.put(
      'sequences.tsv',
      ['junction_aa', 'CASSLGQAYEQYF', 'CASSLGQAFEQYF', 'CASRDRGNTIYF', ''].join('\n'),
    );
    place.put(
      'points.csv',
      ['id,x,y', ...lines.map((line, i) => `p${i},${line.split(',').slice(0, 2)}`)].join('\n'),
    );
  });

  test('its code runs', async () => {
    // Rows that are as wide as the model's.
    const prelude = `const rows = [Array.from({ length: 30 }, (_, i) => Math.sin(2 * i))];
      const request = new Request('http://localhost', { method: 'POST', body: JSON.stringify(rows[0]) });`;
    const results = await runBlocks(README, { cwd: place.folder, prelude });
    for (const { line, printed, expected } of results) {
      expect(printed, `the block of line ${line}`).toEqual(expect.arrayContaining(expected));
    }
    expect(results[0].expected).toEqual(['Int32Array [1,1,2,2]']);
    expect(results[0].printed.length).toBeGreaterThan(1);
  });

  test('its commands work', async () => {
    const commands = commandsOf(text);
    expect(commands.length).toBeGreaterThan(5);
    for (const args of commands) {
      const { code, stderr } = await place.run(...args);
      expect(code, `coppice ${args.join(' ')}: ${stderr}`).toBe(0);
    }
  });
});

test('docs/dependencies.md has every dependency, at its version', () => {
  const text = readFileSync(join(ROOT, 'docs', 'dependencies.md'), 'utf8');
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const lines = text.split('\n');
  for (const [name, version] of Object.entries<string>({ ...dependencies, ...devDependencies })) {
    // In the table, in a heading or in a list, the version follows the name.
    const told = lines.some(
      (line) => line.replace(/[`|]/g, ' ').includes(`${name} `) && line.includes(version),
    );
    expect(told, `${name} ${version}`).toBe(true);
  }
});

describe('links', () => {
  const documents = [README, join(ROOT, 'CHANGELOG.md'), join(ROOT, 'bench', 'README.md')].concat(
    readdirSync(join(ROOT, 'docs'))
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(ROOT, 'docs', name)),
  );
  /** The anchors that GitHub makes of a document's headings. */
  const anchorsOf = (markdown: string) =>
    [...markdown.replace(/^```.*?^```$/gms, '').matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    );

  test.each(documents.map((file) => [relative(ROOT, file), file]))('of %s lead somewhere', (_, file) => {
    const text = readFileSync(file, 'utf8');
    for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^\w+:/.test(target)) continue;
      const [path, anchor] = target.split('#');
      const to = path === '' ? file : join(dirname(file), path);
      expect(existsSync(to), `${basename(file)}: ${target}`).toBe(true);
      if (anchor !== undefined) expect(anchorsOf(readFileSync(to, 'utf8')), target).toContain(anchor);
    }
  });
});
