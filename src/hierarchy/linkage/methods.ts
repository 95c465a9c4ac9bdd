/** The linkage methods, and what the rest of the code has to know of each. */
import { rangeError, typeError } from '../../errors.ts';
import { describe } from '../../support/describe.ts';

/** Linkage methods; the place in the list is the number that kernels know (assembly/linkage/lance-williams.ts). */
export const METHODS = ['single', 'complete', 'average', 'weighted', 'centroid', 'median', 'ward'] as const;
export type Method = (typeof METHODS)[number];

/** Facts about a method; what is not true of it is left out. */
export interface MethodFacts {
  /** Its formula is in squared Euclidean distances. */
  squared?: true;
  /**
   * A merged cluster can be nearer to a third than both of its parts were. Then heights can fall, and a chain of nearest
   * neighbours does not find the tree (the method is not reducible).
   */
  inversions?: true;
  /** A spanning tree of the rows gives the tree, so that no distance has to be kept. */
  spanning?: true;
  /** Over rows of length 1 it is grown in linear memory, with cosine and correlation as metrics. */
  unitLength?: true;
}

/** The one table of facts. A new method does not compile before it has its line here. */
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
 * Whether a method that is defined for Euclidean distances is used on rows of length 1, whose squared Euclidean distance is
 * twice the metric. It is grown in linear memory then, and in no other way.
 */
export function needsUnitLength(method: Method, metric: unknown): boolean {
  return METHOD_FACTS[method].unitLength === true && (metric === 'cosine' || metric === 'correlation');
}

/** @throws TypeError or RangeError that lists the names there are */
export function checkMethod(method: unknown): asserts method is Method {
  if (typeof method !== 'string') throw typeError(`method must be a name, got ${describe(method)}`);
  if (!METHODS.includes(method as Method)) {
    throw rangeError(`method must be one of ${METHODS.join(', ')}; got '${method}'`);
  }
}
