import { StoreError } from '../errors.ts';
import { allocate, copyOf } from '../support/allocate.ts';
import type { Store } from './store.ts';

/** A file as the list of pieces that were appended. They are joined when the file is read. */
class Pieces {
  readonly pieces: Uint8Array[] = [];
  bytes = 0;

  append(bytes: Uint8Array): void {
    this.pieces.push(copyOf(bytes));
    this.bytes += bytes.length;
  }

  read(start: number, end: number): Uint8Array {
    const out = allocate(Uint8Array, Math.max(0, Math.min(end, this.bytes) - start));
    let at = 0;
    for (const piece of this.pieces) {
      const from = Math.max(start, at);
      const to = Math.min(end, at + piece.length);
      if (from < to) out.set(piece.subarray(from - at, to - at), from - start);
      at += piece.length;
      if (at >= end) break;
    }
    return out;
  }

  truncate(bytes: number): void {
    while (this.bytes > bytes) {
      const last = this.pieces.pop() as Uint8Array;
      this.bytes -= last.length;
      if (this.bytes < bytes) {
        this.pieces.push(last.slice(0, bytes - this.bytes));
        this.bytes = bytes;
      }
    }
  }
}

/**
 * A store in memory, for platforms without another, and for data that are large as vectors but small when stored. Its
 * contents do not count towards `memoryLimit`, since it replaces a disk.
 *
 * @param name name for messages
 */
export function memoryStore(name = 'memory'): Store {
  const files = new Map<string, Pieces>();
  let taken = false;
  return {
    name,
    async lock() {
      if (taken) throw new StoreError(name, 'is in use by another run; each needs a store of its own');
      taken = true;
      let mine = true;
      return async () => {
        if (mine) taken = false;
        mine = false;
      };
    },
    async list() {
      return Array.from(files, ([file, { bytes }]) => ({ name: file, bytes }));
    },
    async read(file, start, end) {
      const found = files.get(file);
      if (!found) throw new StoreError(name, `there is no file ${JSON.stringify(file)}`);
      return found.read(start, end);
    },
    async append(file, bytes) {
      const found = files.get(file) ?? new Pieces();
      found.append(bytes);
      files.set(file, found);
    },
    async sync() {},
    async truncate(file, bytes) {
      files.get(file)?.truncate(bytes);
    },
    async remove(file) {
      files.delete(file);
    },
    async close() {},
    async removeIfEmpty() {},
  };
}
