import { gzipSync } from 'node:zlib';
import { readRows } from '../reading.mjs';

const rows = Array.from({ length: 60 }, (_, i) => `${i / 4},${i * i},-${i}e-3`).join('\n') + '\n';

export default {
  name: 'gzip',
  seeds: () => [
    { name: 'one', bytes: new Uint8Array(gzipSync(rows)) },
    { name: 'stored', bytes: new Uint8Array(gzipSync(rows, { level: 0 })) },
    { name: 'members', bytes: new Uint8Array(Buffer.concat([gzipSync(rows), gzipSync(rows)])) },
  ],
  run: (bytes, { way, options }) => readRows(bytes, way, 'csv.gz', { format: 'csv', ...options }),
  /** A checksum and a length cover all of it; whole members may be put together anew. */
  accepted: ({ seeds, edits, result }) =>
    seeds.some((seed) => seed.result.digest === result.digest) ||
    edits.some((edit) => ['splice', 'duplicate', 'swap', 'remove', 'extend'].includes(edit))
      ? undefined
      : 'accepted with other numbers although a checksum covers them',
};
