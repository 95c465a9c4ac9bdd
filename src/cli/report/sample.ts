/** The rows that a report looks at: all of them if they are few, or else random ones. */

import type { Assignment } from '../../model/assign.ts';
import type { NamedChunk } from '../../sources/chunks/rows.ts';
import { Random } from '../../support/numbers/random.ts';
import { chunksWith } from '../../twopass/sample.ts';
import type { Matrix, Source } from '../../types.ts';
import type { Session } from '../terminal/session.ts';

/** Most rows that are looked at. */
const MOST_ROWS = 1000;
/** Most numbers of these rows. Several copies of them are in memory. */
const MOST_NUMBERS = 2 ** 20;
const CHUNK_BYTES = 2 ** 20;

/** Rows with their clusters. */
export interface LookedAt extends Matrix {
  labels: Int32Array;
  /** The name of each row, or its number. */
  names: string[];
}

/** Number of rows of so many columns that may be looked at within a memory limit. */
export function mostRows(cols: number, limit: number): number {
  return Math.min(MOST_ROWS, Math.floor(Math.min(MOST_NUMBERS, limit / 64) / cols));
}

/** Chooses rows while all rows get their labels. */
export class ReportSample {
  /** Number of rows there were to choose from. */
  candidates = 0;
  readonly #rows: number[] = [];
  readonly #labels: number[] = [];
  readonly #random: Random;
  #at = 0;

  readonly #most: number;
  readonly #among?: ArrayLike<number>;

  /** @param among the rows to choose from, ascending; by default all that have a label */
  constructor(most: number, seed: number, among?: ArrayLike<number>) {
    this.#most = most;
    this.#among = among;
    this.#random = new Random(seed);
  }

  see({ start, labels, nearest }: Assignment): void {
    const among = this.#among;
    const end = start + labels.length;
    if (!among) {
      for (let i = 0; i < labels.length; i++) if (nearest[i] >= 0) this.#offer(start + i, labels[i]);
      return;
    }
    for (; this.#at < among.length && among[this.#at] < end; this.#at++) {
      const i = among[this.#at] - start;
      if (nearest[i] >= 0) this.#offer(among[this.#at], labels[i]);
    }
  }

  /** Reservoir sampling: the i-th row replaces a random one of those kept with probability most / i. */
  #offer(row: number, label: number): void {
    this.candidates++;
    const { length } = this.#rows;
    const to = length < this.#most ? length : this.#random.below(this.candidates);
    if (to >= this.#most) return;
    this.#rows[to] = row;
    this.#labels[to] = label;
  }

  /** Whether every row to choose from was chosen. */
  get whole(): boolean {
    return this.candidates === this.#rows.length;
  }

  /** Read the rows. @returns undefined if there are fewer than two */
  async read(session: Session, source: Source): Promise<LookedAt | undefined> {
    const order = this.#rows.map((_, i) => i).sort((a, b) => this.#rows[a] - this.#rows[b]);
    const wanted = Float64Array.from(order, (i) => this.#rows[i]);
    if (wanted.length < 2) return undefined;
    const { cols, dtype } = source;
    const [rows, size] = [wanted.length, dtype === 'f4' ? 4 : 8];
    const data = dtype === 'f4' ? new Float32Array(rows * cols) : new Float64Array(rows * cols);
    const names = Array.from(wanted, String);
    const chunkRows = Math.max(1, Math.floor(CHUNK_BYTES / (size * cols)));
    let at = 0;
    const chunks = chunksWith(source, wanted, { chunkRows, reuse: true, signal: session.signal });
    for await (const { start, rows: count, data: from, ids } of chunks as AsyncIterable<NamedChunk>) {
      for (; at < rows && wanted[at] < start + count; at++) {
        const i = wanted[at] - start;
        data.set(from.subarray(i * cols, (i + 1) * cols), at * cols);
        names[at] = ids?.[i] ?? names[at];
      }
      session.progress.update({ phase: 'report', done: at, total: rows });
    }
    // The file may have changed after the last of these rows.
    await source.unchanged?.();
    return { data, rows, cols, labels: Int32Array.from(order, (i) => this.#labels[i]), names };
  }
}
