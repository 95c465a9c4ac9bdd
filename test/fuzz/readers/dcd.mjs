import { readFileSync } from 'node:fs';
import { readRows } from '../reading.mjs';

const fixture = (name) =>
  new Uint8Array(readFileSync(new URL(`../../sources/fixtures/dcd/traj-${name}.dcd`, import.meta.url)));

/** The Fortran records of a file: begin and length of each, or why it has none. Markers have 4 bytes, or 8. */
function recordsOf(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const little = view.getInt32(0, true) === 84;
  const size = view.getInt32(little ? 4 : 0) === 0 ? 8 : 4;
  const marker = (at) => (size === 4 ? view.getInt32(at, little) : Number(view.getBigInt64(at, little)));
  const records = [];
  for (let at = 0; at < bytes.length; ) {
    if (at + 2 * size > bytes.length) return { records, torn: true };
    const length = marker(at);
    if (length < 0 || at + length + 2 * size > bytes.length) return { records, torn: true };
    // The titles of old MDAnalysis are longer than their marker says.
    if (records.length === 1 && marker(at + size + length) !== length) return {};
    if (marker(at + size + length) !== length)
      return { records, problem: `the record at ${at} ends otherwise` };
    records.push({ at, length });
    at += length + 2 * size;
  }
  return { records };
}

/** The same file with markers of 64 bits. */
function widened(bytes, little) {
  const parts = recordsOf(bytes).records.flatMap(({ at, length }) => {
    const marker = Buffer.alloc(8);
    if (little) marker.writeBigInt64LE(BigInt(length));
    else marker.writeBigInt64BE(BigInt(length));
    return [marker, bytes.slice(at + 4, at + 4 + length), marker];
  });
  return new Uint8Array(Buffer.concat(parts));
}

export default {
  name: 'dcd',
  seeds: () => [
    ...['plain', 'fixed', 'fixedbig', 'big', 'fourth', 'xplor'].map((name) => ({
      name,
      bytes: fixture(name),
    })),
    { name: 'wide', bytes: widened(fixture('plain'), true) },
    { name: 'widebig', bytes: widened(fixture('fixedbig'), false) },
  ],
  edits: {
    /** A record's marker, at either end. */
    marker(bytes, random) {
      const { records = [] } = recordsOf(bytes);
      if (records.length === 0) return bytes;
      const { at, length } = random.pick(records);
      const out = bytes.slice();
      const place = Math.min(
        out.length - 1,
        random.oneIn(2) ? at + random.below(4) : at + 4 + length + random.below(4),
      );
      out[place] ^= 1 << random.below(8);
      return out;
    },
    /** A number of the header: frames, fixed atoms, flags; or the number of atoms. */
    control(bytes, random) {
      const out = bytes.slice();
      const at = Math.min(out.length - 4, 4 * random.between(2, 24));
      if (at >= 0)
        new DataView(out.buffer).setInt32(at, random.pick([0, 1, 2, 5, 21, 22, 24, -1]), random.oneIn(2));
      return out;
    },
    /** A record less, or twice. */
    record(bytes, random) {
      const { records = [] } = recordsOf(bytes);
      if (records.length === 0) return bytes;
      const { at, length } = random.pick(records);
      const end = at + length + 8;
      const parts = random.oneIn(2)
        ? [bytes.slice(0, at), bytes.slice(end)]
        : [bytes.slice(0, end), bytes.slice(at)];
      return new Uint8Array(Buffer.concat(parts));
    },
  },
  options: (random) => (random.oneIn(3) ? { onBadRow: 'skip' } : {}),
  run: (bytes, { way, options }) => readRows(bytes, way, 'dcd', { format: 'dcd', ...options }),
  accepted({ bytes, result, options }) {
    const { records, problem, torn } = recordsOf(bytes);
    // What is left out of a torn frame may be anything.
    if (!records || !result.whole || options.onBadRow === 'skip') return undefined;
    return torn ? 'the file ends within a record' : problem;
  },
};
