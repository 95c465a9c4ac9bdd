/**
 * GCT 1.2 and 1.3, tables of gene expression, as a source. Each row has a name, metadata as text, and numbers.
 * Format: https://software.broadinstitute.org/cancer/software/gsea/wiki/index.php/Data_formats and
 * https://clue.io/connectopedia/gct_format
 */

import { FormatError, rangeError } from '../../errors.ts';
import { option, say } from '../../messages.ts';
import { checkColumn, checkColumnList, wrongValue } from '../../support/checks.ts';
import type { ChunkOptions, Source } from '../../types.ts';
import type { Bytes } from '../bytes/bytes.ts';
import type { LimitOptions } from '../bytes/limits.ts';
import { shown } from '../chunks/columns.ts';
import { keepsMissing, type MissingOptions } from '../chunks/missing-options.ts';
import type { NamedChunk } from '../chunks/rows.ts';
import { readDecimal } from './decimal.ts';
import { type Rest, readMaxLine, readText, type TextOptions } from './decode.ts';
import { flawOf, type Rules } from './flaws.ts';
import { missingTest, parseNumber } from './numbers.ts';
import { type Flaw, type Lines, type OnBadRow, readOnBadRow, TextRows } from './rows.ts';

/** Options of `open` for GCT files; those of text tables, as far as they apply. */
export interface GctOptions extends TextOptions, MissingOptions {
  columns?: readonly (string | number)[];
  idColumn?: string | number;
  annotations?: readonly (string | number)[];
  onBadRow?: OnBadRow;
}

/** An open GCT file. */
export interface GctSource extends Source {
  readonly dtype: 'f8';
  readonly rows: number;
  readonly name: string;
  readonly format: 'gct';
  /** A description in one line. */
  readonly summary: string;
  readonly version: '1.2' | '1.3';
  /** Names of the columns that are read (samples). */
  readonly columns: readonly string[];
  /** The column of text that names the rows. */
  readonly idColumn: string;
  /** Names of the columns of text before the numbers, the row names first. */
  readonly rowMetadata: readonly string[];
  /** Names of the lines of text above the numbers. */
  readonly columnMetadata: readonly string[];
  readonly onBadRow: OnBadRow;
  /** Bad lines found so far, with `onBadRow: 'skip'`, in the pass that got furthest. */
  readonly skippedRows: number;
  /** The problem of the first of them. */
  readonly firstSkipped: string | undefined;
  chunks(options: ChunkOptions): AsyncIterable<NamedChunk>;
}

const RETURN = 13;

/** What the first lines say. */
interface Head {
  version: '1.2' | '1.3';
  rows: number;
  /** Names of all columns, with the row names and the metadata before the numbers. */
  names: string[];
  /** Number of columns before the numbers. */
  texts: number;
  /** Names of the lines between the names and the first row. */
  columnMetadata: string[];
  /** Number of lines before the first row, without blank ones. */
  lines: number;
}

/** Complete lines, without their ends. */
type LineBatch = { text: string; begins: number[]; ends: number[]; line: number };

async function* readLines(
  file: Bytes,
  signal: AbortSignal | undefined,
  options: { look?: boolean; maxLineBytes: number },
): AsyncGenerator<LineBatch, void, undefined> {
  const rest: Rest = { text: '', line: 1 };
  for await (const { text, last } of readText(file, signal, rest, options)) {
    const batch: LineBatch = { text, begins: [], ends: [], line: rest.line };
    let at = 0;
    for (let end = text.indexOf('\n'); end >= 0 || (last && at < text.length); end = text.indexOf('\n', at)) {
      const stop = end < 0 ? text.length : end;
      batch.begins.push(at);
      batch.ends.push(stop > at && text.charCodeAt(stop - 1) === RETURN ? stop - 1 : stop);
      at = stop + 1;
    }
    rest.text = last ? '' : text.slice(at);
    rest.line += batch.begins.length;
    yield batch;
  }
}

const withoutEnd = (fields: string[]) => fields.slice(0, fields.findLastIndex((field) => field !== '') + 1);

