/**
 * Decodes the compressed coordinates of XTC (a scheme by Frans van Hoesel).
 *
 * Coordinates are whole numbers, as multiples of the precision. An atom is stored in full, by its position in the box
 * that contains all atoms, or as a small step from the atom before. Three numbers a, b, c below A, B, C are stored as one
 * number (a B + b) C + c, with as many bits as A B C has. Bits are stored most significant first, but the bytes of the
 * combined number least significant first.
 *
 *     full atom | 1: a new run follows | 5 bits: 3 * atoms in the run + change of the step's size | steps ...
 *               | 0: the run before holds again                                                    | steps ...
 *
 * The first step of a run and its full atom are exchanged, so that for water the oxygen is between its hydrogens.
 * Description of the format: https://manual.gromacs.org/current/reference-manual/file-formats.html#xtc, and the
 * library that defines it, https://github.com/wesbarnett/libxdrfile.
 */

/**
 * Number of values that a step may have, for each size in the file: 2^(size / 3), rounded as by the authors of the
 * format, who also wrote 5060 for 5160. Sizes below 9 are not used.
 */
const STEPS = Float64Array.of(
  ...[0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 10, 12, 16, 20, 25, 32, 40, 50, 64, 80, 101, 128, 161, 203, 256, 322],
  ...[406, 512, 645, 812, 1024, 1290, 1625, 2048, 2580, 3250, 4096, 5060, 6501, 8192, 10321, 13003, 16384],
  ...[20642, 26007, 32768, 41285, 52015, 65536, 82570, 104031, 131072, 165140, 208063, 262144, 330280],
  ...[416127, 524287, 660561, 832255, 1048576, 1321122, 1664510, 2097152, 2642245, 3329021, 4194304],
  ...[5284491, 6658042, 8388607, 10568983, 13316085, 16777216],
);

/** If a side of the box is longer than this, the three numbers are not combined: each has its own bits. */
const MOST_PACKED = 0xffffff;

/** Why data cannot be decoded, and at which bit. */
interface Damage {
  problem: string;
  bit: number;
}

/** The numbers that are stored before the compressed bits. */
interface Packed {
  atoms: number;
  /** The smallest whole numbers in x, y, z. */
  least: readonly number[];
  /** The greatest whole numbers in x, y, z. */
  greatest: readonly number[];
  /** Size of the first steps. */
  size: number;
  /** The whole number 1 in nanometers, in single precision. */
  unit: number;
}

/** Number of bits of the product of three whole numbers. */
function bitsOf(a: number, b: number, c: number): number {
  return (BigInt(a) * BigInt(b) * BigInt(c)).toString(2).length;
}

/** Reads whole numbers, one or three at a time. It does not check for the end of the data: callers must check `bit`. */
class Bits {
  bit = 0;
  /** The three numbers that were unpacked last. */
  readonly three = new Float64Array(3);

  readonly #view: DataView;
  readonly #from: number;

  constructor(view: DataView, from: number) {
    this.#view = view;
    this.#from = from;
  }

  /** The next `count` bits, up to 32. */
  next(count: number): number {
    const { bit } = this;
    const view = this.#view;
    const at = this.#from + (bit >>> 3);
    const shift = bit & 7;
    const word = (view.getInt32(at) << shift) | (view.getUint8(at + 4) >>> (8 - shift));
    this.bit = bit + count;
    return word >>> (32 - count);
  }

