/** A folder for the run's data that never outlives it, and the processes that must not either. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const children = new Set();
let folder;

function clean() {
  for (const child of children) {
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has just ended.
    }
  }
  if (folder) rmSync(folder, { recursive: true, force: true });
  folder = undefined;
}

process.on('exit', clean);
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
]) {
  process.on(signal, () => process.exit(code));
}

/** The folder: in COPPICE_BENCH_TMP where that is set, else where the system keeps such. */
export function scratch() {
  folder ??= mkdtempSync(path.join(process.env.COPPICE_BENCH_TMP || tmpdir(), 'coppice-bench-'));
  return folder;
}

export function scratchFile(name) {
  return path.join(scratch(), name);
}

/** Start a child that is killed, with all that it has started, if the bench ends before it. */
export function start(command, args, options) {
  // Detached: the head of a process group, which can be killed as one.
  const child = spawn(command, args, { ...options, detached: true });
  if (child.pid !== undefined) children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}
