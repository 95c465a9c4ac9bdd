/**
 * `Bytes`: what readers read from, whether it is a file, a URL, a Blob or memory (open.ts makes them).
 */

import { FormatError } from '../../errors.ts';
import type { ByteSource } from '../../types.ts';

import { checkPlace } from './place.ts';

/** Whatever bytes can be read from. A string is a path, or a URL when it begins with `http:`, `https:` or `file:`. */
export type BytesInput =
  | string
  | URL
  | Blob
  | ArrayBuffer
  | SharedArrayBuffer
  | ArrayBufferView
  | ByteSource
  | ReadableStream<Uint8Array>;

/** A `ByteSource` that readers can use without allocating, and that knows how to let go of its handle. */
export interface Bytes extends ByteSource {
  /** For messages: the path, the URL, the File's name, or what it was made of. */
  readonly name: string;
  /** Path in the platform's file system, where there is one; for libraries that open files themselves. */
  readonly path?: string;
  /** The bytes themselves where they already are in memory; not a copy. */
  readonly memory?: Uint8Array;
  /** Fill `target` from offset `start`. Returns the bytes read: fewer than asked only at the end of the input. */
  readInto(target: Uint8Array, start: number): Promise<number>;
  /** Keep the handle open between reads until the returned function is called. May be nested. */
  hold(): () => Promise<void>;
  /** Close the handle now, after the reads under way. A later read opens it again. */
  close(): Promise<void>;
  /** How what there is now differs from what was opened; undefined where it does not. Where missing, nobody can tell. */
  changed?(): Promise<Change | undefined>;
  /** No random access: reading backwards begins again from the front. `byteLength` is then Infinity. */
  readonly sequential?: boolean;
  /** Only one pass can be made. What is looked at before it is kept until then. */
  readonly once?: boolean;
  /** Each read is a journey: do not look around without need. */
  readonly remote?: boolean;
  /** A gap that costs as much to read as a read call of its own. Default: that of a file. */
  readonly gapBytes?: number;
  /**
   * The same bytes for one pass, mostly from front to back: with its own place in the stream, stopped by `signal`.
   * It ends with the first release of its `hold()`, or with its `close()`. Where missing, there is no need for it.
   */
  pass?(signal?: AbortSignal): Bytes;
}

/** In lower case, without the dot; of `data.csv.gz` it is `csv`. */
export function extensionOf(name: string): string {
  const path = /^https?:/i.test(name) ? name.split(/[?#]/, 1)[0] : name;
  return /\.([a-z0-9]+)$/i.exec(path.replace(/\.(gz|gzip|zst|zstd)$/i, ''))?.[1].toLowerCase() ?? '';
}

/** `slice` for inputs whose basic operation is `readInto`. */
export async function sliceByReading(bytes: Bytes, start: number, end: number): Promise<Uint8Array> {
  checkPlace(bytes.name, start, end - start);
  const last = Math.min(end, bytes.byteLength);
  const target = new Uint8Array(Math.max(0, last - start));
  const got = await bytes.readInto(target, start);
  return got === target.length ? target : target.subarray(0, got);
}

/**
 * Fill `target` from offset `start`, or fail.
 *
 * Errors: `FormatError` when the input ends early, as a file does that was cut while it was being read.
 */
export async function readExactly(bytes: Bytes, target: Uint8Array, start: number): Promise<void> {
  const got = await bytes.readInto(target, start);
  if (got < target.length) {
    const had = bytes.byteLength === Infinity ? '' : ` (it had ${bytes.byteLength} bytes when it was opened)`;
    throw new FormatError(
      bytes.name,
      `ended early: ${target.length} bytes were asked for and ${got} came${had}`,
      { offset: start + got },
    );
  }
}

/** All there is, up to a limit; undefined when there is more. Of a stream the length is only known at its end. */
export async function readWhole(bytes: Bytes, limitBytes: number): Promise<Uint8Array | undefined> {
  if (bytes.memory) return bytes.memory;
  if (!bytes.sequential) {
    return bytes.byteLength > limitBytes ? undefined : bytes.slice(0, bytes.byteLength);
  }
  const pass = bytes.pass!();
  let whole = new Uint8Array(2 ** 20);
  try {
    for (let at = 0; ; ) {
      const got = await pass.readInto(whole.subarray(at), at);
      at += got;
      if (at > limitBytes) return undefined;
      if (at < whole.length) return whole.subarray(0, at);
      const larger = new Uint8Array(Math.min(whole.length * 2, limitBytes + 1));
      larger.set(whole);
      whole = larger;
    }
  } finally {
    await pass.close();
  }
}

/** How a file has changed. */
export interface Change {
  /** 'its size was ... and is ...' */
  what: string;
  /** Whether what is read of it can have changed: else it was touched, or only became longer. */
  mixed: boolean;
  /** Instead of reading again. */
  advice?: string;
  /** It was not empty behind a line break: the last line may have been cut in two. */
  torn?: boolean;
  /** Where it ends now, if that is too early. */
  offset?: number;
}
