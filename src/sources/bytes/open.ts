/** Turns any input that holds bytes into `Bytes`: a path, a URL, a Blob, memory, a stream. */

import { FormatError, PlatformError, rangeError } from '../../errors.ts';
import { INPUT, say } from '../../messages.ts';
import { platformModule } from '../../support/builtin-module.ts';
import { checkNumber, checkWhole, wrongType, wrongValue } from '../../support/checks.ts';
import { shownUrl } from '../../support/text/shown-url.ts';
import type { ByteSource } from '../../types.ts';
import type { Bytes, BytesInput, Change } from './bytes.ts';
import { compare, type Sum, sumOf } from './changes.ts';
import type { HttpOptions } from './http.ts';
import { openStream } from './once.ts';
import { checkPlace } from './place.ts';

type Fs = typeof import('node:fs');

function builtin<T>(name: string, wanted: string): T {
  const found = platformModule<T>(name);
  if (!found) {
    throw new PlatformError(
      say`${INPUT}${wanted} needs a file system, which this platform does not offer; pass a Blob, bytes or an http(s) URL instead (Node from 20.16, Deno and Bun read paths)`,
    );
  }
  return found;
}

/** Base class of inputs that have no file handle. */
abstract class HandleFree implements Bytes {
  abstract readonly name: string;
  abstract readonly byteLength: number;
  /** As `slice`; the offsets have been checked. */
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
  #sum: Sum | undefined;
  readonly #blob: Blob;

  constructor(
    blob: Blob,
    readonly name: string,
  ) {
    super();
    this.#blob = blob;
    this.byteLength = blob.size;
  }
  protected async part(start: number, end: number): Promise<Uint8Array> {
    try {
      return new Uint8Array(await this.#blob.slice(start, end).arrayBuffer());
    } catch (cause) {
      // Platforms throw these errors if the file on disk has changed since it was chosen.
      const { name } = cause as Error;
      if (name !== 'NotReadableError' && name !== 'NotFoundError') throw cause;
      const why = 'was changed or removed on disk after it was chosen; choose it again';
      throw new FormatError(this.name, why, { offset: start, cause });
    }
  }

  /** Store a checksum of the file's contents. A Blob that is not a File is in memory and cannot change. */
  async look(): Promise<void> {
    if (typeof File !== 'undefined' && this.#blob instanceof File) {
      this.#sum = await sumOf(this, this.byteLength);
    }
  }

  async changed(): Promise<Change | undefined> {
    if (!this.#sum) return undefined;
    // Not every browser reports a changed file with an error, so the contents are compared.
    const what = 'it has other bytes than when it was chosen';
    const change = await compare(this, { before: this.#sum, size: this.byteLength, grown: false, what });
    return change.mixed ? { ...change, advice: 'choose it again' } : undefined;
  }
}

class ForeignBytes extends HandleFree {
  readonly byteLength: number;
  readonly #source: ByteSource & { close?(): Promise<void> | void };

  constructor(
    source: ByteSource & { close?(): Promise<void> | void },
    readonly name: string,
  ) {
    super();
    this.#source = source;
    this.byteLength = source.byteLength;
  }
  protected part(start: number, end: number): Promise<Uint8Array> {
    return Promise.resolve(this.#source.slice(start, end));
  }
  override async close(): Promise<void> {
    await this.#source.close?.();
  }
}

/** Whether a path exists. */
export async function pathExists(path: string): Promise<boolean> {
  const fs = builtin<Fs>('node:fs', `reading ${JSON.stringify(path)}`);
  return fs.promises.stat(path).then(
    () => true,
    () => false,
  );
}

/** file.ts and http.ts are loaded when they are first needed. */
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
  throw wrongValue('input', 'a file:, http: or https: URL', url.protocol);
}

function parseUrl(text: string): URL {
  try {
    return new URL(text);
  } catch (cause) {
    throw Object.assign(rangeError(say`${INPUT}${JSON.stringify(shownUrl(text))} is no URL`), { cause });
  }
}

function isByteSource(value: object): value is ByteSource {
  const it = value as Partial<ByteSource>;
  return typeof it.byteLength === 'number' && typeof it.slice === 'function';
}

/** Recognised by its method, not by `instanceof`, since a stream may come from another realm or library. */
function isStream(value: unknown): value is ReadableStream<Uint8Array> {
  return typeof (value as Partial<ReadableStream> | null)?.getReader === 'function';
}

const INPUTS =
  'a path, a URL, a Blob or File, bytes, a ByteSource {byteLength, slice(start, end)}, a ReadableStream (of a stream of ' +
  'Node: Readable.toWeb) or a Source {cols, dtype, chunks()}';

function fromObject(input: object, name: string | undefined): Bytes {
  if (typeof Blob !== 'undefined' && input instanceof Blob) {
    return new BlobBytes(input, name ?? ((input as Partial<File>).name || 'Blob'));
  }
  if (ArrayBuffer.isView(input)) {
    if (!(input instanceof Uint8Array || input instanceof DataView)) {
      throw wrongType(
        'input',
        "a file's bytes",
        input,
        'pass a Uint8Array of the file, or the numbers to fromArray()',
      );
    }
    return new MemoryBytes(new Uint8Array(input.buffer, input.byteOffset, input.byteLength), name ?? 'bytes');
  }
  // Recognised by its tag, since a buffer may come from another realm (an iframe, a vm context).
  if (/^\[object (Shared)?ArrayBuffer\]$/.test(Object.prototype.toString.call(input))) {
    return new MemoryBytes(new Uint8Array(input as ArrayBuffer), name ?? 'bytes');
  }
  if (isByteSource(input)) {
    const { byteLength } = input;
    checkWhole(byteLength, 'input.byteLength', 0);
    const own = (input as { name?: unknown }).name;
    return new ForeignBytes(input, name ?? (typeof own === 'string' && own !== '' ? own : 'ByteSource'));
  }
  throw wrongType('input', INPUTS, input);
}

/** Longest time of a timer. A longer one would end at once. */
const MOST_MS = 2 ** 31 - 1;

/** Check options, also where the input has no use for them. @throws TypeError or RangeError */
function checkNumbers({
  timeout,
  minBytesPerSecond,
  byteLength,
}: HttpOptions & { byteLength?: number }): void {
  if (timeout !== undefined)
    checkNumber(
      timeout,
      'timeout',
      `milliseconds above 0, at most ${MOST_MS}`,
      (ms) => ms > 0 && ms <= MOST_MS,
    );
  if (minBytesPerSecond !== undefined)
    checkNumber(
      minBytesPerSecond,
      'minBytesPerSecond',
      'a number from 0',
      (rate) => rate >= 0 && rate < Infinity,
    );
  if (byteLength !== undefined) checkWhole(byteLength, 'byteLength', 0);
}

/**
 * Open any input as `Bytes`.
 *
 * `name` replaces the name in messages; paths and URLs keep theirs.
 * Errors: `RangeError` when a path or URL cannot be read, `FormatError` when it is a folder or empty,
 * `TypeError` for other things, `PlatformError` when there is no file system.
 */
export async function openBytes(
  input: BytesInput,
  name?: string,
  http: HttpOptions & { byteLength?: number } = {},
): Promise<Bytes> {
  checkNumbers(http);
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
    throw wrongType('input', INPUTS, input);
  }
  if (bytes.byteLength === 0) throw new FormatError(bytes.name, 'is empty (0 bytes)');
  return bytes;
}
