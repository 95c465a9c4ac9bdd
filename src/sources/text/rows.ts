/** Turns lines of text into rows of numbers, for the readers of CSV and JSON lines, which know the columns. */

import { FormatError } from '../../errors.ts';
import { join, type Message, option, SKIP_ROWS, say } from '../../messages.ts';
import { checkOneOf } from '../../support/checks.ts';
import type { Chunk, ChunkOptions } from '../../types.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { ChunkBuilder, type NamedChunk, type RowRange, rowRange } from '../chunks/rows.ts';

/** What to do with a line that is not a valid row. Default 'error'; 'skip' counts it in `skippedRows`. */
export type OnBadRow = 'error' | 'skip';

/** Check the option `onBadRow`. @throws RangeError */
export function readOnBadRow({ onBadRow = 'error' }: { onBadRow?: OnBadRow }): OnBadRow {
  checkOneOf(onBadRow, 'onBadRow', ['error', 'skip']);
  return onBadRow;
}

/** Why a line is not a valid row, and in which field, counted from 1. */
export interface Flaw {
  problem: string;
  /** What the caller could do, if the row is not skipped: text to follow the problem. */
  advice?: Message;
  column?: number;
  reason?: 'TEXT_COLUMN' | 'MISSING_VALUE';
  /** Only this value is bad, and not how the file is read: skipping the row would help. */
  single?: boolean;
}

/** The advice for text in the first row, where the rows below have numbers. */
const TWO_HEADERS = join(
  '; the table seems to have two header rows: remove one of them, or ',
  option('onBadRow', 'skip'),
  ' leaves out the second',
);

/** The lines that are complete in one piece of text; valid until the next ones are requested. */
export interface Lines {
  length: number;
  isBlank(index: number): boolean;
  /** Write the numbers of a line that is not blank to `row`. Returns the problem if it is not a valid row. */
  read(index: number, row: Float64Array): Flaw | undefined;
  /** The name of the row, which must be the row that was read last. */
  nameOf(index: number): string;
  /** The text of an annotation of this row, by its number. */
  annotationOf?(index: number, annotation: number): string;
  /** Line of the file on which it begins, counted from 1. */
  lineOf(index: number): number;
}

/** How a file's lines become rows. */
interface TextTable {
  bytes: Bytes;
  cols: number;
  /** Whether rows have names. */
  named: boolean;
  /** Names of the annotations, columns of text that chunks carry. */
  annotations?: readonly string[];
  /** Whether the first line that is not blank is a header. */
  header: boolean;
  /** Whether the first row looks like a second header. */
  secondHeader?: boolean;
  onBadRow: OnBadRow;
  /** The number of rows that the file says it has. */
  announced?: number;
  /** The place of a field in words, instead of line and column. */
  cell?(line: number, column: number | undefined): string;
  lines(signal: AbortSignal | undefined): AsyncIterable<Lines>;
  /** The problem to report for a blank line before others, if it may be a row with an empty value. Else it is ignored. */
  blank?: Flaw;
}

/**
 * The rows of a text. Rows are counted from the first line after the header. A skipped bad row is NaN, so that the others
 * keep their row numbers.
 * Errors: `FormatError` with line and column for a bad line; `FormatError` if all lines were bad, or if the number of
 * rows is not that of an earlier pass.
 */
export class TextRows {
  /** Known after a whole pass, unless the file announces it. */
  rows: number | undefined;
  /** Bad lines found so far, in the pass that got furthest. */
  skippedRows = 0;
  /** The problem of the first of them. */
  firstSkipped: string | undefined;

  readonly #table: TextTable;

  constructor(table: TextTable) {
    this.#table = table;
    this.rows = table.announced;
  }

  chunks(request: ChunkOptions): AsyncGenerator<NamedChunk, void, undefined> {
    return this.#pass(rowRange(request, this.rows));
  }

  /** A source of these rows, with `own` properties of its format. */
  source<O extends object>(own: O) {
    const { bytes, cols, onBadRow } = this.#table;
    const lines = this;
    const source = {
      ...{ name: bytes.name, cols, dtype: 'f8' as const, onBadRow },
      get rows() {
        return lines.rows;
      },
      get skippedRows() {
        return lines.skippedRows;
      },
      get firstSkipped() {
        return lines.firstSkipped;
      },
      chunks: (request: ChunkOptions) => lines.chunks(request),
      close: () => bytes.close(),
    };
    return Object.defineProperties(source, Object.getOwnPropertyDescriptors(own)) as typeof source &
      NoInfer<O>;
  }

