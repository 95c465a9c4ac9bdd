/** Labels of the sample: its rows keep the cluster from the cut of the tree, whichever leader is nearest. */
import { FormatError } from '../errors.ts';
import type { Assignment } from './assignment.ts';

/** The sample for the second pass: its rows in the data, ascending, and their clusters. */
export interface TreeLabels {
  rows: Float64Array;
  labels: Int32Array;
}

/** Bytes that a fit keeps per row of its sample: row number, label, and a row of SciPy's Z. */
export const HELD_BYTES = 8 + 4 + 32;

/**
 * Replace the labels of the sample's rows in a second pass by those of the tree. Nearest leaders and distances are unchanged.
 * @throws FormatError if a row of the sample is bad now: the data have changed since the first pass
 */
export async function* withTreeLabels(
  parts: AsyncIterable<Assignment>,
  { rows, labels }: TreeLabels,
  name = 'the source',
): AsyncGenerator<Assignment, void, undefined> {
  let at = 0;
  for await (const part of parts) {
    const { start } = part;
    const end = start + part.labels.length;
    for (; rows[at] < end; at++) {
      const i = rows[at] - start;
      // The pass may begin after the first rows of the sample.
      if (i < 0) continue;
      if (part.nearest[i] < 0)
        throw new FormatError(
          name,
          `row ${rows[at]} is bad now, but was good in the first pass; the data have changed`,
        );
      part.labels[i] = labels[at];
    }
    yield part;
  }
}
