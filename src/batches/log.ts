/**
 * The files of a run of BatchClustering, kept consistent however the run ends.
 *
 *   manifest            a line for the run, then a line for each complete batch
 *   model.safetensors   the centroids
 *   seg-00000000.seg    rows sorted by precluster, written once and never changed (segment.ts)
 *   tmp-*.seg           segments written while clusters are found; no line names them, and their names are used once
 *
 * A line consists of a CRC-32 in hexadecimal, a space and JSON. The last segment of a batch ends with a line break and a copy
 * of the batch's line. The copy is written first, and from then on the batch is complete. When a run is resumed, other files
 * of a killed run are removed, and a line that the manifest lacks is written again from its copy (recovery.ts).
 */

import { FormatError, StoreError } from '../errors.ts';
import { advice, say } from '../messages.ts';
import type { Store } from '../stores/store.ts';
import { crc32 } from '../support/numbers/crc32.ts';
import {
  type BatchFacts,
  copyOf,
  firstLine,
  lineOf,
  MANIFEST,
  type Manifest,
  parseManifest,
  type RunFacts,
} from './manifest.ts';
import { recoverBatches } from './recovery.ts';

const MODEL = 'model.safetensors';
/** Names of a run's files. No other file is ever removed. */
const OURS = /^(manifest|model\.safetensors|seg-\d{8,}\.seg|tmp-[0-9a-f]+-\d+\.seg|lock(\.[0-9a-z]+)?)$/;

/** Whether there are batches. There are none before the manifest's first line is complete. */
function hasBatches(files: Iterable<string>): boolean {
  return [...files].some((file) => file.startsWith('seg-'));
}

