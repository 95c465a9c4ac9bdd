import { expect, it } from 'vitest';
import { lz4Block, lz4Hadoop, lz4Steps } from '../../../src/sources/compression/lz4.ts';
import { xxh32 } from '../../../src/sources/compression/xxh32.ts';
import { concat } from '../help.ts';

const text = (s: string) => new TextEncoder().encode(s);
const word = (value: number) => [0, 8, 16, 24].map((bits) => (value >>> bits) & 255);

/** A frame of one stored block, with all that may be checked. */
function frame(
  content: Uint8Array,
  { block = xxh32(content), whole = xxh32(content), size = content.length } = {},
) {
  const descriptor = Uint8Array.from([0x7c, 0x40, ...word(size), 0, 0, 0, 0]);
  return concat(
    Uint8Array.of(0x04, 0x22, 0x4d, 0x18),
    descriptor,
    Uint8Array.of((xxh32(descriptor) >>> 8) & 255, ...word((content.length | 0x80000000) >>> 0)),
    content,
    Uint8Array.from([...word(block), 0, 0, 0, 0, ...word(whole)]),
  );
}

function read(bytes: Uint8Array, length: number): Uint8Array {
  const steps = lz4Steps(bytes, length);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

it('XXH32 is that of the specification', () => {
  expect(xxh32(text(''))).toBe(0x02cc5d05);
  expect(xxh32(text('abc'))).toBe(0x32d153ff);
  expect(xxh32(text('Nobody inspects the spammish repetition'))).toBe(0xe2293b2f);
});

it('frames are held to their checksums and sizes', () => {
  const content = text('1,2,3,4,5,6,7,8,9');
  const good = frame(content);
  expect(read(good, content.length)).toEqual(content);
  expect(() => read(frame(content, { block: 1 }), content.length)).toThrow('a checksum does not match');
  expect(() => read(frame(content, { whole: 1 }), content.length)).toThrow('a checksum does not match');
  expect(() => read(frame(content, { size: 3 }), content.length)).toThrow('holds 3 bytes where 17');
  for (let at = 4; at < good.length; at++) {
    const damaged = good.slice();
    damaged[at] ^= 1;
    expect(() => read(damaged, content.length), `byte ${at}`).toThrow(/^LZ4: /);
    expect(() => read(good.subarray(0, at), content.length)).toThrow(/^LZ4: /);
  }
});

it('blocks fill what was announced, bare or as Hadoop has them', () => {
  const block = Uint8Array.from([0x30, 1, 2, 3]);
  expect(lz4Block(block, 3)).toEqual(Uint8Array.of(1, 2, 3));
  expect(() => lz4Block(block, 4)).toThrow('3 bytes came where 4 were announced');
  const hadoop = Uint8Array.from([0, 0, 0, 3, 0, 0, 0, 4, ...block, 0, 0, 0, 3, 0, 0, 0, 4, ...block]);
  expect(lz4Hadoop(hadoop, 6)).toEqual(Uint8Array.of(1, 2, 3, 1, 2, 3));
  expect(lz4Hadoop(block, 3)).toEqual(Uint8Array.of(1, 2, 3));
  expect(lz4Hadoop(frame(block), 4)).toEqual(block);
  expect(() => lz4Hadoop(hadoop, 7)).toThrow(/LZ4/);
});
