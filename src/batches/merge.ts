/**
 * Clusters of sequences that are in several preclusters each. The edges found in all preclusters make one graph, and this
 * graph is clustered. So a cluster may extend over many preclusters, and none is cut at the border between two.
 *
 * A sequence is identified by the number of its first row. All rows of a sequence are in the same preclusters, so this number
 * is the same in each. An edge is found in every precluster that contains both ends, and is used from the first of them.
 */

import { MemoryLimitError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import { mcl } from '../graph/mcl.ts';
import { advice, type Message, option, say } from '../messages.ts';
import { joinNeighbours } from '../sequences/hamming.ts';
import { allocate } from '../support/allocate.ts';
import { inSteps, pause, yieldInPage } from '../support/scheduling.ts';
import { Connected } from './connected.ts';
import { PRUNING, pruningThatFits, roomFor } from './flow-room.ts';
import { groupsOf, sequencesOf } from './genes.ts';
import type { RunLog } from './log.ts';
import type { RunFacts, SegmentFacts } from './manifest.ts';
import { distinct, type Refining, workInOrder } from './refine.ts';
import { type KeptRows, WaitingSequences } from './rows.ts';
import { appendBytesFor, writeSegment } from './segment.ts';

/** Rows or edges processed between two turns of the event loop. */
const STEP = 2 ** 14;

/** Most bytes to read from the store at a time, unless one precluster is larger. */
export const READ_BYTES = 2 ** 25;

/** Rows of a precluster whose nearest centroid is that of this precluster. The others are guests. */
function residents({ rows, seats, precluster }: KeptRows, overlap: number): Uint32Array {
  const all = Array.from(rows.keys());
  return Uint32Array.from(overlap > 1 ? all.filter((i) => seats[i * overlap] === precluster) : all);
}

/** Preclusters without their guests. */
export async function* residentsOnly(
  preclusters: AsyncGenerator<KeptRows, void, undefined>,
  { overlap }: RunFacts,
): AsyncGenerator<KeptRows, void, undefined> {
  for await (const kept of preclusters) {
    const own = residents(kept, overlap);
    yield {
      ...kept,
      rows: Float64Array.from(own, (i) => kept.rows[i]),
      sequences: Array.from(own, (i) => kept.sequences[i]),
      seats: new Uint32Array(),
    };
  }
}

/** The lowest precluster that two rows have in common, or -1. */
function firstCommon(a: Uint32Array, i: number, b: Uint32Array, j: number, overlap: number): number {
  let first = -1;
  for (let x = 0; x < overlap; x++) {
    const seat = a[i * overlap + x];
    for (let y = 0; y < overlap; y++) {
      if (b[j * overlap + y] === seat && (first < 0 || seat < first)) first = seat;
    }
  }
  return first;
}

/** A growing list of pairs of numbers. */
class Pairs {
  data = new Uint32Array(1 << 12);
  length = 0;

  constructor(readonly limit: number) {}

  /** Whether one more can be had. */
  get full(): boolean {
    return this.length === this.data.length && 12 * this.length > this.limit;
  }

  add(i: number, j: number): void {
    if (this.length === this.data.length) {
      // The old and the new array exist at the same time.
      const bytes = 12 * this.length;
      if (bytes > this.limit) {
        throw new MemoryLimitError(
          `more than ${this.length / 2} edges between sequences`,
          bytes,
          this.limit,
          say`with ${ALONE} each precluster is clustered on its own, which takes less`,
        );
      }
      const larger = new Uint32Array(2 * this.length);
      larger.set(this.data);
      this.data = larger;
    }
    this.data[this.length++] = i;
    this.data[this.length++] = j;
  }
}

/** The edges between the distinct sequences of a precluster, and the first row of each within the precluster. */
interface Edges extends Pick<Graph, 'offsets' | 'neighbours'> {
  firsts: Uint32Array;
}

async function edgesOf(kept: KeptRows, { facts, settled, inner }: Refining, limit: number): Promise<Edges> {
  await pause(inner.signal);
  const { unique, of } = distinct(kept.sequences);
  await pause(inner.signal);
  const firsts = firstRows(of, unique.length);
  await yieldInPage();
  const options = {
    ...{ ...inner, ...settled.graph, memoryLimit: Math.max(1, limit) },
    ...groupsOf(unique, facts),
  };
  const { offsets, neighbours } = await joinNeighbours(sequencesOf(unique, facts), options);
  return { offsets, neighbours, firsts };
}

/** Pass the numbers of the rows of each edge that counts in this precluster. */
async function forEdges(
  { rows, seats, precluster }: KeptRows,
  { offsets, neighbours, firsts }: Edges,
  overlap: number,
  signal: AbortSignal | undefined,
  add: (i: number, j: number) => void,
): Promise<void> {
  await inSteps(firsts.length, STEP >> 2, signal, (begin, end) => {
    for (let i = begin; i < end; i++) {
      for (let e = offsets[i]; e < offsets[i + 1]; e++) {
        const j = neighbours[e];
        if (j <= i || firstCommon(seats, firsts[i], seats, firsts[j], overlap) !== precluster) continue;
        add(rows[firsts[i]], rows[firsts[j]]);
      }
    }
  });
}

/** For each distinct sequence, the first row that has it. */
export function firstRows(of: Uint32Array, count: number): Uint32Array {
  const firsts = new Uint32Array(count);
  for (let i = of.length - 1; i >= 0; i--) firsts[of[i]] = i;
  return firsts;
}

/** A graph of n nodes from a list of its edges. Each edge is given once. */
async function graphOf(n: number, pairs: Uint32Array, signal: AbortSignal | undefined): Promise<Graph> {
  const offsets = new Uint32Array(n + 1);
  const neighbours = new Uint32Array(pairs.length);
  await inSteps(pairs.length, STEP, signal, (begin, end) => {
    for (let e = begin; e < end; e++) offsets[pairs[e] + 1]++;
  });
  for (let i = 0; i < n; i++) offsets[i + 1] += offsets[i];
  const next = offsets.slice(0, n);
  await inSteps(pairs.length / 2, STEP, signal, (begin, end) => {
    for (let e = begin; e < end; e++) {
      const [i, j] = [pairs[2 * e], pairs[2 * e + 1]];
      neighbours[next[i]++] = j;
      neighbours[next[j]++] = i;
    }
  });
  await inSteps(n, STEP >> 2, signal, (begin, end) => {
    for (let i = begin; i < end; i++) neighbours.subarray(offsets[i], offsets[i + 1]).sort();
  });
  return { n, offsets, neighbours };
}

/** Thrown if clustering the edges does not fit in the memory that the edges leave. */
class FlowError extends MemoryLimitError {
  constructor(
    what: string,
    neededBytes: number,
    allowedBytes: number,
    /** A pruning that fits. */
    readonly pruning: number | undefined,
  ) {
    super(what, neededBytes, allowedBytes, 'take more memory');
  }
}

/** The clusters of a run. */
interface Merged {
  /** The cluster of each sequence, at its first row; 0 at other rows and for sequences without edges. */
  labels: Int32Array;
  /** The precluster with which each cluster is returned: that of its first row. */
  homes: Uint32Array;
  /** Number of clusters. */
  count: number;
}

/**
 * Cluster the edges of all preclusters together.
 * @param total number of rows of all batches
 * @param limit memory available for all of it
 * @param besides what the caller holds, which errors add to the limit, and whether clusters are counted
 * @throws MemoryLimitError that names the whole limit, not the share of one step
 */
export async function mergeClusters(
  preclusters: AsyncGenerator<KeptRows, void, undefined>,
  refining: Refining,
  total: number,
  limit: number,
  besides: { heldBytes: number; counts: boolean },
): Promise<Merged> {
  try {
    return await mergeWithin(preclusters, refining, total, limit);
  } catch (error) {
    if (!(error instanceof MemoryLimitError) || error.busy) throw error;
    const { neededBytes, allowedBytes } = error;
    const { settled, run } = refining;
    const { limit: whole } = run;
    const { heldBytes, counts } = besides;
    // Finding edges and keeping them get half of the memory each; of the former half, a quarter is for rows that wait.
    const scale = settled.method === 'mcl' ? 4 : 2;
    const lacking = (error instanceof FlowError ? 1 : scale) * (neededBytes - allowedBytes);
    // With a larger limit, reading and counting get more as well.
    const part = counts ? 1 / 8 : 0;
    const rest = whole * (1 - part) - 2 * Math.min(READ_BYTES, whole / 8) + lacking;
    const needed = Math.min(rest / (3 / 4 - part), (rest + 2 * READ_BYTES) / (1 - part));
    throw Object.assign(
      new MemoryLimitError(
        'clustering the edges of all preclusters together',
        Math.ceil(needed) + heldBytes,
        whole + heldBytes,
        adviceFor(error, settled.method),
      ),
      { cause: error },
    );
  }
}

/** Clusters each precluster on its own. */
const ALONE = advice('overlap', 'clusters({ overlap: 1 })', 1);

function adviceFor(error: MemoryLimitError, method: string): Message {
  let ways: Message = 'more memory';
  if (error instanceof FlowError && error.pruning !== undefined)
    ways = say`${ways}, ${option('pruning', error.pruning)} (smaller clusters)`;
  if (method === 'mcl')
    ways = say`${ways}, ${option('method', 'components')} (connected sequences, without a flow)`;
  return say`use ${ways}, or ${ALONE}, which clusters each precluster on its own`;
}

/** Memory for edges and their clustering. */
export function roomIn(limit: number, rows: number): number {
  return limit - rows * ROW_BYTES;
}

async function mergeWithin(
  preclusters: AsyncGenerator<KeptRows, void, undefined>,
  refining: Refining,
  total: number,
  limit: number,
): Promise<Merged> {
  const { settled, inner, run, facts } = refining;
  const { signal } = inner;
  const rowBytes = total * ROW_BYTES;
  if (rowBytes > limit) {
    const what = `joining the clusters of ${total} sequences`;
    throw new MemoryLimitError(what, rowBytes, limit, say`use ${ALONE}, which takes less`);
  }
  const room = roomIn(limit, total);
  const connected = new Connected(total);
  const residence = allocate(Uint32Array, total);
  const flow = settled.method === 'mcl';
  // Half of the memory is for finding edges, half for the edges found, where they are kept.
  let pairs: Pairs | undefined = flow ? new Pairs(room / 2) : undefined;
  const add = (i: number, j: number): void => {
    connected.add(i, j);
    // Edges that are too many are counted to their end: only then can be said what is enough, and no flow is tried for it.
    if (pairs?.full) pairs = undefined;
    pairs?.add(i, j);
  };
  const finding = flow ? room / 2 : room;
  for await (const { kept, result } of workInOrder(preclusters, refining, finding, edgesOf)) {
    await forEdges(kept, result, facts.overlap, signal, add);
    for (const i of residents(kept, facts.overlap)) residence[kept.rows[i]] = kept.precluster;
    run.progress({ phase: 'edges', done: kept.precluster + 1, total: facts.preclusters });
  }
  if (!flow) return mergeConnected(connected, residence, signal);
  const { edges } = connected;
  const refuse = (what: string, allowed: number, needed?: number): never => {
    const size = { edges, ...connected.sizes(residence.fill(0)) };
    const { pruning = PRUNING } = settled.mcl;
    const enough = needed ?? roomFor(size, pruning, run.threads);
    throw new FlowError(what, enough, allowed, pruningThatFits(size, room, run.threads));
  };
  if (!pairs) return refuse(`${edges} edges`, room);
  const list = (pairs as Pairs).data.subarray(0, 2 * edges);
  // Nodes are the sequences with edges, in the order of their first rows.
  const nodes = allocate(Int32Array, total);
  let n = 0;
  await inSteps(total, STEP, signal, (begin, end) => {
    for (let i = begin; i < end; i++) if (connected.has(i)) nodes[i] = ++n;
  });
  // The pairs, the graph, and the places of its next neighbours.
  if (list.buffer.byteLength + 8 * edges + 8 * n > room) refuse(`${edges} edges`, room);
  await inSteps(list.length, STEP, signal, (begin, end) => {
    for (let e = begin; e < end; e++) list[e] = nodes[list[e]] - 1;
  });
  const graph = await graphOf(n, list, signal);
  pairs = undefined;
  const left = Math.max(1, room - list.buffer.byteLength - 8 * edges - 4 * n);
  const found = await mcl(graph, {
    ...{ ...inner, ...settled.mcl, memoryLimit: left },
    onProgress: ({ done, total: of }) => run.progress({ phase: 'mcl', done, total: of }),
  }).catch((error) => {
    if (!(error instanceof MemoryLimitError) || error.busy) throw error;
    return refuse('the flow', left, error.neededBytes);
  });
  // Clusters are numbered by their first rows.
  const numbers = allocate(Uint32Array, found.clusters.length + 1);
  const homes = allocate(Uint32Array, found.clusters.length + 1);
  let count = 0;
  await inSteps(total, STEP, signal, (begin, end) => {
    for (let i = begin; i < end; i++) {
      if (nodes[i] === 0) continue;
      const label = found.labels[nodes[i] - 1];
      if (label !== 0 && numbers[label] === 0) {
        numbers[label] = ++count;
        homes[count] = residence[i];
      }
      nodes[i] = numbers[label];
    }
  });
  return { labels: nodes, homes, count };
}

/** Clusters that are connected components. They are numbered by their first rows, which are their roots. */
async function mergeConnected(
  connected: Connected,
  residence: Uint32Array,
  signal: AbortSignal | undefined,
): Promise<Merged> {
  const total = residence.length;
  let count = 0;
  await inSteps(total, STEP, signal, (begin, end) => {
    for (let i = begin; i < end; i++) if (connected.has(i) && connected.rootOf(i) === i) count++;
  });
  const homes = allocate(Uint32Array, count + 1);
  let next = 0;
  await inSteps(total, STEP, signal, (begin, end) => {
    for (let i = begin; i < end; i++) {
      const root = connected.has(i) ? connected.rootOf(i) : -1;
      if (root === i) homes[++next] = residence[i];
      // The number of a cluster replaces the residence: the root comes before its other rows.
      residence[i] = root === i ? next : root < 0 ? 0 : residence[root];
    }
  });
  return { labels: new Int32Array(residence.buffer), homes, count };
}

/** Bytes that merging needs for each row, besides edges: connections, residence, nodes, and homes of clusters. */
const ROW_BYTES = 16;

/**
 * For each precluster, its residents, and all rows of the clusters whose first row is there. So each cluster is returned once,
 * as a whole.
 *
 * For that, rows are written to the store again, each to the precluster of its cluster, and read back. The segments are
 * removed at the end.
 */
export async function* bringHome(
  log: RunLog,
  open: (segments?: readonly SegmentFacts[]) => Promise<{
    preclusters: AsyncGenerator<KeptRows, void, undefined>;
  }>,
  { labels, homes }: Merged,
  refining: Refining,
  writeBytes: number,
): AsyncGenerator<{ kept: KeptRows; labels: Int32Array }, void, undefined> {
  const { facts, store } = log;
  const { signal } = refining.inner;
  const most = Math.max(1, Math.floor(writeBytes / (2 * (facts.maxLength as number) + 16)));
  const waiting = new WaitingSequences();
  const numbers = new Uint32Array(most);
  const seats = new Uint32Array(most);
  const single = { preclusters: facts.preclusters, overlap: 1 };
  const segments: SegmentFacts[] = [];
  const files: string[] = [];
  const appendBytes = appendBytesFor(refining.run.limit);
  const flush = async () => {
    if (waiting.count === 0) return;
    const file = log.temporarySegment();
    files.push(file);
    segments.push(
      await writeSegment(store, file, single, waiting, numbers, seats, 0, { appendBytes, signal }),
    );
    waiting.clear();
  };
  const clusterOf = ({ rows, sequences }: KeptRows): Int32Array => {
    const { of, unique } = distinct(sequences);
    const firsts = firstRows(of, unique.length);
    return Int32Array.from(of, (u) => labels[rows[firsts[u]]]);
  };
  try {
    for await (const kept of (await open()).preclusters) {
      const clusters = clusterOf(kept);
      await pause(signal);
      for (const i of residents(kept, facts.overlap)) {
        if (waiting.count === most) await flush();
        numbers[waiting.count] = kept.rows[i];
        seats[waiting.count] = clusters[i] === 0 ? kept.precluster : homes[clusters[i]];
        waiting.take(kept.sequences[i]);
        if (waiting.count % STEP === 0) await pause(signal);
      }
      await pause(signal);
    }
    await flush();
    for await (const kept of (await open(segments)).preclusters) {
      const order = Uint32Array.from(kept.rows.keys()).sort((a, b) => kept.rows[a] - kept.rows[b]);
      const rows = Float64Array.from(order, (i) => kept.rows[i]);
      const home = { ...kept, rows, sequences: Array.from(order, (i) => kept.sequences[i]) };
      await pause(signal);
      yield { kept: home, labels: clusterOf(home) };
      await pause(signal);
    }
  } finally {
    await log.discard(files);
  }
}
