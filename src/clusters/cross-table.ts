/** How clusters and categories of the same rows overlap. */

import { rangeError } from '../errors.ts';
import { checkOptions, wrongType } from '../support/checks.ts';
import { finish } from '../support/scheduling.ts';
import { adjustedRand } from '../validation/agreement.ts';
import type { LabelArray } from '../validation/labels.ts';
import { type ClusteredOptions, readClusters } from './clustered-rows.ts';

/** A cross table. */
export interface CrossTable {
  /** The labels of the clusters, ascending: the rows of the table. */
  clusters: number[];
  /** The categories: the columns of the table. Numbers ascend, then texts in the order of their code units. */
  categories: (string | number | boolean)[];
  /** Number of rows of each cluster in each category. */
  counts: number[][];
  /** The adjusted Rand index of the two, over the rows that are counted. */
  adjustedRand: number;
  /** Number of rows that are in no cluster or have no category. They are not counted. */
  left: number;
}

const isMissing = (category: unknown) =>
  category === null || category === undefined || category === '' || Number.isNaN(category);

/**
 * Count the rows of each cluster in each category.
 *
 * @param labels the cluster of each row, whole numbers from 0; a negative number means none
 * @param categories the category of each row, a text, a number or a boolean; null, undefined, NaN and '' mean none
 * @returns the counts of pandas.crosstab, and scikit-learn's adjusted_rand_score
 * @throws TypeError, RangeError
 * Cost: O(n).
 *
 * @example
 * crossTable([1, 1, 2], ['a', 'b', 'b']); // clusters [1, 2], categories ['a', 'b'], counts [[1, 1], [0, 1]]
 */
export function crossTable(
  labels: LabelArray,
  categories: ArrayLike<unknown>,
  options: Pick<ClusteredOptions, 'none'> = {},
): CrossTable {
  checkOptions(options, { none: true }, 'crossTable', '{ none: 0 }');
  if (typeof categories !== 'object' || categories === null || !Number.isSafeInteger(categories.length)) {
    throw wrongType('categories', 'an array', categories);
  }
  const clusters = finish(readClusters(labels, options.none));
  const n = clusters.of.length;
  if (categories.length !== n) {
    throw rangeError(
      `categories must have one category for each row: there are ${n} labels and ${categories.length} categories`,
    );
  }
  const cells = new Map<string | number | boolean, Float64Array>();
  const places = new Map<string | number | boolean, number>();
  const kept: number[] = [];
  const numbers: number[] = [];
  for (let i = 0; i < n; i++) {
    const category = categories[i];
    if (clusters.of[i] < 0 || isMissing(category)) continue;
    if (typeof category !== 'string' && typeof category !== 'number' && typeof category !== 'boolean') {
      throw wrongType(`categories[${i}]`, 'a text, a number or a boolean', category);
    }
    let cell = cells.get(category);
    if (!cell) {
      cell = new Float64Array(clusters.labels.length);
      places.set(category, cells.size);
      cells.set(category, cell);
    }
    cell[clusters.of[i]]++;
    kept.push(clusters.of[i]);
    numbers.push(places.get(category) as number);
  }
  const sorted = [...cells.keys()].sort(compare);
  return {
    clusters: clusters.labels,
    categories: sorted,
    counts: clusters.labels.map((_, c) => sorted.map((category) => (cells.get(category) as Float64Array)[c])),
    adjustedRand: adjustedRand(kept, numbers),
    left: n - kept.length,
  };
}

function compare(a: string | number | boolean, b: string | number | boolean): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === typeof b) return a < b ? -1 : 1;
  return typeof a === 'number' ? -1 : typeof b === 'number' ? 1 : typeof a < typeof b ? -1 : 1;
}
