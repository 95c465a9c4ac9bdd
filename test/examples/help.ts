/** Runs the scripts of examples/ in a folder of their own. */

import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished } from 'vitest';
import { root } from '../platform/help.ts';

export const run = promisify(execFile);
export const script = (file: string) => path.join(root, 'examples', file);

/** What a script prints and writes, in a folder of its own. */
export async function outputOf(binary: string, args: string[], input: string[]) {
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
export const inNode = (input: string[]) => outputOf(process.execPath, [script('node/cluster.mjs')], input);

export const INPUTS: string[][] = [[], ['examples/blobs.csv', '4', '1', 'id']];
