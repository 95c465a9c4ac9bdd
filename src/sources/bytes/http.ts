/**
 * Files on a web server, read by range requests (RFC 9110, section 14). Sequential reading fetches long ranges ahead, and
 * resumes where a connection broke. If the server does not answer range requests, every pass reads the whole file as a
 * stream.
 */

import { FormatError, rangeError } from '../../errors.ts';
import { INPUT, say } from '../../messages.ts';
import { shownUrl, withShownUrls } from '../../support/text/shown-url.ts';
import type { CoppiceWarning } from '../../types.ts';
import type { Bytes, Change } from './bytes.ts';
import { followRedirects } from './http-redirects.ts';
import { checkPlace } from './place.ts';
import { HEAD_BYTES, StreamBytes, startPass } from './stream.ts';

/** Options of `open` for URLs. */
export interface HttpOptions {
  /**
   * Sent with every request, for example `{ Authorization: 'Bearer ...' }`. Redirects to another host are followed
   * without them. In a page this holds for all redirects, since a page cannot see where they lead.
   */
  headers?: Record<string, string> | Headers;
  /** Used instead of the global `fetch`. */
  fetch?: typeof fetch;
  /** A connection that delivers nothing for this many milliseconds counts as broken. Default 60,000. */
  timeout?: number;
  /**
   * Lowest allowed rate in bytes per second. It is measured over `timeout` milliseconds (one minute at most) that the
   * reader spends waiting. A slower connection counts as broken. Default 1,000; 0 allows any rate.
   */
  minBytesPerSecond?: number;
  /** Stops `open`. Later reads are stopped by the signal that is passed to them. */
  signal?: AbortSignal;
  /** Called with each warning. Default: the message goes to `console.warn`. */
  onWarning?(warning: CoppiceWarning): void;
}

/** Fetched when a file is opened; most headers fit in it. */
const FIRST_BYTES = 64 * 1024;
/** A request costs about as much as reading this many bytes: 20 ms at 50 MB/s. */
const GAP_BYTES = 2 ** 20;
/** Lengths of the first and the longest range in sequential reading. */
const WINDOW_BYTES = [2 ** 20, 64 * 2 ** 20];
/** Reading fails after this many tries in a row that brought little or nothing. */
const TRIES = 5;
/** After a try that brought this much, counting starts again. */
const PROGRESS_BYTES = 64 * 1024;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;
const LEAST_RATE = 1000;
/** The rate is checked after this much waiting, or after `timeout` if that is shorter. */
const RATE_MS = 60_000;

