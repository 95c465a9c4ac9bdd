/** Typed tables (Parquet, Arrow) that carry row numbers, or scalars beside an embedding. */

import type { CoppiceWarning, Source } from '../types.ts';
import type { Bytes } from './bytes/bytes.ts';
import { countsUp, indexWarning, isIndexName } from './chunks/index-column.ts';
import { warnOf } from './chunks/rows.ts';

/** Rows that are looked at. */
const ROWS = 64;

type Table = Source & { columns: readonly string[] };

interface Options {
  columns?: unknown;
  onWarning?: ((warning: CoppiceWarning) => void) | undefined;
}

/**
 * Open a table without the column that numbers its rows, as CSV is: one named index or id, whole numbers that go up.
 * Who chooses columns gets what is asked for.
 */
export async function leaveIndex<S extends Table, O extends Options>(
  open: (bytes: Bytes, options: O) => Promise<S>,
  bytes: Bytes,
  options: O,
): Promise<S> {
  const source = await open(bytes, options);
  const { columns, cols } = source;
  const at = options.columns === undefined ? columns.findIndex(isIndexName) : -1;
  // A stream is there once; and of several lists nobody knows the width.
  if (at < 0 || columns.length < 2 || bytes.once) return source;
  const place = at === 0 ? 0 : at === columns.length - 1 ? cols - 1 : cols === columns.length ? at : -1;
  if (place < 0) return source;
  const values: number[] = [];
  try {
    for await (const { data, rows } of source.chunks({ chunkRows: ROWS, end: ROWS })) {
      for (let i = 0; i < rows; i++) values.push(data[i * cols + place]);
    }
  } catch {
    // What is wrong is said by who reads it.
    return source;
  }
  if (!countsUp(values)) return source;
  warnOf(options, indexWarning(source.name as string, at, columns[at]));
  // Not by naming the others: `columns` tells the elements of a list, which nobody can choose.
  return open(bytes, { ...options, leaveOut: columns[at] });
}
