/** All kinds of stores behave as src/stores/store.ts describes. */
import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { folderStore, memoryStore, opfsStore, PlatformError, StoreError } from '../../src/index.ts';
import type { Store } from '../../src/stores/store.ts';
import { crc32 } from '../../src/support/numbers/crc32.ts';
import { thisProcess } from '../../src/support/process-owner.ts';

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'coppice-stores-'));
afterAll(() => fs.rmSync(root, { recursive: true, force: true }));
let folders = 0;
const KINDS: [string, () => Store][] = [
  ['memoryStore', () => memoryStore()],
  ['folderStore', () => folderStore(path.join(root, `a folder, ${folders++}`))],
];

const bytesOf = (text: string) => new TextEncoder().encode(text);

describe.each(KINDS)('%s', (_, create) => {
  let store: Store;
  beforeEach(() => {
    store = create();
  });

  test('is empty before anything is in it', async () => {
    expect(await store.list()).toEqual([]);
    await expect(store.read('a', 0, 1)).rejects.toThrow(StoreError);
    await store.remove('a');
  });

  test('any appends, cuts and removals, compared with strings', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(
            fc.constantFrom('append', 'truncate', 'remove'),
            fc.constantFrom('a', 'b.c', 'd-1'),
            fc.string({ unit: 'binary-ascii', maxLength: 40 }),
            fc.nat(60),
          ),
          { maxLength: 30 },
        ),
        async (steps) => {
          const place = create();
          const free = await place.lock();
          const model = new Map<string, string>();
          for (const [what, file, text, at] of steps) {
            const now = model.get(file);
            if (what === 'append') {
              await place.append(file, bytesOf(text));
              model.set(file, (now ?? '') + text);
            } else if (what === 'remove') {
              await place.remove(file);
              model.delete(file);
            } else if (now !== undefined && at <= now.length) {
              await place.truncate(file, at);
              model.set(file, now.slice(0, at));
            }
          }
          const listed = (await place.list()).filter(({ name }) => name !== 'lock');
          const wanted = Array.from(model, ([name, { length }]) => ({ name, bytes: length }));
          const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
          expect(listed.sort(byName)).toEqual(wanted.sort(byName));
          for (const [name, text] of model) {
            for (const [from, to] of [
              [0, text.length],
              [3, 7],
              [text.length - 1, text.length + 9],
            ]) {
              if (from < 0 || from > text.length) continue;
              expect(new TextDecoder().decode(await place.read(name, from, to))).toBe(text.slice(from, to));
            }
          }
          await place.close();
          await free();
        },
      ),
      { numRuns: 40 },
    );
  });

  test('one lock at a time, given back once', async () => {
    const free = await store.lock();
    await expect(store.lock()).rejects.toThrow(/in use/);
    await free();
    await free();
    const again = await store.lock();
    await free();
    await expect(store.lock()).rejects.toThrow(StoreError);
    await again();
  });
});

