/** One run of a command: what stops it, what it writes, what it has to say, and what is cleaned up however it ends. */

import * as fs from 'node:fs';
import { close as closeEngine } from '../runtime/engine.ts';
import { OutputFile } from '../sinks/file.ts';
import type { CoppiceWarning, Run } from '../types.ts';
import { Interrupted, UsageError } from './errors.ts';
import { createProgress, type ProgressView } from './progress.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export class Session {
  readonly progress: ProgressView;
  /** Of warnings with the same code the last is kept: it has the whole count. */
  readonly warnings = new Map<string, string>();
  readonly #controller = new AbortController();
  readonly #outputs: { file: OutputFile; option: string }[] = [];
  readonly #closers: (() => unknown)[] = [];

  constructor(readonly json: boolean) {
    this.progress = createProgress(process.stderr);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** What every call to the library gets. */
  run(flags: { memory?: number; threads?: number | 'auto'; seed?: number }): Run {
    return {
      signal: this.signal,
      onProgress: (p) => this.progress.update(p),
      onWarning: (w) => this.warn(w),
      memoryLimit: flags.memory,
      threads: flags.threads,
      seed: flags.seed,
    };
  }

  warn(warning: CoppiceWarning): void {
    this.warnings.set(warning.code, warning.message);
  }

  /** Call `closer` when the command has ended. */
  onEnd(closer: () => unknown): void {
    this.#closers.push(closer);
  }

  /**
   * Begin an output, where one was asked for.
   * @param inputs files that the command reads: none of them may be overwritten
   */
  output(option: string, path: string, inputs: readonly string[], leastBytes?: number): OutputFile;
  output(option: string, path: string | undefined, inputs: readonly string[]): OutputFile | undefined;
  output(
    option: string,
    path: string | undefined,
    inputs: readonly string[],
    leastBytes?: number,
  ): OutputFile | undefined {
    if (path === undefined) return undefined;
    for (const input of inputs) {
      if (sameFile(input, path)) {
        throw new UsageError(
          `${option} ${path} is what is read; writing over it would destroy it, so name another file`,
        );
      }
    }
    const other = this.#outputs.find(({ file }) => sameFile(file.path, path));
    if (other) throw new UsageError(`${other.option} and ${option} both name ${path}`);
    const file = new OutputFile(path, leastBytes);
    this.#outputs.push({ file, option });
    return file;
  }

  /** Give all outputs their names, together: every one is on disk before the first appears. */
  async commit(): Promise<void> {
    for (const { file } of this.#outputs) await file.complete();
    this.signal.throwIfAborted();
    for (const { file } of this.#outputs) file.commit();
  }

  discardOutputs(): void {
    for (const { file } of this.#outputs) file.discard();
  }

  /** Run the work of a command; signals stop it. Outputs that were not committed are gone afterwards. */
  async within<T>(work: () => Promise<T>): Promise<T> {
    const interrupt = () => {
      if (this.signal.aborted) {
        // Asked twice: something does not let go. Leave without it.
        this.#tidyNow();
        process.exit(130);
      }
      this.#controller.abort(new Interrupted('interrupted; no output was written'));
    };
    const onExit = () => this.#tidyNow();
    for (const signal of SIGNALS) process.on(signal, interrupt);
    process.on('exit', onExit);
    try {
      return await work();
    } catch (error) {
      // Whatever broke because of the interruption is not what the user wants to read.
      throw this.signal.aborted ? this.signal.reason : error;
    } finally {
      this.#tidyNow();
      for (const closer of this.#closers) await closer();
      await closeEngine();
      for (const signal of SIGNALS) process.off(signal, interrupt);
      process.off('exit', onExit);
    }
  }

  #tidyNow(): void {
    this.progress.stop();
    this.discardOutputs();
  }
}

/** Whether two paths lead to the same file; by name where one does not exist yet. */
function sameFile(a: string, b: string): boolean {
  const [x, y] = [stat(a), stat(b)];
  if (x && y) return x.dev === y.dev && x.ino === y.ino;
  if (x || y) return false;
  return absolute(a) === absolute(b);
}

/** What is wrong with a path is said by who opens it. */
function stat(path: string): fs.Stats | undefined {
  try {
    return fs.statSync(path);
  } catch {
    return undefined;
  }
}

function absolute(path: string): string {
  // Of a file that does not exist yet the folder may still have several names.
  const at = path.lastIndexOf('/');
  const folder = at < 0 ? '.' : path.slice(0, at + 1);
  try {
    return `${fs.realpathSync(folder)}/${path.slice(at + 1)}`;
  } catch {
    return path;
  }
}
