import type { IncomingMessage, ServerResponse } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { FormatError } from '../../../src/errors.ts';
import { open } from '../../../src/sources/index.ts';
import type { CoppiceWarning } from '../../../src/types.ts';
import { failure, npy, picked, rowsOf } from '../help.ts';
import { large, largeRows, small, smallRows } from './npy-files.ts';
import { serve } from './server.ts';

const quiet = { onWarning: () => {} };

describe('ranges', () => {
  it('a small file comes with the first request', async () => {
    const { url, log } = await serve({ data: small });
    expect(await rowsOf(await open(url), { chunkRows: 1 })).toEqual(smallRows);
    expect(log.map(({ range }) => range)).toEqual(['bytes=0-65535']);
  });

  it('many small chunks are few requests', async () => {
    const { url, log } = await serve({ data: large });
    const source = await open(url);
    expect(await rowsOf(source, { chunkRows: 100, reuse: true })).toEqual(largeRows);
    expect(log.length).toBeLessThan(6);
  });

  it('rows far apart are requests of their own, of their own size', async () => {
    const wide = Float32Array.from({ length: 4 * 500_000 }, (_, i) => i);
    const { url, log } = await serve({ data: npy('<f4', [4, 500_000], wide) });
    const rows = await rowsOf(await open(url), { chunkRows: 3, stride: 2, start: 1 });
    expect(rows.map((row) => row[0])).toEqual([500_000, 1_500_000]);
    expect(log.length).toBeLessThan(4);
    expect(log.slice(1).map(({ range }) => range)).toContain('bytes=2000128-4000127');
  });

  it('stride, start, end, chunk size: the rows are those of the definition', async () => {
    const { url } = await serve({ data: large });
    const source = await open(url);
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          chunkRows: fc.integer({ min: 500, max: 60_000 }),
          stride: fc.integer({ min: 1, max: 50_000 }),
          start: fc.integer({ min: 0, max: 100_001 }),
          end: fc.integer({ min: 0, max: 100_001 }),
        }),
        async (options) => {
          expect(await rowsOf(source, options)).toEqual(picked(largeRows, options));
        },
      ),
      { numRuns: 25 },
    );
  });

  it('HDF5 probing, text and compression need no tour of the file', async () => {
    const text = largeRows.map((row) => row.join(',')).join('\n');
    const { url, log } = await serve({ data: Buffer.from(text) }, '/points.csv');
    const source = await open(url);
    expect(log.length).toBeLessThan(3);
    expect(await rowsOf(source, { chunkRows: 1000 })).toEqual(largeRows);
    expect(log.length).toBeLessThan(8);
  });

  it('headers and a fetch of one’s own', async () => {
    const { url, log } = await serve({
      data: small,
      before: (request, response) => {
        if (request.headers.authorization === 'Bearer x') return false;
        response.writeHead(401).end();
        return true;
      },
    });
    expect((await failure(open(url))).message).toMatch(/the server answered 401 Unauthorized$/);
    expect(log.length).toBe(1);
    await open(url, { headers: { Authorization: 'Bearer x' } });
    let calls = 0;
    const source = await open(url, {
      headers: new Headers({ authorization: 'Bearer x' }),
      fetch: (...args) => {
        calls++;
        return fetch(...args);
      },
    });
    expect([source.cols, calls]).toEqual([2, 1]);
    expect((await failure(open('http://me:secret@localhost/x.npy'))).message).not.toMatch(/secret/);
  });

  it('a redirect is followed', async () => {
    const { url } = await serve({ data: large });
    const { url: first } = await serve({
      data: small,
      before: (_, response) => {
        response.writeHead(302, { Location: url }).end();
        return true;
      },
    });
    expect(await rowsOf(await open(first), { chunkRows: 50_000 })).toEqual(largeRows);
  });

  it('an empty file', async () => {
    for (const noRanges of [false, true]) {
      const { url } = await serve({ data: new Uint8Array(0), noRanges });
      const error = await failure(open(url));
      expect(error).toBeInstanceOf(FormatError);
      expect(error.message).toMatch(/is empty/);
    }
  });
});

