/**
 * Parquet as a source: columns are chosen by name and read page by page (`pages.ts`), so neither the file nor a row group
 * has to fit in memory.
 * Format: https://parquet.apache.org/docs/file-format/
 */

import type { CompressionCodec, FileMetaData, SchemaTree } from 'hyparquet/src/types.js';
import { FormatError, formatBytes } from '../../errors.ts';
import { crc32 } from '../../support/numbers/crc32.ts';
import { pause } from '../../support/scheduling.ts';
import { notLoaded } from '../../support/text/not-loaded.ts';
import { quoted } from '../../support/text/quoted.ts';
import type { ChunkOptions, FloatArray, Source } from '../../types.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { decoding } from '../bytes/library-errors.ts';
import { type LimitOptions, readerRoom } from '../bytes/limits.ts';
import { passOver } from '../bytes/stream.ts';
import type { ColumnFacts } from '../chunks/column-facts.ts';
import { chooseColumns, SAMPLE_ROWS, type TableOptions, type TypedColumn } from '../chunks/columns.ts';
import { type NamedChunk, readChunks, rowRange, several, type Warned } from '../chunks/rows.ts';
import { Budget, type ColumnMemory, PassMemory } from './budget.ts';
import { ColumnReader, type Library } from './pages.ts';
import type { Leaf } from './rows.ts';
import { checkStruct } from './thrift.ts';

/** An open Parquet file. */
export interface ParquetSource extends Source {
  readonly rows: number;
  readonly name: string;
  readonly format: 'parquet';
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
  readonly rowGroups: number;
  chunks(options: ChunkOptions): AsyncIterable<NamedChunk>;
}

/** Memory of the decoder, including its garbage that is not collected yet. */
const DECODER_BYTES = 12e6;
/** Memory of a column: a window, a page, its numbers. */
const COLUMN_BYTES = 3 * 2 ** 20;
/** Largest allowed metadata, more than in any real file. They are held in memory as a whole. */
const MAX_METADATA_BYTES = 256 * 2 ** 20;

async function loadLibrary(
  name: string,
): Promise<Library & { metadata: typeof import('hyparquet/src/metadata.js') }> {
  try {
    const [column, datapage, convert, indexes, plain, snappy, metadata] = await Promise.all([
      import('hyparquet/src/column.js'),
      import('hyparquet/src/datapage.js'),
      import('hyparquet/src/convert.js'),
      import('hyparquet/src/indexes.js'),
      import('hyparquet/src/plain.js'),
      import('hyparquet/src/snappy.js'),
      import('hyparquet/src/metadata.js'),
    ]);
    return { column, datapage, convert, indexes, plain, snappy, metadata, compressors: {}, early: false };
  } catch (cause) {
    throw notLoaded(`${name}: Parquet files need the package`, 'hyparquet', cause);
  }
}

/**
 * Check the checksum and length at the end of each gzip member of a page, which hyparquet ignores. Where members end is
 * not known, so the beginning of another is tried wherever its three first bytes occur.
 */
function checkGzip(packed: Uint8Array, page: Uint8Array): Uint8Array {
  // Some writers leave out the gzip header and trailer.
  if (packed[0] !== 0x1f || packed[1] !== 0x8b) return page;
  const view = new DataView(packed.buffer, packed.byteOffset, packed.length);
  let done = 0;
  // A page may be full of what looks like members.
  let left = 4 * page.length + 2 ** 16;
  /** Whether a member that ends before `end` gave the next bytes of the page; they are then done. */
  const endsAt = (end: number): boolean => {
    const to = done + view.getUint32(end - 4, true);
    if (to > page.length) return false;
    left -= to - done;
    if (left < 0 || crc32(page.subarray(done, to)) !== view.getUint32(end - 8, true)) return false;
    done = to;
    return true;
  };
  for (let at = packed.indexOf(0x1f, 18); at > 0 && done < page.length; at = packed.indexOf(0x1f, at + 1)) {
    if (packed[at + 1] === 0x8b && packed[at + 2] === 8) endsAt(at);
  }
  if (packed.length >= 18 && endsAt(packed.length) && done === page.length) return page;
  throw new Error('its gzip checksum does not match');
}

