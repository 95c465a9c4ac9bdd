/**
 * Storage for the files of a BatchClustering run: a folder, memory, a page's private file system, or any other object with
 * these operations. A store handles names and bytes, and does not know their meaning.
 */

/** A file of a store, as listed. */
export interface StoredFile {
  name: string;
  bytes: number;
}

/**
 * A place for files. Names consist of letters, digits, `-`, `_` and `.`, and begin with a letter or a digit.
 *
 * Every operation either succeeds completely or rejects. The caller runs one operation at a time; only reads may overlap.
 */
export interface Store {
  /** Name for messages. */
  readonly name: string;
  /**
   * Take the store for one run.
   * @returns a function that releases it; calling it twice must not reject
   * @throws StoreError if another run has it
   */
  lock(): Promise<() => Promise<void>>;
  /** All files, in any order; none if the place does not exist yet. */
  list(): Promise<StoredFile[]>;
  /** Bytes from `start` up to, not including, `end`; fewer if the file ends earlier. The caller may keep the array. */
  read(file: string, start: number, end: number): Promise<Uint8Array>;
  /**
   * Append bytes to a file, which is created if needed. After it resolves, the bytes survive even if the process is killed.
   * If it rejects, any part of them may have been written.
   */
  append(file: string, bytes: Uint8Array): Promise<void>;
  /** Flush appended bytes so that they survive a power failure, as far as the platform can. */
  sync(file: string): Promise<void>;
  /** Truncate a file to its first `bytes` bytes. */
  truncate(file: string, bytes: number): Promise<void>;
  /** Remove a file; does nothing if it does not exist. */
  remove(file: string): Promise<void>;
  /** Close handles. The store can be used again. */
  close(): Promise<void>;
  /** Remove the place itself, if it is empty. */
  removeIfEmpty(): Promise<void>;
}
