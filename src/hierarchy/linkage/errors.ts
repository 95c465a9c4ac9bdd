import type { Element } from '../../distance/element-types.ts';
import { rangeError } from '../../errors.ts';

/** The error for a distance that is not finite. */
export function notFinite(
  [i, j]: [number, number],
  value: number,
  element: Element,
  squared: boolean,
): RangeError {
  return rangeError(
    `the ${squared ? 'squared ' : ''}distance between rows ${i} and ${j} is ${value}; linkage needs finite distances` +
      (element === 'f4' ? ' (float32 ends at 3.4e38, squares included; float64 input goes further)' : ''),
  );
}
