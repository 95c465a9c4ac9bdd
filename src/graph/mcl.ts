import { MemoryLimitError } from '../errors.ts';
import { BEGIN, END, type Engine, SCRATCH, type TileCall } from '../runtime/engine.ts';
import { FULL } from '../runtime/kernels/constants.ts';
import { EXTRA } from '../runtime/kernels/kernel-set.ts';
import * as PLAN from '../runtime/kernels/markov-plan.ts';
import { withEngine } from '../runtime/lease.ts';
import { holdAny, keepWithin } from '../runtime/memory/inputs.ts';
import { Layout } from '../runtime/memory/layout.ts';
import { ADDRESSABLE_BYTES } from '../runtime/memory/limits.ts';
import type { MemoryRequest } from '../runtime/memory-request.ts';
import { type RunState, readRun } from '../runtime/run.ts';
import { guard } from '../support/allocate.ts';
import { checkNumber, checkOptions, checkWhole, type Known, RUN_OPTIONS } from '../support/checks.ts';
import { inSteps } from '../support/scheduling.ts';
import type { Run } from '../types.ts';
import { ClusterCollector } from './collect.ts';
import { type Components, findComponents } from './components.ts';
import { checkGraph, type Graph } from './graph.ts';
import { type GraphLayout, layOutGraph, writeGraph } from './layout.ts';
import { type Group, planGroups } from './mcl-groups.ts';

/** Options of `mcl`. */
export interface MclOptions extends Run {
  /** Power to which the matrix is raised in each iteration, a whole number from 2. Default 2. */
  expansion?: number;
  /** Power to which its elements are raised in each iteration, above 1. Higher values give smaller clusters. Default 1.2. */
  inflation?: number;
  /** Largest number of iterations. Default 100. */
  maxIterations?: number;
  /** Smaller elements are dropped in each iteration, except the largest of a column. Default 0.001; 0 drops none. */
  pruning?: number;
}

const MCL_OPTIONS: Known<MclOptions> = {
  expansion: true,
  inflation: true,
  maxIterations: true,
  pruning: true,
  ...RUN_OPTIONS,
};

/** The result of `mcl`. */
export interface MarkovClusters {
  /**
   * The cluster of each node, from 1; 0 for a node without neighbours, which is in no cluster. A node in several clusters has
   * the one that receives the most of its flow.
   */
  labels: Int32Array;
  /**
   * The nodes of each cluster, ascending: `clusters[0]` is cluster 1. Clusters are numbered by their first nodes.
   * A node may be in several clusters, which is rare.
   */
  clusters: Uint32Array[];
  /** Number of iterations of the component that took the most. */
  iterations: number;
  /** Whether all components converged within `maxIterations`. */
  converged: boolean;
}

const BLOCK_BYTES = 2 ** 16;
const LESS = 'a smaller graph, more pruning or a higher inflation would take less';
/** One column of this many is computed to estimate the size of all. */
const SAMPLE = 32;

/**
 * Markov clustering of a graph. Flow through the graph is expanded (the matrix is raised to a power) and inflated (its
 * elements are raised to a power) in turn, until it stays within clusters.
 *
 * Nodes get loops of weight 1. Columns are normalised. Small elements are pruned after each iteration. A component has
 * converged when no element changed by more than 1e-8 + 1e-5 of its value. Each connected component is clustered separately.
 * A component in which all nodes are neighbours of each other is one cluster, without any iteration.
 *
 * @param graph as from `hammingGraph` or `createGraph`
 * @returns clusters as sets and as labels, the same for any order of finding the edges and any number of threads
 * @throws TypeError for other types; RangeError for a graph whose neighbours are not ascending or not mutual, and for invalid
 *   options; MemoryLimitError, also during the work, since the size of a matrix is not known beforehand. Its `neededBytes`
 *   are then sufficient
 *
 * Warns (MCL_NOT_CONVERGED) if `maxIterations` were not enough. Nodes whose flow had not converged are then in the clusters
 * found so far, or in none if these were not clear.
 *
 * Memory: 12 bytes for each element of the matrix before and after an iteration, at most 1 / pruning per column. In addition
 * 60 bytes per node, 8 per edge, and for each thread 33 bytes per node of the largest component. If the components may not
 * all fit together, they are clustered in groups. A component that may not fit even alone comes first; before each iteration
 * a 32nd of its columns is computed to estimate whether the others will fit.
 * Source: van Dongen 2000, Graph clustering by flow simulation, PhD thesis, University of Utrecht. The order of the
 * operations is that of the Python package markov_clustering.
 */
