import { asOurs, FormatError, rangeError } from '../errors.ts';
import { option, say } from '../messages.ts';
import { type Bytes, type BytesInput, extensionOf } from '../sources/bytes/bytes.ts';
import { watch } from '../sources/bytes/changes.ts';
import { unpack } from '../sources/bytes/compressed.ts';
import type { HttpOptions } from '../sources/bytes/http.ts';
import type { LimitOptions } from '../sources/bytes/limits.ts';
import { openBytes } from '../sources/bytes/open.ts';
import type { RecordRules } from '../sources/text/csv-records.ts';
import { checkRules, readDialect } from '../sources/text/csv-rules.ts';
import { readMaxLine, type TextOptions } from '../sources/text/decode.ts';
import { allBad, type Flaw } from '../sources/text/rows.ts';
import {
  checkBoolean,
  checkColumn,
  checkOptions as checkNames,
  checkOneOf,
  checkWhole,
  type Known,
} from '../support/checks.ts';
import { describe } from '../support/text/describe.ts';
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
  /** Default: detected from the file. */
  format?: SequenceFormat;
  /**
   * Column of the sequences, by name or by index from 0. Default: the only column, or the first that exists of junction_aa,
   * cdr3_aa, cdr3, aminoAcid and sequence_aa, in upper or lower case. Columns that hold nucleotides by definition, AIRR's
   * sequence and Change-O's CDR3, are used only if named.
   */
  column?: string | number;
  /** Column of the V genes (`v_call`). Default: no genes are read. */
  vColumn?: string | number;
  /** One character. Default: detected as for tables of numbers. */
  delimiter?: string;
  /** Lines that begin with this are ignored; '' for none. Default '#' if the first lines begin with it. */
  comment?: string;
  /** Whether the first line of a table holds names. Default: true, unless it has a sequence in the sequence column. */
  header?: boolean;
  /** What to do with rows that hold no valid sequence. Default 'error'; 'skip' skips and counts them in `skippedRows`. */
  onBadRow?: 'error' | 'skip';
  /** Name for messages. Its extension is used if the input has no name. */
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
  /** Number of sequences before this chunk. */
  start: number;
  sequences: string[];
  /** The row of each sequence in the file, from 0. Skipped rows have numbers too. */
  rows: number[];
  /** The V gene of each, without its allele; '' if the field is empty. Only with `vColumn`. */
  vGenes?: string[];
}

/** An open file of sequences. It can be read repeatedly, unless it is a stream. */
export interface SequenceSource {
  readonly name: string;
  readonly format: SequenceFormat;
  /** Name of the column, if the file is a table with names. */
  readonly column: string | undefined;
  /** Rows of the file, including skipped ones. Known after the first complete pass. */
  readonly rows: number | undefined;
  /** Rows skipped so far, with `onBadRow: 'skip'`: the most of any pass. */
  readonly skippedRows: number;
  /** What was wrong with the first skipped row. */
  readonly firstSkipped: string | undefined;
  /** Bytes of memory for reading besides the chunks: a decompressor. */
  readonly overheadBytes?: number;
  chunks(options: { chunkRows: number; signal?: AbortSignal }): AsyncIterable<SequenceChunk>;
  close(): Promise<void>;
}

const USUAL_COLUMNS = ['junction_aa', 'cdr3_aa', 'cdr3', 'aminoacid', 'sequence_aa'];
/** File extensions of each format, without a dot. */
export const sequenceExtensions: Readonly<Record<SequenceFormat, readonly string[]>> = {
  fasta: ['fasta', 'fa', 'faa', 'fas'],
  table: ['csv', 'tsv', 'tab'],
  lines: ['seq', 'lst'],
};
const DELIMITERS = ['\t', ',', ';', '|'];

function withoutPacking(name: string): string {
  return name.replace(/\.(gz|zst)$/i, '');
}

/** The beginning of the text. */
async function headOf(bytes: Bytes): Promise<string> {
  const head = new TextDecoder().decode(await bytes.slice(0, Math.min(65_536, bytes.byteLength)));
  return head.replace(/^\ufeff/, '').trimStart();
}

