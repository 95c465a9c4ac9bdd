/**
 * A file of the HDF5 library's memory file system that is not there: its bytes are fetched when the library asks.
 *
 * The library reads at once or not at all, and Blobs and servers answer later. So a read of what has not been fetched
 * fails, as of a broken disk; the library gives up what it was doing, what it asked for is fetched, and it is called
 * anew. What one call needs is kept until it has succeeded, so each round comes further than the one before.
 */

/** Bytes are fetched and kept in blocks of this size. */
const BLOCK_BYTES = 2 ** 16;
/** At most, where reading goes on from where it was. */
const WINDOW_BYTES = 8 * 2 ** 20;
/** Bytes of blocks that are kept besides those of the call in hand. */
export const KEPT_BYTES = 16 * 2 ** 20;
/** The C library's number for an input/output error. */
const EIO = 29;

/** What is used of Emscripten's file system, which has no types. */
interface FileSystem {
  createDataFile(...args: unknown[]): void;
  lookupPath(path: string): { node: { usedBytes: number; stream_ops: object } };
  ErrnoError: new (code: number) => Error;
}

/** Bytes that are somewhere else. */
export interface Parts {
  byteLength: number;
  /** A gap that costs as much to read as a read call of its own. */
  gapBytes?: number;
  /** All bytes from `start` to before `end`, which is not behind the end. */
  fetch(start: number, end: number): Promise<Uint8Array>;
}

interface Block {
  data: Uint8Array;
  /** The call that used it last. */
  call: number;
}

export class PieceFile {
  private readonly blocks = new Map<number, Block>();
  private call = 0;
  private missing: { start: number; end: number } | undefined;
  private turn: Promise<unknown> = Promise.resolve();
  /** Where the last fetch ended, and how much it brought. */
  private last = 0;
  private window = 0;

  /** Bytes that were fetched for the call in hand. */
  private fetched = 0;

  /** @param mostBytes that one call may need; @param tooMuch makes the error where it needs more */
  constructor(
    private readonly bytes: Parts,
    private readonly mostBytes: number,
    private readonly tooMuch: (needed: number) => Error,
  ) {}

  /** Put the file into the library's file system, under a name in its root. */
  place(files: unknown, name: string): void {
    const fs = files as FileSystem;
    fs.createDataFile('/', name, new Uint8Array(0), true, false, true);
    const { node } = fs.lookupPath(`/${name}`);
    node.usedBytes = this.bytes.byteLength;
    node.stream_ops = {
      ...node.stream_ops,
      read: (_stream: unknown, buffer: Int8Array, offset: number, length: number, position: number) => {
        const end = Math.min(position + length, this.bytes.byteLength);
        if (end <= position) return 0;
        const target = new Uint8Array(buffer.buffer, buffer.byteOffset + offset, end - position);
        if (!this.copy(target, position)) throw new fs.ErrnoError(EIO);
        return end - position;
      },
    };
  }

  /** Fill `target` from what is there; where something is not, note what is wanted. */
  private copy(target: Uint8Array, start: number): boolean {
    const end = start + target.length;
    for (let at = start; at < end; ) {
      const index = Math.floor(at / BLOCK_BYTES);
      const block = this.blocks.get(index);
      if (!block) {
        this.missing ??= { start: at, end };
        return false;
      }
      block.call = this.call;
      const from = at - index * BLOCK_BYTES;
      const part = block.data.subarray(from, from + end - at);
      target.set(part, at - start);
      at += part.length;
    }
    return true;
  }

  /**
   * Do library calls, again and again until nothing is missing. One after another: the blocks of one are not driven
   * out by those of the next.
   */
  run<T>(work: () => T): Promise<T> {
    const result = this.turn.then(async () => {
      this.call++;
      this.fetched = 0;
      for (;;) {
        this.missing = undefined;
        let value: T | undefined;
        let failure: unknown;
        try {
          value = work();
        } catch (error) {
          failure = error;
        }
        // Whatever came of a call that read in vain.
        const wanted = this.missing as { start: number; end: number } | undefined;
        if (wanted) await this.fetch(wanted.start, wanted.end);
        else if (failure) throw failure;
        else return value as T;
      }
    });
    this.turn = result.catch(() => {});
    return result;
  }

  private async fetch(start: number, end: number): Promise<void> {
    const least = this.bytes.gapBytes ?? BLOCK_BYTES;
    const goesOn = Math.abs(start - this.last) <= BLOCK_BYTES;
    this.window = goesOn ? Math.min(2 * this.window, WINDOW_BYTES) : least;
    const first = Math.floor(start / BLOCK_BYTES);
    const reach = Math.max(end, start + Math.max(this.window, least));
    let stop = Math.ceil(Math.min(reach, this.bytes.byteLength) / BLOCK_BYTES);
    // What is there already is not fetched again.
    for (let index = first + 1; index < stop; index++) if (this.blocks.has(index)) stop = index;
    this.fetched += (stop - first) * BLOCK_BYTES;
    if (this.fetched > this.mostBytes) throw this.tooMuch(this.fetched);
    const fetched = await this.bytes.fetch(
      first * BLOCK_BYTES,
      Math.min(stop * BLOCK_BYTES, this.bytes.byteLength),
    );
    this.last = first * BLOCK_BYTES + fetched.length;
    for (let index = first; index < stop; index++) {
      const from = (index - first) * BLOCK_BYTES;
      this.blocks.set(index, { data: fetched.slice(from, from + BLOCK_BYTES), call: this.call });
    }
    for (const [index, block] of this.blocks) {
      if (this.blocks.size * BLOCK_BYTES <= KEPT_BYTES) break;
      if (block.call !== this.call) this.blocks.delete(index);
    }
  }
}
