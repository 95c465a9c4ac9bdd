/**
 * Files on a web server: ranged requests (RFC 9110, section 14), read ahead where reading is sequential, taken up
 * again where a connection broke. A server without ranges is read as a stream, from the front for every pass.
 */

import { FormatError, rangeError } from '../../errors.ts';
import { shownUrl, withShownUrls } from '../../support/shown-url.ts';
import type { CoppiceWarning } from '../../types.ts';
import type { Bytes, Change } from './bytes.ts';
import { followRedirects } from './http-redirects.ts';
import { checkPlace } from './place.ts';
import { HEAD_BYTES, StreamBytes, startPass } from './stream.ts';

/** Options of `open` for URLs. */
export interface HttpOptions {
  /**
   * Sent with every request, for example `{ Authorization: 'Bearer ...' }`. A redirect to another host is followed
   * without them, and in a page every redirect, since a page is not told where it leads.
   */
  headers?: Record<string, string> | Headers;
  /** Used instead of the global `fetch`. */
  fetch?: typeof fetch;
  /** Milliseconds without a byte after which a connection counts as broken. Default 60,000. */
  timeout?: number;
  /**
   * Least bytes a second while the reader waits for them, over `timeout` milliseconds of waiting at most a minute; a
   * slower connection counts as broken. Default 1,000; 0 for no least rate.
   */
  minBytesPerSecond?: number;
  /** Stops the opening. What is read later is stopped by the signal given there. */
  signal?: AbortSignal;
  /** Defaults to `console.warn` with the message. */
  onWarning?(warning: CoppiceWarning): void;
}

/** Fetched at once when opening; most headers are within it. */
const FIRST_BYTES = 64 * 1024;
/** A request is worth about this many bytes: 20 ms at 50 MB/s. */
const GAP_BYTES = 2 ** 20;
/** Ranges of sequential reading, from the first to the longest. */
const WINDOW_BYTES = [2 ** 20, 64 * 2 ** 20];
/** Tries in a row that may bring next to nothing. */
const TRIES = 5;
/** A try that brought this much does not count. */
const PROGRESS_BYTES = 64 * 1024;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;
const LEAST_RATE = 1000;
/** The rate is judged after so much waiting. */
const RATE_MS = 60_000;

/** What may pass: trying again is worth it. */
class Broken extends Error {
  constructor(
    message: string,
    readonly waitMs = 0,
    cause?: unknown,
    /** It was the rate: bytes that came do not make up for it. */
    readonly slow = false,
  ) {
    super(message, { cause });
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal!.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}

/** Why fetch failed: its own message is "fetch failed", the reason is in the cause. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { message?: string; code?: string } };
  const inner = cause?.message || cause?.code;
  return withShownUrls(inner ? `${message} (${inner})` : (message ?? String(error)));
}

interface Part {
  body: AsyncIterable<Uint8Array>;
  /** Offset in the file of the first byte. */
  start: number;
  /** Offset after the last byte; Infinity when the server does not say. */
  end: number;
  total: number;
}

/** A URL and what is known of the file behind it. */
class Remote {
  /** Undefined until the first answer. */
  ranges: boolean | undefined;
  total = Infinity;
  private etag: string | null = null;
  private modified: string | null = null;

  constructor(
    readonly url: string,
    private readonly options: HttpOptions,
  ) {
    this.name = shownUrl(url);
  }

  /** For messages. */
  readonly name: string;

