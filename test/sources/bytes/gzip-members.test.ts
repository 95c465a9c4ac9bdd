/** Members of gzip one after another, through the platform's DecompressionStream, as pages and workerd have it. */
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { throughStream } from '../../../src/sources/bytes/gzip-members.ts';

const text = (rows: number, from = 0) =>
  Buffer.from(Array.from({ length: rows }, (_, i) => `${from + i},${((from + i) * 7) % 13}\n`).join(''));

/** A member that holds bytes as they are, so that what looks like a header stays so. */
function stored(bytes: Uint8Array): Buffer {
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(crc32(bytes), 0);
  tail.writeUInt32LE(bytes.length, 4);
  return Buffer.concat([
    Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]),
    deflateRawSync(bytes, { level: 0 }),
    tail,
  ]);
}

/** Node gives out what it has some turns later, which browsers do not. */
const SLOW = { at: 2000, inAll: 10_000 };

async function unpacked(bytes: Uint8Array, pieceBytes: number, patience = { ...SLOW }): Promise<Buffer> {
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
  }
  const parts: Uint8Array[] = [];
  for await (const part of throughStream(pieces(), patience)) parts.push(part);
  return Buffer.concat(parts);
}

const three = [text(1000), text(5000, 1000), text(1, 6000)];
const all = Buffer.concat(three);
const empty = gzipSync(Buffer.alloc(0));

describe('members through DecompressionStream', () => {
  test.each([3, 7, 64, 1000, 16_384, 2 ** 20])('cut into pieces of %i bytes', async (pieceBytes) => {
    const members = Buffer.concat(three.map((part) => gzipSync(part)));
    expect((await unpacked(members, pieceBytes)).equals(all)).toBe(true);
  });

  test('one, empty ones before, between and behind, as bgzip ends a file', async () => {
    expect((await unpacked(gzipSync(all), 500)).equals(all)).toBe(true);
    const members = [empty, gzipSync(three[0]), empty, empty, gzipSync(three[1]), gzipSync(three[2]), empty];
    for (const pieceBytes of [10, 28, 5000]) {
      expect((await unpacked(Buffer.concat(members), pieceBytes)).equals(all)).toBe(true);
    }
  });

  test('bytes that look like the beginning of a member are none', async () => {
    const head = Buffer.from([0x1f, 0x8b, 8, 0]);
    // With a length before them, too, that is not what has come out.
    const length = Buffer.from([0, 0, 0, 0, 9, 9, 0, 0]);
    const hostile = Buffer.concat([head, text(100), head, head, length, head, text(50), head]);
    const members = Buffer.concat([stored(hostile), stored(hostile), gzipSync(hostile)]);
    const wanted = Buffer.concat([hostile, hostile, hostile]);
    for (const pieceBytes of [5, 100, 16_384]) {
      expect((await unpacked(members, pieceBytes, { at: 50, inAll: 1000 })).equals(wanted)).toBe(true);
    }
  });

  test('a file full of what looks like members takes no longer for it', { timeout: 20_000 }, async () => {
    const bytes = Buffer.alloc(40_000, Buffer.from([0x1f, 0x8b, 8, 0]));
    const started = performance.now();
    const patience = { at: 50, inAll: 1000 };
    expect((await unpacked(stored(bytes), 16_384, patience)).equals(bytes)).toBe(true);
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test('what is damaged, cut short or followed by something else is an error, at every place', async () => {
    const whole = Buffer.concat([gzipSync(text(40)), gzipSync(text(40, 40))]);
    for (let cut = 1; cut < whole.length; cut++) {
      const first = gzipSync(text(40)).length;
      const reading = unpacked(whole.subarray(0, cut), 64);
      // A member alone is a whole file.
      if (cut === first) expect((await reading).equals(text(40))).toBe(true);
      else await expect(reading, `cut at ${cut}`).rejects.toThrow();
    }
    await expect(unpacked(Buffer.concat([whole, Buffer.from('and more')]), 64)).rejects.toThrow();
    for (const at of [whole.length - 8, whole.length - 3, gzipSync(text(40)).length - 8, 40]) {
      const bad = Buffer.from(whole);
      bad[at] ^= 0x55;
      await expect(unpacked(bad, 64), `damaged at ${at}`).rejects.toThrow();
    }
  });

  test('who stops early leaves nothing behind', async () => {
    const parts = throughStream(
      (async function* () {
        for (;;) yield gzipSync(text(1000));
      })(),
    );
    let pieces = 0;
    for await (const part of parts) if (part.length > 0 && ++pieces > 5) break;
    expect(pieces).toBe(6);
  });

  test('a platform that ignores the members after the first loses no rows without an error', async () => {
    const Native = globalThis.DecompressionStream;
    // Hands on a member's input only up to its end, and delivers output late once.
    const members = ['A', 'B', 'C', 'D'].map((letter) => gzipSync(Buffer.alloc(1000, letter)));
    let made = 0;
    globalThis.DecompressionStream = class {
      readable: ReadableStream<Uint8Array>;
      writable: WritableStream<Uint8Array>;
      constructor() {
        const late = made++ === 1;
        const held: Uint8Array[] = [];
        const through = new TransformStream<Uint8Array, Uint8Array>({
          transform(piece, controller) {
            held.push(piece);
            if (!late) deliver(controller);
          },
          flush: (controller) => deliver(controller),
        });
        let done = false;
        const deliver = (controller: TransformStreamDefaultController<Uint8Array>) => {
          const bytes = Buffer.concat(held);
          const member = members.find(
            (one) => bytes.length >= one.length && bytes.subarray(0, one.length).equals(one),
          );
          if (done || !member) return;
          done = true;
          controller.enqueue(new Uint8Array(1000).fill('ABCD'.charCodeAt(members.indexOf(member))));
        };
        this.readable = through.readable;
        this.writable = through.writable;
      }
    } as never;
    try {
      await expect(unpacked(Buffer.concat(members), 100, { at: 3, inAll: 10 })).rejects.toThrow(/checksum/);
    } finally {
      globalThis.DecompressionStream = Native;
    }
  });
});
