/** The answer of the `isValid...` functions: false, and on request the reason is thrown or reported. */

import type { ErrorCode } from '../errors.ts';
import type { CoppiceWarning } from '../types.ts';

/** What to do if an argument is not valid, besides returning false. */
export interface ValidityOptions {
  /** Throw an error instead of returning false. Default false. */
  throw?: boolean;
  /** Name of the argument in messages. */
  name?: string;
  /** Called with the reason if the answer is false. Default: nothing is called. */
  onWarning?(warning: CoppiceWarning): void;
}

/** The reason, as the error that would be thrown. */
export type Problem = Error & { code: ErrorCode };

/** Return, throw or report a problem as the options say. True if there is none. */
export function answer(problem: Problem | undefined, options: ValidityOptions): boolean {
  if (!problem) return true;
  if (options.throw) throw problem;
  options.onWarning?.({ code: problem.code, message: problem.message });
  return false;
}