describe('what breaks', () => {
  it('dropped connections are taken up where they broke', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.infiniteStream(fc.integer({ min: 70_000, max: 1_500_000 })),
        fc.constantFrom(1, 3),
        async (cuts, stride) => {
          const { url, log } = await serve({
            data: large,
            cutAfter: (n) => (n === 0 ? Infinity : (cuts.next().value as number)),
          });
          const rows = await rowsOf(await open(url), { chunkRows: 7_000, stride });
          expect(rows).toEqual(picked(largeRows, { stride }));
          expect(log.length).toBeGreaterThan(2);
        },
      ),
      { numRuns: 6 },
    );
  });

  it('also without ranges, from the front', async () => {
    const { url, log } = await serve({
      data: large,
      noRanges: true,
      cutAfter: (n) => (n < 4 ? n * 700_000 : Infinity),
    });
    expect(await rowsOf(await open(url, quiet), { chunkRows: 7_000 })).toEqual(largeRows);
    expect(log.length).toBe(5);
  });

  it('with a bound on tries that bring nothing', async () => {
    const { url, log } = await serve({ data: large, cutAfter: (n) => (n === 0 ? Infinity : 10) });
    const error = await failure(open(url).then((source) => rowsOf(source, { chunkRows: 100_000 })));
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toMatch(/cannot read http.* at byte 65586: .*; tried 5 times/);
    expect(log.length).toBe(6);
  });

  it('503 and 429 pass, with Retry-After; 404 and 500 that stays do not', async () => {
    const { url } = await serve({
      data: small,
      before: (_, response, n) => {
        if (n > 1) return false;
        response.writeHead(n === 0 ? 503 : 429, n === 1 ? { 'Retry-After': '1' } : {}).end();
        return true;
      },
    });
    const begun = performance.now();
    expect(await rowsOf(await open(url), { chunkRows: 2 })).toEqual(smallRows);
    expect(performance.now() - begun).toBeGreaterThan(1000);

    for (const [status, requests] of [
      [404, 1],
      [403, 1],
      [500, 5],
    ]) {
      const { url, log } = await serve({
        data: small,
        before: (_, response) => {
          response.writeHead(status).end();
          return true;
        },
      });
      const error = await failure(open(url));
      expect(error).toBeInstanceOf(RangeError);
      expect(error.message).toMatch(new RegExp(`the server answered ${status}`));
      expect(log.length).toBe(requests);
    }
  });

  it('no server at all', async () => {
    const error = await failure(open('http://127.0.0.1:1/x.npy'));
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toMatch(/cannot read http:\/\/127\.0\.0\.1:1\/x\.npy at byte 0: .*; tried 5 times/);
  });

  it('a file that changes on the way', async () => {
    for (const change of [
      (b: { data: Uint8Array; etag?: string; headers?: Record<string, string> }) => {
        b.data = npy('<f4', [100_001, 8], new Float32Array(800_008));
      },
      (b: { etag?: string }) => {
        b.etag = '"two"';
      },
      (b: { headers?: Record<string, string> }) => {
        b.headers = { 'Last-Modified': 'Tue, 02 Jan 2024 00:00:00 GMT' };
      },
      (b: { data: Uint8Array }) => {
        b.data = small;
      },
    ]) {
      const behaviour = {
        data: large,
        etag: '"one"',
        headers: { 'Last-Modified': 'Mon, 01 Jan 2024 00:00:00 GMT' } as Record<string, string>,
      };
      const { url } = await serve(behaviour);
      const source = await open(url);
      change(behaviour);
      const error = await failure(rowsOf(source, { chunkRows: 10_000 }));
      expect(error).toBeInstanceOf(FormatError);
      expect(error.message).toMatch(
        /had 3200128 bytes when opened and now has|its ETag was "one" and is "two"|its Last-Modified was/,
      );
    }
  });

  it('a wrong Content-Range never becomes rows', async () => {
    for (const [range, message] of [
      ['bytes 0-99/3200128', /answered with bytes 0-99 where/],
      ['bytes 65536-9999999/3200128', /answered with bytes 65536-9999999 where/],
      ['nonsense', /the server answered 206.*range request/],
    ] as const) {
      const { url } = await serve({
        data: large,
        before: (_, response, n) => {
          if (n === 0) return false;
          response.writeHead(206, { 'Content-Range': range }).end(large.subarray(0, 100));
          return true;
        },
      });
      const error = await failure(open(url).then((source) => rowsOf(source, { chunkRows: 10_000 })));
      expect(error.message).toMatch(message);
    }
  });

  it('more bytes than announced, or none for long', async () => {
    const { url } = await serve({
      data: large,
      before: (_, response, n) => {
        if (n === 0) return false;
        response.writeHead(206, { 'Content-Range': 'bytes 65536-65635/3200128' }).end(large);
        return true;
      },
    });
    const more = await failure(open(url).then((source) => rowsOf(source, { chunkRows: 10_000 })));
    expect(more.message).toMatch(/more bytes than it announced/);

    const { url: mute } = await serve({ data: large, before: () => true });
    const error = await failure(open(mute, { timeout: 30 }));
    expect(error.message).toMatch(/the server sent nothing for 30 ms; tried 5 times/);
  });

  it('cancelling ends a request at once, and an early break lets go of it', async () => {
    const behaviour = { data: large, before: (_: unknown, __: unknown, n: number) => n > 0 };
    const { url, pending } = await serve(behaviour);
    const source = await open(url);
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('enough')), 50);
    const begun = performance.now();
    const error = await failure(rowsOf(source, { chunkRows: 50_000, signal: controller.signal }));
    expect(error.message).toBe('enough');
    expect(performance.now() - begun).toBeLessThan(1000);

    for await (const chunk of source.chunks({ chunkRows: 1000 })) {
      expect(chunk.rows).toBe(1000);
      break; // the chunk after it will never come
    }
    await vi.waitFor(() => expect(pending()).toBe(0));
    expect(performance.now() - begun).toBeLessThan(3000);

    const opening = new AbortController();
    behaviour.before = () => true;
    setTimeout(() => opening.abort(new Error('no more')), 20);
    expect((await failure(open(url, { signal: opening.signal }))).message).toBe('no more');
  });
});

