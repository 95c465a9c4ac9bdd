/**
 * An output that goes to standard output: `-`, `/dev/stdout`. Bytes are collected in a temporary file, since writers
 * mend the head of what they wrote, and nothing should come out of work that fails; `complete` copies them.
 */

import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { OutputFile } from './file.ts';

/** What standard output is called on a command line. */
export function isStdout(file: string): boolean {
  return file === '-' || /^\/(dev\/stdout|(dev|proc\/self)\/fd\/1)$/.test(file);
}

const write = promisify(fs.write) as (fd: number, bytes: Uint8Array) => Promise<{ bytesWritten: number }>;

/** Not by `process.stdout`, which writes to pipes in this thread: a reader that waits would keep signals out. */
async function writeAll(bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  for (let rest = bytes; rest.length > 0; ) {
    signal.throwIfAborted();
    try {
      rest = rest.subarray((await write(1, rest)).bytesWritten);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

export class StdoutFile extends OutputFile {
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal, leastBytes?: number) {
    super(path.join(tmpdir(), 'coppice-stdout'), leastBytes, '-');
    this.#signal = signal;
  }

  override async complete(): Promise<void> {
    this.flush();
    try {
      for await (const piece of fs.createReadStream(this.temporary, { signal: this.#signal })) {
        await writeAll(piece, this.#signal);
      }
    } catch (error) {
      this.#signal.throwIfAborted();
      // A reader that goes away early has what it wants.
      if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw this.explain(error);
    } finally {
      this.discard();
    }
  }

  /** It has been written by `complete`. */
  override commit(): void {}
}
