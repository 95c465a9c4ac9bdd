import { rangeError } from '../errors.ts';
import {
  checkFunction,
  checkLength,
  checkNumber,
  checkOneOf,
  checkOptions,
  type Known,
  wrongType,
  wrongValue,
} from '../support/checks.ts';
import { finish, ROUND, type Steps } from '../support/scheduling.ts';
import { isTypedArray } from '../support/text/describe.ts';
import type { CoppiceWarning, Z } from '../types.ts';
import { checkDepth, coefficientSteps } from './inconsistent.ts';
import { maxBelowSteps } from './traverse.ts';
import { checkInconsistency, checkLinkageSteps } from './validate.ts';

/** The criterion of `fcluster`. It says what `t` means. */
export type Criterion = 'inconsistent' | 'distance' | 'maxclust' | 'monocrit' | 'maxclust_monocrit';

const CRITERIA: readonly string[] = ['inconsistent', 'distance', 'maxclust', 'monocrit', 'maxclust_monocrit'];

export interface FclusterOptions {
  /** Default 'inconsistent'. */
  criterion?: Criterion;
  /** Number of levels for 'inconsistent'; not used if R is given. Default 2. */
  depth?: number;
  /** Inconsistency matrix for 'inconsistent'. Default: that of Z at `depth`. */
  R?: Float64Array;
  /** A statistic for each merge, for 'monocrit' and 'maxclust_monocrit'. It should not decrease towards the root. */
  monocrit?: ArrayLike<number>;
  /** Default: `console.warn` with the message. */
  onWarning?(warning: CoppiceWarning): void;
}

const FCLUSTER_OPTIONS: Known<FclusterOptions> = {
  criterion: true,
  depth: true,
  R: true,
  monocrit: true,
  onWarning: true,
};

/**
 * Cut a tree into flat clusters.
 *
 * Returns: the cluster of each observation: n labels, from 1. Clusters are numbered from left to right, except that a
 * merge that is cut numbers its subtrees before its own leaves (exactly SciPy's numbering).
 * Criteria: 'inconsistent' and 'distance' keep a merge together if neither the merge nor any merge below it has an
 * inconsistency coefficient, or a height, above `t`. 'monocrit' keeps a merge together if its own statistic is not
 * above `t`. In all three, the topmost of these merges become the clusters. 'maxclust' takes the lowest height that
 * leaves at most `t` clusters, and 'maxclust_monocrit' the lowest statistic. If `t` is n or more, every observation is
 * its own cluster. The lowest value is found by bisection over the merges in the order of Z, as in SciPy, which is
 * certain to find it only if the statistic rises in that order.
 * Warning: T_IS_THRESHOLD if `t` is a whole number above 1, and no option says how it is meant. A number of clusters
 * needs criterion 'maxclust'; as a threshold of inconsistency, such a `t` often leaves a single cluster.
 * Cost: O(n) after the statistic; O(n log n) for the two 'maxclust' criteria. No recursion.
 * Errors: those of `isValidLinkage` and `inconsistent`; TypeError if `t` is not a number, an option is unknown, R,
 * monocrit or onWarning has the wrong type, or monocrit is missing; RangeError if `t` or a number of monocrit is NaN, the criterion
 * is unknown, an option does nothing with the criterion, R or monocrit has the wrong length, or `t` is below 1 or not
 * finite for the two 'maxclust' criteria (its fraction is dropped).
 * Source: scipy.cluster.hierarchy.fcluster (1.15 or later; in earlier versions 'maxclust' never cut the two lowest
 * merges).
 */
export function fcluster(Z: Z, t: number, options: FclusterOptions = {}): Int32Array {
  checkOptions(options, FCLUSTER_OPTIONS, 'fcluster', "{ criterion: 'maxclust' }");
  const { onWarning } = options;
  if (onWarning !== undefined) checkFunction(onWarning, 'onWarning');
  const labels = finish(fclusterSteps(Z, t, options, checkCriterion));
  hintAtCount(t, options);
  return labels;
}

/** Warn of a `t` that is probably meant as a number of clusters, and was used as a threshold. */
export function hintAtCount(t: number, { criterion, depth, R, onWarning }: FclusterOptions): void {
  // Who gives depth or R knows the criterion that they belong to.
  if (!(Number.isInteger(t) && t > 1) || criterion !== undefined || depth !== undefined || R) return;
  const message =
    `t = ${t} was used as a threshold of inconsistency, the default criterion; for at most ${t} clusters, say ` +
    "criterion: 'maxclust', and for a threshold 'inconsistent'";
  if (onWarning) onWarning({ code: 'T_IS_THRESHOLD', message });
  else console.warn(message);
}

/** @throws TypeError or RangeError if options of `fcluster` are wrong for a tree of n leaves */
export function checkCriterion(n: number, t: number, options: FclusterOptions): void {
  const { criterion = 'inconsistent', R, monocrit } = options;
  const stray =
    (criterion !== 'inconsistent' && (options.depth !== undefined ? 'depth' : R !== undefined && 'R')) ||
    (monocrit !== undefined && !criterion.endsWith?.('monocrit') && 'monocrit');
  if (stray && CRITERIA.includes(criterion)) {
    throw rangeError(`${stray} does nothing with criterion '${criterion}'`);
  }
  checkOneOf(criterion, 'criterion', CRITERIA);
  checkNumber(t, 't', 'a number: a threshold, or the most clusters for the maxclust criteria');
  if (criterion.startsWith('maxclust') && !(Math.trunc(t) >= 1 && t !== Infinity)) {
    throw wrongValue('t', `the most clusters wanted, 1 or more, with criterion '${criterion}'`, t);
  }
  if (criterion.endsWith('monocrit')) checkMonocrit(monocrit, n, criterion);
  if (criterion === 'inconsistent' && R !== undefined) checkInconsistency(R, n);
}