export async function mcl(graph: Graph, options: MclOptions = {}): Promise<MarkovClusters> {
  checkOptions(options, MCL_OPTIONS, 'mcl', '{ inflation: 1.4 }');
  const settings = readSettings(options);
  checkGraph(graph);
  const run = readRun(options);
  const { n } = graph;
  const { offsets, neighbours, weights } = graph;
  graph = { n, offsets, neighbours, ...(weights && { weights }) };
  for (const key of ['offsets', 'neighbours', 'weights'] as const) {
    holdAny(graph, key, run.inputs, `graph.${key}`);
  }
  const collector = new ClusterCollector(n);
  if (graph.neighbours.length === 0) {
    run.progress({ phase: 'clusters', done: n, total: n });
    return { ...guard(() => collector.finish()), iterations: 0, converged: true };
  }
  const layout = new Layout();
  const regions = layOutGraph(layout, graph);
  const request: MemoryRequest = {
    linearBytes: layout.totalBytes,
    // Labels, components and members.
    hostBytes: 28 * n,
    limit: run.limit,
    threads: run.threads,
    kernels: EXTRA,
    what: `Markov clustering of ${n} nodes with ${graph.neighbours.length / 2} edges`,
    wouldFit: LESS,
  };
  return withEngine(request, run, async (engine) => {
    await writeGraph(engine, regions, graph, run);
    const components = await findComponents(engine, regions, graph, run);
    const work = new Flow(engine, layout, regions, request, components, graph, settings, run, collector);
    return work.finish();
  });
}

interface Settings {
  expansion: number;
  inflation: number;
  maxIterations: number;
  pruning: number;
}

/** @throws TypeError or RangeError that names the option */
export function readSettings(options: MclOptions): Settings {
  const { expansion = 2, inflation = 1.2, maxIterations = 100, pruning = 1e-3 } = options;
  const isExpansion = (x: number) => Number.isInteger(x) && x >= 2 && x <= 64;
  checkNumber(expansion, 'expansion', 'a whole number from 2 to 64', isExpansion);
  checkNumber(inflation, 'inflation', 'above 1 and at most 64', (x) => x > 1 && x <= 64);
  checkWhole(maxIterations, 'maxIterations', 1);
  checkNumber(pruning, 'pruning', 'from 0 to below 1', (x) => x >= 0 && x < 1);
  return { expansion, inflation, maxIterations, pruning };
}

/** The iteration of the matrix until it converges. */
class Flow {
  /** Addresses of arrays of u32, one element per node: see PLAN_WORDS. */
  readonly #first: number;
  readonly #active: number;
  readonly #moved: number;
  readonly #nodes: number;
  readonly #places: number;
  readonly #columns: [number, number];
  readonly #lengths: [number, number];
  readonly #plan: number;
  readonly #cursor: number;
  readonly #blockList: number;
  readonly #scratch: { ptr: number; bytes: number };
  readonly #columnBytes: (entries: number) => number;
  /** Most entries of a column after an iteration. */
  readonly #most: number;
  readonly #blockBytes: number;
  readonly #blocksFrom: number;
  readonly #mostBlocks: number;
  #blocks = 0;
  /** Blocks of the current matrix. */
  #held: Uint32Array = new Uint32Array(0);
  #groups: readonly Group[] = [];
  /** Whether the current group certainly fits. */
  #sure = true;

