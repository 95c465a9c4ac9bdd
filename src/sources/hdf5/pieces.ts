/**
 * A file in the HDF5 library's memory file system whose bytes are fetched when the library reads them.
 *
 * The library reads synchronously, but Blobs and servers answer asynchronously. So a read of bytes that have not been
 * fetched fails like a read error of a disk, and the library call fails. Then the bytes are fetched, and the call is
 * repeated. All bytes that a call needs are kept until it succeeds, so each round gets further than the one before.
 */

/** Bytes are fetched and kept in blocks of this size. */
const BLOCK_BYTES = 2 ** 16;
/** Blocks are dropped when they have more bytes than this or `keptBytes`, except those that the current call has used. */
export const KEPT_BYTES = 16 * 2 ** 20;
/** Error number of the C library: input/output error. */
const EIO = 29;

/** The used part of Emscripten's file system, which has no types. */
interface FileSystem {
  createDataFile(...args: unknown[]): void;
  lookupPath(path: string): { node: { usedBytes: number; stream_ops: object } };
  ErrnoError: new (code: number) => Error;
}

/** Bytes that are fetched from somewhere else. */
export interface Parts {
  byteLength: number;
  /** A gap of this length costs as much to read as a separate read call. */
  gapBytes?: number;
  /** Blocks of this many bytes are kept. The longest fetch, in sequential reading, is half as long. */
  keptBytes?: number;
  /**
   * All bytes from `start` to `end` (exclusive), which must not be beyond the end of the file. The caller owns the
   * result's buffer, which may be `spare`.
   */
  fetch(start: number, end: number, spare?: ArrayBuffer): Promise<Uint8Array>;
}

interface Block {
  data: Uint8Array;
  /** The call that used it last. */
  call: number;
}

export class PieceFile {
  readonly #blocks = new Map<number, Block>();
  #call = 0;
  #missing: { start: number; end: number } | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  /** Where the last fetch ended; and below the length of the next one in sequential reading. */
  #last = 0;
  #window = 0;

  /** Bytes fetched for the current call. */
  #fetched = 0;
  /** Memory to use again, as new memory would add up until it is collected: of dropped blocks, and of the last fetch. */
  readonly #dropped: Uint8Array[] = [];
  #spare: ArrayBuffer | undefined;

  readonly #bytes: Parts;
  readonly #mostBytes: number;
  readonly #tooMuch: (needed: number) => Error;

  /** @param mostBytes limit of bytes for one call; @param tooMuch makes the error for a call that needs more */
  constructor(bytes: Parts, mostBytes: number, tooMuch: (needed: number) => Error) {
    this.#bytes = bytes;
    this.#mostBytes = mostBytes;
    this.#tooMuch = tooMuch;
  }

  /** Add the file to the root of the library's file system. */
  place(files: unknown, name: string): void {
    const fs = files as FileSystem;
    fs.createDataFile('/', name, new Uint8Array(0), true, false, true);
    const { node } = fs.lookupPath(`/${name}`);
    node.usedBytes = this.#bytes.byteLength;
    node.stream_ops = {
      ...node.stream_ops,
      read: (_stream: unknown, buffer: Int8Array, offset: number, length: number, position: number) => {
        const end = Math.min(position + length, this.#bytes.byteLength);
        if (end <= position) return 0;
        const target = new Uint8Array(buffer.buffer, buffer.byteOffset + offset, end - position);
        if (!this.#copy(target, position)) throw new fs.ErrnoError(EIO);
        return end - position;
      },
    };
  }

  /** Fill `target` from the fetched blocks. If one is missing, note it and return false. */
  #copy(target: Uint8Array, start: number): boolean {
    const end = start + target.length;
    for (let at = start; at < end; ) {
      const index = Math.floor(at / BLOCK_BYTES);
      const block = this.#blocks.get(index);
      if (!block) {
        this.#missing ??= { start: at, end };
        return false;
      }
      block.call = this.#call;
      const from = at - index * BLOCK_BYTES;
      const part = block.data.subarray(from, from + end - at);
      target.set(part, at - start);
      at += part.length;
    }
    return true;
  }

  /**
   * Run library calls, and repeat them until no bytes are missing. Calls run one after another, so that one does not drop
   * the blocks of another.
   */
  run<T>(work: () => T): Promise<T> {
    const result = this.#turn.then(async () => {
      this.#call++;
      this.#fetched = 0;
      for (;;) {
        this.#missing = undefined;
        let value: T | undefined;
        let failure: unknown;
        try {
          value = work();
        } catch (error) {
          failure = error;
        }
        // If bytes were missing, the result or error of the call does not count.
        const wanted = this.#missing as { start: number; end: number } | undefined;
        if (wanted) await this.#fetch(wanted.start, wanted.end);
        else if (failure) throw failure;
        else return value as T;
      }
    });
    this.#turn = result.catch(() => {});
    return result;
  }

  async #fetch(start: number, end: number): Promise<void> {
    const { gapBytes: least = BLOCK_BYTES, keptBytes = KEPT_BYTES } = this.#bytes;
    const goesOn = Math.abs(start - this.#last) <= BLOCK_BYTES;
    this.#window = goesOn ? Math.min(2 * this.#window, keptBytes / 2) : least;
    const first = Math.floor(start / BLOCK_BYTES);
    const reach = Math.max(end, start + Math.max(this.#window, least));
    let stop = Math.ceil(Math.min(reach, this.#bytes.byteLength) / BLOCK_BYTES);
    // Blocks that are there already are not fetched again.
    for (let index = first + 1; index < stop; index++) if (this.#blocks.has(index)) stop = index;
    this.#fetched += (stop - first) * BLOCK_BYTES;
    if (this.#fetched > this.#mostBytes) throw this.#tooMuch(this.#fetched);
    const spare = this.#spare;
    this.#spare = undefined;
    const fetched = await this.#bytes.fetch(
      first * BLOCK_BYTES,
      Math.min(stop * BLOCK_BYTES, this.#bytes.byteLength),
      spare,
    );
    this.#last = first * BLOCK_BYTES + fetched.length;
    for (let index = first; index < stop; index++) {
      const from = (index - first) * BLOCK_BYTES;
      const part = fetched.subarray(from, from + BLOCK_BYTES);
      const room = this.#dropped.pop() ?? new Uint8Array(BLOCK_BYTES);
      room.set(part);
      this.#blocks.set(index, { data: room.subarray(0, part.length), call: this.#call });
    }
    if (fetched.buffer.byteLength <= keptBytes) this.#spare = fetched.buffer as ArrayBuffer;
    for (const [index, block] of this.#blocks) {
      if (this.#blocks.size * BLOCK_BYTES <= keptBytes) break;
      if (block.call === this.#call) continue;
      this.#blocks.delete(index);
      if (this.#dropped.length * BLOCK_BYTES < keptBytes / 2) {
        this.#dropped.push(new Uint8Array(block.data.buffer));
      }
    }
  }
}
