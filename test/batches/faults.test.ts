/** Whatever breaks, and whenever: no row is lost, none is there twice, and nothing damaged is taken for whole. */
import { execFileSync, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { BatchClustering, FormatError, folderStore, memoryStore, StoreError } from '../../src/index.ts';
import type { Store } from '../../src/stores/store.ts';
import { type Fault, faulty } from '../stores/faults.ts';
import { blobs } from '../twopass/fixtures.ts';
import { collect, family } from './fixtures.ts';
import { CENTERS, CUT, goOn, part, wanted, X } from './three-batches.ts';

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'coppice-batches-'));
afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

describe.each<[string, boolean]>([
  ['once', false],
  ['from then on', true],
])('a store that fails %s', (_name, lasting) => {
  test.each<Fault>(['before', 'halfway', 'after'])(
    'at any operation, %s: the run goes on to the same end',
    async (fault) => {
      const expected = await wanted();
      let operations = 0;
      for (; ; operations++) {
        const inner = memoryStore();
        const place = faulty(inner, operations, fault, lasting);
        try {
          await (await goOn(place.store)).close();
        } catch (error) {
          expect(error).toBeInstanceOf(StoreError);
          expect((error as Error).message).toContain('no space is left on the disk');
        }
        place.heal();
        const batches = await goOn(inner);
        expect(await collect(batches, CUT)).toEqual(expected);
        // Nothing is left that no line names.
        const files = (await inner.list()).map(({ name }) => name).sort();
        expect(files.filter((name) => name.startsWith('seg-'))).toHaveLength(3);
        await batches.cleanup();
        expect(await inner.list()).toEqual([]);
        if (!place.failed) break;
      }
      expect(operations).toBeGreaterThan(15);
    },
  );

  test.each<Fault>(['before', 'halfway', 'after'])(
    'the same call again after a failure, %s',
    async (fault) => {
      for (let nth = 4; nth < 14; nth++) {
        const place = faulty(memoryStore(), nth, fault, lasting);
        const batches = await BatchClustering.train(X, { k: 4, store: place.store });
        const names: string[] = [];
        for (const i of [0, 1, 2]) {
          const name = `batch ${i}`;
          try {
            await batches.precluster(part(i), { name });
            names.push(name);
          } catch (error) {
            expect(error).toBeInstanceOf(StoreError);
            expect(batches.has(name)).toBe(false);
            place.heal();
            const again = await batches.precluster(part(i), { name }).catch((e) => e);
            if (!(again instanceof Error)) names.push(name);
            // Where the damage could not be undone, that is said, and nothing more is written.
            else expect(again.message).toMatch(/could not be undone; close the run and resume it/);
          }
        }
        expect(batches.batches.map(({ name }) => name)).toEqual(names);
        await batches.close();
        const resumed = await goOn(place.store);
        expect((await collect(resumed, CUT)).rows).toHaveLength(60);
      }
    },
  );
});

test('with overlap, clusters writes too: a failure there costs nothing', async () => {
  const all = family(300, 4);
  const inner = memoryStore();
  const batches = await BatchClustering.train(all, { k: 5, overlap: 2, store: inner });
  await batches.precluster(all, { name: 'all' });
  const expected = await batches.labels();
  const files = await inner.list();
  await batches.close();
  for (let nth = 0; nth < 2; nth++) {
    const place = faulty(inner, nth, 'halfway');
    const again = await BatchClustering.resume(place.store);
    await expect(again.labels()).rejects.toThrow(StoreError);
    expect(await again.labels()).toEqual(expected);
    expect(await inner.list()).toEqual(files);
    await again.close();
  }
});

test('an iterator left open takes nothing from the next run', async () => {
  const all = family(300, 4);
  const store = memoryStore();
  const first = await BatchClustering.train(all, { k: 5, overlap: 2, store });
  await first.precluster(all, { name: 'one' });
  const left = first.clusters();
  const reading = first.clusters();
  await left.next();
  await reading.next();
  expect((await store.list()).filter(({ name }) => name.startsWith('tmp-')).length).toBeGreaterThan(1);
  await first.close();
  expect((await store.list()).map(({ name }) => name)).toEqual([
    'model.safetensors',
    'manifest',
    'seg-00000000.seg',
  ]);
  const next = await BatchClustering.resume(store);
  await next.precluster(all, { name: 'two' });
  const files = await store.list();
  await left.return();
  expect(await store.list()).toEqual(files);
  // What was read before may still come; nothing is read from a store that is another's.
  await expect(
    (async () => {
      for await (const _ of first.clusters());
    })(),
  ).rejects.toThrow('the run was closed');
  for await (const _ of reading);
  expect(await store.list()).toEqual(files);
  expect(await next.labels()).toHaveLength(600);
  await next.cleanup();
  expect(await store.list()).toEqual([]);
});

