/** Converts inputs of functions that are no matrices. Loaded when such an input is met. */

import type { Steps } from '../scheduling.ts';
import type { Converted } from './columns.ts';
import { isElsewhere, refusedSteps } from './refused.ts';

interface Tensor {
  shape?: unknown;
  data?: unknown;
  dataSync?: unknown;
}

/** As refusedSteps, also for tensors whose numbers only a promise gives. */
export async function convert(error: unknown, X: unknown): Promise<Steps<Converted>> {
  if (isElsewhere(X)) return refusedSteps(error, X);
  const { shape, data, dataSync } = Object(X) as Tensor;
  const waits = Array.isArray(shape) && typeof data === 'function' && typeof dataSync !== 'function';
  return refusedSteps(error, waits ? { data: await data.call(X), shape } : X);
}
