/** Streams as input: one pass, whatever the pieces, and nothing left behind. */

import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../src/errors.ts';
import { type OpenOptions, open } from '../../../src/sources/index.ts';
import { bytesOf, failure, npy, picked, rowsOf, scratch, table } from '../help.ts';

const { put } = scratch();

interface Watched {
  stream: ReadableStream<Uint8Array>;
  /** Bytes that were asked for. */
  given(): number;
  cancelled(): boolean;
}

/** Pieces of `size` bytes, made when they are asked for; with `bytes`, a stream that fills its reader's memory. */
function streamOf(data: Uint8Array, size = 10_000, { bytes = false, hang = Infinity } = {}): Watched {
  let at = 0;
  let cancelled = false;
  const pull = async (controller: ReadableStreamDefaultController | ReadableByteStreamController) => {
    if (at >= hang) return new Promise<void>(() => {});
    if (at >= data.length) {
      controller.close();
      (controller as ReadableByteStreamController).byobRequest?.respond(0);
      return;
    }
    controller.enqueue(data.slice(at, at + size) as Uint8Array<ArrayBuffer>);
    at += size;
  };
  const cancel = () => {
    cancelled = true;
  };
  const strategy = { highWaterMark: 0 };
  const stream = bytes
    ? new ReadableStream({ type: 'bytes', pull, cancel }, strategy)
    : new ReadableStream<Uint8Array>({ pull, cancel }, strategy);
  return { stream, given: () => Math.min(at, data.length), cancelled: () => cancelled };
}

/** 800 kB: more than the head that is looked at. */
const values = Float64Array.from({ length: 100_000 }, (_, i) => Math.sin(i));
const rows = table(values, 5);
const whole = npy('<f8', [20_000, 5], values);
const csv = new TextEncoder().encode(`a,b,c,d,e\n${rows.map((row) => row.join(',')).join('\n')}\n`);
const jsonl = new TextEncoder().encode(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
const small = new TextEncoder().encode('1,2\n3,4\n');

describe('every row, once', () => {
  it.each([
    ['npy', whole],
    ['csv', csv],
    ['jsonl', jsonl],
    ['npy', new Uint8Array(gzipSync(whole))],
    ['csv', new Uint8Array(gzipSync(csv))],
  ] as const)('%s', async (format, data) => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1000, max: 300_000 }),
        fc.boolean(),
        fc.record({
          chunkRows: fc.integer({ min: 500, max: 20_001 }),
          stride: fc.constantFrom(1, 2, 777, 9000),
          start: fc.constantFrom(0, 5, 15_000),
          end: fc.constantFrom(undefined, 15_001, 20_000),
          reuse: fc.boolean(),
        }),
        async (size, bytes, options) => {
          const source = await open(streamOf(data, size, { bytes }).stream);
          expect([source.format, source.name, source.cols]).toEqual([format, 'stream', 5]);
          expect(await rowsOf(source, options)).toEqual(picked(rows, options));
        },
      ),
      { numRuns: 10 },
    );
  });

  it('Arrow, whose lists have to be measured first', async () => {
    for (const [name, options] of [
      ['stream.arrows', { columns: ['f32', 'i32'] }],
      ['list.feather', { idColumn: 'id' }],
    ] as const) {
      const source = await open(streamOf(bytesOf(name), 100).stream, options);
      const file = await open(bytesOf(name), options);
      expect(await rowsOf(source, { chunkRows: 7 })).toEqual(await rowsOf(file, { chunkRows: 7 }));
    }
  });

  it("a request's body, a response's, a stream of Node and a Blob's", async () => {
    const path = put('body.npy', whole);
    const { createReadStream } = await import('node:fs');
    for (const stream of [
      new Request('http://localhost/', { method: 'POST', body: whole as BodyInit }).body,
      new Response(whole as BodyInit).body,
      Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>,
      new Blob([whole as BlobPart]).stream(),
    ]) {
      expect(await rowsOf(await open(stream!), { chunkRows: 3000 })).toEqual(rows);
    }
  });

  it('a record that is longer than what is looked at', async () => {
    const wide = Float64Array.from({ length: 60_000 }, (_, i) => i / 7);
    for (const text of [`${wide.join()}\n${wide.join()}\n`, `[${wide}]\n[${wide}]`]) {
      const source = await open(streamOf(new TextEncoder().encode(text)).stream);
      expect(source.cols).toBe(60_000);
      expect(await rowsOf(source, { chunkRows: 1 })).toEqual([Array.from(wide), Array.from(wide)]);
    }
  });
});

