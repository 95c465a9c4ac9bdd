/**
 * Bytes that arrive only from front to back: the body of an HTTP response, or the output of a decompressor. `Forward`
 * reads on from its position; to go back it starts again.
 */

import type { Bytes } from './bytes.ts';
import { checkPlace } from './place.ts';
import { STREAM_BYTES } from './reader-room.ts';

/** Starts to read pieces of the input from offset `start`, which is 0 for inputs without random access. */
type Begin = (start: number, signal: AbortSignal) => AsyncIterable<Uint8Array>;

/** Bytes kept from the front of a stream, so that reading its head again does not start it again. */
export const HEAD_BYTES = 256 * 1024;

function closed(): DOMException {
  return new DOMException('The reading was ended', 'AbortError');
}

/** Reads a stream from front to back. Calls may overlap; they are served one after another. */
export class Forward {
  #iterator: AsyncIterator<Uint8Array> | undefined;
  #controller = new AbortController();
  #piece = new Uint8Array(0);
  /** Offset of the first byte of `piece`. */
  #position = 0;
  #turn: Promise<unknown> = Promise.resolve();

  readonly #begin: Begin;
  /** Longer gaps are skipped by a new start; Infinity if `begin` can only start at 0. */
  readonly #jumpBytes: number;
  readonly #signal?: AbortSignal;

  constructor(begin: Begin, jumpBytes: number, signal?: AbortSignal) {
    this.#begin = begin;
    this.#jumpBytes = jumpBytes;
    this.#signal = signal;
  }

  /** Fill `target` from offset `start`. Returns the bytes read: fewer than asked only at the end. */
  read(target: Uint8Array, start: number): Promise<number> {
    const work = this.#turn.then(() => this.#readNow(target, start));
    this.#turn = work.catch(() => {});
    return work;
  }

  async #readNow(target: Uint8Array, start: number): Promise<number> {
    this.#signal?.throwIfAborted();
    // The pass may have read other ranges meanwhile, so `start` may lie far ahead of this stream.
    const far = start > this.#position + this.#jumpBytes;
    if (!this.#iterator || start < this.#position || far) {
      await this.#restart(this.#jumpBytes === Infinity ? 0 : start);
    }
    let filled = 0;
    while (filled < target.length) {
      if (this.#piece.length === 0) {
        const { done, value } = await this.#iterator!.next();
        if (done) break;
        this.#piece = value as Uint8Array<ArrayBuffer>;
        continue;
      }
      const skip = Math.min(this.#piece.length, start + filled - this.#position);
      const take = Math.min(this.#piece.length - skip, target.length - filled);
      target.set(this.#piece.subarray(skip, skip + take), filled);
      filled += take;
      this.#position += skip + take;
      this.#piece = this.#piece.subarray(skip + take);
    }
    return filled;
  }

  async #restart(at: number): Promise<void> {
    await this.#stop();
    this.#controller = new AbortController();
    const controller = this.#controller;
    const signal = this.#signal;
    if (signal) {
      const abort = () => controller.abort(signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      controller.signal.addEventListener('abort', () => signal.removeEventListener('abort', abort), {
        once: true,
      });
    }
    this.#position = at;
    this.#iterator = this.#begin(at, controller.signal)[Symbol.asyncIterator]();
  }

  async #stop(): Promise<void> {
    const iterator = this.#iterator;
    this.#iterator = undefined;
    this.#piece = new Uint8Array(0);
    // Abort first: this ends a pending read, for which return() would wait.
    this.#controller.abort(closed());
    await iterator?.return?.().catch(() => {});
  }

  /** Close the stream and end a pending read. A later read starts the stream again. */
  async close(): Promise<void> {
    this.#controller.abort(closed());
    await this.#turn;
    await this.#stop();
  }
}

/** An input without random access. `byteLength` is Infinity, unless a subclass knows it. */
export class StreamBytes implements Bytes {
  readonly sequential = true;
  /** Every gap has to be read, however long it is. */
  readonly gapBytes = Infinity;
  readonly byteLength = Infinity;
  readonly #shared: Forward;
  readonly #whole: boolean;
  #holders = 0;

  readonly #begin: Begin;
  readonly #head: Uint8Array;
  readonly #letGo: () => Promise<void>;

  /**
   * `head` is the beginning of the stream: `HEAD_BYTES`, or the whole stream if it is shorter. `letGo` closes the input
   * that the stream is made from.
   */
  constructor(
    readonly name: string,
    begin: Begin,
    head: Uint8Array,
    letGo: () => Promise<void> = async () => {},
    readonly heldBytes = STREAM_BYTES,
  ) {
    this.#begin = begin;
    this.#head = head;
    this.#letGo = letGo;
    this.#shared = new Forward(begin, Infinity);
    this.#whole = head.length < HEAD_BYTES;
  }

  #fromHead(target: Uint8Array, start: number): number | undefined {
    if (start + target.length > this.#head.length && !this.#whole) return undefined;
    const part = this.#head.subarray(start, start + target.length);
    target.set(part);
    return part.length;
  }

  async readInto(target: Uint8Array, start: number): Promise<number> {
    checkPlace(this.name, start);
    const known = this.#fromHead(target, start);
    if (known !== undefined) return known;
    const release = this.hold();
    try {
      return await this.#shared.read(target, start);
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
    this.#holders++;
    let held = true;
    return async () => {
      if (!held) return;
      held = false;
      if (--this.#holders === 0) await this.#shared.close();
    };
  }

  pass(signal?: AbortSignal): Bytes {
    // If the stream is longer than the head, the pass reads the head from the stream: it has to be read anyway.
    return startPass(this, this.#begin, signal, (forward) => async (target, start) => {
      return (this.#whole ? this.#fromHead(target, start) : undefined) ?? forward.read(target, start);
    });
  }

  async close(): Promise<void> {
    await this.#shared.close();
    await this.#letGo();
  }
}

type ReadInto = Bytes['readInto'];

/**
 * Start one pass over `bytes`, with its own stream and its own way of reading. It ends with the first release of
 * `hold()` or with `close()`, which also end pending reads.
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

/** The `Bytes` that one pass should read from, and a function that ends its reads early. */
export function passOver(bytes: Bytes, signal: AbortSignal | undefined): { bytes: Bytes; stop?: () => void } {
  if (!bytes.pass) return { bytes };
  const pass = bytes.pass(signal);
  return { bytes: pass, stop: () => void pass.close() };
}
