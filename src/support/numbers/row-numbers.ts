/** Columns that number the rows, as pandas, R and databases write them. */

/** Names of such a column. */
const INDEX_NAME = /^(|unnamed: ?\d+|index|id|row|rownames|level_0|__index_level_\d+__)$/i;

/** Whether a name is one that pandas, R or databases give to row numbers. */
export function isIndexName(name: string): boolean {
  return INDEX_NAME.test(name.trim());
}

/** Whether values are increasing whole numbers. A single value must be 0 or 1. */
export function countsUp(values: ArrayLike<number>): boolean {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isSafeInteger(values[i]) || values[i] < 0) return false;
    if (i > 0 && values[i] <= values[i - 1]) return false;
  }
  return values.length > 1 || (values.length === 1 && values[0] <= 1);
}
