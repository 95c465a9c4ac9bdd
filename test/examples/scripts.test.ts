/** The scripts of examples/, in Node. In Deno and Bun they are tried by test/platform/scripts.test.ts. */

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Model } from '../../src/model/model.ts';
import { open } from '../../src/sources/index.ts';
import { root } from '../platform/help.ts';
import { rowsOf } from '../sources/help.ts';
import { inNode, run, script } from './help.ts';

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