async function readHead(bytes: Bytes, maxLineBytes: number): Promise<Head> {
  const { name } = bytes;
  const found: { fields: string[]; line: number }[] = [];
  let version: '1.2' | '1.3' | undefined;
  let counts: number[] = [];
  let wanted = 3;
  const take = (text: string, line: number): void => {
    const fields = text.split('\t').map((field) => field.trim());
    if (found.length === 0) {
      const mark = /^\ufeff?#(1\.[23])$/.exec(withoutEnd(fields).join('\t'));
      if (!mark) throw new FormatError(name, 'is not GCT: its first line is not #1.2 or #1.3', { line });
      version = mark[1] as '1.2' | '1.3';
    } else if (found.length === 1) {
      counts = withoutEnd(fields).map((field) => (/^\d{1,9}$/.test(field) ? Number(field) : -1));
      const need = version === '1.2' ? 2 : 4;
      if (counts.length !== need || counts.includes(-1)) {
        const what = need === 2 ? 'rows and columns' : 'rows, columns, and metadata of rows and of columns';
        throw new FormatError(name, `the second line must have ${need} counts: ${what}`, { line });
      }
      wanted = 3 + (counts[3] ?? 0);
    }
    found.push({ fields: found.length < 3 ? fields : fields.slice(0, 1), line });
  };
  for await (const { text, begins, ends, line } of readLines(bytes, undefined, {
    look: true,
    maxLineBytes,
  })) {
    for (let i = 0; i < begins.length && found.length < wanted; i++) {
      const one = text.slice(begins[i], ends[i]);
      if (one.trim() !== '') take(one, line + i);
    }
    if (found.length === wanted) break;
  }
  if (found.length < wanted) {
    throw new FormatError(name, `ends after ${found.length} of the ${wanted} lines before its rows`);
  }
  const [rows, cols, rowTexts = 1] = counts;
  const texts = 1 + rowTexts;
  const { fields, line } = found[2];
  const names = fields.length > texts + cols ? withoutEnd(fields) : fields;
  if (names.length !== texts + cols) {
    throw new FormatError(
      name,
      `the line of names has ${names.length} fields; by the second line it must have ${texts + cols} (${texts} of text, ${cols} of numbers)`,
      { line },
    );
  }
  if (cols === 0) throw new FormatError(name, 'its rows hold no numbers', { line: found[1].line });
  // A field and a separator for each number; the text may be empty.
  if (rows * (texts + 2 * cols - 1) > bytes.byteLength) {
    throw new FormatError(
      name,
      `says that it has ${rows} rows of ${cols} numbers, which its ${bytes.byteLength} bytes cannot hold`,
      {
        line: found[1].line,
      },
    );
  }
  const columnMetadata = found.slice(3).map(({ fields: [first] }) => first);
  return { version: version!, rows, names, texts, columnMetadata, lines: wanted };
}

/** The index of a column, by its name or its place in a list. */
function find(argument: string, file: string, names: readonly string[], wanted: string | number): number {
  if (typeof wanted === 'string') {
    const index = names.indexOf(wanted);
    if (index >= 0 && names.indexOf(wanted, index + 1) < 0) return index;
    if (index >= 0) {
      throw rangeError(
        say`${option(argument)}: ${file} has more than one column ${JSON.stringify(wanted)}; use an index from 0`,
      );
    }
    throw rangeError(
      say`${option(argument)}: ${file} has no column ${JSON.stringify(wanted)}; it has ${shown(names)}`,
    );
  }
  checkColumn(wanted, argument);
  if (Number.isInteger(wanted) && wanted >= 0 && wanted < names.length) return wanted;
  throw wrongValue(argument, `a column of ${file}, 0 to ${names.length - 1} here`, wanted);
}

/** Lines of one piece of text, as rows. */
class GctLines implements Lines {
  readonly length: number;

  readonly #batch: LineBatch;
  readonly #head: Head;
  /** Indexes of the fields that are read, among all fields. */
  readonly #picked: readonly number[];
  readonly #id: number;
  /** Whether all numbers are read, in order. */
  readonly #all: boolean;
  readonly #rules: Rules;
  readonly #annotations: readonly number[];

  constructor(
    batch: LineBatch,
    head: Head,
    picked: readonly number[],
    id: number,
    all: boolean,
    rules: Rules,
    annotations: readonly number[],
  ) {
    this.#batch = batch;
    this.#head = head;
    this.#picked = picked;
    this.#id = id;
    this.#all = all;
    this.#rules = rules;
    this.#annotations = annotations;
    this.length = batch.begins.length;
  }

  isBlank(index: number): boolean {
    const { text, begins, ends } = this.#batch;
    for (let at = begins[index]; at < ends[index]; at++) {
      const code = text.charCodeAt(at);
      // Spaces and tabs. Other control characters are damage.
      if (code !== 32 && (code < 9 || code > 13)) return false;
    }
    return true;
  }

