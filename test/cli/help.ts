/** Runs the built command line: in a process of its own, as a user's shell does, or in this process, which is much faster. */

import { spawn } from 'node:child_process';
import { Console } from 'node:console';
import type { EventEmitter } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll } from 'vitest';
import { npy } from '../sources/help.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const CLI = join(ROOT, 'build', 'cli.js');
export const TRAJECTORY = join(ROOT, 'examples', 'alanine-dipeptide.h5');
export const BLOBS = join(ROOT, 'examples', 'blobs.csv');

export interface Ran {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** Start the command line; `ended` tells how it went. */
export function start(args: readonly (string | number)[], cwd: string, env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [CLI, ...args.map(String)], {
    cwd,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const ended = new Promise<Ran>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { child, ended };
}

let runs = 0;
let last: Promise<unknown> = Promise.resolve();

/**
 * Run the command line in this process, one run after another: the same built file, loaded anew, with arguments, working
 * directory, output streams and exit code of its own. It saves the start of a process. What a process adds needs `start`: signals,
 * pipes, the environment, the order of what is loaded.
 */
export function runHere(args: readonly (string | number)[], cwd: string): Promise<Ran> {
  const ran = last.then(() => runAlone(args.map(String), cwd));
  last = ran.catch(() => {});
  return ran;
}

async function runAlone(args: string[], cwd: string): Promise<Ran> {
  const { argv, env, exitCode, stdout, stderr } = process;
  const before = { cwd: process.cwd(), console: globalThis.console, noColor: env.NO_COLOR };
  const writes = [stdout.write, stderr.write] as const;
  const heard: [EventEmitter, string][] = [
    [process, 'uncaughtException'],
    [stdout, 'error'],
    [stderr, 'error'],
  ];
  const listeners = heard.map(([emitter, event]) => emitter.listeners(event));
  const texts = ['', ''];
  const catching = (at: number) =>
    ((text: string | Uint8Array, ...rest: unknown[]) => {
      texts[at] += typeof text === 'string' ? text : Buffer.from(text).toString();
      const done = rest.at(-1);
      if (typeof done === 'function') queueMicrotask(() => done());
      return true;
    }) as typeof stdout.write;
  stdout.write = catching(0);
  stderr.write = catching(1);
  globalThis.console = new Console(stdout, stderr);
  env.NO_COLOR = '1';
  process.argv = [argv[0], CLI, ...args];
  process.exitCode = undefined;
  process.chdir(cwd);
  try {
    // The query makes another module of it, which runs; what it imports is loaded once.
    await import(/* @vite-ignore */ `${pathToFileURL(CLI)}?run=${runs++}`);
    const code = Number(process.exitCode ?? 0);
    return { code, signal: null, stdout: texts[0], stderr: texts[1] };
  } finally {
    [stdout.write, stderr.write] = writes;
    Object.assign(process, { argv, exitCode });
    globalThis.console = before.console;
    if (before.noColor === undefined) delete env.NO_COLOR;
    else env.NO_COLOR = before.noColor;
    process.chdir(before.cwd);
    for (const [i, [emitter, event]] of heard.entries()) {
      emitter.removeAllListeners(event);
      for (const listener of listeners[i]) emitter.on(event, listener as () => void);
    }
  }
}

/** A folder of one's own, and the command line run in it: `run` in this process, `spawned` in another. */
export function workplace() {
  const folder = mkdtempSync(join(tmpdir(), 'coppice-cli-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return {
    folder,
    path: (name: string) => join(folder, name),
    put(name: string, data: Uint8Array | string): string {
      writeFileSync(join(folder, name), data);
      return name;
    },
    mkdir(name: string): string {
      mkdirSync(join(folder, name));
      return name;
    },
    files: () => readdirSync(folder).sort(),
    run: (...args: (string | number)[]) => runHere(args, folder),
    spawned: (...args: (string | number)[]) => start(args, folder).ended,
  };
}

/** Rows in two clearly separate groups, alternating: even rows near 0, odd rows near 10. */
export function twoGroups(rows: number, cols: number): Float32Array {
  const data = new Float32Array(rows * cols);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < cols; k++)
      data[i * cols + k] = (i % 2) * 10 + Math.sin(i * 12.9898 + k * 78.233) * 0.5;
  }
  return data;
}

export function twoGroupsNpy(rows: number, cols: number): Uint8Array {
  return npy('<f4', [rows, cols], twoGroups(rows, cols));
}

/** The numbers of a one-dimensional int32 NPY file, read without the library. */
export function readInt32Npy(bytes: Buffer): number[] {
  const header = bytes.subarray(10, 10 + bytes.readUInt16LE(8)).toString('latin1');
  const count = Number(/'descr': '<i4', 'fortran_order': False, 'shape': \((\d+),\)/.exec(header)?.[1]);
  const data = bytes.subarray(10 + bytes.readUInt16LE(8));
  if (data.length !== 4 * count) throw new Error(`${count} labels in ${data.length} bytes: ${header}`);
  return Array.from({ length: count }, (_, i) => data.readInt32LE(4 * i));
}
