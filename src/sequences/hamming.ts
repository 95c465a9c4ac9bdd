import { MemoryLimitError, rangeError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import { BEGIN, END, type Engine, SCRATCH, type TileCall } from '../runtime/engine.ts';
import { CLASS_WORDS, TASK_WORDS } from '../runtime/kernels/constants.ts';
import { hammingScratchBytes } from '../runtime/kernels/hamming-sizes.ts';
import { EXTRA } from '../runtime/kernels/kernel-set.ts';
import { roundUp } from '../runtime/kernels/sizes.ts';
import { withEngine } from '../runtime/lease.ts';
import { checkInputs, type Inputs, keepWithin, ownOptions } from '../runtime/memory/inputs.ts';
import { Layout } from '../runtime/memory/layout.ts';
import { ADDRESSABLE_BYTES } from '../runtime/memory/limits.ts';
import type { MemoryRequest } from '../runtime/memory-request.ts';
import { type RunState, readRun } from '../runtime/run.ts';
import { allocate, guard, guarded } from '../support/allocate.ts';
import {
  checkArray,
  checkBoolean,
  checkLength,
  checkOptions as checkNames,
  checkOneOf,
  type Known,
  RUN_OPTIONS,
} from '../support/checks.ts';
import { inSteps } from '../support/scheduling.ts';
import type { Run } from '../types.ts';
import { findRepeats, repeatsBytes, spreadGraph } from './duplicates.ts';
import { type Class, type ClassPlan, planClasses, planTasks } from './hamming-plan.ts';
import { refuseNucleotides } from './letters.ts';

/** Options of `hammingGraph`. */
export interface HammingOptions extends Run {
  /** Largest number of positions in which two sequences of an edge differ. Default 1. */
  maxDistance?: 1 | 2;
  /** Also join two sequences if one is the other without one residue. Default false. */
  indels?: boolean;
  /** A group for each sequence (its V gene): only sequences of the same group are joined. */
  groups?: readonly (string | undefined)[];
}

const HAMMING_OPTIONS: Known<HammingOptions> = {
  maxDistance: true,
  indels: true,
  groups: true,
  ...RUN_OPTIONS,
};

/**
 * The graph of sequences that differ in at most `maxDistance` positions. They have equal length, unless `indels` is true:
 * then sequences that differ by one insertion or deletion are joined too. The result is exact.
 *
 * @param sequences strings of letters, or of any characters from '!' to '~'; equal sequences are joined too
 * @returns a node for each sequence, in order
 * @throws TypeError for other types; RangeError for an empty sequence, other characters, nucleotides (more than 8 letters,
 *   all of them A, C, G, T, U or N) or a wrong number of groups; MemoryLimitError, also once the edges have been counted
 *
 * Memory: 16 bytes for each sequence of up to 16 letters, 32 bytes up to 32 letters, and so on. In addition 120 bytes per
 * sequence, most of them to find equal ones; 8 bytes per thread for each sequence of the most frequent length; and 16 bytes
 * per edge.
 * Cost: O(n L) for maxDistance 1 and for indels, O(n L²) for 2, L the length, and O(edges).
 */
export async function hammingGraph(
  sequences: readonly string[],
  options: HammingOptions = {},
): Promise<Graph> {
  checkNames(options, HAMMING_OPTIONS, 'hammingGraph', '{ maxDistance: 2 }');
  checkOptions(sequences, options);
  const run = readRun(options);
  options = ownOptions(options, run.inputs);
  const given = { sequences };
  run.inputs.hold(given, 'sequences');
  const graph = await graphOf(given, options, run);
  checkInputs(run.inputs);
  return graph;
}

async function graphOf(
  given: { sequences: readonly string[] },
  options: HammingOptions,
  run: RunState,
): Promise<Graph> {
  const { inputs } = run;
  const { groups } = options;
  // joinNeighbours throws an error that names the sequence.
  let texts = true;
  await inSteps(given.sequences.length, 2 ** 14, run.signal, (begin, end) => {
    for (let i = begin; texts && i < end; i++) {
      texts = typeof given.sequences[i] === 'string';
      if (texts) refuseNucleotides(given.sequences[i], `sequence ${i}`);
    }
  });
  if (!texts) return joinNeighbours(given.sequences, options, { inputs });
  const heldBytes = repeatsBytes(given.sequences, groups);
  if (heldBytes > run.limit) {
    throw new MemoryLimitError(whatOf(given.sequences.length), heldBytes, run.limit, FEWER);
  }
  const repeats = await findRepeats(given.sequences, groups, run);
  if (!repeats) return joinNeighbours(given.sequences, options, { heldBytes, inputs });
  const { firsts } = repeats;
  const distinct: string[] = [];
  const ofDistinct: (string | undefined)[] | undefined = groups && [];
  await inSteps(firsts.length, 2 ** 14, run.signal, (begin, end) => {
    for (let i = begin; i < end; i++) {
      distinct.push(given.sequences[firsts[i]]);
      ofDistinct?.push(groups?.[firsts[i]]);
    }
  });
  try {
    const graph = await joinNeighbours(distinct, { ...options, groups: ofDistinct }, { heldBytes, inputs });
    return await spreadGraph(graph, repeats, run);
  } catch (error) {
    // An invalid sequence must be named by its index among all sequences, so check them all again.
    if (error instanceof RangeError && !(error instanceof MemoryLimitError)) {
      return joinNeighbours(given.sequences, options, { heldBytes, inputs });
    }
    throw error;
  }
}

const FEWER = 'take fewer sequences at a time';

function whatOf(n: number): string {
  return `the Hamming graph of ${n} sequences`;
}

function checkOptions(sequences: readonly string[], options: HammingOptions): void {
  const { maxDistance = 1, indels = false, groups } = options;
  checkArray(sequences, 'sequences', 'an array of strings');
  checkOneOf(maxDistance, 'maxDistance', [1, 2]);
  checkBoolean(indels, 'indels');
  if (groups !== undefined) checkArray(groups, 'groups', 'an array with one group for each sequence');
  if (groups) checkLength(groups.length, 'groups', sequences.length, 'group', 'sequences');
}

/** Internal settings of `joinNeighbours`. */
interface Joining {
  /** Bytes that the caller holds. They count against the limit. */
  heldBytes?: number;
  /** The caller's record of its inputs. */
  inputs?: Inputs;
  /** Number of hash table entries above which a table is divided into parts; set by tests. */
  entries?: number;
}

/**
 * Like `hammingGraph`, for callers whose sequences are all different: it spends no time and memory on finding equal ones. If
 * some are equal anyway, the graph is still correct, but a few thousand equal sequences take long.
 */
export async function joinNeighbours(
  sequences: readonly string[],
  options: HammingOptions,
  { heldBytes = 0, inputs, entries }: Joining = {},
): Promise<Graph> {
  checkOptions(sequences, options);
  const { maxDistance = 1, indels = false, groups } = options;
  const run = { ...readRun(options), ...(inputs && { inputs }) };
  const plan = await guarded(planClasses(sequences, groups, run.signal));
  const tasks = guard(() => planTasks(plan.classes, maxDistance, indels, entries));
  return withPlan(sequences, plan, tasks, maxDistance, heldBytes, run);
}

interface HammingLayout {
  classes: number;
  tasks: number;
  order: number;
  hashes: number;
  /** For each sequence: first its number of neighbours, then the position of its next neighbour. */
  places: number;
  offsets: number;
  scratch: { ptr: number; bytes: number };
}

async function withPlan(
  sequences: readonly string[],
  { classes, order }: ClassPlan,
  tasks: Uint32Array,
  maxDistance: number,
  heldBytes: number,
  run: RunState,
): Promise<Graph> {
  const n = sequences.length;
  const layout = new Layout();
  for (const one of classes) one.residues = layout.add(one.count * one.stride);
  const largest = classes.reduce((most, { count }) => Math.max(most, count), 0);
  const scratchBytes = roundUp(hammingScratchBytes(largest), 64);
  const regions: HammingLayout = {
    classes: layout.add(4 * CLASS_WORDS * classes.length),
    tasks: layout.add(4 * tasks.length),
    order: layout.add(4 * n),
    hashes: layout.add(4 * n),
    places: layout.add(4 * n),
    offsets: layout.add(4 * (n + 1)),
    scratch: { ptr: layout.add(scratchBytes * run.threads), bytes: scratchBytes },
  };
  const request: MemoryRequest = {
    linearBytes: layout.totalBytes,
    // The order, the offsets, and the tasks.
    hostBytes: heldBytes + 4 * (3 * n + 1) + 4 * tasks.length,
    limit: run.limit,
    threads: run.threads,
    kernels: EXTRA,
    what: whatOf(n),
    wouldFit: FEWER,
  };
  return withEngine(request, run, async (engine) => {
    await writeSequences(engine, regions, sequences, classes, order, run.signal);
    engine.i32(regions.tasks, tasks.length).set(tasks);
    const hashes: TileCall = {
      kernel: 'hammingHashes',
      args: [regions.classes, classes.length, BEGIN, END, regions.hashes],
    };
    if (n > 0) await engine.tiles(hashes, 0, n, { signal: run.signal, grain: 256 });
    const total = 2 * (tasks.length / TASK_WORDS);
    await findPairs(engine, regions, tasks, maxDistance, undefined, 0, total, run);

    const { offsets, edges } = await countOffsets(engine.u32(regions.places, n), run.signal);
    const neighbours = layout.add(4 * edges);
    const needed =
      request.linearBytes +
      (request.hostBytes as number) +
      layout.totalBytes -
      request.linearBytes +
      4 * edges;
    if (needed > run.limit || layout.totalBytes > ADDRESSABLE_BYTES || edges >= 2 ** 32) {
      const allowed = Math.min(run.limit, ADDRESSABLE_BYTES);
      throw new MemoryLimitError(`${request.what}, which has ${edges / 2} edges,`, needed, allowed, FEWER);
    }
    keepWithin(run.inputs, run.limit - needed);
    engine.reserve(layout.totalBytes);
    engine.u32(regions.places, n).set(offsets.subarray(0, n));
    engine.u32(regions.offsets, n + 1).set(offsets);
    await findPairs(engine, regions, tasks, maxDistance, neighbours, total / 2, total, run);
    const sort: TileCall = { kernel: 'sortNeighbours', args: [BEGIN, END, regions.offsets, neighbours] };
    if (n > 0) await engine.tiles(sort, 0, n, { signal: run.signal, grain: 64 });
    return { n, offsets, neighbours: engine.u32(neighbours, edges).slice() };
  });
}

/** Write classes, residues and order to linear memory. @throws RangeError for an invalid character */
async function writeSequences(
  engine: Engine,
  layout: HammingLayout,
  sequences: readonly string[],
  classes: readonly Class[],
  order: Uint32Array,
  signal: AbortSignal | undefined,
): Promise<void> {
  const table = classes.flatMap(({ first, count, length, stride, residues }) => [
    first,
    count,
    length,
    stride,
    residues,
  ]);
  engine.u32(layout.classes, table.length).set(table);
  engine.u32(layout.order, order.length).set(order);
  for (const { first, count, length, stride, residues } of classes) {
    const bytes = engine.bytes(residues, count * stride).fill(0);
    await inSteps(count, Math.ceil(20_000 / length), signal, (begin, end) => {
      for (let r = begin; r < end; r++) {
        const sequence = sequences[order[first + r]];
        const at = r * stride;
        for (let i = 0; i < length; i++) {
          const code = sequence.charCodeAt(i);
          if (code < 33 || code > 126) {
            throw rangeError(
              `sequence ${order[first + r]} has ${JSON.stringify(sequence[i])} at position ${i}; allowed are characters from '!' to '~'`,
            );
          }
          bytes[at + i] = code;
        }
      }
    });
  }
}

/** Count the pairs, or write the neighbours at the address `neighbours`, if it is given. */
async function findPairs(
  engine: Engine,
  layout: HammingLayout,
  tasks: Uint32Array,
  maxDistance: number,
  neighbours: number | undefined,
  before: number,
  total: number,
  run: RunState,
): Promise<void> {
  const { scratch } = layout;
  if (neighbours === undefined) engine.bytes(layout.places, layout.offsets - layout.places).fill(0);
  const call: TileCall = {
    kernel: 'hammingPairs',
    args: [
      ...([layout.tasks, BEGIN, END, layout.classes, layout.hashes, layout.order] as const),
      ...([maxDistance, neighbours === undefined ? 0 : 1, layout.places, neighbours ?? 0, SCRATCH] as const),
    ],
    scratch,
  };
  const onDone = (done: number) => run.progress({ phase: 'graph', done: before + done, total });
  const count = tasks.length / TASK_WORDS;
  // Tasks differ greatly in size.
  if (count > 0) await engine.tiles(call, 0, count, { signal: run.signal, grain: 1, uneven: true, onDone });
}

/** Offsets of each sequence's neighbours, from the numbers of neighbours. */
async function countOffsets(
  counts: Uint32Array,
  signal: AbortSignal | undefined,
): Promise<{ offsets: Uint32Array; edges: number }> {
  const offsets = allocate(Uint32Array, counts.length + 1);
  let edges = 0;
  await inSteps(counts.length, 2 ** 16, signal, (begin, end) => {
    for (let i = begin; i < end; i++) {
      offsets[i] = edges;
      edges += counts[i];
    }
  });
  offsets[counts.length] = edges;
  return { offsets, edges };
}
