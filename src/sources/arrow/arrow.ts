/**
 * Arrow IPC (files, streams, Feather version 2) as a source. One record batch at a time is in memory.
 * Format: https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc
 */

import type * as Flechette from '@uwdata/flechette';
import { FormatError, formatBytes, PlatformError } from '../../errors.ts';
import { notLoaded } from '../../support/text/not-loaded.ts';
import { quoted } from '../../support/text/quoted.ts';
import type { ChunkOptions, Source } from '../../types.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { decoding } from '../bytes/library-errors.ts';
import { type LimitOptions, readerRoom } from '../bytes/limits.ts';
import type { ColumnFacts } from '../chunks/column-facts.ts';
import { chooseColumns, SAMPLE_ROWS, type TableOptions, type TypedColumn } from '../chunks/columns.ts';
import { type NamedChunk, rowRange, type Warned } from '../chunks/rows.ts';
import { type Inflate, loadCodecs } from './codecs.ts';
import { columnOf, type Field } from './columns.ts';
import { readBlocks, readFooter } from './footer.ts';
import { layoutOf, RECORDS, Room, readBody, readMessage, SCHEMA } from './messages.ts';
import { ArrowReader } from './pass.ts';

/** An open Arrow or Feather file. */
export interface ArrowSource extends Source {
  readonly name: string;
  readonly format: 'arrow';
  /** Names of the columns that are read; a column with lists of d numbers makes d columns. */
  readonly columns: readonly string[];
  /** All columns of the file, also those that are not read. */
  readonly fileColumns: readonly TypedColumn[];
  /** The column that names the rows: the one that was chosen, or that was found. */
  readonly idColumn: string | undefined;
  /** What the first rows say about columns of text and ids. */
  readonly facts: readonly ColumnFacts[];
  /** A description in one line. */
  readonly summary: string;
  chunks(options: ChunkOptions): AsyncIterable<NamedChunk>;
}

type Library = typeof Flechette;

/** If a schema claims longer lists than this, the claim is checked with a batch first. */
const MOST_UNTRIED = 2 ** 16;

async function loadLibrary(name: string): Promise<{ library: Library; inflate: Inflate }> {
  let library: Library;
  try {
    library = await import('@uwdata/flechette');
  } catch (cause) {
    throw notLoaded(`${name}: Arrow files need the package`, '@uwdata/flechette', cause);
  }
  return { library, inflate: loadCodecs(library) };
}

/**
 * Read an Arrow IPC file or stream, or Feather (version 2), as rows. It may be compressed with LZ4 or ZSTD.
 *
 * Columns: integers, floating-point numbers, decimals and booleans, also dictionary-encoded; lists and fixed-size lists
 * of numbers (embeddings), where every row must have as many as row 0. The rows are float32 if all chosen columns have
 * single (or half) precision, else float64. `rows` is known unless the bytes come as a stream.
 * Only the chosen columns of each record batch are read and decoded.
 * Memory: a chunk, and the chosen columns of one record batch, compressed and decompressed. If they need more than half
 * of `memoryLimit`, a `MemoryLimitError` is thrown before they are read.
 * Errors: `FormatError` for nulls (with row and column; see `nulls`), lists of different lengths and damaged files;
 * `RangeError` for a column that does not exist.
 */
