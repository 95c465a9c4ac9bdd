/**
 * Damage for any format. Each edit takes bytes and random numbers and gives new bytes; a reader's fuzzer adds edits
 * that know its format. A case is a seed and a short list of edits, fixed by the seed of the run and the case's index.
 */

import { Random } from './random.mjs';

/** Mostly short, sometimes up to everything. */
function length(random, most) {
  const reach = random.oneIn(3) ? most : Math.min(most, 1 << random.between(0, 8));
  return Math.max(1, random.between(1, Math.max(1, reach)));
}

/** A block within the bytes. */
function block(bytes, random) {
  const size = Math.min(bytes.length, length(random, bytes.length >> 1));
  const start = random.below(bytes.length - size + 1);
  return [start, start + size];
}

export function joined(...parts) {
  return new Uint8Array(Buffer.concat(parts));
}

/** Numbers at which readers trip: around 0, around powers of two, around the length of the file. */
export function awkward(random, size, total) {
  const top = 2 ** (8 * size);
  const near = random.between(-2, 2);
  const value = random.pick([
    near,
    top / 2 + near,
    top + near,
    total + near,
    2 ** random.below(8 * size) + near,
    random.below(top),
    Math.floor(total / 2 ** random.below(8)),
  ]);
  return BigInt.asUintN(8 * size, BigInt(value));
}

function put(bytes, at, value, size, little) {
  for (let i = 0; i < size; i++) {
    bytes[at + (little ? i : size - 1 - i)] = Number((value >> BigInt(8 * i)) & 255n);
  }
}

/** @type {Record<string, (bytes: Uint8Array, random: Random, context: object) => Uint8Array>} */
export const EDITS = {
  flip(bytes, random) {
    const out = bytes.slice();
    for (let n = length(random, 4); n > 0; n--) out[random.below(out.length)] ^= 1 << random.below(8);
    return out;
  },
  byte(bytes, random) {
    const out = bytes.slice();
    for (let n = length(random, 4); n > 0; n--) {
      out[random.below(out.length)] = random.oneIn(3)
        ? random.pick([0, 1, 127, 128, 255])
        : random.below(256);
    }
    return out;
  },
  number(bytes, random) {
    const size = random.pick([1, 2, 4, 4, 8, 8]);
    if (bytes.length < size) return bytes;
    const out = bytes.slice();
    const aligned = random.oneIn(4) ? 1 : size;
    const at = random.below(Math.floor((bytes.length - size) / aligned) + 1) * aligned;
    put(out, at, awkward(random, size, bytes.length), size, random.below(2) === 0);
    return out;
  },
  /** A little more or less than what stands there, as lengths and counts are off by one. */
  step(bytes, random) {
    const size = random.pick([1, 2, 4, 8]);
    if (bytes.length < size) return bytes;
    const out = bytes.slice();
    const at = random.below(bytes.length - size + 1);
    const little = random.below(2) === 0;
    let value = 0n;
    for (let i = 0; i < size; i++) value |= BigInt(out[at + (little ? i : size - 1 - i)]) << BigInt(8 * i);
    const by = BigInt(random.pick([-1, 1, 1, -2, 2, 8, -8, 16, 64]));
    put(out, at, BigInt.asUintN(8 * size, value + by), size, little);
    return out;
  },
  truncate: (bytes, random) => bytes.slice(0, random.below(bytes.length)),
  extend(bytes, random) {
    const more = Uint8Array.from({ length: length(random, 64) }, () => random.below(256));
    return joined(bytes, random.oneIn(2) ? more : more.fill(0));
  },
  remove(bytes, random) {
    const [from, to] = block(bytes, random);
    return joined(bytes.subarray(0, from), bytes.subarray(to));
  },
  duplicate(bytes, random) {
    const [from, to] = block(bytes, random);
    return joined(bytes.subarray(0, to), bytes.subarray(from));
  },
  swap(bytes, random) {
    const [from, to] = block(bytes, random);
    const other = random.below(bytes.length - (to - from) + 1);
    const out = bytes.slice();
    out.set(bytes.subarray(from, to), other);
    out.set(bytes.subarray(other, other + to - from), from);
    return out;
  },
  zero(bytes, random) {
    const [from, to] = block(bytes, random);
    return bytes.slice().fill(random.oneIn(3) ? 255 : 0, from, to);
  },
  /** The front of one seed and the back of another. */
  splice(bytes, random, { seeds }) {
    const other = random.pick(seeds).bytes;
    const at = random.below(bytes.length);
    const same = random.oneIn(2) ? at : random.below(other.length);
    return joined(bytes.subarray(0, at), other.subarray(Math.min(same, other.length)));
  },
};

