/**
 * Sequences that are given more than once: the graph is made of the different ones and spread over all, since kernels
 * that compared thousands of equal ones, each with each, would neither be quick nor hear a signal.
 */

import { MemoryLimitError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import type { RunState } from '../runtime/run.ts';
import { allocate, copyOf } from '../support/allocate.ts';
import { inSteps } from '../support/scheduling.ts';

/** Which sequences are the same one, in the same group. */
export interface Repeats {
  /** The first of each. */
  firsts: Uint32Array;
  /** For each sequence, which of those it is. */
  kinds: Uint32Array;
}

/**
 * Bytes of an entry of a map, when it has just grown: three words each in a table of twice the entries, and in the
 * one before, with half a word of chains.
 */
const ENTRY_BYTES = 84;
/** Sequences that are looked at between two looks at the clock. */
const STEP = 4096;
/** Bytes of a text, besides its letters, that joins a sequence and its group. */
const KEY_BYTES = 48;

/** Bytes that finding repeats takes at most, and those of the lists that are made of what was found. */
export function repeatsBytes(
  sequences: readonly string[],
  groups: readonly (string | undefined)[] | undefined,
): number {
  let bytes = (ENTRY_BYTES + 8) * sequences.length;
  if (!groups) return bytes;
  for (let i = 0; i < sequences.length; i++) {
    const group = groups[i];
    if (typeof group === 'string') bytes += KEY_BYTES + sequences[i].length + group.length;
  }
  return bytes;
}

/** Find sequences that are given more than once; undefined where there are none. */
export async function findRepeats(
  sequences: readonly string[],
  groups: readonly (string | undefined)[] | undefined,
  { signal, progress }: RunState,
): Promise<Repeats | undefined> {
  const known = new Map<string, number>();
  const firsts = allocate(Uint32Array, sequences.length);
  const kinds = allocate(Uint32Array, sequences.length);
  await inSteps(sequences.length, 4096, signal, (begin, end) => {
    for (let i = begin; i < end; i++) {
      const group = groups?.[i];
      // A sequence has no line break: what follows one is a group.
      const key = group === undefined ? sequences[i] : `${sequences[i]}\n${group}`;
      let kind = known.get(key);
      if (kind === undefined) {
        kind = known.size;
        known.set(key, kind);
        firsts[kind] = i;
      }
      kinds[i] = kind;
    }
    progress({ phase: 'repeats', done: end, total: sequences.length });
  });
  return known.size === sequences.length
    ? undefined
    : { firsts: copyOf(firsts.subarray(0, known.size)), kinds };
}

/**
 * The graph of all sequences from that of the different ones: equal ones are joined too.
 * @throws MemoryLimitError once the edges have been counted
 */
export async function spreadGraph(graph: Graph, { kinds }: Repeats, run: RunState): Promise<Graph> {
  const { signal, limit } = run;
  const n = kinds.length;
  // Sequences of each kind, kind after kind, ascending.
  const begins = allocate(Uint32Array, graph.n + 1);
  await inSteps(n, STEP, signal, (begin, end) => {
    for (let i = begin; i < end; i++) begins[kinds[i] + 1]++;
  });
  for (let kind = 0; kind < graph.n; kind++) begins[kind + 1] += begins[kind];
  const members = allocate(Uint32Array, n);
  const next = begins.slice();
  await inSteps(n, STEP, signal, (begin, end) => {
    for (let i = begin; i < end; i++) members[next[kinds[i]]++] = i;
  });
  const offsets = allocate(Uint32Array, n + 1);
  let ends = 0;
  await inSteps(n, STEP, signal, (begin, end) => {
    for (let i = begin; i < end; i++) {
      const kind = kinds[i];
      ends += begins[kind + 1] - begins[kind] - 1;
      for (let e = graph.offsets[kind]; e < graph.offsets[kind + 1]; e++) {
        ends += begins[graph.neighbours[e] + 1] - begins[graph.neighbours[e]];
      }
      offsets[i + 1] = ends;
    }
  });
  const needed = 4 * ends + 20 * n + 4 * graph.neighbours.length;
  if (needed > limit || ends >= 2 ** 32) {
    throw new MemoryLimitError(
      `the Hamming graph of ${n} sequences, which has ${ends / 2} edges since many are equal,`,
      needed,
      Math.min(limit, 2 ** 34),
      'give each sequence once',
    );
  }
  const neighbours = allocate(Uint32Array, ends);
  // Neighbours of a step: a few thousand sequences, or few with very many neighbours.
  const step = Math.max(1, Math.min(4096, Math.floor((2 ** 16 * n) / Math.max(1, ends))));
  await inSteps(n, step, signal, (begin, end) => {
    for (let i = begin; i < end; i++) {
      let at = offsets[i];
      const put = (kind: number) => {
        for (let m = begins[kind]; m < begins[kind + 1]; m++)
          if (members[m] !== i) neighbours[at++] = members[m];
      };
      const kind = kinds[i];
      put(kind);
      if (graph.offsets[kind] === graph.offsets[kind + 1]) continue;
      for (let e = graph.offsets[kind]; e < graph.offsets[kind + 1]; e++) put(graph.neighbours[e]);
      neighbours.subarray(offsets[i], at).sort();
    }
  });
  return { n, offsets, neighbours };
}
