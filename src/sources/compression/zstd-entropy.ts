/**
 * The entropy codes of zstd: Huffman codes for literals, and finite state entropy (FSE) for the numbers of sequences.
 * Format: https://www.rfc-editor.org/rfc/rfc8878#section-4
 */

/** Reads bits backwards, as zstd stores them: the last byte has a marker, and bits are read from there to the front. */
export class BackwardBits {
  /** Number of bits left; negative if more were taken than there are. */
  left = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  #start = 0;

  /** @param bytes must have at least 8 readable bytes before `start` and after `end` */
  begin(bytes: Uint8Array, start: number, end: number): void {
    const last = end > start ? bytes[end - 1] : 0;
    if (last === 0) throw new Error('a stream of bits lacks its end');
    this.#bytes = bytes;
    this.#start = start;
    this.left = (end - start) * 8 - (Math.clz32(last) - 24) - 1;
  }

  /** Look at the next bits, at most 25, without taking them. Bits before the front are arbitrary. */
  peek(count: number): number {
    const bytes = this.#bytes;
    const bit = this.left - count;
    const at = this.#start + (bit >> 3);
    const word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    return (word >>> (bit & 7)) & ((1 << count) - 1);
  }

  take(count: number): number {
    const value = this.peek(count);
    this.left -= count;
    return value;
  }

  /** Take up to 31 bits. */
  takeLong(count: number): number {
    if (count <= 25) return this.take(count);
    const upper = this.take(count - 16);
    return upper * 65536 + this.take(16);
  }
}

/** For each state: its symbol, the number of bits to read for the next state, and the number that they are added to. */
export interface FseTable {
  log: number;
  symbols: Uint8Array;
  bits: Uint8Array;
  next: Uint16Array;
}

/** Build the table for given probabilities; -1 stands for "less than 1" and takes one state. */
export function fseTable(probabilities: readonly number[], log: number): FseTable {
  const size = 1 << log;
  const symbols = new Uint8Array(size);
  const counts = new Uint16Array(probabilities.length);
  let end = size;
  for (const [symbol, probability] of probabilities.entries()) {
    counts[symbol] = Math.abs(probability);
    if (probability === -1) symbols[--end] = symbol;
  }
  const step = (size >> 1) + (size >> 3) + 3;
  let at = 0;
  for (const [symbol, probability] of probabilities.entries()) {
    for (let i = 0; i < probability; i++) {
      symbols[at] = symbol;
      do at = (at + step) & (size - 1);
      while (at >= end);
    }
  }
  if (at !== 0) throw new Error('a table of states is damaged');
  const bits = new Uint8Array(size);
  const next = new Uint16Array(size);
  for (let state = 0; state < size; state++) {
    const count = counts[symbols[state]]++;
    bits[state] = log - (31 - Math.clz32(count));
    next[state] = (count << bits[state]) - size;
  }
  return { log, symbols, bits, next };
}

/** The table for a code in which every sequence has the same symbol. */
export function fseOfOne(symbol: number): FseTable {
  return { log: 0, symbols: Uint8Array.of(symbol), bits: new Uint8Array(1), next: new Uint16Array(1) };
}

/** Read the description of a table. Also returns where it ends. */
export function readFse(
  bytes: Uint8Array,
  start: number,
  end: number,
  most: { log: number; symbol: number },
): { table: FseTable; end: number } {
  const damaged = (): never => {
    throw new Error('a table of probabilities is damaged');
  };
  let at = start * 8;
  const read = (count: number): number => {
    const byte = at >> 3;
    const word = bytes[byte] | (bytes[byte + 1] << 8) | (bytes[byte + 2] << 16);
    at += count;
    if (at > end * 8) damaged();
    return (word >>> ((at - count) & 7)) & ((1 << count) - 1);
  };
  if (start >= end) damaged();
  const log = read(4) + 5;
  if (log > most.log) damaged();
  const probabilities: number[] = [];
  let left = 1 << log;
  while (left > 0) {
    if (probabilities.length > most.symbol) damaged();
    // A value from 0 to left + 1; the smallest ones are stored with one bit less.
    const count = 32 - Math.clz32(left + 1);
    const small = (1 << count) - 1 - (left + 1);
    let value = read(count - 1);
    if (value >= small) {
      const upper = read(1);
      value += upper << (count - 1);
      if (upper === 1) value -= small;
    }
    const probability = value - 1;
    left -= Math.abs(probability);
    probabilities.push(probability);
    if (probability !== 0) continue;
    for (let repeat = 3; repeat === 3; ) {
      repeat = read(2);
      for (let i = 0; i < repeat; i++) probabilities.push(0);
    }
  }
  if (left !== 0 || probabilities.length > most.symbol + 1) damaged();
  return { table: fseTable(probabilities, log), end: (at + 7) >> 3 };
}

/** For each value of the next `log` bits: the symbol, and the length of its code. */
export interface HuffmanTable {
  log: number;
  symbols: Uint8Array;
  bits: Uint8Array;
}

const MOST_HUFFMAN_BITS = 11;

/** Read weights that are compressed with FSE: two states take turns until the bits end. */
function fseWeights(bytes: Uint8Array, start: number, end: number): number[] {
  const { table, end: at } = readFse(bytes, start, end, { log: 6, symbol: 255 });
  const source = new BackwardBits();
  source.begin(bytes, at, end);
  const states = [source.take(table.log), source.take(table.log)];
  if (source.left < 0) throw new Error('the weights of a Huffman code are cut short');
  const weights: number[] = [];
  for (let turn = 0; ; turn ^= 1) {
    const state = states[turn];
    weights.push(table.symbols[state]);
    if (weights.length > 254) throw new Error('a Huffman code has too many weights');
    if (source.left < table.bits[state]) {
      weights.push(table.symbols[states[turn ^ 1]]);
      return weights;
    }
    states[turn] = table.next[state] + source.take(table.bits[state]);
  }
}

/** Read the description of a Huffman code. Also returns where it ends. */
export function readHuffman(
  bytes: Uint8Array,
  start: number,
  end: number,
): { table: HuffmanTable; end: number } {
  const damaged = (): never => {
    throw new Error('a Huffman code is damaged');
  };
  if (start >= end) damaged();
  const head = bytes[start];
  const stop = start + 1 + (head < 128 ? head : (head - 126) >> 1);
  if (stop > end) damaged();
  let weights: number[];
  if (head < 128) {
    weights = fseWeights(bytes, start + 1, stop);
  } else {
    weights = Array.from({ length: head - 127 }, (_, i) => {
      const byte = bytes[start + 1 + (i >> 1)];
      return i % 2 === 0 ? byte >> 4 : byte & 15;
    });
  }
  let sum = 0;
  for (const weight of weights) {
    if (weight > MOST_HUFFMAN_BITS) damaged();
    if (weight > 0) sum += 1 << (weight - 1);
  }
  const log = 32 - Math.clz32(sum);
  const rest = (1 << log) - sum;
  if (sum === 0 || log > MOST_HUFFMAN_BITS || (rest & (rest - 1)) !== 0) damaged();
  // The last weight is not stored: it is the one that completes the code.
  weights.push(32 - Math.clz32(rest));
  const symbols = new Uint8Array(1 << log);
  const bits = new Uint8Array(1 << log);
  let at = 0;
  for (let weight = 1; weight <= log; weight++) {
    for (const [symbol, own] of weights.entries()) {
      if (own !== weight) continue;
      const next = at + (1 << (weight - 1));
      symbols.fill(symbol, at, next);
      bits.fill(log + 1 - weight, at, next);
      at = next;
    }
  }
  return { table: { log, symbols, bits }, end: stop };
}
