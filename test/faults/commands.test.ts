/** Every file system call of a command fails once. broken-files.mjs makes it fail, commands.mjs checks the result. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { CLI, twoGroups, twoGroupsNpy, workplace } from '../cli/help.ts';
import { COMMANDS } from './table.mjs';

const script = fileURLToPath(new URL('./commands.mjs', import.meta.url));
const ROWS = 40;

test.skipIf(!existsSync(CLI))('every command is in table.mjs (needs a build)', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [CLI, '--help']);
  const commands = Array.from(
    stdout.matchAll(/^ {2}([a-z]+)\b.*\[options\]|^ {2}(batch)\b/gm),
    ([, one, two]) => one ?? two,
  );
  expect(commands.length).toBeGreaterThan(8);
  const tried = Object.keys(COMMANDS).map((name) => name.split(' ')[0]);
  expect(commands.filter((name) => !tried.includes(name))).toEqual([]);
});

describe.skipIf(!existsSync(CLI))('a file system that fails at any call (needs a build)', () => {
  test.each(Object.keys(COMMANDS))('coppice %s', { timeout: 300_000 }, async (name) => {
    const { folder, put, run, path } = workplace();
    mkdirSync(path('tmp'));
    put('in.npy', twoGroupsNpy(ROWS, 2));
    const data = twoGroups(ROWS, 2);
    const lines = Array.from({ length: ROWS }, (_, i) => `r${i},${data[2 * i]},${data[2 * i + 1]}`);
    put('in.csv', `name,x,y\n${lines.join('\n')}\n`);
    writeFileSync(path('names.txt'), lines.map((line) => `${line.split(',')[0]}\n`).join(''));
    const made = await run('cluster', 'in.npy', '--clusters', 2, '--model', 'model.st', '--linkage', 'z.npy');
    expect(made.stderr).toBe('');
    const { stdout } = await promisify(execFile)(process.execPath, [script, folder, name]);
    const problems = stdout.trim().split('\n');
    expect(Number(/^tried (\d+)$/.exec(problems.pop() ?? '')?.[1])).toBeGreaterThan(5);
    expect(problems).toEqual([]);
  });
});