/** Load only the decompressors that the file needs. Snappy is part of hyparquet, in plain JavaScript. */
async function loadCompressors(name: string, codecs: Set<CompressionCodec>): Promise<Library['compressors']> {
  const loaded: NonNullable<Library['compressors']> = {};
  try {
    for (const codec of codecs) {
      // Single files are imported, since the entry of the package compiles WebAssembly, which edge runtimes forbid.
      if (codec === 'GZIP') {
        // @ts-expect-error: these files come without types
        const { gunzip } = await import('hyparquet-compressors/src/gzip.js');
        loaded.GZIP = (input: Uint8Array, length: number) =>
          checkGzip(input, gunzip(input, new Uint8Array(length)));
      } else if (codec === 'BROTLI') {
        // @ts-expect-error: as above
        const { decompressBrotli } = await import('hyparquet-compressors/src/brotli.js');
        loaded.BROTLI = decompressBrotli;
      } else if (codec === 'LZ4' || codec === 'LZ4_RAW') {
        const { lz4Block, lz4Hadoop } = await import('../compression/lz4.ts');
        loaded.LZ4 = lz4Hadoop;
        loaded.LZ4_RAW = lz4Block;
      } else if (codec === 'ZSTD') {
        loaded.ZSTD = (await import('../compression/zstd.ts')).unzstd;
      } else if (codec !== 'UNCOMPRESSED' && codec !== 'SNAPPY') {
        throw new FormatError(name, `is compressed with ${codec}, which cannot be read`);
      }
    }
  } catch (cause) {
    if (cause instanceof FormatError) throw cause;
    throw notLoaded(`${name}: this file needs the package`, 'hyparquet-compressors', cause);
  }
  return loaded;
}

/** Why the values of a leaf are not numbers; undefined if they are numbers. */
function notNumeric({ element }: SchemaTree): string | undefined {
  const { type, converted_type: converted, logical_type: logical } = element;
  const kind = logical?.type;
  if (kind === 'FLOAT16') return undefined;
  if (type === 'BYTE_ARRAY' || type === 'FIXED_LEN_BYTE_ARRAY') {
    if (converted === 'DECIMAL') return undefined;
    return converted === 'UTF8' || kind === 'STRING' ? 'text' : 'bytes';
  }
  if (type === 'INT96') return 'a time';
  if (converted === 'DATE' || kind === 'DATE') return 'a date';
  if (converted?.startsWith('TIME') || kind === 'TIME' || kind === 'TIMESTAMP') return 'a time';
  return undefined;
}

interface Column extends Leaf {
  problem: string | undefined;
  single: boolean;
}

/** The columns of a file: top-level columns with one leaf by their name, leaves of structures by their path. */
function columnsOf(root: SchemaTree): Column[] {
  const columns: Column[] = [];
  const visit = (path: SchemaTree[], top: SchemaTree): void => {
    const node = path[path.length - 1];
    if (node.children.length > 0) {
      for (const child of node.children) visit([...path, child], top);
      return;
    }
    let maxDefinition = 0;
    let repeats = 0;
    let elementDefinition = 0;
    for (const { element } of path.slice(1)) {
      if (element.repetition_type !== 'REQUIRED') maxDefinition++;
      if (element.repetition_type === 'REPEATED') {
        repeats++;
        elementDefinition = maxDefinition;
      }
    }
    const alone = leaves(top) === 1;
    columns.push({
      name: alone ? top.element.name : node.path.join('.'),
      path: node.path.join('.'),
      index: columns.length,
      schemaPath: path,
      list: repeats === 1,
      maxDefinition,
      elementDefinition,
      problem: repeats > 1 ? 'a list of lists' : notNumeric(node),
      single: node.element.type === 'FLOAT' || node.element.logical_type?.type === 'FLOAT16',
    });
  };
  for (const child of root.children) visit([root, child], child);
  return columns;
}

function leaves(node: SchemaTree): number {
  return node.children.length === 0 ? 1 : node.children.reduce((sum, child) => sum + leaves(child), 0);
}

/** Check the types of the fields that are used: a damaged byte may give a field another type. */
function checkMetadata({ row_groups: groups, num_rows: rows, schema }: FileMetaData, root: SchemaTree): void {
  const whole = (n: unknown) => typeof n === 'bigint' && n >= 0n && n <= BigInt(Number.MAX_SAFE_INTEGER);
  const fail = (): never => {
    throw new Error('a field has an impossible value');
  };
  if (!whole(rows) || !Array.isArray(groups) || !Array.isArray(root.children)) fail();
  for (const { name, type, num_children: children } of schema) {
    if (typeof name !== 'string' || (!children && typeof type !== 'string')) fail();
  }
  for (const { num_rows, columns } of groups) {
    if (!whole(num_rows) || !Array.isArray(columns)) fail();
    for (const { meta_data: meta } of columns) {
      if (meta === undefined) continue;
      const { dictionary_page_offset: dictionary = 0n, total_uncompressed_size: size = 0n } = Object(meta);
      const numbers = [meta.data_page_offset, dictionary, meta.total_compressed_size, meta.num_values, size];
      if (!Array.isArray(meta.path_in_schema) || !numbers.every(whole)) fail();
      if (typeof meta.codec !== 'string') throw new Error('its compression method is unknown');
    }
  }
}

