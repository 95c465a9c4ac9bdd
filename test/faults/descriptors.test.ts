/** Whatever ends the reading of a file, nothing of it stays open: descriptors are counted, as Linux tells of them. */
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { BatchClustering, kmeans, twoPass } from '../../src/index.ts';
import { open } from '../../src/sources/index.ts';
import { TRAJECTORY } from '../cli/help.ts';
import { bytesOf, npy, scratch } from '../sources/help.ts';

const { folder, put } = scratch();
const ROWS = 4000;
const values = Float32Array.from({ length: 4 * ROWS }, (_, i) => Math.sin(i * 12.9898) * 5 + (i % 7));
const lines = Array.from({ length: ROWS }, (_, i) => Array.from(values.subarray(4 * i, 4 * i + 4)));
const table = npy('<f4', [ROWS, 4], values);
const FILES: Record<string, Uint8Array | string> = {
  'plain.npy': table,
  'turned.npy': npy('<f4', [ROWS, 4], values, { fortran: true }),
  'packed.npy.gz': gzipSync(table),
  'packed.npy.zst': bytesOf('ramp.npy.zst'),
  'rows.csv': lines.map((line) => `${line.join(',')}\n`).join(''),
  'rows.csv.gz': gzipSync(lines.map((line) => `${line.join(',')}\n`).join('')),
  'rows.jsonl': lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
  'table.parquet': bytesOf('list.parquet'),
  'table.feather': bytesOf('list.feather'),
  'table.arrows': bytesOf('stream.arrows'),
  'run.xtc': bytesOf('traj-ala2.xtc'),
  'run.trr': bytesOf('traj-ala2.trr'),
  'run.dcd': bytesOf('traj-ala2.dcd'),
  'run.nc': bytesOf('traj-ala2.nc'),
  'run.h5': readFileSync(TRAJECTORY),
};
const paths = Object.fromEntries(Object.entries(FILES).map(([name, data]) => [name, put(name, data)]));

/** What this process has open in the folder, by any thread. */
const opened = () =>
  readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const link = readlinkSync(`/proc/self/fd/${fd}`);
      return link.startsWith(folder) ? [link.slice(folder.length + 1)] : [];
    } catch {
      return [];
    }
  });

const quiet = { onWarning: () => {} };
const failing = (work: Promise<unknown>) => expect(work).rejects.toThrow();

