import { rangeError, typeError } from '../errors.ts';
import { describe } from '../support/describe.ts';
import { finish, ROUND, type Steps } from '../support/scheduling.ts';

/** Labels, one a row: whole numbers of any kind. */
export type LabelArray = ArrayLike<number>;

/** Labels counted up: clusters from 0, in the order of their labels. */
export interface Partition {
  /** The place of the label of each row among the labels. */
  of: Int32Array;
  /** Rows of each cluster. */
  sizes: Float64Array;
}

/**
 * Number the labels.
 * @throws TypeError for what is no list of numbers, RangeError for labels that are not whole
 */
export function readPartition(labels: unknown, name: string, rows?: number): Partition {
  return finish(readPartitionSteps(labels, name, rows));
}

/** As readPartition, in steps. */
export function* readPartitionSteps(labels: unknown, name: string, rows?: number): Steps<Partition> {
  const list = labels as LabelArray;
  if (typeof labels !== 'object' || labels === null || !Number.isSafeInteger(list.length)) {
    throw typeError(`${name} must be a list of whole numbers, got ${describe(labels)}`);
  }
  if (rows !== undefined && list.length !== rows) {
    throw rangeError(
      `${name} must have one label for each row: there are ${rows} rows and ${list.length} labels`,
    );
  }
  const n = list.length;
  const place = new Map<number, number>();
  const of = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    if ((i & ROUND) === ROUND) yield;
    const label: unknown = list[i];
    if (!Number.isSafeInteger(label)) {
      const message = `${name}[${i}] must be a whole number, got ${describe(label)}`;
      throw typeof label === 'number' ? rangeError(message) : typeError(message);
    }
    let at = place.get(label as number);
    if (at === undefined) {
      at = place.size;
      place.set(label as number, at);
    }
    of[i] = at;
  }
  const sorted = [...place.keys()].sort((a, b) => a - b);
  const rank = new Int32Array(sorted.length);
  sorted.forEach((label, i) => {
    rank[place.get(label) as number] = i;
  });
  const sizes = new Float64Array(sorted.length);
  for (let i = 0; i < n; i++) {
    if ((i & ROUND) === ROUND) yield;
    of[i] = rank[of[i]];
    sizes[of[i]]++;
  }
  return { of, sizes };
}

/** @throws RangeError unless there are at least two clusters, and fewer than rows */
export function checkClusterCount({ of, sizes }: Partition): void {
  if (sizes.length < 2 || sizes.length >= of.length) {
    throw rangeError(
      `labels must name from 2 to ${Math.max(1, of.length - 1)} clusters (one fewer than rows), got ${sizes.length} for ${of.length} rows`,
    );
  }
}

/** How many rows each pair of clusters shares. */
export interface Table {
  /** Of each cell with rows in it: the cluster of the first, that of the second, the rows. */
  first: Int32Array;
  second: Int32Array;
  counts: Float64Array;
}

/** The cells of the contingency table of two partitions of the same rows that are not 0, row by row. */
export function tableOf(a: Partition, b: Partition): Table {
  const columns = b.sizes.length;
  const cells = new Map<number, number>();
  for (let i = 0; i < a.of.length; i++) {
    const cell = a.of[i] * columns + b.of[i];
    cells.set(cell, (cells.get(cell) ?? 0) + 1);
  }
  const keys = Float64Array.from(cells.keys()).sort();
  return {
    first: Int32Array.from(keys, (cell) => Math.floor(cell / columns)),
    second: Int32Array.from(keys, (cell) => cell % columns),
    counts: keys.map((cell) => cells.get(cell) as number),
  };
}