  #fields(index: number): string[] {
    const { text, begins, ends } = this.#batch;
    return text.slice(begins[index], ends[index]).split('\t');
  }

  read(index: number, row: Float64Array): Flaw | undefined {
    const batch = this.#batch;
    const head = this.#head;
    const picked = this.#picked;
    const fields = head.names.length;
    if (this.#all) {
      const { text, begins, ends } = batch;
      const end = ends[index];
      let at = begins[index];
      for (let i = 0; i < head.texts && at <= end; i++) {
        const tab = text.indexOf('\t', at);
        at = tab < 0 || tab > end ? end + 1 : tab + 1;
      }
      let j = 0;
      for (; j < row.length && at <= end; j++) {
        const tab = text.indexOf('\t', at);
        const stop = tab < 0 || tab > end ? end : tab;
        if (!readDecimal(text, at, stop, row, j)) break;
        at = stop + 1;
      }
      if (j === row.length && at > end) return undefined;
    }
    const record = this.#fields(index);
    if (record.length !== fields) {
      const problem = `the line has ${record.length} fields, and the line of names has ${fields}`;
      return { problem, column: Math.min(record.length, fields) + 1 };
    }
    for (let j = 0; j < picked.length; j++) {
      const field = record[picked[j]];
      if (readDecimal(field, 0, field.length, row, j)) continue;
      const rules = this.#rules;
      if (!rules.keepMissing || !rules.isMissing(field)) {
        // A sample is no name, so the advice for text does not help.
        const { advice, ...flaw } = flawOf(field, picked[j] + 1, rules);
        return flaw.reason === 'TEXT_COLUMN' || !advice ? flaw : { ...flaw, advice };
      }
      row[j] = Number.NaN;
    }
    return undefined;
  }

  nameOf(index: number): string {
    return this.#fields(index)[this.#id] ?? '';
  }

  annotationOf(index: number, annotation: number): string {
    return this.#fields(index)[this.#annotations[annotation]] ?? '';
  }

  lineOf(index: number): number {
    return this.#batch.line + index;
  }
}

/**
 * Read a GCT file as rows of float64: each row of the file is one, with its name in `ids`.
 *
 * `columns` chooses among the columns of numbers (samples), by name or by index from 0. `idColumn` and `annotations` choose
 * among the row names and the metadata of rows. Quotes have no meaning.
 * Memory: one chunk, and a piece of text (64 kB, or the longest line if that is longer).
 * Errors: `FormatError` with line and column for a bad line, and when there are fewer or more rows than the file says.
 */
export async function openGct(bytes: Bytes, options: GctOptions & LimitOptions = {}): Promise<GctSource> {
  const onBadRow = readOnBadRow(options);
  const { name } = bytes;
  const maxLineBytes = readMaxLine(options);
  const head = await readHead(bytes, maxLineBytes);
  const { version, names, texts } = head;
  const samples = names.slice(texts);
  const rowMetadata = names.slice(0, texts);
  const id = options.idColumn === undefined ? 0 : find('idColumn', name, rowMetadata, options.idColumn);
  const several = (argument: 'columns' | 'annotations', among: readonly string[]): number[] => {
    const wanted = options[argument] ?? [];
    checkColumnList(wanted, argument);
    const found = wanted.map((one) => find(argument, name, among, one));
    const twice = found.find((column, i) => found.indexOf(column) !== i);
    if (twice !== undefined) throw rangeError(say`${option(argument)}: column ${twice} is listed twice`);
    return found;
  };
  const annotations = several('annotations', rowMetadata);
  const chosen = options.columns === undefined ? samples.map((_, i) => i) : several('columns', samples);
  if (chosen.length === 0)
    throw rangeError(say`${option('columns')}: none is left to read`, { option: 'columns' });
  const picked = chosen.map((column) => column + texts);
  const all = options.columns === undefined;
  const rules: Rules = {
    parse: parseNumber,
    isMissing: missingTest(options.missingValues),
    keepMissing: keepsMissing(options),
  };
  const cols = picked.length;
  const table = new TextRows({
    ...{ bytes, cols, header: false, onBadRow, named: true, announced: head.rows },
    annotations: annotations.map((column) => names[column]),
    async *lines(signal) {
      let left = head.lines;
      for await (const batch of readLines(bytes, signal, { maxLineBytes })) {
        const lines = new GctLines(batch, head, picked, id, all, rules, annotations);
        // The lines before the first row are counted without blank ones.
        let from = 0;
        for (; left > 0 && from < lines.length; from++) if (!lines.isBlank(from)) left--;
        if (from === 0) yield lines;
        else if (from < lines.length) {
          const begins = batch.begins.slice(from);
          const rest = { ...batch, begins, ends: batch.ends.slice(from), line: batch.line + from };
          yield new GctLines(rest, head, picked, id, all, rules, annotations);
        }
      }
    },
  });
  return table.source({
    format: 'gct' as const,
    summary: `GCT ${version}, ${head.rows} x ${samples.length}, rows named by ${JSON.stringify(names[id])}`,
    rows: head.rows,
    // Text that has been converted to numbers and is not garbage-collected yet.
    overheadBytes: 16e6,
    version,
    columns: chosen.map((column) => samples[column]),
    idColumn: names[id],
    rowMetadata,
    columnMetadata: head.columnMetadata,
  });
}
