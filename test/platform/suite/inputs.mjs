/**
 * What the shared suites have in common: inputs from a seeded generator of whole numbers, exact in float32, and digests of
 * results. Plain ESM that imports nothing, so that any runtime can load it as it is.
 */

/** FNV-1a twice, of 32 bits each: enough to tell results apart, and the same everywhere. */
class Digest {
  a = 0x811c9dc5;
  b = 0x9747b28c;

  bytes(view) {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    let { a, b } = this;
    for (let i = 0; i < bytes.length; i++) {
      a = Math.imul(a ^ bytes[i], 0x01000193);
      b = Math.imul((b ^ bytes[i]) + 0x7f4a7c15, 0x5bd1e995);
    }
    this.a = a;
    this.b = b;
  }

  /** Typed arrays by their bytes, everything else by its JSON, with numbers to the last bit. */
  add(value) {
    if (ArrayBuffer.isView(value)) {
      this.add(`${value.constructor.name} ${value.length}`);
      this.bytes(value);
    } else if (Array.isArray(value)) {
      this.add(`list ${value.length}`);
      for (const item of value) this.add(item);
    } else if (typeof value === 'object' && value !== null) {
      for (const key of Object.keys(value).sort()) {
        this.add(key);
        this.add(value[key]);
      }
    } else if (typeof value === 'number') {
      this.bytes(Float64Array.of(value));
    } else {
      this.bytes(Uint16Array.from(`${typeof value} ${value}`, (c) => c.charCodeAt(0)));
    }
  }

  get hex() {
    return [this.a, this.b].map((x) => (x >>> 0).toString(16).padStart(8, '0')).join('');
  }
}

export function digestOf(...values) {
  const digest = new Digest();
  for (const value of values) digest.add(value);
  return digest.hex;
}

/** Whole numbers below `n` from xorshift32. */
export function generator(seed) {
  let x = (seed * 2654435761 + 1) >>> 0 || 1;
  return (n) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    x >>>= 0;
    return x % n;
  };
}

const ARRAYS = { f4: Float32Array, f8: Float64Array };

/** Rows around a few centres, as multiples of 1/64. */
export function clouds(element, rows, cols, seed = 1) {
  const below = generator(seed);
  const centres = Array.from({ length: 7 * cols }, () => below(2000) - 1000);
  const data = new ARRAYS[element](rows * cols);
  for (let i = 0; i < rows; i++) {
    const centre = below(7) * cols;
    for (let j = 0; j < cols; j++) {
      data[i * cols + j] = (centres[centre + j] + below(257) + below(257) - 256) / 64;
    }
  }
  return { data, rows, cols };
}

export function positive(element, rows, cols) {
  const below = generator(5);
  return { data: ARRAYS[element].from({ length: rows * cols }, () => (below(500) + 1) / 512), rows, cols };
}

export function bits(element, rows, cols) {
  const below = generator(6);
  return { data: ARRAYS[element].from({ length: rows * cols }, () => below(2)), rows, cols };
}

/** Whole distances: ties everywhere. */
export function tied(element, n) {
  const below = generator(7);
  return ARRAYS[element].from({ length: (n * (n - 1)) / 2 }, () => below(9) + 1);
}

/** Distinct sequences of few letters between fixed ends. */
export function peptides(count, seed = 2) {
  const below = generator(seed);
  const found = new Set();
  while (found.size < count) {
    let middle = '';
    for (let i = 4 + below(4); i > 0; i--) middle += 'GGSSRTLAQEDP'[below(12)];
    found.add(`CAS${middle}QYF`);
  }
  return [...found];
}

export function ascii(text) {
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}

function join(...parts) {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    out.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at);
    at += part.byteLength;
  }
  return out;
}

export function npy({ data, rows, cols }) {
  const descr = data instanceof Float32Array ? '<f4' : '<f8';
  let header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${rows}, ${cols}), }`;
  header = header.padEnd(64 * Math.ceil((header.length + 11) / 64) - 11) + '\n';
  const prefix = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0);
  return join(prefix, ascii(header), data);
}

export function csv({ data, rows, cols }) {
  const lines = [Array.from({ length: cols }, (_, j) => `x${j}`).join(',')];
  for (let i = 0; i < rows; i++) lines.push(Array.from(data.subarray(i * cols, (i + 1) * cols)).join(','));
  return ascii(`${lines.join('\n')}\n`);
}

export async function failure(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('this should have failed');
}

/** What a source gives, whatever its chunks are. */
export async function contents(source, options = { chunkRows: 64 }) {
  const digest = new Digest();
  let rows = 0;
  for await (const chunk of source.chunks(options)) {
    digest.bytes(chunk.data.subarray(0, chunk.rows * chunk.cols));
    rows += chunk.rows;
  }
  await source.close?.();
  return [digest.hex, rows, source.cols, source.dtype];
}
