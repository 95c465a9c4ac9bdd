/** The worker of examples/edge, in workerd through miniflare and as a plain fetch handler. */

import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundle, KERNELS } from '../../examples/edge/bundle.mjs';
import { COLS, rows } from '../../examples/edge/rows.mjs';
import { assign } from '../../src/model/assign.ts';
import { Model } from '../../src/model/model.ts';
import { workplace } from '../cli/help.ts';
import { GET, installed, root } from '../platform/help.ts';
import { npy, npyHeader } from '../sources/help.ts';

const edge = path.join(root, 'examples/edge');
const MODEL = path.join(edge, 'model.safetensors');
const model = Model.load(readFileSync(MODEL));

/** What a worker may hold. */
const MEMORY = 128e6;

interface Answer {
  status: number;
  type: string;
  text: string;
  /** Whether it came to its end; one that was broken off did not. */
  complete: boolean;
}
type Handler = { fetch(request: Request, env?: Record<string, string>): Promise<Response> };

const here = rows(3000, 3);
/** `row,cluster,distance`, by way of the library. */
async function linesOf(data: Float32Array): Promise<string[]> {
  const lines: string[] = [];
  for await (const { labels, distances } of assign({ data, rows: data.length / COLS, cols: COLS }, model)) {
    for (let i = 0; i < labels.length; i++) {
      let digits = 6;
      while (Math.fround(Number(distances[i].toPrecision(digits))) !== distances[i]) digits++;
      lines.push(`${labels[i]},${Number(distances[i].toPrecision(digits))}`);
    }
  }
  return lines;
}
const asCsv = (lines: string[]) => `row,cluster,distance\n${lines.map((l, i) => `${i},${l}\n`).join('')}`;
const lists = (data: Float32Array) =>
  Array.from({ length: data.length / COLS }, (_, i) => Array.from(data.subarray(i * COLS, (i + 1) * COLS)));
const csv = (data: Float32Array) =>
  lists(data)
    .map((row) => `${row.join()}\n`)
    .join('');
const jsonl = (data: Float32Array) =>
  lists(data)
    .map((row) => `${JSON.stringify(row)}\n`)
    .join('');
const one = `${Array.from(here.subarray(0, COLS)).join()}\n`;

const { put, run, path: placed } = workplace();

