import { readFileSync } from 'node:fs';
import {
  dictionary,
  fixedSizeList,
  float32,
  float64,
  int16,
  int64,
  list,
  setCompressionCodec,
  tableFromArrays,
  tableToIPC,
  utf8,
} from '@uwdata/flechette';
import { ARROW_EDITS, wrongInside } from '../formats/arrow-file.mjs';
import { rawLz4, rawZstd } from '../formats/frames.mjs';
import { readRows } from '../reading.mjs';

const fixture = (name) =>
  new Uint8Array(readFileSync(new URL(`../../sources/fixtures/arrow/${name}`, import.meta.url)));

const decode = () => {
  throw new Error('only for seeds');
};

export default {
  name: 'arrow',
  seeds() {
    const n = Array.from({ length: 40 }, (_, i) => i);
    const table = tableFromArrays(
      { a: n.map((i) => i / 2), b: n.map((i) => BigInt(i)), c: n.map((i) => -i), s: n.map(String) },
      { types: { a: float32(), b: int64(), c: float64(), s: utf8() } },
    );
    const batches = tableFromArrays(
      { v: n.map((i) => [i, i + 0.5]), w: n.map((i) => [i, 1, -i]), x: n.map((i) => (i % 5 ? i : null)) },
      { types: { v: list(float32()), w: fixedSizeList(float32(), 3), x: int16() }, maxBatchRows: 15 },
    );
    const words = tableFromArrays(
      { k: n.map((i) => `k${i % 4}`), d: n.map((i) => (i % 3) / 2), y: n },
      { types: { k: dictionary(utf8()), d: dictionary(float64()), y: float32() } },
    );
    const options = { idColumn: 's' };
    const packed = (codec, encode) => {
      setCompressionCodec(codec, { encode, decode });
      return tableToIPC(table, { format: 'file', codec });
    };
    return [
      { name: 'stream', bytes: tableToIPC(table, { format: 'stream' }), options },
      { name: 'file', bytes: tableToIPC(table, { format: 'file' }), options },
      { name: 'lz4', bytes: packed(0, rawLz4), options },
      { name: 'packed', bytes: packed(1, rawZstd), options },
      { name: 'batches', bytes: tableToIPC(batches, { format: 'file' }), options: { nulls: 'nan' } },
      { name: 'words', bytes: tableToIPC(words, { format: 'file' }), options: { idColumn: 'k' } },
      { name: 'wordstream', bytes: tableToIPC(words, { format: 'stream' }), options: { idColumn: 'k' } },
      { name: 'zstd', bytes: fixture('zstd.feather'), options: { columns: ['f32', 'i32'] }, rare: true },
    ];
  },
  edits: ARROW_EDITS,
  run: (bytes, { way, options }) => readRows(bytes, way, 'arrow', { format: 'arrow', ...options }),
  /** A stream may end after any message; a file may not. */
  accepted({ seed, edits, bytes, result }) {
    if (!seed.name.includes('stream') && edits.every((edit) => edit === 'truncate')) {
      return 'a file accepted without its footer';
    }
    return result.whole ? wrongInside(bytes, result) : undefined;
  },
};