  /**
   * The bytes from `start` to `end` (Infinity: all there are), whatever breaks on the way.
   *
   * Errors: `FormatError` when the file is not the one that was opened; `RangeError` when the server refuses or
   * `TRIES` tries in a row brought nothing; the signal's reason.
   */
  async *stream(
    start: number,
    end: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array, void> {
    let at = start;
    // Without ranges there is no part: what was asked for is all, however little is wanted of it.
    for (let failures = 0; at < (this.ranges === false ? Infinity : end); ) {
      const before = at;
      let broken: Broken;
      try {
        const part = await this.request(at, end, signal);
        // Without ranges everything comes from the front, and what is known already is passed over.
        let skip = at - part.start;
        for await (const piece of part.body) {
          const fresh = piece.subarray(Math.min(skip, piece.length));
          skip -= piece.length - fresh.length;
          if (fresh.length === 0) continue;
          at += fresh.length;
          if (at > part.end) {
            throw new FormatError(this.name, 'the server sent more bytes than it announced', {
              offset: part.end,
            });
          }
          yield fresh;
        }
        if (at === part.end || part.end === Infinity) {
          if (part.end === Infinity) return;
          continue;
        }
        broken = new Broken('the connection was closed too early');
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof Broken)) throw error;
        broken = error;
      }
      failures = at - before >= PROGRESS_BYTES && !broken.slow ? 1 : failures + 1;
      if (failures >= TRIES) {
        throw Object.assign(
          rangeError(
            `input: cannot read ${this.name} at byte ${at}: ${broken.message}; tried ${TRIES} times`,
          ),
          { cause: broken.cause ?? broken },
        );
      }
      const wait = Math.max(broken.waitMs, FIRST_PAUSE_MS * 2 ** (failures - 1));
      await pause(Math.min(LONGEST_PAUSE_MS, wait), signal);
    }
  }

  /** One request. Throws `Broken` when another may succeed. */
  private async request(start: number, end: number, signal: AbortSignal | undefined): Promise<Part> {
    const controller = new AbortController();
    const stop = () => controller.abort(signal!.reason);
    signal?.throwIfAborted();
    signal?.addEventListener('abort', stop, { once: true });
    const { timeout = 60_000 } = this.options;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let keptFrom: string | undefined;
    const expect = <T>(work: Promise<T>): Promise<T> => {
      timer = setTimeout(
        () => controller.abort(new Broken(`the server sent nothing for ${timeout} ms`)),
        timeout,
      );
      return work.catch(asBroken).finally(() => clearTimeout(timer));
    };
    const asBroken = (error: unknown): never => {
      const { reason } = controller.signal;
      if (reason instanceof Broken || signal?.aborted) throw reason;
      throw new Broken(reasonOf(error), 0, error);
    };
    const letGo = () => signal?.removeEventListener('abort', stop);
    let response: Response;
    try {
      const needed: Record<string, string> = {};
      if (this.ranges !== false) {
        needed.Range = `bytes=${start}-${Number.isFinite(end) ? end - 1 : ''}`;
        // Ranges of a compressed answer would be of no use. Browsers see to that themselves.
        needed['Accept-Encoding'] = 'identity';
      }
      const request = this.options.fetch ?? fetch;
      const send = (url: string, headers: Headers, redirect: RequestRedirect) =>
        expect(request(url, { headers, redirect, signal: controller.signal }));
      const { headers: own } = this.options;
      if (own === undefined) {
        response = await send(this.url, new Headers(needed), 'follow');
      } else {
        ({ response, keptFrom } = await followRedirects(this.url, { send, own, needed }));
      }
    } catch (error) {
      letGo();
      throw error;
    }
    try {
      const place = this.check(response, start, end, keptFrom);
      const { minBytesPerSecond = LEAST_RATE } = this.options;
      const pace = new Pace(minBytesPerSecond, Math.min(timeout, RATE_MS));
      return { ...place, body: bodyOf(response, expect, pace, controller, letGo) };
    } catch (error) {
      letGo();
      controller.abort(error);
      await response.body?.cancel().catch(() => {});
      throw error;
    }
  }

  /** What an answer gives, checked against what was asked for and what came before. */
  private check(response: Response, start: number, end: number, keptFrom?: string): Omit<Part, 'body'> {
    const { status, headers } = response;
    const answer = `the server answered ${status} ${response.statusText}`.trimEnd();
    if (status === 408 || status === 429 || status >= 500) {
      const after = Number(headers.get('retry-after') ?? 0);
      throw new Broken(answer, Number.isFinite(after) ? after * 1000 : 0);
    }
    if (status === 416) {
      if (this.ranges === undefined)
        throw new FormatError(this.name, 'is empty (the server has no byte to give)');
      throw new FormatError(this.name, `had ${this.total} bytes when opened and now has no byte ${start}`);
    }
    if (!response.ok) {
      const why = keptFrom ? `; the headers given were not sent to another host (${keptFrom})` : '';
      throw rangeError(`input: cannot read ${this.name}: ${answer}${why}`);
    }

    const place = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers.get('content-range') ?? '');
    const encoded = headers.get('content-encoding') ?? 'identity';
    const usable = status === 206 && place !== null && encoded === 'identity';
    if (this.ranges === undefined) {
      this.ranges = usable;
      this.etag = headers.get('etag');
      this.modified = headers.get('last-modified');
      if (usable) this.total = Number(place[3]);
      // A 206 that cannot be read as one: ask again, for the whole.
      else if (status === 206) throw new Broken('the server does not answer range requests readably');
    }
    this.checkSame('ETag', this.etag, headers.get('etag'));
    this.checkSame('Last-Modified', this.modified, headers.get('last-modified'));
    if (!this.ranges) {
      if (status === 206) throw new Broken('the server sent a part where the whole was asked for');
      return { start: 0, end: Infinity, total: Infinity };
    }
    if (!usable) throw new Broken(`${answer} to a range request, and answered it before`);
    const [first, last, total] = place.slice(1).map(Number);
    if (total !== this.total) {
      throw new FormatError(this.name, `had ${this.total} bytes when opened and now has ${total}`);
    }
    if (first !== start || last < first || last >= Math.min(end, total)) {
      throw new Broken(
        `the server answered with bytes ${first}-${last} where ${start}-${end - 1} were asked for`,
      );
    }
    return { start, end: last + 1, total };
  }

  /** Ask for a byte: how what is there differs from what was opened. */
  async changed(): Promise<Change | undefined> {
    if (this.etag === null && this.modified === null) return undefined;
    try {
      const { body } = await this.request(0, 1, undefined);
      for await (const _ of body) break;
      return undefined;
    } catch (error) {
      // A server that is gone by now says nothing of what it sent.
      if (!(error instanceof FormatError)) return undefined;
      return { what: error.message.slice(this.name.length + 2), mixed: true };
    }
  }

  private checkSame(what: string, before: string | null, now: string | null): void {
    // A cache or a mirror may leave a header out; only two that differ prove a change.
    if (before === null || now === null || before === now) return;
    throw new FormatError(
      this.name,
      `was changed on the server after it was opened: its ${what} was ${before} and is ${now}`,
    );
  }
}

