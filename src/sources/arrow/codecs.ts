/**
 * Decompressing of Arrow's buffers, in steps: a record batch may hold a gigabyte of one column, and flechette, which knows no
 * pauses, would unpack it at once. So they are unpacked before it asks, and it finds them ready.
 */

import type * as Flechette from '@uwdata/flechette';
import type { Lent } from '../chunks/rows.ts';
import { lz4Steps } from '../compression/lz4.ts';
import { zstdSteps } from '../compression/zstd.ts';
import type { Packed, Room } from './messages.ts';

/** Let others have their turn when it is due. @throws the reason of a signal */
export type Pause = () => Promise<void>;

/** A buffer larger than this, decompressed, is a lie or a bomb. */
const MAX_BUFFER_BYTES = 2 ** 31 - 1;
/** The codecs' numbers in the format. */
const LZ4_FRAME = 0;
const ZSTD = 1;

/** What has been unpacked, by the memory and the place of what it was packed in. */
const ready = new WeakMap<ArrayBufferLike, Map<number, Uint8Array>>();

/** What a byte can become at most, by codec. */
const RATIOS = [255, 32_768];

/** A claim that cannot be true need not be tried. */
function check({ codec, data, length }: Packed): void {
  if (length >= 0 && length <= Math.min(MAX_BUFFER_BYTES, RATIOS[codec] * data.length)) return;
  throw new Error(`a buffer of ${data.length} bytes claims to hold ${length}`);
}

/** One buffer, with pauses between its blocks. */
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

/** Unpacks buffers of a message that flechette is to be given; what it does not know, it says itself. */
export type Inflate = (
  buffers: Iterable<Packed>,
  room: Room,
  pause: Pause,
  /** Where they go; without it to memory of their own. */
  memory?: Lent,
) => Promise<void>;

/** Where one buffer begins behind another: views of any number may lie there. */
const aligned = (bytes: number): number => Math.ceil(bytes / 8) * 8;

/** Have flechette take what has been unpacked. */
export function loadCodecs(library: typeof Flechette): Inflate {
  const encode = (): never => {
    throw new Error('only decompressing is done here');
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
    // In place of those of the batch before, where memory is used again.
    ready.set(known[0].data.buffer, places);
    let at = 0;
    for (const packed of known) {
      const { data, length } = packed;
      places.set(data.byteOffset, await unpackOne(packed, all.subarray(at, at + length), pause));
      at += aligned(length);
    }
  };
}