async function readMetadata(
  bytes: Bytes,
  { metadata }: { metadata: typeof import('hyparquet/src/metadata.js') },
): Promise<FileMetaData> {
  const { byteLength, name } = bytes;
  if (byteLength < 12) throw new FormatError(name, 'is too short for a Parquet file', { offset: 0 });
  const tail = await bytes.slice(byteLength - 8, byteLength);
  const magic = String.fromCharCode(...tail.subarray(4));
  if (magic === 'PARE') throw new FormatError(name, 'is an encrypted Parquet file, which cannot be read');
  if (magic !== 'PAR1') {
    throw new FormatError(name, 'does not end as a Parquet file does (PAR1); it was cut short', {
      offset: byteLength - 4,
    });
  }
  const length = new DataView(tail.buffer, tail.byteOffset).getUint32(0, true);
  if (length > Math.min(byteLength - 12, MAX_METADATA_BYTES)) {
    throw new FormatError(name, `claims ${formatBytes(length)} of metadata, which cannot be`, {
      offset: byteLength - 8,
    });
  }
  const footer = (await bytes.slice(byteLength - 8 - length, byteLength)).slice();
  return decoding(name, 'its metadata cannot be read', { offset: byteLength - 8 - length }, () => {
    checkStruct(new DataView(footer.buffer, 0, length), 0);
    const found = metadata.parquetMetadata(footer.buffer as ArrayBuffer, { geoparquet: false });
    checkMetadata(found, metadata.parquetSchema(found));
    return found;
  });
}

/**
 * Read a Parquet file as rows.
 *
 * Columns: integers, floating-point numbers, decimals and booleans, required or nullable; lists of numbers (embeddings),
 * where every row must have as many as row 0. The rows are float32 if all chosen columns have single (or half)
 * precision, else float64.
 * Memory: a chunk, and for each column a page (mostly 1 MiB) and the bytes that are read ahead. All pages together may
 * use half of `memoryLimit`. If a file needs more, the error says how much, before a page is decompressed.
 * Errors: `MemoryLimitError` as above; `FormatError` for nulls (with row and column; see `nulls`), lists of different
 * lengths, damaged or encrypted files; `RangeError` for a column that does not exist.
 */
