/**
 * Decompressing of Arrow's buffers, in steps: a record batch may hold a gigabyte of one column, and flechette, which knows no
 * pauses, would unpack it at once. So they are unpacked before it asks, and it finds them ready.
 */

import type * as Flechette from '@uwdata/flechette';
import type { Packed } from './arrowmessages.ts';
import { lz4Steps } from './lz4.ts';

/** Let others have their turn when it is due. @throws the reason of a signal */
export type Pause = () => Promise<void>;

/** A buffer larger than this, decompressed, is a lie or a bomb. */
const MAX_BUFFER_BYTES = 2 ** 31 - 1;
/** Compressed bytes that are given to the zstd library at a time: a few milliseconds. */
const ZSTD_PIECE_BYTES = 2 ** 16;
/** The codecs' numbers in the format. */
const LZ4_FRAME = 0;
const ZSTD = 1;

/** What has been unpacked, by the memory and the place of what it was packed in. */
const ready = new WeakMap<ArrayBufferLike, Map<number, Uint8Array>>();

/** What a byte can become at most: a claim beyond it need not be tried. */
function checked({ data, length }: Packed, ratio: number): number {
  if (length >= 0 && length <= Math.min(MAX_BUFFER_BYTES, ratio * data.length)) return length;
  throw new Error(`a buffer of ${data.length} bytes claims to hold ${length}`);
}

async function unpackLz4(packed: Packed, pause: Pause): Promise<Uint8Array> {
  const steps = lz4Steps(packed.data, checked(packed, 255));
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    await pause();
  }
}

async function unpackZstd(
  packed: Packed,
  pause: Pause,
  { Decompress }: typeof import('fzstd'),
): Promise<Uint8Array> {
  const { data, length } = packed;
  const out = new Uint8Array(checked(packed, 32_768));
  let at = 0;
  const decompressor = new Decompress((piece) => {
    if (at + piece.length > length) throw new Error('zstd: more bytes than announced');
    out.set(piece, at);
    at += piece.length;
  });
  for (let from = 0; from < data.length; from += ZSTD_PIECE_BYTES) {
    const to = Math.min(data.length, from + ZSTD_PIECE_BYTES);
    decompressor.push(data.subarray(from, to), to === data.length);
    await pause();
  }
  if (at !== length) throw new Error(`zstd: ${at} bytes came where ${length} were announced`);
  return out;
}

/** Unpacks buffers of a message that flechette is to be given; what it does not know, it says itself. */
export type Inflate = (buffers: Iterable<Packed>, pause: Pause) => Promise<void>;

/** Have flechette take what has been unpacked. */
export async function loadCodecs(library: typeof Flechette): Promise<Inflate> {
  const fzstd = await import('fzstd').catch(() => undefined);
  const encode = (): never => {
    throw new Error('only decompressing is done here');
  };
  const decode = (data: Uint8Array): Uint8Array => {
    const found = ready.get(data.buffer)?.get(data.byteOffset);
    if (!found) throw new Error('a compressed buffer lies outside its record batch');
    return found;
  };
  for (const codec of fzstd ? [LZ4_FRAME, ZSTD] : [LZ4_FRAME]) {
    library.setCompressionCodec(codec as Flechette.CompressionType_, { encode, decode });
  }
  return async (buffers, pause) => {
    for (const packed of buffers) {
      const { data, codec } = packed;
      let out: Uint8Array | undefined;
      if (codec === LZ4_FRAME) out = await unpackLz4(packed, pause);
      else if (codec === ZSTD && fzstd) out = await unpackZstd(packed, pause, fzstd);
      if (!out) continue;
      const places = ready.get(data.buffer) ?? new Map<number, Uint8Array>();
      ready.set(data.buffer, places.set(data.byteOffset, out));
    }
  };
}
