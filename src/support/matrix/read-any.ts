import { finish } from '../scheduling.ts';
import { type InMemoryRows, readVectors } from '../vectors.ts';
import { refusedSteps } from './refused.ts';

/**
 * Read observation vectors in a function that returns no promise; what is no matrix is converted.
 * @throws TypeError, RangeError
 */
export function readAny(X: unknown, name = 'X'): InMemoryRows {
  try {
    return readVectors(X, name);
  } catch (error) {
    return readVectors(finish(refusedSteps(error, X)), name);
  }
}
