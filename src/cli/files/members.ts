/** `--members`: a folder with a file for each cluster, which lists the names of its rows. */

import * as fs from 'node:fs';
import nodePath from 'node:path';
import { type Output, OutputError } from '../../sinks/file.ts';
import { ownerMark, sweep } from '../../support/process-owner.ts';
import { systemReason } from '../../support/system-files.ts';

const ENDING = '.coppice.tmp';
/** Names that are held in memory until they are written. */
const HELD_CHARACTERS = 4e6;

/** A folder that appears under its name only when it is complete, like the files of `OutputFile`. */
export class MembersFolder implements Output {
  /** Bytes written so far. */
  size = 0;
  readonly #temporary: string;
  readonly #held = new Map<string, string>();
  #characters = 0;
  #pending = false;

  constructor(readonly path: string) {
    try {
      const there = fs.statSync(this.path, { throwIfNoEntry: false });
      if (there && !there.isDirectory()) throw new OutputError(this.path, 'it is not a folder');
      if (there && fs.readdirSync(this.path).length > 0) {
        throw new OutputError(this.path, 'the folder is not empty; give one that is new');
      }
      const target = nodePath.resolve(this.path);
      sweep(nodePath.dirname(target), '.', ENDING);
      this.#temporary = nodePath.join(
        nodePath.dirname(target),
        `.${nodePath.basename(target).slice(0, 100)}.${ownerMark()}${ENDING}`,
      );
      fs.mkdirSync(this.#temporary);
      this.#pending = true;
    } catch (error) {
      throw this.#explain(error);
    }
  }

  /** Add a row. @param cluster undefined for a row without one */
  add(cluster: number | undefined, name: string): void {
    if (/[\r\n]/.test(name)) {
      throw new OutputError(
        this.path,
        `the name ${JSON.stringify(name.slice(0, 60))} has a line break; the files have one name per line`,
      );
    }
    const file = cluster === undefined ? 'no-cluster.txt' : `cluster-${cluster}.txt`;
    this.#held.set(file, `${this.#held.get(file) ?? ''}${name}\n`);
    this.#characters += name.length + 1;
    if (this.#characters > HELD_CHARACTERS) this.#flush();
  }

  #flush(): void {
    try {
      for (const [file, text] of this.#held) {
        const bytes = new TextEncoder().encode(text);
        fs.appendFileSync(nodePath.join(this.#temporary, file), bytes);
        this.size += bytes.length;
      }
    } catch (error) {
      throw this.#explain(error);
    }
    this.#held.clear();
    this.#characters = 0;
  }

  async complete(): Promise<void> {
    this.#flush();
  }

  commit(): void {
    try {
      if (fs.existsSync(this.path)) fs.rmdirSync(this.path);
      fs.renameSync(this.#temporary, this.path);
      this.#pending = false;
    } catch (error) {
      throw this.#explain(error);
    }
  }

  /** Never throws, since it runs while other errors are handled. */
  discard(): void {
    if (!this.#pending) return;
    this.#pending = false;
    try {
      fs.rmSync(this.#temporary, { recursive: true, force: true });
    } catch {}
  }

  #explain(error: unknown): OutputError {
    if (error instanceof OutputError) return error;
    return new OutputError(
      this.path,
      systemReason(error, { ENOENT: 'the folder around it does not exist' }),
      error,
    );
  }
}
