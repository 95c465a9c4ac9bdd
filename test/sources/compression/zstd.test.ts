import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError, MemoryLimitError } from '../../../src/errors.ts';
import { openSequences, readSequences } from '../../../src/sequences/index.ts';
import { Xxh64 } from '../../../src/sources/compression/xxh64.ts';
import { unzstd, zstdPieces } from '../../../src/sources/compression/zstd.ts';
import { open } from '../../../src/sources/index.ts';
import { xxh64 } from '../../reference/xxh64.ts';
import { bytesOf, concat, failure, rowsOf } from '../help.ts';

const hasZstd = !spawnSync('zstd', ['--version']).error;

const LIMITS = { name: 'x', windowBytes: 2 ** 27, neededFor: (n: number) => n, allowedBytes: 2 ** 27 };

/** A frame of blocks that are stored (or, of one byte, repeated), as any encoder may write it. */
function frame(
  content: Uint8Array,
  {
    blockBytes = 1000,
    window = 7 as number | undefined,
    size = content.length as number | null,
    sum = Number(xxh64(content) & 0xffffffffn),
  } = {},
): Uint8Array {
  const head = [0x28, 0xb5, 0x2f, 0xfd, (size === null ? 0 : 0x80) | (window === undefined ? 0x20 : 0) | 4];
  if (window !== undefined) head.push(window << 3);
  const word = (value: number) => [0, 8, 16, 24].map((bits) => (value >>> bits) & 255);
  if (size !== null) head.push(...word(size));
  const parts: Uint8Array[] = [Uint8Array.from(head)];
  for (let at = 0; at === 0 || at < content.length; at += blockBytes) {
    const block = content.subarray(at, at + blockBytes);
    const last = at + blockBytes >= content.length ? 1 : 0;
    const same = block.length > 1 && block.every((byte) => byte === block[0]);
    const header = (block.length << 3) | (same ? 2 : 0) | last;
    parts.push(Uint8Array.from(word(header).slice(0, 3)), same ? block.subarray(0, 1) : block);
  }
  return concat(...parts, Uint8Array.from(word(sum)));
}

const text = (s: string) => new TextEncoder().encode(s);

async function inPieces(bytes: Uint8Array, size: number): Promise<Uint8Array> {
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  const out: Uint8Array[] = [];
  for await (const piece of zstdPieces(pieces(), LIMITS, async () => {})) out.push(piece.slice());
  return concat(...out);
}

it('XXH64 is that of the specification, in pieces of any size', () => {
  expect(xxh64(text(''))).toBe(0xef46db3751d8e999n);
  expect(xxh64(text('abc'))).toBe(0x44bc2cf5ad770999n);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.array(fc.nat(200)), (bytes, cuts) => {
      const hash = new Xxh64();
      let at = 0;
      for (const cut of [...cuts.sort((a, b) => a - b), bytes.length]) {
        if (cut < at || cut > bytes.length) continue;
        hash.update(bytes.subarray(at, cut));
        at = cut;
      }
      expect(hash.digest()).toBe(Number(xxh64(bytes) & 0xffffffffn));
    }),
  );
});

describe('frames', () => {
  it('give their content, however they come', async () => {
    const one = text('1,2\n'.repeat(2000));
    const two = new Uint8Array(5000).fill(9);
    const skippable = concat(Uint8Array.of(0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0), text('xyz'));
    const bytes = concat(frame(one), skippable, frame(two, { size: null }), frame(text('')));
    const whole = concat(one, two);
    expect(unzstd(bytes, whole.length)).toEqual(whole);
    for (const size of [1, 7, 4096]) expect(await inPieces(bytes, size)).toEqual(whole);
  });

  it.skipIf(!hasZstd)('as the zstd program makes them', async () => {
    for (const level of ['-1', '-3', '-19']) {
      const content = text(Array.from({ length: 60_000 }, (_, i) => Math.sin(i).toFixed(3)).join('\n'));
      const packed = execFileSync('zstd', [level, '--check', '--stdout'], { input: content });
      // Not toEqual, which takes a second for half a million bytes.
      expect(Buffer.compare(unzstd(packed, content.length), content)).toBe(0);
      expect(Buffer.compare(await inPieces(packed, 999), content)).toBe(0);
    }
  });

  it('a file of several blocks is the same in one go and in pieces', async () => {
    const packed = bytesOf('ramp.npy.zst');
    const whole = await inPieces(packed, 1000);
    expect(unzstd(packed, whole.length)).toEqual(whole);
  });

  it('what does not fit the checksum or the size is refused', async () => {
    const content = text('1,2\n3,4\n');
    const good = frame(content);
    expect(unzstd(good, 8)).toEqual(content);
    const refused: [Uint8Array, RegExp][] = [
      [frame(content, { sum: 1 }), /checksum/],
      [frame(content, { size: 7, blockBytes: 4 }), /more bytes come than announced/],
      [frame(content, { size: 9 }), /8 bytes came where 9 were announced/],
      [good.subarray(0, good.length - 1), /cut short/],
      [concat(good, text('garbage')), /what follows a frame is none/],
      [concat(good, Uint8Array.of(1)), /cut short/],
    ];
    for (const [bytes, reason] of refused) {
      expect(() => unzstd(bytes, 8)).toThrow(reason);
      const error = await failure(
        open(bytes, { name: 'x.csv.zst' }).then((source) => rowsOf(source, { chunkRows: 10 })),
      );
      expect(error).toBeInstanceOf(FormatError);
      expect(error.message).toMatch(reason);
    }
  });

  it('no damaged byte goes unnoticed where there is a checksum', async () => {
    const packed = bytesOf('ramp.npy.zst');
    const whole = await inPieces(packed, 1000);
    const noticed = (at: number, bit: number): boolean => {
      const damaged = packed.slice();
      damaged[at] ^= 1 << bit;
      try {
        return Buffer.compare(unzstd(damaged, whole.length), whole) === 0;
      } catch (error) {
        return error instanceof Error && !(error instanceof TypeError || error instanceof RangeError);
      }
    };
    for (let i = 0; i < 40; i++) {
      const at = Math.floor((i * i * packed.length) / 1600);
      expect([at, noticed(at, i % 8)]).toEqual([at, true]);
    }
  });
});

