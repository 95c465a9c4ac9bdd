import { readFileSync } from 'node:fs';
import { rawZstd } from '../formats/frames.mjs';
import { readRows } from '../reading.mjs';

const encoder = new TextEncoder();
const rows = (from, to) =>
  encoder.encode(Array.from({ length: to - from }, (_, i) => `${from + i},${(from + i) / 4}\n`).join(''));

const fixture = (name) =>
  new Uint8Array(readFileSync(new URL(`../../sources/fixtures/${name}`, import.meta.url)));

export default {
  name: 'zstd',
  seeds: () => [
    { name: 'raw', bytes: rawZstd(rows(0, 20), rows(20, 40)) },
    { name: 'frames', bytes: fixture('frames.csv.zst') },
  ],
  run: (bytes, { way, options }) => readRows(bytes, way, 'csv.zst', { format: 'csv', ...options }),
};
