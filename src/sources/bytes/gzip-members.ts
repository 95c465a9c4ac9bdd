/**
 * gzip through the platform's DecompressionStream, which refuses what follows the first member, or ignores it. bgzip
 * writes a member every 64 kB, and `cat a.gz b.gz` two.
 * Format: https://www.rfc-editor.org/rfc/rfc1952
 *
 * A member begins with 1f 8b 08, and the one before it ends with the length of what was in it. Where that is what has come
 * out by now, it is the end. Bytes that look so by chance are gone over; taken for an end, they would be an error.
 */

/** Header and trailer of the shortest member. */
const LEAST_BYTES = 18;
/** A length, a checksum before it, and of a header all but its last byte that is looked at. */
const KEPT_BYTES = 8 + 3;
/**
 * Times that a platform is asked in vain for what it has, at a place and in all: of browsers it has all come by then, and
 * a file may be full of what looks like the end of a member.
 */
const PATIENCE = { at: 50, inAll: 1000 };

const u32 = (bytes: Uint8Array, at: number) =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at, true);

class Member {
  readonly #writer: WritableStreamDefaultWriter<BufferSource>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  /** The read under way. What has come may wait in it. */
  #reading: Promise<ReadableStreamReadResult<Uint8Array>> | undefined;
  #count = 0;

  constructor() {
    const { readable, writable } = new DecompressionStream('gzip');
    this.#writer = writable.getWriter();
    this.#reader = readable.getReader();
  }

  /** What comes out until `work` is done. */
  async *#during(work: Promise<unknown>): AsyncGenerator<Uint8Array, void> {
    // Reading fails with the same error.
    const over = work.then(
      () => undefined,
      () => undefined,
    );
    for (;;) {
      this.#reading ??= this.#reader.read();
      // What has come is taken before `work` is looked at.
      const step = await Promise.race([this.#reading, over]);
      if (!step) break;
      this.#reading = undefined;
      if (step.done) return;
      this.#count += step.value.length;
      yield step.value;
    }
    await work;
  }

  async *feed(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
    if (bytes.length > 0) yield* this.#during(this.#writer.write(bytes as Uint8Array<ArrayBuffer>));
  }

  /** Whether `length` bytes, or as many and a multiple of 2³², have come out of what was fed; gives the last of them. */
  async *has(length: number, patience: typeof PATIENCE): AsyncGenerator<Uint8Array, boolean> {
    for (let tries = 0; tries < patience.at && patience.inAll > 0; ) {
      if (this.#count % 2 ** 32 === length) break;
      const before = this.#count;
      yield* this.#during(new Promise((resolve) => setTimeout(resolve)));
      if (this.#count > before) continue;
      tries++;
      patience.inAll--;
    }
    return this.#count % 2 ** 32 === length;
  }

  /** @throws where what was fed is no whole member, or its checksum does not fit */
  async *finish(length: number): AsyncGenerator<Uint8Array, void> {
    const closing = this.#writer.close();
    closing.catch(() => {});
    yield* this.#during(new Promise(() => {}));
    await closing;
    // Some platforms ignore what follows.
    if (this.#count % 2 ** 32 !== length) throw new Error('more follows than its length says');
  }

  /** Nobody waits for it: not every platform ever answers. */
  cancel(): void {
    this.#reading?.catch(() => {});
    this.#writer.abort().catch(() => {});
    this.#reader.cancel().catch(() => {});
  }
}

/** @param patience where a platform is slower than browsers are; it is used up */
export async function* throughStream(
  pieces: AsyncIterable<Uint8Array>,
  patience = { ...PATIENCE },
): AsyncGenerator<Uint8Array, void> {
  let member = new Member();
  let bytes = new Uint8Array();
  /** Of `bytes`: what the member has, and where the next one may begin. */
  let fed = 0;
  let from = LEAST_BYTES;
  try {
    for await (const piece of pieces) {
      const joined = new Uint8Array(bytes.length + piece.length);
      joined.set(bytes);
      joined.set(piece, bytes.length);
      bytes = joined;
      for (;;) {
        const at = bytes.indexOf(0x1f, from);
        if (at < 0 || at + 4 > bytes.length) break;
        from = at + 1;
        // The method, and flags of which three are never set.
        if (bytes[at + 1] !== 0x8b || bytes[at + 2] !== 8 || bytes[at + 3] > 31) continue;
        yield* member.feed(bytes.subarray(fed, at));
        fed = at;
        const length = u32(bytes, at - 4);
        if (!(yield* member.has(length, patience))) continue;
        yield* member.finish(length);
        member = new Member();
        bytes = bytes.subarray(at);
        fed = 0;
        from = LEAST_BYTES;
      }
      const kept = Math.max(0, bytes.length - KEPT_BYTES);
      const end = Math.max(fed, kept);
      yield* member.feed(bytes.subarray(fed, end));
      from = Math.max(from, bytes.length - 3) - kept;
      bytes = bytes.subarray(kept);
      fed = end - kept;
    }
    yield* member.feed(bytes.subarray(fed));
    yield* member.finish(bytes.length < 4 ? -1 : u32(bytes, bytes.length - 4));
  } finally {
    member.cancel();
  }
}
