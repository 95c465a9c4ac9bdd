/** The linkage methods, and the facts about each that the rest of the code needs. */

import { rangeError } from '../../errors.ts';
import { METHOD_NAMES } from '../../runtime/kernels/methods.ts';
import { checkOneOf } from '../../support/checks.ts';

/** Linkage methods. */
export const METHODS = METHOD_NAMES;
export type Method = (typeof METHODS)[number];

/** Facts about a method. A fact that is not true is left out. */
interface MethodFacts {
  /** Its formula uses squared Euclidean distances. */
  squared?: true;
  /**
   * A merged cluster can be nearer to a third cluster than both of its parts were. Then heights can fall, and a chain
   * of nearest neighbours does not find the tree (the method is not reducible).
   */
  inversions?: true;
  /** The tree follows from a minimum spanning tree of the rows, so no distance is kept. */
  spanning?: true;
  /**
   * Its distances follow from the means of clusters (strategy 'linear'). With the metrics cosine and correlation, rows are
   * scaled to length 1, and this is the only strategy.
   */
  unitLength?: true;
}

/** The only table of facts about methods. A new method does not compile until it has a line here. */
export const METHOD_FACTS: Record<Method, MethodFacts> = {
  single: { spanning: true },
  complete: {},
  average: {},
  weighted: {},
  centroid: { squared: true, inversions: true, unitLength: true },
  median: { squared: true, inversions: true },
  ward: { squared: true, unitLength: true },
};

/**
 * Whether a method that is defined for Euclidean distances is used with cosine or correlation. Then rows are scaled to
 * length 1, where the squared Euclidean distance is twice the metric, and the only strategy is 'linear'.
 */
export function needsUnitLength(method: Method, metric: unknown): boolean {
  return METHOD_FACTS[method].unitLength === true && (metric === 'cosine' || metric === 'correlation');
}

/**
 * Whether a method is defined for distances by this metric.
 * @param ofSample for the tree of a sample (`twoPass`), which takes rmsd where a method is defined for Euclidean distances, as
 *   MDTraj does
 */
export function takesMetric(method: Method, metric: unknown, ofSample = false): boolean {
  if (!METHOD_FACTS[method].squared || metric === 'euclidean' || needsUnitLength(method, metric)) return true;
  return ofSample && metric === 'rmsd';
}

/** The error for a method that is not defined for distances by this metric. */
export function metricError(method: Method, metric: unknown, advice: string): RangeError {
  const got = typeof metric === 'function' ? 'a function' : `metric '${metric}'`;
  return rangeError(`method '${method}' is defined for Euclidean distances; got ${got}. ${advice}`);
}

/** The default method of two passes and batches: 'ward', and 'average' for metrics that it is not defined for. */
export function usualMethod(metric: unknown, ofSample = false): Method {
  return takesMetric('ward', metric, ofSample) ? 'ward' : 'average';
}

/** @throws TypeError if it is not a string; RangeError, which lists the names, if it is unknown */
export function checkMethod(method: unknown): asserts method is Method {
  checkOneOf(method, 'method', METHODS);
}