  /** The next `count` bits, up to 32, as a number whose bytes are stored least significant first. */
  #packed(count: number): number {
    const word = this.next(count);
    // Shift the bits to the left and reverse the bytes. All bytes are then right, except the last, which has `rest` bits.
    const left = word << (32 - count);
    const turned = ((left >>> 24) | ((left >>> 8) & 0xff00) | ((left << 8) & 0xff0000) | (left << 24)) >>> 0;
    const rest = count & 7;
    if (rest === 0) return turned;
    const whole = count - rest;
    const low = whole === 0 ? 0 : turned & (0xffffffff >>> (32 - whole));
    return (low | (((turned >>> whole) >>> (8 - rest)) << whole)) >>> 0;
  }

  /** Read three numbers that are combined in `count` bits, the last two below `b` and `c`, into `three`. */
  unpack(count: number, b: number, c: number): void {
    if (count <= 32) this.#divide(this.#packed(count), b, c);
    else if (count <= 53) this.#divide(this.#packed(32) + this.#packed(count - 32) * 2 ** 32, b, c);
    else this.#unpackWide(count, b, c);
  }

  /** The result is exact: all numbers are below 2^53, and a quotient that was rounded up is corrected. */
  #divide(value: number, b: number, c: number): void {
    const { three } = this;
    let quotient = Math.floor(value / c);
    let rest = value - quotient * c;
    if (rest < 0) {
      quotient--;
      rest += c;
    }
    three[2] = rest;
    let first = Math.floor(quotient / b);
    rest = quotient - first * b;
    if (rest < 0) {
      first--;
      rest += b;
    }
    three[1] = rest;
    three[0] = first;
  }

  #unpackWide(count: number, b: number, c: number): void {
    const { three } = this;
    // Long division, as on paper, with three digits of 24 bits.
    let low = this.next(8) | (this.next(8) << 8) | (this.next(8) << 16);
    let middle = this.next(8) | (this.next(8) << 8) | (this.next(8) << 16);
    let high = 0;
    for (let done = 48; done < count; done += 8)
      high += this.next(Math.min(8, count - done)) * 2 ** (done - 48);
    for (const [k, side] of [
      [2, c],
      [1, b],
    ]) {
      const top = Math.floor(high / side);
      const next = (high - top * side) * 2 ** 24 + middle;
      const mid = Math.floor(next / side);
      const last = (next - mid * side) * 2 ** 24 + low;
      const bottom = Math.floor(last / side);
      three[k] = last - bottom * side;
      high = top;
      middle = mid;
      low = bottom;
    }
    three[0] = high * 2 ** 48 + middle * 2 ** 24 + low;
  }
}

/**
 * Decode the first `wanted` atoms of a frame: x, y, z each, in nanometers, from `to` on.
 *
 * `view` must have 32 more bytes after the `length` bytes that begin at `from`. If not all atoms are wanted, `target`
 * must have room for 10 more.
 * Returns the damage, if there is any.
 */
export function decodeCoordinates(
  view: DataView,
  from: number,
  length: number,
  { atoms, least, greatest, size: firstSize, unit }: Packed,
  target: Float32Array,
  to: number,
  wanted: number,
): Damage | undefined {
  const [lx, ly, lz] = least;
  const [a, b, c] = least.map((low, k) => greatest[k] - low + 1);
  const separate = Math.max(a, b, c) > MOST_PACKED;
  const sideBits = [a, b, c].map((side) => 32 - Math.clz32(side));
  const fullBits = separate ? 0 : bitsOf(a, b, c);
  const bits = new Bits(view, from);
  const end = 8 * length;

  const { three } = bits;
  let size = firstSize;
  let run = 0;
  let out = to;
  for (let atom = 0; atom < wanted; ) {
    if (separate) {
      for (let k = 0; k < 3; k++) three[k] = bits.next(sideBits[k]);
    } else {
      bits.unpack(fullBits, b, c);
    }
    if (three[0] >= a || three[1] >= b || three[2] >= c) {
      return { problem: 'an atom is outside the box that holds all atoms', bit: bits.bit };
    }
    let x = three[0] + lx;
    let y = three[1] + ly;
    let z = three[2] + lz;
    let change = 0;
    if (bits.next(1) === 1) {
      const coded = bits.next(5);
      change = (coded % 3) - 1;
      run = Math.floor(coded / 3);
    }
    if (bits.bit > end) return { problem: 'the coordinates end early', bit: end };
    atom += run + 1;
    if (run > 0) {
      if (atom > atoms) return { problem: `more than ${atoms} atoms come`, bit: bits.bit };
      const steps = STEPS[size];
      // The size is not in the table, or is one that is not used.
      if (!(steps > 0))
        return { problem: `the size of a step is ${size}, which there is not`, bit: bits.bit };
      if (bits.bit + run * size > end) return { problem: 'the coordinates end early', bit: end };
      const half = steps >> 1;
      for (let i = 0; i < run; i++) {
        bits.unpack(size, steps, steps);
        if (three[0] >= steps) return { problem: 'a step is too long', bit: bits.bit };
        const nextX = x + three[0] - half;
        const nextY = y + three[1] - half;
        const nextZ = z + three[2] - half;
        target[out++] = Math.fround(nextX) * unit;
        target[out++] = Math.fround(nextY) * unit;
        target[out++] = Math.fround(nextZ) * unit;
        if (i === 0) {
          target[out++] = Math.fround(x) * unit;
          target[out++] = Math.fround(y) * unit;
          target[out++] = Math.fround(z) * unit;
        }
        x = nextX;
        y = nextY;
        z = nextZ;
      }
    } else {
      target[out++] = Math.fround(x) * unit;
      target[out++] = Math.fround(y) * unit;
      target[out++] = Math.fround(z) * unit;
    }
    size += change;
  }
  return undefined;
}
