import { describe } from '../describe.ts';
import { rangeError, typeError } from '../errors.ts';
import { type Element, euclideanSpace, rmsdSpace, type Space } from './space.ts';

/** Metrics by name. */
export const METRICS = ['euclidean', 'sqeuclidean', 'rmsd'] as const;
export type Metric = (typeof METRICS)[number];

/** @throws TypeError or RangeError that lists the names there are */
export function checkMetric(metric: unknown): asserts metric is Metric {
  if (typeof metric !== 'string') {
    throw typeError(`metric must be a name, got ${describe(metric)}`);
  }
  if (!METRICS.includes(metric as Metric)) {
    throw rangeError(`metric must be one of ${METRICS.join(', ')}; got '${metric}'`);
  }
}

/**
 * The space of a metric over rows of `cols` numbers.
 * @param output element of the distances; default that of the rows
 * @throws RangeError where the metric does not fit the columns
 */
export function createSpace(metric: Metric, cols: number, input: Element, output: Element = input): Space {
  if (metric === 'rmsd') {
    if (cols % 3 !== 0) {
      throw rangeError(
        `metric 'rmsd' needs rows of x, y, z for each atom, so a number of columns that 3 divides; got ${cols} columns`,
      );
    }
    return rmsdSpace(cols, input, output);
  }
  return euclideanSpace(cols, input, metric === 'sqeuclidean');
}
