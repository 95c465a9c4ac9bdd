/** Streams that can be read only once: the body of a request, or its decompressed form. They allow a single pass. */

import { FormatError, rangeError, typeError } from '../../errors.ts';
import { INPUT, say } from '../../messages.ts';
import { wrongType } from '../../support/checks.ts';
import type { Bytes } from './bytes.ts';
import { HEAD_BYTES, StreamBytes, startPass } from './stream.ts';

/** Bytes per read, if the stream lets its reader choose: some platforms read only 4 kB by default. */
const PIECE_BYTES = 64 * 1024;

/** The pieces of a stream. Each is valid until the next one is requested. */
type Pieces = (stop: AbortSignal) => AsyncIterable<Uint8Array>;

interface OnceOptions {
  name: string;
  signal?: AbortSignal;
  /** The number of bytes that will arrive, if known. */
  byteLength?: number;
  /** Called at the end of the pass, and by `close`. */
  close?(): Promise<void>;
  /** As in `Bytes`. */
  heldBytes?: number;
}

/**
 * The stream itself. Pieces that are read before the pass are kept, and the pass yields them again. It drops each piece
 * as it proceeds.
 */
class Once {
  readonly #iterator: AsyncIterator<Uint8Array>;
  readonly #controller = new AbortController();
  readonly #kept: Uint8Array[] = [];
  #passes = 0;
  #read = 0;
  #ended = false;

  readonly #options: OnceOptions;

  constructor(pieces: Pieces, options: OnceOptions) {
    this.#options = options;
    this.#iterator = pieces(this.#controller.signal)[Symbol.asyncIterator]();
    const { signal } = options;
    const abort = () => this.#controller.abort(signal!.reason);
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
    this.#controller.signal.addEventListener('abort', () => signal?.removeEventListener('abort', abort));
  }

  async #next(): Promise<Uint8Array | undefined> {
    if (this.#ended) return undefined;
    const { name, byteLength } = this.#options;
    const { done, value } = await this.#iterator.next();
    if (done) {
      this.#ended = true;
      if (byteLength !== undefined && this.#read < byteLength) {
        throw new FormatError(name, `ended early: ${byteLength} bytes were promised and ${this.#read} came`, {
          offset: this.#read,
        });
      }
      return undefined;
    }
    this.#read += value.length;
    if (byteLength !== undefined && this.#read > byteLength) {
      throw new FormatError(name, `more than the ${byteLength} bytes came that were promised`, {
        offset: byteLength,
      });
    }
    return value;
  }

  /** Read from the beginning before the pass: first the pieces already kept, then further ones, which are kept too. */
  async *look(): AsyncGenerator<Uint8Array, void> {
    if (this.#passes > 0) throw this.#again();
    for (let i = 0; ; i++) {
      if (i === this.#kept.length) {
        const piece = await this.#next();
        if (!piece) return;
        this.#kept.push(new Uint8Array(piece));
      }
      yield this.#kept[i];
    }
  }

  pass = (_: number, signal: AbortSignal): AsyncIterable<Uint8Array> => {
    if (this.#passes++ > 0) throw this.#again();
    return this.#forward(signal);
  };

  async *#forward(signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
    const abort = () => this.#controller.abort(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    try {
      for (let piece = this.#kept.shift(); piece; piece = this.#kept.shift()) yield piece;
      for (let piece = await this.#next(); piece; piece = await this.#next()) yield piece;
    } finally {
      signal.removeEventListener('abort', abort);
      await this.close();
    }
  }

  #again(): RangeError {
    return rangeError(
      `${this.#options.name}: a stream can be read once; save it to a file, or pass a Blob of it ` +
        '(await new Response(stream).blob()), where it is read again, as for two passes',
    );
  }

  async close(): Promise<void> {
    this.#controller.abort(new DOMException('The reading was ended', 'AbortError'));
    this.#kept.length = 0;
    await this.#iterator.return?.().catch(() => {});
    await this.#options.close?.();
  }
}

class OnceBytes extends StreamBytes {
  readonly once = true;
  override readonly byteLength: number;

