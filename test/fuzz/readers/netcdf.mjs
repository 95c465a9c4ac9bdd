import { readFileSync } from 'node:fs';
import { readRows } from '../reading.mjs';

const fixture = (name) =>
  new Uint8Array(readFileSync(new URL(`../../sources/fixtures/netcdf/traj-${name}.nc`, import.meta.url)));

/** Small files of one variable: restarts, fixed dimensions, factors, and attributes of every type. */
function made() {
  const file = (shape, attributes, records = 0) => {
    const parts = [Buffer.from('CDF\x01', 'latin1')];
    const int = (...list) => {
      for (const value of list) {
        const word = Buffer.alloc(4);
        word.writeInt32BE(value | 0);
        parts.push(word);
      }
    };
    const text = (value) => {
      int(value.length);
      parts.push(Buffer.from(value.padEnd(Math.ceil(value.length / 4) * 4, '\0')));
    };
    int(records, 10, shape.length);
    for (const [name, length] of shape) {
      text(name);
      int(length);
    }
    int(0, 0, 11, 1);
    text('coordinates');
    int(shape.length, ...shape.keys(), 12, Object.keys(attributes).length);
    for (const [name, value] of Object.entries(attributes)) {
      text(name);
      if (typeof value === 'string') {
        int(2);
        text(value);
      } else {
        const number = Buffer.alloc(8);
        number.writeDoubleBE(value);
        int(6, 1);
        parts.push(number);
      }
    }
    const values = shape.reduce((product, [, length]) => product * (length || records), 1);
    int(
      5,
      4 * values,
      parts.reduce((sum, part) => sum + part.length, 12),
    );
    for (let i = 0; i < values; i++) {
      const number = Buffer.alloc(4);
      number.writeFloatBE(i / 4);
      parts.push(number);
    }
    return new Uint8Array(Buffer.concat(parts));
  };
  const atoms = ['atom', 4];
  const spatial = ['spatial', 3];
  return [
    { name: 'restart', bytes: file([atoms, spatial], { units: 'angstrom' }) },
    { name: 'fixed', bytes: file([['frame', 3], atoms, spatial], { scale_factor: 2.5, add_offset: -1 }) },
    { name: 'records', bytes: file([['frame', 0], atoms, spatial], { units: 'nanometer' }, 5) },
  ];
}

export default {
  name: 'netcdf',
  seeds: () => [{ name: 'ala2', bytes: fixture('ala2') }, ...made()],
  options: (random) => (random.oneIn(3) ? { onBadRow: 'skip' } : {}),
  words: [
    'frame',
    'spatial',
    'atom',
    'coordinates',
    'units',
    'angstrom',
    'nanometer',
    'scale_factor',
    'add_offset',
    'picometer',
    'bohr',
    'AMBER',
    'Conventions',
  ],
  run: (bytes, { way, options }) => readRows(bytes, way, 'nc', { format: 'netcdf', ...options }),
  accepted({ seed, edits, bytes, result, options }) {
    // Of a file that was only cut, no row may be missing without a word.
    const cut =
      bytes.length < seed.bytes.length && Buffer.compare(bytes, seed.bytes.subarray(0, bytes.length)) === 0;
    if (!cut || options.onBadRow === 'skip' || edits.length === 0) return undefined;
    return result.rows === seed.result.rows && result.digest === seed.result.digest
      ? undefined
      : 'rows are missing';
  },
};
