/** Makes the space of a metric from its name and parameters. */

import { rangeError } from '../errors.ts';
import * as codes from '../runtime/kernels/families.ts';
import { allocate } from '../support/allocate.ts';
import type { Element } from './element-types.ts';
import type { Metric } from './metrics.ts';
import type { MetricParameters } from './options.ts';
import { rmsdSpace } from './rmsd-space.ts';
import { kernelSpace, type Preparation, type Space } from './space.ts';

interface MetricSpec {
  family: number;
  finish?: number;
  param?: number;
  preparation?: Preparation;
  /** Weights, or a quadratic form, that kernels read together with the rows. */
  weights?: Float64Array;
  /** Weights that are read when rows are prepared; always float64. */
  rowWeights?: Float64Array;
}

const BOOLEAN = {
  jaccard: codes.JACCARD,
  kulczynski1: codes.KULCZYNSKI,
  rogerstanimoto: codes.ROGERS_TANIMOTO,
  russellrao: codes.RUSSELL_RAO,
  sokalmichener: codes.ROGERS_TANIMOTO,
  sokalsneath: codes.SOKAL_SNEATH,
  yule: codes.YULE,
} satisfies Partial<Record<Metric, number>>;

const isBoolean = (metric: Metric): metric is keyof typeof BOOLEAN => Object.hasOwn(BOOLEAN, metric);

/** A sum in the same blocks as in the kernels, so that the sum of all weights has the same bits here and there. */
function sumOf(x: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < x.length; at += 512) sum += x.subarray(at, at + 512).reduce((a, b) => a + b, 0);
  return sum;
}

/**
 * The lower triangle of a cols x cols form, row by row. Each off-diagonal element is the sum of the two mirrored ones.
 */
function foldForm(VI: Float64Array, cols: number): Float64Array {
  const folded = allocate(Float64Array, (cols * (cols + 1)) / 2);
  let at = 0;
  for (let i = 0; i < cols; i++) {
    for (let j = 0; j < i; j++) folded[at++] = VI[i * cols + j] + VI[j * cols + i];
    folded[at++] = VI[i * cols + i];
  }
  return folded;
}

function minkowski(p: number, w: Float64Array | undefined, ones: () => Float64Array): MetricSpec {
  if (p === 1) return specOf('cityblock', { w }, ones);
  if (p === 2) return specOf('euclidean', { w }, ones);
  if (p === Number.POSITIVE_INFINITY) return specOf('chebyshev', { w }, ones);
  return { family: codes.POWERS, finish: codes.POWER_ROOT, param: p, weights: w ?? ones() };
}

function specOf(
  metric: Exclude<Metric, 'rmsd'>,
  { p = 2, w, V, VI }: MetricParameters,
  ones: () => Float64Array,
): MetricSpec {
  if (isBoolean(metric)) {
    const finish = BOOLEAN[metric];
    return w
      ? { family: codes.WEIGHTED_BITS, finish, param: sumOf(w), preparation: 'masks', weights: w }
      : { family: codes.BITS, finish, param: ones().length, preparation: 'bits' };
  }
  switch (metric) {
    case 'braycurtis':
      return { family: codes.BRAY_CURTIS, finish: codes.RATIO, weights: w ?? ones() };
    case 'canberra':
      return { family: codes.CANBERRA, weights: w ?? ones() };
    case 'chebyshev':
      return w ? { family: codes.LARGEST, preparation: 'select', rowWeights: w } : { family: codes.LARGEST };
    case 'cityblock':
      return w ? { family: codes.WEIGHTED_ABSOLUTE, weights: w } : { family: codes.ABSOLUTE };
    case 'correlation':
    case 'cosine':
      return {
        family: codes.PRODUCTS,
        finish: codes.COSINE,
        param: sumOf(w ?? ones()),
        preparation: metric === 'cosine' ? 'normalize' : 'center',
        rowWeights: w,
      };
    case 'dice':
      return w
        ? { family: codes.WEIGHTED_DICE, finish: codes.DICE_RATIO, weights: w }
        : { family: codes.DICE, finish: codes.DICE_RATIO, preparation: 'sum' };
    case 'hamming':
      return {
        family: codes.UNEQUAL,
        finish: codes.SHARE,
        param: sumOf(w ?? ones()),
        weights: w ?? ones(),
      };
    case 'jensenshannon':
      return { family: codes.DIVERGENCE, finish: codes.DIVERGENCE_ROOT, preparation: 'distribute' };
    case 'mahalanobis':
      return { family: codes.QUADRATIC, finish: codes.ROOT, weights: VI };
    case 'minkowski':
      return minkowski(p, w, ones);
    case 'seuclidean':
      return { family: codes.WEIGHTED_SQUARES, finish: codes.ROOT, weights: V?.map((v) => 1 / v) };
    case 'euclidean':
    case 'sqeuclidean':
      return {
        family: w ? codes.WEIGHTED_SQUARES : codes.SQUARES,
        finish: metric === 'euclidean' ? codes.ROOT : codes.PLAIN,
        weights: w,
      };
  }
}

/**
 * The space of a metric over rows of `cols` numbers.
 * @param output element type of the distances; default that of the rows
 * @throws RangeError if the metric does not fit the columns, or needs a statistic of all rows that is not given (V, VI)
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
    finish = codes.PLAIN,
    param,
    preparation,
    weights,
    rowWeights,
  } = specOf(
    metric,
    metric === 'mahalanobis' && parameters.VI ? { VI: foldForm(parameters.VI, cols) } : parameters,
    ones,
  );
  const compute: Element = family >= codes.DICE || input === 'f8' || output === 'f8' ? 'f8' : 'f4';
  return kernelSpace({
    ...{ metric, cols, input, output, compute, family, finish, param },
    preparation: preparation ?? (input === compute ? 'none' : 'widen'),
    weights: rowWeights ?? (weights && compute === 'f4' ? Float32Array.from(weights) : weights),
  });
}
