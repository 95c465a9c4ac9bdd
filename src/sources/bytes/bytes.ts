/**
 * `Bytes`: the interface through which readers read files, URLs, Blobs and memory alike. open.ts makes them.
 */

import { FormatError } from '../../errors.ts';
import type { ByteSource } from '../../types.ts';

import { checkPlace } from './place.ts';

/** Anything that bytes can be read from. A string is a path, or a URL if it begins with `http:`, `https:` or `file:`. */
export type BytesInput =
  | string
  | URL
  | Blob
  | ArrayBuffer
  | SharedArrayBuffer
  | ArrayBufferView
  | ByteSource
  | ReadableStream<Uint8Array>;

/** A `ByteSource` that can also read into a given buffer, and that closes its file handle when asked. */
export interface Bytes extends ByteSource {
  /** For messages: the path, the URL, the File's name, or the kind of input. */
  readonly name: string;
  /** Path in the platform's file system, if the input is such a file; for libraries that open files themselves. */
  readonly path?: string;
  /** The bytes themselves, not a copy, if the input is in memory. */
  readonly memory?: Uint8Array;
  /** Fill `target` from offset `start`. Returns the bytes read: fewer than asked only at the end of the input. */
  readInto(target: Uint8Array, start: number): Promise<number>;
  /** Keep the handle open between reads until the returned function is called. May be nested. */
  hold(): () => Promise<void>;
  /** Close the handle now, after the reads under way. A later read opens it again. */
  close(): Promise<void>;
  /** How the file differs from when it was opened; undefined if it does not. Missing if this cannot be found out. */
  changed?(): Promise<Change | undefined>;
  /** No random access: reading backwards starts again from the front. `byteLength` is then usually Infinity. */
  readonly sequential?: boolean;
  /** Only one pass is possible. Bytes that are read before the pass are kept for it. */
  readonly once?: boolean;
  /** Each read is a request over the network: avoid unnecessary reads. */
  readonly remote?: boolean;
  /** Memory that reading takes besides the buffers of the caller: a decompressor, pieces that wait to be collected. */
  readonly heldBytes?: number;
  /** A gap of this length costs as much to read as a separate read call. Default: the value for a file. */
  readonly gapBytes?: number;
  /**
   * The same bytes for one pass, read mostly from front to back: it has its own position in the stream and is stopped by
   * `signal`. It ends with the first release of its `hold()`, or with its `close()`. Missing if reads need no position.
   */
  pass?(signal?: AbortSignal): Bytes;
}

/** The extension in lower case, without the dot; for `data.csv.gz` it is `csv`. */
export function extensionOf(name: string): string {
  const path = /^https?:/i.test(name) ? name.split(/[?#]/, 1)[0] : name;
  return /\.([a-z0-9]+)$/i.exec(path.replace(/\.(gz|gzip|zst|zstd)$/i, ''))?.[1].toLowerCase() ?? '';
}

/** Implements `slice` for inputs whose basic operation is `readInto`. */
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
 * Errors: `FormatError` when the input ends early, for example because a file was truncated while it was being read.
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

/** The whole input, or undefined if it is longer than the limit. The length of a stream is only known at its end. */
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
  /** Whether the bytes that are read may have changed. If not, the file was only touched or became longer. */
  mixed: boolean;
  /** What the message tells the user to do; default: run again. */
  advice?: string;
  /** The file grew and did not end with a line break before, so its last line may have been read incomplete. */
  torn?: boolean;
  /** Where the file ends now, if it became shorter. */
  offset?: number;
}