/** The files of a run, locked. */
export class RunLog {
  readonly store: Store;
  readonly facts: RunFacts;
  /** The complete batches, in order. */
  readonly batches: BatchFacts[];
  #manifestBytes: number;
  #unlock: (() => Promise<void>) | undefined;
  #nextSegment: number;
  /** Temporary segments that have not been removed yet. */
  readonly #temporary = new Set<string>();
  /** Makes names of temporary segments different from those of any other run in this store. */
  readonly #token = Array.from(crypto.getRandomValues(new Uint8Array(8)), (b) =>
    b.toString(16).padStart(2, '0'),
  ).join('');
  #nextTemporary = 0;
  /** An error after which the files may be inconsistent. Only closing and resuming the run helps. */
  #broken: unknown;

  private constructor(
    store: Store,
    manifest: Omit<Manifest, 'unended'>,
    nextSegment: number,
    unlock: () => Promise<void>,
  ) {
    this.store = whileOpen(store, () => this.#checkOpen());
    this.facts = manifest.facts;
    this.batches = manifest.batches;
    this.#manifestBytes = manifest.bytes;
    this.#nextSegment = nextSegment;
    this.#unlock = unlock;
  }

  /**
   * Begin a run in an empty store, or in one where the creation of a run was interrupted.
   * @throws StoreError if there is already a run, or other files
   */
  static async create(store: Store, facts: RunFacts, model: Uint8Array): Promise<RunLog> {
    const unlock = await store.lock();
    let begun = false;
    try {
      const left = await leftovers(store);
      begun = true;
      for (const name of left) await store.remove(name);
      await store.append(MODEL, model);
      await store.sync(MODEL);
      const line = firstLine(facts, { bytes: model.length, crc: crc32(model) });
      await store.append(MANIFEST, line);
      await store.sync(MANIFEST);
      const manifest = { facts, model: { bytes: model.length, crc: 0 }, batches: [], bytes: line.length };
      return new RunLog(store, manifest, 0, unlock);
    } catch (error) {
      // Without its first line there is no run. The next attempt removes what remains.
      if (begun) {
        await store.remove(MANIFEST).catch(() => {});
        await store.remove(MODEL).catch(() => {});
      }
      await store.close().catch(() => {});
      await unlock().catch(() => {});
      throw error;
    }
  }

  /**
   * Open a run as it was after its last complete batch.
   * @returns the run, and the bytes of its model
   * @throws StoreError if there is no run, or another process uses it; FormatError with the name of the file if it is damaged or
   *   of another version
   */
  static async open(store: Store): Promise<{ log: RunLog; model: Uint8Array }> {
    // Check before locking: the lock would create the folder, whose name may be mistyped.
    if ((await store.list()).length === 0) throw noRun(store, 'holds no run');
    const unlock = await store.lock();
    try {
      const files = new Map((await store.list()).map(({ name, bytes }) => [name, bytes]));
      const size = files.get(MANIFEST);
      const name = `${store.name}/${MANIFEST}`;
      const manifest =
        size === undefined ? undefined : parseManifest(await store.read(MANIFEST, 0, size), name);
      if (!manifest) {
        if (size !== undefined && hasBatches(files.keys())) {
          throw new FormatError(name, 'is damaged: its first line is cut off. Nothing was changed');
        }
        const why = size === undefined ? 'holds no run' : 'holds a run whose training did not finish';
        throw noRun(store, why);
      }
      const model = await readModel(store, files, manifest);
      const kept = manifest.unended ? manifest.bytes - 1 : manifest.bytes;
      const torn = (size as number) > manifest.bytes;
      const lost = hasBatches(files.keys()) ? await recoverBatches(store, manifest, files, torn) : [];
      manifest.batches.push(...lost);
      const known = new Set<string>();
      for (const batch of manifest.batches) {
        for (const [i, { file, bytes }] of batch.segments.entries()) {
          known.add(file);
          const has = files.get(file);
          if (has === bytes || (i === batch.segments.length - 1 && has === bytes + copyOf(batch).length))
            continue;
          const what = has === undefined ? 'is missing' : `has ${has} bytes instead of ${bytes}`;
          throw new FormatError(
            `${store.name}/${file}`,
            `${what}; it holds rows of ${JSON.stringify(batch.name)}`,
          );
        }
      }
      if ((size as number) > kept) await store.truncate(MANIFEST, kept);
      for (const line of [...(manifest.unended ? [Uint8Array.of(10)] : []), ...lost.map(lineOf)]) {
        await store.append(MANIFEST, line);
        await store.sync(MANIFEST);
      }
      manifest.bytes += lost.reduce((sum, batch) => sum + lineOf(batch).length, 0);
      for (const file of files.keys()) {
        if (/^(seg|tmp)-/.test(file) && OURS.test(file) && !known.has(file)) await store.remove(file);
      }
      const numbers = Array.from(known, (file) => Number(/\d+/.exec(file)));
      const next = numbers.reduce((most, number) => Math.max(most, number + 1), 0);
      return { log: new RunLog(store, manifest, next, unlock), model };
    } catch (error) {
      await store.close().catch(() => {});
      await unlock().catch(() => {});
      throw error;
    }
  }

  /** Number of rows of all batches. */
  get rows(): number {
    const last = this.batches.at(-1);
    return last ? last.start + last.rows : 0;
  }

  /** @throws StoreError if the run is closed, or its files may be inconsistent */
  check(): void {
    this.#checkOpen();
    if (this.#broken) {
      throw new StoreError(
        this.store.name,
        'an error could not be undone; close the run and resume it, which keeps all batches that were complete',
        this.#broken,
      );
    }
  }

  #checkOpen(): void {
    if (!this.#unlock) {
      throw new StoreError(
        this.store.name,
        say`the run was closed; ${advice('batch-resume', 'BatchClustering.resume')} opens it again`,
      );
    }
  }

  /** The name of a new segment. */
  nextSegment(): string {
    return `seg-${String(this.#nextSegment++).padStart(8, '0')}.seg`;
  }

  /** The name of a new temporary segment, which is removed at the latest when the run is closed. */
  temporarySegment(): string {
    const file = `tmp-${this.#token}-${this.#nextTemporary++}.seg`;
    this.#temporary.add(file);
    return file;
  }

  /** Commit a batch whose segments are written. */
  async commit(batch: BatchFacts): Promise<void> {
    this.check();
    const line = lineOf(batch);
    try {
      const last = batch.segments.at(-1);
      for (const { file } of batch.segments) if (file !== last?.file) await this.store.sync(file);
      if (last) {
        await this.store.append(last.file, copyOf(batch));
        await this.store.sync(last.file);
      }
      await this.store.append(MANIFEST, line);
      await this.store.sync(MANIFEST);
    } catch (error) {
      try {
        await this.store.truncate(MANIFEST, this.#manifestBytes);
      } catch {
        this.#broken = error;
      }
      throw error;
    }
    this.#manifestBytes += line.length;
    this.batches.push(batch);
  }

  /** Remove the segments of a batch that failed. */
  async discard(files: readonly string[]): Promise<void> {
    for (const file of files) {
      // After closing, the store may belong to another run. If the manifest could not be repaired, a line may name the file.
      if (!this.#unlock || this.#broken) return;
      // A file that cannot be removed does no harm: no line names it, and resuming removes it.
      await this.store.remove(file).catch(() => {});
      this.#temporary.delete(file);
    }
  }

  /** Release the store; all files except temporary ones remain. */
  async close(): Promise<void> {
    const unlock = this.#unlock;
    if (!unlock) return;
    // Readers that still use them get an error that the run was closed.
    for (const file of this.#temporary) await this.store.remove(file).catch(() => {});
    this.#unlock = undefined;
    try {
      await this.store.close();
    } finally {
      await unlock();
    }
  }

  /** Remove all files of the run, and the place if it is then empty. */
  async remove(): Promise<void> {
    if (!this.#unlock) return;
    try {
      await removeFiles(this.store);
    } finally {
      await this.close();
    }
    await this.store.removeIfEmpty();
  }
}

function noRun(store: Store, why: string): StoreError {
  return new StoreError(
    store.name,
    say`${why}; begin one with ${advice('batch-train', 'BatchClustering.train')}`,
  );
}

/** A store that refuses all access once its run is closed, since another run may use it then. */
function whileOpen(store: Store, check: () => void): Store {
  const guard =
    <A extends unknown[], T>(work: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      check();
      return work(...args);
    };
  return {
    name: store.name,
    lock: () => store.lock(),
    list: guard(() => store.list()),
    read: guard((file, start, end) => store.read(file, start, end)),
    append: guard((file, bytes) => store.append(file, bytes)),
    sync: guard((file) => store.sync(file)),
    truncate: guard((file, bytes) => store.truncate(file, bytes)),
    remove: guard((file) => store.remove(file)),
    close: () => store.close(),
    removeIfEmpty: () => store.removeIfEmpty(),
  };
}

/**
 * The files of a run whose creation was interrupted.
 * @throws StoreError if there is a complete run, or other files
 */
async function leftovers(store: Store): Promise<string[]> {
  const files = await store.list();
  const foreign = files.find(({ name }) => !OURS.test(name));
  if (foreign) {
    throw new StoreError(
      store.name,
      `holds ${JSON.stringify(foreign.name)}, which is not a file of a run; a run needs a folder of its own`,
    );
  }
  const old = files.find(({ name }) => name === MANIFEST);
  const names = files.map(({ name }) => name);
  if (old && (hasBatches(names) || holdsRun(await store.read(MANIFEST, 0, old.bytes)))) {
    throw new StoreError(
      store.name,
      say`already holds a run; continue it with ${advice('batch-resume', 'BatchClustering.resume')}, or remove it with ${advice('batch-clean', 'BatchClustering.clean')}`,
    );
  }
  return files.flatMap(({ name }) => (name === 'lock' ? [] : [name]));
}

function holdsRun(bytes: Uint8Array): boolean {
  try {
    return parseManifest(bytes, MANIFEST) !== undefined;
  } catch {
    // Damaged, or of another version: it may hold data nevertheless.
    return true;
  }
}

async function readModel(store: Store, files: Map<string, number>, manifest: Manifest): Promise<Uint8Array> {
  const { bytes, crc } = manifest.model;
  const name = `${store.name}/${MODEL}`;
  if (files.get(MODEL) !== bytes) {
    throw new FormatError(name, `has ${files.get(MODEL) ?? 'no'} bytes instead of ${bytes}`);
  }
  const model = await store.read(MODEL, 0, bytes);
  if (crc32(model) !== crc)
    throw new FormatError(name, 'is damaged: its checksum differs from that in the manifest');
  return model;
}

async function removeFiles(store: Store): Promise<void> {
  const files = (await store.list()).filter(({ name }) => OURS.test(name) && name !== 'lock');
  // The manifest is removed first: without it there is no run, even if the removal fails halfway.
  files.sort((a, b) => Number(b.name === MANIFEST) - Number(a.name === MANIFEST));
  for (const { name } of files) await store.remove(name);
}

/**
 * Remove the run in a store, of any version and even if it is damaged.
 * @returns whether there were files of a run
 */
export async function removeRun(store: Store): Promise<boolean> {
  const files = (await store.list()).filter(({ name }) => OURS.test(name));
  if (files.length === 0) return false;
  const unlock = await store.lock();
  try {
    await removeFiles(store);
  } finally {
    await store.close();
    await unlock();
  }
  await store.removeIfEmpty();
  return files.some(({ name }) => !/^lock/.test(name));
}