describe.skipIf(!existsSync('/proc/self/fd'))('no file stays open (needs /proc)', () => {
  // What a library's worker has open it may close a moment later.
  afterEach(() => expect.poll(opened, { timeout: 5000 }).toEqual([]));

  describe.each(Object.keys(FILES))('%s', (name) => {
    const columns = name === 'table.arrows' ? { columns: ['f32', 'f64'] } : {};
    const begin = () => open(paths[name], { ...quiet, ...columns });

    test('opened and never read; read to its end', { timeout: 60_000 }, async () => {
      await begin();
      const source = await begin();
      for await (const _ of source.chunks({ chunkRows: 50 }));
    });

    test('left by break, by an error and by return', { timeout: 60_000 }, async () => {
      for await (const _ of (await begin()).chunks({ chunkRows: 3 })) break;
      const thrower = async () => {
        for await (const _ of (await begin()).chunks({ chunkRows: 3 })) throw new Error('of the consumer');
      };
      await expect(thrower()).rejects.toThrow('of the consumer');
      // Asked for and not begun; begun and dropped.
      (await begin()).chunks({ chunkRows: 3 });
      const passes = (await begin()).chunks({ chunkRows: 3 })[Symbol.asyncIterator]();
      await Promise.all([passes.next(), passes.next(), passes.return?.()]);
    });

    test('aborted before it begins, between chunks and while one is read', { timeout: 60_000 }, async () => {
      for (const when of ['before', 'between', 'during']) {
        const source = await begin();
        const controller = new AbortController();
        const pass = async () => {
          if (when === 'before') controller.abort();
          for await (const _ of source.chunks({ chunkRows: 2, signal: controller.signal })) {
            if (when === 'between') controller.abort();
            else setTimeout(() => controller.abort(), 0);
          }
        };
        const error = await pass().catch((e) => e);
        // One that is read before the signal comes ends well.
        if (when !== 'during') expect(error).toMatchObject({ name: 'AbortError' });
        expect(opened().filter((file) => !file.endsWith('.h5'))).toEqual([]);
      }
    });

    test('damaged or cut: it fails while it is opened, or while it is read', {
      timeout: 60_000,
    }, async () => {
      const data = Buffer.from(FILES[name]);
      for (const at of [0.02, 0.3, 0.6, 0.98]) {
        for (const how of ['cut', 'changed']) {
          const size = Math.floor(data.length * at);
          const bad = how === 'cut' ? data.subarray(0, size) : Buffer.from(data);
          if (how === 'changed') bad.fill(0xff, size, size + 24);
          const file = join(folder, `bad-${name}`);
          writeFileSync(file, bad);
          const source = await open(file, { ...quiet, ...columns }).catch(() => undefined);
          if (!source) continue;
          const read = async () => {
            for await (const _ of source.chunks({ chunkRows: 50 }));
          };
          await read().catch(() => {});
        }
      }
      await failing(open(paths[name], { ...quiet, format: name.includes('npy') ? 'csv' : 'npy' }));
    });
  });

  test('several files as one, and one of them that fails', async () => {
    const list = [paths['plain.npy'], paths['turned.npy'], paths['packed.npy.gz']];
    for await (const _ of (await open(list, quiet)).chunks({ chunkRows: ROWS + 7 })) break;
    await failing(open([...list, join(folder, 'missing.npy')], quiet));
    await failing(open([...list, paths['run.xtc']], quiet));
    const stop = AbortSignal.abort();
    const read = async () => {
      for await (const _ of (await open(list, quiet)).chunks({ chunkRows: 9, signal: stop }));
    };
    await expect(read()).rejects.toThrow();
  });

  test('calls that fail, are stopped or end well', { timeout: 60_000 }, async () => {
    const bad = put('bad.csv', `${FILES['rows.csv']}1,2,x,4\n`);
    const options = { clusters: 3, stride: 10, ...quiet };
    for (const name of ['plain.npy', 'rows.csv', 'packed.npy.gz']) {
      const fit = await twoPass(await open(paths[name], quiet), options);
      for await (const _ of fit.assign()) break;
      await fit.labels();
      for (const ms of [0, 2, 10]) {
        const signal = AbortSignal.timeout(ms);
        const stopped = async () => twoPass(await open(paths[name], quiet), { ...options, signal });
        await stopped().catch((error) => expect(error.name).toMatch(/TimeoutError|AbortError/));
        const given = async () => kmeans(await open(paths[name], quiet), { k: 3, signal, ...quiet });
        await given().catch((error) => expect(error.name).toMatch(/TimeoutError|AbortError/));
      }
      await failing(open(paths[name], quiet).then((s) => twoPass(s, { ...options, memoryLimit: '100kB' })));
    }
    await failing(open(bad, quiet).then((source) => twoPass(source, options)));
    await failing(open(bad, quiet).then((source) => kmeans(source, { k: 3, ...quiet })));
  });

  test('batches: their data and their store', { timeout: 60_000 }, async () => {
    const few = { data: values.subarray(0, 800), rows: 200, cols: 4 };
    const store = join(folder, 'run');
    const batches = await BatchClustering.train(few, { k: 4, store, ...quiet });
    await batches.precluster(await open(paths['plain.npy'], quiet), { name: 'good' });
    const bad = put('worse.csv', `${FILES['rows.csv']}1,2,nan,4\n`);
    await failing(open(bad, quiet).then((source) => batches.precluster(source, { name: 'bad' })));
    const signal = AbortSignal.timeout(1);
    await open(paths['rows.csv'], quiet)
      .then((source) => batches.precluster(source, { name: 'stopped', signal }))
      .catch(() => {});
    for await (const _ of batches.clusters({ clusters: { distance: 3 } })) break;
    expect(opened().filter((file) => !file.startsWith('run/'))).toEqual([]);
    await batches.close();
    expect(opened()).toEqual([]);
    await failing(BatchClustering.train(few, { k: 4, store, ...quiet }));
    await failing(BatchClustering.resume(join(folder, 'nowhere')));
    await (await BatchClustering.resume(store)).cleanup();
  });
});
