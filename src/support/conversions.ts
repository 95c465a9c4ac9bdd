/** What to do with data in memory that were passed as a file, for the error message. Loaded only after an error. */

import { amend } from '../errors.ts';
import { otherWay } from './matrix/other-ways.ts';
import { toMatrix } from './matrix/to-matrix.ts';

/** What to do with a value that is no file; undefined if it is not known. */
function conversionOf(X: unknown): string | undefined {
  if (typeof X !== 'object' || X === null) return undefined;
  const line = otherWay(X, 'input');
  if (line !== undefined) return line;
  try {
    toMatrix(X as never);
  } catch (error) {
    // Data with a value that is no number are data all the same.
    if (!(error instanceof Error) || error.message.startsWith('x must be')) return undefined;
  }
  return (
    'data in memory are no file: pass them to twoPass, kmeans or linkage as they are; to choose columns, toMatrix(input, { ' +
    "columns }) of 'coppice', and fromArray(toMatrix(input)) makes a source"
  );
}

/** Add what to do to the message of a TypeError, if it is known. */
export function withConversion(error: unknown, X: unknown): unknown {
  const line = error instanceof TypeError ? conversionOf(X) : undefined;
  return line === undefined ? error : amend(error, '', `; ${line}`);
}
