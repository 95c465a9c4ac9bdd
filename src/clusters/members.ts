import { rangeError, typeError } from '../errors.ts';
import { checkArray, checkArrayLike } from '../support/checks.ts';
import { describe } from '../support/text/describe.ts';

/**
 * The members of each cluster.
 *
 * @param labels the cluster of each row, whole numbers
 * @param names of the rows; without them, rows are numbered from 0
 * Returns: for each label, in ascending order, its rows in their order. Labels that mean "no cluster" (0 or -1) are there too.
 * Cost: O(n).
 * Errors: TypeError if labels are no numbers or names no array; RangeError for a label that is no whole number, or if there
 * is not one name for each label.
 *
 * @example
 * for (const [cluster, who] of members(fcluster(Z, 3, { criterion: 'maxclust' }), names)) console.log(cluster, who.join(', '));
 */
export function members(labels: ArrayLike<number>): Map<number, number[]>;
export function members<T>(labels: ArrayLike<number>, names: readonly T[]): Map<number, T[]>;
export function members<T>(labels: ArrayLike<number>, names?: readonly T[]): Map<number, (T | number)[]> {
  checkArrayLike(labels, 'labels', 'an array of whole numbers');
  const rows = labels as ArrayLike<number>;
  if (names !== undefined) checkArray(names, 'names', 'an array');
  if (names !== undefined && names.length !== rows.length) {
    throw rangeError(
      `names has length ${names.length}; there are ${rows.length} labels, and each row has its name`,
    );
  }
  const found = new Map<number, (T | number)[]>();
  for (let row = 0; row < rows.length; row++) {
    const label = rows[row];
    if (!Number.isInteger(label)) {
      throw (typeof label === 'number' ? rangeError : typeError)(
        `labels[${row}] is ${describe(label)}; labels are whole numbers`,
      );
    }
    const name = names ? names[row] : row;
    const list = found.get(label);
    if (list) list.push(name);
    else found.set(label, [name]);
  }
  return new Map([...found].sort(([a], [b]) => a - b));
}
