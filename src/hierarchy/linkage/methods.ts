import { rangeError, typeError } from '../../errors.ts';
import { describe } from '../../support/describe.ts';

/** Linkage methods; the place in the list is the number that kernels know (assembly/linkage/lance-williams.ts). */
export const METHODS = ['single', 'complete', 'average', 'weighted', 'centroid', 'median', 'ward'] as const;
export type Method = (typeof METHODS)[number];

/** Methods whose formula is in squared Euclidean distances. */
export const EUCLIDEAN_METHODS: readonly Method[] = ['centroid', 'median', 'ward'];

/**
 * Whether a method that is defined for Euclidean distances is used on rows of length 1, whose squared Euclidean distance is
 * twice the metric. There is a way in linear memory for it, and no other.
 */
export function needsUnitLength(method: Method, metric: unknown): boolean {
  return ['ward', 'centroid'].includes(method) && ['cosine', 'correlation'].includes(metric as string);
}

/** @throws TypeError or RangeError that lists the names there are */
export function checkMethod(method: unknown): asserts method is Method {
  if (typeof method !== 'string') throw typeError(`method must be a name, got ${describe(method)}`);
  if (!METHODS.includes(method as Method)) {
    throw rangeError(`method must be one of ${METHODS.join(', ')}; got '${method}'`);
  }
}
