/** Seeded data, and NPY files to pass them to the peers. */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

/** Random numbers in [0, 1), the same for the same seed (mulberry32). */
export function uniform(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Normal random numbers, by the Box-Muller method. */
export function normal(seed) {
  const next = uniform(seed);
  return () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

/** rows x cols normal numbers that are exact in float32, so that both element types hold the same data. */
export function normalRows(rows, cols, seed) {
  const next = normal(seed);
  const data = Float32Array.from({ length: rows * cols }, next);
  return { data, rows, cols };
}

export function asFloat64({ data, rows, cols }) {
  return { data: Float64Array.from(data), rows, cols };
}

const TYPES = {
  '<f4': Float32Array,
  '<f8': Float64Array,
  '<i4': Int32Array,
  '<i8': BigInt64Array,
};

/** The bytes before the data of an NPY file. */
export function npyHeader(descr, shape) {
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`;
  const total = Math.ceil((10 + text.length + 1) / 64) * 64;
  const head = Buffer.alloc(total, ' ');
  head.write('\x93NUMPY\x01\x00', 'latin1');
  head.writeUInt16LE(total - 10, 8);
  head.write(text, 10, 'latin1');
  head.write('\n', total - 1, 'latin1');
  return head;
}

export function writeNpy(path, data, shape = [data.length]) {
  const descr = Object.keys(TYPES).find((key) => data instanceof TYPES[key]);
  const file = openSync(path, 'w');
  try {
    writeSync(file, npyHeader(descr, shape));
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    for (let at = 0; at < bytes.length; )
      at += writeSync(file, bytes, at, Math.min(2 ** 28, bytes.length - at));
  } finally {
    closeSync(file);
  }
  return path;
}

/** Type, shape and offset of the data, from the beginning of an NPY file. */
export function parseNpy(head) {
  const offset = 10 + head.readUInt16LE(8);
  const text = head.toString('latin1', 10, offset);
  const descr = /'descr': '([^']+)'/.exec(text)?.[1] ?? '';
  const shape = (/'shape': \(([^)]*)\)/.exec(text)?.[1] ?? '')
    .split(',')
    .filter((s) => s.trim())
    .map(Number);
  return { descr, shape, offset };
}

export function readNpy(path) {
  const file = readFileSync(path);
  const { descr, offset } = parseNpy(file);
  const Type = TYPES[descr];
  if (!Type) throw new Error(`${path} holds ${descr}`);
  const bytes = file.buffer.slice(file.byteOffset + offset, file.byteOffset + file.length);
  return new Type(bytes);
}

/** The largest difference between two arrays, absolute and relative to the larger value. */
export function differences(a, b) {
  if (a.length !== b.length)
    return { absolute: Number.POSITIVE_INFINITY, relative: Number.POSITIVE_INFINITY };
  let absolute = 0;
  let relative = 0;
  for (let i = 0; i < a.length; i++) {
    const d = Math.abs(a[i] - b[i]);
    // NaN must not count as equal.
    if (!(d <= absolute)) absolute = Number.isNaN(d) ? Number.POSITIVE_INFINITY : d;
    const r = d / Math.max(Math.abs(a[i]), Math.abs(b[i]), Number.MIN_VALUE);
    if (d > 0 && !(r <= relative)) relative = r;
  }
  return { absolute, relative };
}

/** A relative difference in the form that `compare` returns. */
export function formatRelative({ relative }, most = Number.POSITIVE_INFINITY) {
  return { text: relative === 0 ? 'none' : `${relative.toExponential(1)} relative`, ok: relative <= most };
}
