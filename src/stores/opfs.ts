/** A page's origin-private file system as a store. */

import { PlatformError, StoreError } from '../errors.ts';
import { wrongType } from '../support/checks.ts';
import type { Store } from './store.ts';

/** Methods that exist only in workers and are missing in TypeScript's DOM library. */
interface SyncHandle {
  getSize(): number;
  write(bytes: Uint8Array, options: { at: number }): number;
  truncate(bytes: number): void;
  flush(): void;
  close(): void;
}
type FileHandle = FileSystemFileHandle & { createSyncAccessHandle?(): Promise<SyncHandle> };
type Folder = FileSystemDirectoryHandle & {
  entries(): AsyncIterable<[string, FileSystemHandle]>;
};

const nameOf = (error: unknown) => (error as { name?: string })?.name;

/**
 * A folder of the origin-private file system as a store. Only pages of this origin can see it. Browsers may remove it when
 * the disk is full, unless `navigator.storage.persist()` was granted.
 *
 * A lock (navigator.locks) keeps other tabs of the origin out. It is released when the tab is closed.
 *
 * @param folder name of the folder; it is created if it does not exist
 * @throws PlatformError if there is no such file system: it needs a secure context
 */
export function opfsStore(folder = 'coppice'): Store {
  if (typeof folder !== 'string' || !/^[^/\\]+$/.test(folder) || folder === '.' || folder === '..') {
    throw wrongType('folder', 'a name without slashes', folder);
  }
  const { storage, locks } = globalThis.navigator ?? {};
  if (typeof storage?.getDirectory !== 'function') {
    throw new PlatformError(
      'opfsStore needs the origin-private file system: a browser, and a page from https or localhost; ' +
        'elsewhere name a folder, or use memoryStore()',
    );
  }
  const name = `opfs:${folder}`;
  /** Open the folder; create it if something is to be written. */
  const open = async (create = false): Promise<Folder> =>
    (await storage.getDirectory()).getDirectoryHandle(folder, { create }) as Promise<Folder>;
  const explain = (what: string, error: unknown) => {
    if (error instanceof StoreError || error instanceof PlatformError) return error;
    const why =
      nameOf(error) === 'QuotaExceededError'
        ? 'the quota of this origin is used up'
        : nameOf(error) === 'NotFoundError'
          ? 'it does not exist'
          : (error as Error).message;
    return new StoreError(name, `cannot ${what}: ${why}`, error);
  };
  /** Change a file: in place in a worker; in a page through a copy, which replaces the file at the end. */
  const change = async (
    file: string,
    inPlace: (handle: SyncHandle) => void,
    throughCopy: (stream: FileSystemWritableFileStream, size: number) => Promise<void>,
  ): Promise<void> => {
    const handle: FileHandle = await (await open(true)).getFileHandle(file, { create: true });
    if (typeof handle.createSyncAccessHandle === 'function') {
      const sync = await handle.createSyncAccessHandle();
      try {
        inPlace(sync);
        sync.flush();
      } finally {
        sync.close();
      }
      return;
    }
    if (typeof handle.createWritable !== 'function') {
      throw new PlatformError(
        `${name}: this browser writes to the origin-private file system in workers only; run this in one`,
      );
    }
    const { size } = await handle.getFile();
    const stream = await handle.createWritable({ keepExistingData: true });
    try {
      await throughCopy(stream, size);
      await stream.close();
    } catch (error) {
      await stream.abort().catch(() => {});
      throw error;
    }
  };

  return {
    name,
    async lock() {
      if (!locks) throw new PlatformError(`${name}: this browser has no locks (navigator.locks)`);
      return new Promise((resolve, reject) => {
        locks
          .request(`coppice ${name}`, { ifAvailable: true }, (lock) => {
            if (!lock) {
              throw new StoreError(name, 'is in use by another run, in this tab or another one');
            }
            return new Promise<void>((release) =>
              resolve(async () => {
                release();
                // The lock is released in a later turn of the event loop. Wait for it, so that it can be taken again at once.
                await locks.query();
              }),
            );
          })
          .catch((error) => reject(explain('lock the folder', error)));
      });
    },
    async list() {
      try {
        const files = [];
        for await (const [file, handle] of (await open()).entries()) {
          if (handle.kind !== 'file') continue;
          files.push({ name: file, bytes: (await (handle as FileSystemFileHandle).getFile()).size });
        }
        return files;
      } catch (error) {
        if (nameOf(error) === 'NotFoundError') return [];
        throw explain('list the folder', error);
      }
    },
    async read(file, start, end) {
      try {
        const handle = await (await open()).getFileHandle(file);
        return new Uint8Array(await (await handle.getFile()).slice(start, end).arrayBuffer());
      } catch (error) {
        throw explain(`read ${JSON.stringify(file)}`, error);
      }
    },
    async append(file, bytes) {
      try {
        await change(
          file,
          (handle) => {
            const size = handle.getSize();
            for (let done = 0; done < bytes.length; ) {
              const written = handle.write(bytes.subarray(done), { at: size + done });
              if (written === 0) throw new StoreError(name, 'the quota of this origin is used up');
              done += written;
            }
          },
          async (stream, size) => {
            await stream.write({ type: 'write', position: size, data: bytes as Uint8Array<ArrayBuffer> });
          },
        );
      } catch (error) {
        throw explain(`write ${JSON.stringify(file)}`, error);
      }
    },
    async sync() {},
    async truncate(file, bytes) {
      try {
        await change(
          file,
          (handle) => handle.truncate(bytes),
          (stream) => stream.truncate(bytes),
        );
      } catch (error) {
        throw explain(`shorten ${JSON.stringify(file)}`, error);
      }
    },
    async remove(file) {
      try {
        await (await open()).removeEntry(file);
      } catch (error) {
        if (nameOf(error) !== 'NotFoundError') throw explain(`remove ${JSON.stringify(file)}`, error);
      }
    },
    async close() {},
    async removeIfEmpty() {
      // Not recursive: files of others remain.
      await storage
        .getDirectory()
        .then((root) => root.removeEntry(folder))
        .catch(() => {});
    },
  };
}
