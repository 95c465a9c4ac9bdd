/** Measures of how well two clusterings of the same rows agree. */

import { rangeError } from '../errors.ts';
import { guard } from '../support/allocate.ts';
import { ln } from '../support/numbers/exponent.ts';
import { type ContingencyTable, type LabelArray, type Partition, readPartition, tableOf } from './labels.ts';

function readBoth(
  a: LabelArray,
  b: LabelArray,
): { one: Partition; other: Partition; table: ContingencyTable } {
  const one = readPartition(a, 'a');
  const other = readPartition(b, 'b');
  if (one.of.length !== other.of.length) {
    throw rangeError(`a and b must label the same rows, got ${one.of.length} and ${other.of.length} labels`);
  }
  return { one, other, table: guard(() => tableOf(one, other)) };
}

const squares = (x: Float64Array) => x.reduce((sum, value) => sum + value * value, 0);

/**
 * The adjusted Rand index: 1 if two labellings are equal up to the names of clusters, about 0 if they agree no more than by
 * chance, and at least -0.5.
 *
 * @param a labels of n rows, whole numbers; -1 and 0 are ordinary labels
 * @param b labels of the same rows
 * @returns scikit-learn's adjusted_rand_score. It is 1 for no rows, if both have no pair in a common cluster, or if both
 *   have all rows in one cluster
 * @throws TypeError, RangeError
 * Cost: O(n). Source: Hubert and Arabie 1985, J. Classif. 2, 193.
 */
export function adjustedRand(a: LabelArray, b: LabelArray): number {
  const { one, other, table } = readBoth(a, b);
  const n = one.of.length;
  const both = squares(table.counts);
  const inOne = squares(one.sizes);
  const inOther = squares(other.sizes);
  // Ordered pairs: in a common cluster in both, in only one of them, in none.
  const together = both - n;
  const onlyOne = inOne - both;
  const onlyOther = inOther - both;
  const apart = n * n - onlyOne - onlyOther - both;
  if (onlyOne === 0 && onlyOther === 0) return 1;
  return (
    (2 * (together * apart - onlyOne * onlyOther)) /
    ((together + onlyOne) * (onlyOne + apart) + (together + onlyOther) * (onlyOther + apart))
  );
}

/** Entropy of a partition, in nats. */
function entropy(sizes: Float64Array, n: number): number {
  return sizes.reduce((sum, size) => sum - (size / n) * ln(size / n), 0);
}

/** The distinct sizes of clusters, and how many clusters have each. */
function tally(sizes: Float64Array): [number, number][] {
  const counts = new Map<number, number>();
  for (const size of sizes) counts.set(size, (counts.get(size) ?? 0) + 1);
  return [...counts];
}

/** Probabilities below this fraction of the largest are negligible in float64. */
const NOTHING = 1e-20;

/**
 * The contribution of two clusters, of a and b rows, to the expected mutual information: the mean of x/n log(n x / (a b)),
 * where x is the number of rows that two random sets of these sizes share.
 *
 * Starting from the most probable x, each probability follows from the one before. They are scaled to sum to 1, so no
 * factorials are needed.
 */
function expectedPart(a: number, b: number, n: number): number {
  const least = Math.max(0, a + b - n);
  const most = Math.min(a, b);
  const mode = Math.min(most, Math.max(least, Math.floor(((a + 1) * (b + 1)) / (n + 2))));
  const value = (x: number) => (x > 0 ? (x / n) * ln((n * x) / (a * b)) : 0);
  let weights = 1;
  let sum = value(mode);
  let p = 1;
  for (let x = mode; x < most && p > NOTHING; x++) {
    p *= ((a - x) * (b - x)) / ((x + 1) * (n - a - b + x + 1));
    weights += p;
    sum += p * value(x + 1);
  }
  p = 1;
  for (let x = mode; x > least && p > NOTHING; x--) {
    p *= (x * (n - a - b + x)) / ((a - x + 1) * (b - x + 1));
    weights += p;
    sum += p * value(x - 1);
  }
  return sum / weights;
}

/**
 * Adjusted mutual information: 1 if two labellings are equal up to the names of clusters, about 0 if they agree no more than
 * by chance.
 *
 * @param a labels of n rows, whole numbers; -1 and 0 are ordinary labels
 * @param b labels of the same rows
 * @returns scikit-learn's adjusted_mutual_info_score with average_method 'arithmetic'
 * @throws TypeError, RangeError
 * Cost: O(n), and O(√n) for each pair of cluster sizes. Source: Vinh, Epps and Bailey 2010, J. Mach. Learn. Res. 11,
 *   2837.
 */
export function adjustedMutualInformation(a: LabelArray, b: LabelArray): number {
  const { one, other, table } = readBoth(a, b);
  const n = one.of.length;
  // Equal clusters give 1, even if every row is alone and the expected value is 1 as well.
  if (one.sizes.length === other.sizes.length && table.counts.length === one.sizes.length) return 1;
  let information = 0;
  table.counts.forEach((count, i) => {
    const expected = (one.sizes[table.first[i]] * other.sizes[table.second[i]]) / n;
    information += (count / n) * ln(count / expected);
  });
  information = Math.max(0, information);
  let chance = 0;
  const sizes = tally(other.sizes);
  for (const [size, clusters] of tally(one.sizes)) {
    for (const [otherSize, others] of sizes) chance += clusters * others * expectedPart(size, otherSize, n);
  }
  const mean = (entropy(one.sizes, n) + entropy(other.sizes, n)) / 2;
  const room = mean - chance;
  return (
    (information - chance) / (room < 0 ? Math.min(room, -Number.EPSILON) : Math.max(room, Number.EPSILON))
  );
}