describe('a second pass', () => {
  it.each([whole, small, new Uint8Array(gzipSync(small))])('is an error that says so', async (data) => {
    const source = await open(streamOf(data).stream, { name: 'body' });
    await rowsOf(source, { chunkRows: 999 });
    const error = await failure(rowsOf(source, { chunkRows: 999 }));
    expect(error).toBeInstanceOf(RangeError);
    expect(error.code).toBe('ERR_RANGE');
    expect(error.message).toMatch(/^body: a stream can be read once; save it to a file, or pass a Blob/);
  });
});

describe('back-pressure', () => {
  it('no more is asked of the stream than what the rows need', async () => {
    const { stream, given } = streamOf(whole, 10_000);
    const source = await open(stream);
    expect(given()).toBeLessThanOrEqual(270_000);
    const chunks = source.chunks({ chunkRows: 100, reuse: true })[Symbol.asyncIterator]();
    for (let i = 0; i < 100; i++) await chunks.next();
    await new Promise((resolve) => setTimeout(resolve, 20));
    // 400 kB are rows that were given; one chunk is read ahead.
    expect(given()).toBeLessThan(430_000);
    await chunks.return?.();
  });
});

describe('the stream is let go', () => {
  it('after a break, and by close()', async () => {
    const first = streamOf(whole);
    for await (const _ of (await open(first.stream)).chunks({ chunkRows: 100 })) break;
    expect(first.cancelled()).toBe(true);
    const second = streamOf(whole);
    await (await open(second.stream)).close?.();
    expect(second.cancelled()).toBe(true);
  });

  it('when it cannot be opened', async () => {
    for (const data of [new Uint8Array(1e6).fill(200), bytesOf('none.parquet')]) {
      const { stream, cancelled } = streamOf(data, 10);
      await failure(open(stream));
      expect(cancelled() || data.length < 262_144).toBe(true);
    }
  });

  it.each([false, true])('when it is cancelled while a read hangs (bytes: %s)', async (bytes) => {
    const { stream, cancelled } = streamOf(whole, 10_000, { bytes, hang: 400_000 });
    const controller = new AbortController();
    const source = await open(stream);
    setTimeout(() => controller.abort(new Error('enough')), 20);
    const error = await failure(rowsOf(source, { chunkRows: 1000, signal: controller.signal }));
    expect(error.message).toBe('enough');
    expect(cancelled()).toBe(true);

    const slow = streamOf(whole, 10_000, { bytes, hang: 50_000 });
    const signal = AbortSignal.timeout(20);
    expect((await failure(open(slow.stream, { signal }))).name).toBe('TimeoutError');
    expect(slow.cancelled()).toBe(true);
  });
});