/** An error that may be temporary: the request is tried again. */
class Broken extends Error {
  constructor(
    message: string,
    readonly waitMs = 0,
    cause?: unknown,
    /** The rate was too low. Then the try counts as failed, however many bytes it brought. */
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

/** Why fetch failed: its own message is only "fetch failed", and the reason is in the cause. */
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

/** A URL, and what the answers so far have told about the file. */
class Remote {
  /** Undefined until the first answer. */
  ranges: boolean | undefined;
  total = Infinity;
  #etag: string | null = null;
  #modified: string | null = null;

  readonly #options: HttpOptions;

  constructor(
    readonly url: string,
    options: HttpOptions,
  ) {
    this.#options = options;
    this.name = shownUrl(url);
  }

  /** For messages. */
  readonly name: string;

  /**
   * The bytes from `start` to `end` (Infinity: to the end of the file). Requests that break are repeated.
   *
   * Errors: `FormatError` when the file has changed since it was opened; `RangeError` when the server refuses or
   * `TRIES` tries in a row brought little or nothing; the signal's reason.
   */
  async *stream(
    start: number,
    end: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array, void> {
    let at = start;
    // Without ranges the server always sends the whole file, however little is wanted.
    for (let failures = 0; at < (this.ranges === false ? Infinity : end); ) {
      const before = at;
      let broken: Broken;
      try {
        const part = await this.#request(at, end, signal);
        // Without ranges the answer begins at the front; bytes that were yielded before are skipped.
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
            say`${INPUT}cannot read ${this.name} at byte ${at}: ${broken.message}; tried ${TRIES} times`,
          ),
          { cause: broken.cause ?? broken },
        );
      }
      const wait = Math.max(broken.waitMs, FIRST_PAUSE_MS * 2 ** (failures - 1));
      await pause(Math.min(LONGEST_PAUSE_MS, wait), signal);
    }
  }

  /** Send one request. Throws `Broken` if another try may succeed. */
  async #request(start: number, end: number, signal: AbortSignal | undefined): Promise<Part> {
    const controller = new AbortController();
    const stop = () => controller.abort(signal!.reason);
    signal?.throwIfAborted();
    signal?.addEventListener('abort', stop, { once: true });
    const { timeout = 60_000 } = this.#options;
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
        // Ranges of a compressed answer cannot be used. Browsers set this header themselves.
        needed['Accept-Encoding'] = 'identity';
      }
      const request = this.#options.fetch ?? fetch;
      const send = (url: string, headers: Headers, redirect: RequestRedirect) =>
        expect(request(url, { headers, redirect, signal: controller.signal }));
      const { headers: own } = this.#options;
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
      const place = this.#check(response, start, end, keptFrom);
      const { minBytesPerSecond = LEAST_RATE } = this.#options;
      const pace = new Pace(minBytesPerSecond, Math.min(timeout, RATE_MS));
      return { ...place, body: bodyOf(response, expect, pace, controller, letGo) };
    } catch (error) {
      letGo();
      controller.abort(error);
      await response.body?.cancel().catch(() => {});
      throw error;
    }
  }

  /** Which part of the file an answer holds. The answer is checked against the request and against earlier answers. */
  #check(response: Response, start: number, end: number, keptFrom?: string): Omit<Part, 'body'> {
    const { status, headers } = response;
    const answer = `the server answered ${status} ${response.statusText}`.trimEnd();
    if (status === 408 || status === 429 || status >= 500) {
      const after = Number(headers.get('retry-after') ?? 0);
      throw new Broken(answer, Number.isFinite(after) ? after * 1000 : 0);
    }
    if (status === 416) {
      if (this.ranges === undefined)
        throw new FormatError(this.name, 'is empty (the server has no byte to give)');
      throw new ChangedError(this.name, `had ${this.total} bytes when opened and now has no byte ${start}`);
    }
    if (!response.ok) {
      const why = keptFrom ? `; the headers given were not sent to another host (${keptFrom})` : '';
      throw rangeError(say`${INPUT}cannot read ${this.name}: ${answer}${why}`);
    }

    const place = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers.get('content-range') ?? '');
    const encoded = headers.get('content-encoding') ?? 'identity';
    const usable = status === 206 && place !== null && encoded === 'identity';
    if (this.ranges === undefined) {
      this.ranges = usable;
      this.#etag = headers.get('etag');
      this.#modified = headers.get('last-modified');
      if (usable) this.total = Number(place[3]);
      // A partial answer (206) that cannot be used: ask again, for the whole file.
      else if (status === 206) throw new Broken('the server does not send usable answers to range requests');
    }
    this.#checkSame('ETag', this.#etag, headers.get('etag'));
    this.#checkSame('Last-Modified', this.#modified, headers.get('last-modified'));
    if (!this.ranges) {
      if (status === 206) throw new Broken('the server sent a part where the whole was asked for');
      return { start: 0, end: Infinity, total: Infinity };
    }
    if (!usable) throw new Broken(`${answer} to a range request, and answered it before`);
    const [first, last, total] = place.slice(1).map(Number);
    if (total !== this.total) {
      throw new ChangedError(this.name, `had ${this.total} bytes when opened and now has ${total}`);
    }
    if (first !== start || last < first || last >= Math.min(end, total)) {
      throw new Broken(
        `the server answered with bytes ${first}-${last} where ${start}-${end - 1} were asked for`,
      );
    }
    return { start, end: last + 1, total };
  }

  /** Request one byte, to see whether the file has changed since it was opened. */
  async changed(): Promise<Change | undefined> {
    if (this.#etag === null && this.#modified === null) return undefined;
    try {
      const { body } = await this.#request(0, 1, undefined);
      for await (const _ of body) break;
      return undefined;
    } catch (error) {
      // If the request fails otherwise, nothing is known about a change.
      if (!(error instanceof ChangedError)) return undefined;
      return { what: error.what, mixed: true };
    }
  }

  #checkSame(what: string, before: string | null, now: string | null): void {
    // A cache or a mirror may leave out a header; only two different values prove a change.
    if (before === null || now === null || before === now) return;
    throw new ChangedError(
      this.name,
      `was changed on the server after it was opened: its ${what} was ${before} and is ${now}`,
    );
  }
}

/** The file is not the one that was opened. `what` says it without the name of the file. */
class ChangedError extends FormatError {
  readonly what: string;

  constructor(file: string, what: string) {
    super(file, what);
    this.what = what;
  }
}

/** Checks that bytes arrive fast enough. Only the time counts in which the reader waits, not that in which it works. */
class Pace {
  #waited = 0;
  #bytes = 0;