export async function openArrow(
  file: Bytes,
  options: TableOptions & LimitOptions & Warned = {},
): Promise<ArrowSource> {
  const { name } = file;
  const { library, inflate } = await loadLibrary(name);
  const allowed = readerRoom(options);
  const { isFile, start } = layoutOf(await file.slice(0, Math.min(8, file.byteLength)));
  const decode = <T>(offset: number | undefined, work: () => T): T =>
    decoding(name, 'cannot be decoded as Arrow', { offset }, work);
  const first = await readMessage(file, start);
  const headless = first?.kind !== SCHEMA;
  if (headless && isFile && file.sequential) {
    throw new PlatformError(
      `${name}: its schema stands at its end alone, and it comes from front to back only (it is a stream or compressed ` +
        'as a whole, or its server does not answer range requests); download or decompress it first, or write the stream format',
    );
  }
  if (headless && !isFile) {
    throw new FormatError(name, 'is not Arrow IPC: it does not begin with a schema', { offset: start });
  }
  const footer = isFile && !file.sequential ? await readFooter(file) : undefined;
  const schema = headless ? footer!.schema : await readBody(file, first, new Room(name, allowed));
  const fields = decode(start, () => library.tableFromIPC([schema]).schema.fields as unknown as Field[]);
  const all = decode(start, () => fields.map((field, i) => columnOf(field, i)));
  const bodyStart = headless ? start : first.offset + first.head.length + first.bodyBytes;
  const reader = new ArrowReader({ file, library, inflate, schema, fields, allowed, isFile, bodyStart });
  if (footer) {
    reader.index = await readBlocks(file, footer, bodyStart);
  } else if (!file.sequential) {
    const index = [];
    for await (const message of reader.messages(file)) index.push(message);
    reader.index = index;
  }
  const { index } = reader;
  const known = index?.reduce((sum, { rows }) => sum + rows, 0);
  const { picked, id, needsNames, annotations, facts } = await chooseColumns(name, all, options, (some) =>
    reader.look(some, SAMPLE_ROWS),
  );
  const dtype: Source['dtype'] = picked.every(({ single }) => single) ? 'f4' : 'f8';
  const allowNulls = options.nulls === 'nan';

  // Lists have the length of the list in row 0, unless the type fixes it.
  const widths = picked.map(({ width }) => width ?? 0);
  const open = picked.filter(({ width }) => width === undefined);
  // A long list type is checked with the first batch, before that many column names are made.
  const wide = picked.filter(({ width = 0 }) => width > MOST_UNTRIED);
  if (wide.length > 0 && !(await reader.measure(wide))) {
    throw new FormatError(name, `${quoted(wide[0].name)} has lists of ${wide[0].width} numbers, and no rows`);
  }
  if (open.length > 0) {
    const lengths = await reader.measure(open);
    for (const [i, length] of (lengths ?? []).entries()) widths[picked.indexOf(open[i])] = length;
    const empty = open.find((column) => widths[picked.indexOf(column)] === 0);
    if (!lengths || empty) {
      throw new FormatError(
        name,
        `the length of the lists in ${quoted((empty ?? open[0]).name)} is unknown: row 0 is missing or empty`,
      );
    }
  }
  const places = widths.map((_, i) => widths.slice(0, i).reduce((sum, width) => sum + width, 0));
  const cols = widths.reduce((sum, width) => sum + width, 0);
  if (cols === 0) throw new FormatError(name, 'its rows hold no numbers');

  const rows = { columns: picked, id, needsNames, annotations, widths, places, cols, dtype, allowNulls };
  // Estimated bytes of the chosen columns in the largest batch. They are held twice: compressed and decompressed.
  const batchBytes =
    Math.max(0, ...(index ?? []).map(({ bodyBytes }) => bodyBytes)) *
    ((picked.length + annotations.length + (id ? 1 : 0)) / all.length);
  const batchCount = index?.filter(({ kind }) => kind === RECORDS).length;
  return {
    format: 'arrow',
    name,
    rows: known,
    cols,
    dtype,
    overheadBytes: Math.min(allowed, Math.max(16e6, 8e6 + 2 * batchBytes)),
    columns: picked.flatMap((column, i) =>
      column.list ? Array.from({ length: widths[i] }, (_, k) => `${column.name}[${k}]`) : [column.name],
    ),
    fileColumns: all.map(({ name, problem }) => ({ name, problem })),
    idColumn: id?.name,
    facts,
    summary:
      `Arrow ${isFile ? 'file' : 'stream'}, ${batchCount === undefined ? '' : `${batchCount} record batches, `}` +
      `${picked.length} of ${all.length} columns` +
      (Number.isFinite(file.byteLength) ? `, ${formatBytes(file.byteLength)}` : ''),
    chunks: (request: ChunkOptions) => reader.pass(rowRange(request, known), rows),
    close: () => file.close(),
  };
}