/** Edits of text: words that matter to the format put in, or in the place of others. */
export function wordEdits(words) {
  const encoder = new TextEncoder();
  return {
    insertWord(bytes, random) {
      const at = random.below(bytes.length + 1);
      return joined(bytes.subarray(0, at), encoder.encode(random.pick(words)), bytes.subarray(at));
    },
    replaceWord(bytes, random) {
      const at = random.below(bytes.length + 1);
      const word = encoder.encode(random.pick(words));
      const out = bytes.slice(0, Math.max(bytes.length, at + word.length));
      out.set(word.subarray(0, Math.max(0, out.length - at)), at);
      return out;
    },
    /** The number that stands somewhere becomes another. */
    numberText(bytes, random) {
      const text = Buffer.from(bytes).toString('latin1');
      const found = [...text.matchAll(/\d+/g)];
      if (found.length === 0) return bytes;
      const one = random.pick(found);
      const value = random.pick([
        '0',
        '-1',
        '1',
        '65535',
        '2147483648',
        '4294967296',
        '1e999',
        '9'.repeat(20),
      ]);
      const text2 = text.slice(0, one.index) + value + text.slice(one.index + one[0].length);
      return new Uint8Array(Buffer.from(text2, 'latin1'));
    },
  };
}

/** All edits from which a reader's cases are made. */
export function editsOf(reader) {
  const own = { ...(reader.words ? wordEdits(reader.words) : {}), ...reader.edits };
  const repair = reader.repair ? { repair: (bytes) => reader.repair(bytes.slice()) } : {};
  return { all: { ...EDITS, ...own, ...repair }, own: Object.keys(own), common: Object.keys(EDITS) };
}

/** Do edits one after another; each has random numbers of its own, so that others can be left out. */
export function applied(reader, seeds, { seed, edits }) {
  const { all } = editsOf(reader);
  const from = seeds.find(({ name }) => name === seed);
  let bytes = from.bytes;
  for (const { edit, random } of edits) {
    if (bytes.length === 0) break;
    bytes = all[edit](bytes, new Random(...random), { seeds, seed: from, common: EDITS }) ?? bytes;
  }
  return bytes;
}

/** Ways for bytes to come. */
export const WAYS = ['bytes', 'bytes', 'bytes', 'bytes', 'bytes', 'blob', 'stream', 'path'];

/**
 * The case with this index: its seed, its edits, and how it is read.
 * @returns {{seed: string, edits: {edit: string, random: (string | number)[]}[], way: string, options: object}}
 */
export function planCase(reader, seeds, seed, index) {
  const random = new Random(reader.name, seed, index);
  let from = random.pick(seeds);
  while (from.rare && !random.oneIn(10)) from = random.pick(seeds);
  const { own, common } = editsOf(reader);
  // What knows the format finds less in a file that other edits have broken.
  const pure = own.length > 0 && random.oneIn(2);
  let count = 1;
  while (count < 5 && random.oneIn(3)) count++;
  const edits = Array.from({ length: count }, (_, i) => {
    const mine = pure || (own.length > 0 && random.oneIn(2));
    return { edit: random.pick(mine ? own : common), random: [reader.name, seed, index, i] };
  });
  // Deeper code is reached where the checksums are right again.
  if (reader.repair && random.oneIn(2)) edits.push({ edit: 'repair', random: [0] });
  const way = random.pick(reader.ways ?? WAYS);
  const options = { ...from.options, ...reader.options?.(random, from) };
  return { seed: from.name, edits, way, options };
}
