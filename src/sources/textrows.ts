/** Lines of text to rows of numbers: what the readers of text tables (CSV, JSON lines) do alike once they know its columns. */

import { FormatError, rangeError } from '../errors.ts';
import type { Chunk, ChunkOptions } from '../types.ts';
import type { Bytes } from './bytes.ts';
import { ChunkBuilder, type NamedChunk, type RowRange, rowRange } from './rows.ts';

/** What to do with a line that is no row. Default 'error'; 'skip' counts it in `skippedRows`. */
export type OnBadRow = 'error' | 'skip';

/** The choice that was made. @throws RangeError */
export function readOnBadRow({ onBadRow = 'error' }: { onBadRow?: OnBadRow }): OnBadRow {
  if (onBadRow === 'error' || onBadRow === 'skip') return onBadRow;
  throw rangeError(`onBadRow: got ${JSON.stringify(onBadRow)}; allowed are 'error' and 'skip'`);
}

/** Why a line is no row, and at which field, counted from 1. */
export interface Flaw {
  problem: string;
  column?: number;
}

/** Lines that became complete together. */
export interface Lines {
  length: number;
  isBlank(index: number): boolean;
  /** Write the numbers of a line that is not blank to `row`; where it is none, say why. */
  read(index: number, row: Float64Array): Flaw | undefined;
  /** The name of the row that was read last. */
  nameOf(index: number): string;
  /** Where in the file it begins, counted from 1. */
  lineOf(index: number): number;
}

/** How a file's lines become rows. */
export interface TextTable {
  bytes: Bytes;
  cols: number;
  /** Whether rows have names. */
  named: boolean;
  /** Whether the first line that is not blank is none of the rows. */
  header: boolean;
  onBadRow: OnBadRow;
  lines(signal: AbortSignal | undefined): AsyncIterable<Lines>;
  /** What is wrong with a blank line in the middle. */
  blank: Flaw;
}

/**
 * The rows of a text. Blank lines at the end are ignored, elsewhere they are bad lines. Rows are counted from the
 * first line after the header, without those that were skipped.
 * Errors: `FormatError` with line and column for a bad line, and where the file has other rows than it had before.
 */
export class TextRows {
  /** Known once a whole pass has been read. */
  rows: number | undefined;
  /** Lines passed over so far by the pass that went furthest. */
  skippedRows = 0;

  constructor(private readonly table: TextTable) {}

  chunks(request: ChunkOptions): AsyncGenerator<NamedChunk, void, undefined> {
    return this.pass(rowRange(request, this.rows));
  }

  private async *pass(range: RowRange): AsyncGenerator<NamedChunk, void, undefined> {
    const { cols, named, header, lines, blank } = this.table;
    range.signal?.throwIfAborted();
    const builder = new ChunkBuilder(range, 'f8', cols);
    const row = new Float64Array(cols);
    let ids: string[] = [];
    const finish = (chunk: Chunk): NamedChunk => {
      if (!named) return chunk;
      const whole = { ...chunk, ids };
      ids = [];
      return whole;
    };
    let skipped = 0;
    const reject = (flaw: Flaw, batch: Lines, index: number): void => {
      this.reject(flaw, batch, index);
      this.skippedRows = Math.max(this.skippedRows, ++skipped);
    };
    let awaitingHeader = header;
    // Only what follows tells a blank line at the end from one in the middle; the first is what is reported.
    let firstBlank: { batch: Lines; index: number } | undefined;
    let blanks = 0;
    let whole = true;
    for await (const batch of lines(range.signal)) {
      for (let index = 0; index < batch.length; index++) {
        if (batch.isBlank(index)) {
          if (blanks++ === 0) firstBlank = { batch, index };
          continue;
        }
        for (; blanks > 0; blanks--) reject(blank, firstBlank!.batch, firstBlank!.index);
        if (awaitingHeader) {
          awaitingHeader = false;
          continue;
        }
        const flaw = batch.read(index, row);
        if (flaw) {
          reject(flaw, batch, index);
          continue;
        }
        const offset = builder.take();
        if (offset < 0) continue;
        builder.data.set(row, offset);
        if (named) ids.push(batch.nameOf(index));
        const chunk = builder.keep();
        if (!chunk) continue;
        yield finish(chunk);
        range.signal?.throwIfAborted();
      }
      if (builder.done && range.end < (this.rows ?? Infinity)) {
        whole = false;
        break;
      }
    }
    if (whole) this.settle(builder.row);
    const chunk = builder.rest();
    if (chunk) yield finish(chunk);
  }

  private reject({ problem, column }: Flaw, batch: Lines, index: number): void {
    const { bytes, onBadRow } = this.table;
    if (onBadRow === 'error') {
      throw new FormatError(bytes.name, problem, { line: batch.lineOf(index), column });
    }
  }

  /** After a whole reading the number of rows is known; a file that then gives another one has been changed. */
  private settle(rows: number): void {
    const { rows: before, table } = this;
    if (before !== undefined && before !== rows) {
      throw new FormatError(
        table.bytes.name,
        `had ${before} rows when it was read before and now has ${rows}`,
      );
    }
    this.rows = rows;
  }
}
