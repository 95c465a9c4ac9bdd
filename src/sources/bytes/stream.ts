/**
 * Bytes that only come from front to back: the body of an HTTP response, what a decompressor gives. `Forward` reads
 * on from where it is; going back means beginning again.
 */

import type { Bytes } from './bytes.ts';
import { checkPlace } from './place.ts';

/** Pieces of the input from offset `start` on. Only asked for 0 where there is no random access. */
export type Begin = (start: number, signal: AbortSignal) => AsyncIterable<Uint8Array>;

/** Kept from the front of a stream, so that looking at its head does not begin it again and again. */
export const HEAD_BYTES = 256 * 1024;

function closed(): DOMException {
  return new DOMException('The reading was ended', 'AbortError');
}

/** One reading of a stream. Reads may overlap; they are served one after another. */
export class Forward {
  private iterator: AsyncIterator<Uint8Array> | undefined;
  private controller = new AbortController();
  private piece = new Uint8Array(0);
  /** Offset of the first byte of `piece`. */
  private position = 0;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly begin: Begin,
    /** Gaps longer than this are jumped over; Infinity where `begin` can start at 0 only. */
    private readonly jumpBytes: number,
    private readonly signal?: AbortSignal,
  ) {}

  /** Fill `target` from offset `start`. Returns the bytes read: fewer than asked only at the end. */
  read(target: Uint8Array, start: number): Promise<number> {
    const work = this.turn.then(() => this.readNow(target, start));
    this.turn = work.catch(() => {});
    return work;
  }

  private async readNow(target: Uint8Array, start: number): Promise<number> {
    this.signal?.throwIfAborted();
    // What a pass has read elsewhere in between may lie far ahead of where this stream is.
    const far = start > this.position + this.jumpBytes;
    if (!this.iterator || start < this.position || far) {
      await this.restart(this.jumpBytes === Infinity ? 0 : start);
    }
    let filled = 0;
    while (filled < target.length) {
      if (this.piece.length === 0) {
        const { done, value } = await this.iterator!.next();
        if (done) break;
        this.piece = value as Uint8Array<ArrayBuffer>;
        continue;
      }
      const skip = Math.min(this.piece.length, start + filled - this.position);
      const take = Math.min(this.piece.length - skip, target.length - filled);
      target.set(this.piece.subarray(skip, skip + take), filled);
      filled += take;
      this.position += skip + take;
      this.piece = this.piece.subarray(skip + take);
    }
    return filled;
  }

  private async restart(at: number): Promise<void> {
    await this.stop();
    this.controller = new AbortController();
    const { controller, signal } = this;
    if (signal) {
      const abort = () => controller.abort(signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      controller.signal.addEventListener('abort', () => signal.removeEventListener('abort', abort), {
        once: true,
      });
    }
    this.position = at;
    this.iterator = this.begin(at, controller.signal)[Symbol.asyncIterator]();
  }

  private async stop(): Promise<void> {
    const { iterator } = this;
    this.iterator = undefined;
    this.piece = new Uint8Array(0);
    // First the abort: it ends a read under way, for which return() would wait.
    this.controller.abort(closed());
    await iterator?.return?.().catch(() => {});
  }

  /** Let go of the stream; a read under way ends. A later read begins it again. */
  async close(): Promise<void> {
    this.controller.abort(closed());
    await this.turn;
    await this.stop();
  }
}

/** An input without random access. `byteLength` is Infinity until its end is known. */
export class StreamBytes implements Bytes {
  readonly sequential = true;
  /** Stepping over a gap means reading it, however long it is. */
  readonly gapBytes = Infinity;
  readonly byteLength = Infinity;
  private readonly shared: Forward;
  private readonly whole: boolean;
  private holders = 0;

  /**
   * `head` is what the stream begins with: `HEAD_BYTES`, or all there is. `letGo` closes what the stream is made
   * from.
   */
  constructor(
    readonly name: string,
    private readonly begin: Begin,
    private readonly head: Uint8Array,
    private readonly letGo: () => Promise<void> = async () => {},
  ) {
    this.shared = new Forward(begin, Infinity);
    this.whole = head.length < HEAD_BYTES;
  }

  private fromHead(target: Uint8Array, start: number): number | undefined {
    if (start + target.length > this.head.length && !this.whole) return undefined;
    const part = this.head.subarray(start, start + target.length);
    target.set(part);
    return part.length;
  }

  async readInto(target: Uint8Array, start: number): Promise<number> {
    checkPlace(this.name, start);
    const known = this.fromHead(target, start);
    if (known !== undefined) return known;
    const release = this.hold();
    try {
      return await this.shared.read(target, start);
    } finally {
      await release();
    }
  }

  async slice(start: number, end: number): Promise<Uint8Array> {
    if (!Number.isFinite(end)) throw new RangeError('slice: the end of a stream is not known');
    checkPlace(this.name, start, end - start);
    const target = new Uint8Array(Math.max(0, end - start));
    return target.subarray(0, await this.readInto(target, start));
  }

  hold(): () => Promise<void> {
    this.holders++;
    let held = true;
    return async () => {
      if (!held) return;
      held = false;
      if (--this.holders === 0) await this.shared.close();
    };
  }

  pass(signal?: AbortSignal): Bytes {
    // Of a longer stream the head comes from the stream too: its first bytes have to be read anyway.
    return startPass(this, this.begin, signal, (forward) => async (target, start) => {
      return (this.whole ? this.fromHead(target, start) : undefined) ?? forward.read(target, start);
    });
  }

  async close(): Promise<void> {
    await this.shared.close();
    await this.letGo();
  }
}

type ReadInto = Bytes['readInto'];

/**
 * One pass over `bytes`, with its own stream and its own way of reading. It ends with the first release of `hold()`
 * or with `close()`, and reads under way end with it.
 */
export function startPass(
  bytes: Bytes,
  begin: Begin,
  signal: AbortSignal | undefined,
  make: (forward: Forward, signal: AbortSignal) => ReadInto,
): Bytes {
  const controller = new AbortController();
  const stop = () => controller.abort(signal!.reason);
  if (signal?.aborted) stop();
  signal?.addEventListener('abort', stop, { once: true });
  const forward = new Forward(begin, bytes.gapBytes ?? Infinity, controller.signal);
  const read = make(forward, controller.signal);
  const readInto: ReadInto = async (target, start) => {
    checkPlace(bytes.name, start);
    return read(target, start);
  };
  const close = async () => {
    signal?.removeEventListener('abort', stop);
    controller.abort(closed());
    await forward.close();
  };
  return {
    name: bytes.name,
    byteLength: bytes.byteLength,
    sequential: bytes.sequential,
    gapBytes: bytes.gapBytes,
    readInto,
    async slice(start, end) {
      checkPlace(bytes.name, start, end - start);
      const target = new Uint8Array(Math.max(0, Math.min(end, bytes.byteLength) - start));
      return target.subarray(0, await readInto(target, start));
    },
    hold: () => close,
    pass: (other) => bytes.pass!(other),
    close,
  };
}

/** The view of `bytes` that one pass should read from, and what ends its reads early. */
export function passOver(bytes: Bytes, signal: AbortSignal | undefined): { bytes: Bytes; stop?: () => void } {
  if (!bytes.pass) return { bytes };
  const pass = bytes.pass(signal);
  return { bytes: pass, stop: () => void pass.close() };
}
