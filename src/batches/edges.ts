/** Counts how many of the edges between sequences preclustering keeps. */

import { joinNeighbours } from '../sequences/hamming.ts';
import { inSteps, yieldInPage } from '../support/scheduling.ts';
import { groupsOf, sequencesOf } from './genes.ts';
import { firstRows } from './merge.ts';
import { distinct, type Refining } from './refine.ts';
import type { KeptRows } from './rows.ts';

/** The result of `edgesKept`. */
export interface EdgesKept {
  /** Number of sequences in the sample. */
  sequences: number;
  /** Number of their edges; an edge between two of them counts for each. */
  edges: number;
  /** Number of edges whose ends have a precluster in common. */
  kept: number;
  /** kept / edges; 1 if there are no edges. */
  share: number;
}

/** Number of sequences that are compared with the sample at a time. */
const GROUP_ROWS = 2 ** 17;

/** A distinct sequence and its preclusters. */
interface Seated {
  sequence: string;
  seats: number[];
  order: number;
}

/** A hash that orders sequences in a random but reproducible way (FNV-1a, then the last steps of MurmurHash3). */
function hashOf(sequence: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < sequence.length; i++) h = Math.imul(h ^ sequence.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The distinct sequences whose nearest centroid is that of this precluster. */
function seatedIn(kept: KeptRows, overlap: number): Seated[] {
  const { unique, of } = distinct(kept.sequences);
  const firsts = firstRows(of, unique.length);
  const { seats, precluster } = kept;
  const out: Seated[] = [];
  unique.forEach((sequence, i) => {
    const at = firsts[i] * overlap;
    const own = overlap > 1 ? Array.from(seats.subarray(at, at + overlap)) : [precluster];
    if (own[0] === precluster) out.push({ sequence, seats: own, order: hashOf(sequence) });
  });
  return out;
}

/**
 * Count the edges between a sample of the sequences and all sequences, in two passes.
 *
 * The sample consists of the sequences with the lowest hashes, so it does not depend on their order.
 *
 * @param open begins a pass
 */
export async function countEdges(
  open: () => Promise<{ preclusters: AsyncGenerator<KeptRows, void, undefined>; limit: number }>,
  { facts, settled, inner, run }: Refining,
  size: number,
): Promise<EdgesKept> {
  const { overlap, preclusters: k } = facts;
  const sample: Seated[] = [];
  const first = await open();
  const smallest = () => {
    sample.sort((a, b) => a.order - b.order || (a.sequence < b.sequence ? -1 : 1));
    sample.length = Math.min(sample.length, size);
  };
  for await (const kept of first.preclusters) {
    for (const one of seatedIn(kept, overlap)) sample.push(one);
    if (sample.length > 2 * size) smallest();
    run.progress({ phase: 'edges', done: kept.precluster + 1, total: 2 * k });
    await yieldInPage();
  }
  smallest();
  const sampled = new Set(sample.map(({ sequence }) => sequence));
  const m = sample.length;
  let edges = 0;
  let keeps = 0;

  const second = await open();
  const options = { ...inner, ...settled.graph, memoryLimit: second.limit };
  /** Count the edges within the sample, or from the sample to a group. */
  const count = async (group: readonly Seated[], among: boolean): Promise<void> => {
    const all = [...sample, ...group];
    const texts = all.map(({ sequence }) => sequence);
    const { offsets, neighbours } = await joinNeighbours(sequencesOf(texts, facts), {
      ...options,
      ...groupsOf(texts, facts),
    });
    await inSteps(m, 1024, inner.signal, (begin, end) => {
      for (let i = begin; i < end; i++) {
        for (let e = offsets[i]; e < offsets[i + 1]; e++) {
          const j = neighbours[e];
          if (j < m !== among) continue;
          edges++;
          if (sample[i].seats.some((seat) => all[j].seats.includes(seat))) keeps++;
        }
      }
    });
  };
  await count([], true);
  let group: Seated[] = [];
  for await (const kept of second.preclusters) {
    for (const one of seatedIn(kept, overlap)) if (!sampled.has(one.sequence)) group.push(one);
    if (group.length >= GROUP_ROWS) {
      await count(group, false);
      group = [];
    }
    run.progress({ phase: 'edges', done: k + kept.precluster + 1, total: 2 * k });
    await yieldInPage();
  }
  if (group.length > 0) await count(group, false);
  return { sequences: m, edges, kept: keeps, share: edges > 0 ? keeps / edges : 1 };
}
