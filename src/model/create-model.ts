import { readAny } from '../support/matrix/read-any.ts';
import { type Model, type ModelParts, makeModel } from './model.ts';

/**
 * Create a model from given leaders.
 *
 * @param parts.leaders at least one row; for rmsd, frames with x, y, z for each atom
 * @param parts.labels the cluster of each leader, as whole numbers of 32 bits
 * @param parts.preparation how the leaders were prepared, if they are rows of a prepared source (`source.preparation`); it is
 *   checked when rows are assigned
 * @throws TypeError, RangeError, BadRowError for a leader that is not finite
 */
export function createModel(parts: ModelParts): Model {
  const known = typeof parts === 'object' && parts !== null && 'leaders' in parts;
  return makeModel(known ? { ...parts, leaders: readAny(parts.leaders, 'leaders') } : parts);
}
