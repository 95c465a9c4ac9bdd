import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { open as openInNode } from '../../src/sources/index.ts';
import { chromium, type Page } from './browsers.ts';
import { expectSameBits, expectSameUrls, GET, referenceOf, root, type SuiteResult } from './help.ts';
import { ISOLATED, SUITE_PAGE } from './pages.ts';
import { setStage } from './stage.ts';
import { clouds, npy } from './suite/inputs.mjs';

declare const runSuite: (only?: string) => Promise<SuiteResult>;
declare const openSource: typeof openInNode;
declare const runUrls: () => Promise<SuiteResult>;
declare const api: typeof import('../../src/index.ts');

describe.skipIf(chromium === undefined)(`Chromium (${GET})`, () => {
  const stage = setStage('chrome');

  /** Open a page and wait until its modules have run. */
  async function open(url: string): Promise<Page> {
    const page = await stage.browser.newPage();
    await page.goto(url);
    await page.waitForFunction('globalThis.ready === true', { timeout: 20_000 });
    return page;
  }

  test('an isolated page, no bundler: the same bits', { timeout: 180_000 }, async () => {
    const page = await open(stage.pages.page('isolated', SUITE_PAGE, ISOLATED));
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    const result = await page.evaluate(() => runSuite());
    await expectSameBits(result);
    expect(result.warnings).toEqual([]);
    await page.close();
  });

  test('a page that is not isolated: the same bits with one thread, and says so once', {
    timeout: 180_000,
  }, async () => {
    const page = await open(stage.pages.page('plain', SUITE_PAGE));
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
    const result = await page.evaluate(() => runSuite());
    await expectSameBits(result);
    expect(result.warnings).toHaveLength(1);
    expect(result.warnings[0]).toMatch(/one thread/);
    await page.close();
  });

  test('reads from a web server and from Blobs', { timeout: 120_000 }, async () => {
    const page = await open(stage.pages.page('urls', SUITE_PAGE, ISOLATED));
    await expectSameUrls(await page.evaluate(() => runUrls()));
    await page.close();
  });

  test('own headers do not follow a redirect to another host, which a page is not told', {
    timeout: 60_000,
  }, async () => {
    const seen: Record<'here' | 'there', (string | undefined)[][]> = { here: [], there: [] };
    const data = npy(clouds('f4', 900, 9));
    const listen = async (answer: RequestListener, where: 'here' | 'there') => {
      const server = createServer((request, response) => {
        response.setHeader('Access-Control-Allow-Origin', '*');
        response.setHeader('Access-Control-Allow-Headers', 'x-api-key, authorization, range');
        response.setHeader('Access-Control-Expose-Headers', 'content-range');
        if (request.method === 'OPTIONS') {
          response.writeHead(204).end();
          return;
        }
        const { authorization } = request.headers;
        seen[where].push([request.headers['x-api-key'] as string | undefined, authorization]);
        answer(request, response);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      onTestFinished(() => void server.close().closeAllConnections());
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}/rows.npy`;
    };
    const there = await listen((request, response) => {
      const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
      const start = Number(from ?? 0);
      const part = data.subarray(start, to ? Number(to) + 1 : data.length);
      const range = `bytes ${start}-${start + part.length - 1}/${data.length}`;
      response.writeHead(from === undefined ? 200 : 206, {
        'Content-Length': part.length,
        ...(from === undefined ? {} : { 'Content-Range': range }),
      });
      response.end(part);
    }, 'there');
    const here = await listen((_, response) => response.writeHead(302, { Location: there }).end(), 'here');
    const html = SUITE_PAGE.replace(
      'globalThis.ready',
      'globalThis.openSource = sources.open;\nglobalThis.ready',
    );
    const page = await open(stage.pages.page('redirects', html));
    const rows = await page.evaluate(async (url) => {
      const headers = { 'X-Api-Key': 'hush', Authorization: 'Bearer hush' };
      let rows = 0;
      const source = await openSource(url, { headers });
      for await (const chunk of source.chunks({ chunkRows: 100 })) rows += chunk.rows;
      return rows;
    }, here);
    expect(rows).toBe(900);
    // The first host is given them, and asked again without, to be followed by the browser.
    expect(seen.here[0]).toEqual(['hush', 'Bearer hush']);
    expect(seen.there.length).toBeGreaterThan(0);
    expect(seen.there.flat().every((header) => header === undefined)).toBe(true);
    await page.close();
  });

  test('batches are kept in the file system of the page, with the same results as in memory', async () => {
    const page = await open(stage.pages.page('batches', SUITE_PAGE, ISOLATED));
    const { digests, files } = await page.evaluate(async () => {
      const { digests } = await runSuite('batches of');
      const root = (await navigator.storage.getDirectory()) as unknown as AsyncIterable<[string, unknown]>;
      const files: string[] = [];
      for await (const [name] of root) files.push(name);
      return { digests, files };
    });
    expect(digests).toEqual(await referenceOf('batches of'));
    expect(Object.keys(digests).length).toBe(3);
    // What a run leaves is nothing.
    expect(files).toEqual([]);
    const refused = await page.evaluate(async () => {
      const store = () => api.opfsStore('shared');
      const first = await api.BatchClustering.train([[1], [2]], { k: 1, store: store() });
      const error = await api.BatchClustering.resume(store()).catch((e: Error) => e.message);
      await first.cleanup();
      return error;
    });
    expect(refused).toBe('opfs:shared: is in use by another run, in this tab or another one');
    await page.close();
  });

  test('HDF5 from a Blob, with an import map for its library', { timeout: 120_000 }, async () => {
    const map = { imports: { h5wasm: '/node_modules/h5wasm/dist/esm/hdf5_hl.js' } };
    const html = SUITE_PAGE.replace(
      '<script type="module">',
      `<script type="importmap">${JSON.stringify(map)}</script><script type="module">
       import { open } from '/build/sources.js';
       globalThis.openSource = open;`,
    );
    const page = await open(stage.pages.page('hdf5', html, ISOLATED));
    const found = await page.evaluate(async () => {
      const blob = await (await fetch('/examples/alanine-dipeptide.h5')).blob();
      const sources = [new File([blob], 'a.h5'), new URL('/examples/alanine-dipeptide.h5', location.href)];
      const sums: number[][] = [];
      for (const input of sources) {
        const source = await openSource(input, { onWarning() {} });
        let rows = 0;
        let sum = 0;
        for await (const { data } of source.chunks({ chunkRows: 500, stride: 3 })) {
          rows += data.length / source.cols;
          for (const x of data) sum += x;
        }
        sums.push([rows, sum]);
      }
      return sums;
    });
    const source = await openInNode(path.join(root, 'examples/alanine-dipeptide.h5'));
    let sum = 0;
    for await (const { data } of source.chunks({ chunkRows: 500, stride: 3 })) for (const x of data) sum += x;
    expect(found).toEqual([
      [1334, sum],
      [1334, sum],
    ]);
    await page.close();
  });

  const CSP = `default-src 'self'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'`;

  test('a policy that forbids workers from a blob: one thread, and says so once', async () => {
    const headers = { ...ISOLATED, 'Content-Security-Policy': CSP };
    const page = await open(stage.pages.page('csp', SUITE_PAGE, headers));
    const result = await page.evaluate(() => runSuite('threads'));
    expect(Object.keys(result.digests).length).toBeGreaterThan(15);
    expect(result.digests).toEqual(await referenceOf('threads'));
    expect(result.warnings).toEqual([
      expect.stringMatching(/one thread: no worker could be started \(.*worker-src/),
    ]);
    await page.close();
  });

  test('the same policy, and workers from a file', async () => {
    const headers = { ...ISOLATED, 'Content-Security-Policy': CSP };
    const page = await open(stage.pages.page('csp-file', SUITE_PAGE, headers));
    const { result, started } = await page.evaluate(async () => {
      let started = 0;
      api.configure({
        createWorker: () => {
          started++;
          return new Worker('/build/worker.js');
        },
      });
      return { result: await runSuite('threads'), started };
    });
    expect(result.digests).toEqual(await referenceOf('threads'));
    expect(result.warnings).toEqual([]);
    expect(started).toBe(3);
    await page.close();
  });

  test('a policy that forbids WebAssembly: an error that names what must be allowed', async () => {
    const headers = { 'Content-Security-Policy': `script-src 'self' 'unsafe-inline'` };
    const page = await open(stage.pages.page('no-wasm', SUITE_PAGE, headers));
    const error = await page.evaluate(() =>
      api.single([[0], [1]]).then(
        () => '',
        (error) => `${error.name} ${error.code}: ${error.message}`,
      ),
    );
    expect(error).toMatch(/^PlatformError ERR_PLATFORM: .*wasm-unsafe-eval/);
    await page.close();
  });

  // A page hears nothing when a worker ends; and in lock-step one thread waits for the other.
  test.each(['pdist', 'linkage'])(
    'a worker that ends in %s: an error within a second of its end, and the next call works',
    async (call) => {
      const page = await open(stage.pages.page('death', SUITE_PAGE, ISOLATED));
      const { error, ms, next } = await page.evaluate(async (call) => {
        const workers: Worker[] = [];
        const Original = globalThis.Worker;
        globalThis.Worker = class extends Original {
          constructor(url: string | URL, options?: WorkerOptions) {
            super(url, options);
            workers.push(this);
          }
        };
        let killed = 0;
        let both = 0;
        const onProgress = ({ phase }: { phase: string }) => {
          const now = performance.now();
          if (workers.length < 2 || killed || (call === 'linkage' && phase !== 'linkage')) return;
          both ||= now;
          if (now - both < 100) return;
          killed = now;
          workers[0].terminate();
        };
        const cols = call === 'pdist' ? 600 : 4;
        const rows = call === 'pdist' ? 5000 : 12_000;
        const data = Float32Array.from({ length: rows * cols }, (_, i) => (i * 7919) % 1009);
        const X = { data, rows, cols };
        const options = { threads: 2, onProgress };
        const failing =
          call === 'pdist'
            ? api.pdist(X, 'rmsd', options)
            : api.linkage(X, { ...options, method: 'average' });
        const error = await failing.then(
          () => 'it did not fail',
          (error: Error) => error.message,
        );
        const ms = performance.now() - killed;
        const small = { data: new Float32Array(2000 * 64), rows: 2000, cols: 64 };
        const next = (await api.pdist(small, 'euclidean', { threads: 2 })).length;
        globalThis.Worker = Original;
        return { error, ms, next };
      }, call);
      expect(error).toBe('a worker failed: a worker ended');
      // Chromium lets a worker that is told to end finish what it is at, for up to two seconds; tiles are short.
      expect(ms).toBeLessThan(call === 'pdist' ? 1000 : 3000);
      expect(next).toBe((2000 * 1999) / 2);
      await page.close();
    },
  );

  test('clustering 100,000 rows leaves the page free', { timeout: 120_000 }, async () => {
    const longTasks: number[][] = [];
    // Tasks are long by the clock too where others keep the processor; one run without them is proof.
    for (let run = 0; run < 5 && !longTasks.some((tasks) => tasks.length === 0); run++) {
      const page = await open(stage.pages.page('free', SUITE_PAGE, ISOLATED));
      const { seen, clusters } = await page.evaluate(async () => {
        const seen: number[] = [];
        new PerformanceObserver((list) => {
          for (const { duration } of list.getEntries()) seen.push(duration);
        }).observe({ entryTypes: ['longtask'] });
        const rows = 100_000;
        const cols = 16;
        const data = new Float32Array(rows * cols);
        for (let i = 0; i < data.length; i++)
          data[i] = (((i * 2654435761) >>> 7) % 1000) + 500 * ((i >>> 4) % 9);
        // What the page did so far does not count.
        await new Promise((resolve) => setTimeout(resolve, 200));
        seen.length = 0;
        const fit = await api.twoPass({ data, rows, cols }, { clusters: 9, stride: 25 });
        let most = 0;
        for await (const { labels } of fit.assign()) for (const label of labels) most = Math.max(most, label);
        await fit.labels();
        await new Promise((resolve) => setTimeout(resolve, 200));
        return { seen, clusters: most };
      });
      expect(clusters).toBe(9);
      longTasks.push(seen);
      await page.close();
    }
    expect(longTasks).toContainEqual([]);
  });
});