/** Whether bytes come fast enough: of the time that the reader waits, not of that in which it works. */
class Pace {
  private waited = 0;
  private bytes = 0;

  constructor(
    private readonly leastRate: number,
    private readonly spanMs: number,
  ) {}

  async wait<T extends { value?: Uint8Array }>(read: Promise<T>): Promise<T> {
    const begun = performance.now();
    const result = await read;
    this.waited += performance.now() - begun;
    this.bytes += result.value?.length ?? 0;
    if (this.waited >= this.spanMs) {
      const rate = (this.bytes / this.waited) * 1000;
      if (rate < this.leastRate) {
        const least = `minBytesPerSecond allows no less than ${this.leastRate}`;
        throw new Broken(
          `the server sent ${Math.floor(rate)} bytes a second, and ${least}`,
          0,
          undefined,
          true,
        );
      }
      this.waited = 0;
      this.bytes = 0;
    }
    return result;
  }
}

async function* bodyOf(
  response: Response,
  expect: <T>(work: Promise<T>) => Promise<T>,
  pace: Pace,
  controller: AbortController,
  letGo: () => void,
): AsyncGenerator<Uint8Array, void> {
  const reader = response.body?.getReader();
  let ended = false;
  try {
    while (reader) {
      const { done, value } = await pace.wait(expect(reader.read()));
      ended = done;
      if (done) return;
      if (value.length > 0) yield value;
    }
  } finally {
    letGo();
    // What is left of the body must not keep the connection.
    if (!ended) {
      controller.abort();
      await reader?.cancel().catch(() => {});
    }
  }
}

/** A file whose server answers range requests. */
class RangeBytes implements Bytes {
  readonly gapBytes = GAP_BYTES;
  readonly remote = true;
  readonly byteLength: number;

  constructor(
    readonly name: string,
    private readonly file: Remote,
    private readonly head: Uint8Array,
  ) {
    this.byteLength = file.total;
  }

  async readInto(target: Uint8Array, start: number): Promise<number> {
    checkPlace(this.name, start);
    return this.exactly(target, start, undefined);
  }

