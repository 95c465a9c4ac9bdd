/** Clusters each precluster on its own: several at a time, in order, within the memory limit. */

import { flawedRow, flawsOf } from '../distance/finite.ts';
import { formatBytes, MemoryLimitError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import { mcl } from '../graph/mcl.ts';
import { flatClusters } from '../hierarchy/cut.ts';
import { linkage } from '../hierarchy/linkage/linkage.ts';
import type { Method } from '../hierarchy/linkage/methods.ts';
import { kmeans } from '../kmeans/kmeans.ts';
import { assign } from '../model/assign.ts';
import { KEEP_BYTES } from '../runtime/memory/turns.ts';
import type { RunState } from '../runtime/run.ts';
import { joinNeighbours } from '../sequences/hamming.ts';
import { fromArray } from '../sources/memory.ts';
import { allocate } from '../support/allocate.ts';
import { drive, inSteps, yieldInPage } from '../support/scheduling.ts';
import type { Matrix, Run } from '../types.ts';
import { Connected } from './connected.ts';
import { groupsOf, mostLetters, sequencesOf } from './genes.ts';
import type { RunFacts } from './manifest.ts';
import type { SettledRefining } from './options.ts';
import type { KeptRows } from './rows.ts';
import { encodeBatch } from './sequences.ts';

/** The clusters of a precluster. */
interface Refined {
  kept: KeptRows;
  /** From 1; 0 for a row without a cluster. */
  labels: Int32Array;
  /** Number of clusters. */
  count: number;
}

/** The arguments of refining. */
export interface Refining {
  facts: RunFacts;
  settled: SettledRefining;
  run: RunState;
  /** Options for calls on the way, without memoryLimit. */
  inner: Run;
}

/** Bytes of a precluster's rows on the host, with labels. */
function keptBytes(facts: RunFacts, rows: number): number {
  const { kind, cols, dtype, overlap } = facts;
  const row = kind === 'vectors' ? cols * (dtype === 'f4' ? 4 : 8) : 2 * mostLetters(facts) + 32;
  return rows * (row + 16 + (overlap > 1 ? 4 * overlap : 0));
}

/** Distinct sequences in the order of their first occurrence, and the index of its distinct sequence for each row. */
export function distinct(sequences: readonly string[]): { unique: string[]; of: Uint32Array } {
  const places = new Map<string, number>();
  const of = allocate(Uint32Array, sequences.length);
  for (let i = 0; i < sequences.length; i++) {
    const known = places.get(sequences[i]);
    if (known === undefined) places.set(sequences[i], places.size);
    of[i] = known ?? places.size - 1;
  }
  return { unique: [...places.keys()], of };
}

/** Number clusters from 1, in the order of their first rows. @returns the number of clusters */
function renumber(labels: Int32Array): number {
  const numbers = new Map<number, number>();
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    if (label === 0) continue;
    const known = numbers.get(label);
    if (known === undefined) numbers.set(label, numbers.size + 1);
    labels[i] = known ?? numbers.size;
  }
  return numbers.size;
}

async function clusterVectors(X: Matrix, { settled }: Refining, options: Run): Promise<Int32Array> {
  if (X.rows < 2) return allocate(Int32Array, X.rows).fill(1);
  const { method, metric, cut } = settled;
  const Z = await linkage(X, { ...options, method: method as Method, metric });
  const most = typeof cut === 'number' ? Math.min(cut, X.rows) : (cut as NonNullable<typeof cut>);
  return drive(flatClusters(Z, most), options.signal);
}

/** The component of each node, from 1; 0 for a node without neighbours. */
async function componentsOf(
  { n, offsets, neighbours }: Graph,
  signal: AbortSignal | undefined,
): Promise<Int32Array> {
  const connected = new Connected(n);
  await inSteps(n, 2 ** 12, signal, (begin, end) => {
    for (let i = begin; i < end; i++) {
      for (let e = offsets[i]; e < offsets[i + 1]; e++)
        if (neighbours[e] > i) connected.add(i, neighbours[e]);
    }
  });
  return Int32Array.from({ length: n }, (_, i) => (connected.has(i) ? connected.rootOf(i) + 1 : 0));
}

async function clusterSequences(
  sequences: readonly string[],
  { settled, facts }: Refining,
  options: Run,
): Promise<Int32Array> {
  const { unique, of } = distinct(sequences);
  await yieldInPage();
  const graph = await joinNeighbours(sequencesOf(unique, facts), {
    ...{ ...options, ...settled.graph },
    ...groupsOf(unique, facts),
  });
  if (settled.method === 'components') {
    const labels = await componentsOf(graph, options.signal);
    return Int32Array.from(of, (i) => labels[i]);
  }
  const { labels } = await mcl(graph, { ...options, ...settled.mcl });
  return Int32Array.from(of, (i) => labels[i]);
}

