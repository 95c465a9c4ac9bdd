/** Plans the memory of kmeans before any work begins. */

import { BYTES, type Element } from '../distance/element-types.ts';
import type { RowSet } from '../distance/space.ts';
import { type Message, option, say } from '../messages.ts';
import { readerChunks, type Shape } from '../model/source.ts';
import { mostFitting } from '../runtime/fitting.ts';
import { EXTRA } from '../runtime/kernels/kernel-set.ts';
import { Layout } from '../runtime/memory/layout.ts';
import { fits, type MemoryRequest } from '../runtime/memory-request.ts';
import type { RunState } from '../runtime/run.ts';
import {
  type KMeansLayout,
  layOutCentroids,
  layOutSeeds,
  layOutSlot,
  mayCentre,
  type SeedLayout,
  type Slot,
} from './layout.ts';
import type { SettledKMeans } from './options.ts';

/** Bytes of a chunk, unless the caller or the limit sets another size. */
const CHUNK_BYTES = 2 ** 21;

export interface KMeansPlan {
  layout: KMeansLayout;
  /** The rows from which centroids are found, if they are kept in memory. */
  held: Slot | undefined;
  /** Memory for chunks, if rows are read in chunks. */
  chunk: Slot | undefined;
  /** Number of rows from which the first centroids are chosen, and their address if they are a random subset. */
  seedRows: number;
  seedSet: RowSet | undefined;
  seeds: SeedLayout | undefined;
  chunkRows: number;
  /** Number of rows of the source, if known. */
  rows: number | undefined;
  request: MemoryRequest;
}

/**
 * Number of rows from which the first centroids are chosen: 64 per cluster, and more if rows are short. It must not depend on
 * memory, or the result would.
 */
function mostSeedRows(k: number, cols: number): number {
  return Math.max(64 * k, Math.min(2 ** 16, Math.ceil(2 ** 23 / cols)));
}

/** What the caller could change so that k-means fits. Each of it alone is enough. */
function whatFits(settled: SettledKMeans, shape: Shape & { dtype: Element }, run: RunState): Message {
  const can = (change: Partial<SettledKMeans>) =>
    fits(planKMeans({ ...settled, ...change }, shape, run).request);
  const { k, init, sample, chunkRows, labels } = settled;
  const less = typeof init === 'string' ? mostFitting(k, (fewer) => can({ k: fewer })) : 0;
  if (less > 0) return `${less} clusters would fit`;
  const ways: Message[] = [];
  if (labels && can({ labels: false })) ways.push(option('labels', false));
  if (chunkRows !== undefined && can({ chunkRows: undefined }))
    ways.push(say`leaving out ${option('chunkRows')}`);
  const below = Math.min(sample ?? Number.POSITIVE_INFINITY, shape.rows ?? 2 ** 20);
  const part = mostFitting(below, (rows) => rows < k || can({ sample: rows }));
  if (part >= k) ways.push(option('sample', part));
  if (ways.length === 0) return 'nothing smaller would fit';
  return say`${ways.reduce((all, way) => say`${all} or ${way}`)} would fit`;
}

function lay(
  settled: SettledKMeans,
  shape: Shape & { dtype: Element },
  run: RunState,
  holding: boolean,
  chunkRows: number,
): KMeansPlan {
  const { k, metric, sample, init } = settled;
  const { cols, dtype, rows, overheadBytes = 0 } = shape;
  const layout = new Layout();
  const regions = layOutCentroids(layout, metric, k, cols, dtype);
  const { space } = regions;
  const training =
    sample === undefined ? (holding ? (rows as number) : undefined) : Math.min(sample, rows ?? sample);
  const held = training === undefined ? undefined : layOutSlot(layout, space, training);
  const chunk = holding && sample === undefined ? undefined : layOutSlot(layout, space, chunkRows);
  const most = mostSeedRows(k, cols);
  const seeding = typeof init === 'string';
  const seedRows = Math.min(most, training ?? rows ?? most);
  const copied = seeding && (training === undefined || training > most);
  const seedSet = copied ? space.layOut(layout, seedRows, false) : undefined;
  const seeds = seeding ? layOutSeeds(layout, space, seedRows) : undefined;
  const size = BYTES[dtype];
  const request: MemoryRequest = {
    linearBytes: layout.totalBytes,
    kernels: EXTRA,
    hostBytes:
      // The reader's buffers, the best centroids so far and the returned ones, and the labels.
      (readerChunks(shape) - (chunk ? 0 : 1)) *
        (chunk ? chunkRows : Math.min(chunkRows, rows ?? chunkRows)) *
        cols *
        size +
      3 * k * cols * (mayCentre(metric, dtype) ? 8 : size) +
      (settled.labels ? 4 * (rows ?? 0) : 0) +
      overheadBytes,
    limit: run.limit,
    threads: run.threads,
    what: `k-means of ${rows === undefined ? 'rows' : `${rows} rows`} of ${cols} columns with ${k} clusters`,
    wouldFit: () => whatFits(settled, shape, run),
  };
  return { layout: regions, held, chunk, seedRows: most, seedSet, seeds, chunkRows, rows, request };
}

/** Rows to read at a time: as the caller says, or about 2 MB, or less if the limit requires it. */
export function chunkRowsOf(
  { chunkRows }: SettledKMeans,
  { cols, dtype }: { cols: number; dtype: Element },
  { limit }: RunState,
): number {
  return chunkRows ?? Math.max(1, Math.floor(Math.min(CHUNK_BYTES, limit / 16) / (cols * BYTES[dtype])));
}

/** Plan k-means: with all rows in linear memory if they fit, otherwise in chunks. */
export function planKMeans(
  settled: SettledKMeans,
  shape: Shape & { dtype: Element },
  run: RunState,
): KMeansPlan {
  const most = shape.rows || Number.POSITIVE_INFINITY;
  let chunkRows = Math.min(most, chunkRowsOf(settled, shape, run));
  if (shape.rows !== undefined || settled.sample !== undefined) {
    const plan = lay(settled, shape, run, settled.sample === undefined, chunkRows);
    if (fits(plan.request)) return plan;
  }
  for (;;) {
    const plan = lay(settled, shape, run, false, chunkRows);
    if (chunkRows === 1 || settled.chunkRows !== undefined || fits(plan.request)) return plan;
    chunkRows >>= 1;
  }
}
