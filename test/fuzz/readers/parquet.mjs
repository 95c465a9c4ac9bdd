import { readFileSync } from 'node:fs';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { PARQUET_EDITS, withChecksums, wrongInside } from '../formats/parquet-file.mjs';
import { readRows } from '../reading.mjs';

const fixture = (name) =>
  new Uint8Array(readFileSync(new URL(`../../sources/fixtures/parquet/${name}.parquet`, import.meta.url)));

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
    const numbers = { columns: ['f32', 'i32'] };
    return [
      { name: 'snappy', bytes: file({}) },
      { name: 'plain', bytes: file({ codec: 'UNCOMPRESSED' }) },
      { name: 'groups', bytes: file({ rowGroupSize: 15, pageSize: 64 }) },
      { name: 'sums', bytes: withChecksums(file({ codec: 'UNCOMPRESSED', rowGroupSize: 15, pageSize: 64 })) },
      { name: 'ids', bytes: fixture('none'), options: { columns: ['f32', 'i32'], idColumn: 'id' } },
      // Brotli's tables take ten times as long as the rest.
      ...['gzip', 'brotli', 'lz4', 'zstd'].map((name) => ({
        ...{ name, bytes: withChecksums(fixture(name)), options: numbers, rare: name === 'brotli' },
      })),
      { name: 'encodings', bytes: fixture('encodings') },
      { name: 'nulls', bytes: fixture('nulls'), options: { nulls: 'nan' } },
      { name: 'nested', bytes: fixture('nested'), options: { columns: ['point.x', 'point.y'] } },
    ];
  },
  ways: ['bytes', 'bytes', 'bytes', 'bytes', 'blob', 'path'],
  edits: PARQUET_EDITS,
  run: (bytes, { way, options }) => readRows(bytes, way, 'parquet', { format: 'parquet', ...options }),
  accepted({ edits, bytes, result, options }) {
    if (edits.every((edit) => edit === 'truncate')) return 'accepted without its footer';
    return result.whole ? wrongInside(bytes, result, options) : undefined;
  },
};
