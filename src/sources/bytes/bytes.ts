/**
 * Bytes from anywhere: a file, a `file:` or `http(s):` URL, a Blob, memory. The only file of this folder that
 * knows platforms; readers see `Bytes` and nothing else.
 */

import { FormatError, PlatformError, rangeError, typeError } from '../../errors.ts';
import type { ByteSource } from '../../types.ts';
import { type Change, compare, type Sum, sumOf } from './changes.ts';
import type { HttpOptions } from './http.ts';
import { openStream } from './once.ts';
import { checkPlace } from './place.ts';
import { shownUrl } from './shown-url.ts';

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

type Fs = typeof import('node:fs');

/** A module of the platform, looked up at call time: a page that never opens a path never needs one. */
export function platformModule<T>(name: string): T | undefined {
  const lookup = (globalThis as { process?: { getBuiltinModule?(name: string): unknown } }).process;
  return lookup?.getBuiltinModule?.(name) as T | undefined;
}

function builtin<T>(name: string, wanted: string): T {
  const found = platformModule<T>(name);
  if (!found) {
    throw new PlatformError(
      `input: ${wanted} needs a file system, which this platform does not offer; ` +
        'pass a Blob, bytes or an http(s) URL instead (Node from 20.16, Deno and Bun read paths)',
    );
  }
  return found;
}

/** What the inputs without a handle share. */
abstract class HandleFree implements Bytes {
  abstract readonly name: string;
  abstract readonly byteLength: number;
  /** As `slice`, of a place that can be. */
  protected abstract part(start: number, end: number): Promise<Uint8Array>;

  async slice(start: number, end: number): Promise<Uint8Array> {
    checkPlace(this.name, start, end - start);
    return this.part(start, Math.max(start, end));
  }

  async readInto(target: Uint8Array, start: number): Promise<number> {
    const bytes = await this.slice(start, Math.min(start + target.length, this.byteLength));
    if (bytes.length > target.length) {
      throw new FormatError(
        this.name,
        `slice() gave ${bytes.length} bytes where ${target.length} were asked for`,
        {
          offset: start,
        },
      );
    }
    target.set(bytes);
    return bytes.length;
  }

  hold(): () => Promise<void> {
    return async () => {};
  }

  async close(): Promise<void> {}
}

class MemoryBytes extends HandleFree {
  readonly byteLength: number;
  constructor(
    readonly memory: Uint8Array,
    readonly name: string,
  ) {
    super();
    this.byteLength = memory.byteLength;
  }
  protected async part(start: number, end: number): Promise<Uint8Array> {
    return this.memory.subarray(start, end);
  }
}

class BlobBytes extends HandleFree {
  readonly byteLength: number;
  private sum: Sum | undefined;
  constructor(
    private readonly blob: Blob,
    readonly name: string,
  ) {
    super();
    this.byteLength = blob.size;
  }
  protected async part(start: number, end: number): Promise<Uint8Array> {
    try {
      return new Uint8Array(await this.blob.slice(start, end).arrayBuffer());
    } catch (cause) {
      // What a platform says of a file on disk that is not as it was when it was chosen.
      const { name } = cause as Error;
      if (name !== 'NotReadableError' && name !== 'NotFoundError') throw cause;
      const why = 'was changed or removed on disk after it was chosen; choose it again';
      throw new FormatError(this.name, why, { offset: start, cause });
    }
  }

  /** Remember what is in the file. A Blob that is no File is in memory, and stays as it is. */
  async look(): Promise<void> {
    if (typeof File !== 'undefined' && this.blob instanceof File) {
      this.sum = await sumOf(this, this.byteLength);
    }
  }

  async changed(): Promise<Change | undefined> {
    if (!this.sum) return undefined;
    // Not every browser tells.
    const what = 'it has other bytes than when it was chosen';
    const change = await compare(this, { before: this.sum, size: this.byteLength, grown: false, what });
    return change.mixed ? { ...change, advice: 'choose it again' } : undefined;
  }
}

