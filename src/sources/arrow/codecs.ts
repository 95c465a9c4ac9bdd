/**
 * Decompresses buffers of Arrow files in steps. A record batch may hold a gigabyte of one column, and flechette would
 * decompress it without a pause. So buffers are decompressed beforehand, and flechette gets the results.
 */

import type * as Flechette from '@uwdata/flechette';
import type { Lent } from '../chunks/rows.ts';
import { lz4Steps } from '../compression/lz4.ts';
import { zstdSteps } from '../compression/zstd.ts';
import type { Packed, Room } from './messages.ts';

/** Let the event loop run when it is due. @throws the reason of a signal */
export type Pause = () => Promise<void>;

/** A buffer that claims to be larger than this when decompressed is damaged, or made to exhaust memory. */
const MAX_BUFFER_BYTES = 2 ** 31 - 1;
/** Numbers of the codecs in the format. */
const LZ4_FRAME = 0;
const ZSTD = 1;

/** Decompressed buffers, by the memory and the offset of the compressed ones. */
const ready = new WeakMap<ArrayBufferLike, Map<number, Uint8Array>>();

/** Largest number of bytes that one compressed byte can give, by codec. */
const RATIOS = [255, 32_768];

/** Refuse a claimed length that is impossible. */
function check({ codec, data, length }: Packed): void {
  if (length >= 0 && length <= Math.min(MAX_BUFFER_BYTES, RATIOS[codec] * data.length)) return;
  throw new Error(`a buffer of ${data.length} bytes claims to hold ${length}`);
}

/** Decompress one buffer, with pauses between its blocks. */
async function unpackOne(
  { codec, data, length }: Packed,
  out: Uint8Array<ArrayBuffer>,
  pause: Pause,
): Promise<Uint8Array> {
  const steps = codec === ZSTD ? zstdSteps(data, length, out) : lz4Steps(data, length, out);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    await pause();
  }
}

/** Decompresses the buffers of a message for flechette. Unknown codecs are left to flechette, which throws for them. */
export type Inflate = (
  buffers: Iterable<Packed>,
  room: Room,
  pause: Pause,
  /** Buffer for the results; if missing, new memory is allocated. */
  memory?: Lent,
) => Promise<void>;

/** Round up to a multiple of 8, so that a view of any number type can begin there. */
const aligned = (bytes: number): number => Math.ceil(bytes / 8) * 8;

/** Register codecs in flechette that return the buffers decompressed beforehand. */
export function loadCodecs(library: typeof Flechette): Inflate {
  const encode = (): never => {
    throw new Error('this codec only decompresses');
  };
  const decode = (data: Uint8Array): Uint8Array => {
    const found = ready.get(data.buffer)?.get(data.byteOffset);
    if (!found) throw new Error('a compressed buffer lies outside its record batch');
    return found;
  };
  for (const codec of [LZ4_FRAME, ZSTD]) {
    library.setCompressionCodec(codec as Flechette.CompressionType_, { encode, decode });
  }
  return async (buffers, room, pause, memory) => {
    const known = [...buffers].filter(({ codec }) => codec === LZ4_FRAME || codec === ZSTD);
    if (known.length === 0) return;
    for (const packed of known) check(packed);
    const bytes = known.reduce((sum, { length }) => sum + aligned(length), 0);
    room.take(bytes);
    const all = memory?.take(bytes) ?? new Uint8Array(bytes);
    const places = new Map<number, Uint8Array>();
    // This replaces the results of the batch before, if the memory is reused.
    ready.set(known[0].data.buffer, places);
    let at = 0;
    for (const packed of known) {
      const { data, length } = packed;
      places.set(data.byteOffset, await unpackOne(packed, all.subarray(at, at + length), pause));
      at += aligned(length);
    }
  };
}
