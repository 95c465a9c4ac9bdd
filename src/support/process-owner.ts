/**
 * Who made a file: a mark that a later process can prove dead. A process that is killed leaves lock files, temporary
 * files and folders behind; the next run removes them only where their process is certainly gone.
 *
 * Proof needs the same machine and the same table of processes (a container has its own), and a process of that number
 * that is not running, or, where the system tells (Linux), was started at another time.
 */

import { builtin } from './builtin-module.ts';
import { crc32 } from './crc32.ts';

type Fs = typeof import('node:fs');

export interface ProcessOwner {
  pid: number;
  /** When the process began, in the system's own measure; '' where it does not tell. */
  began: string;
  /** Checksum of the machine and of its table of processes. */
  place: string;
}

function attempt<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    // The platform does not tell, or may not (Deno without permission).
    return otherwise;
  }
}

/** '' where the platform does not tell. */
export function hostName(): string {
  return attempt(() => (builtin('node:os') as typeof import('node:os')).hostname(), '');
}

const fs = () => builtin('node:fs') as Fs;
const textOf = (file: string) => attempt(() => fs().readFileSync(file, 'utf8').trim(), '');

/** State and start of a process: the 3rd and the 22nd field of its stat, counted behind the name in brackets. */
function statOf(pid: number): { state: string; began: string } {
  const stat = textOf(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0], began: fields[19] ?? '' };
}

let place: string | undefined;

/** This process. */
export function thisProcess(): ProcessOwner {
  const table = () => attempt(() => fs().readlinkSync('/proc/self/ns/pid'), '');
  place ??= crc32(new TextEncoder().encode(`${hostName()}\n${textOf('/etc/machine-id')}\n${table()}`))
    .toString(16)
    .padStart(8, '0');
  return { pid: process.pid, began: statOf(process.pid).began, place };
}

/** Whether a process is gone for certain. */
export function isDead(owner: ProcessOwner): boolean {
  if (owner.place !== thisProcess().place) return false;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    // Some other user's process cannot be signalled, but it is there.
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  const { state, began } = statOf(owner.pid);
  // Killed, and not yet waited for by its parent; or the number has been given to another process since.
  return state === 'Z' || state === 'X' || (began !== '' && owner.began !== '' && began !== owner.began);
}

/** A mark for names of files: it says whose they are, and no two are equal. */
export function ownerMark(): string {
  const { pid, began, place } = thisProcess();
  const random = Array.from(crypto.getRandomValues(new Uint8Array(6)), (b) =>
    b.toString(16).padStart(2, '0'),
  );
  return `${pid}-${began}-${place}-${random.join('')}`;
}

/** Whose mark a name holds, directly before `ending`; undefined where it has none. */
function ownerOf(name: string, ending: string): ProcessOwner | undefined {
  const at = name.endsWith(ending) ? name.length - ending.length : -1;
  const [, pid, began, place] =
    /(?:^|[.-])(\d+)-(\d*)-([0-9a-f]{8})-[0-9a-f]{12}$/.exec(name.slice(0, at)) ?? [];
  return at < 0 || pid === undefined ? undefined : { pid: Number(pid), began, place };
}

/**
 * Remove what dead processes have left in a folder: names that begin with `start`, and end with a mark and `ending`.
 * Never throws: it runs before work that does not depend on it.
 */
export function sweep(folder: string, start: string, ending: string): void {
  for (const name of attempt(() => fs().readdirSync(folder), [])) {
    if (!name.startsWith(start)) continue;
    const owner = ownerOf(name, ending);
    if (owner && isDead(owner)) {
      attempt(() => fs().rmSync(`${folder}/${name}`, { recursive: true, force: true }), undefined);
    }
  }
}