test('a run closed while it is read: the reader is told', async () => {
  const store = memoryStore('shut');
  const batches = await goOn(store);
  let shut = false;
  await batches.close();
  const again = await BatchClustering.resume({
    ...store,
    read: async (...at: Parameters<Store['read']>) => {
      const bytes = await store.read(...at);
      if (at[0].startsWith('seg-') && !shut) {
        shut = true;
        await again.close();
      }
      return bytes;
    },
  });
  await expect(again.labels(CUT)).rejects.toThrow('shut: the run was closed');
});

test('a manifest that can be neither synced nor mended: the batch its line names is whole', async () => {
  const inner = memoryStore();
  let bad = false;
  const fail = (file: string) => {
    if (bad && file === 'manifest') throw new StoreError('memory', 'the disk reports an error');
  };
  const store: Store = {
    ...inner,
    sync: async (file) => fail(file),
    truncate: async (file, bytes) => {
      fail(file);
      await inner.truncate(file, bytes);
    },
  };
  const batches = await BatchClustering.train(X, { k: 4, store });
  await batches.precluster(part(0), { name: 'batch 0' });
  bad = true;
  await expect(batches.precluster(part(1), { name: 'batch 1' })).rejects.toThrow('reports an error');
  bad = false;
  await batches.close();
  const resumed = await goOn(store);
  expect(await collect(resumed, CUT)).toEqual(await wanted());
});

test('labels while a batch is on its way has that batch too', async () => {
  const batches = await BatchClustering.train(X, { k: 4, store: memoryStore() });
  await batches.precluster(part(0));
  const adding = batches.precluster(part(1));
  const labels = batches.labels(CUT);
  await adding;
  const later = batches.precluster(part(2));
  expect(await labels).toHaveLength(40);
  expect((await labels).every((label) => label > 0)).toBe(true);
  await later;
  expect(await batches.labels(CUT)).toHaveLength(60);
});

test('a damaged last line is an error, not a batch less', async () => {
  const store = memoryStore('hurt');
  await (await goOn(store)).close();
  const before = await store.list();
  const size = before.find(({ name }) => name === 'manifest')?.bytes as number;
  const bytes = await store.read('manifest', 0, size);
  bytes[size - 5] ^= 1;
  await store.truncate('manifest', 0);
  await store.append('manifest', bytes);
  await expect(BatchClustering.resume(store)).rejects.toThrow(
    /^hurt\/manifest, byte \d+: is damaged: the checksum of a line is wrong/,
  );
  expect(await store.list()).toEqual(before);
});

test.each(['missing', 'changed'])(
  'the last byte of the manifest %s: no batch is lost, and the byte is mended',
  async (how) => {
    const store = memoryStore('hurt');
    const batches = await goOn(store);
    const expected = await collect(batches, CUT);
    await batches.close();
    const before = await store.list();
    const size = before.find(({ name }) => name === 'manifest')?.bytes as number;
    await store.truncate('manifest', size - 1);
    if (how === 'changed') await store.append('manifest', Uint8Array.of(75));
    const resumed = await BatchClustering.resume(store);
    expect(resumed.rows).toBe(60);
    expect(await collect(resumed, CUT)).toEqual(expected);
    await resumed.close();
    expect((await store.list()).sort()).toEqual(before.sort());
    expect(await store.read('manifest', size - 1, size)).toEqual(Uint8Array.of(10));
  },
);

