/**
 * gzip through the platform's DecompressionStream, which refuses or ignores everything after the first member. bgzip
 * writes a member every 64 kB, and the result of `cat a.gz b.gz` has two.
 * Format: https://www.rfc-editor.org/rfc/rfc1952
 *
 * A member begins with 1f 8b 08, and the member before it ends with the length of its uncompressed data. If just as many
 * bytes have been decompressed, the member ends here. Otherwise these bytes only look like a beginning and are passed on;
 * if the member were closed there, decompressing would fail.
 */

import { crc32 } from '../../support/numbers/crc32.ts';

/** Length of the header and trailer of the shortest member. */
const LEAST_BYTES = 18;
/** A trailer (checksum and length), and three of the four bytes by which a header is recognised. */
const KEPT_BYTES = 8 + 3;
/**
 * How often to wait without output of the platform: at one candidate for the end of a member, and in total between two
 * members. The total is limited since a file may be full of bytes that look like an end.
 */
const PATIENCE = { at: 50, inAll: 1000 };
/** Longest of these waits in milliseconds. The first ones only let the event loop have a turn. */
const WAIT_MS = 5;

const u32 = (bytes: Uint8Array, at: number) =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at, true);

class Member {
  readonly #writer: WritableStreamDefaultWriter<BufferSource>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  /** The pending read. It may already hold output. */
  #reading: Promise<ReadableStreamReadResult<Uint8Array>> | undefined;
  #count = 0;
  /** Checksum of the output so far. */
  #crc = 0;

  constructor() {
    const { readable, writable } = new DecompressionStream('gzip');
    this.#writer = writable.getWriter();
    this.#reader = readable.getReader();
  }

  /** The output that arrives until `work` is done. */
  async *#during(work: Promise<unknown>): AsyncGenerator<Uint8Array, void> {
    // A failure is not handled here, since reading fails with the same error.
    const over = work.then(
      () => undefined,
      () => undefined,
    );
    for (;;) {
      this.#reading ??= this.#reader.read();
      // Output that has arrived is taken before `work` counts as done.
      const step = await Promise.race([this.#reading, over]);
      if (!step) break;
      this.#reading = undefined;
      if (step.done) return;
      this.#count += step.value.length;
      this.#crc = crc32(step.value, this.#crc);
      yield step.value;
    }
    await work;
  }

  async *feed(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
    if (bytes.length > 0) yield* this.#during(this.#writer.write(bytes as Uint8Array<ArrayBuffer>));
  }

  /** Whether `length` bytes (modulo 2³²) have been decompressed so far. Yields the output that arrives meanwhile. */
  async *has(length: number, patience: typeof PATIENCE): AsyncGenerator<Uint8Array, boolean> {
    for (let tries = 0; tries < patience.at && patience.inAll > 0; ) {
      if (this.#count % 2 ** 32 === length) break;
      const before = this.#count;
      const wait = Math.min(tries, WAIT_MS);
      yield* this.#during(new Promise((resolve) => setTimeout(resolve, wait)));
      if (this.#count > before) continue;
      tries++;
      patience.inAll--;
    }
    return this.#count % 2 ** 32 === length;
  }

  /** @throws if the input is not one whole member, or its length or checksum does not match its trailer */
  async *finish(trailer: Uint8Array): AsyncGenerator<Uint8Array, void> {
    const closing = this.#writer.close();
    closing.catch(() => {});
    yield* this.#during(new Promise(() => {}));
    await closing;
    // Some platforms ignore bytes after the end of a member.
    const [crc, length] = trailer.length < 8 ? [] : [u32(trailer, 0), u32(trailer, 4)];
    if (this.#count % 2 ** 32 !== length || this.#crc !== crc)
      throw new Error('its length or checksum is wrong');
  }

  /** Does not wait for the platform: on some of them the promises never settle. */
  cancel(): void {
    this.#reading?.catch(() => {});
    this.#writer.abort().catch(() => {});
    this.#reader.cancel().catch(() => {});
  }
}

/**
 * Decompress a file of one or more gzip members.
 * @param patience larger values for platforms that are slower than browsers; the object is changed
 */
export async function* throughStream(
  pieces: AsyncIterable<Uint8Array>,
  patience = { ...PATIENCE },
): AsyncGenerator<Uint8Array, void> {
  const { inAll } = patience;
  let member = new Member();
  let bytes = new Uint8Array();
  /** Offsets in `bytes`: the end of what the member has got, and the first place where another may begin. */
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
        // The second magic byte, the method, and the flags, of which the upper three are never set.
        if (bytes[at + 1] !== 0x8b || bytes[at + 2] !== 8 || bytes[at + 3] > 31) continue;
        yield* member.feed(bytes.subarray(fed, at));
        fed = at;
        const length = u32(bytes, at - 4);
        if (!(yield* member.has(length, patience))) continue;
        yield* member.finish(bytes.subarray(at - 8, at));
        patience.inAll = inAll;
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
    yield* member.finish(bytes.subarray(Math.max(0, bytes.length - 8)));
  } finally {
    member.cancel();
  }
}
