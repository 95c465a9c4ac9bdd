import { rangeError, typeError } from '../errors.ts';
import { describe } from '../support/describe.ts';
import { bare, mostLike } from '../support/similar-names.ts';
import type { FloatArray } from '../types.ts';
import { FAMILY, FINISH, FIRST_WIDE } from './families.ts';
import type { MetricParameters } from './options.ts';
import { rmsdSpace } from './rmsd-space.ts';
import { type Element, kernelSpace, type Preparation, type Space } from './space.ts';

/**
 * Metrics by name: SciPy's, and `rmsd`, the least root mean square deviation of frames of x, y, z of each atom
 * over all rotations and translations.
 *
 * Where versions of SciPy differ, what is meant is what SciPy 1.17 does, on numbers that are not booleans too:
 * - `jaccard` and the other boolean metrics ask whether a number is 0, and NaN is not. `dice` multiplies numbers,
 *   and can be negative; but with weights it compares them.
 * - `cosine` of a row of zeros is NaN, with weights too.
 * - `kulczynski1` and `sokalmichener`, which it has no more, are those of SciPy 1.10 (`sokalmichener` equals
 *   `rogerstanimoto`).
 */
export const METRICS = [
  'braycurtis',
  'canberra',
  'chebyshev',
  'cityblock',
  'correlation',
  'cosine',
  'dice',
  'euclidean',
  'hamming',
  'jaccard',
  'jensenshannon',
  'kulczynski1',
  'mahalanobis',
  'minkowski',
  'rmsd',
  'rogerstanimoto',
  'russellrao',
  'seuclidean',
  'sokalmichener',
  'sokalsneath',
  'sqeuclidean',
  'yule',
] as const;
export type Metric = (typeof METRICS)[number];

/**
 * A metric of one's own: the distance of two rows. It gets views of the rows, which it must not change. Infinity
 * and NaN are passed on by `pdist` and `cdist`, and refused by `linkage`.
 */
export type DistanceFunction = (u: FloatArray, v: FloatArray) => number;

/** Other names that people know, beside misspellings. */
const MEANT: Record<string, Metric> = {
  manhattan: 'cityblock',
  taxicab: 'cityblock',
  l1: 'cityblock',
  l2: 'euclidean',
  linf: 'chebyshev',
  max: 'chebyshev',
  maximum: 'chebyshev',
  pearson: 'correlation',
  js: 'jensenshannon',
  matching: 'hamming',
};

function suggestion(name: string): string {
  const best = MEANT[bare(name)] ?? mostLike(name, METRICS);
  return best ? `; did you mean '${best}'?` : '';
}

/** @throws TypeError or RangeError that lists the names there are */
export function checkMetric(metric: unknown): asserts metric is Metric {
  if (typeof metric !== 'string') {
    const hint = typeof metric === 'function' ? '; linkage, pdist, cdist and silhouette take functions' : '';
    throw typeError(`metric must be a name here, got ${describe(metric)}${hint}`);
  }
  if (!METRICS.includes(metric as Metric)) {
    throw rangeError(`metric must be one of ${METRICS.join(', ')}; got '${metric}'${suggestion(metric)}`);
  }
}

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
  const folded = new Float64Array((cols * (cols + 1)) / 2);
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
  const ones = () => new Float64Array(cols).fill(1);
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