/** Rows of a precluster, or a part of them. */
type Rows = { vectors: Matrix } | { sequences: readonly string[] };

function rowsOf(kept: KeptRows, { cols }: RunFacts): Rows {
  const { vectors, sequences, rows } = kept;
  return sequences.length > 0 ? { sequences } : { vectors: { data: vectors, rows: rows.length, cols } };
}

function pick(rows: Rows, places: Uint32Array): Rows {
  if ('sequences' in rows) return { sequences: Array.from(places, (i) => rows.sequences[i]) };
  const { data, cols } = rows.vectors;
  const out =
    data instanceof Float32Array
      ? allocate(Float32Array, places.length * cols)
      : allocate(Float64Array, places.length * cols);
  places.forEach((from, i) => {
    out.set(data.subarray(from * cols, (from + 1) * cols), i * cols);
  });
  return { vectors: { data: out, rows: places.length, cols } };
}

function clusterRows(rows: Rows, refining: Refining, limit: number): Promise<Int32Array> {
  const options: Run = { ...refining.inner, memoryLimit: Math.max(1, limit) };
  return 'sequences' in rows
    ? clusterSequences(rows.sequences, refining, options)
    : clusterVectors(rows.vectors, refining, options);
}

/** Divide rows into k parts by k-means. @returns the part of each row */
async function part(rows: Rows, k: number, refining: Refining, limit: number): Promise<Int32Array> {
  const options = { ...refining.inner, memoryLimit: Math.max(1, limit), seed: refining.facts.seed };
  if ('vectors' in rows) {
    const { labels } = await kmeans(fromArray(rows.vectors), { ...options, k });
    return labels;
  }
  // The encoded rows of a large precluster may not fit in memory. So centroids are found from a sample.
  const { sequences } = rows;
  const { facts } = refining;
  const step = Math.max(1, Math.floor(sequences.length / (1000 * k)));
  const sample = sequences.filter((_, i) => i % step === 0);
  const { model } = await kmeans(await encodeBatch(sequencesOf(sample, facts), facts), { ...options, k });
  const out = allocate(Int32Array, sequences.length);
  const CHUNK = 4096;
  for (let from = 0; from < sequences.length; from += CHUNK) {
    const X = await encodeBatch(sequencesOf(sequences.slice(from, from + CHUNK), facts), facts);
    for await (const { start, nearest } of assign(X, model, options)) out.set(nearest, from + start);
  }
  return out;
}

/** Cluster rows that do not fit together: divide them into parts, and cluster each part. */
async function clusterInParts(
  rows: Rows,
  precluster: number,
  error: MemoryLimitError,
  refining: Refining,
  limit: number,
): Promise<Int32Array> {
  const n = 'sequences' in rows ? rows.sequences.length : rows.vectors.rows;
  if (n < 3) throw error;
  const { neededBytes, allowedBytes } = error;
  // For sequences the memory of the flow is known only as an upper bound: use two parts, which may be split again.
  const wanted = 'sequences' in rows ? 2 : Math.ceil(1.5 * Math.sqrt(neededBytes / allowedBytes));
  const k = Math.max(2, Math.min(n >> 1, wanted));
  refining.run.warn({
    code: 'PRECLUSTER_SPLIT',
    message:
      `precluster ${precluster}: ${n} rows would take ${formatBytes(neededBytes)} at once, but only ` +
      `${formatBytes(allowedBytes)} are free; they were split into ${k} parts by k-means, and each was clustered on its own`,
  });
  let parts = await part(rows, k, refining, limit);
  // Rows that are all equal cannot be divided by distance: divide them by position.
  if (parts.every((p) => p === parts[0])) parts = parts.map((_, i) => Math.floor((i * k) / n));
  const out = allocate(Int32Array, n);
  let count = 0;
  for (let p = 0; p < k; p++) {
    const places = Uint32Array.from(Array.from(parts.keys()).filter((i) => parts[i] === p));
    if (places.length === 0) continue;
    const labels = await clusterOrSplit(pick(rows, places), precluster, refining, limit);
    let most = 0;
    labels.forEach((label, i) => {
      most = Math.max(most, label);
      out[places[i]] = label === 0 ? 0 : label + count;
    });
    count += most;
  }
  return out;
}

async function clusterOrSplit(
  rows: Rows,
  precluster: number,
  refining: Refining,
  limit: number,
): Promise<Int32Array> {
  try {
    return await clusterRows(rows, refining, limit);
  } catch (error) {
    // Where other calls have the memory, it is not the rows that are too many.
    if (!(error instanceof MemoryLimitError) || error.busy) throw error;
    return clusterInParts(rows, precluster, error, refining, limit);
  }
}

/**
 * Cluster the rows that have distances by the metric. The others have no cluster.
 * @throws BadRowError for a row without a distance, unless such rows are skipped
 */
