/** From a metric's name and parameters to the space that kernels understand. */

import { rangeError } from '../errors.ts';
import { allocate } from '../support/allocate.ts';
import type { Element } from './element-types.ts';
import { FAMILY, FINISH, FIRST_WIDE } from './families.ts';
import type { Metric } from './metrics.ts';
import type { MetricParameters } from './options.ts';
import { rmsdSpace } from './rmsd-space.ts';
import { kernelSpace, type Preparation, type Space } from './space.ts';

interface Ingredients {
  family: number;
  finish?: number;
  param?: number;
  preparation?: Preparation;
  /** Weights, or a quadratic form, that kernels read beside the rows. */
  weights?: Float64Array;
  /** Weights that are read when rows are made ready, in float64 always. */
  rowWeights?: Float64Array;
}

const BOOLEAN: Partial<Record<Metric, number>> = {
  jaccard: FINISH.jaccard,
  kulczynski1: FINISH.kulczynski,
  rogerstanimoto: FINISH.rogersTanimoto,
  russellrao: FINISH.russellRao,
  sokalmichener: FINISH.rogersTanimoto,
  sokalsneath: FINISH.sokalSneath,
  yule: FINISH.yule,
};

/** In blocks, as kernels add, so that the weights of all coordinates are as much here as there. */
function sumOf(x: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < x.length; at += 512) sum += x.subarray(at, at + 512).reduce((a, b) => a + b, 0);
  return sum;
}

/** The lower triangle of a cols x cols form, row by row, each off-diagonal element with its mirror image. */
function foldForm(VI: Float64Array, cols: number): Float64Array {
  const folded = allocate(Float64Array, (cols * (cols + 1)) / 2);
  let at = 0;
  for (let i = 0; i < cols; i++) {
    for (let j = 0; j < i; j++) folded[at++] = VI[i * cols + j] + VI[j * cols + i];
    folded[at++] = VI[i * cols + i];
  }
  return folded;
}

function minkowski(p: number, w: Float64Array | undefined, ones: () => Float64Array): Ingredients {
  if (p === 1) return ingredientsOf('cityblock', { w }, ones);
  if (p === 2) return ingredientsOf('euclidean', { w }, ones);
  if (p === Number.POSITIVE_INFINITY) return ingredientsOf('chebyshev', { w }, ones);
  return { family: FAMILY.powers, finish: FINISH.powerRoot, param: p, weights: w ?? ones() };
}

function ingredientsOf(
  metric: Exclude<Metric, 'rmsd'>,
  { p = 2, w, V, VI }: MetricParameters,
  ones: () => Float64Array,
): Ingredients {
  const finish = BOOLEAN[metric];
  if (finish !== undefined) {
    return w
      ? { family: FAMILY.weightedBits, finish, param: sumOf(w), preparation: 'masks', weights: w }
      : { family: FAMILY.bits, finish, param: ones().length, preparation: 'bits' };
  }
  switch (metric) {
    case 'braycurtis':
      return { family: FAMILY.brayCurtis, finish: FINISH.ratio, weights: w ?? ones() };
    case 'canberra':
      return { family: FAMILY.canberra, weights: w ?? ones() };
    case 'chebyshev':
      return w
        ? { family: FAMILY.largest, preparation: 'select', rowWeights: w }
        : { family: FAMILY.largest };
    case 'cityblock':
      return w ? { family: FAMILY.weightedAbsolute, weights: w } : { family: FAMILY.absolute };
    case 'correlation':
    case 'cosine':
      return {
        family: FAMILY.products,
        finish: FINISH.cosine,
        param: sumOf(w ?? ones()),
        preparation: metric === 'cosine' ? 'normalize' : 'center',
        rowWeights: w,
      };
    case 'dice':
      return w
        ? { family: FAMILY.weightedDice, finish: FINISH.diceRatio, weights: w }
        : { family: FAMILY.dice, finish: FINISH.diceRatio, preparation: 'sum' };
    case 'hamming':
      return {
        family: FAMILY.unequal,
        finish: FINISH.share,
        param: sumOf(w ?? ones()),
        weights: w ?? ones(),
      };
    case 'jensenshannon':
      return { family: FAMILY.divergence, finish: FINISH.divergenceRoot, preparation: 'distribute' };
    case 'mahalanobis':
      return { family: FAMILY.quadratic, finish: FINISH.root, weights: VI };
    case 'minkowski':
      return minkowski(p, w, ones);
    case 'seuclidean':
      return { family: FAMILY.weightedSquares, finish: FINISH.root, weights: V?.map((v) => 1 / v) };
    case 'euclidean':
    case 'sqeuclidean':
      return {
        family: w ? FAMILY.weightedSquares : FAMILY.squares,
        finish: metric === 'euclidean' ? FINISH.root : FINISH.plain,
        weights: w,
      };
    default:
      throw new Error(`no kernel for metric '${metric}'`);
  }
}

/**
 * The space of a metric over rows of `cols` numbers.
 * @param output element of the distances; default that of the rows
 * @throws RangeError where the metric does not fit the columns, or needs what only all rows together can tell
 */
export function createSpace(
  metric: Metric,
  cols: number,
  input: Element,
  output: Element = input,
  parameters: MetricParameters = {},
): Space {
  if (metric === 'rmsd') {
    if (cols % 3 !== 0) {
      throw rangeError(
        `metric 'rmsd' needs rows of x, y, z for each atom, so a number of columns that 3 divides; got ${cols} columns`,
      );
    }
    return rmsdSpace(cols, input, output);
  }
  if ((metric === 'seuclidean' && !parameters.V) || (metric === 'mahalanobis' && !parameters.VI)) {
    throw rangeError(
      metric === 'seuclidean'
        ? "metric 'seuclidean' needs the variances of all rows, which two passes and models do not have; " +
            "divide each column by its standard deviation and use 'euclidean'"
        : "metric 'mahalanobis' needs the covariance of all rows, which two passes and models do not have; " +
            "whiten the columns and use 'euclidean'",
    );
  }
  const ones = () => allocate(Float64Array, cols).fill(1);
  const {
    family,
    finish = FINISH.plain,
    param,
    preparation,
    weights,
    rowWeights,
  } = ingredientsOf(
    metric,
    metric === 'mahalanobis' && parameters.VI ? { VI: foldForm(parameters.VI, cols) } : parameters,
    ones,
  );
  const compute: Element = family >= FIRST_WIDE || input === 'f8' || output === 'f8' ? 'f8' : 'f4';
  return kernelSpace({
    ...{ metric, cols, input, output, compute, family, finish, param },
    preparation: preparation ?? (input === compute ? 'none' : 'widen'),
    weights: rowWeights ?? (weights && compute === 'f4' ? Float32Array.from(weights) : weights),
  });
}
