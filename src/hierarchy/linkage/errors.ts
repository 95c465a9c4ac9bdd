import type { ErrorCode } from '../../errors.ts';
import type { DistanceFacts } from './distance-words.ts';

/**
 * A distance is not finite. This `RangeError` has the facts; `inWords` makes the full message where the rows are known.
 */
export class DistanceError extends RangeError {
  readonly code: ErrorCode = 'ERR_RANGE';
  readonly facts: DistanceFacts;

  constructor(facts: DistanceFacts, message = 'a distance is not finite') {
    super(message);
    this.facts = facts;
  }
}

/** A DistanceError with more facts and its full message. Any other error is returned as it is. */
export async function inWords(
  error: unknown,
  more: (facts: DistanceFacts) => Partial<DistanceFacts> = () => ({}),
): Promise<unknown> {
  if (!(error instanceof DistanceError)) return error;
  const facts = { ...error.facts, ...more(error.facts) };
  return new DistanceError(facts, (await import('./distance-words.ts')).wordsFor(facts));
}