  async *#pass(range: RowRange): AsyncGenerator<NamedChunk, void, undefined> {
    const { cols, named, annotations = [], header, lines, blank } = this.#table;
    range.signal?.throwIfAborted();
    const builder = new ChunkBuilder(range, 'f8', cols);
    const row = new Float64Array(cols);
    let ids: string[] = [];
    let texts: string[][] = annotations.map(() => []);
    const finish = (chunk: Chunk): NamedChunk => {
      if (!named && texts.length === 0) return chunk;
      const whole: NamedChunk = { ...chunk, ...(named ? { ids } : {}) };
      if (texts.length > 0) {
        whole.annotations = Object.fromEntries(annotations.map((name, i) => [name, texts[i]]));
      }
      ids = [];
      texts = annotations.map(() => []);
      return whole;
    };
    /** Add the row; `line` is undefined for a blank line. */
    const add = (batch: Lines, line: number | undefined): Chunk | undefined => {
      const offset = builder.take();
      if (offset < 0) return undefined;
      builder.data.set(row, offset);
      if (named) ids.push(line === undefined ? '' : batch.nameOf(line));
      for (const [i, list] of texts.entries()) {
        list.push(line === undefined ? '' : (batch.annotationOf?.(line, i) ?? ''));
      }
      return builder.keep();
    };
    const placeOf = ({ line, column, reason }: Flaw & { line: number }) => {
      return { line, column, reason, cell: this.#table.cell?.(line, column) };
    };
    let skipped = 0;
    let first: (Flaw & { line: number }) | undefined;
    const { name } = this.#table.bytes;
    const reject = (flaw: Flaw, line: number): void => {
      const fails = this.#table.onBadRow === 'error';
      const advised = this.#table.secondHeader && builder.row === 0 ? TWO_HEADERS : (flaw.advice ?? '');
      const skip = flaw.single ? join('; ', SKIP_ROWS) : '';
      const more = fails ? join(advised, skip) : '';
      const error = new FormatError(name, join(flaw.problem, more), placeOf({ ...flaw, line }));
      if (fails) throw error;
      first ??= { ...flaw, line };
      this.firstSkipped ??= error.message;
      this.skippedRows = Math.max(this.skippedRows, ++skipped);
      row.fill(Number.NaN);
    };
    let awaitingHeader = header;
    // Whether a blank line is at the end or in the middle is only known from the lines after it. The first of several
    // blank lines is reported.
    let firstBlank = 0;
    let blanks = 0;
    let whole = true;
    for await (const batch of lines(range.signal)) {
      for (let index = 0; index < batch.length; index++) {
        if (batch.isBlank(index)) {
          if (blank && !awaitingHeader && blanks++ === 0) firstBlank = batch.lineOf(index);
          continue;
        }
        for (; blanks > 0; blanks--) {
          reject(blank as Flaw, firstBlank);
          const chunk = add(batch, undefined);
          if (chunk) yield finish(chunk);
        }
        if (awaitingHeader) {
          awaitingHeader = false;
          continue;
        }
        const flaw = batch.read(index, row);
        if (flaw) reject(flaw, batch.lineOf(index));
        const chunk = add(batch, index);
        if (!chunk) continue;
        yield finish(chunk);
        range.signal?.throwIfAborted();
      }
      if (builder.done && range.end < (this.rows ?? Infinity)) {
        whole = false;
        break;
      }
    }
    if (whole) {
      if (first && skipped === builder.row) throw allBad(name, first, skipped, placeOf(first));
      this.#settle(builder.row);
    }
    const chunk = builder.rest();
    if (chunk) yield finish(chunk);
  }

  /** After a whole pass the number of rows is known. If a later pass finds another number, the file has changed. */
  #settle(rows: number): void {
    const { rows: before } = this;
    const table = this.#table;
    if (before !== undefined && before !== rows) {
      if (table.announced !== undefined) {
        throw new FormatError(
          table.bytes.name,
          `says that it has ${before} rows and has ${rows}; it was cut short, or its head is wrong`,
        );
      }
      throw new FormatError(
        table.bytes.name,
        `had ${before} rows when it was read before and now has ${rows}`,
      );
    }
    this.rows = rows;
  }
}

/** The error for a text in which all rows are bad. @param first the problem of the first row */
export function allBad(
  file: string,
  { problem, advice, line, column, reason }: Flaw & { line: number },
  count: number,
  place: ConstructorParameters<typeof FormatError>[2] = { line, column, reason },
): FormatError {
  const rows = count === 1 ? 'its only row was' : `all ${count} rows were`;
  return new FormatError(file, say`${rows} skipped as bad; the first: ${problem}${advice}`, place);
}
