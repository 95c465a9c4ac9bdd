import { warning } from '../errors.ts';
import { advice, join, option } from '../messages.ts';
import { ROUND, type Steps } from '../support/scheduling.ts';
import type { InMemoryRows } from '../support/vectors.ts';
import type { Run } from '../types.ts';

/**
 * Whether a table is square, symmetric, not negative, and zero on its diagonal. Then it is probably a distance matrix
 * that was passed as vectors by mistake. The tolerances are those of numpy.allclose, which SciPy's warning uses.
 */
function* isHollow({ data, rows, cols }: InMemoryRows): Steps<boolean> {
  if (rows !== cols || rows < 2) return false;
  for (let i = 0; i < rows; i++) {
    if (!(Math.abs(data[i * cols + i]) <= 1e-8)) return false;
    if ((i & 15) === 15) yield;
    for (let j = 0; j < i; j++) {
      if ((j & ROUND) === ROUND) yield;
      const a = data[i * cols + j];
      const b = data[j * cols + i];
      if (!(a >= 0 && b >= 0 && Math.abs(a - b) <= 1e-8 + 1e-5 * Math.abs(b))) return false;
    }
  }
  return true;
}

/** Warn, as SciPy does, if vectors look like a square distance matrix. */
export function* warnIfHollow(table: InMemoryRows, warn: NonNullable<Run['onWarning']>): Steps<void> {
  if (!(yield* isHollow(table))) return;
  const what =
    `the ${table.rows} x ${table.cols} matrix is symmetric, not negative and zero on its diagonal, as square ` +
    'distances are, but its rows are clustered as vectors';
  warn(
    warning(
      'LOOKS_LIKE_DISTANCES',
      join(what, advice('for-distances', join('; for distances pass ', option('metric', 'precomputed')))),
    ),
  );
}
