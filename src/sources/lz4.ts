/**
 * LZ4 frames, as Arrow's buffers are compressed with. Written here since the packages there are either no longer
 * kept or decode single blocks only, and these frames' blocks refer to one another.
 * Formats: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md, .../lz4_Block_format.md
 */

/** One block: appends to `out` from `to` on; matches may reach back into what is there. Returns the new end. */
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
      // It overlaps what it makes.
      for (let k = 0; k < match; k++, to++) out[to] = out[to - offset];
    }
  }
  return to;
}

/**
 * Decompress one frame, a block (at most 4 MiB) at a step.
 *
 * Errors: `Error` when it is damaged, or does not give `length` bytes. Checksums are not checked.
 */
export function* lz4Steps(frame: Uint8Array, length: number): Generator<undefined, Uint8Array, undefined> {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.length < 7 || view.getUint32(0, true) !== 0x184d2204) throw new Error('LZ4: not a frame');
  const flags = frame[4];
  if (flags >>> 6 !== 1) throw new Error('LZ4: an unknown version');
  if (flags & 1) throw new Error('LZ4: a dictionary is needed');
  let at = 7 + (flags & 8 ? 8 : 0);
  const checksumBytes = flags & 16 ? 4 : 0;
  const out = new Uint8Array(length);
  let to = 0;
  for (;;) {
    if (at + 4 > frame.length) throw new Error('LZ4: the frame is cut short');
    const word = view.getUint32(at, true);
    at += 4;
    if (word === 0) break;
    const size = word & 0x7fffffff;
    if (at + size > frame.length) throw new Error('LZ4: a block is cut short');
    const block = frame.subarray(at, at + size);
    at += size + checksumBytes;
    if (word >>> 31) {
      if (to + size > length) throw new Error('LZ4: more bytes than announced');
      out.set(block, to);
      to += size;
    } else {
      to = decodeBlock(block, out, to);
    }
    yield;
  }
  if (to !== length) throw new Error(`LZ4: ${to} bytes came where ${length} were announced`);
  return out;
}
