import { rangeError } from '../errors.ts';
import { checkInputs, holdAny, ownOptions } from '../runtime/memory/inputs.ts';
import { readRun } from '../runtime/run.ts';
import { allocate } from '../support/allocate.ts';
import { checkArray, checkLength, checkOptions, RUN_OPTIONS, wrongType } from '../support/checks.ts';
import { inSteps } from '../support/scheduling.ts';
import { describe } from '../support/text/describe.ts';
import type { Run } from '../types.ts';
import { hammingGraph } from './hamming.ts';

/** Sequences with known clusters. */
export interface ClusteredSequences {
  sequences: readonly string[];
  /** The cluster of each, from 1; 0 for none (`labels` of `mcl`). */
  labels: ArrayLike<number>;
  /** The group of each (its V gene), if groups are used. */
  groups?: readonly (string | undefined)[];
}

/** Options of `assignSequences`. */
export interface AssignSequencesOptions extends Run {
  /** Largest number of positions in which a sequence may differ from a member of its cluster. Default 1. */
  maxDistance?: 1 | 2;
  /** Also accept members that differ by one insertion or deletion. Default false. */
  indels?: boolean;
  /** A group for each sequence. Groups are given for new and known sequences, or for neither. */
  groups?: readonly (string | undefined)[];
}

export interface SequenceAssignment {
  /** The cluster of each sequence; 0 if no member is near enough. */
  labels: Int32Array;
  /** Distance to the nearest member: number of differing positions, 1 for an insertion or deletion; 255 if there is none. */
  distances: Uint8Array;
}

/** Value in `distances` if no member is near enough. */
const FAR = 255;

/**
 * Assign new sequences to existing clusters, which stay as they are.
 *
 * A sequence joins the cluster of its nearest members. If several clusters have members at this distance, it joins the one
 * with the most of them, and among equals the one with the lowest number. New sequences do not influence each other.
 *
 * @throws TypeError and RangeError as `hammingGraph`; MemoryLimitError
 */
export async function assignSequences(
  sequences: readonly string[],
  known: ClusteredSequences,
  options: AssignSequencesOptions = {},
): Promise<SequenceAssignment> {
  checkArray(sequences, 'sequences', 'an array of strings');
  if (typeof known !== 'object' || known === null || !Array.isArray(known.sequences)) {
    throw wrongType('known', '{sequences, labels}', known);
  }
  if (
    !(
      typeof known.labels === 'object' &&
      known.labels !== null &&
      known.labels.length === known.sequences.length
    )
  ) {
    throw rangeError(
      `known.labels must have one label for each of the ${known.sequences.length} known sequences, got ${describe(known.labels)}`,
    );
  }
  const names = { maxDistance: true, indels: true, groups: true, ...RUN_OPTIONS } as const;
  checkOptions(options, names, 'assignSequences', '{ maxDistance: 2 }');
  const { groups } = options;
  if ((groups === undefined) !== (known.groups === undefined)) {
    throw rangeError('groups must be given both for the sequences and for the known ones, or for neither');
  }
  if (groups) checkLength(groups.length, 'groups', sequences.length, 'group', 'sequences');
  const run = readRun(options);
  options = ownOptions(options, run.inputs);
  const given = { sequences, labels: known.labels };
  run.inputs.hold(given, 'sequences');
  holdAny(given, 'labels', run.inputs, 'known.labels');
  sequences = given.sequences;
  const { labels } = given;
  // Sequences without a cluster attract no new ones.
  const members: number[] = [];
  for (let i = 0; i < labels.length; i++) if (labels[i] !== 0) members.push(i);
  const all = [...members.map((i) => known.sequences[i]), ...sequences];
  const both = groups && [...members.map((i) => known.groups?.[i]), ...groups];
  const { offsets, neighbours } = await hammingGraph(all, { ...options, groups: both });
  const result = allocate(Int32Array, sequences.length);
  const distances = allocate(Uint8Array, sequences.length).fill(FAR);
  const votes = new Map<number, number>();
  await inSteps(sequences.length, 4096, run.signal, (begin, end) => {
    for (let s = begin; s < end; s++) {
      const node = members.length + s;
      votes.clear();
      for (let k = offsets[node]; k < offsets[node + 1]; k++) {
        const member = neighbours[k];
        if (member >= members.length) break;
        const distance = distanceOf(all[member], sequences[s]);
        if (distance > distances[s]) continue;
        if (distance < distances[s]) votes.clear();
        distances[s] = distance;
        const label = labels[members[member]];
        votes.set(label, (votes.get(label) ?? 0) + 1);
      }
      let most = 0;
      for (const [label, count] of votes) {
        if (count < most || (count === most && label > result[s])) continue;
        most = count;
        result[s] = label;
      }
    }
    run.progress({ phase: 'assign', done: end, total: sequences.length });
  });
  checkInputs(run.inputs);
  return { labels: result, distances };
}

/** Number of differing positions; 1 if the lengths differ (one insertion or deletion). */
function distanceOf(a: string, b: string): number {
  if (a.length !== b.length) return 1;
  let count = 0;
  for (let i = 0; i < a.length; i++) if (a.charCodeAt(i) !== b.charCodeAt(i)) count++;
  return count;
}