describe('folderStore', () => {
  const lockOf = (folder: string, owner: object | string) => {
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(
      path.join(folder, 'lock'),
      typeof owner === 'string' ? owner : `${JSON.stringify(owner)}\n`,
    );
  };
  const folder = () => path.join(root, `lock-${folders++}`);
  const { place } = thisProcess();
  const host = os.hostname();

  test('a lock of a dead process is taken over', async () => {
    const at = folder();
    // Numbers of processes end far below this.
    lockOf(at, { pid: 2 ** 30, host, place, began: '1', token: 'x' });
    const free = await folderStore(at).lock();
    await free();
    expect(fs.readdirSync(at)).toEqual([]);
  });

  test.skipIf(!fs.existsSync('/proc/self/stat'))(
    'a number that another process has by now (needs /proc)',
    async () => {
      const at = folder();
      lockOf(at, { pid: process.pid, host, place, began: '1', token: 'x' });
      await (await folderStore(at).lock())();
    },
  );

  test('a lock of a live process is respected, and of another machine too', async () => {
    const at = folder();
    lockOf(at, { pid: process.ppid, host, place, began: '', token: 'x' });
    await expect(folderStore(at).lock()).rejects.toThrow(`is in use by process ${process.ppid}`);
    lockOf(at, { pid: 2 ** 30, host: 'elsewhere', place: 'ffffffff', began: '', token: 'x' });
    await expect(folderStore(at).lock()).rejects.toThrow(/on "elsewhere"; .* remove .*lock"/);
  });

  test('a lock that cannot be removed once keeps nobody out', async () => {
    const at = folder();
    const free = await folderStore(at).lock();
    const broken = vi
      .spyOn(fs.promises, 'rm')
      .mockRejectedValue(Object.assign(new Error('EIO'), { code: 'EIO' }));
    await free();
    broken.mockRestore();
    expect(fs.readdirSync(at)).toEqual(['lock']);
    await (await folderStore(at).lock())();
    expect(fs.readdirSync(at)).toEqual([]);
  });

  test('what runs have left that were killed while they took a lock is removed', async () => {
    const at = folder();
    const old = Date.now() / 1000 - 60;
    fs.mkdirSync(path.join(at, 'lock.takeover'), { recursive: true });
    fs.writeFileSync(path.join(at, `lock.${'ab'.repeat(12)}`), '');
    fs.writeFileSync(path.join(at, `lock.${'cd'.repeat(12)}`), '');
    for (const name of ['lock.takeover', `lock.${'ab'.repeat(12)}`])
      fs.utimesSync(path.join(at, name), old, old);
    await (await folderStore(at).lock())();
    expect(fs.readdirSync(at)).toEqual([`lock.${'cd'.repeat(12)}`]);
  });

  test('a lock that says nothing: young it is respected, old it is not', async () => {
    const at = folder();
    lockOf(at, '');
    await expect(folderStore(at).lock()).rejects.toThrow('is being taken by another run');
    const old = Date.now() / 1000 - 60;
    fs.utimesSync(path.join(at, 'lock'), old, old);
    await (await folderStore(at).lock())();
  });

  test('of many that come at the same time one gets it, also where a dead one had it', async () => {
    for (const stale of [false, true]) {
      const at = folder();
      if (stale) lockOf(at, { pid: 2 ** 30, host, place, began: '', token: 'x' });
      const tries = await Promise.allSettled(Array.from({ length: 12 }, () => folderStore(at).lock()));
      expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const one of tries) if (one.status === 'rejected') expect(one.reason).toBeInstanceOf(StoreError);
    }
  });

  test('errors say what and where', async () => {
    const at = path.join(root, 'no-folder');
    fs.writeFileSync(at, 'a file');
    await expect(folderStore(at).lock()).rejects.toThrow(
      `${at}: cannot use the folder: a file stands where a folder should be`,
    );
    expect(() => folderStore('')).toThrow(TypeError);
  });

  test('few files are open, however many were used', async () => {
    const store = folderStore(folder());
    const free = await store.lock();
    const open = () => fs.readdirSync('/proc/self/fd').length;
    const before = fs.existsSync('/proc/self/fd') ? open() : 0;
    for (let i = 0; i < 100; i++) await store.append(`f${i}`, bytesOf('x'));
    await Promise.all(Array.from({ length: 100 }, (_, i) => store.read(`f${i}`, 0, 1)));
    if (before > 0) expect(open() - before).toBeLessThanOrEqual(17);
    await store.close();
    if (before > 0) expect(open() - before).toBeLessThanOrEqual(1);
    await free();
  });

  test('a folder with other files stays', async () => {
    const at = folder();
    const store = folderStore(at);
    // Nothing was kept in it: the store removes the folder if it created it.
    await (await store.lock())();
    expect(fs.existsSync(at)).toBe(false);
    const unlock = await store.lock();
    fs.writeFileSync(path.join(at, 'mine'), '');
    await unlock();
    await store.removeIfEmpty();
    expect(fs.readdirSync(at)).toEqual(['mine']);
    fs.rmSync(path.join(at, 'mine'));
    await store.removeIfEmpty();
    expect(fs.existsSync(at)).toBe(false);
  });
});

test('opfsStore outside of browsers says what to do', () => {
  expect(() => opfsStore()).toThrow(PlatformError);
});

test('crc32: known values, and in pieces', () => {
  expect(crc32(bytesOf('123456789'))).toBe(0xcbf43926);
  expect(crc32(new Uint8Array(0))).toBe(0);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(40), (bytes, at) => {
      expect(crc32(bytes.subarray(at), crc32(bytes.subarray(0, at)))).toBe(crc32(bytes));
      // Bit by bit.
      let c = 0xffffffff;
      for (const byte of bytes) {
        c ^= byte;
        for (let i = 0; i < 8; i++) c = (c >>> 1) ^ (c & 1 ? 0xedb88320 : 0);
      }
      expect(crc32(bytes)).toBe(~c >>> 0);
    }),
  );
});

test('a browser that forbids the origin-private file system or its locks is told of by a StoreError', async () => {
  const forbidden = () => Promise.reject(new DOMException('denied', 'SecurityError'));
  vi.stubGlobal('navigator', { storage: { getDirectory: forbidden }, locks: { request: forbidden } });
  try {
    const store = opfsStore('run');
    await expect(store.lock()).rejects.toThrow('opfs:run: cannot lock the folder: denied');
    await expect(store.read('a', 0, 1)).rejects.toThrow(StoreError);
    await store.removeIfEmpty();
  } finally {
    vi.unstubAllGlobals();
  }
});
