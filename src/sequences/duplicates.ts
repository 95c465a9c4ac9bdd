/**
 * Handles repeated sequences. The graph is computed for the distinct sequences, and then expanded to all of them. Otherwise
 * the kernels would compare thousands of equal sequences with each other, which is slow, and cannot be cancelled meanwhile.
 */

import { MemoryLimitError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import type { RunState } from '../runtime/run.ts';
import { allocate, copyOf } from '../support/allocate.ts';
import { inSteps } from '../support/scheduling.ts';

/** Which sequences are equal, and in the same group. */
interface Repeats {
  /** For each distinct sequence, the index of its first occurrence. */
  firsts: Uint32Array;
  /** For each sequence, the index of its distinct sequence in `firsts`. */
  kinds: Uint32Array;
}

/**
 * Bytes of an entry of a Map just after it has grown. An entry has three words, in a table for twice the entries; the old
 * table still exists. The hash chains take half a word more.
 */
const ENTRY_BYTES = 84;
/** Sequences processed between two checks of the clock. */
const STEP = 4096;
/** Bytes of a string that joins a sequence and its group, in addition to its letters. */
const KEY_BYTES = 48;

/** Largest number of bytes needed to find repeats, including the resulting arrays. */
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

/** Find repeated sequences; undefined if there are none. */
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
      // A sequence contains no line break, so the group can follow one.
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
 * Expand the graph of the distinct sequences to all sequences. Equal sequences become neighbours.
 * @throws MemoryLimitError once the edges have been counted
 */
export async function spreadGraph(graph: Graph, { kinds }: Repeats, run: RunState): Promise<Graph> {
  const { signal, limit } = run;
  const n = kinds.length;
  // Sort sequences by kind, then by index.
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
  // Sequences per step: up to 4,096, fewer if they have very many neighbours.
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