test('the model is what its script makes', async () => {
  const script = path.join(edge, 'make-model.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [script, placed('made.safetensors')]);
  expect(stdout).toBe('96 leaders of 128 columns, 49760 bytes\n');
  expect(readFileSync(placed('made.safetensors')).equals(readFileSync(MODEL))).toBe(true);
});

describe('as a fetch handler', () => {
  let worker: Handler;
  beforeAll(async () => {
    const code = await bundle({ workerd: false });
    worker = (await import(`data:text/javascript;base64,${Buffer.from(code).toString('base64')}`)).default;
  });
  const post = async (body: BodyInit | null, headers = {}, env?: Record<string, string>) => {
    const init = { method: 'POST', body, headers, duplex: 'half' } as RequestInit;
    const response = await worker.fetch(new Request('http://localhost/', init), env);
    return { status: response.status, text: await response.text(), headers: response.headers };
  };

  test('formats by content type and by their first bytes, plain and with gzip', async () => {
    const answer = asCsv(await linesOf(here));
    const bodies: [string, Uint8Array | string][] = [
      ['application/x-npy', npy('<f4', [3000, COLS], here)],
      ['text/csv; charset=utf-8', csv(here)],
      ['application/x-ndjson', jsonl(here)],
    ];
    for (const [type, body] of bodies) {
      for (const headers of [{ 'content-type': type }, { 'content-type': 'application/octet-stream' }]) {
        const got = await post(body as BodyInit, headers);
        expect(got.status).toBe(200);
        expect(got.headers.get('content-type')).toBe('text/csv; charset=utf-8');
        // Text is read as float64, where distances have more digits.
        if (type === 'application/x-npy') expect(got.text).toBe(answer);
        const clusters = (text: string) => text.replace(/,[^,]*$/gm, '');
        expect(clusters(got.text)).toBe(clusters(answer));
      }
      const packed = await post(gzipSync(body) as BodyInit, { 'content-encoding': 'gzip' });
      expect(packed.text.split('\n')).toHaveLength(3002);
    }
  });

  test('JSON lines, if that is accepted', async () => {
    const got = await post(npy('<f4', [3000, COLS], here) as BodyInit, { accept: 'application/x-ndjson' });
    expect(got.headers.get('content-type')).toBe('application/jsonl; charset=utf-8');
    const lines = got.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ row, cluster, distance }) => `${row},${cluster},${distance}`)).toEqual(
      (await linesOf(here)).map((line, i) => `${i},${line}`),
    );
  });

  test('no rows are no labels', async () => {
    expect(await post(npy('<f4', [0, COLS], []) as BodyInit)).toMatchObject({
      status: 200,
      text: 'row,cluster,distance\n',
    });
  });

  test.each<[number, RegExp, BodyInit | null, Record<string, string>, Record<string, string>?]>([
    [415, /^rows are read as .*; got image\/png$/, 'x', { 'content-type': 'image/png' }],
    [415, /got the encoding br$/, one, { 'content-type': 'text/csv', 'content-encoding': 'br' }],
    [415, /^body, byte 0: is of an unknown format/, 'hello', {}],
    [415, /^format: body is parquet; allowed here are npy, csv, jsonl$/, 'PAR1xxxxxxxxxxxxPAR1', {}],
    [400, /^body: is empty \(0 bytes\)$/, null, {}],
    [400, /has 2 columns, but the leaders of the model have 128$/, '1,2\n', { 'content-type': 'text/csv' }],
    [
      400,
      /^body\.csv, line 1: a line is longer than 1\.05 MB/,
      '1'.repeat(3e6),
      { 'content-type': 'text/csv' },
    ],
    [411, /must have a Content-Length/, one, {}, { MAX_BYTES: '9' }],
    [
      413,
      /^the body has 10 bytes; allowed are 9$/,
      '1'.repeat(10),
      { 'content-length': '10' },
      { MAX_BYTES: '9' },
    ],
  ])('%i: %s', async (status, message, body, headers, env) => {
    const got = await post(body, headers, env);
    expect(got.status).toBe(status);
    expect(got.text.endsWith('\n')).toBe(true);
    expect(got.text.trimEnd()).toMatch(message);
  });

  test('what goes wrong later is the last line, and breaks the answer off', async () => {
    const body = `${one.repeat(10_000)}1,2\n${one}`;
    const init = { method: 'POST', body, headers: { 'content-type': 'text/csv' } };
    const response = await worker.fetch(new Request('http://localhost/', init));
    expect(response.status).toBe(200);
    const message = 'body.csv, line 10001, column 3: the line has 2 fields, the first line has 128';
    let text = '';
    const reading = (async () => {
      for await (const part of response.body!) text += new TextDecoder().decode(part);
    })();
    await expect(reading).rejects.toThrow(message);
    expect(text.endsWith(`\nerror: ${message}\n`)).toBe(true);
  });

  test('405 for what is no POST', async () => {
    const response = await worker.fetch(new Request('http://localhost/'));
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });

  test('the body is read as labels are taken, and let go when the client leaves', async () => {
    let given = 0;
    let cancelled = false;
    const piece = npy('<f4', [3000, COLS], here).slice(128);
    const head = npyHeader(`{'descr': '<f4', 'fortran_order': False, 'shape': (3000000, ${COLS}), }`);
    const body = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => controller.enqueue(given++ === 0 ? head : piece),
        cancel: () => {
          cancelled = true;
        },
      },
      { highWaterMark: 0 },
    );
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit;
    const response = await worker.fetch(new Request('http://localhost/', init));
    const reader = response.body!.getReader();
    await reader.read();
    await new Promise((resolve) => setTimeout(resolve, 50));
    // Four chunks of 2,048 rows at most are under way.
    expect(given).toBeLessThan(6);
    for (let i = 0; i < 10; i++) await reader.read();
    expect(given).toBeLessThan(13);
    await reader.cancel();
    expect(cancelled).toBe(true);
  });
});

interface Miniflare {
  ready: Promise<URL>;
  dispose(): Promise<void>;
}

