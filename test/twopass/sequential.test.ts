import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { open } from '../../src/sources/open.ts';
import { twoPass } from '../../src/twopass/two-pass.ts';

const COLS = 40_000;
const text = Array.from({ length: 16 }, (_, i) =>
  Array.from({ length: COLS }, (_x, j) => ((i * 7919 + j * 104_729) % 1000) / 10).join(),
).join('\n');

it.each([
  ['x.csv', (bytes: Uint8Array) => bytes],
  ['x.csv.gz', (bytes: Uint8Array) => new Uint8Array(gzipSync(bytes))],
])('%s: wide rows of a sample are read in one pass, also when their number is known', async (name, pack) => {
  const bytes = pack(new TextEncoder().encode(`${text}\n`));
  let read = 0;
  const input = {
    byteLength: bytes.length,
    async slice(start: number, end: number) {
      const part = bytes.slice(start, end);
      read += part.length;
      return part;
    },
  };
  const source = await open(input, { name });
  const options = { clusters: 2, sample: 8, onWarning: () => {} };
  await twoPass(source, options);
  expect(source.rows).toBe(16);
  read = 0;
  await twoPass(source, options);
  // Each row was read on its own, from the first line on: 5.6 and 8 times the file.
  expect(read / bytes.length).toBeLessThan(1.2);
});
