/** A file of the platform's file system as `Bytes`. Loaded when the first path is opened: a page never needs it. */

import { FormatError, rangeError } from '../../errors.ts';
import { INPUT, say } from '../../messages.ts';
import { fillFrom, systemReason } from '../../support/system-files.ts';
import { type Bytes, type Change, sliceByReading } from './bytes.ts';
import { compare, type Sum, sumOf } from './changes.ts';
import { checkPlace } from './place.ts';

type Fs = typeof import('node:fs');
type FileHandle = import('node:fs').promises.FileHandle;

/** File status; the times are in nanoseconds. */
type Stat = import('node:fs').BigIntStats;

/** The error for a file that cannot be read, with its name and the reason. */
function unreadable(path: string, error: unknown): Error {
  const why = systemReason(error, { ENOENT: 'there is no such file' });
  return Object.assign(rangeError(say`${INPUT}cannot read ${JSON.stringify(path)}: ${why}`), {
    cause: error,
  });
}

/** A file. Reads are positional, so any number of readers can share one handle. */
class FileBytes implements Bytes {
  readonly name: string;
  #handle: Promise<FileHandle> | undefined;
  #holders = 0;
  readonly byteLength: number;
  #sum: Sum | undefined;

  readonly #fs: Fs;
  readonly #stat: Stat;

  constructor(
    fs: Fs,
    readonly path: string,
    stat: Stat,
  ) {
    this.#fs = fs;
    this.#stat = stat;
    this.name = path;
    this.byteLength = Number(stat.size);
  }

  /** Store a checksum of the file's contents. */
  async look(): Promise<void> {
    const release = this.hold();
    try {
      this.#sum = await sumOf(this, this.byteLength);
    } finally {
      await release();
    }
  }

  async changed(): Promise<Change | undefined> {
    const was = this.#stat;
    const now = await this.#fs.promises.stat(this.path, { bigint: true }).catch(() => undefined);
    // The rows that were read are right; a later read would fail.
    if (!now) return { what: 'it is not there any more', mixed: false };
    const same = now.size === was.size && now.mtimeNs === was.mtimeNs;
    if (same && now.ctimeNs === was.ctimeNs && now.ino === was.ino) return undefined;
    const time = ({ mtime }: Stat) => mtime.toISOString();
    const what =
      now.size === was.size
        ? `it was written at ${time(now)}`
        : `it had ${was.size} bytes and has ${now.size} since ${time(now)}`;
    if (now.size < was.size) return { what, mixed: true, offset: Number(now.size) };
    if (!this.#sum) return { what, mixed: true };
    const grown = now.size > was.size;
    const change = await compare(this, { before: this.#sum, size: this.byteLength, grown, what });
    // Renaming a file or changing its permissions does not change the data.
    return same && !change.mixed ? undefined : change;
  }

  async readInto(target: Uint8Array, start: number): Promise<number> {
    checkPlace(this.name, start);
    const release = this.hold();
    try {
      this.#handle ??= this.#fs.promises.open(this.path, 'r').catch((error) => {
        this.#handle = undefined;
        throw error;
      });
      return await fillFrom(await this.#handle, target, start);
    } catch (error) {
      throw unreadable(this.path, error);
    } finally {
      await release();
    }
  }

  slice(start: number, end: number): Promise<Uint8Array> {
    return sliceByReading(this, start, end);
  }

  hold(): () => Promise<void> {
    this.#holders++;
    let held = true;
    return async () => {
      if (!held) return;
      held = false;
      if (--this.#holders === 0) await this.close();
    };
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    // A FileHandle waits for its pending reads before it closes.
    if (handle) await handle.then((h) => h.close()).catch(() => {});
  }
}

/** @throws RangeError if the file cannot be read, FormatError if it is not a regular file */
export async function openFile(fs: Fs, path: string): Promise<Bytes> {
  let stat: Stat;
  try {
    stat = await fs.promises.stat(path, { bigint: true });
  } catch (error) {
    throw unreadable(path, error);
  }
  if (stat.isDirectory()) throw new FormatError(path, 'is a folder, not a file');
  // Data are read more than once and out of order, which is not possible with a pipe or a terminal.
  if (!stat.isFile()) throw new FormatError(path, 'is not a regular file; only those can be read twice');
  const file = new FileBytes(fs, path, stat);
  await file.look();
  return file;
}
