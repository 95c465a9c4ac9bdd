/**
 * The compressed blocks of a zstd frame: literals, and sequences that copy literals and earlier output. All rules of the
 * format are checked, so a damaged block fails here or at the checksum of the frame.
 * Format: https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1.3
 */

import {
  BackwardBits,
  type FseTable,
  fseOfOne,
  fseTable,
  type HuffmanTable,
  readFse,
  readHuffman,
} from './zstd-entropy.ts';

export const MOST_BLOCK_BYTES = 128 * 1024;

/** Bytes before and after a block that may be read. */
const MARGIN = 8;

const LITERAL_BITS = [...Array.from({ length: 16 }, () => 0), 1, 1, 1, 1, 2, 2, 3, 3, 4, 6];
while (LITERAL_BITS.length < 36) LITERAL_BITS.push(LITERAL_BITS.length - 19);
const MATCH_BITS = [...Array.from({ length: 32 }, () => 0), 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5];
while (MATCH_BITS.length < 53) MATCH_BITS.push(MATCH_BITS.length - 36);

/** Smallest value of each code; the ranges of the codes follow one another. */
function basesOf(bits: readonly number[], first: number): number[] {
  let value = first;
  return bits.map((count) => {
    const base = value;
    value += 2 ** count;
    return base;
  });
}
const LITERAL_BASES = basesOf(LITERAL_BITS, 0);
const MATCH_BASES = basesOf(MATCH_BITS, 3);

/** The three tables of a sequence: literal length, offset, match length. */
const KINDS = [
  { log: 9, symbol: 35 },
  { log: 8, symbol: 31 },
  { log: 9, symbol: 52 },
];

const times = (count: number, value: number) => Array.from({ length: count }, () => value);

let predefined: FseTable[] | undefined;

function predefinedTables(): FseTable[] {
  // The distributions of RFC 8878, 3.1.1.3.2.2.
  predefined ??= [
    fseTable(
      [4, 3, ...times(11, 2), ...times(3, 1), ...times(9, 2), 3, 2, ...times(5, 1), ...times(4, -1)],
      6,
    ),
    fseTable([...times(6, 1), ...times(3, 2), ...times(15, 1), ...times(5, -1)], 5),
    fseTable([1, 4, 3, ...times(6, 2), ...times(37, 1), ...times(7, -1)], 6),
  ];
  return predefined;
}

/** Decodes the blocks of one frame, in their order. */
export class BlockDecoder {
  readonly #bits = new BackwardBits();
  readonly #offsets = [1, 4, 8];
  #huffman: HuffmanTable | undefined;
  #tables: FseTable[] | undefined;
  readonly #packed = new Uint8Array(MOST_BLOCK_BYTES + 2 * MARGIN);
  readonly #literals = new Uint8Array(MOST_BLOCK_BYTES);

  /**
   * Decode a block to `out` from `to` on. Matches may go back to `floor`, and by at most `reach` bytes.
   * @returns the new end @throws Error if the block is damaged, or holds more than `most` bytes
   */
  decode(block: Uint8Array, out: Uint8Array, to: number, floor: number, reach: number, most: number): number {
    const packed = this.#packed;
    packed.set(block, MARGIN);
    const end = MARGIN + block.length;
    packed.fill(0, end, end + MARGIN);
    const { at, count } = this.#readLiterals(MARGIN, end, most);
    return this.#runSequences(at, end, count, out, to, floor, reach, most);
  }

  #readLiterals(from: number, end: number, most: number): { at: number; count: number } {
    const packed = this.#packed;
    const cut = (): never => {
      throw new Error('the literals of a block are damaged');
    };
    if (from >= end) cut();
    const head = packed[from];
    const kind = head & 3;
    const format = (head >> 2) & 3;
    let at = from;
    if (kind < 2) {
      let count = head >> 3;
      at += 1;
      if (format === 1) count = (head >> 4) | (packed[at++] << 4);
      else if (format === 3) count = (head >> 4) | (packed[at++] << 4) | (packed[at++] << 12);
      const size = kind === 0 ? count : 1;
      if (count > most || at + size > end) cut();
      if (kind === 0) this.#literals.set(packed.subarray(at, at + count));
      else this.#literals.fill(packed[at], 0, count);
      return { at: at + size, count };
    }
    const width = [10, 10, 14, 18][format];
    // Up to 40 bits, more than bitwise operators can handle, so they are computed as a float64.
    const headBytes = [3, 3, 4, 5][format];
    let value = 0;
    for (let i = headBytes - 1; i >= 0; i--) value = value * 256 + packed[at + i];
    value = Math.floor(value / 16);
    const count = value % 2 ** width;
    const size = Math.floor(value / 2 ** width);
    at += headBytes;
    const stop = at + size;
    if (count > most || count === 0 || stop > end) cut();
    if (kind === 2) {
      const { table, end: next } = readHuffman(packed, at, stop);
      this.#huffman = table;
      at = next;
    }
    if (!this.#huffman) throw new Error('a block refers to a Huffman code that is missing');
    if (format === 0) {
      this.#readStream(this.#huffman, at, stop, 0, count);
    } else {
      if (at + 6 > stop || count < 6) cut();
      const part = (count + 3) >> 2;
      let begin = at + 6;
      for (let i = 0; i < 4; i++) {
        const length = i < 3 ? packed[at + 2 * i] | (packed[at + 2 * i + 1] << 8) : stop - begin;
        if (length < 1 || begin + length > stop || i * part > count) cut();
        this.#readStream(this.#huffman, begin, begin + length, i * part, i < 3 ? (i + 1) * part : count);
        begin += length;
      }
    }
    return { at: stop, count };
  }

