/**
 * The body of a request, of which a rest can be read and dropped. A server that answers before it has read the whole body resets
 * the connection, and the client can lose the end of the answer.
 */

/** Bytes per read: a platform may read only 4 kB by default. */
const PIECE_BYTES = 64 * 1024;
/** A longer rest is not read. */
const MOST_REST_BYTES = 256e6;
/** A client that sends nothing for so long is not waited for. */
const IDLE_MS = 10_000;

export class Body {
  readonly #body: ReadableStream<Uint8Array>;
  #stream: ReadableStream<Uint8Array> | undefined;
  #reader: ReadableStreamBYOBReader | ReadableStreamDefaultReader<Uint8Array> | undefined;
  #room: Uint8Array<ArrayBuffer> | undefined;

  constructor(body: ReadableStream<Uint8Array>) {
    this.#body = body;
  }

  /** The body as a stream for others. When that is cancelled, the body itself is not. */
  get stream(): ReadableStream<Uint8Array> {
    this.#stream ??= new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const { done, value } = await this.#read();
          if (done) controller.close();
          else controller.enqueue(value as Uint8Array);
        },
      },
      { highWaterMark: 0 },
    );
    return this.#stream;
  }

  async #read(): Promise<{ done: boolean; value?: Uint8Array }> {
    if (!this.#reader) {
      try {
        this.#reader = this.#body.getReader({ mode: 'byob' });
        this.#room = new Uint8Array(PIECE_BYTES);
      } catch {
        // Not a byte stream.
        this.#reader = this.#body.getReader();
      }
    }
    if (!this.#room) return (this.#reader as ReadableStreamDefaultReader<Uint8Array>).read();
    const { done, value } = await (this.#reader as ReadableStreamBYOBReader).read(this.#room);
    // The buffer of a piece is used again, since the next one is read when this one is not needed any more.
    if (value) this.#room = new Uint8Array(value.buffer as ArrayBuffer);
    return { done, value };
  }

  /** Read what is left, and drop it. Never fails. */
  async drain(): Promise<void> {
    try {
      for (let left = MOST_REST_BYTES; left > 0; ) {
        let timer: ReturnType<typeof setTimeout> | undefined;
        const late = new Promise<{ done: true; value?: undefined }>((resolve) => {
          timer = setTimeout(() => resolve({ done: true }), IDLE_MS);
        });
        const { done, value } = await Promise.race([this.#read(), late]);
        clearTimeout(timer);
        if (done) break;
        left -= value?.byteLength ?? 0;
      }
    } catch {
      // The client has left.
    }
    await this.cancel();
  }

  /** Never fails. */
  async cancel(reason?: unknown): Promise<void> {
    await (this.#reader ?? this.#body).cancel(reason).catch(() => {});
  }
}