describe('what is wrong', () => {
  const cut = whole.slice(0, whole.length - 8);
  const opened = (data: Uint8Array, options?: OpenOptions) => open(streamOf(data).stream, options);

  it.each<[string, () => Promise<unknown>, RegExp]>([
    ['nothing comes', () => opened(new Uint8Array(0)), /^stream: is empty \(0 bytes\)$/],
    [
      'it is shorter than its header says',
      async () => rowsOf(await opened(cut), { chunkRows: 999 }),
      /^stream, byte \d+: ended early: \d+ bytes were asked for and \d+ came$/,
    ],
    [
      'the same, where its length is known',
      () => opened(cut, { byteLength: cut.length }),
      /shape \(20000, 5\) needs 800000 bytes of data, but 799992 are there/,
    ],
    [
      'the same, where all of it was looked at',
      () => opened(npy('<f4', [3], [1, 2, 3]).slice(0, -1)),
      /shape \(3,\) needs 12 bytes of data, but 11 are there/,
    ],
    [
      'more comes than the header says',
      async () => rowsOf(await opened(new Uint8Array([...whole, 1])), { chunkRows: 999 }),
      /shape \(20000, 5\) accounts for 800000 bytes of data, and more are there/,
    ],
    [
      'less comes than promised',
      async () => rowsOf(await opened(csv, { byteLength: csv.length + 1 }), { chunkRows: 999 }),
      /^stream, byte \d+: ended early: \d+ bytes were promised and \d+ came$/,
    ],
    [
      'more comes than promised',
      async () => rowsOf(await opened(csv, { byteLength: csv.length - 1 }), { chunkRows: 999 }),
      /^stream, byte \d+: more than the \d+ bytes came that were promised$/,
    ],
    [
      'a line never ends',
      () => opened(new Uint8Array(2e6).fill(49), { maxLineBytes: 2 ** 20 }),
      /longer than 1\.05 MB/,
    ],
  ])('%s', async (_, work, message) => {
    const error = await failure(work);
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toMatch(message);
  });

  it('formats that need to be read from anywhere', async () => {
    const error = await failure(opened(bytesOf('none.parquet')));
    expect(error.code).toBe('ERR_PLATFORM');
    expect(error.message).toMatch(/parquet is read from many places.*is a stream/);
    const fortran = npy('<f8', [3, 2], [1, 2, 3, 4, 5, 6], { fortran: true });
    expect((await failure(opened(fortran))).message).toMatch(/Fortran order/);
  });

  it('a stream that is in use, that gives no bytes, or that fails', async () => {
    const { stream } = streamOf(whole);
    stream.getReader();
    expect((await failure(open(stream))).message).toMatch(/^input: stream is locked/);
    const texts = new ReadableStream({ pull: (c) => c.enqueue('1,2') });
    const error = await failure(open(texts));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toBe('a piece of stream must be bytes (a Uint8Array), got the string "1,2"');
    const broken = new ReadableStream({ pull: (c) => c.error(new Error('the line went dead')) });
    expect((await failure(open(broken))).message).toBe('the line went dead');
    expect((await failure(open(Readable.from(['1,2']) as never))).message).toMatch(/Readable\.toWeb/);
    expect((await failure(opened(whole, { byteLength: -1 }))).message).toMatch(
      /^byteLength must be a whole number from 0, got -1/,
    );
  });
});

describe('what has no name', () => {
  it.each<[string, string | undefined]>([
    ['1,2\n3,4\n', 'csv'],
    ['x\ty\n1\t2\n', 'csv'],
    ['\ufeffx;y\r\n1;.5e3\r\n', 'csv'],
    ['7\n', 'csv'],
    ['[1, 2]\n', 'jsonl'],
    ['  {"x": 1}\n', 'jsonl'],
    ['hello there\nand here\n', undefined],
    ['\u0001,2\n', undefined],
    ['<svg/>', undefined],
  ])('%j is %s', async (text, format) => {
    const data = new TextEncoder().encode(text);
    if (format) expect((await open(streamOf(data).stream)).format).toBe(format);
    else expect((await failure(open(streamOf(data).stream))).message).toMatch(/is of an unknown format/);
  });

  it('a list of formats refuses others', async () => {
    const options = { format: ['csv', 'npy'], maxLineBytes: 9 } as const;
    expect((await open(streamOf(whole).stream, options)).format).toBe('npy');
    const error = await failure(open(streamOf(whole).stream, { format: ['csv', 'jsonl'] }));
    expect(error.code).toBe('ERR_RANGE');
    expect(error.message).toBe('format: stream is npy; allowed here are csv, jsonl');
  });
});