class ForeignBytes extends HandleFree {
  readonly byteLength: number;
  constructor(
    private readonly source: ByteSource & { close?(): Promise<void> | void },
    readonly name: string,
  ) {
    super();
    this.byteLength = source.byteLength;
  }
  protected part(start: number, end: number): Promise<Uint8Array> {
    return Promise.resolve(this.source.slice(start, end));
  }
  override async close(): Promise<void> {
    await this.source.close?.();
  }
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

/** Whether something stands under a path. */
export async function pathExists(path: string): Promise<boolean> {
  const fs = builtin<Fs>('node:fs', `reading ${JSON.stringify(path)}`);
  return fs.promises.stat(path).then(
    () => true,
    () => false,
  );
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

/** Files and web servers each have a module that is loaded when it is first needed. */
async function openFile(path: string): Promise<Bytes> {
  const fs = builtin<Fs>('node:fs', `reading ${JSON.stringify(path)}`);
  return (await import('./file.ts')).openFile(fs, path);
}

async function openUrl(url: URL, http: HttpOptions): Promise<Bytes> {
  if (url.protocol === 'file:') {
    const { fileURLToPath } = builtin<typeof import('node:url')>('node:url', `reading ${url.href}`);
    return openFile(fileURLToPath(url));
  }
  if (url.protocol === 'http:' || url.protocol === 'https:')
    return (await import('./http.ts')).openHttp(url, http);
  throw rangeError(`input: got a ${url.protocol} URL; allowed are file:, http: and https:`);
}

function parseUrl(text: string): URL {
  try {
    return new URL(text);
  } catch (cause) {
    throw Object.assign(rangeError(`input: ${JSON.stringify(shownUrl(text))} is no URL`), { cause });
  }
}

function isByteSource(value: object): value is ByteSource {
  const it = value as Partial<ByteSource>;
  return typeof it.byteLength === 'number' && typeof it.slice === 'function';
}

/** By its face, since a stream may come from another realm or library. */
function isStream(value: unknown): value is ReadableStream<Uint8Array> {
  return typeof (value as Partial<ReadableStream> | null)?.getReader === 'function';
}

function fromObject(input: object, name: string | undefined): Bytes {
  if (typeof Blob !== 'undefined' && input instanceof Blob) {
    return new BlobBytes(input, name ?? ((input as Partial<File>).name || 'Blob'));
  }
  if (ArrayBuffer.isView(input)) {
    if (!(input instanceof Uint8Array || input instanceof DataView)) {
      throw typeError(
        `input: got a ${input.constructor.name}, which holds numbers, not a file's bytes; ` +
          'pass a Uint8Array of the file, or the numbers to fromArray()',
      );
    }
    return new MemoryBytes(new Uint8Array(input.buffer, input.byteOffset, input.byteLength), name ?? 'bytes');
  }
  // By tag, since a buffer may come from another realm (an iframe, a vm context).
  if (/^\[object (Shared)?ArrayBuffer\]$/.test(Object.prototype.toString.call(input))) {
    return new MemoryBytes(new Uint8Array(input as ArrayBuffer), name ?? 'bytes');
  }
  if (isByteSource(input)) {
    const { byteLength } = input;
    if (!Number.isSafeInteger(byteLength) || byteLength < 0) {
      throw rangeError(`input: byteLength is ${byteLength}; allowed is a whole number from 0`);
    }
    const own = (input as { name?: unknown }).name;
    return new ForeignBytes(input, name ?? (typeof own === 'string' && own !== '' ? own : 'ByteSource'));
  }
  throw typeError(
    'input: got an object; allowed are a path, a URL, a Blob or File, bytes, a ByteSource {byteLength, ' +
      'slice(start, end)}, a ReadableStream (of a stream of Node: Readable.toWeb) or a Source {cols, dtype, chunks()}',
  );
}

/**
 * Give any input the one face that readers use.
 *
 * `name` replaces the name in messages, for inputs that have none of their own.
 * Errors: `RangeError` when a path or URL cannot be read, `FormatError` when it is a folder or empty,
 * `TypeError` for other things, `PlatformError` when there is no file system.
 */
export async function openBytes(
  input: BytesInput,
  name?: string,
  http: HttpOptions & { byteLength?: number } = {},
): Promise<Bytes> {
  let bytes: Bytes;
  if (typeof input === 'string') {
    bytes = await (/^(https?|file):\/\//i.test(input) ? openUrl(parseUrl(input), http) : openFile(input));
  } else if (input instanceof URL) {
    bytes = await openUrl(input, http);
  } else if (isStream(input)) {
    bytes = await openStream(input, name, http);
  } else if (typeof input === 'object' && input !== null) {
    bytes = fromObject(input, name);
    if (bytes instanceof BlobBytes) await bytes.look();
  } else {
    throw typeError(
      `input: got ${input === null ? 'null' : typeof input}; allowed are a path, a URL, a Blob or File, ` +
        'bytes, a ByteSource or a Source',
    );
  }
  if (bytes.byteLength === 0) throw new FormatError(bytes.name, 'is empty (0 bytes)');
  return bytes;
}
