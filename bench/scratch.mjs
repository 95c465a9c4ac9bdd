/** A folder for data that is removed at the end of the run, and child processes that are ended with it. */
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
      // It has ended already.
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

/** The folder: in COPPICE_BENCH_TMP if set, otherwise in the system's folder for temporary files. */
export function scratch() {
  folder ??= mkdtempSync(path.join(process.env.COPPICE_BENCH_TMP || tmpdir(), 'coppice-bench-'));
  return folder;
}

export function scratchFile(name) {
  return path.join(scratch(), name);
}

/** Start a child process. It is killed, with all its own children, if the benchmark ends before it. */
export function start(command, args, options) {
  // Detached: it leads a process group, which can be killed as a whole.
  const child = spawn(command, args, { ...options, detached: true });
  if (child.pid !== undefined) children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}
