/**
 * Where a run of BatchClustering keeps its files: a folder, memory, a page's private file system, or anything else
 * with these few operations. A store knows bytes and names, not what they mean.
 */

/** A file of a store, as `list` tells. */
export interface StoredFile {
  name: string;
  bytes: number;
}

/**
 * A place for files. Names are letters, digits, `-`, `_` and `.`, and begin with none of the last three.
 *
 * Every operation either does what it says or rejects; whoever calls makes no other while one is under way, but for
 * reads, of which there may be several.
 */
export interface Store {
  /** For messages. */
  readonly name: string;
  /**
   * Take the store for one run.
   * @returns what lets go of it; must not reject where it is called twice
   * @throws StoreError where another run has it
   */
  lock(): Promise<() => Promise<void>>;
  /** All files, in any order; none where the place does not exist yet. */
  list(): Promise<StoredFile[]>;
  /** Bytes from `start` to before `end`; fewer where the file ends. The caller may keep them. */
  read(file: string, start: number, end: number): Promise<Uint8Array>;
  /**
   * Put bytes behind those of a file, which is made where there is none. When it resolves, they outlast a process
   * that is killed. When it rejects, any part of them may have been written.
   */
  append(file: string, bytes: Uint8Array): Promise<void>;
  /** Bring what was appended to where it outlasts a power cut, as far as the platform can. */
  sync(file: string): Promise<void>;
  /** Cut a file to its first `bytes` bytes. */
  truncate(file: string, bytes: number): Promise<void>;
  /** Remove a file; nothing where there is none. */
  remove(file: string): Promise<void>;
  /** Let go of handles. The store can be used again. */
  close(): Promise<void>;
  /** Remove the place itself, where nothing is left in it. */
  removeIfEmpty(): Promise<void>;
}