  readonly #leastRate: number;
  readonly #spanMs: number;

  constructor(leastRate: number, spanMs: number) {
    this.#leastRate = leastRate;
    this.#spanMs = spanMs;
  }

  async wait<T extends { value?: Uint8Array }>(read: Promise<T>): Promise<T> {
    const begun = performance.now();
    const result = await read;
    this.#waited += performance.now() - begun;
    this.#bytes += result.value?.length ?? 0;
    if (this.#waited >= this.#spanMs) {
      const rate = (this.#bytes / this.#waited) * 1000;
      if (rate < this.#leastRate) {
        const least = `minBytesPerSecond allows no less than ${this.#leastRate}`;
        throw new Broken(
          `the server sent ${Math.floor(rate)} bytes a second, and ${least}`,
          0,
          undefined,
          true,
        );
      }
      this.#waited = 0;
      this.#bytes = 0;
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
    // An unread rest of the body must not keep the connection open.
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

  readonly #file: Remote;
  readonly #head: Uint8Array;

  constructor(
    readonly name: string,
    file: Remote,
    head: Uint8Array,
  ) {
    this.#file = file;
    this.#head = head;
    this.byteLength = file.total;
  }

  async readInto(target: Uint8Array, start: number): Promise<number> {
    checkPlace(this.name, start);
    return this.#exactly(target, start, undefined);
  }

  async slice(start: number, end: number): Promise<Uint8Array> {
    checkPlace(this.name, start, end - start);
    const target = new Uint8Array(Math.max(0, Math.min(end, this.byteLength) - start));
    return target.subarray(0, await this.readInto(target, start));
  }

  #fromHead(target: Uint8Array, start: number): number {
    if (start >= this.#head.length) return 0;
    const part = this.#head.subarray(start, start + target.length);
    target.set(part);
    return part.length;
  }

  /** Read exactly these bytes, with a request of their own. */
  async #exactly(target: Uint8Array, start: number, signal: AbortSignal | undefined): Promise<number> {
    let filled = this.#fromHead(target, start);
    const end = Math.min(start + target.length, this.byteLength);
    for await (const piece of this.#file.stream(start + filled, end, signal)) {
      target.set(piece, filled);
      filled += piece.length;
    }
    return filled;
  }

  /** Ranges of growing length: a short read fetches little, and a long one needs few requests. */
  async *#windows(start: number, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
    let size = WINDOW_BYTES[0];
    for (let at = start; at < this.byteLength; ) {
      const end = Math.min(at + size, this.byteLength);
      yield* this.#file.stream(at, end, signal);
      at = end;
      size = Math.min(size * 2, WINDOW_BYTES[1]);
    }
  }

  /** Consecutive reads share one response; every other read is a request of its own. */
  pass(signal?: AbortSignal): Bytes {
    const begin = (start: number, stop: AbortSignal) => this.#windows(start, stop);
    return startPass(this, begin, signal, (forward, stop) => {
      let next = this.#head.length;
      let busy = false;
      return async (target, start) => {
        const known = this.#fromHead(target, start);
        if (known === target.length) return known;
        const from = start + known;
        const rest = target.subarray(known, Math.max(known, this.byteLength - start));
        const follows = !busy && from >= next && from <= next + GAP_BYTES;
        if (!busy) next = from + rest.length;
        if (!follows) return known + (await this.#exactly(rest, from, stop));
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
    return this.#file.changed();
  }

  async close(): Promise<void> {}
}

/**
 * Open a URL. One request shows whether the server answers range requests, and fetches the beginning of the file.
 *
 * Errors: `RangeError` when it cannot be read, `FormatError` when it is empty.
 */
export async function openHttp(url: URL, options: HttpOptions): Promise<Bytes> {
  if (url.username || url.password) {
    throw rangeError(
      say`${INPUT}the URL holds a user name or password; pass them as headers: { Authorization }`,
    );
  }
  const file = new Remote(url.href, options);
  const head = new Uint8Array(HEAD_BYTES);
  let length = 0;
  // Without ranges the server sends the whole file. A longer head is kept, since going back starts the stream again.
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
    `${file.name}: the server does not send usable answers to range requests (a page also needs Content-Range in ` +
    'Access-Control-Expose-Headers), so every pass reads it as a stream from its beginning';
  if (options.onWarning) options.onWarning({ code: 'HTTP_NO_RANGES', message });
  else console.warn(message);
  return new StreamBytes(file.name, (_, signal) => file.stream(0, Infinity, signal), head.slice(0, length));
}
