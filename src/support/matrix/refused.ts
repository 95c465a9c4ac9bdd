import { amend, type ErrorFields } from '../../errors.ts';
import type { Steps } from '../scheduling.ts';
import type { Converted } from './columns.ts';
import { otherWay } from './other-ways.ts';
import { convertSteps } from './to-matrix.ts';

/** Whether X is a Matrix, apart from what is wrong with it. */
function isMeantAsMatrix({ data, cols }: { data?: unknown; cols?: unknown }): boolean {
  return cols !== undefined && (data instanceof Float32Array || data instanceof Float64Array);
}

/** Whether X is a tensor whose numbers are elsewhere: to look for them throws. */
export function isElsewhere(X: unknown): boolean {
  try {
    return Object(X).data === isElsewhere;
  } catch {
    return true;
  }
}

/**
 * Convert X, which a function refused.
 * @param error why; its message begins with the name of the argument
 * @throws TypeError that says why X cannot be converted; the error itself if X is nothing known
 */
export function* refusedSteps(error: unknown, X: unknown): Steps<Converted> {
  if (!isElsewhere(X) && (!(error instanceof TypeError) || isMeantAsMatrix(Object(X)))) throw error;
  const [name] = /^[A-Za-z]+/.exec((error as ErrorFields).option ?? '') ?? ['X'];
  const found = yield* convertSteps(X, undefined, name, true);
  if (found) return found;
  const line = otherWay(X, name);
  throw line === undefined ? error : amend(error, '', `; ${line}`);
}
