/** How the `isValid...` functions answer: false, and on request with the reason thrown or told. */

import type { ErrorCode } from '../errors.ts';
import type { CoppiceWarning } from '../types.ts';

/** What to do with an argument that is not valid, besides returning false. */
export interface ValidityOptions {
  /** Throw what is wrong instead of returning false. Default false. */
  throw?: boolean;
  /** What the message calls the argument. */
  name?: string;
  /** Told what is wrong when the answer is false. Default: nobody is. */
  onWarning?(warning: CoppiceWarning): void;
}

/** What is wrong, as the error that would be thrown. */
export type Problem = Error & { code: ErrorCode };

/** Turn what was found wrong, if anything was, into the answer that the caller asked for. */
export function answer(problem: Problem | undefined, options: ValidityOptions): boolean {
  if (!problem) return true;
  if (options.throw) throw problem;
  options.onWarning?.({ code: problem.code, message: problem.message });
  return false;
}
