/** Texts as the HDF5 library leaves them in its memory, and as they are passed on. */

import { freeBuffer } from '../../support/free-buffer.ts';

interface TextType {
  /** Bytes of a text of fixed length. */
  size: number;
  /** Texts of any length: the memory has their addresses. */
  vlen: boolean;
}

/** Texts that are not decoded yet: their bytes one after another, as UTF-8, and where each ends. */
export interface TextBytes {
  bytes: Uint8Array;
  ends: Uint32Array;
}

/**
 * Copy `count` texts, or those whose addresses are there, from `at` on, `apart` bytes apart. A text ends at its first zero.
 * @throws Error if an address is beyond the memory
 */
export function textsIn(
  memory: Uint8Array,
  at: number,
  apart: number,
  count: number,
  type: TextType,
): TextBytes {
  const view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
  const starts = new Uint32Array(count);
  const ends = new Uint32Array(count);
  let total = 0;
  for (let i = 0; i < count; i++) {
    const place = at + i * apart;
    let start = place;
    let length: number;
    if (type.vlen) {
      start = view.getUint32(place, true);
      const end = start === 0 ? 0 : memory.indexOf(0, start);
      if (start >= memory.length || end < 0) throw new Error('the address of a text is wrong');
      length = end - start;
    } else {
      const end = memory.subarray(place, place + type.size).indexOf(0);
      length = end < 0 ? type.size : end;
    }
    starts[i] = start;
    total += length;
    ends[i] = total;
  }
  const bytes = new Uint8Array(total);
  for (let i = 0, from = 0; i < count; from = ends[i++]) {
    bytes.set(memory.subarray(starts[i], starts[i] + ends[i] - from), from);
  }
  return { bytes, ends };
}

/** Texts of rows. They become strings only when they are asked for: those of all rows of a file would be much garbage. */
export class Texts {
  #all: string[] | undefined;
  #parts: TextBytes[] = [];

  add(part: TextBytes): void {
    this.#parts.push(part);
  }

  list(): string[] {
    if (this.#all) return this.#all;
    const decoder = new TextDecoder();
    const all: string[] = [];
    for (const { bytes, ends } of this.#parts) {
      let from = 0;
      for (const end of ends) {
        all.push(decoder.decode(bytes.subarray(from, end)));
        from = end;
      }
    }
    this.#all = all;
    this.#parts = [];
    return all;
  }

  /** Nobody asks for them any more who has not done so. */
  free(): void {
    for (const { bytes, ends } of this.#parts) {
      freeBuffer(bytes);
      freeBuffer(new Uint8Array(ends.buffer));
    }
    this.#parts = [];
  }
}