test('any byte that is changed or missing: an error that names the file, never another result', async () => {
  const original = memoryStore();
  const batches = await goOn(original);
  const expected = await collect(batches, CUT);
  await batches.close();
  const files = await original.list();
  let checked = 0;
  let whole = 0;
  for (const { name, bytes } of files) {
    const content = await original.read(name, 0, bytes);
    for (let at = 0; at < bytes; at += Math.max(1, Math.floor(bytes / 60))) {
      for (const kind of ['changed', 'cut']) {
        const copy = memoryStore('copy');
        for (const file of files) {
          if (file.name !== name) await copy.append(file.name, await original.read(file.name, 0, file.bytes));
        }
        const damaged = kind === 'cut' ? content.slice(0, at) : content.slice();
        if (kind === 'changed') damaged[at] ^= 0x41;
        if (damaged.length > 0) await copy.append(name, damaged);
        checked++;
        try {
          const opened = await BatchClustering.resume(copy);
          // Of a line there are two copies, one in the manifest and one in the segment.
          expect(await collect(opened, CUT)).toEqual(expected);
          whole++;
        } catch (error) {
          if (!(error instanceof FormatError || error instanceof StoreError)) throw error;
          expect(error.message).toContain('copy');
        }
      }
    }
  }
  expect(checked).toBeGreaterThan(300);
  expect(whole).toBeGreaterThan(30);
});

test('a training that fails leaves no folder where there was none', async () => {
  const place = path.join(root, 'never');
  const store = folderStore(place);
  for (const file of ['manifest', 'model.safetensors']) {
    const append = async (name: string, bytes: Uint8Array) => {
      if (name === file) throw new StoreError('never', 'no space');
      await store.append(name, bytes);
    };
    await expect(BatchClustering.train(X, { k: 4, store: { ...store, append } })).rejects.toThrow('no space');
    expect(fs.existsSync(place)).toBe(false);
  }
  fs.mkdirSync(place);
  const append = async () => Promise.reject(new StoreError('never', 'no space'));
  await expect(BatchClustering.train(X, { k: 4, store: { ...store, append } })).rejects.toThrow('no space');
  expect(fs.readdirSync(place)).toEqual([]);
});

test('a run of another version is refused and left as it is', async () => {
  const store = memoryStore('elsewhere');
  await (await goOn(store)).close();
  const size = (await store.list()).find(({ name }) => name === 'manifest')?.bytes as number;
  const text = new TextDecoder().decode(await store.read('manifest', 0, size));
  const { crc32 } = await import('../../src/support/numbers/crc32.ts');
  const [head, ...rest] = text.split('\n');
  const json = head.slice(9).replace('"version":1', '"version":2');
  const sum = crc32(new TextEncoder().encode(json)).toString(16).padStart(8, '0');
  await store.remove('manifest');
  await store.append('manifest', new TextEncoder().encode([`${sum} ${json}`, ...rest].join('\n')));
  const before = await store.list();
  await expect(BatchClustering.resume(store)).rejects.toThrow(
    'elsewhere/manifest: is of version 2; this Coppice reads version 1',
  );
  await expect(BatchClustering.train(X, { k: 4, store })).rejects.toThrow('already holds a run');
  expect(await store.list()).toEqual(before);
  await BatchClustering.clean(store);
  expect(await store.list()).toEqual([]);
});