describe('a server that is slow', () => {
  /** All but the first answer come one byte every few milliseconds. */
  const drip = (everyMs: number, bytes = 1) => ({
    data: large,
    before: (request: IncomingMessage, response: ServerResponse, n: number) => {
      if (n === 0) return false;
      const [, from, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
      response.writeHead(206, { 'Content-Range': `bytes ${from}-${last}/${large.length}` });
      let at = Number(from);
      const timer = setInterval(() => {
        response.write(large.subarray(at, Math.min(at + bytes, Number(last) + 1)));
        at += bytes;
        if (at > Number(last)) response.end();
      }, everyMs);
      response.on('close', () => clearInterval(timer));
      return true;
    },
  });

  it('one byte now and then is refused, though it is never silent', async () => {
    const { url, log } = await serve(drip(5));
    const source = await open(url, { timeout: 200 });
    const begun = performance.now();
    const error = await failure(rowsOf(source, { chunkRows: 50_000 }));
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toMatch(
      /the server sent \d+ bytes a second, and minBytesPerSecond allows no less than 1000; tried 5 times$/,
    );
    expect(log.length).toBe(6);
    expect(performance.now() - begun).toBeLessThan(15_000);
  });

  it('a rate of one’s own; what the reader does meanwhile does not count', async () => {
    const { url } = await serve(drip(2, 4000));
    const source = await open(url, { timeout: 300 });
    const reading = source.chunks({ chunkRows: 2000 })[Symbol.asyncIterator]();
    await reading.next();
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect((await reading.next()).value?.rows).toBe(2000);
    await reading.return?.();
    const strict = await open(url, { timeout: 100, minBytesPerSecond: 1e9 });
    expect((await failure(rowsOf(strict, { chunkRows: 50_000 }))).message).toMatch(/no less than 1000000000/);
    expect((await failure(open(url, { minBytesPerSecond: Number.NaN }))).message).toMatch(
      /^minBytesPerSecond must be a number from 0, got NaN$/,
    );
  });
});

describe('a server without ranges', () => {
  it('is one warning, and a stream for every pass', async () => {
    const { url, log } = await serve({ data: large, noRanges: true });
    const warnings: CoppiceWarning[] = [];
    const source = await open(url, { onWarning: (warning) => warnings.push(warning) });
    expect(log.length).toBe(1);
    expect(source.rows).toBe(100_000);
    for (const options of [
      { chunkRows: 999 },
      { chunkRows: 1000, stride: 7, start: 11 },
      { chunkRows: 10, stride: 60_000 },
      { chunkRows: 100, start: 99_000, end: 99_500 },
    ]) {
      expect(await rowsOf(source, options)).toEqual(picked(largeRows, options));
    }
    expect(log.length).toBe(5);
    expect(warnings.map(({ code }) => code)).toEqual(['HTTP_NO_RANGES']);
    expect(warnings[0].message).toMatch(
      /points\.npy.*does not send usable answers to range requests.*every pass/,
    );
  });

  it('warns on the console otherwise', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    onTestFinished(() => warn.mockRestore());
    const { url } = await serve({ data: small, noRanges: true });
    expect(await rowsOf(await open(url), { chunkRows: 2 })).toEqual(smallRows);
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it('text', async () => {
    const text = largeRows.map((row) => row.join(',')).join('\n');
    const { url, log } = await serve({ data: Buffer.from(text), noRanges: true }, '/points.csv');
    const source = await open(url, quiet);
    expect(log.length).toBe(1);
    expect(await rowsOf(source, { chunkRows: 1000 })).toEqual(largeRows);
    expect(source.rows).toBe(100_000);
    expect(log.length).toBe(2);
  });

  it.each([90_000, 500_000])('connections that break after %i bytes are taken up again', async (after) => {
    const text = Buffer.from(largeRows.map((row) => row.join(',')).join('\n'));
    // At a line's end, where a table that is cut short looks whole.
    const cut = text.indexOf('\n', after) + 1;
    const { url, log } = await serve(
      { data: text, noRanges: true, cutAfter: (n) => (n < 3 ? cut : Infinity) },
      '/points.csv',
    );
    const source = await open(url, quiet);
    expect(await rowsOf(source, { chunkRows: 1000 })).toEqual(largeRows);
    expect(log.length).toBeGreaterThanOrEqual(4);
  });

  it('a part that nobody can place is no answer: the whole is asked for', async () => {
    const { url, log } = await serve({
      data: small,
      before: (request, response) => {
        if (!request.headers.range) return false;
        response.writeHead(206).end(small);
        return true;
      },
    });
    expect(await rowsOf(await open(url, quiet), { chunkRows: 2 })).toEqual(smallRows);
    expect(log.map(({ range }) => range)).toEqual(['bytes=0-65535', undefined]);
  });

  it('Fortran order is refused, and so is a file that is not as long as its header says', async () => {
    const fortran = npy('<f8', [300, 200], new Float64Array(60_000), { fortran: true });
    const { url } = await serve({ data: fortran, noRanges: true });
    expect((await failure(open(url, quiet))).message).toMatch(/Fortran order.*cannot be read as a stream/);

    for (const [data, message] of [
      [large.subarray(0, large.length - 1), /ended early/],
      [Buffer.concat([large, Buffer.from('x')]), /and more are there/],
    ] as const) {
      const { url } = await serve({ data, noRanges: true });
      const source = await open(url, quiet);
      const error = await failure(rowsOf(source, { chunkRows: 10_000 }));
      expect(error).toBeInstanceOf(FormatError);
      expect(error.message).toMatch(message);
      expect(await rowsOf(source, { chunkRows: 10, end: 20 })).toEqual(largeRows.slice(0, 20));
    }
  });
});
