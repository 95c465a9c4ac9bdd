/** Finds a name that two rows have, in bounded memory. */

import { allocate } from '../../support/allocate.ts';
import type { ChunkOptions } from '../../types.ts';
import { eachName, type JoinTable, repeated } from './table.ts';

/** Bytes of hashes that are held at a time. */
const MOST_BYTES = 2 ** 26;

/** A number below 2^53 that differs for different texts but for rare accidents (two chains of FNV-1a and a final mix). */
function hashOf(text: string): number {
  let [a, b] = [0x811c9dc5, 0x6c62272e];
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ unit, 0x85ebca6b);
  }
  a = Math.imul(a ^ (b >>> 15), 0xc2b2ae35);
  b = Math.imul(b ^ (a >>> 13), 0x27d4eb2f);
  return (b >>> 11) * 2 ** 32 + (a >>> 0);
}

/** Hashes of the names of all rows, or of those in one of several parts. */
class NameHashes {
  #hashes = allocate(Float64Array, 1024);
  #count = 0;
  /** Whether there was no room for some. */
  overflowed = false;

  readonly #most: number;
  readonly #part: number;
  readonly #parts: number;

  constructor(most: number, part = 0, parts = 1) {
    this.#most = most;
    this.#part = part;
    this.#parts = parts;
  }

  add(name: string): void {
    const hash = hashOf(name);
    if (hash % this.#parts !== this.#part) return;
    if (this.#count === this.#hashes.length) {
      if (this.#count >= this.#most) {
        this.overflowed = true;
        return;
      }
      const larger = allocate(Float64Array, Math.min(this.#most, 2 * this.#count));
      larger.set(this.#hashes);
      this.#hashes = larger;
    }
    this.#hashes[this.#count++] = hash;
  }

  /** The hashes that occur more than once. */
  repeated(): Set<number> {
    const sorted = this.#hashes.subarray(0, this.#count).sort();
    const found = new Set<number>();
    for (let i = 1; i < sorted.length; i++) if (sorted[i] === sorted[i - 1]) found.add(sorted[i]);
    return found;
  }
}

/**
 * Looks for two rows of the same name, among names that are given in the order of the rows. The hashes of names are compared, and
 * the names themselves only where hashes are equal. If there is no room for all hashes, further passes over the table look at
 * a part of them each.
 *
 * Memory: 8 bytes for each row, at most 64 MB or `room`.
 */
export class RepeatedNames {
  readonly #most: number;
  readonly #all: NameHashes;
  #rows = 0;

  readonly #table: JoinTable;

  constructor(table: JoinTable, room: number) {
    this.#table = table;
    this.#most = Math.max(1024, Math.floor(Math.min(MOST_BYTES, room) / 8));
    this.#all = new NameHashes(this.#most);
  }

  add(name: string): void {
    this.#rows++;
    this.#all.add(name);
  }

  /** @throws FormatError that names two rows of the same name; errors of the source */
  async refuse(request: ChunkOptions): Promise<void> {
    await this.#refuseAmong(this.#all.repeated(), request);
    if (!this.#all.overflowed) return;
    // Names that repeat very often may overflow a part, but they are found among those that fit.
    const parts = Math.ceil(this.#rows / (0.9 * this.#most));
    for (let part = 0; part < parts; part++) {
      const hashes = new NameHashes(this.#most, part, parts);
      await eachName(this.#table, request, (name) => hashes.add(name));
      await this.#refuseAmong(hashes.repeated(), request);
    }
  }

  async #refuseAmong(hashes: ReadonlySet<number>, request: ChunkOptions): Promise<void> {
    if (hashes.size === 0) return;
    const rows = new Map<string, number>();
    await eachName(this.#table, request, (name, row) => {
      if (!hashes.has(hashOf(name))) return;
      const first = rows.get(name);
      if (first !== undefined) throw repeated(this.#table, name, first, row);
      rows.set(name, row);
    });
  }
}
