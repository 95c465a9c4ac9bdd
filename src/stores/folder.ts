/** A folder as a store: Node, Deno and Bun. */

import { PlatformError, StoreError, typeError } from '../errors.ts';
import { builtin } from '../support/builtin-module.ts';
import { fillFrom, systemReason } from '../support/system-files.ts';
import { takeLock } from './folder-lock.ts';
import type { Store } from './store.ts';

type Fs = typeof import('node:fs').promises;
type FileHandle = import('node:fs').promises.FileHandle;

/** Largest number of open handles, for reading and appending together. */
const MOST_HANDLES = 16;

const WHY: Record<string, string> = {
  EEXIST: 'a file stands where a folder should be',
};

/** Make a folder if it does not exist. */
async function makeFolder(fs: Fs, path: string): Promise<void> {
  try {
    await fs.mkdir(path, { recursive: true });
  } catch (error) {
    // On a read-only file system, Node's recursive mkdir reports ENOENT; the plain call reports the real reason.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') await fs.mkdir(path);
    throw error;
  }
}

/**
 * A folder as a store. It is created when the first file is written; `cleanup` removes it if it is then empty.
 *
 * Only a few files are open at any time. A lock file names the process that uses the folder. The lock of a dead process is
 * taken over.
 *
 * @throws PlatformError if there is no file system
 */
export function folderStore(path: string): Store {
  if (typeof path !== 'string' || path === '') {
    throw typeError('store: the path of the folder must not be empty');
  }
  const node = builtin('node:fs') as typeof import('node:fs') | undefined;
  if (!node?.promises) {
    throw new PlatformError(
      'store: a folder needs a file system, which this platform does not offer; use memoryStore(), or opfsStore() in a page',
    );
  }
  const fs: Fs = node.promises;
  const place = (file: string) => `${path}/${file}`;
  const explain = (what: string, error: unknown) => {
    if (error instanceof StoreError) return error;
    return new StoreError(path, `cannot ${what}: ${systemReason(error, WHY)}`, error);
  };

  /** Open handles, the most recently used last. */
  const handles = new Map<string, Promise<FileHandle>>();
  /** Number of operations on each handle; a handle in use is not closed. */
  const busy = new Map<string, number>();
  const closeHandle = async (key: string) => {
    const handle = handles.get(key);
    handles.delete(key);
    await handle?.then((h) => h.close()).catch(() => {});
  };
  const withHandle = async <T>(file: string, flags: 'r' | 'a', use: (h: FileHandle) => Promise<T>) => {
    const key = `${flags} ${file}`;
    const handle = handles.get(key) ?? fs.open(place(file), flags);
    handles.delete(key);
    handles.set(key, handle);
    busy.set(key, (busy.get(key) ?? 0) + 1);
    try {
      return await use(await handle);
    } catch (error) {
      await closeHandle(key);
      throw error;
    } finally {
      const left = (busy.get(key) as number) - 1;
      if (left > 0) busy.set(key, left);
      else busy.delete(key);
      for (const old of handles.keys()) {
        if (handles.size <= MOST_HANDLES) break;
        if (!busy.has(old)) await closeHandle(old);
      }
    }
  };
  const closeAll = async (file?: string) => {
    for (const key of [...handles.keys()]) {
      if (file === undefined || key.slice(2) === file) await closeHandle(key);
    }
  };

  return {
    name: path,
    async lock() {
      const isNew = await fs.stat(path).then(
        () => false,
        () => true,
      );
      // If the run fails, remove the folder that was created for it.
      const leave = () => (isNew ? fs.rmdir(path).catch(() => {}) : undefined);
      try {
        await makeFolder(fs, path);
        const unlock = await takeLock(fs, path);
        return async () => {
          await unlock();
          await leave();
        };
      } catch (error) {
        await leave();
        throw explain('use the folder', error);
      }
    },
    async list() {
      try {
        const entries = await fs.readdir(path, { withFileTypes: true });
        const files = entries.filter((entry) => entry.isFile());
        return await Promise.all(
          files.map(async ({ name }) => ({ name, bytes: (await fs.stat(place(name))).size })),
        );
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
        throw explain('list the folder', error);
      }
    },
    async read(file, start, end) {
      try {
        return await withHandle(file, 'r', async (handle) => {
          const target = new Uint8Array(Math.max(0, end - start));
          const filled = await fillFrom(handle, target, start);
          return filled === target.length ? target : target.slice(0, filled);
        });
      } catch (error) {
        throw explain(`read ${JSON.stringify(file)}`, error);
      }
    },
    async append(file, bytes) {
      try {
        await withHandle(file, 'a', async (handle) => {
          for (let done = 0; done < bytes.length; ) {
            done += (await handle.write(bytes, done, bytes.length - done)).bytesWritten;
          }
        });
      } catch (error) {
        throw explain(`write ${JSON.stringify(file)}`, error);
      }
    },
    async sync(file) {
      try {
        await withHandle(file, 'a', (handle) => handle.datasync());
      } catch (error) {
        // Some file systems (network, FUSE) have no fsync.
        if ((error as NodeJS.ErrnoException).code !== 'EINVAL') {
          throw explain(`write ${JSON.stringify(file)}`, error);
        }
      }
    },
    async truncate(file, bytes) {
      await closeAll(file);
      try {
        await fs.truncate(place(file), bytes);
      } catch (error) {
        throw explain(`shorten ${JSON.stringify(file)}`, error);
      }
    },
    async remove(file) {
      await closeAll(file);
      try {
        await fs.rm(place(file), { force: true });
      } catch (error) {
        throw explain(`remove ${JSON.stringify(file)}`, error);
      }
    },
    close: () => closeAll(),
    async removeIfEmpty() {
      // The folder remains if others have put files there.
      await fs.rmdir(path).catch(() => {});
    },
  };
}
