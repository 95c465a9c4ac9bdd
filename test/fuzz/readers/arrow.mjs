import { readFileSync } from 'node:fs';
import { float32, float64, int64, tableFromArrays, tableToIPC, utf8 } from '@uwdata/flechette';
import { readRows } from '../reading.mjs';

const fixture = (name) =>
  new Uint8Array(readFileSync(new URL(`../../sources/fixtures/${name}`, import.meta.url)));

export default {
  name: 'arrow',
  seeds() {
    const n = Array.from({ length: 40 }, (_, i) => i);
    const table = tableFromArrays(
      { a: n.map((i) => i / 2), b: n.map((i) => BigInt(i)), c: n.map((i) => -i), s: n.map(String) },
      { types: { a: float32(), b: int64(), c: float64(), s: utf8() } },
    );
    const options = { idColumn: 's' };
    return [
      { name: 'stream', bytes: tableToIPC(table, { format: 'stream' }), options },
      { name: 'file', bytes: tableToIPC(table, { format: 'file' }), options },
      { name: 'zstd', bytes: fixture('zstd.feather'), options: { columns: ['f32', 'i32'] } },
    ];
  },
  run: (bytes, { way, options }) => readRows(bytes, way, 'arrow', { format: 'arrow', ...options }),
  /** A stream may end after any message; a file may not. */
  accepted: ({ seed, edits }) =>
    seed.name !== 'stream' && edits.every((edit) => edit === 'truncate')
      ? 'a file accepted without its footer'
      : undefined,
};
