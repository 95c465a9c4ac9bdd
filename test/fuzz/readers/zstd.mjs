import { readFileSync } from 'node:fs';
import { readRows } from '../reading.mjs';

const encoder = new TextEncoder();
const rows = (from, to) =>
  encoder.encode(Array.from({ length: to - from }, (_, i) => `${from + i},${(from + i) / 4}\n`).join(''));

/** A frame of blocks that are not compressed, without a checksum. */
function rawFrame(...blocks) {
  const parts = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38])];
  blocks.forEach((block, i) => {
    const head = Buffer.alloc(3);
    head.writeUIntLE((block.length << 3) | (i === blocks.length - 1 ? 1 : 0), 0, 3);
    parts.push(head, block);
  });
  return new Uint8Array(Buffer.concat(parts));
}

const fixture = (name) =>
  new Uint8Array(readFileSync(new URL(`../../sources/fixtures/${name}`, import.meta.url)));

export default {
  name: 'zstd',
  seeds: () => [
    { name: 'raw', bytes: rawFrame(rows(0, 20), rows(20, 40)) },
    { name: 'frames', bytes: fixture('frames.csv.zst') },
  ],
  run: (bytes, { way, options }) => readRows(bytes, way, 'csv.zst', { format: 'csv', ...options }),
};