describe.skipIf(!installed('miniflare/package.json'))(`in workerd through miniflare (${GET})`, () => {
  let worker: Miniflare;
  let url: URL;
  let pid: string;
  let before: number;

  /** Resident bytes of workerd: now, the most so far, and now of its binary's pages. */
  function resident(): { now: number; most: number; binary: number } {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const of = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024;
    return { now: of('VmRSS'), most: of('VmHWM'), binary: of('RssFile') };
  }

  /** Start a worker that has not served any request yet. */
  async function start(): Promise<void> {
    const { Miniflare } = createRequire(installed('miniflare/package.json') as string)('miniflare') as {
      Miniflare: new (options: object) => Miniflare;
    };
    worker = new Miniflare({
      compatibilityDate: '2026-01-01',
      modulesRoot: '/',
      // It tells of answers that it broke off, as it should.
      handleRuntimeStdio: (...streams: NodeJS.ReadableStream[]) => void streams.map((one) => one.resume()),
      modules: [
        { type: 'ESModule', path: '/worker.mjs', contents: await bundle() },
        ...KERNELS.map((file: string) => ({
          type: 'CompiledWasm',
          path: `/${path.basename(file)}`,
          contents: readFileSync(file),
        })),
      ],
    });
    url = await worker.ready;
    const mine = readdirSync('/proc').filter((name) => {
      if (!/^\d+$/.test(name)) return false;
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const parent = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
        return stat.includes('(workerd)') && Number(parent) === process.pid;
      } catch {
        return false;
      }
    });
    expect(mine).toHaveLength(1);
    pid = mine[0];
    before = resident().now;
  }
  beforeAll(start);
  afterAll(() => worker?.dispose());

  type Pieces = Iterable<Uint8Array | string>;

  /** Post pieces as fast as they are taken; `onText` sees the answer as it comes. */
  function post(
    pieces: Pieces,
    { headers = {}, onText, wait = Promise.resolve() }: PostOptions = {},
  ): Promise<Answer> & { sent(): number } {
    let sent = 0;
    const answer = new Promise<Answer>((resolve, reject) => {
      // A connection of its own: one kept from before may be closed from the other side just now.
      const request = http.request(url, { method: 'POST', headers, agent: false }, (response) => {
        let text = '';
        const end = (): void =>
          resolve({
            status: response.statusCode as number,
            type: response.headers['content-type'] as string,
            text,
            complete: response.complete,
          });
        response.setEncoding('latin1');
        response.on('error', () => {});
        response.on('close', end);
        void wait.then(() =>
          response.on('data', (part: string) => {
            if (onText) onText(part);
            else text += part;
          }),
        );
      });
      // An answer may come, and the connection end, before all is sent.
      request.on('error', (error) => setTimeout(() => reject(error), 500));
      const iterator = pieces[Symbol.iterator]();
      const more = (): void => {
        for (;;) {
          const { done, value } = iterator.next();
          if (done) return void request.end();
          sent += value.length;
          if (!request.write(value)) return void request.once('drain', more);
        }
      };
      more();
    });
    return Object.assign(answer, { sent: () => sent });
  }
  interface PostOptions {
    headers?: Record<string, string | number>;
    onText?(text: string): void;
    wait?: Promise<void>;
  }

  const BLOCK = 8191;
  const block = new Uint8Array(rows(BLOCK, 5).buffer);

  /** `count` rows as an NPY file, in pieces that end anywhere; rows come again after BLOCK of them. */
  function* bodyOf(count: number): Generator<Uint8Array> {
    yield npyHeader(`{'descr': '<f4', 'fortran_order': False, 'shape': (${count}, ${COLS}), }`);
    const bytes = count * COLS * 4;
    for (let at = 0; at < bytes; ) {
      const from = at % block.length;
      const length = Math.min(65_521, block.length - from, bytes - at);
      yield block.subarray(from, from + length);
      at += length;
    }
  }

  test('a body of ten times the memory that it may hold', { timeout: 300_000 }, async () => {
    const count = Math.ceil((10 * MEMORY) / (COLS * 4));
    const expected = await linesOf(new Float32Array(block.buffer));
    let row = -1;
    let rest = '';
    let wrong: string | undefined;
    const start = performance.now();
    const got = await post(bodyOf(count), {
      headers: { 'content-type': 'application/x-npy' },
      onText(text) {
        const lines = (rest + text).split('\n');
        rest = lines.pop() as string;
        for (const line of lines) {
          const want = row < 0 ? 'row,cluster,distance' : `${row},${expected[row % BLOCK]}`;
          if (line !== want) wrong ??= `${line} instead of ${want}`;
          row++;
        }
      },
    });
    const seconds = (performance.now() - start) / 1000;
    const { most } = resident();
    console.log(
      `${((count * COLS * 4) / 1e6).toFixed(0)} MB in ${seconds.toFixed(1)} s; workerd ` +
        `${(before / 1e6).toFixed(0)} MB before, at most ${(most / 1e6).toFixed(0)} MB`,
    );
    expect([got.status, got.complete, wrong, rest, row]).toEqual([200, true, undefined, '', count]);
    expect(most - before).toBeLessThan(MEMORY);
  });

  test('as much as it likes of a client that does not take its labels is not read', {
    timeout: 60_000,
  }, async () => {
    let take = () => {};
    const wait = new Promise<void>((resolve) => {
      take = resolve;
    });
    const count = 400_000;
    const answer = post(bodyOf(count), { wait });
    let sent = -1;
    while (sent !== answer.sent()) {
      sent = answer.sent();
      await new Promise((resolve) => setTimeout(resolve, 1500));
    }
    // 205 MB in all. What goes on is what fits the buffers of sockets: of labels, which are short, a few megabytes.
    expect(sent).toBeLessThan(150e6);
    expect(resident().now - before).toBeLessThan(MEMORY);
    take();
    const { status, text, complete } = await answer;
    expect([status, complete, text.split('\n').length]).toEqual([200, true, count + 2]);
  });

  const whole = npy('<f4', [3000, COLS], here);
  const lie = npyHeader(`{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000, ${COLS}), }`);
  const nan = here.slice();
  nan[5 * COLS + 3] = Number.NaN;

  describe('malformed bodies: 400, with what the command line says', () => {
    test.each<[string, string, Uint8Array | string]>([
      ['NPY, cut off', 'npy', whole.slice(0, -3)],
      ['NPY, cut off in its header', 'npy', whole.slice(0, 50)],
      ['NPY, with something after it', 'npy', new Uint8Array([...whole, 0])],
      ['NPY, whose header lies', 'npy', new Uint8Array([...lie, 1, 2, 3])],
      ['NPY of text', 'npy', npyHeader(`{'descr': '<U4', 'fortran_order': False, 'shape': (1, ${COLS}), }`)],
      ['NPY with too few columns', 'npy', npy('<f8', [1, 2], [3, 4])],
      ['NPY with a NaN', 'npy', npy('<f4', [3000, COLS], nan)],
      ['NPY that is none', 'npy', 'hello'],
      ['CSV with a ragged line', 'csv', `${one}1,2\n`],
      ['CSV with a word', 'csv', `${one}${one.replace(/[^,]+/, 'six')}`],
      ['CSV with an empty field', 'csv', `${one}${one.replace(/[^,]+/, '')}`],
      ['CSV with a quote that is not closed', 'csv', `${one}"${one}`],
      ['CSV that is no UTF-8', 'csv', new Uint8Array([255, 254, 200, 10])],
      ['CSV with too few columns', 'csv', '1,2\n'],
      ['JSON lines with a line that is none', 'jsonl', `[${one.trim()}]\n[${one.slice(0, 20)}\n`],
      ['JSON lines with a null', 'jsonl', `[${one.trim()}]\n[${one.trim().replace(/[^,]+$/, 'null')}]\n`],
      ['JSON lines with a short one', 'jsonl', `[${one.trim()}]\n[1,2]\n`],
      ['JSON lines of something else', 'jsonl', '"a"\n'],
    ])('%s', async (_, extension, body) => {
      const types: Record<string, string> = {
        npy: 'application/x-npy',
        csv: 'text/csv',
        jsonl: 'application/jsonl',
      };
      const bytes = typeof body === 'string' ? Buffer.from(body) : body;
      const headers = { 'content-type': types[extension], 'content-length': bytes.length };
      const got = await post([bytes], { headers });
      const file = put(`body.${extension}`, body);
      const { code, stderr } = await run('assign', file, '--model', MODEL);
      expect(code).toBe(1);
      // Where options are spoken of, those of the command line have dashes.
      const said = stderr
        .replace('coppice: ', '')
        .replace('--columns', 'columns')
        .replace('--id-column', 'idColumn')
        .replace(
          '--missing drop-rows, drop-columns or mean takes',
          "missing: 'drop-rows', 'drop-columns' or 'mean' takes",
        )
        .replace('--on-bad-row skip', "onBadRow: 'skip'");
      expect([got.status, got.text, got.type]).toEqual([400, said, 'text/plain; charset=utf-8']);
    });
  });

  test.each(['text/csv', 'application/jsonl'])(
    'what goes wrong later is the last line (%s)',
    async (accept) => {
      const good = one.repeat(10_000);
      // Of what the client sends after the answer workerd takes 64 kB, and else resets the connection: README.md.
      const got = await post([good, '1,2\n', one.repeat(20)], {
        headers: { 'content-type': 'text/csv', accept },
      });
      const message = 'body.csv, line 10001, column 3: the line has 2 fields, the first line has 128';
      const lines = got.text.split('\n');
      // workerd ends the answer as if it were whole, so that it was broken off is not for a client to see.
      expect(got.status).toBe(200);
      expect(lines.at(-2)).toBe(
        accept === 'text/csv' ? `error: ${message}` : JSON.stringify({ error: message }),
      );
      expect(lines.at(-1)).toBe('');
      expect(lines.at(-3)).toMatch(/^(\{"row":)?8191,/);
    },
  );

  test('several clients at once', async () => {
    const body = npy('<f4', [3000, COLS], here);
    const answer = asCsv(await linesOf(here));
    const answers = await Promise.all(Array.from({ length: 8 }, () => post([body])));
    expect(answers.map(({ status, text }) => [status, text === answer])).toEqual(Array(8).fill([200, true]));
  });

  test('clients that leave midway keep nobody from an answer', { timeout: 60_000 }, async () => {
    const leave = (late: boolean): Promise<void> =>
      new Promise((resolve) => {
        const headers = { 'content-type': 'application/x-npy' };
        const request = http.request(url, { method: 'POST', headers, agent: false }, (response) => {
          // Some when the first labels come, the others while they send.
          response.on('data', () => late || request.destroy());
          response.on('error', () => {});
        });
        request.on('error', () => {});
        request.on('close', () => resolve());
        const pieces = bodyOf(10 * BLOCK);
        for (let i = 0; i < 90; i++) request.write(pieces.next().value);
        if (late) setTimeout(() => request.destroy(), 300);
      });
    await Promise.all(Array.from({ length: 12 }, (_, i) => leave(i % 2 > 0)));
    const body = npy('<f4', [3000, COLS], here);
    const answer = asCsv(await linesOf(here));
    const answers = await Promise.all(Array.from({ length: 8 }, () => post([body])));
    expect(answers.map(({ status, text }) => [status, text === answer])).toEqual(Array(8).fill([200, true]));
  });

  test('500 requests, 50 at a time', { timeout: 300_000 }, async () => {
    // What the process has had at most counts, so it must not have served the tests before.
    await worker.dispose();
    await start();
    const expected = asCsv(await linesOf(new Float32Array(block.buffer)));
    let left = 500;
    let wrong = 0;
    const client = async () => {
      while (left-- > 0) {
        const got = await post(bodyOf(BLOCK), { headers: { 'content-type': 'application/x-npy' } });
        if (got.status !== 200 || got.text !== expected) wrong++;
      }
    };
    await Promise.all(Array.from({ length: 50 }, client));
    expect(wrong).toBe(0);
    const { most, binary } = resident();
    const figures = [before, most, binary].map((bytes) => (bytes / 1e6).toFixed(0));
    console.log(`500 requests: MB before, at most, of the binary's own pages: ${figures.join(', ')}`);
    // All that there is but the pages of workerd's own binary, which no platform counts.
    expect(most - binary).toBeLessThan(MEMORY);
  });
});
