import { formatBytes, MemoryLimitError, warning } from '../errors.ts';
import { option, say } from '../messages.ts';
import { joinNeighbours } from '../sequences/hamming.ts';
import { inSteps } from '../support/scheduling.ts';
import { Connected } from './connected.ts';
import { type FlowSize, PRUNING, pruningThatFits, roomFor } from './flow-room.ts';
import { groupsOf, sequencesOf } from './genes.ts';
import { distinct, type Refining } from './refine.ts';
import type { KeptRows } from './rows.ts';

/** Whether a precluster of this many rows can have a family for which Markov clustering lacks memory. */
export function mayLackRoom(rows: number, { settled, run }: Refining, room: number): boolean {
  if (settled.method !== 'mcl') return false;
  return (
    roomFor({ edges: rows, nodes: rows, largest: rows }, settled.mcl.pruning ?? PRUNING, run.threads) > room
  );
}

/**
 * Warn (LARGE_FAMILY) if the largest precluster has a family of connected sequences for which Markov clustering may lack memory:
 * at once, before the edges of all preclusters are found. Whether it lacks memory is known only during the work.
 *
 * @param room memory for the edges of all preclusters and their clustering
 */
export async function warnOfFamily(kept: KeptRows, refining: Refining, room: number): Promise<void> {
  const { settled, run, facts, inner } = refining;
  const { unique } = distinct(kept.sequences);
  const options = {
    ...inner,
    ...settled.graph,
    memoryLimit: Math.max(1, room / 2),
    ...groupsOf(unique, facts),
  };
  const graph = await joinNeighbours(sequencesOf(unique, facts), options).catch((error) => {
    // The precluster is processed again with the others, which tells what it needs.
    if (error instanceof MemoryLimitError) return undefined;
    throw error;
  });
  if (!graph) return;
  const { n, offsets, neighbours } = graph;
  const connected = new Connected(n);
  await inSteps(n, 2 ** 12, inner.signal, (begin, end) => {
    for (let i = begin; i < end; i++) {
      for (let e = offsets[i]; e < offsets[i + 1]; e++)
        if (neighbours[e] > i) connected.add(i, neighbours[e]);
    }
  });
  const size: FlowSize = { edges: connected.edges, ...connected.sizes(new Uint32Array(n)) };
  const needed = roomFor(size, settled.mcl.pruning ?? PRUNING, run.threads);
  if (needed <= room) return;
  const pruning = pruningThatFits(size, room, run.threads);
  const fits = option('method', 'components');
  const message = say`precluster ${kept.precluster} has ${size.largest} connected sequences; clustering them takes up to ${formatBytes(needed)}, but ${formatBytes(room)} are free; it is tried, and refused as soon as it does not fit; ${
    pruning === undefined
      ? say`${fits} would fit`
      : say`${option('pruning', pruning)} (smaller clusters) would fit, and so would ${fits}`
  }`;
  run.warn(warning('LARGE_FAMILY', message));
}