  readonly #stream: Once;

  constructor(name: string, stream: Once, head: Uint8Array, { byteLength, heldBytes = 0 }: OnceOptions) {
    super(
      name,
      () => stream.look(),
      head,
      () => stream.close(),
      heldBytes,
    );
    this.#stream = stream;
    this.byteLength = byteLength ?? (head.length < HEAD_BYTES ? head.length : Infinity);
  }

  override pass(signal?: AbortSignal): Bytes {
    return startPass(
      this,
      this.#stream.pass,
      signal,
      (forward) => (target, start) => forward.read(target, start),
    );
  }
}

/**
 * Open a stream of pieces that can be read once.
 *
 * Memory: the bytes read before the pass (256 kB or more, unless the stream is shorter), and a piece.
 * Errors: `FormatError` when the stream is empty, or its length is not `byteLength`.
 */
export async function openPieces(pieces: Pieces, options: OnceOptions): Promise<Bytes> {
  const stream = new Once(pieces, options);
  const head = new Uint8Array(HEAD_BYTES);
  let length = 0;
  try {
    for await (const piece of stream.look()) {
      const part = piece.subarray(0, HEAD_BYTES - length);
      head.set(part, length);
      length += part.length;
      if (length === HEAD_BYTES) break;
    }
    if (length === 0) throw new FormatError(options.name, 'is empty (0 bytes)');
  } catch (error) {
    await stream.close();
    throw error;
  }
  return new OnceBytes(options.name, stream, head.slice(0, length), options);
}

/** The pieces of a web stream. The stream is cancelled if its reader stops early. */
async function* piecesOf(
  stream: ReadableStream<Uint8Array>,
  name: string,
  stop: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const { read, cancel } = readerOf(stream);
  const abort = () => void cancel(stop.reason).catch(() => {});
  if (stop.aborted) abort();
  stop.addEventListener('abort', abort, { once: true });
  try {
    for (;;) {
      const { done, value } = await read();
      stop.throwIfAborted();
      if (done) return;
      if (!ArrayBuffer.isView(value)) {
        throw wrongType(`a piece of ${name}`, 'bytes (a Uint8Array)', value);
      }
      if (value.byteLength > 0) yield new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    }
  } finally {
    stop.removeEventListener('abort', abort);
    // If the stream has ended, this does nothing.
    await cancel().catch(() => {});
  }
}

/** A reader that reuses one buffer of ours if the stream allows it (BYOB); else a default reader. */
function readerOf(stream: ReadableStream<Uint8Array>): {
  read(): Promise<{ done: boolean; value?: unknown }>;
  cancel(reason?: unknown): Promise<void>;
} {
  let byob: ReadableStreamBYOBReader | undefined;
  try {
    byob = stream.getReader({ mode: 'byob' });
  } catch {
    // Not a byte stream in the sense of the standard, or a locked one. For a locked stream getReader() below throws.
  }
  if (byob) {
    const reader = byob;
    let room = new Uint8Array(PIECE_BYTES);
    return {
      async read() {
        const { done, value } = await reader.read(room);
        // The buffer was transferred to the stream. It comes back as a view, also at the end.
        if (value) room = new Uint8Array(value.buffer as ArrayBuffer);
        return { done, value };
      },
      cancel: (reason) => reader.cancel(reason),
    };
  }
  const reader = stream.getReader();
  return { read: () => reader.read(), cancel: (reason) => reader.cancel(reason) };
}

/** @throws TypeError if the stream is locked by another reader */
export function openStream(
  stream: ReadableStream<Uint8Array>,
  name = 'stream',
  { byteLength, signal }: { byteLength?: number; signal?: AbortSignal } = {},
): Promise<Bytes> {
  if (stream.locked) throw typeError(say`${INPUT}${name} is locked: something else reads it already`);
  return openPieces((stop) => piecesOf(stream, name, stop), { name, byteLength, signal });
}
