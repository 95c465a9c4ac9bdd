import { asOurs, FormatError, rangeError, typeError } from '../errors.ts';
import { type Bytes, type BytesInput, extensionOf } from '../sources/bytes/bytes.ts';
import { watch } from '../sources/bytes/changes.ts';
import { unpack } from '../sources/bytes/compressed.ts';
import type { HttpOptions } from '../sources/bytes/http.ts';
import type { LimitOptions } from '../sources/bytes/limits.ts';
import { openBytes } from '../sources/bytes/open.ts';
import type { RecordRules } from '../sources/text/csv-records.ts';
import { checkRules, headRecords, readRules } from '../sources/text/csv-rules.ts';
import { readMaxLine, type TextOptions } from '../sources/text/decode.ts';
import { allBad, type Flaw } from '../sources/text/rows.ts';
import { checkOptions as checkNames, type Known } from '../support/checks.ts';
import { describe } from '../support/describe.ts';
import { firstWrong, isNucleotides } from './letters.ts';
import {
  findColumn,
  type Reading,
  readFasta,
  readSequenceLines,
  readTable,
  type SequenceRecord,
  type TableLayout,
} from './records.ts';

/** Formats of sequences. A table is CSV, TSV or AIRR's rearrangements. */
export type SequenceFormat = 'lines' | 'fasta' | 'table';

/** Options of `openSequences`. */
export interface SequenceOptions extends TextOptions, HttpOptions, LimitOptions {
  /** Skip the guessing. */
  format?: SequenceFormat;
  /**
   * Column of the sequences, by name or by index from 0. Default: the only one, or the first of junction_aa, cdr3_aa,
   * cdr3, aminoAcid and sequence_aa that there is, in any case of letters. Columns that hold nucleotides by definition,
   * AIRR's sequence and Change-O's CDR3, are never taken unasked.
   */
  column?: string | number;
  /** Column of the V genes (`v_call`). Default: none is read. */
  vColumn?: string | number;
  /** One character. Default: found out as for tables of numbers. */
  delimiter?: string;
  /** What a line begins with that is to be ignored. Default '#' where the first lines begin so; '' for none. */
  comment?: string;
  /** Whether the first line of a table holds names. Default: it does, unless it holds a sequence where one would be. */
  header?: boolean;
  /** What to do with what is no sequence. Default 'error'; 'skip' leaves it out and counts it in `skippedRows`. */
  onBadRow?: 'error' | 'skip';
  /** For messages, and for the extension of inputs that have no name. */
  name?: string;
}

/** The names of SequenceOptions. */
export const SEQUENCE_OPTIONS: Known<SequenceOptions> = {
  format: true,
  column: true,
  vColumn: true,
  delimiter: true,
  comment: true,
  header: true,
  onBadRow: true,
  name: true,
  maxLineBytes: true,
  memoryLimit: true,
  headers: true,
  fetch: true,
  timeout: true,
  minBytesPerSecond: true,
  signal: true,
  onWarning: true,
};

/** Consecutive sequences of a file. */
export interface SequenceChunk {
  /** How many sequences came before. */
  start: number;
  sequences: string[];
  /** The row of the file that each is, from 0; rows that were skipped have numbers too. */
  rows: number[];
  /** The V gene of each, without its allele; '' where the field is empty. Only with `vColumn`. */
  vGenes?: string[];
}

/** An open file of sequences; it can be read again and again, unless it is a stream. */
export interface SequenceSource {
  readonly name: string;
  readonly format: SequenceFormat;
  /** Name of the column, of a table with names. */
  readonly column: string | undefined;
  /** Rows of the file, those that were skipped included. Known once a whole pass has been read. */
  readonly rows: number | undefined;
  /** Rows passed over so far, with `onBadRow: 'skip'`, by the pass that went furthest. */
  readonly skippedRows: number;
  /** What was wrong with the first of them. */
  readonly firstSkipped: string | undefined;
  chunks(options: { chunkRows: number; signal?: AbortSignal }): AsyncIterable<SequenceChunk>;
  close(): Promise<void>;
}

const USUAL_COLUMNS = ['junction_aa', 'cdr3_aa', 'cdr3', 'aminoacid', 'sequence_aa'];
/** What `openSequences` reads, by the extensions of files, without a dot. */
export const sequenceExtensions: Readonly<Record<SequenceFormat, readonly string[]>> = {
  fasta: ['fasta', 'fa', 'faa', 'fas'],
  table: ['csv', 'tsv', 'tab'],
  lines: ['seq', 'lst'],
};
const DELIMITERS = ['\t', ',', ';', '|'];

function withoutPacking(name: string): string {
  return name.replace(/\.(gz|zst)$/i, '');
}

