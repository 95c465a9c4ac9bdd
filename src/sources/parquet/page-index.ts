/** The index that says where the pages of a column are. */
import type { PageLocation } from 'hyparquet/src/types.js';

/**
 * Whether the pages of an index follow one another, in bytes and in rows. A damaged index would give rows the values of others.
 * @param from the offsets between which they lie
 * @param rows the rows of the row group
 */
export function follows(pages: readonly PageLocation[], from: number, to: number, rows: number): boolean {
  let [at, row] = [from, 0];
  const each = pages.every((page, i) => {
    const [offset, first, size] = [page.offset, page.first_row_index, page.compressed_page_size].map(Number);
    const after = offset >= at && (i === 0 ? first === 0 : first >= row) && size > 0;
    [at, row] = [offset + size, first];
    return after;
  });
  return each && at <= to && row <= rows;
}
