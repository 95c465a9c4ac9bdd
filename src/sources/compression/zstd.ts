/**
 * zstd frames. This is our own code since the existing packages do not check the checksum of a frame, do not limit its
 * window, and read zeros where a match points outside the data.
 * Format: https://www.rfc-editor.org/rfc/rfc8878
 */

import { MemoryLimitError } from '../../errors.ts';
import { Xxh64 } from './xxh64.ts';
import { BlockDecoder, MOST_BLOCK_BYTES } from './zstd-block.ts';

const MAGIC = 0xfd2fb528;
/** The last four bits of this magic number may have any value. */
const SKIPPABLE = 0x184d2a50;
/** Longest header of a frame. */
const MOST_HEADER_BYTES = 18;

interface Frame {
  headerBytes: number;
  windowBytes: number;
  contentBytes: number | undefined;
  checksum: boolean;
}

/** @param bytes the frame, or its beginning */
function readHeader(bytes: Uint8Array): Frame {
  const flags = bytes[4];
  if (flags & 8) throw new Error('a frame sets a reserved bit');
  const single = (flags & 32) !== 0;
  const idBytes = [0, 1, 2, 4][flags & 3];
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][flags >> 6];
  const headerBytes = 5 + (single ? 0 : 1) + idBytes + sizeBytes;
  if (bytes.length < headerBytes) throw new Error('the header of a frame is cut short');
  const number = (at: number, count: number) => {
    let value = 0;
    for (let i = count - 1; i >= 0; i--) value = value * 256 + bytes[at + i];
    return value;
  };
  if (number(headerBytes - sizeBytes - idBytes, idBytes) !== 0) throw new Error('a dictionary is needed');
  const size = number(headerBytes - sizeBytes, sizeBytes) + (sizeBytes === 2 ? 256 : 0);
  const contentBytes = sizeBytes > 0 ? size : undefined;
  const base = 2 ** (10 + (bytes[5] >> 3));
  const declared = single ? size : base + (base / 8) * (bytes[5] & 7);
  // If the content is shorter than the window, a window as long as the content is enough.
  return {
    headerBytes,
    windowBytes: Math.min(declared, contentBytes ?? declared),
    contentBytes,
    checksum: (flags & 4) !== 0,
  };
}

interface Block {
  last: boolean;
  kind: number;
  /** Bytes in the frame, after the header of 3 bytes. */
  packedBytes: number;
  size: number;
}

function readBlock(bytes: Uint8Array, at: number, most: number): Block {
  const value = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16);
  const kind = (value >> 1) & 3;
  const size = value >> 3;
  if (kind === 3 || size > most) throw new Error('the header of a block is damaged');
  return { last: (value & 1) !== 0, kind, packedBytes: kind === 1 ? 1 : size, size };
}

/** Decodes the blocks of a frame, and checks their length and checksum. */
class FrameDecoder {
  #blocks: BlockDecoder | undefined;
  readonly #hash: Xxh64 | undefined;
  #made = 0;
  /** Largest number of bytes in a block. */
  readonly most: number;

  constructor(readonly frame: Frame) {
    this.most = Math.min(frame.windowBytes, MOST_BLOCK_BYTES);
    if (frame.checksum) this.#hash = new Xxh64();
  }

