/** What there is to say about rows that are clustered: scales of columns, and distances taken for rows. */
import { warning } from '../errors.ts';
import { option, say } from '../messages.ts';
import { isColumnOfDistances, itemsOfDistances } from '../support/numbers/condensed.ts';
import type { CoppiceWarning, FloatArray, Source } from '../types.ts';
import { adviseScales } from './scale-advice.ts';

/** Rows and columns that are compared to recognise a square of distances. */
const BLOCK = 64;
/** Numbers of a single column that are remembered. */
const KEPT = 2 ** 16;

/** Whether rows of a square look like distances: zero on the diagonal, symmetric, not negative, not all zero. */
function isSquare(
  { cols, rows }: Pick<Source, 'cols' | 'rows'>,
  data: FloatArray,
  places: readonly number[],
): boolean {
  if (cols < 3 || places.length < Math.min(3, cols) || (rows !== undefined && rows !== cols)) return false;
  let any = false;
  for (const [i, row] of places.entries()) {
    for (const [j, other] of places.slice(0, i + 1).entries()) {
      const [a, b] = [data[i * cols + other], data[j * cols + row]];
      if (!(a >= 0 && Math.abs(a - b) <= 1e-8 + 1e-5 * Math.abs(b)) || (i === j && a > 1e-8)) return false;
      any ||= a > 0;
    }
  }
  return any;
}

/**
 * Warn about rows that were read: SCALES_DIFFER, and LOOKS_LIKE_DISTANCES unless the metric was given. How many rows there are
 * may be known at the end of the pass only.
 * @param places the row numbers of the rows in `data`, or their count if they are the first ones
 * @returns to be called at the end of the pass
 */
export function advise(
  source: Source,
  { metric, explicit }: { metric: string; explicit: boolean },
  data: FloatArray,
  places: ArrayLike<number> | number,
  warn: (warning: CoppiceWarning) => void,
): () => void {
  const { name = 'the source', preparation } = source;
  const count = typeof places === 'number' ? places : places.length;
  const placeOf = (i: number) => (typeof places === 'number' ? i : places[i]);
  const scales = adviseScales(source, metric, data, count);
  if (scales) warn(scales);
  if (explicit || preparation || (source as { atoms?: unknown }).atoms !== undefined) return () => {};
  const tell = (what: string) =>
    warn(
      warning(
        'LOOKS_LIKE_DISTANCES',
        say`${name} ${what}, but its rows are clustered as vectors; for distances use readDistances and linkage (${option('metric', 'precomputed')}). If they are vectors, give ${option('metric', 'euclidean')}`,
      ),
    );
  const first = Array.from({ length: Math.min(BLOCK, count) }, (_, i) => placeOf(i));
  if (isSquare(source, data, first))
    tell('is a symmetric square with zeros on its diagonal, as distances are');
  if (!isColumnOfDistances(source)) return () => {};
  const whole = placeOf(count - 1) === count - 1;
  const kept = data.slice(0, whole ? Math.min(KEPT, count) : 0);
  return () => {
    const items = itemsOfDistances(kept, source.rows ?? -1);
    if (kept.length > 0 && items) tell(`has as many numbers as ${items} items have distances`);
  };
}
