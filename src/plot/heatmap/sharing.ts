/** How many rows and columns share a line of the picture. */

import { MAX_CELLS } from './options.ts';

/**
 * How many places share a line so that at most `maxCells` cells are drawn. The longer side is averaged first.
 * @returns places per line, for rows and columns
 */
export function sharing(rows: number, cols: number, maxCells: number): [number, number] {
  let [byRow, byCol] = [1, 1];
  for (;;) {
    const lines = Math.ceil(rows / byRow);
    const columns = Math.ceil(cols / byCol);
    if (lines * columns <= maxCells || (lines === 1 && columns === 1)) return [byRow, byCol];
    if (lines >= columns)
      byRow = Math.max(byRow + 1, Math.ceil(rows / Math.max(columns, Math.floor(maxCells / columns))));
    else byCol = Math.max(byCol + 1, Math.ceil(cols / Math.max(lines, Math.floor(maxCells / lines))));
  }
}

const grouped = (count: number) => String(count).replace(/\B(?=(\d{3})+$)/g, ',');
const countOf = (count: number, what: string) => `${grouped(count)} ${what}${count === 1 ? '' : 's'}`;

/** The same in words; undefined if each row and column has a line of its own. */
export function sharingNote(rows: number, cols: number, maxCells = MAX_CELLS): string | undefined {
  const [byRow, byCol] = sharing(rows, cols, Math.floor(maxCells));
  const parts = [byRow > 1 ? countOf(byRow, 'row') : '', byCol > 1 ? countOf(byCol, 'column') : ''].filter(
    Boolean,
  );
  if (parts.length === 0) return undefined;
  return `${countOf(rows, 'row')} and ${countOf(cols, 'column')}: each cell drawn is the mean of up to ${parts.join(' by ')}, neighbours in the order`;
}
