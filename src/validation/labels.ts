import { rangeError, typeError } from '../errors.ts';
import { wrongType } from '../support/checks.ts';
import { finish, ROUND, type Steps } from '../support/scheduling.ts';
import { describe } from '../support/text/describe.ts';

/** Labels, one per row: any whole numbers. */
export type LabelArray = ArrayLike<number>;

/** Labels replaced by cluster numbers from 0, in the order of the labels. */
export interface Partition {
  /** The cluster number of each row. */
  of: Int32Array;
  /** Number of rows of each cluster. */
  sizes: Float64Array;
  /** The label of each cluster, ascending. */
  labels: number[];
}

/**
 * Number the labels.
 * @throws TypeError unless it is an array of numbers, RangeError for labels that are not whole numbers
 */
export function readPartition(labels: unknown, name: string, rows?: number): Partition {
  return finish(readPartitionSteps(labels, name, rows));
}

/** Like readPartition, in steps. */
export function* readPartitionSteps(labels: unknown, name: string, rows?: number): Steps<Partition> {
  const list = labels as LabelArray;
  if (typeof labels !== 'object' || labels === null || !Number.isSafeInteger(list.length)) {
    throw wrongType(name, 'an array of whole numbers', labels);
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
  return { of, sizes, labels: sorted };
}

/** @throws RangeError unless the number of clusters is at least 2 and less than the number of rows */
export function checkClusterCount({ of, sizes }: Partition): void {
  if (sizes.length < 2 || sizes.length >= of.length) {
    throw rangeError(
      `labels must name from 2 to ${Math.max(1, of.length - 1)} clusters (one fewer than rows), got ${sizes.length} for ${of.length} rows`,
    );
  }
}

/** The contingency table: how many rows each pair of clusters shares. */
export interface ContingencyTable {
  /** For each cell with rows: cluster in the first partition, cluster in the second, number of rows. */
  first: Int32Array;
  second: Int32Array;
  counts: Float64Array;
}

/** The non-zero cells of the contingency table of two partitions of the same rows, row by row. */
export function tableOf(a: Partition, b: Partition): ContingencyTable {
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
