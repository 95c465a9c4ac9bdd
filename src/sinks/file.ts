/**
 * Files that appear under their final name only when they are complete. The only file of this folder that knows
 * a platform (Node's file system).
 *
 * Bytes go to a temporary file in the same folder; `commit` brings it to disk and renames it. Until then whatever
 * stood under the name is untouched, and `discard` leaves nothing behind.
 */

import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { formatBytes } from '../errors.ts';
import { SYSTEM_ERRORS } from '../systemfiles.ts';
import type { ByteSink } from './sink.ts';

/** Small chunks are collected: a write call for each would cost more than the labels in it. */
const BUFFER_BYTES = 2 ** 18;

const WHY: Record<string, string> = {
  ENOENT: 'the folder does not exist',
  EISDIR: 'it is a folder',
};

/** An output that cannot be written; the message names it. */
export class OutputError extends Error {
  override readonly name = 'OutputError';
  readonly code = 'ERR_OUTPUT';
  readonly path: string;

  constructor(file: string, problem: string, cause?: unknown) {
    super(`cannot write ${JSON.stringify(file)}: ${problem}`, { cause });
    this.path = file;
  }
}

/** A file that is being written. */
export class OutputFile implements ByteSink {
  /** As the user named it. */
  readonly path: string;
  /** Bytes that will be in it. */
  size = 0;
  readonly #target: string;
  readonly #temporary: string;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #held = 0;
  #fd: number | undefined;
  /** Whether the temporary file is there. */
  #pending = false;

  /**
   * Open the temporary file. Everything that would stop the output at the end is found here, before the work: a
   * missing folder, missing permission, a folder or a device under that name, a disk without room.
   *
   * @param leastBytes what will surely be written
   * @throws OutputError
   */
  constructor(file: string, leastBytes = 0) {
    this.path = file;
    try {
      const mode = inspect(file);
      // A link stays a link: what it points to is replaced.
      this.#target = mode === undefined ? path.resolve(file) : fs.realpathSync(file);
      const folder = path.dirname(this.#target);
      const { bavail, bsize, blocks } = fs.statfsSync(folder);
      // Some virtual file systems report no blocks at all.
      if (blocks > 0 && bavail * bsize < leastBytes) {
        const [least, free] = [formatBytes(leastBytes), formatBytes(bavail * bsize)];
        throw new OutputError(file, `it needs at least ${least} and the disk has ${free} free`);
      }
      const name = `.${path.basename(this.#target).slice(0, 100)}.${randomBytes(6).toString('hex')}.tmp`;
      this.#temporary = path.join(folder, name);
      this.#fd = fs.openSync(this.#temporary, 'wx', mode ?? 0o666);
      this.#pending = true;
    } catch (error) {
      throw this.#explain(error);
    }
  }

  append(bytes: Uint8Array): void {
    this.size += bytes.length;
    if (this.#held + bytes.length > BUFFER_BYTES) this.#flush();
    if (bytes.length >= BUFFER_BYTES) {
      this.#write(bytes, null);
      return;
    }
    this.#buffer.set(bytes, this.#held);
    this.#held += bytes.length;
  }

  patch(bytes: Uint8Array, at: number): void {
    this.#flush();
    this.#write(bytes, at);
  }

  /** Bring all bytes to disk. What can fail fails here, so that `commit` of several files does not stop halfway. */
  async complete(): Promise<void> {
    this.#flush();
    try {
      await promisify(fs.fsync)(this.#fd as number);
    } catch (error) {
      // Some file systems (network, FUSE) have no fsync; what they promise without it is theirs.
      if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw this.#explain(error);
    }
  }

  /** Give the file its name. Call `complete` before. */
  commit(): void {
    try {
      this.#close();
      fs.renameSync(this.#temporary, this.#target);
      this.#pending = false;
    } catch (error) {
      throw this.#explain(error);
    }
  }

  /** Remove the temporary file, unless it has been committed. Never throws: it runs while other errors are on their way. */
  discard(): void {
    if (!this.#pending) return;
    this.#pending = false;
    try {
      this.#close();
    } catch {}
    try {
      fs.rmSync(this.#temporary, { force: true });
    } catch {}
  }

  #close(): void {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) fs.closeSync(fd);
  }

  #flush(): void {
    const held = this.#held;
    this.#held = 0;
    if (held > 0) this.#write(this.#buffer.subarray(0, held), null);
  }

  #write(bytes: Uint8Array, at: number | null): void {
    try {
      for (let done = 0; done < bytes.length; ) {
        const place = at === null ? null : at + done;
        done += fs.writeSync(this.#fd as number, bytes, done, bytes.length - done, place);
      }
    } catch (error) {
      throw this.#explain(error);
    }
  }

  #explain(error: unknown): Error {
    if (error instanceof OutputError) return error;
    const { code = '', message } = error as NodeJS.ErrnoException;
    return new OutputError(this.path, WHY[code] ?? SYSTEM_ERRORS[code] ?? message, error);
  }
}

/** The mode of what stands under a name; undefined where nothing does. Anything but a file one may write is refused. */
function inspect(file: string): number | undefined {
  if (file === '') throw new OutputError(file, 'the name is empty');
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (!stat) {
    if (/[/\\]$/.test(file)) throw new OutputError(file, 'it names a folder');
    // A link that points to nothing: renaming would replace the link, and not write where it points.
    if (fs.lstatSync(file, { throwIfNoEntry: false })) {
      throw new OutputError(file, 'it is a link that points to nothing');
    }
    return undefined;
  }
  if (stat.isDirectory()) throw new OutputError(file, 'it is a folder');
  if (!stat.isFile()) throw new OutputError(file, 'it is not a regular file');
  // Renaming would go through whatever the file's own mode says; its owner meant something by it.
  fs.accessSync(file, fs.constants.W_OK);
  return stat.mode & 0o777;
}
