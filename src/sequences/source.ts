import { describe } from '../describe.ts';
import { FormatError, rangeError, typeError } from '../errors.ts';
import { checkOptions as checkNames, type Known } from '../options.ts';
import { type Bytes, type BytesInput, extensionOf, openBytes } from '../sources/bytes.ts';
import { unpack } from '../sources/compressed.ts';
import { likeliestDelimiter, QUOTED } from '../sources/csvrecords.ts';
import type { HttpOptions } from '../sources/http.ts';
import { readMaxLine, type TextOptions } from '../sources/text.ts';
import {
  findColumn,
  firstRecords,
  firstWrong,
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
export interface SequenceOptions extends TextOptions, HttpOptions {
  /** Skip the guessing. */
  format?: SequenceFormat;
  /**
   * Column of the sequences, by name or by index from 0. Default: the only one, or the first of junction_aa, cdr3_aa,
   * cdr3, aminoAcid, sequence_aa and sequence that there is, in any case of letters.
   */
  column?: string | number;
  /** Column of the V genes (`v_call`). Default: none is read. */
  vColumn?: string | number;
  /** One character. Default: a tab for `.tsv` and `.tab`, else whichever of tab `, ; |` the first line has most of. */
  delimiter?: string;
  /** Whether the first line of a table holds names. Default: it does, unless it holds a sequence where one would be. */
  header?: boolean;
  /** What to do with what is no sequence. Default 'error'; 'skip' counts it in `skippedRows`. */
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
  header: true,
  onBadRow: true,
  name: true,
  maxLineBytes: true,
  headers: true,
  fetch: true,
  timeout: true,
  minBytesPerSecond: true,
  signal: true,
  onWarning: true,
};

/** Consecutive sequences of a file. */
export interface SequenceChunk {
  /** How many came before. */
  start: number;
  sequences: string[];
  /** The V gene of each, without its allele; '' where the field is empty. Only with `vColumn`. */
  vGenes?: string[];
}

/** An open file of sequences; it can be read again and again, unless it is a stream. */
export interface SequenceSource {
  readonly name: string;
  readonly format: SequenceFormat;
  /** Name of the column, of a table with names. */
  readonly column: string | undefined;
  /** Rows passed over so far, with `onBadRow: 'skip'`, by the pass that went furthest. */
  readonly skippedRows: number;
  /** What was wrong with the first of them. */
  readonly firstSkipped: string | undefined;
  chunks(options: { chunkRows: number; signal?: AbortSignal }): AsyncIterable<SequenceChunk>;
  close(): Promise<void>;
}

const USUAL_COLUMNS = ['junction_aa', 'cdr3_aa', 'cdr3', 'aminoacid', 'sequence_aa', 'sequence'];
const EXTENSIONS: Record<SequenceFormat, string[]> = {
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

function detectDelimiter(name: string, head: string): string {
  if (['tsv', 'tab'].includes(extensionOf(withoutPacking(name)))) return '\t';
  return likeliestDelimiter(head.replace(QUOTED, ''), DELIMITERS);
}

function detectFormat(name: string, head: string, options: SequenceOptions): SequenceFormat {
  if (head.startsWith('>')) return 'fasta';
  const extension = extensionOf(withoutPacking(name));
  for (const [format, extensions] of Object.entries(EXTENSIONS)) {
    if (extensions.includes(extension)) return format as SequenceFormat;
  }
  const { column, vColumn, delimiter, header } = options;
  if ([column, vColumn, delimiter, header].some((one) => one !== undefined)) return 'table';
  const line = head.slice(0, head.search(/[\r\n]|$/)).trim();
  if (USUAL_COLUMNS.includes(line.toLowerCase())) return 'table';
  return DELIMITERS.some((one) => line.includes(one)) ? 'table' : 'lines';
}

async function layOut(
  bytes: Bytes,
  head: string,
  maxLineBytes: number,
  options: SequenceOptions,
): Promise<{ table: TableLayout; name: string | undefined }> {
  const { column, vColumn } = options;
  const delimiter = options.delimiter ?? detectDelimiter(bytes.name, head);
  const [first] = await firstRecords(bytes, delimiter, maxLineBytes, 1);
  const names = first.map((field) => field.trim());
  const lower = names.map((name) => name.toLowerCase());
  const usual = USUAL_COLUMNS.map((name) => lower.indexOf(name)).find((i) => i >= 0);
  const named = typeof column === 'string' || typeof vColumn === 'string';
  if (named && options.header === false) {
    throw rangeError(
      `column: ${describe(typeof column === 'string' ? column : vColumn)} is a name, but header is false`,
    );
  }
  let at: number;
  if (column !== undefined) at = findColumn('column', column, names, bytes.name);
  else if (usual !== undefined && options.header !== false) at = usual;
  else if (names.length === 1) at = 0;
  else {
    throw rangeError(
      `column: which one holds the sequences? ${bytes.name} has ${names.slice(0, 30).map(describe).join(', ')}`,
    );
  }
  const isName =
    named || (usual === at && column === undefined) || firstWrong(names[at]) >= 0 || names[at] === '';
  const header = options.header ?? isName;
  const table: TableLayout = {
    delimiter,
    fields: names.length,
    column: at,
    vColumn: vColumn === undefined ? -1 : findColumn('vColumn', vColumn, names, bytes.name),
    header,
  };
  return { table, name: header ? names[at] : undefined };
}

function checkOptions(options: SequenceOptions): void {
  const { format, onBadRow = 'error', delimiter, header, column, vColumn } = options;
  if (format !== undefined && !Object.hasOwn(EXTENSIONS, format)) {
    throw rangeError(`format: got ${describe(format)}; allowed are ${Object.keys(EXTENSIONS).join(', ')}`);
  }
  if (onBadRow !== 'error' && onBadRow !== 'skip') {
    throw rangeError(`onBadRow: got ${describe(onBadRow)}; allowed are 'error' and 'skip'`);
  }
  if (delimiter !== undefined && !/^[^\r\n"\ufeff]$/.test(delimiter)) {
    throw rangeError(`delimiter: got ${describe(delimiter)}; allowed is one character, not a quote`);
  }
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
 * a line with too many fields, a blank line before others.
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
  const file = await openBytes(input, options.name, options);
  try {
    const bytes = await unpack(file, { signal: options.signal });
    const release = bytes.hold();
    try {
      return await openBy(bytes, maxLineBytes, options);
    } finally {
      await release();
    }
  } catch (error) {
    // Nobody else can go on with a stream, and what makes it may wait for its reader.
    if (file.once) await file.close();
    throw error;
  }
}

async function openBy(bytes: Bytes, maxLineBytes: number, options: SequenceOptions): Promise<SequenceSource> {
  const { name } = bytes;
  const head = await headOf(bytes);
  if (head === '') throw new FormatError(name, 'has no line but blank ones');
  if (/[^\r\n]\r[^\n]/.test(head)) {
    throw new FormatError(name, 'its lines end in CR alone; convert them to LF', { line: 1 });
  }
  const format = options.format ?? detectFormat(name, head, options);
  const layout = format === 'table' ? await layOut(bytes, head, maxLineBytes, options) : undefined;
  if (!layout) {
    for (const option of ['column', 'vColumn', 'delimiter', 'header'] as const) {
      if (options[option] !== undefined)
        throw rangeError(`${option}: is an option for tables, and ${name} is ${format}`);
    }
  }
  const skip = options.onBadRow === 'skip';
  const known: { skipped: number; first?: string } = { skipped: 0 };

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
    const empty = (): SequenceChunk => ({
      start,
      sequences: [],
      ...(layout && layout.table.vColumn >= 0 ? { vGenes: [] } : {}),
    });
    let chunk = empty();
    for await (const records of recordsOf({ signal, maxLineBytes })) {
      for (const { sequence, vGene, line, flaw } of records) {
        if (flaw) {
          const error = new FormatError(name, flaw.problem, { line: flaw.line ?? line, column: flaw.column });
          if (!skip) throw error;
          known.first ??= error.message;
          known.skipped = Math.max(known.skipped, ++skipped);
          continue;
        }
        chunk.sequences.push(sequence);
        chunk.vGenes?.push(vGene as string);
        if (chunk.sequences.length < chunkRows) continue;
        start += chunkRows;
        yield chunk;
        signal?.throwIfAborted();
        chunk = empty();
      }
    }
    if (chunk.sequences.length > 0) yield chunk;
  }

  return {
    name,
    format,
    column: layout?.name,
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