function detectFormat(name: string, text: string, options: SequenceOptions): SequenceFormat {
  // Comments may precede a table or lines.
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

/** The usual column of sequences; -1 if there is none. Change-O's CDR3 holds nucleotides. */
function usualColumn(names: readonly string[]): number {
  const lower = names.map((name) => name.toLowerCase());
  const changeo = names.includes('SEQUENCE_ID') || names.includes('SEQUENCE_INPUT');
  for (const name of USUAL_COLUMNS) {
    const at = lower.indexOf(name);
    if (at >= 0 && !(changeo && name === 'cdr3')) return at;
  }
  return -1;
}

function layOut(
  bytes: Bytes,
  { head, ...rules }: RecordRules & { head: string[][] },
  options: SequenceOptions,
): { table: TableLayout; name: string | undefined } {
  const { column, vColumn } = options;
  const [first] = head;
  // A header may begin with the mark of a comment: #CDR3b.
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
      `column: name the column that holds the sequences; ${bytes.name} has ${names.slice(0, 30).map(describe).join(', ')}`,
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
  if (format !== undefined) checkOneOf(format, 'format', Object.keys(sequenceExtensions));
  checkOneOf(onBadRow, 'onBadRow', ['error', 'skip']);
  checkRules(options);
  if (header !== undefined) checkBoolean(header, 'header');
  for (const [name, value] of Object.entries({ column, vColumn })) {
    if (value !== undefined) checkColumn(value, name);
  }
}

/**
 * Open a file of amino acid sequences: one per line, FASTA, or a column of a table (CSV, TSV, AIRR).
 *
 * `input` is a path, a URL, a Blob or File, bytes, a ByteSource or a ReadableStream, as for `open`. Files packed with gzip or
 * zstd are decompressed. The format is detected from the first character, the extension and the first line.
 * Valid letters are the 20 amino acids in upper case. Everything else is a bad row: lower case, `*` and `_`, an empty field,
 * NA, NaN, None and null, more than 8 letters that are all A, C, G, T, U or N (nucleotides), a line with too many fields, and
 * in files with one sequence per line a blank line before others.
 * Errors: `FormatError` for a bad row, with line and column (the field of a table, otherwise the character), for an empty
 * file, and for a file that is not UTF-8; `RangeError` for a column that does not exist or an input that cannot be read;
 * `TypeError` for other inputs.
 */
export async function openSequences(
  input: BytesInput,
  options: SequenceOptions = {},
): Promise<SequenceSource> {
  checkNames(options, SEQUENCE_OPTIONS, 'openSequences', "{ column: 'junction_aa' }");
  return openChecked(input, options);
}

/** Like `openSequences`, but other options, such as those of a run, are allowed. */
export async function openChecked(input: BytesInput, options: SequenceOptions): Promise<SequenceSource> {
  checkOptions(options);
  const maxLineBytes = readMaxLine(options);
  let file: Bytes | undefined;
  try {
    file = await openBytes(input, options.name, options);
    const bytes = await unpack(file, options);
    const release = bytes.hold();
    try {
      const source = await openBy(bytes, maxLineBytes, options);
      return watch(source, file, { text: true, onWarning: options.onWarning });
    } finally {
      await release();
    }
  } catch (error) {
    // Close a stream: nobody else can read on from here, and its producer may wait for a reader.
    if (file?.once) await file.close();
    throw asOurs(error, file?.name ?? options.name);
  }
}

async function openBy(bytes: Bytes, maxLineBytes: number, options: SequenceOptions): Promise<SequenceSource> {
  const { name } = bytes;
  const head = await headOf(bytes);
  if (head === '') throw new FormatError(name, 'has only blank lines');
  const format = options.format ?? detectFormat(name, head, options);
  if (format !== 'table' && /[^\r\n]\r[^\n]/.test(head)) {
    throw new FormatError(name, 'its lines end with CR only; convert them to LF', { line: 1 });
  }
  const rules = format === 'table' ? await readDialect(bytes, options, maxLineBytes) : undefined;
  const layout = rules ? layOut(bytes, rules, options) : undefined;
  if (!layout) {
    for (const own of ['column', 'vColumn', 'delimiter', 'header'] as const) {
      if (options[own] !== undefined)
        throw rangeError(say`${option(own)}: is an option for tables, and ${name} is ${format}`);
    }
  }
  if (format === 'fasta' && options.comment) {
    throw rangeError(say`${option('comment')}: is an option for tables and lines, and ${name} is ${format}`);
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
    ...(bytes.heldBytes ? { overheadBytes: bytes.heldBytes } : {}),
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
      checkWhole(chunkRows, 'chunkRows', 1);
      return pass(chunkRows, signal);
    },
    close: () => bytes.close(),
  };
}
