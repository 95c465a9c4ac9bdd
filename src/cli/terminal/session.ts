/** One run of a command: its signals, outputs, warnings, and the clean-up at its end, however it ends. */

import * as fs from 'node:fs';
import { close as closeEngine } from '../../runtime/lease.ts';
import { type Output, OutputError, OutputFile } from '../../sinks/file.ts';
import { isStdout, StdoutFile } from '../../sinks/stdout.ts';
import type { CoppiceWarning, Run } from '../../types.ts';
import { Interrupted, UsageError } from './errors.ts';
import { createProgress, type ProgressView } from './progress.ts';

/** Signals that end a command, with the exit codes that shells expect. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
type Signal = keyof typeof SIGNALS;

export class Session {
  readonly progress: ProgressView;
  /** Warnings by code. Of several with the same code the last one is kept, since it has the final count. */
  readonly warnings = new Map<string, CoppiceWarning>();
  readonly #controller = new AbortController();
  readonly #outputs: { file: Output; option: string }[] = [];
  readonly #closers: (() => unknown)[] = [];
  #committed = false;

  constructor(readonly json: boolean) {
    this.progress = createProgress(process.stderr);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The options that every call to the library gets. */
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
    this.warnings.set(warning.code, warning);
  }

  /** Register a function to call when the command has ended. The last one registered is called first. */
  onEnd(closer: () => unknown): void {
    this.#closers.push(closer);
  }

  /**
   * Begin an output, if one was asked for.
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
    const name = this.#free(option, path, inputs);
    const file = name === '-' ? new StdoutFile(this.signal, leastBytes) : new OutputFile(path, leastBytes);
    this.#outputs.push({ file, option });
    return file;
  }

  /** As `output`, for an output of another kind. */
  add<O extends Output>(
    option: string,
    path: string,
    inputs: readonly string[],
    create: (path: string) => O,
  ): O {
    this.#free(option, path, inputs);
    const file = create(path);
    this.#outputs.push({ file, option });
    return file;
  }

  /** The name of an output. @throws UsageError if the path is also an input or another output */
  #free(option: string, path: string, inputs: readonly string[]): string {
    for (const input of inputs) {
      if (sameFile(input, path)) {
        throw new UsageError(
          `${option} ${path} is also the input; give another file, since writing would destroy the input`,
        );
      }
    }
    const name = isStdout(path) ? '-' : path;
    const other = this.#outputs.find(({ file }) =>
      name === '-' || file.path === '-' ? file.path === name : sameFile(file.path, path),
    );
    if (other) throw new UsageError(`${other.option} and ${option} are both ${path}`);
    return name;
  }

  /** Whether an output goes to standard output; then nothing else may be printed there. */
  get stdoutTaken(): boolean {
    return this.#outputs.some(({ file }) => file.path === '-');
  }

  /**
   * Give all outputs their final names. All of them are completely on disk before the first is renamed.
   * @throws OutputError that lists the outputs already renamed, if a later rename fails
   */
  async commit(): Promise<void> {
    // Output to standard output cannot be taken back, so it comes last.
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
          `${error.problem}${others}; already written: ${done.join(', ')}`,
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

  /** Run a command's work; signals stop it. Outputs that were not committed are removed afterwards. */
  async within<T>(work: () => Promise<T>): Promise<T> {
    const letGo = () => {
      for (const name of Object.keys(SIGNALS)) process.off(name, interrupt);
    };
    const interrupt = (name: Signal) => {
      const why = this.#committed
        ? 'interrupted; the outputs are complete'
        : 'interrupted; no output was written';
      this.#controller.abort(new Interrupted(why, SIGNALS[name]));
      // If the work does not stop: without our handler, the next signal ends the process.
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
      // After an interruption, report the interruption, not the errors that it caused.
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
      // The first error is reported; errors of closing are reported only if there is no other.
      // biome-ignore lint/correctness/noUnsafeFinally: only where nothing else is thrown
      if (problems.length > 0 && !failed) throw problems[0];
    }
  }

  #tidyNow(): void {
    this.progress.stop();
    this.discardOutputs();
  }
}

/** Whether two paths lead to the same file. They are compared by name if neither exists yet. */
function sameFile(a: string, b: string): boolean {
  const [x, y] = [stat(a), stat(b)];
  if (x && y) return x.dev === y.dev && x.ino === y.ino;
  if (x || y) return false;
  return absolute(a) === absolute(b);
}

/** Errors are reported when the file is opened. */
function stat(path: string): fs.Stats | undefined {
  try {
    return fs.statSync(path);
  } catch {
    return undefined;
  }
}

function absolute(path: string): string {
  // The file does not exist yet, but its folder may be reachable by several paths.
  const at = path.lastIndexOf('/');
  const folder = at < 0 ? '.' : path.slice(0, at + 1);
  try {
    return `${fs.realpathSync(folder)}/${path.slice(at + 1)}`;
  } catch {
    return path;
  }
}