export async function openParquet(
  file: Bytes,
  options: TableOptions & LimitOptions & Warned = {},
): Promise<ParquetSource> {
  const { name } = file;
  const loaded = await loadLibrary(name);
  const meta = await readMetadata(file, loaded);
  const all = decoding(name, 'its schema cannot be read', {}, () =>
    columnsOf(loaded.metadata.parquetSchema(meta)),
  );
  const groups = meta.row_groups.filter(({ num_rows }) => num_rows > 0n);
  const starts = [0];
  for (const { num_rows } of groups) starts.push(starts[starts.length - 1] + Number(num_rows));
  const rows = starts[starts.length - 1];
  if (BigInt(rows) !== meta.num_rows) {
    throw new FormatError(name, `claims ${meta.num_rows} rows, and its row groups have ${rows}`);
  }
  const codecsOf = (columns: readonly Column[]): Set<CompressionCodec> => {
    const needed = new Set(columns.map(({ path }) => path));
    const codecs = new Set<CompressionCodec>();
    for (const group of groups) {
      for (const { meta_data } of group.columns) {
        if (meta_data && needed.has(meta_data.path_in_schema.join('.'))) codecs.add(meta_data.codec);
      }
    }
    return codecs;
  };
  // Arrow before version 3 compressed all pages of version 2, but marked them as not compressed.
  const early = /^parquet-cpp(-arrow)? version [012]\./.test(meta.created_by ?? '');
  const library: Library = { ...loaded, early };
  const loadFor = async (columns: readonly Column[]) => {
    Object.assign(library, { compressors: await loadCompressors(name, codecsOf(columns)) });
  };
  let dtype: Source['dtype'] = 'f8';
  const make = (n: number): FloatArray => (dtype === 'f4' ? new Float32Array(n) : new Float64Array(n));
  const reader = (
    bytes: Bytes,
    leaf: Leaf,
    width: number | undefined,
    budget: Budget,
    memory: ColumnMemory,
    pause: () => Promise<void>,
  ) => new ColumnReader(leaf, { library, bytes, groups, starts, width, create: make, budget, memory, pause });

  const allowed = readerRoom(options);
  /** The first values of columns. Their pages may take a small share of the memory: there must be room for more. */
  const look = async (columns: readonly Column[]): Promise<string[][]> => {
    await loadFor(columns);
    const found: string[][] = [];
    for (const leaf of columns) {
      const memory = new PassMemory(1);
      const budget = new Budget(name, Math.floor(allowed / 8), 1, memory.page);
      const texts = reader(file, leaf, 0, budget, memory.columns[0], pause);
      found.push(await texts.texts(0, 1, Math.min(SAMPLE_ROWS, rows), true));
    }
    return found;
  };
  const { picked, id, needsNames, annotations, facts } = await chooseColumns(name, all, options, look);
  const named = id ? [id, ...annotations] : annotations;
  await loadFor([...picked, ...named]);
  if (picked.every(({ single }) => single)) dtype = 'f4';
  const columnCount = picked.length + named.length;
  const newBudget = ({ page }: PassMemory) => new Budget(name, allowed, columnCount, page);
  const widths: number[] = [];
  for (const leaf of picked) {
    if (leaf.list && rows === 0) {
      throw new FormatError(
        name,
        `has no rows, so the length of the lists in ${quoted(leaf.name)} is unknown`,
      );
    }
    const memory = new PassMemory(1);
    const [own] = memory.columns;
    widths.push(await reader(file, leaf, undefined, newBudget(memory), own, pause).measure());
  }
  const places = widths.map((_, i) => widths.slice(0, i).reduce((sum, width) => sum + width, 0));
  const cols = widths.reduce((sum, width) => sum + width, 0);
  const allowNulls = options.nulls === 'nan';

  /** Buffers of the last pass, for the next one. Passes that run at the same time each have their own. */
  let spare: PassMemory | undefined;

  async function* pass(request: ReturnType<typeof rowRange>): AsyncGenerator<NamedChunk> {
    const { bytes, stop } = passOver(file, request.signal);
    const memory = spare ?? new PassMemory(columnCount);
    spare = undefined;
    const budget = newBudget(memory);
    const release = bytes.hold();
    const finish = async () => {
      spare = memory;
      await release();
    };
    const takeTurn = async () => {
      await pause();
      request.signal?.throwIfAborted();
    };
    const readers = picked.map((leaf, i) =>
      reader(bytes, leaf, widths[i], budget, memory.columns[i], takeTurn),
    );
    const textReaders = named.map((leaf, i) =>
      reader(bytes, leaf, 0, budget, memory.columns[picked.length + i], takeTurn),
    );
    const texts = new Map<number, string[][]>();
    const load = async (target: FloatArray, row: number, count: number): Promise<void> => {
      const { step } = request;
      await several(readers.length, async (i) => {
        await takeTurn();
        await readers[i].fill(target, places[i], cols, row, step, count, allowNulls);
      });
      if (textReaders.length === 0) return;
      const found: string[][] = [];
      for (const [i, one] of textReaders.entries()) {
        found.push(await one.texts(row, step, count, named[i] !== id || !needsNames));
      }
      texts.set(row, found);
    };
    for await (const chunk of readChunks(request, dtype, cols, load, finish, stop)) {
      const found = texts.get(chunk.start);
      texts.delete(chunk.start);
      yield found ? withTexts(chunk, found) : chunk;
    }
  }

  function withTexts(chunk: NamedChunk, found: string[][]): NamedChunk {
    const of = annotations.map(({ name }, i) => [name, found[id ? i + 1 : i]]);
    return {
      ...chunk,
      ...(id ? { ids: found[0] } : {}),
      ...(annotations.length > 0 ? { annotations: Object.fromEntries(of) } : {}),
    };
  }

  const groupCount = groups.length;
  return {
    format: 'parquet',
    name,
    rows,
    cols,
    dtype,
    overheadBytes: Math.min(allowed, DECODER_BYTES + COLUMN_BYTES * columnCount),
    columns: picked.flatMap((leaf, i) =>
      leaf.list ? Array.from({ length: widths[i] }, (_, k) => `${leaf.name}[${k}]`) : [leaf.name],
    ),
    rowGroups: groupCount,
    fileColumns: all.map(({ name, problem }) => ({ name, problem })),
    idColumn: id?.name,
    facts,
    summary:
      `Parquet, ${groupCount} row group${groupCount === 1 ? '' : 's'}, ${picked.length} of ${all.length} columns, ` +
      ([...codecsOf([...picked, ...named])].join(', ').toLowerCase() || 'empty'),
    chunks: (request: ChunkOptions) => pass(rowRange(request, rows)),
    close: () => file.close(),
  };
}
