/**
 * LZ4 frames, with which buffers of Arrow files are compressed. This is our own code since the existing packages are
 * not maintained any more or decode only single blocks, while the blocks of these frames refer to one another.
 * Formats: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md, .../lz4_Block_format.md
 */

import { xxh32 } from './xxh32.ts';

/** Decode one block to `out` from `to` on; matches may refer to the bytes before it. Returns the new end. */
function decodeBlock(block: Uint8Array, out: Uint8Array, to: number): number {
  let at = 0;
  const length = (nibble: number): number => {
    let value = nibble;
    if (nibble === 15) {
      let more: number;
      do {
        if (at >= block.length) throw new Error('LZ4: a length is cut short');
        more = block[at++];
        value += more;
      } while (more === 255);
    }
    return value;
  };
  while (at < block.length) {
    const token = block[at++];
    const literals = length(token >>> 4);
    if (at + literals > block.length || to + literals > out.length) {
      throw new Error('LZ4: literals beyond the end');
    }
    out.set(block.subarray(at, at + literals), to);
    at += literals;
    to += literals;
    if (at === block.length) return to;
    if (at + 2 > block.length) throw new Error('LZ4: an offset is cut short');
    const offset = block[at] | (block[at + 1] << 8);
    at += 2;
    const match = length(token & 15) + 4;
    if (offset === 0 || offset > to || to + match > out.length) throw new Error('LZ4: a match out of place');
    if (offset >= match) {
      out.copyWithin(to, to - offset, to - offset + match);
      to += match;
    } else {
      // The match overlaps its own output.
      for (let k = 0; k < match; k++, to++) out[to] = out[to - offset];
    }
  }
  return to;
}

/** Decode one block of `length` bytes. @throws Error if it has another length */
export function lz4Block(block: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  const to = decodeBlock(block, out, 0);
  if (to !== length) throw new Error(`LZ4: ${to} bytes came where ${length} were announced`);
  return out;
}

/**
 * Decode the format that Parquet calls LZ4, as Hadoop writes it: before each block its decompressed and its compressed
 * length, big-endian. Some writers use that name for a bare block or a frame.
 * @throws Error if the data are none of these, or do not give `length` bytes
 */
export function lz4Hadoop(bytes: Uint8Array, length: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out = new Uint8Array(length);
  let to = 0;
  for (let at = 0; at + 8 <= bytes.length; ) {
    const [unpacked, packed] = [view.getUint32(at), view.getUint32(at + 4)];
    if (packed > bytes.length - at - 8 || unpacked > length - to) break;
    const part = bytes.subarray(at + 8, at + 8 + packed);
    try {
      out.set(lz4Block(part, unpacked), to);
    } catch {
      break;
    }
    to += unpacked;
    at += 8 + packed;
    if (at === bytes.length && to === length) return out;
  }
  if (bytes.length >= 4 && view.getUint32(0, true) === MAGIC) return lz4(bytes, length);
  return lz4Block(bytes, length);
}

const MAGIC = 0x184d2204;

/** Decompress a frame without pauses. */
function lz4(frame: Uint8Array, length: number): Uint8Array {
  const steps = lz4Steps(frame, length);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/**
 * Decompress one frame, one block (at most 4 MiB) in each step.
 *
 * Errors: `Error` when it is damaged, does not give `length` bytes, or a checksum or size in it does not match.
 */
export function* lz4Steps(
  frame: Uint8Array,
  length: number,
  out = new Uint8Array(length),
): Generator<undefined, Uint8Array, undefined> {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.length < 7 || view.getUint32(0, true) !== MAGIC) throw new Error('LZ4: not a frame');
  const flags = frame[4];
  if (flags >>> 6 !== 1) throw new Error('LZ4: an unknown version');
  if (flags & 1) throw new Error('LZ4: a dictionary is needed');
  if (flags & 2 || frame[5] & 0x8f || frame[5] < 0x40) throw new Error('LZ4: the header is damaged');
  const mostBytes = 2 ** (8 + 2 * (frame[5] >> 4));
  let at = 6 + (flags & 8 ? 8 : 0);
  if (at >= frame.length || frame[at] !== ((xxh32(frame.subarray(4, at)) >>> 8) & 255)) {
    throw new Error('LZ4: the checksum of the header does not match');
  }
  if (flags & 8 && Number(view.getBigUint64(6, true)) !== length) {
    throw new Error(
      `LZ4: the frame holds ${view.getBigUint64(6, true)} bytes where ${length} were announced`,
    );
  }
  at++;
  const check = (bytes: Uint8Array): void => {
    if (at + 4 > frame.length) throw new Error('LZ4: the frame is cut short');
    if (view.getUint32(at, true) !== xxh32(bytes)) throw new Error('LZ4: a checksum does not match');
    at += 4;
  };
  let to = 0;
  for (;;) {
    if (at + 4 > frame.length) throw new Error('LZ4: the frame is cut short');
    const word = view.getUint32(at, true);
    at += 4;
    if (word === 0) break;
    const size = word & 0x7fffffff;
    if (size > mostBytes || at + size > frame.length) throw new Error('LZ4: a block is cut short');
    const block = frame.subarray(at, at + size);
    at += size;
    if (flags & 16) check(block);
    if (word >>> 31) {
      if (to + size > length) throw new Error('LZ4: more bytes than announced');
      out.set(block, to);
      to += size;
    } else {
      to = decodeBlock(block, out, to);
    }
    yield;
  }
  if (flags & 4) check(out.subarray(0, to));
  if (to !== length) throw new Error(`LZ4: ${to} bytes came where ${length} were announced`);
  return out;
}