async function clusterGood(
  kept: KeptRows,
  { facts, settled: { metric, badRows }, run }: Refining,
  cluster: (rows: Rows) => Promise<Int32Array>,
): Promise<Int32Array> {
  const rows = rowsOf(kept, facts);
  const flaws = await flawsOf(metric);
  if ('sequences' in rows || !flaws) return cluster(rows);
  const { data, cols } = rows.vectors;
  const good: number[] = [];
  let first: Error | undefined;
  for (let i = 0; i < kept.rows.length; i++) {
    const flaw = flaws.flawOf(metric, data.subarray(i * cols, (i + 1) * cols));
    if (!flaw) good.push(i);
    else first ??= flawedRow('the batches', kept.rows[i], metric, flaw);
  }
  if (!first) return cluster(rows);
  if (badRows === 'error') throw first;
  run.warn({
    code: 'BAD_ROWS_SKIPPED',
    message: `precluster ${kept.precluster}: ${kept.rows.length - good.length} rows skipped as bad; the first: ${first.message}`,
  });
  const out = allocate(Int32Array, kept.rows.length);
  if (good.length === 0) return out;
  const labels = await cluster(pick(rows, Uint32Array.from(good)));
  good.forEach((to, i) => {
    out[to] = labels[i];
  });
  return out;
}

/** A precluster that is being processed. */
interface Task<T> {
  kept: KeptRows;
  bytes: number;
  /** undefined if the precluster did not fit beside the others. */
  result: Promise<T | undefined>;
}

/**
 * Process preclusters in order, `concurrency` at a time if the limit allows. A precluster that does not fit beside others is
 * processed alone.
 *
 * @param limit memory available for all of them together, including their rows
 * @param work gets its share of the memory, and throws MemoryLimitError if that is not enough
 * @param alone the same for a precluster that is processed alone, with all of the memory
 */
export async function* workInOrder<T>(
  preclusters: AsyncGenerator<KeptRows, void, undefined>,
  refining: Refining,
  limit: number,
  work: (kept: KeptRows, refining: Refining, limit: number) => Promise<T>,
  alone = work,
): AsyncGenerator<{ kept: KeptRows; result: T }, void, undefined> {
  const { facts, settled, inner } = refining;
  const leaving = new AbortController();
  const signal = inner.signal ? AbortSignal.any([inner.signal, leaving.signal]) : leaving.signal;
  const within: Refining = { ...refining, inner: { ...inner, signal } };
  const tasks: Task<T>[] = [];
  // Fixed shares for waiting rows and for work: which preclusters are split must not depend on what runs at the same time.
  const keeping = limit / 4;
  // Work in parallel is limited to engines small enough to be kept and reused. Larger ones would be created for each precluster,
  // and their memory freed only by the garbage collector.
  const { concurrency } = settled;
  const room = concurrency > 1 ? Math.min(limit - keeping, KEEP_BYTES) : limit - keeping;
  const share = Math.floor(room / concurrency);
  const begin = (kept: KeptRows, bytes: number) => {
    const result = work(kept, within, share).catch((error) => {
      if (error instanceof MemoryLimitError) return undefined;
      throw error;
    });
    // It is awaited below. Until then, a rejection must not count as unhandled.
    result.catch(() => {});
    tasks.push({ kept, bytes, result });
  };
  let next: KeptRows | undefined;
  let more = true;
  try {
    while (more || tasks.length > 0) {
      while (more && tasks.length < settled.concurrency) {
        next ??= (await preclusters.next()).value as KeptRows | undefined;
        more = next !== undefined;
        if (!next) break;
        const bytes = keptBytes(facts, next.rows.length);
        const held = tasks.reduce((sum, task) => sum + task.bytes, bytes);
        if (held > keeping && tasks.length > 0) break;
        begin(next, bytes);
        next = undefined;
      }
      const task = tasks[0];
      if (!task) break;
      let result = await task.result;
      if (result === undefined) {
        await Promise.allSettled(tasks.map((other) => other.result));
        result = await alone(task.kept, within, limit - Math.max(keeping, task.bytes));
      }
      tasks.shift();
      yield { kept: task.kept, result };
    }
  } finally {
    leaving.abort();
    await Promise.allSettled(tasks.map((task) => task.result));
    await preclusters.return?.();
  }
}

/** Cluster preclusters in order. A precluster that does not fit even alone is split. */
export async function* refineInOrder(
  preclusters: AsyncGenerator<KeptRows, void, undefined>,
  refining: Refining,
  limit: number,
): AsyncGenerator<Refined, void, undefined> {
  const parts = workInOrder(
    preclusters,
    refining,
    limit,
    (kept, within, share) => clusterGood(kept, refining, (rows) => clusterRows(rows, within, share)),
    (kept, within, share) =>
      clusterGood(kept, refining, (rows) => clusterOrSplit(rows, kept.precluster, within, share)),
  );
  for await (const { kept, result } of parts) yield { kept, labels: result, count: renumber(result) };
}
