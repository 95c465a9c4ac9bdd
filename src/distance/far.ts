/** A column is far from the origin if its range is at most this fraction of its distance from zero. */
const NARROW = 1 / 64;

/**
 * What to subtract from a float32 column between `low` and `high` that is far from the origin, where float32 would round means
 * of its numbers; else 0. The differences are exact (Sterbenz).
 */
export function offsetOf(low: number, high: number): number {
  const near = Math.min(Math.abs(low), Math.abs(high));
  const narrow = low < high && low > 0 === high > 0 && high - low <= NARROW * near;
  return narrow ? (low + high) / 2 : 0;
}