  async slice(start: number, end: number): Promise<Uint8Array> {
    checkPlace(this.name, start, end - start);
    const target = new Uint8Array(Math.max(0, Math.min(end, this.byteLength) - start));
    return target.subarray(0, await this.readInto(target, start));
  }

  private fromHead(target: Uint8Array, start: number): number {
    if (start >= this.head.length) return 0;
    const part = this.head.subarray(start, start + target.length);
    target.set(part);
    return part.length;
  }

  /** One request for just these bytes. */
  private async exactly(target: Uint8Array, start: number, signal: AbortSignal | undefined): Promise<number> {
    let filled = this.fromHead(target, start);
    const end = Math.min(start + target.length, this.byteLength);
    for await (const piece of this.file.stream(start + filled, end, signal)) {
      target.set(piece, filled);
      filled += piece.length;
    }
    return filled;
  }

  /** Windows that grow: a short look does not fetch much, a long reading needs few requests. */
  private async *windows(start: number, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
    let size = WINDOW_BYTES[0];
    for (let at = start; at < this.byteLength; ) {
      const end = Math.min(at + size, this.byteLength);
      yield* this.file.stream(at, end, signal);
      at = end;
      size = Math.min(size * 2, WINDOW_BYTES[1]);
    }
  }

  /** Reads that follow one another come from one response; others are requests of their own. */
  pass(signal?: AbortSignal): Bytes {
    const begin = (start: number, stop: AbortSignal) => this.windows(start, stop);
    return startPass(this, begin, signal, (forward, stop) => {
      let next = this.head.length;
      let busy = false;
      return async (target, start) => {
        const known = this.fromHead(target, start);
        if (known === target.length) return known;
        const from = start + known;
        const rest = target.subarray(known, Math.max(known, this.byteLength - start));
        const follows = !busy && from >= next && from <= next + GAP_BYTES;
        if (!busy) next = from + rest.length;
        if (!follows) return known + (await this.exactly(rest, from, stop));
        busy = true;
        try {
          return known + (await forward.read(rest, from));
        } finally {
          busy = false;
        }
      };
    });
  }

  hold(): () => Promise<void> {
    return async () => {};
  }

  changed(): Promise<Change | undefined> {
    return this.file.changed();
  }

  async close(): Promise<void> {}
}

/**
 * Open a URL. One request tells whether the server answers ranges, and brings the file's beginning.
 *
 * Errors: `RangeError` when it cannot be read, `FormatError` when it is empty.
 */
export async function openHttp(url: URL, options: HttpOptions): Promise<Bytes> {
  if (url.username || url.password) {
    throw rangeError('input: the URL holds a user name or password; pass them as headers: { Authorization }');
  }
  const { timeout } = options;
  if (timeout !== undefined && !(timeout > 0)) {
    throw rangeError(`timeout: got ${String(timeout)}; allowed are milliseconds above 0`);
  }
  const { minBytesPerSecond } = options;
  if (minBytesPerSecond !== undefined && !(minBytesPerSecond >= 0 && minBytesPerSecond < Infinity)) {
    throw rangeError(`minBytesPerSecond: got ${String(minBytesPerSecond)}; allowed is a number from 0`);
  }
  const file = new Remote(url.href, options);
  const head = new Uint8Array(HEAD_BYTES);
  let length = 0;
  // Without ranges everything comes, of which a larger head is kept: every look back would begin the stream again.
  const enough = () => (file.ranges ? Math.min(FIRST_BYTES, file.total) : HEAD_BYTES);
  for await (const piece of file.stream(0, FIRST_BYTES, options.signal)) {
    const part = piece.subarray(0, enough() - length);
    head.set(part, length);
    length += part.length;
    if (length >= enough()) break;
  }
  if (length === 0) throw new FormatError(file.name, 'is empty (0 bytes)');
  if (file.ranges) return new RangeBytes(file.name, file, head.slice(0, length));

  const message =
    `${file.name}: the server does not answer range requests readably (a page also needs Content-Range in ` +
    'Access-Control-Expose-Headers), so every pass reads it as a stream from its beginning';
  if (options.onWarning) options.onWarning({ code: 'HTTP_NO_RANGES', message });
  else console.warn(message);
  return new StreamBytes(file.name, (_, signal) => file.stream(0, Infinity, signal), head.slice(0, length));
}
