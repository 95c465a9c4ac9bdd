/**
 * Output to standard output: `-`, `/dev/stdout`. Bytes are collected in a temporary file, since writers patch the header
 * afterwards, and failed work must print nothing. `complete` copies the file to standard output.
 */

import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { OutputFile } from './file.ts';

/** Whether a path on the command line means standard output. */
export function isStdout(file: string): boolean {
  return file === '-' || /^\/(dev\/stdout|(dev|proc\/self)\/fd\/1)$/.test(file);
}

const write = promisify(fs.write) as (fd: number, bytes: Uint8Array) => Promise<{ bytesWritten: number }>;

/** Does not use `process.stdout`: it writes to pipes synchronously, and a slow reader would block signals. */
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
      // The reader may close the pipe early (`| head`): that is no error.
      if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw this.explain(error);
    } finally {
      this.discard();
    }
  }

  /** Nothing to do: `complete` has written the bytes. */
  override commit(): void {}
}
