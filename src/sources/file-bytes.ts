/** A file of the platform's file system as `Bytes`. Loaded with the first path: a page has no use for it. */

import { FormatError, rangeError } from '../errors.ts';
import { fillFrom, systemReason } from '../systemfiles.ts';
import { type Bytes, sliceByReading } from './bytes.ts';
import { checkPlace } from './place.ts';

type Fs = typeof import('node:fs');
type FileHandle = import('node:fs').promises.FileHandle;

/** The error of a file that cannot be read, with its name and why. */
function unreadable(path: string, error: unknown): Error {
  const why = systemReason(error, { ENOENT: 'there is no such file' });
  return Object.assign(rangeError(`input: cannot read ${JSON.stringify(path)}: ${why}`), { cause: error });
}

/** A file. Reads are positional, so any number of readers may share the one handle. */
class FileBytes implements Bytes {
  readonly name: string;
  private handle: Promise<FileHandle> | undefined;
  private holders = 0;

  constructor(
    private readonly fs: Fs,
    readonly path: string,
    readonly byteLength: number,
  ) {
    this.name = path;
  }

  async readInto(target: Uint8Array, start: number): Promise<number> {
    checkPlace(this.name, start);
    const release = this.hold();
    try {
      this.handle ??= this.fs.promises.open(this.path, 'r').catch((error) => {
        this.handle = undefined;
        throw error;
      });
      return await fillFrom(await this.handle, target, start);
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
    this.holders++;
    let held = true;
    return async () => {
      if (!held) return;
      held = false;
      if (--this.holders === 0) await this.close();
    };
  }

  async close(): Promise<void> {
    const handle = this.handle;
    this.handle = undefined;
    // A FileHandle waits for its pending reads before it closes.
    if (handle) await handle.then((h) => h.close()).catch(() => {});
  }
}

/** @throws RangeError where it cannot be read, FormatError where it is no regular file */
export async function openFile(fs: Fs, path: string): Promise<Bytes> {
  let stat: import('node:fs').Stats;
  try {
    stat = await fs.promises.stat(path);
  } catch (error) {
    throw unreadable(path, error);
  }
  if (stat.isDirectory()) throw new FormatError(path, 'is a folder, not a file');
  // Data are read more than once and out of order, which a pipe or a terminal cannot do.
  if (!stat.isFile()) throw new FormatError(path, 'is not a regular file; only those can be read twice');
  return new FileBytes(fs, path, stat.size);
}
