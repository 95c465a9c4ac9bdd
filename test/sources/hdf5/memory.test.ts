import { openAsBlob } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { beforeAll, expect, it, vi } from 'vitest';
import { PieceFile } from '../../../src/sources/hdf5/pieces.ts';
import { scratch } from '../help.ts';
import { h5, openH5 } from './files.ts';

const { folder } = scratch();
const [ROWS, COLS] = [300, 20_000];
let path: string;

beforeAll(() => {
  path = join(folder, 'long.h5');
  const file = new h5.File(path, 'w');
  const data = new Float32Array(ROWS * COLS).map((_, i) => i % 1000);
  file.create_dataset({ name: 'long', data, shape: [ROWS, COLS], chunks: [5, COLS] });
  file.close();
});

it.each(['path', 'Blob'])(
  'from a %s, blocks are small under a small limit, and each is read to the memory of the one before',
  async (kind) => {
    const input = kind === 'path' ? path : await openAsBlob(path);
    const source = await openH5(input as string, { dataset: 'long', memoryLimit: '64MB' });
    const post = vi.spyOn(Worker.prototype, 'postMessage');
    let row = 0;
    try {
      for await (const { data, start } of source.chunks({ chunkRows: 10, reuse: true })) {
        const want = [row, (row * COLS + 1) % 1000, ((row + 7) * COLS) % 1000];
        expect([start, data[1], data[7 * COLS]]).toEqual(want);
        row += 10;
      }
      const sent = post.mock.calls.filter(([order]) => order.call === 'read');
      const sizes = sent.map(([{ args }]) => args[1].count[0] * COLS * 4);
      // The buffers have been transferred, so only their number tells.
      expect([row, sent.length > 10, sent.every(([, transfer]) => transfer?.length === 1)]).toEqual([
        ROWS,
        true,
        true,
      ]);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(2e6);
    } finally {
      post.mockRestore();
    }
  },
);

it('parts of a file are fetched to the memory of parts before', async () => {
  const KEPT = 2 ** 20;
  const length = 40 * KEPT;
  const spares: (ArrayBuffer | undefined)[] = [];
  const file = new PieceFile(
    {
      byteLength: length,
      keptBytes: KEPT,
      async fetch(start, end, spare) {
        spares.push(spare);
        const fits = spare !== undefined && spare.byteLength >= end - start;
        const part = new Uint8Array(fits ? spare : new ArrayBuffer(end - start), 0, end - start);
        for (let i = 0; i < part.length; i++) part[i] = (start + i) % 251;
        return part;
      },
    },
    Infinity,
    () => new Error('too much'),
  );
  let read: (...args: unknown[]) => number = () => 0;
  const node = {
    stream_ops: {},
    set usedBytes(_: number) {},
  };
  class ErrnoError extends Error {}
  file.place({ createDataFile() {}, lookupPath: () => ({ node }), ErrnoError }, 'x');
  ({ read } = node.stream_ops as { read: typeof read });
  const target = new Int8Array(100_000);
  for (let at = 0; at < length; at += target.length) {
    const got = await file.run(() => read({}, target, 0, target.length, at));
    const bytes = new Uint8Array(target.buffer, 0, got);
    expect([got, bytes[0], bytes[got - 1]]).toEqual([
      Math.min(target.length, length - at),
      at % 251,
      (at + got - 1) % 251,
    ]);
  }
  // Windows grow to half of what is kept. The last and the first fetches make memory.
  expect(new Set(spares).size).toBeLessThan(8);
  expect(spares.length).toBeGreaterThan(70);
});
