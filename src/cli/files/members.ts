/** `--members`: a folder with a file for each cluster, which lists the names of its rows. */

import * as fs from 'node:fs';
import nodePath from 'node:path';
import { type Output, OutputError } from '../../sinks/file.ts';
import { ownerMark, sweep } from '../../support/process-owner.ts';
import { systemReason } from '../../support/system-files.ts';

const ENDING = '.coppice.tmp';
/** Names that are held in memory until they are written: their bytes in UTF-8, and their number. */
const HELD_BYTES = 2 ** 20;
const HELD_NAMES = 2 ** 17;
const LINE_FEED = 10;

const encoder = new TextEncoder();

/** A folder that appears under its name only when it is complete, like the files of `OutputFile`. */
export class MembersFolder implements Output {
  /** Bytes written so far. */
  size = 0;
  readonly #temporary: string;
  /** The lines that are held, one after another; where each ends, and its place in `#files`. */
  readonly #held = new Uint8Array(HELD_BYTES);
  readonly #ends = new Uint32Array(HELD_NAMES);
  readonly #places = new Uint32Array(HELD_NAMES);
  #lines = 0;
  /** The files that lines are held for. */
  readonly #files = new Map<string, number>();
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
    const most = 3 * name.length + 1;
    let begin = this.#lines === 0 ? 0 : this.#ends[this.#lines - 1];
    if (begin + most > HELD_BYTES || this.#lines === HELD_NAMES) {
      this.#flush();
      begin = 0;
    }
    if (most > HELD_BYTES) {
      this.#append(file, encoder.encode(`${name}\n`));
      return;
    }
    const end = begin + encoder.encodeInto(name, this.#held.subarray(begin)).written;
    this.#held[end] = LINE_FEED;
    let place = this.#files.get(file);
    if (place === undefined) {
      place = this.#files.size;
      this.#files.set(file, place);
    }
    this.#places[this.#lines] = place;
    this.#ends[this.#lines++] = end + 1;
  }

  /** Write the lines that are held, those of a file together. */
  #flush(): void {
    const sizes = new Uint32Array(this.#files.size);
    for (let i = 0; i < this.#lines; i++) sizes[this.#places[i]] += this.#ends[i] - (this.#ends[i - 1] ?? 0);
    const next = new Uint32Array(sizes.length);
    for (let place = 1; place < next.length; place++) next[place] = next[place - 1] + sizes[place - 1];
    const sorted = new Uint8Array(this.#lines === 0 ? 0 : this.#ends[this.#lines - 1]);
    for (let i = 0, begin = 0; i < this.#lines; begin = this.#ends[i++]) {
      sorted.set(this.#held.subarray(begin, this.#ends[i]), next[this.#places[i]]);
      next[this.#places[i]] += this.#ends[i] - begin;
    }
    for (const [file, place] of this.#files) {
      this.#append(file, sorted.subarray(next[place] - sizes[place], next[place]));
    }
    this.#files.clear();
    this.#lines = 0;
  }

  #append(file: string, bytes: Uint8Array): void {
    try {
      fs.appendFileSync(nodePath.join(this.#temporary, file), bytes);
    } catch (error) {
      throw this.#explain(error);
    }
    this.size += bytes.length;
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
