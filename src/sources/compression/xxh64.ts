/**
 * XXH64, the checksum of zstd frames, which hold the lower 32 of its 64 bits. 64-bit numbers are pairs of 32-bit numbers
 * here, since with BigInt the checksum would take longer than the decompression.
 * Format: https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md#xxh64-algorithm-description
 */

/** The five primes, each as its high and low half. */
const P1 = [0x9e3779b1, 0x85ebca87];
const P2 = [0xc2b2ae3d, 0x27d4eb4f];
const P3 = [0x165667b1, 0x9e3779f9];
const P4 = [0x85ebca77, 0xc2b2ae63];
const P5 = [0x27d4eb2f, 0x165667c5];

/** High half of the last result; the low half is returned. */
let high = 0;

/** The upper 32 bits of the product of two 32-bit numbers. */
function upper(a: number, b: number): number {
  const [a0, a1, b0, b1] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16];
  const middle = a1 * b0 + ((a0 * b0) >>> 16);
  const other = a0 * b1 + (middle & 0xffff);
  return a1 * b1 + Math.floor(middle / 65536) + Math.floor(other / 65536);
}

function multiply(h: number, l: number, [ph, pl]: readonly number[]): number {
  high = (upper(l, pl) + Math.imul(h, pl) + Math.imul(l, ph)) | 0;
  return Math.imul(l, pl);
}

function add(h: number, l: number, ph: number, pl: number): number {
  const sum = (l >>> 0) + (pl >>> 0);
  high = (h + ph + (sum > 0xffffffff ? 1 : 0)) | 0;
  return sum | 0;
}

/** Rotate left by 1 to 31 bits. */
function rotate(h: number, l: number, bits: number): number {
  high = (h << bits) | (l >>> (32 - bits));
  return (l << bits) | (h >>> (32 - bits));
}

function round(h: number, l: number, inputHigh: number, inputLow: number): number {
  let low = multiply(inputHigh, inputLow, P2);
  low = add(high, low, h, l);
  low = rotate(high, low, 31);
  return multiply(high, low, P1);
}

/** The checksum of bytes that arrive in pieces. */
export class Xxh64 {
  /** Four accumulators, high and low halves. */
  readonly #state: Int32Array;
  readonly #held = new Uint8Array(32);
  #heldBytes = 0;
  #total = 0;

  constructor() {
    const [h1, l1] = [P1[0], P1[1]];
    const first = add(h1, l1, P2[0], P2[1]);
    this.#state = Int32Array.of(high, first, P2[0], P2[1], 0, 0, 0, 0);
    const low = add(0, 0, ~h1, ~l1);
    this.#state[7] = add(high, low, 0, 1);
    this.#state[6] = high;
  }

  update(bytes: Uint8Array): void {
    this.#total += bytes.length;
    let at = 0;
    if (this.#heldBytes > 0) {
      at = Math.min(32 - this.#heldBytes, bytes.length);
      this.#held.set(bytes.subarray(0, at), this.#heldBytes);
      this.#heldBytes += at;
      if (this.#heldBytes < 32) return;
      this.#stripes(this.#held);
      this.#heldBytes = 0;
    }
    const end = at + Math.floor((bytes.length - at) / 32) * 32;
    if (end > at) this.#stripes(bytes.subarray(at, end));
    this.#held.set(bytes.subarray(end));
    this.#heldBytes = bytes.length - end;
  }

  #stripes(bytes: Uint8Array): void {
    const state = this.#state;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at < bytes.length; at += 32) {
      for (let lane = 0; lane < 8; lane += 2) {
        const from = at + 4 * lane;
        const low = view.getInt32(from, true);
        state[lane + 1] = round(state[lane], state[lane + 1], view.getInt32(from + 4, true), low);
        state[lane] = high;
      }
    }
  }

  /** The lower 32 bits. */
  digest(): number {
    const state = this.#state;
    const total = this.#total;
    const held = this.#held;
    const heldBytes = this.#heldBytes;
    let low = 0;
    if (total < 32) {
      [high, low] = P5;
    } else {
      high = 0;
      for (const [lane, bits] of [1, 7, 12, 18].entries()) {
        const [h, l] = [high, low];
        const turned = rotate(state[2 * lane], state[2 * lane + 1], bits);
        low = add(h, l, high, turned);
      }
      for (let lane = 0; lane < 8; lane += 2) {
        const [h, l] = [high, low];
        const mixed = round(0, 0, state[lane], state[lane + 1]);
        low = multiply(h ^ high, l ^ mixed, P1);
        low = add(high, low, P4[0], P4[1]);
      }
    }
    low = add(high, low, Math.floor(total / 2 ** 32), total);
    const view = new DataView(held.buffer);
    let at = 0;
    const mix = (mixHigh: number, mixLow: number, bits: number, by: readonly number[]) => {
      low = rotate(high ^ mixHigh, low ^ mixLow, bits);
      low = multiply(high, low, by);
    };
    for (; at + 8 <= heldBytes; at += 8) {
      const [h, l] = [high, low];
      const mixed = round(0, 0, view.getInt32(at + 4, true), view.getInt32(at, true));
      const mixedHigh = high;
      high = h;
      low = l;
      mix(mixedHigh, mixed, 27, P1);
      low = add(high, low, P4[0], P4[1]);
    }
    if (at + 4 <= heldBytes) {
      const [h, l] = [high, low];
      const mixed = multiply(0, view.getInt32(at, true), P1);
      const mixedHigh = high;
      high = h;
      low = l;
      mix(mixedHigh, mixed, 23, P2);
      low = add(high, low, P3[0], P3[1]);
      at += 4;
    }
    for (; at < heldBytes; at++) {
      const [h, l] = [high, low];
      const mixed = multiply(0, held[at], P5);
      const mixedHigh = high;
      high = h;
      low = l;
      mix(mixedHigh, mixed, 11, P1);
    }
    low ^= high >>> 1; // by 33 bits
    low = multiply(high, low, P2);
    low ^= (high << 3) | (low >>> 29);
    high ^= high >>> 29;
    low = multiply(high, low, P3);
    return (low ^ high) >>> 0; // by 32 bits
  }
}
