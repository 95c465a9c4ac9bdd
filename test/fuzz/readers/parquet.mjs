import { parquetWriteBuffer } from 'hyparquet-writer';
import { readRows } from '../reading.mjs';

export default {
  name: 'parquet',
  seeds() {
    const n = Array.from({ length: 40 }, (_, i) => i);
    const columnData = [
      { name: 'a', data: n.map((i) => i + 0.5), type: 'DOUBLE' },
      { name: 'b', data: Int32Array.from(n, (i) => i % 3), type: 'INT32' },
      { name: 'c', data: n.map((i) => BigInt(i) << 33n), type: 'INT64' },
    ];
    const file = (options) => new Uint8Array(parquetWriteBuffer({ columnData, ...options }));
    return [
      { name: 'snappy', bytes: file({}) },
      { name: 'plain', bytes: file({ codec: 'UNCOMPRESSED' }) },
      { name: 'groups', bytes: file({ rowGroupSize: 15, pageSize: 64 }) },
    ];
  },
  ways: ['bytes', 'bytes', 'bytes', 'bytes', 'blob', 'path'],
  run: (bytes, { way, options }) => readRows(bytes, way, 'parquet', { format: 'parquet', ...options }),
  accepted: ({ edits }) =>
    edits.every((edit) => edit === 'truncate') ? 'accepted without its footer' : undefined,
};
