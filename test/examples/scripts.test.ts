/** The same script in Node, Deno and Bun writes the same bytes. */

import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Model } from '../../src/model/model.ts';
import { open } from '../../src/sources/index.ts';
import { GET, installed, root } from '../platform/help.ts';
import { rowsOf } from '../sources/help.ts';

const run = promisify(execFile);
const deno = installed('@deno/linux-x64-glibc/deno');
const bun = installed('@oven/bun-linux-x64/bin/bun');
const script = (file: string) => path.join(root, 'examples', file);

/** What a script prints and writes, in a folder of its own. */
async function outputOf(binary: string, args: string[], input: string[]) {
  const folder = mkdtempSync(path.join(tmpdir(), 'coppice-script-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  symlinkSync(path.join(root, 'examples'), path.join(folder, 'examples'));
  const env = { ...process.env, NO_COLOR: '1', NODE_OPTIONS: '' };
  const { stdout, stderr } = await run(binary, [...args, ...input], { cwd: folder, env });
  expect(stderr).toBe('');
  const [labels, model] = ['labels.npy', 'model.safetensors'].map((name) =>
    readFileSync(path.join(folder, name)),
  );
  return { stdout, labels, model };
}
const inNode = (input: string[]) => outputOf(process.execPath, [script('node/cluster.mjs')], input);

const INPUTS: string[][] = [[], ['examples/blobs.csv', '4', '1', 'id']];

test('Node: sizes, labels and model of the trajectory', async () => {
  const { stdout, labels, model } = await inNode([]);
  const lines = stdout.trim().split('\n');
  expect(lines[0]).toBe('examples/alanine-dipeptide.h5: a tree over 800 rows, cut into 3 clusters (rmsd)');
  const written = (await rowsOf(await open(labels), { chunkRows: 4000 })).flat();
  expect(written).toHaveLength(4000);
  expect(lines.slice(1)).toEqual(
    [1, 2, 3].map((k) => `cluster ${k}: ${written.filter((label) => label === k).length} of 4000 rows`),
  );
  expect(Model.load(model)).toMatchObject({ metric: 'rmsd', leaders: { rows: 6, cols: 66 } });
});

describe.skipIf(!deno)(`Deno (${GET})`, () => {
  test.each(INPUTS.map((input) => [input]))('%j: the same bytes', async (input) => {
    const args = [
      'run',
      '--no-prompt',
      '--allow-read',
      '--allow-write',
      '--allow-env',
      script('deno/cluster.ts'),
    ];
    expect(await outputOf(deno as string, args, input)).toEqual(await inNode(input));
  });

  test('finds the types', { timeout: 120_000 }, async () => {
    const check = (file: string) => run(deno as string, ['check', '--no-remote', file], { cwd: root });
    await check(script('deno/cluster.ts'));
    const wrong = path.join(root, 'test/examples/wrong.deno.ts');
    await expect(check(wrong)).rejects.toThrow(/TS2322/);
  });
});

describe.skipIf(!bun)(`Bun (${GET})`, () => {
  test.each(INPUTS.map((input) => [input]))('%j: the same bytes', async (input) => {
    expect(await outputOf(bun as string, [script('node/cluster.mjs')], input)).toEqual(await inNode(input));
  });
});

test('Node: files in batches, counted by file and cluster', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'coppice-script-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const text = readFileSync(path.join(root, 'examples/blobs.csv'), 'utf8').trimEnd().split('\n');
  const half = Math.ceil(text.length / 2);
  const files = [text.slice(1, half), text.slice(half)].map((lines, i) => {
    const file = path.join(folder, `half ${i}.csv`);
    writeFileSync(file, `${[text[0], ...lines].join('\n')}\n`);
    return file;
  });
  const args = [script('node/batches.mjs'), path.join(folder, 'run')];
  const { stdout, stderr } = await run(process.execPath, [...args, ...files], { cwd: root });
  expect(stderr).toBe('');
  const lines = stdout.trimEnd().split('\n');
  expect(lines.slice(0, 2)).toEqual(
    files.map((file, i) => `${file}: ${[half - 1, text.length - half][i]} rows`),
  );
  expect(lines[2]).toMatch(/^\d+ clusters in 4 preclusters$/);
  const counted = lines.slice(3).map((line) => line.replace(/^.*: /, '').split(' ').map(Number));
  expect(counted.map((row) => row.reduce((a, b) => a + b))).toEqual([half - 1, text.length - half]);
  expect(existsSync(path.join(folder, 'run'))).toBe(false);
});
