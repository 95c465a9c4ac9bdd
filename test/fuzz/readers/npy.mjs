import { readRows } from '../reading.mjs';

const DICT = (descr, shape, fortran = 'False') =>
  `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': (${shape}), }`;

/** An NPY file by hand. */
export function npyFile(dict, data, version = 1) {
  const lengthBytes = version === 1 ? 2 : 4;
  const fixed = 8 + lengthBytes;
  const text = dict + ' '.repeat((64 - ((fixed + dict.length + 1) % 64)) % 64) + '\n';
  const head = Buffer.alloc(fixed + text.length);
  head.write('\x93NUMPY', 'latin1');
  head[6] = version;
  head.writeUIntLE(text.length, 8, lengthBytes);
  head.write(text, fixed, 'latin1');
  return new Uint8Array(Buffer.concat([head, new Uint8Array(data.buffer)]));
}

export default {
  name: 'npy',
  seeds() {
    const f4 = Float32Array.from({ length: 60 }, (_, i) => i / 8);
    const f8 = Float64Array.from({ length: 60 }, (_, i) => i / 10);
    const i4 = Int32Array.from({ length: 60 }, (_, i) => 7 * i - 100);
    return [
      { name: 'f4', bytes: npyFile(DICT('<f4', '20, 3'), f4) },
      { name: 'f8', bytes: npyFile(DICT('<f8', '20, 3'), f8, 2) },
      { name: 'fortran', bytes: npyFile(DICT('<f8', '20, 3', 'True'), f8, 3) },
      { name: 'i4', bytes: npyFile(DICT('<i4', '60,'), i4) },
      { name: 'big', bytes: npyFile(DICT('>f8', '5, 4, 3'), f8) },
    ];
  },
  words: [
    "'descr'",
    "'shape'",
    "'fortran_order'",
    '<f4',
    '>f8',
    '|O',
    '(',
    ')',
    ',',
    '{',
    '}',
    'True',
    'False',
    "'",
  ],
  run: (bytes, { way, options }) => readRows(bytes, way, 'npy', { format: 'npy', ...options }),
  /** The header says how many bytes there must be. */
  accepted({ edits, bytes, result }) {
    if (edits.every((edit) => edit === 'truncate' || edit === 'extend')) {
      return 'accepted with fewer or more bytes than the header says';
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const begin = bytes[6] === 1 ? 10 + view.getUint16(8, true) : 12 + view.getUint32(8, true);
    const size = /'descr'\s*:\s*'[<>|=]?[a-z](\d+)'/.exec(
      Buffer.from(bytes.subarray(0, begin)).toString('latin1'),
    );
    if (!result.whole || !size) return undefined;
    const held = (bytes.length - begin) / Number(size[1]);
    return result.values === held ? undefined : `${result.values} numbers of ${held}`;
  },
};