  /** Decode a block to `out` from `to` on. Matches may not refer to bytes before `floor`. */
  decode({ kind, size }: Block, packed: Uint8Array, out: Uint8Array, to: number, floor: number): number {
    let end = to + size;
    if (kind === 2) {
      this.#blocks ??= new BlockDecoder();
      end = this.#blocks.decode(packed, out, to, floor, this.frame.windowBytes, this.most);
    } else {
      if (end > out.length) throw new Error('more bytes come than announced');
      if (kind === 0) out.set(packed, to);
      else out.fill(packed[0], to, end);
    }
    this.#made += end - to;
    if (this.#made > (this.frame.contentBytes ?? Infinity)) throw new Error('more bytes come than announced');
    this.#hash?.update(out.subarray(to, end));
    return end;
  }

  /** @param checksum the bytes after the last block, if the frame has a checksum */
  end(checksum: Uint8Array): void {
    const { contentBytes } = this.frame;
    if (contentBytes !== undefined && this.#made !== contentBytes) {
      throw new Error(`${this.#made} bytes came where ${contentBytes} were announced`);
    }
    if (!this.#hash) return;
    const wanted = new DataView(checksum.buffer, checksum.byteOffset).getUint32(0, true);
    if (this.#hash.digest() !== wanted) throw new Error('the checksum of its content does not match');
  }
}

/** Takes any number of bytes at a time from input that arrives in pieces. */
class Input {
  #held = new Uint8Array(0);
  #from = 0;
  readonly #iterator: AsyncIterator<Uint8Array>;

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#iterator = pieces[Symbol.asyncIterator]();
  }

  /** Look at the next `count` bytes or more (fewer at the end) without taking them. */
  async look(count: number): Promise<Uint8Array> {
    while (this.#held.length - this.#from < count) {
      const { done, value } = await this.#iterator.next();
      if (done) break;
      const left = this.#held.length - this.#from;
      const joined = new Uint8Array(left + value.length);
      joined.set(this.#held.subarray(this.#from));
      joined.set(value, left);
      this.#held = joined;
      this.#from = 0;
    }
    return this.#held.subarray(this.#from);
  }

  async take(count: number): Promise<Uint8Array> {
    const bytes = await this.look(count);
    if (bytes.length < count) throw new Error('a frame is cut short');
    this.#from += count;
    return bytes.subarray(0, count);
  }

  /** Skip bytes without keeping them. */
  async skip(count: number): Promise<void> {
    for (let left = count; left > 0; ) {
      const { length } = await this.look(1);
      if (length === 0) throw new Error('a frame is cut short');
      const taken = Math.min(left, length);
      this.#from += taken;
      left -= taken;
    }
  }

  async end(): Promise<void> {
    await this.#iterator.return?.();
  }
}

export interface ZstdLimits {
  /** For messages. */
  name: string;
  /** Longest window that is allowed. */
  windowBytes: number;
  /** The memory limit that a window would need. */
  neededFor(windowBytes: number): number;
  /** The memory limit, as it is to be shown in a message. */
  allowedBytes: number;
}

/**
 * The window that the first frame declares, 0 if there is no intact one.
 * @param slice the bytes from `start` to `end`, or fewer at the end of the file
 */
export async function firstWindow(
  slice: (start: number, end: number) => Promise<Uint8Array>,
): Promise<number> {
  for (let at = 0, frames = 0; frames < 16; frames++) {
    const head = await slice(at, at + MOST_HEADER_BYTES);
    if (head.length < 8) return 0;
    const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
    const magic = view.getUint32(0, true);
    if ((magic & 0xfffffff0) >>> 0 !== SKIPPABLE) {
      try {
        return magic === MAGIC ? readHeader(head).windowBytes : 0;
      } catch {
        return 0;
      }
    }
    at += 8 + view.getUint32(4, true);
  }
  return 0;
}

/** Called between blocks, so that the event loop gets its turn when it is due. */
type Pause = () => Promise<void>;

/**
 * Decompress consecutive frames. Each piece of output is valid until the next one is requested.
 *
 * Memory: the part of the window that is used, a quarter more, and some hundred kilobytes.
 * Errors: MemoryLimitError if a frame declares a longer window than allowed; `Error` if it is damaged.
 */
export async function* zstdPieces(
  pieces: AsyncIterable<Uint8Array>,
  limits: ZstdLimits,
  pause: Pause,
): AsyncGenerator<Uint8Array, void> {
  const input = new Input(pieces);
  try {
    for (;;) {
      const head = await input.look(MOST_HEADER_BYTES);
      if (head.length === 0) return;
      if (head.length < 5) throw new Error('a frame is cut short');
      const magic = new DataView(head.buffer, head.byteOffset).getUint32(0, true);
      if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE) {
        const start = await input.take(8);
        await input.skip(new DataView(start.buffer, start.byteOffset).getUint32(4, true));
        continue;
      }
      if (magic !== MAGIC) throw new Error('what follows a frame is none');
      const frame = readHeader(head);
      const { windowBytes, headerBytes } = frame;
      if (windowBytes > limits.windowBytes) {
        throw new MemoryLimitError(
          `${limits.name}: its zstd window of ${windowBytes} bytes`,
          limits.neededFor(windowBytes),
          limits.allowedBytes,
          'compress it with a shorter one (zstd without --long or --ultra)',
        );
      }
      await input.take(headerBytes);
      yield* frameBytes(input, new FrameDecoder(frame), pause);
    }
  } finally {
    await input.end();
  }
}

async function* frameBytes(
  input: Input,
  decoder: FrameDecoder,
  pause: Pause,
): AsyncGenerator<Uint8Array, void> {
  const { windowBytes, checksum } = decoder.frame;
  const roomBytes = windowBytes + Math.max(2 * MOST_BLOCK_BYTES, windowBytes >> 2);
  // The buffer grows with the output, so a window that is declared but not used costs nothing.
  let out = new Uint8Array(Math.min(roomBytes, 4 * MOST_BLOCK_BYTES));
  let to = 0;
  for (let last = false; !last; ) {
    const block = readBlock(await input.take(3), 0, decoder.most);
    const packed = await input.take(block.packedBytes);
    if (to + decoder.most > out.length) {
      if (out.length < roomBytes) {
        const larger = new Uint8Array(Math.min(roomBytes, 2 * out.length));
        larger.set(out.subarray(0, to));
        out = larger;
      } else {
        out.copyWithin(0, to - windowBytes, to);
        to = windowBytes;
      }
    }
    const end = decoder.decode(block, packed, out, to, 0);
    await pause();
    if (end > to) yield out.subarray(to, end);
    to = end;
    last = block.last;
  }
  decoder.end(checksum ? await input.take(4) : new Uint8Array(0));
}

/**
 * Decompress frames in memory, one block in each step.
 *
 * Errors: `Error` if they are damaged, or do not give `length` bytes.
 */
export function* zstdSteps(
  bytes: Uint8Array,
  length: number,
  out = new Uint8Array(length),
): Generator<undefined, Uint8Array, undefined> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  let to = 0;
  const take = (count: number): Uint8Array => {
    if (at + count > bytes.length) throw new Error('a frame is cut short');
    at += count;
    return bytes.subarray(at - count, at);
  };
  while (at < bytes.length) {
    if (at + 5 > bytes.length) throw new Error('a frame is cut short');
    const magic = view.getUint32(at, true);
    if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE) {
      take(8);
      take(view.getUint32(at - 4, true));
      continue;
    }
    if (magic !== MAGIC) throw new Error(at === 0 ? 'it is no zstd frame' : 'what follows a frame is none');
    const frame = readHeader(bytes.subarray(at));
    at += frame.headerBytes;
    const decoder = new FrameDecoder(frame);
    const floor = to;
    for (let last = false; !last; ) {
      const block = readBlock(take(3), 0, decoder.most);
      to = decoder.decode(block, take(block.packedBytes), out, to, floor);
      last = block.last;
      yield;
    }
    decoder.end(frame.checksum ? take(4) : new Uint8Array(0));
  }
  if (to !== length) throw new Error(`zstd: ${to} bytes came where ${length} were announced`);
  return out;
}

/** Decompress frames without pauses. */
export function unzstd(bytes: Uint8Array, length: number): Uint8Array {
  const steps = zstdSteps(bytes, length);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
