/**
 * Files that appear under their final name only when they are complete.
 *
 * Bytes go to a temporary file in the same folder. `complete` flushes it to disk, and `commit` renames it. Until then an
 * existing file of that name is unchanged, and `discard` removes the temporary file. Files that a killed process left in a
 * folder are removed by the next output to that folder.
 */

import * as fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { formatBytes } from '../errors.ts';
import { ownerMark, sweep } from '../support/process-owner.ts';
import { systemReason } from '../support/system-files.ts';
import type { ByteSink } from './sink.ts';

/** Small chunks are collected, since a write call for each would take longer than producing its labels. */
const BUFFER_BYTES = 2 ** 18;

const WHY: Record<string, string> = {
  ENOENT: 'the folder does not exist',
  EISDIR: 'it is a folder',
};

/** Ending of temporary files: their name is `.NAME.MARK` and this. */
const ENDING = '.coppice.tmp';
/** Folders that were searched for files of killed processes. */
const swept = new Set<string>();

/** An output that cannot be written; the message names it. */
export class OutputError extends Error {
  override readonly name = 'OutputError';
  readonly code = 'ERR_OUTPUT';
  readonly path: string;
  readonly problem: string;

  constructor(file: string, problem: string, cause?: unknown) {
    super(`cannot write ${JSON.stringify(file)}: ${problem}`, { cause });
    this.path = file;
    this.problem = problem;
  }
}

/** A file or folder that gets its name when it is complete. */
export interface Output {
  /** The path as the user gave it. */
  readonly path: string;
  /** Bytes written so far. */
  readonly size: number;
  /** Flush everything to disk. */
  complete(): Promise<void>;
  /** Give it its final name. */
  commit(): void;
  /** Remove it unless it has been committed. Never throws. */
  discard(): void;
}

/** A file that is being written. */
export class OutputFile implements ByteSink, Output {
  /** The path as the user gave it. */
  readonly path: string;
  /** Bytes written so far. */
  size = 0;
  readonly #target: string;
  /** Path of the temporary file. */
  protected readonly temporary: string;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #held = 0;
  #fd: number | undefined;
  /** Whether the temporary file exists. */
  #pending = false;

  /**
   * Open the temporary file. Problems that would stop the output at the end are found here, before the work: a missing
   * folder, missing permission, a folder or a device of that name, a full disk.
   *
   * @param leastBytes the least number of bytes that will be written
   * @param shown name for messages
   * @throws OutputError
   */
  constructor(file: string, leastBytes = 0, shown = file) {
    this.path = shown;
    try {
      const mode = inspect(file);
      // A symbolic link is kept: the file it points to is replaced.
      this.#target = mode === undefined ? path.resolve(file) : fs.realpathSync(file);
      const folder = path.dirname(this.#target);
      if (!swept.has(folder)) sweep(folder, '.', ENDING);
      swept.add(folder);
      checkRoom(shown, folder, leastBytes);
      this.temporary = path.join(
        folder,
        `.${path.basename(this.#target).slice(0, 100)}.${ownerMark()}${ENDING}`,
      );
      this.#fd = fs.openSync(this.temporary, 'wx', mode ?? 0o666);
      this.#pending = true;
    } catch (error) {
      throw this.explain(error);
    }
  }

  append(bytes: Uint8Array): void {
    this.size += bytes.length;
    if (this.#held + bytes.length > BUFFER_BYTES) this.flush();
    if (bytes.length >= BUFFER_BYTES) {
      this.#write(bytes, null);
      return;
    }
    this.#buffer.set(bytes, this.#held);
    this.#held += bytes.length;
  }

  patch(bytes: Uint8Array, at: number): void {
    this.flush();
    this.#write(bytes, at);
  }

  /** Flush all bytes to disk. Failures occur here, so that the renames of several files do not stop halfway. */
  async complete(): Promise<void> {
    this.flush();
    try {
      await promisify(fs.fsync)(this.#fd as number);
    } catch (error) {
      // Some file systems (network, FUSE) have no fsync.
      if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw this.explain(error);
    }
  }

  /** Rename the file to its final name. Call `complete` first. */
  commit(): void {
    try {
      this.#close();
      fs.renameSync(this.temporary, this.#target);
      this.#pending = false;
    } catch (error) {
      throw this.explain(error);
    }
    syncFolder(path.dirname(this.#target));
  }

  /** Remove the temporary file unless it has been committed. Never throws, since it runs while other errors are handled. */
  discard(): void {
    if (!this.#pending) return;
    this.#pending = false;
    try {
      this.#close();
    } catch {}
    // If the second attempt fails too, the next output to this folder removes the file.
    for (let attempt = 0; attempt < 2; attempt++) {
      try {
        fs.rmSync(this.temporary, { force: true });
        return;
      } catch {}
    }
  }

  #close(): void {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) fs.closeSync(fd);
  }

  protected flush(): void {
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
      throw this.explain(error);
    }
  }

  protected explain(error: unknown): OutputError {
    if (error instanceof OutputError) return error;
    return new OutputError(this.path, systemReason(error, WHY), error);
  }
}

/** @throws OutputError if the disk is known to lack space */
function checkRoom(file: string, folder: string, leastBytes: number): void {
  let disk: fs.StatsFs;
  try {
    disk = fs.statfsSync(folder);
  } catch (error) {
    // Some file systems do not support this call. A folder that does not exist or cannot be entered stops the output.
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return;
  }
  const free = disk.bavail * disk.bsize;
  // Some virtual file systems report no blocks at all.
  if (disk.blocks > 0 && free < leastBytes) {
    const [least, room] = [formatBytes(leastBytes), formatBytes(free)];
    throw new OutputError(file, `it needs at least ${least} and the disk has ${room} free`);
  }
}

/** Flush a folder, so that a rename survives a power failure, if the platform can do that. */
function syncFolder(folder: string): void {
  let fd: number | undefined;
  try {
    fd = fs.openSync(folder, 'r');
    fs.fsyncSync(fd);
  } catch {
  } finally {
    if (fd !== undefined) {
      try {
        fs.closeSync(fd);
      } catch {}
    }
  }
}

/** The mode of an existing file; undefined if there is none. Anything but a writable file is refused. */
function inspect(file: string): number | undefined {
  if (file === '') throw new OutputError(file, 'the name is empty');
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (!stat) {
    if (/[/\\]$/.test(file)) throw new OutputError(file, 'it names a folder');
    // A dangling link: renaming would replace the link instead of writing where it points.
    if (fs.lstatSync(file, { throwIfNoEntry: false })) {
      throw new OutputError(file, 'it is a symbolic link to a file that does not exist');
    }
    return undefined;
  }
  if (stat.isDirectory()) throw new OutputError(file, 'it is a folder');
  if (!stat.isFile()) throw new OutputError(file, 'it is not a regular file');
  // Renaming ignores the file's own mode, so check it here: a read-only file must not be replaced.
  fs.accessSync(file, fs.constants.W_OK);
  return stat.mode & 0o777;
}
