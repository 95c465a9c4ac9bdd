/** Rows that the sample's tree holds keep the cluster that the cut gave them, whichever leader is nearest. */
import { FormatError } from '../errors.ts';
import type { Assignment } from './assignment.ts';

/** The sample as the second pass needs it: rows of the data, ascending, and the cluster of each. */
export interface TreeLabels {
  rows: Float64Array;
  labels: Int32Array;
}

/** Bytes that a fit holds a row of its sample: row number, label, and SciPy's Z. */
export const HELD_BYTES = 8 + 4 + 32;

/**
 * The parts of a second pass, with the tree's labels in place of the leaders' for rows of the sample. Nearest leaders and
 * distances stay.
 * @param first the row of the data that the pass begins with, where its rows are counted from there
 * @throws FormatError where a row of the sample is bad now: the data are not those of the first pass
 */
export async function* withTreeLabels(
  parts: AsyncIterable<Assignment>,
  { rows, labels }: TreeLabels,
  name = 'the source',
  first = 0,
): AsyncGenerator<Assignment, void, undefined> {
  let at = 0;
  for await (const part of parts) {
    const start = part.start + first;
    const end = start + part.labels.length;
    for (; rows[at] < end; at++) {
      const i = rows[at] - start;
      // A pass may begin behind the first rows of the sample.
      if (i < 0) continue;
      if (part.nearest[i] < 0)
        throw new FormatError(name, `row ${rows[at]} is bad now, and was good in the first pass`);
      part.labels[i] = labels[at];
    }
    yield part;
  }
}