describe('windows', () => {
  /** A frame that declares a window of 2^30 bytes and holds `1\n2\n`. */
  const long = (size: number | null = null) => {
    const content = text('1\n2\n');
    return frame(content, { window: 20, size });
  };

  it('longer than the memory limit allows are refused before they are made', async () => {
    for (const memoryLimit of [undefined, '64MB', '2GB']) {
      const error = await failure(open(long(), { name: 'x.csv.zst', memoryLimit }));
      expect(error).toBeInstanceOf(MemoryLimitError);
      expect(error.message).toMatch(/zstd window of 1073741824 bytes needs 2\.69 GB.*--long/);
    }
  });

  it('are taken where the limit has room, and cost what comes', async () => {
    const before = process.memoryUsage().rss;
    const source = await open(long(), { name: 'x.csv.zst', memoryLimit: '3GB' });
    expect(await rowsOf(source, { chunkRows: 10 })).toEqual([[1], [2]]);
    expect(process.memoryUsage().rss - before).toBeLessThan(50e6);
  });

  it('the same for files of sequences', async () => {
    const lines = (window: number) => frame(text('CASSF\nCASSY\n'), { window, size: null });
    const input = (window: number) => ({ input: lines(window), name: 'x.txt.zst' });
    for (const { input: bytes, name } of [input(20), input(16)]) {
      for (const read of [openSequences, readSequences]) {
        const error = await failure(read(bytes, { name, memoryLimit: '64MB' }));
        expect(error).toBeInstanceOf(MemoryLimitError);
        expect(error.message).toMatch(/zstd window of \d+ bytes needs .*, but memoryLimit allows 64 MB/);
      }
    }
    const { sequences } = await readSequences(lines(13), { name: 'x.txt.zst', memoryLimit: '64MB' });
    expect(sequences).toEqual(['CASSF', 'CASSY']);
    const source = await openSequences(lines(13), { name: 'x.txt.zst', memoryLimit: '64MB' });
    expect(source.overheadBytes).toBeGreaterThan(2 ** 23);
  });

  it('a declared size that is small counts instead', async () => {
    const source = await open(long(4), { name: 'x.csv.zst', memoryLimit: '16MB' });
    expect(await rowsOf(source, { chunkRows: 10 })).toEqual([[1], [2]]);
  });

  it('a later frame may not need much more than the first, by which memory is planned', async () => {
    const content = text('1\n2\n');
    const files = (window: number) => concat(frame(content), frame(content, { window, size: null }));
    const open256 = (bytes: Uint8Array) => open(bytes, { name: 'x.csv.zst', memoryLimit: '256MB' });
    expect(await rowsOf(await open256(files(12)), { chunkRows: 10 })).toHaveLength(4);
    const error = await failure(async () => rowsOf(await open256(files(14)), { chunkRows: 10 }));
    expect(error).toBeInstanceOf(MemoryLimitError);
    expect(error.message).toMatch(
      /zstd window of 16777216 bytes needs 537 MB, but memoryLimit allows 256 MB/,
    );
    const first = await open256(concat(frame(content, { window: 14, size: null }), files(14)));
    expect(await rowsOf(first, { chunkRows: 10 })).toHaveLength(6);
  });
});

it('frames to skip before the first, as pzstd writes them', async () => {
  const skip = Uint8Array.from([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 9, 9, 9, 9]);
  const bytes = concat(skip, skip, frame(text('1\n2\n'), { window: 13, size: null }));
  const source = await open(bytes, { name: 'x.csv.zst', memoryLimit: '64MB' });
  expect(await rowsOf(source, { chunkRows: 10 })).toEqual([[1], [2]]);
  expect(source.overheadBytes).toBeGreaterThan(16e6 + 16e6 + 2 ** 23);
});

const cases = new URL('../../../../shared/cases/readers/', import.meta.url);
describe.skipIf(!existsSync(cases))('inputs that were read wrongly (../shared/cases)', () => {
  const read = (name: string) =>
    open(new Uint8Array(readFileSync(new URL(name, cases))), { name }).then((source) =>
      rowsOf(source, { chunkRows: 1000 }),
    );
  it('a wrong checksum', async () => {
    expect((await failure(read('zstd-bad-checksum.csv.zst'))).message).toMatch(/checksum/);
  });
  it('13 bytes with a window of 1 GB', async () => {
    expect((await failure(read('zstd-13-bytes-1GB.csv.zst'))).code).toBe('ERR_MEMORY_LIMIT');
  });
});
