/** Distances that no tree can be grown from. */
import type { Element } from '../../distance/element-types.ts';
import type { Metric } from '../../distance/metrics.ts';
import type { ErrorCode } from '../../errors.ts';

/** What the error for a distance that is not finite is about. */
export interface DistanceFacts {
  /** Rows, counted from 0. */
  pair: [number, number];
  value: number;
  element?: Element;
  squared?: boolean;
  /** What the rows are of, where that is not the input. */
  of?: string;
  metric?: Metric;
}

/** Rows that have no distance in some metrics. */
const WITHOUT_DISTANCE: Partial<Record<Metric, string>> = {
  cosine: 'a row of zeros has no direction',
  correlation: 'a row of equal numbers has no correlation',
  seuclidean: 'a column of equal numbers has no variance to divide by',
  braycurtis: 'rows of zeros have nothing to divide by',
  jensenshannon: 'a row of zeros is no distribution',
  dice: 'rows of zeros have nothing to divide by',
};

/** A distance is not finite: a `RangeError` that knows which, so that who grew the tree can say what the rows are. */
export class DistanceError extends RangeError {
  readonly code: ErrorCode = 'ERR_RANGE';
  readonly facts: DistanceFacts;

  constructor(facts: DistanceFacts) {
    const { pair, value, element, squared, of, metric } = facts;
    const why = Number.isNaN(value) && metric ? WITHOUT_DISTANCE[metric] : undefined;
    super(
      `the ${squared ? 'squared ' : ''}distance between rows ${pair.join(' and ')}${of ? ` of ${of}` : ''} is ${value}; linkage needs finite distances` +
        (element === 'f4' ? ' (float32 ends at 3.4e38, squares included; float64 input goes further)' : '') +
        (why ? ` (metric '${metric}': ${why})` : ''),
    );
    this.facts = facts;
  }
}

/** The same error with more facts; any other as it is. */
export function withFacts(error: unknown, more: (facts: DistanceFacts) => Partial<DistanceFacts>): unknown {
  return error instanceof DistanceError ? new DistanceError({ ...error.facts, ...more(error.facts) }) : error;
}
