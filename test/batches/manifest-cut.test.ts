/** A manifest that ends early, as after a crash of the machine. */
import { describe, expect, test } from 'vitest';
import { BatchClustering, memoryStore } from '../../src/index.ts';
import type { Store } from '../../src/stores/store.ts';
import { collect } from './fixtures.ts';
import { CUT, goOn, part, wanted, X } from './three-batches.ts';

describe('a manifest that is cut', () => {
  const lineBreaks = (bytes: Uint8Array) => [...bytes.keys()].filter((i) => bytes[i] === 10);

  async function copyOf(store: Store, name: string, change: (file: string, bytes: Uint8Array) => Uint8Array) {
    const copy = memoryStore(name);
    for (const { name: file, bytes } of await store.list()) {
      await copy.append(file, change(file, await store.read(file, 0, bytes)));
    }
    return copy;
  }

  async function original() {
    const store = memoryStore();
    await (await goOn(store)).close();
    const size = (await store.list()).find(({ name }) => name === 'manifest')?.bytes as number;
    return { store, manifest: await store.read('manifest', 0, size) };
  }

  test('by any number of bytes, to before the last line and further: no batch is lost', async () => {
    const { store, manifest } = await original();
    const before = (await store.list()).sort((a, b) => a.name.localeCompare(b.name));
    const [first] = lineBreaks(manifest);
    for (let size = manifest.length - 1; size > first; size--) {
      const copy = await copyOf(store, 'cut', (file, bytes) =>
        file === 'manifest' ? bytes.subarray(0, size) : bytes,
      );
      const resumed = await BatchClustering.resume(copy);
      expect(resumed.batches.map(({ name }) => name)).toEqual(['batch 0', 'batch 1', 'batch 2']);
      await resumed.close();
      expect((await copy.list()).sort((a, b) => a.name.localeCompare(b.name))).toEqual(before);
      expect(await copy.read('manifest', 0, manifest.length)).toEqual(manifest);
    }
    expect(await collect(await goOn(store), CUT)).toEqual(await wanted());
  });

  test('in its first line: an error, and nothing is removed, by train neither', async () => {
    const { store, manifest } = await original();
    for (const size of [0, 1, 20, lineBreaks(manifest)[0] - 1]) {
      const copy = await copyOf(store, 'cut', (file, bytes) =>
        file === 'manifest' ? bytes.subarray(0, size) : bytes,
      );
      const before = await copy.list();
      await expect(BatchClustering.resume(copy)).rejects.toThrow('cut/manifest: is damaged: its first line');
      await expect(BatchClustering.train(X, { k: 4, store: copy })).rejects.toThrow('already holds a run');
      expect(await copy.list()).toEqual(before);
    }
  });

  test('and the copy in the segment too, or a piece: an error that names the segment, and nothing is removed', async () => {
    const { store, manifest } = await original();
    const last = lineBreaks(manifest).at(-2) as number;
    for (const damage of ['copy', 'older', 'piece']) {
      const copy = await copyOf(store, 'cut', (file, bytes) => {
        if (file === 'manifest') return bytes.subarray(0, last + 9);
        if (file !== 'seg-00000002.seg') return bytes;
        // What earlier builds wrote has no copy.
        if (damage === 'older') return bytes.subarray(0, bytes.length - (manifest.length - last));
        const changed = bytes.slice();
        changed[damage === 'copy' ? bytes.length - 9 : 5] ^= 1;
        return changed;
      });
      const before = await copy.list();
      await expect(BatchClustering.resume(copy)).rejects.toThrow(/cut\/.*is damaged/);
      await expect(BatchClustering.resume(copy)).rejects.toThrow(/seg-00000002\.seg/);
      expect(await copy.list()).toEqual(before);
      await copy.remove('seg-00000002.seg');
      const resumed = await BatchClustering.resume(copy);
      expect(resumed.rows).toBe(40);
      await resumed.precluster(part(2), { name: 'batch 2' });
      expect(await collect(resumed, CUT)).toEqual(await wanted());
    }
  });

  test('a segment without its copy, and no torn line: a batch that never counted, and it is removed', async () => {
    const { store, manifest } = await original();
    const last = lineBreaks(manifest).at(-2) as number;
    const copy = await copyOf(store, 'cut', (file, bytes) => {
      if (file === 'manifest') return bytes.subarray(0, last + 1);
      return file === 'seg-00000002.seg' ? bytes.subarray(0, bytes.length - 3) : bytes;
    });
    const resumed = await BatchClustering.resume(copy);
    expect(resumed.rows).toBe(40);
    expect((await copy.list()).map(({ name }) => name)).not.toContain('seg-00000002.seg');
  });
});