  /** Decode one stream of Huffman codes. It must fill its part of the literals and use all its bits. */
  #readStream(table: HuffmanTable, from: number, end: number, to: number, stop: number): void {
    const bits = this.#bits;
    const literals = this.#literals;
    const { log, symbols, bits: lengths } = table;
    bits.begin(this.#packed, from, end);
    for (let i = to; i < stop; i++) {
      const code = bits.peek(log);
      literals[i] = symbols[code];
      bits.left -= lengths[code];
    }
    if (bits.left !== 0) throw new Error('the literals of a block do not fill their bits');
  }

  #readTables(start: number, end: number): number {
    const packed = this.#packed;
    const modes = packed[start];
    if (start >= end || (modes & 3) !== 0) throw new Error('the modes of a block are damaged');
    let at = start + 1;
    const before = this.#tables;
    this.#tables = KINDS.map((most, i) => {
      const mode = (modes >> (6 - 2 * i)) & 3;
      if (mode === 0) return predefinedTables()[i];
      if (mode === 3) {
        if (!before) throw new Error('a block refers to tables that are missing');
        return before[i];
      }
      if (mode === 2) {
        const { table, end: next } = readFse(packed, at, end, most);
        at = next;
        return table;
      }
      if (at >= end || packed[at] > most.symbol) throw new Error('the code of a block is damaged');
      return fseOfOne(packed[at++]);
    });
    return at;
  }

  #runSequences(
    start: number,
    end: number,
    literalCount: number,
    out: Uint8Array,
    begin: number,
    floor: number,
    reach: number,
    most: number,
  ): number {
    const packed = this.#packed;
    const literals = this.#literals;
    const bits = this.#bits;
    const offsets = this.#offsets;
    let at = start;
    let to = begin;
    const limit = Math.min(out.length, begin + most);
    const damaged = (): never => {
      throw new Error('the sequences of a block are damaged');
    };
    if (at >= end) damaged();
    let count = packed[at++];
    if (count === 255) {
      count = packed[at] + (packed[at + 1] << 8) + 0x7f00;
      at += 2;
    } else if (count > 127) {
      count = ((count - 128) << 8) + packed[at++];
    }
    if (at > end || (count === 0 && at !== end)) damaged();
    let used = 0;
    if (count > 0) {
      at = this.#readTables(at, end);
      const [lengthTable, offsetTable, matchTable] = this.#tables!;
      bits.begin(packed, at, end);
      let lengthState = bits.take(lengthTable.log);
      let offsetState = bits.take(offsetTable.log);
      let matchState = bits.take(matchTable.log);
      for (let i = 0; i < count; i++) {
        const offsetCode = offsetTable.symbols[offsetState];
        const matchCode = matchTable.symbols[matchState];
        const lengthCode = lengthTable.symbols[lengthState];
        const value = 2 ** offsetCode + bits.takeLong(offsetCode);
        const match = MATCH_BASES[matchCode] + bits.take(MATCH_BITS[matchCode]);
        const length = LITERAL_BASES[lengthCode] + bits.take(LITERAL_BITS[lengthCode]);
        if (i < count - 1) {
          lengthState = lengthTable.next[lengthState] + bits.take(lengthTable.bits[lengthState]);
          matchState = matchTable.next[matchState] + bits.take(matchTable.bits[matchState]);
          offsetState = offsetTable.next[offsetState] + bits.take(offsetTable.bits[offsetState]);
        }
        let offset = value - 3;
        if (value > 3) {
          offsets[2] = offsets[1];
          offsets[1] = offsets[0];
          offsets[0] = offset;
        } else {
          const place = value - (length === 0 ? 0 : 1);
          offset = place === 3 ? offsets[0] - 1 : offsets[place];
          if (place > 1) offsets[2] = offsets[1];
          if (place > 0) offsets[1] = offsets[0];
          offsets[0] = offset;
        }
        if (bits.left < 0 || used + length > literalCount || to + length + match > limit) damaged();
        if (length > 32) out.set(literals.subarray(used, used + length), to);
        else for (let k = 0; k < length; k++) out[to + k] = literals[used + k];
        used += length;
        to += length;
        if (!(offset > 0) || offset > reach || offset > to - floor) damaged();
        const from = to - offset;
        if (match > 64 && offset >= match) out.copyWithin(to, from, from + match);
        else for (let k = 0; k < match; k++) out[to + k] = out[from + k];
        to += match;
      }
      if (bits.left !== 0) damaged();
    }
    const rest = literalCount - used;
    if (to + rest > limit) damaged();
    out.set(literals.subarray(used, literalCount), to);
    return to + rest;
  }
}