/** The text that the file begins with. */
async function headOf(bytes: Bytes): Promise<string> {
  const head = new TextDecoder().decode(await bytes.slice(0, Math.min(65_536, bytes.byteLength)));
  return head.replace(/^\ufeff/, '').trimStart();
}

function detectFormat(name: string, text: string, options: SequenceOptions): SequenceFormat {
  // Comments may stand before a table, and before lines.
  const head = text.replace(/^(#.*(\r?\n|$))+/, '');
  if (head.startsWith('>')) return 'fasta';
  const extension = extensionOf(withoutPacking(name));
  for (const [format, extensions] of Object.entries(sequenceExtensions)) {
    if (extensions.includes(extension)) return format as SequenceFormat;
  }
  const { column, vColumn, delimiter, header } = options;
  if ([column, vColumn, delimiter, header].some((one) => one !== undefined)) return 'table';
  const line = head.slice(0, head.search(/[\r\n]|$/)).trim();
  if ([...USUAL_COLUMNS, 'sequence'].includes(line.toLowerCase())) return 'table';
  return DELIMITERS.some((one) => line.includes(one)) ? 'table' : 'lines';
}

/** The column that tables usually have sequences in; -1 for none. Change-O's CDR3 is of nucleotides. */
function usualColumn(names: readonly string[]): number {
  const lower = names.map((name) => name.toLowerCase());
  const changeo = names.includes('SEQUENCE_ID') || names.includes('SEQUENCE_INPUT');
  for (const name of USUAL_COLUMNS) {
    const at = lower.indexOf(name);
    if (at >= 0 && !(changeo && name === 'cdr3')) return at;
  }
  return -1;
}

async function layOut(
  bytes: Bytes,
  rules: RecordRules,
  maxLineBytes: number,
  options: SequenceOptions,
): Promise<{ table: TableLayout; name: string | undefined }> {
  const { column, vColumn } = options;
  const [first] = await headRecords(bytes, rules, maxLineBytes);
  // A header may be marked as a comment is: #CDR3b.
  const names = first.map((field, i) => (i === 0 ? field.replace(/^#/, '') : field).trim());
  const usual = usualColumn(names);
  const named = typeof column === 'string' || typeof vColumn === 'string';
  if (named && options.header === false) {
    throw rangeError(
      `column: ${describe(typeof column === 'string' ? column : vColumn)} is a name, but header is false`,
    );
  }
  let at: number;
  if (column !== undefined) at = findColumn('column', column, names, bytes.name);
  else if (usual >= 0 && options.header !== false) at = usual;
  else if (names.length === 1) at = 0;
  else {
    throw rangeError(
      `column: which one holds the sequences? ${bytes.name} has ${names.slice(0, 30).map(describe).join(', ')}`,
    );
  }
  const isName =
    named ||
    (usual === at && column === undefined) ||
    (firstWrong(names[at]) >= 0 && !isNucleotides(names[at])) ||
    names[at] === '';
  const header = options.header ?? isName;
  const table: TableLayout = {
    rules,
    fields: names.length,
    column: at,
    vColumn: vColumn === undefined ? -1 : findColumn('vColumn', vColumn, names, bytes.name),
    header,
  };
  return { table, name: header ? names[at] : undefined };
}

function checkOptions(options: SequenceOptions): void {
  const { format, onBadRow = 'error', header, column, vColumn } = options;
  if (format !== undefined && !Object.hasOwn(sequenceExtensions, format)) {
    throw rangeError(
      `format: got ${describe(format)}; allowed are ${Object.keys(sequenceExtensions).join(', ')}`,
    );
  }
  if (onBadRow !== 'error' && onBadRow !== 'skip') {
    throw rangeError(`onBadRow: got ${describe(onBadRow)}; allowed are 'error' and 'skip'`);
  }
  checkRules(options);
  if (header !== undefined && typeof header !== 'boolean') {
    throw typeError(`header: got ${describe(header)}; allowed are true and false`);
  }
  for (const [name, value] of Object.entries({ column, vColumn })) {
    if (value !== undefined && typeof value !== 'string' && typeof value !== 'number') {
      throw typeError(`${name}: got ${describe(value)}; allowed are names and indexes`);
    }
  }
}

/**
 * Open a file of amino-acid sequences: one a line, FASTA, or a column of a table (CSV, TSV, AIRR).
 *
 * `input` is a path, a URL, a Blob or File, bytes, a ByteSource or a ReadableStream, as for `open`; gzip and zstd are
 * decompressed on the way. The format is guessed by the first character, the extension and the first line.
 * Letters are the 20 amino acids in upper case; anything else is a bad row: lower case, `*` and `_`, an empty field,
 * NA, NaN, None and null, more than 8 letters of A, C, G, T, U and N alone (nucleotides), a line with too many fields,
 * a blank line before others where a line is one sequence.
 * Errors: `FormatError` with line and column for a bad row (the column is the field of a table, the character
 * elsewhere), for an empty file and one that is not UTF-8; `RangeError` for a column that is not there or an input
 * that cannot be read; `TypeError` for other inputs.
 */
export async function openSequences(
  input: BytesInput,
  options: SequenceOptions = {},
): Promise<SequenceSource> {
  checkNames(options, SEQUENCE_OPTIONS, 'openSequences', "{ column: 'junction_aa' }");
  return openChecked(input, options);
}

/** The same, whatever else there is among the options: those of a run. */
export async function openChecked(input: BytesInput, options: SequenceOptions): Promise<SequenceSource> {
  checkOptions(options);
  const maxLineBytes = readMaxLine(options);
  let file: Bytes | undefined;
  try {
    file = await openBytes(input, options.name, options);
    const bytes = await unpack(file, { signal: options.signal });
    const release = bytes.hold();
    try {
      const source = await openBy(bytes, maxLineBytes, options);
      return watch(source, file, { text: true, onWarning: options.onWarning });
    } finally {
      await release();
    }
  } catch (error) {
    // Nobody else can go on with a stream, and what makes it may wait for its reader.
    if (file?.once) await file.close();
    throw asOurs(error, file?.name ?? options.name);
  }
}

async function openBy(bytes: Bytes, maxLineBytes: number, options: SequenceOptions): Promise<SequenceSource> {
  const { name } = bytes;
  const head = await headOf(bytes);
  if (head === '') throw new FormatError(name, 'has no line but blank ones');
  const format = options.format ?? detectFormat(name, head, options);
  if (format !== 'table' && /[^\r\n]\r[^\n]/.test(head)) {
    throw new FormatError(name, 'its lines end in CR alone; convert them to LF', { line: 1 });
  }
  const rules = format === 'table' ? await readRules(bytes, options, maxLineBytes) : undefined;
  const layout = rules ? await layOut(bytes, rules, maxLineBytes, options) : undefined;
  if (!layout) {
    for (const option of ['column', 'vColumn', 'delimiter', 'header'] as const) {
      if (options[option] !== undefined)
        throw rangeError(`${option}: is an option for tables, and ${name} is ${format}`);
    }
  }
  if (format === 'fasta' && options.comment) {
    throw rangeError(`comment: is an option for tables and lines, and ${name} is ${format}`);
  }
  const comment = options.comment ?? (head.startsWith('#') ? '#' : '');
  const skip = options.onBadRow === 'skip';
  const known: { rows?: number; skipped: number; first?: string } = { skipped: 0 };

  function recordsOf(reading: Reading): AsyncGenerator<SequenceRecord[], void, undefined> {
    if (layout) return readTable(bytes, layout.table, reading);
    return format === 'fasta' ? readFasta(bytes, reading) : readSequenceLines(bytes, reading);
  }

  async function* pass(
    chunkRows: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<SequenceChunk, void> {
    signal?.throwIfAborted();
    let start = 0;
    let skipped = 0;
    let row = 0;
    let first: (Flaw & { line: number }) | undefined;
    const empty = (): SequenceChunk => ({
      start,
      sequences: [],
      rows: [],
      ...(layout && layout.table.vColumn >= 0 ? { vGenes: [] } : {}),
    });
    let chunk = empty();
    for await (const records of recordsOf({ signal, maxLineBytes, comment })) {
      for (const { sequence, vGene, line, flaw } of records) {
        row++;
        if (flaw) {
          const error = new FormatError(name, flaw.problem, { line: flaw.line ?? line, column: flaw.column });
          if (!skip) throw error;
          first ??= { ...flaw, line: flaw.line ?? line };
          known.first ??= error.message;
          known.skipped = Math.max(known.skipped, ++skipped);
          continue;
        }
        chunk.sequences.push(sequence);
        chunk.rows.push(row - 1);
        chunk.vGenes?.push(vGene as string);
        if (chunk.sequences.length < chunkRows) continue;
        start += chunkRows;
        yield chunk;
        signal?.throwIfAborted();
        chunk = empty();
      }
    }
    if (first && skipped === row) throw allBad(name, first, skipped);
    known.rows = row;
    if (chunk.sequences.length > 0) yield chunk;
  }

  return {
    name,
    format,
    column: layout?.name,
    get rows() {
      return known.rows;
    },
    get skippedRows() {
      return known.skipped;
    },
    get firstSkipped() {
      return known.first;
    },
    chunks({ chunkRows, signal }) {
      if (!Number.isSafeInteger(chunkRows) || chunkRows < 1) {
        throw rangeError(`chunkRows: got ${describe(chunkRows)}; allowed is a whole number from 1`);
      }
      return pass(chunkRows, signal);
    },
    close: () => bytes.close(),
  };
}