  readonly #engine: Engine;
  readonly #layout: Layout;
  readonly #regions: GraphLayout;
  readonly #request: MemoryRequest;
  readonly #components: Components;
  readonly #graph: Graph;
  readonly #settings: Settings;
  readonly #run: RunState;
  readonly #collector: ClusterCollector;

  constructor(
    engine: Engine,
    layout: Layout,
    regions: GraphLayout,
    request: MemoryRequest,
    components: Components,
    graph: Graph,
    settings: Settings,
    run: RunState,
    collector: ClusterCollector,
  ) {
    this.#engine = engine;
    this.#layout = layout;
    this.#regions = regions;
    this.#request = request;
    this.#components = components;
    this.#graph = graph;
    this.#settings = settings;
    this.#run = run;
    this.#collector = collector;
    const { n } = graph;
    const { largest, mostNeighbours } = components;
    const each = () => layout.add(4 * n);
    this.#first = each();
    this.#active = each();
    this.#moved = each();
    this.#nodes = each();
    this.#places = each();
    this.#columns = [each(), each()];
    this.#lengths = [each(), each()];
    this.#plan = layout.add(4 * PLAN.PLAN_WORDS);
    this.#cursor = layout.add(8);
    const { kernels } = engine;
    this.#columnBytes = (entries) => kernels.markovColumnBytes(entries) >>> 0;
    const bytes = Math.ceil((kernels.markovScratchBytes(largest) >>> 0) / 64) * 64;
    this.#scratch = { ptr: layout.add(bytes * run.threads), bytes };
    const { pruning } = settings;
    this.#most = pruning > 0 ? Math.min(largest, Math.floor(1 / pruning) + 2) : largest;
    const longest = this.#columnBytes(Math.max(this.#most, mostNeighbours + 1));
    this.#blockBytes = Math.ceil(Math.max(BLOCK_BYTES, longest) / 64) * 64;
    this.#mostBlocks = Math.floor(ADDRESSABLE_BYTES / this.#blockBytes);
    this.#blockList = layout.add(4 * this.#mostBlocks);
    this.#blocksFrom = layout.mark;
  }

