/** One run of a command: what stops it, what it writes, what it has to say, and what is cleaned up however it ends. */

import * as fs from 'node:fs';
import { close as closeEngine } from '../../runtime/lease.ts';
import { OutputError, OutputFile } from '../../sinks/file.ts';
import { isStdout, StdoutFile } from '../../sinks/stdout.ts';
import type { CoppiceWarning, Run } from '../../types.ts';
import { Interrupted, UsageError } from './errors.ts';
import { createProgress, type ProgressView } from './progress.ts';

/** What ends a command, with the exit codes that shells expect. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
type Signal = keyof typeof SIGNALS;

export class Session {
  readonly progress: ProgressView;
  /** Of warnings with the same code the last is kept: it has the whole count. */
  readonly warnings = new Map<string, string>();
  readonly #controller = new AbortController();
  readonly #outputs: { file: OutputFile; option: string }[] = [];
  readonly #closers: (() => unknown)[] = [];
  #committed = false;

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

  /** Call `closer` when the command has ended, before those that were named earlier. */
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
    const name = isStdout(path) ? '-' : path;
    const other = this.#outputs.find(({ file }) =>
      name === '-' || file.path === '-' ? file.path === name : sameFile(file.path, path),
    );
    if (other) throw new UsageError(`${other.option} and ${option} both name ${path}`);
    const file = name === '-' ? new StdoutFile(this.signal, leastBytes) : new OutputFile(path, leastBytes);
    this.#outputs.push({ file, option });
    return file;
  }

  /** Whether standard output belongs to an output; then nothing else goes there. */
  get stdoutTaken(): boolean {
    return this.#outputs.some(({ file }) => file.path === '-');
  }

  /**
   * Give all outputs their names, together: every one is on disk before the first appears.
   * @throws OutputError that says which outputs are new, where a rename failed after others
   */
  async commit(): Promise<void> {
    // What goes to standard output cannot be taken back, so it comes when the others are sure.
    const files = this.#outputs
      .map(({ file }) => file)
      .sort((a, b) => Number(a.path === '-') - Number(b.path === '-'));
    for (const file of files) await file.complete();
    this.signal.throwIfAborted();
    const done: string[] = [];
    for (const file of files) {
      try {
        file.commit();
      } catch (error) {
        if (done.length === 0 || !(error instanceof OutputError)) throw error;
        const left = files.slice(done.length + 1).map(({ path }) => path);
        const others = left.length > 0 ? `, nor ${left.join(', ')}` : '';
        throw new OutputError(
          error.path,
          `${error.problem}${others}; already new: ${done.join(', ')}`,
          error,
        );
      }
      done.push(file.path);
    }
    this.#committed = true;
  }

  discardOutputs(): void {
    for (const { file } of this.#outputs) file.discard();
  }

  /** Run the work of a command; signals stop it. Outputs that were not committed are gone afterwards. */
  async within<T>(work: () => Promise<T>): Promise<T> {
    const letGo = () => {
      for (const name of Object.keys(SIGNALS)) process.off(name, interrupt);
    };
    const interrupt = (name: Signal) => {
      const why = this.#committed
        ? 'interrupted; the outputs are complete'
        : 'interrupted; no output was written';
      this.#controller.abort(new Interrupted(why, SIGNALS[name]));
      // Whatever does not let go: without a handler the system ends the process at the next signal.
      this.#tidyNow();
      letGo();
    };
    const onExit = () => this.#tidyNow();
    for (const name of Object.keys(SIGNALS)) process.on(name, interrupt);
    process.on('exit', onExit);
    let failed = false;
    try {
      return await work();
    } catch (error) {
      failed = true;
      // Whatever broke because of the interruption is not what the user wants to read.
      throw this.signal.aborted ? this.signal.reason : error;
    } finally {
      this.#tidyNow();
      const problems: unknown[] = [];
      for (const close of [...this.#closers.reverse(), closeEngine]) {
        try {
          await close();
        } catch (error) {
          problems.push(error);
        }
      }
      letGo();
      process.off('exit', onExit);
      // What went wrong first is what is said.
      // biome-ignore lint/correctness/noUnsafeFinally: only where nothing else is thrown
      if (problems.length > 0 && !failed) throw problems[0];
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
