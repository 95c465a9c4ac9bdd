/**
 * Identifies the process that made a file, so that a later process can prove that it has ended. A killed process leaves lock
 * files, temporary files and folders behind. The next run removes them only if their process has certainly ended.
 *
 * Proof needs the same machine and the same process table (a container has its own). The process number must not be in use,
 * or, if the system reports start times (Linux), must belong to a process that started at another time.
 */

import { builtin } from './builtin-module.ts';
import { crc32 } from './numbers/crc32.ts';

type Fs = typeof import('node:fs');

export interface ProcessOwner {
  pid: number;
  /** Start time of the process in the system's own unit; '' if unknown. */
  began: string;
  /** Checksum of the machine and its process table. */
  place: string;
}

function attempt<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    // The platform does not have the information, or refuses it (Deno without permission).
    return otherwise;
  }
}

/** The host name; '' if unknown. */
export function hostName(): string {
  return attempt(() => (builtin('node:os') as typeof import('node:os')).hostname(), '');
}

const fs = () => builtin('node:fs') as Fs;
const textOf = (file: string) => attempt(() => fs().readFileSync(file, 'utf8').trim(), '');

/** State and start time of a process: fields 3 and 22 of its stat file. The name in brackets may contain spaces. */
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

/** Whether a process has certainly ended. */
export function isDead(owner: ProcessOwner): boolean {
  if (owner.place !== thisProcess().place) return false;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    // EPERM: the process of another user cannot be signalled, but it exists.
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  const { state, began } = statOf(owner.pid);
  // A zombie, or the number now belongs to another process.
  return state === 'Z' || state === 'X' || (began !== '' && owner.began !== '' && began !== owner.began);
}

/** A unique mark for file names that identifies this process. */
export function ownerMark(): string {
  const { pid, began, place } = thisProcess();
  const random = Array.from(crypto.getRandomValues(new Uint8Array(6)), (b) =>
    b.toString(16).padStart(2, '0'),
  );
  return `${pid}-${began}-${place}-${random.join('')}`;
}

/** The owner in the mark of a name, directly before `ending`; undefined if there is none. */
function ownerOf(name: string, ending: string): ProcessOwner | undefined {
  const at = name.endsWith(ending) ? name.length - ending.length : -1;
  const [, pid, began, place] =
    /(?:^|[.-])(\d+)-(\d*)-([0-9a-f]{8})-[0-9a-f]{12}$/.exec(name.slice(0, at)) ?? [];
  return at < 0 || pid === undefined ? undefined : { pid: Number(pid), began, place };
}

/**
 * Remove the files of dead processes from a folder: names that begin with `start` and end with a mark and `ending`.
 * Never throws, since the work that follows does not depend on it.
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