  get #totalBytes(): number {
    return this.#blocksFrom + this.#blocks * this.#blockBytes;
  }

  /** Largest allowed size of linear memory. */
  get #addressable(): number {
    const { limit, hostBytes = 0 } = this.#request;
    return Math.min(limit - hostBytes, ADDRESSABLE_BYTES);
  }

  #addBlocks(count: number): void {
    // Fewer if there is not enough room, but at least one.
    const room = Math.floor((this.#addressable - this.#totalBytes) / this.#blockBytes);
    if (room < 1) throw this.#tooLarge(this.#groups);
    this.#blocks += Math.min(count, room);
    this.#reserve(this.#totalBytes);
  }

  #reserve(bytes: number): void {
    const { limit, hostBytes = 0 } = this.#request;
    keepWithin(this.#run.inputs, limit - hostBytes - bytes);
    this.#engine.reserve(bytes);
  }

  /** The error for components that do not fit, with a size that is certainly enough. */
  #tooLarge(groups: readonly Group[]): MemoryLimitError {
    const { limit, hostBytes = 0, what } = this.#request;
    let most: Group | undefined;
    for (const group of groups) if (group.bytes > (most?.bytes ?? 0)) most = group;
    const linear = this.#blocksFrom + (most?.bytes ?? 0);
    return new MemoryLimitError(
      `${what}, in components of up to ${most?.columns.length ?? 0} nodes,`,
      linear + hostBytes,
      Math.min(limit, ADDRESSABLE_BYTES + hostBytes),
      LESS,
    );
  }

  async finish(): Promise<MarkovClusters> {
    const engine = this.#engine;
    const components = this.#components;
    const run = this.#run;
    const collector = this.#collector;
    const graph = this.#graph;
    const layout = this.#layout;
    const { n } = graph;
    const groups = await planGroups(
      components,
      graph,
      {
        most: this.#most,
        columnBytes: this.#columnBytes,
        blockBytes: this.#blockBytes,
        threads: run.threads,
        roomBytes: this.#addressable - this.#blocksFrom,
      },
      run.signal,
    );
    this.#groups = groups;
    // If even the arrays over nodes are too large, the error names what the largest component needs.
    if (layout.totalBytes > this.#addressable) throw this.#tooLarge(groups);
    this.#reserve(layout.totalBytes);
    engine.bytes(this.#scratch.ptr, this.#scratch.bytes * run.threads).fill(0);
    const { nodes, firsts, active } = components;
    engine.u32(this.#nodes, nodes.length).set(nodes);
    engine.u32(this.#first, firsts.length).set(firsts);
    const places = engine.u32(this.#places, n);
    await inSteps(nodes.length, 2 ** 16, run.signal, (begin, end) => {
      for (let i = begin; i < end; i++) places[nodes[i]] = i;
    });
    this.#resting = n - active.length;
    this.#tell();
    await components.forCliques((list) => collector.add(list), run.signal);
    let iterations = 0;
    for (const group of groups) iterations = Math.max(iterations, await this.#rest(group));
    const converged = this.#converged;
    if (!converged) {
      run.warn({
        code: 'MCL_NOT_CONVERGED',
        message: `Markov clustering did not converge within ${iterations} iterations; increase maxIterations`,
      });
    }
    return { ...collector.finish(), iterations, converged };
  }

  /** Cluster the components of a group. @returns iterations */
  async #rest(group: Group): Promise<number> {
    const engine = this.#engine;
    const settings = this.#settings;
    const { n } = this.#graph;
    const { expansion, inflation, pruning, maxIterations } = settings;
    this.#sure = group.sure;
    this.#held = new Uint32Array(0);
    let { columns } = group;
    let iterations = 0;
    const plan = this.#plan;
    const active = this.#active;
    const scratch = this.#scratch;
    const head = [plan, active, this.#components.largest, BEGIN, END] as const;
    const begin = { kernel: 'markovBegin', args: [...head, SCRATCH], scratch } as const;
    const step = {
      kernel: 'markovStep',
      args: [...head, expansion, inflation, pruning, SCRATCH],
      scratch,
    } as const;
    await this.#step(begin, columns);
    while (columns.length > 0 && iterations < maxIterations) {
      engine.u32(this.#moved, n).fill(0);
      await this.#step(step, columns);
      iterations++;
      const still: Uint32Array = await this.#settle(columns, iterations === maxIterations);
      this.#resting += columns.length - still.length;
      columns = still;
      this.#tell();
    }
    return iterations;
  }

  #converged = true;
  /** Number of nodes whose cluster is found. */
  #resting = 0;

  #tell(): void {
    this.#run.progress({ phase: 'clusters', done: this.#resting, total: this.#graph.n });
  }

  #writePlan(): void {
    const layout = this.#regions;
    const words = {
      [PLAN.FIRST]: this.#first,
      [PLAN.COLUMNS]: this.#columns[0],
      [PLAN.LENGTHS]: this.#lengths[0],
      [PLAN.NEW_COLUMNS]: this.#columns[1],
      [PLAN.NEW_LENGTHS]: this.#lengths[1],
      [PLAN.BLOCKS]: this.#blockList,
      [PLAN.CURSOR]: this.#cursor,
      [PLAN.MOVED]: this.#moved,
      [PLAN.BLOCK_BYTES]: this.#blockBytes,
      [PLAN.OFFSETS]: layout.offsets,
      [PLAN.NEIGHBOURS]: layout.neighbours,
      [PLAN.NODES]: this.#nodes,
      [PLAN.PLACES]: this.#places,
      [PLAN.WEIGHTS]: layout.weights,
    };
    Object.assign(this.#engine.u32(this.#plan, PLAN.PLAN_WORDS), words);
  }

  /** Compute new columns for the active ones, adding blocks as needed, and release the old columns. */
  async #step(call: TileCall<'markovBegin' | 'markovStep'>, columns: Uint32Array): Promise<void> {
    const engine = this.#engine;
    const run = this.#run;
    const { n } = this.#graph;
    const held = new Set(this.#held);
    const free: number[] = [];
    for (let b = 0; b < this.#blocks; b++) if (!held.has(b)) free.push(b);
    engine.u32(this.#lengths[1], n).fill(PLAN.NONE);
    for (let t = 0; t < run.threads; t++) engine.u32(this.#scratch.ptr + t * this.#scratch.bytes, 2).fill(0);
    this.#writePlan();
    let taken = 0;
    const make = async (list: Uint32Array): Promise<void> => {
      engine.u32(this.#active, list.length).set(list);
      for (;;) {
        engine
          .u32(this.#blockList, free.length)
          .set(free.map((b) => this.#blocksFrom + b * this.#blockBytes));
        engine.u32(this.#cursor, 2).set([taken, free.length]);
        // Columns of a large component take many times longer than those of a small one.
        const options = { signal: run.signal, grain: 1, uneven: true, onDone: () => this.#tell() };
        const status = await engine.tiles(call, 0, list.length, options);
        taken = Math.min(engine.u32(this.#cursor, 1)[0], free.length);
        if (status !== FULL) return;
        const before = this.#blocks;
        this.#addBlocks(Math.max(2 * run.threads, Math.ceil(this.#blocks / 2)));
        for (let b = before; b < this.#blocks; b++) free.push(b);
      }
    };
    if (!this.#sure && columns.length >= 32 * SAMPLE) {
      // If the group may not fit, a sample of the columns shows, before the work, whether it can.
      const sample = columns.filter((_, i) => i % SAMPLE === 0);
      await make(sample);
      const lengths = engine.u32(this.#lengths[1], n);
      const bytes = sample.reduce((sum, j) => sum + this.#columnBytes(lengths[j]), 0);
      const room = this.#addressable - this.#blocksFrom - held.size * this.#blockBytes;
      if (0.9 * bytes * SAMPLE > room) throw this.#tooLarge(this.#groups);
    }
    await make(columns);
    this.#held = Uint32Array.from(free.slice(0, taken));
    this.#columns.reverse();
    this.#lengths.reverse();
  }

  /** Collect the clusters of converged components (of all at the end). @returns the columns of the others */
  async #settle(columns: Uint32Array, last: boolean): Promise<Uint32Array> {
    const engine = this.#engine;
    const run = this.#run;
    const collector = this.#collector;
    const components = this.#components;
    const { n } = this.#graph;
    this.#writePlan();
    const call: TileCall = { kernel: 'markovCompare', args: [this.#plan, this.#active, BEGIN, END] };
    await engine.tiles(call, 0, columns.length, { signal: run.signal, grain: 64 });
    const moved = engine.u32(this.#moved, n);
    const { firsts, nodes } = components;
    const still = new Uint32Array(columns.length);
    let count = 0;
    const view = {
      addresses: engine.u32(this.#columns[0], n),
      lengths: engine.u32(this.#lengths[0], n),
      memory: engine.memory.buffer,
    };
    // The columns of a component are consecutive.
    const starts: number[] = [];
    await inSteps(columns.length, 2 ** 15, run.signal, (begin, end) => {
      for (let a = begin; a < end; a++) {
        const j = columns[a];
        if (moved[firsts[j]] === PLAN.DIFFERENT) {
          still[count++] = j;
          if (!last) continue;
          this.#converged = false;
        }
        if (firsts[j] === j) starts.push(a);
      }
    });
    await inSteps(starts.length, 64, run.signal, (begin, end) => {
      for (let s = begin; s < end; s++) {
        const first = columns[starts[s]];
        let size = 1;
        while (starts[s] + size < columns.length && firsts[columns[starts[s] + size]] === first) size++;
        const list = nodes.subarray(first, first + size);
        if (moved[first] === PLAN.ALIKE) collector.add(list);
        else collector.addFlow(list, first, view);
      }
    });
    return last ? new Uint32Array(0) : still.slice(0, count);
  }
}
