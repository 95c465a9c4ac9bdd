/** Leaves out the column of row numbers that tables with typed columns (Parquet, Arrow) may have. */

import { countsUp, isIndexName } from '../support/row-numbers.ts';
import type { CoppiceWarning, Source } from '../types.ts';
import type { Bytes } from './bytes/bytes.ts';
import { indexWarning } from './chunks/index-column.ts';
import { warnOf } from './chunks/rows.ts';

/** Number of rows that are examined. */
const ROWS = 64;

type Table = Source & { columns: readonly string[] };

interface Options {
  columns?: unknown;
  onWarning?: ((warning: CoppiceWarning) => void) | undefined;
}

/**
 * Open a table without the column that numbers its rows, as for CSV: a column named index or id that holds increasing
 * whole numbers. If the caller chooses columns, nothing is left out.
 */
export async function leaveIndex<S extends Table, O extends Options>(
  open: (bytes: Bytes, options: O) => Promise<S>,
  bytes: Bytes,
  options: O,
): Promise<S> {
  const source = await open(bytes, options);
  const { columns, cols } = source;
  const at = options.columns === undefined ? columns.findIndex(isIndexName) : -1;
  // A stream can be read only once. The position of a column between lists is not known, since lists have any width.
  if (at < 0 || columns.length < 2 || bytes.once) return source;
  const place = at === 0 ? 0 : at === columns.length - 1 ? cols - 1 : cols === columns.length ? at : -1;
  if (place < 0) return source;
  const values: number[] = [];
  try {
    for await (const { data, rows } of source.chunks({ chunkRows: ROWS, end: ROWS })) {
      for (let i = 0; i < rows; i++) values.push(data[i * cols + place]);
    }
  } catch {
    // The error is thrown again when the caller reads these rows.
    return source;
  }
  if (!countsUp(values)) return source;
  warnOf(options, indexWarning(source.name as string, at, columns[at]));
  // The others cannot be passed as `columns`: for a list `source.columns` has names of elements, which cannot be chosen.
  return open(bytes, { ...options, leaveOut: columns[at] });
}
