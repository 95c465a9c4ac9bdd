/** Divides the search for pairs into tasks; assembly/sequences/hamming.ts describes them. */

import { rangeError } from '../errors.ts';
import { ALL_PAIRS, DELETION, ONE_PLACE, TWO_PLACES } from '../runtime/kernels/constants.ts';
import { allocate } from '../support/allocate.ts';
import { wrongType } from '../support/checks.ts';
import { inSteps } from '../support/scheduling.ts';

/** Sequences of equal length in the same group. */
export interface Class {
  /** Rank of the first sequence. Ranks number the sequences class by class. */
  first: number;
  count: number;
  length: number;
  /** Bytes from one sequence to the next. */
  stride: number;
  group: number;
  /** Address of the residues. */
  residues: number;
}

export interface ClassPlan {
  classes: Class[];
  /** The index of the sequence at each rank. */
  order: Uint32Array;
}

/** Entries of a hash table. With more a task takes too long; with fewer there are more parts, each of which reads all. */
const PART = 2 ** 17;
/** Number of 16-byte comparisons in one task. */
const COMPARISONS = 2 ** 20;
/** Number of 16-byte comparisons that take as long as one hash table entry. */
const ENTRY = 8;

/** Sort sequences into classes, by length and then by group. Within a class they keep their order. */
export async function planClasses(
  sequences: readonly string[],
  groups: readonly (string | undefined)[] | undefined,
  signal: AbortSignal | undefined,
): Promise<ClassPlan> {
  const n = sequences.length;
  const known = new Map<string, number>();
  const byKey = new Map<number, Class>();
  const found: Class[] = [];
  const classOf = allocate(Uint32Array, n);
  await inSteps(n, 10_000, signal, (begin, end) => {
    for (let i = begin; i < end; i++) {
      const sequence: unknown = sequences[i];
      if (typeof sequence !== 'string') throw wrongType(`sequence ${i}`, 'a string', sequence);
      const { length } = sequence;
      if (length === 0) throw rangeError(`sequence ${i} is empty`);
      const name = groups?.[i] ?? '';
      if (typeof name !== 'string') throw wrongType(`group ${i}`, 'a string', name);
      const group = known.get(name) ?? known.size;
      if (group === known.size) known.set(name, group);
      // There are fewer than 2^32 groups, so the key is exact for lengths up to 2^21; longer sequences do not fit in memory.
      const key = length * 2 ** 32 + group;
      let one = byKey.get(key);
      if (!one) {
        one = {
          first: 0,
          count: 0,
          length,
          stride: 16 * Math.ceil(length / 16),
          group,
          residues: found.length,
        };
        byKey.set(key, one);
        found.push(one);
      }
      one.count++;
      classOf[i] = one.residues;
    }
  });
  const classes = [...found].sort((a, b) => a.length - b.length || a.group - b.group);
  let first = 0;
  for (const one of classes) {
    one.first = first;
    first += one.count;
  }
  const next = Uint32Array.from(found, (one) => one.first);
  const order = allocate(Uint32Array, n);
  await inSteps(n, 50_000, signal, (begin, end) => {
    for (let i = begin; i < end; i++) order[next[classOf[i]]++] = i;
  });
  return { classes, order };
}

/** The tasks that find all pairs. Each pair is found by exactly one task. */
export function planTasks(
  classes: readonly Class[],
  maxDistance: number,
  indels: boolean,
  entries = PART,
): Uint32Array {
  const tasks: number[] = [];
  const at = new Map(classes.map(({ length, group }, c) => [`${length} ${group}`, c]));
  classes.forEach(({ count, length, stride, group }, c) => {
    const add = (kind: number, i: number, j: number, parts: number) => {
      for (let part = 0; part < parts; part++) tasks.push(c, kind, i, j, part, parts);
    };
    const places = maxDistance === 1 ? length : (length * (length + 1)) / 2;
    const comparisons = ((count * (count - 1)) / 2) * (stride / 16);
    const parts = Math.ceil(count / entries);
    if (comparisons <= ENTRY * count * places) {
      if (count > 1) add(ALL_PAIRS, 0, 0, Math.min(count - 1, Math.ceil(comparisons / COMPARISONS)));
    } else {
      for (let i = 0; i < length; i++) {
        add(ONE_PLACE, i, 0, parts);
        for (let j = i + 1; maxDistance === 2 && j < length; j++) add(TWO_PLACES, i, j, parts);
      }
    }
    const shorter = indels ? at.get(`${length - 1} ${group}`) : undefined;
    if (shorter !== undefined)
      add(DELETION, 0, shorter, Math.ceil(Math.max(count, classes[shorter].count) / entries));
  });
  return Uint32Array.from(tasks);
}
