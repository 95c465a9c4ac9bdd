import { ZIP_EDITS, zipFile } from '../formats/zip-file.mjs';
import { readRows } from '../reading.mjs';
import { npyFile } from './npy.mjs';

const dict = (descr, shape, fortran = 'False') =>
  `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': (${shape}), }`;

/** Edits after which a file can only be right if its bytes are the same. */
const PLAIN = ['flip', 'byte', 'number', 'step', 'zero', 'truncate', 'remove'];

export default {
  name: 'npz',
  seeds() {
    const values = Float64Array.from({ length: 60 }, (_, i) => i / 10);
    const x = { name: 'x.npy', bytes: npyFile(dict('<f8', '20, 3'), values) };
    const y = {
      name: 'y.npy',
      bytes: npyFile(
        dict('<f4', '30,'),
        Float32Array.from({ length: 30 }, (_, i) => i),
      ),
    };
    const turned = { name: 'x.npy', bytes: npyFile(dict('<f8', '20, 3', 'True'), values) };
    const sparse = [
      { name: 'indices.npy', bytes: npyFile(dict('<i4', '6,'), Int32Array.of(0, 3, 1, 2, 0, 3)) },
      { name: 'indptr.npy', bytes: npyFile(dict('<i4', '5,'), Int32Array.of(0, 2, 2, 4, 6)) },
      { name: 'format.npy', bytes: npyFile(dict('|S3', ''), Uint8Array.from(Buffer.from('csr'))) },
      { name: 'shape.npy', bytes: npyFile(dict('<i8', '2,'), BigInt64Array.of(4n, 4n)) },
      { name: 'data.npy', bytes: npyFile(dict('<f4', '6,'), Float32Array.of(1, 2, 3, 4, 5, 6)) },
    ];
    const packed = (files) => files.map((file) => ({ ...file, deflate: true }));
    return [
      { name: 'stored', bytes: zipFile([x]) },
      { name: 'deflated', bytes: zipFile(packed([x])) },
      { name: 'two', bytes: zipFile([...packed([x]), y]), options: { array: 'x' } },
      { name: 'zip64', bytes: zipFile([y, x], { zip64: true, comment: 'PK' }), options: { array: 'x' } },
      { name: 'fortran', bytes: zipFile([turned]) },
      { name: 'fortran deflated', bytes: zipFile(packed([turned])) },
      { name: 'sparse', bytes: zipFile(sparse) },
      { name: 'sparse deflated', bytes: zipFile(packed(sparse)) },
    ];
  },
  ways: ['bytes', 'bytes', 'bytes', 'blob', 'path'],
  words: ['PK\x01\x02', 'PK\x03\x04', 'PK\x05\x06', 'PK\x06\x06', '.npy', 'csr', 'csc', '<f4', "'shape'"],
  edits: ZIP_EDITS,
  run: (bytes, { way, options }) => readRows(bytes, way, 'npz', { format: 'npz', ...options }),
  /** Every byte of an array is under its checksum. */
  accepted({ seed, edits, result }) {
    if (!result.whole || edits.some((edit) => !PLAIN.includes(edit))) return undefined;
    return result.digest === seed.result.digest ? undefined : 'other numbers than those under the checksum';
  },
};