describe('in a folder', () => {
  const built = fileURLToPath(new URL('../../build/index.js', import.meta.url));
  const script = fileURLToPath(new URL('./run.mjs', import.meta.url));
  const BATCHES = 8;

  /** Run until it is killed, or to its end. @returns whether it came to its end */
  const runFor = (folder: string, ms: number): Promise<boolean> =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [script, folder, String(BATCHES)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let said = '';
      let timer: NodeJS.Timeout | undefined;
      child.stdout.on('data', (text) => {
        said += text;
        // Not the start of Node is to be killed, but the work.
        timer ??= setTimeout(() => child.kill('SIGKILL'), ms);
      });
      child.on('error', reject);
      child.on('exit', (code, signal) => {
        clearTimeout(timer);
        if (code !== 0 && signal !== 'SIGKILL') reject(new Error(`ended with ${code}: ${said}`));
        else resolve(said.endsWith('done\n'));
      });
    });

  test.skipIf(!fs.existsSync(built))(
    'a process that is killed again and again (needs a build)',
    { timeout: 120_000 },
    async () => {
      const [killed, whole] = [path.join(root, 'killed'), path.join(root, 'whole')];
      expect(await runFor(whole, 100_000)).toBe(true);
      let kills = 0;
      while (!(await runFor(killed, (kills % 4) * 4 + kills))) kills++;
      expect(kills).toBeGreaterThan(1);
      const [a, b] = await Promise.all([killed, whole].map((folder) => BatchClustering.resume(folder)));
      expect(a.batches).toEqual(b.batches);
      expect(a.rows).toBe(BATCHES * 4000);
      const options = { clusters: { distance: 0.3 }, method: 'complete' } as const;
      expect(await collect(a, options)).toEqual(await collect(b, options));
      await a.cleanup();
      await b.cleanup();
      expect(fs.existsSync(killed)).toBe(false);
    },
  );

  test('resuming or cleaning where nothing is makes no folder', async () => {
    const folder = path.join(root, 'typo');
    await expect(BatchClustering.resume(folder)).rejects.toThrow('holds no run');
    expect(await BatchClustering.clean(folder)).toBe(false);
    expect(fs.existsSync(folder)).toBe(false);
    await (await BatchClustering.train(X, { k: 2, store: folder })).close();
    expect(await BatchClustering.clean(folder)).toBe(true);
    expect(fs.existsSync(folder)).toBe(false);
  });

  test('two runs never share a folder', async () => {
    const folder = path.join(root, 'shared');
    const first = await BatchClustering.train(X, { k: 2, store: folder });
    await expect(BatchClustering.resume(folder)).rejects.toThrow(/is in use by another run of this process/);
    await expect(BatchClustering.clean(folder)).rejects.toThrow(/is in use/);
    await first.close();
    await (await BatchClustering.resume(folder)).cleanup();
    expect(fs.existsSync(folder)).toBe(false);
  });

  test.skipIf(!fs.existsSync('/proc/self/fd'))(
    'few files are open, with many preclusters and segments (needs /proc)',
    async () => {
      const { truth: _, ...many } = blobs(60_000, CENTERS, { spread: 5 });
      const batches = await BatchClustering.train(
        { data: many.data.subarray(0, 12_000), rows: 6000, cols: 2 },
        { k: 3000, store: path.join(root, 'many'), memoryLimit: '100MB' },
      );
      const open = () => fs.readdirSync('/proc/self/fd').length;
      const before = open();
      let most = 0;
      const onProgress = () => {
        most = Math.max(most, open() - before);
      };
      for (let from = 0; from < 60_000; from += 2000) {
        const data = many.data.subarray(2 * from, 2 * from + 4000);
        await batches.precluster({ data, rows: 2000, cols: 2 }, { onProgress });
      }
      expect(fs.readdirSync(path.join(root, 'many')).length).toBeGreaterThan(20);
      for await (const _ of batches.clusters({ clusters: 2, onProgress }))
        if (_.precluster % 500 === 0) onProgress();
      expect(most).toBeLessThanOrEqual(20);
      await batches.cleanup();
    },
  );

  /** A file system of one megabyte. */
  const tiny = path.join(root, 'tiny');
  /** Mounted within the test, so that a run that leaves it out leaves nothing behind. */
  const mount = (): boolean => {
    try {
      fs.mkdirSync(tiny);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', tiny], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  };

  test('a disk that is full (needs the right to mount)', async ({ skip }) => {
    if (!mount()) skip();
    // Also where the test fails and leaves a file open.
    onTestFinished(() => void execFileSync('umount', ['--lazy', tiny]));
    const { truth: _, ...large } = blobs(80_000, CENTERS, { spread: 5, element: 'f8' });
    const small = { data: large.data.subarray(0, 2000), rows: 1000, cols: 2 };
    const folder = path.join(tiny, 'run');
    const batches = await BatchClustering.train(small, { k: 4, store: folder });
    await batches.precluster(small, { name: 'small' });
    await expect(batches.precluster(large, { name: 'large' })).rejects.toThrow(
      /cannot write "seg-.*": no space is left on the disk/,
    );
    expect(batches.batches.map(({ name }) => name)).toEqual(['small']);
    // What it had written is gone, so there is room again.
    await batches.precluster(small, { name: 'small too' });
    expect((await batches.labels({ clusters: 2 })).length).toBe(2000);
    // Not even a lock or a manifest has room.
    const filler = path.join(tiny, 'filler');
    try {
      fs.writeFileSync(filler, new Uint8Array(2 ** 21));
    } catch {}
    const other = path.join(tiny, 'other');
    await expect(BatchClustering.train(small, { k: 4, store: other })).rejects.toThrow(
      /no space is left on the disk/,
    );
    fs.rmSync(filler);
    await (await BatchClustering.train(small, { k: 4, store: folderStore(other) })).cleanup();
    await batches.cleanup();
    expect(fs.readdirSync(tiny)).toEqual([]);
  });
});