/**
 * As fcluster, in steps.
 * @param check `checkCriterion` for options that come from callers of the package
 */
export function* fclusterSteps(
  Z: Z,
  t: number,
  options: FclusterOptions,
  check?: typeof checkCriterion,
): Steps<Int32Array> {
  const n = yield* checkLinkageSteps(Z);
  check?.(n, t, options);
  const { criterion = 'inconsistent', depth = 2, R } = options;
  if (criterion === 'inconsistent' && R === undefined) checkDepth(depth);
  return yield* cutSteps(Z, t, options);
}

/** As fclusterSteps, for a tree and options that have been checked. */
export function* cutSteps(Z: Z, t: number, options: FclusterOptions): Steps<Int32Array> {
  const { criterion = 'inconsistent', depth = 2, R, monocrit } = options;
  const statistic = criterion.endsWith('monocrit')
    ? Float64Array.from(monocrit as ArrayLike<number>)
    : criterion === 'inconsistent'
      ? yield* maxBelowSteps(Z, R ?? (yield* coefficientSteps(Z, depth)), 4, 3)
      : yield* maxBelowSteps(Z, Z, 4, 2);
  return yield* criterion.startsWith('maxclust')
    ? cutInto(Z, statistic, Math.trunc(t))
    : cut(Z, statistic, t);
}

function checkMonocrit(monocrit: unknown, n: number, criterion: string): void {
  if (!isTypedArray(monocrit) && !(Array.isArray(monocrit) && monocrit.every((v) => typeof v === 'number'))) {
    throw wrongType(
      'monocrit',
      `an array of ${n - 1} numbers, one for each merge, with criterion '${criterion}'`,
      monocrit,
    );
  }
  checkLength(monocrit.length, 'monocrit', n - 1, 'number', 'merges');
  const bad = Float64Array.from(monocrit).findIndex(Number.isNaN);
  if (bad >= 0) throw wrongValue(`monocrit[${bad}]`, 'a number', Number.NaN);
}

/** Make clusters of the topmost merges whose statistic is at most `threshold`; number them as SciPy does. */
function* cut(Z: Z, statistic: Float64Array, threshold: number): Steps<Int32Array> {
  const n = Z.length / 4 + 1;

  // Upward pass: the number of clusters that each merge is cut into, if no merge above it keeps it together.
  const clusters = new Int32Array(n - 1);
  for (let i = 0; i < n - 1; i++) {
    if ((i & ROUND) === ROUND) yield;
    if (statistic[i] <= threshold) {
      clusters[i] = 1;
      continue;
    }
    const left = Z[4 * i] - n;
    const right = Z[4 * i + 1] - n;
    clusters[i] = (left < 0 ? 1 : clusters[left]) + (right < 0 ? 1 : clusters[right]);
  }

  // Downward pass: if label[i] > 0, it is the cluster that contains merge i. Else -label[i] labels are used before it.
  const labels = new Int32Array(n);
  const label = new Int32Array(n - 1);
  for (let i = n - 2; i >= 0; i--) {
    if ((i & ROUND) === ROUND) yield;
    const left = Z[4 * i];
    const right = Z[4 * i + 1];
    const own = label[i] > 0 ? label[i] : statistic[i] <= threshold ? 1 - label[i] : 0;
    if (own > 0) {
      if (left < n) labels[left] = own;
      else label[left - n] = own;
      if (right < n) labels[right] = own;
      else label[right - n] = own;
      continue;
    }
    // Subtrees get their labels first, then leaves; left before right in both.
    let taken = -label[i];
    if (left >= n) {
      label[left - n] = -taken;
      taken += clusters[left - n];
    }
    if (right >= n) {
      label[right - n] = -taken;
      taken += clusters[right - n];
    }
    if (left < n) labels[left] = ++taken;
    if (right < n) labels[right] = ++taken;
  }
  return labels;
}

/** Cut at the lowest statistic that leaves at most `most` clusters. */
function* cutInto(Z: Z, statistic: Float64Array, most: number): Steps<Int32Array> {
  const n = Z.length / 4 + 1;
  // No clusters are joined: even merges at height 0 are cut, and labels are in the order of the observations.
  if (most >= n) return Int32Array.from({ length: n }, (_, i) => i + 1);

  // A threshold cuts a merge if it cuts all merges above it and the merge itself, that is, if the least statistic on
  // the path from the root is above the threshold. With this least statistic, one pass over an array counts the
  // clusters. NaN is never at most a threshold: such a merge is cut, and keeps nothing below it together.
  const least = statistic.slice();
  for (let i = n - 2; i >= 0; i--) {
    if ((i & ROUND) === ROUND) yield;
    const above = least[i];
    for (let side = 0; side < 2; side++) {
      const child = Z[4 * i + side] - n;
      if (child >= 0 && (above < least[child] || Number.isNaN(least[child]))) least[child] = above;
    }
  }

  // The statistic need not rise with i. Bisect over i anyway, as SciPy does, so that labels are the same.
  let low = -1;
  let high = n - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((yield* clustersAt(least, statistic[middle])) > most) low = middle;
    else high = middle;
  }
  if (high === n - 1) {
    throw rangeError(
      `no threshold leaves at most ${most} clusters, because the statistic of the root is NaN`,
    );
  }
  return yield* cut(Z, statistic, statistic[high]);
}

/** The number of clusters at a threshold. `least` is computed in cutInto. */
function* clustersAt(least: Float64Array, threshold: number): Steps<number> {
  let count = 1;
  for (let i = 0; i < least.length; i++) {
    if ((i & ROUND) === ROUND) yield;
    if (!(least[i] <= threshold)) count++;
  }
  return count;
}
