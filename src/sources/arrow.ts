/**
 * Arrow IPC (files, streams, Feather version 2) as a source: one record batch at a time is in memory.
 * Format: https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc
 */

import type * as Flechette from '@uwdata/flechette';
import { FormatError, formatBytes, PlatformError } from '../errors.ts';
import type { ChunkOptions, FloatArray, Source } from '../types.ts';
import { checkBlocks, type Placed, placed, readBlocks, readFooter, readFooterAt } from './arrow-footer.ts';
import { type Inflate, loadCodecs, type Pause } from './arrowcodecs.ts';
import {
  DICTIONARY,
  layoutOf,
  type Message,
  packedBuffers,
  RECORDS,
  Room,
  readBody,
  readMessage,
  SCHEMA,
  type Wanted,
} from './arrowmessages.ts';
import type { Bytes } from './bytes.ts';
import { chooseColumns, type TableOptions } from './columns.ts';
import { decoding } from './foreign.ts';
import { type LimitOptions, readerRoom } from './limits.ts';
import {
  allocate,
  breather,
  Collector,
  countRows,
  type NamedChunk,
  type RowRange,
  rowRange,
} from './rows.ts';
import { passOver } from './stream.ts';

/** An open Arrow or Feather file. */
export interface ArrowSource extends Source {
  readonly name: string;
  readonly format: 'arrow';
  /** Names of the columns that are read; a column of lists of d numbers makes d columns. */
  readonly columns: readonly string[];
  /** In one line, for people. */
  readonly summary: string;
  chunks(options: ChunkOptions): AsyncIterable<NamedChunk>;
}

type Library = typeof Flechette;
type Type = {
  typeId: number;
  children?: Field[];
  stride?: number;
  precision?: number;
  /** Of a union: 0 for a sparse one. */
  mode?: number;
  /** Of a dictionary: its number, and the type of its values. */
  id?: number;
  dictionary?: Type;
};
type Field = { name: string; type: Type };

/** Numbers that are taken from a batch before the signal is looked at. */
const STEP_NUMBERS = 2 ** 18;

/** Numbers of flechette's types, which are those of the format's schema. */
const INT = 2;
const FLOAT = 3;
const BOOL = 6;
const DECIMAL = 7;
const LISTS = [12, 16, 21];
const FIXED_SIZE_LIST = 16;
const TEXTS = [5, 20, 24];
const TIMES: Record<number, string> = {
  8: 'a date',
  9: 'a time',
  10: 'a time',
  11: 'a time span',
  18: 'a time span',
};

async function loadLibrary(name: string): Promise<{ library: Library; inflate: Inflate }> {
  let library: Library;
  try {
    library = await import('@uwdata/flechette');
  } catch (cause) {
    throw Object.assign(
      new PlatformError(`${name}: Arrow files need the package "@uwdata/flechette", which did not load`),
      { cause },
    );
  }
  return { library, inflate: loadCodecs(library) };
}

interface Column {
  name: string;
  index: number;
  problem: string | undefined;
  list: boolean;
  single: boolean;
  /** Numbers in a row, where the type says so. */
  width: number | undefined;
}

function columnOf(field: Field, index: number): Column {
  const { type, name } = field;
  const list = LISTS.includes(type.typeId);
  const value = list ? type.children![0].type : type;
  const id = value.typeId === -1 ? value.dictionary!.typeId : value.typeId;
  let problem: string | undefined;
  if (LISTS.includes(id)) problem = 'a list of lists';
  else if (![INT, FLOAT, BOOL, DECIMAL].includes(id)) {
    problem = TEXTS.includes(id) ? 'text' : (TIMES[id] ?? 'something else');
  } else if (type.typeId === FIXED_SIZE_LIST && !(type.stride! >= 1)) problem = 'empty lists';
  const single = id === FLOAT && value.typeId === FLOAT && value.precision! < 2;
  const width = !list ? 1 : type.typeId === FIXED_SIZE_LIST ? type.stride : undefined;
  return { name, index, problem, list, single, width };
}

/** Buffers of a type's own, without those of its children; of others it is 2: validity and values. */
const BUFFERS: Record<number, number> = {
  1: 0, // null
  4: 3, // binary
  5: 3, // text
  13: 1, // structure
  16: 1, // list of fixed size
  19: 3, // large binary
  20: 3, // large text
  22: 0, // run ends
  25: 3, // list view
  26: 3, // large list view
};
const UNION = 14;
const VIEWS = [23, 24];

/**
 * Which nodes and buffers of a record batch hold `columns`: depth first, in the order of the schema.
 * https://arrow.apache.org/docs/format/Columnar.html#recordbatch-message
 */
function partsOf(
  fields: readonly Field[],
  columns: readonly Column[],
  { version, views }: NonNullable<Message['parts']>,
): Wanted {
  const wanted = { nodes: new Set<number>(), buffers: new Set<number>() };
  let node = 0;
  let buffer = 0;
  let view = 0;
  const visit = ({ typeId, mode, children = [] }: Type, take: boolean): void => {
    if (take) wanted.nodes.add(node);
    node++;
    let own = BUFFERS[typeId] ?? 2;
    // A sparse union has no offsets; before version 5 (4 as it is written) every one had a validity.
    if (typeId === UNION) own = (mode === 0 ? 1 : 2) + (version < 4 ? 1 : 0);
    if (VIEWS.includes(typeId)) own += Math.max(0, views[view++] ?? 0);
    for (let i = 0; take && i < own; i++) wanted.buffers.add(buffer + i);
    buffer += own;
    for (const child of children) visit(child.type, take);
  };
  for (const [i, { type }] of fields.entries()) {
    visit(
      type,
      columns.some(({ index }) => index === i),
    );
  }
  return wanted;
}

/** Numbers of the dictionaries that a type needs, those within dictionaries included. */
function dictionariesOf({ typeId, id, dictionary, children = [] }: Type): number[] {
  const own = typeId === -1 ? [id!, ...dictionariesOf(dictionary!)] : [];
  return [...own, ...children.flatMap(({ type }) => dictionariesOf(type))];
}

const NOTHING: Wanted = { nodes: new Set(), buffers: new Set() };

interface Batch {
  length: number;
  nullCount: number;
  validity?: Uint8Array;
  values?: ArrayLike<number | bigint>;
  offsets?: ArrayLike<number | bigint>;
  children?: Batch[];
  type: { typeId: number; precision?: number };
  at(i: number): unknown;
}

/** How to get number `i` of a batch, null included. */
function numberOf(batch: Batch): (i: number) => number | undefined {
  const { values, validity, nullCount, type } = batch;
  const plain = type.typeId === INT || (type.typeId === FLOAT && type.precision! > 0);
  if (!values || values.length * (type.typeId === BOOL ? 8 : 1) < batch.length) {
    throw new Error('its values are too few');
  }
  if (plain) {
    const nulls = nullCount > 0 && validity && validity.length > 0 ? validity : undefined;
    if (!nulls) return (i) => Number(values[i]);
    return (i) => (nulls[i >> 3] & (1 << (i & 7)) ? Number(values[i]) : undefined);
  }
  return (i) => {
    const value = batch.at(i);
    return value === null || value === undefined ? undefined : Number(value);
  };
}

/** Fills places of rows from one column of one record batch. */
class Filler {
  private readonly value: (i: number) => number | undefined;
  private readonly child: Batch | undefined;

  constructor(
    private readonly batch: Batch,
    private readonly column: Column,
    private readonly fail: (row: number, problem: string) => never,
  ) {
    this.child = column.list ? batch.children![0] : undefined;
    const { offsets, length } = batch;
    if (this.child && (offsets ? offsets.length <= length : this.child.length < length * column.width!)) {
      throw new Error('its lists are too few');
    }
    this.value = numberOf(this.child ?? batch);
  }

  /** Where the list of a row lies in its child; undefined when it is null. */
  private span(i: number): [from: number, length: number] | undefined {
    const { batch, column } = this;
    const { validity, nullCount, offsets } = batch;
    if (nullCount > 0 && validity && validity.length > 0 && !(validity[i >> 3] & (1 << (i & 7))))
      return undefined;
    if (!offsets) return [i * column.width!, column.width!];
    const from = Number(offsets[i]);
    const length = Number(offsets[i + 1]) - from;
    if (!(from >= 0 && length >= 0 && from + length <= this.child!.length)) {
      throw new Error('a list lies beyond its values');
    }
    return [from, length];
  }

  lengthOf(i: number): number {
    return this.child ? (this.span(i)?.[1] ?? 0) : 1;
  }

  fill(target: FloatArray, at: number, i: number, width: number, row: number, nulls: boolean): void {
    if (!this.child) {
      const value = this.value(i);
      if (value === undefined && !nulls) this.fail(row, 'is null');
      target[at] = value ?? Number.NaN;
      return;
    }
    const span = this.span(i);
    if (!span) {
      if (!nulls) this.fail(row, 'is null');
      target.fill(Number.NaN, at, at + width);
      return;
    }
    const [from, length] = span;
    if (length !== width) this.fail(row, `has ${length} numbers; row 0 has ${width}`);
    for (let k = 0; k < width; k++) {
      const value = this.value(from + k);
      if (value === undefined && !nulls) this.fail(row, `is null at place ${k}`);
      target[at + k] = value ?? Number.NaN;
    }
  }
}

/**
 * Read an Arrow IPC file or stream, or Feather (version 2), as rows; compressed with LZ4, ZSTD or not.
 *
 * Columns: whole numbers, floating, decimal and boolean ones, also dictionary-encoded; lists and fixed-size lists of
 * numbers (embeddings), where every row must have as many as row 0. float32 when all chosen are single (or half)
 * precision, else float64. `rows` is known unless the bytes come as a stream.
 * Of each record batch the chosen columns are read and decoded, and no others.
 * Memory: a chunk, and the chosen columns of one record batch, packed and unpacked; where those take more than half of
 * `memoryLimit` they are refused before they are read.
 * Errors: `FormatError` for nulls (with row and column; see `nulls`), ragged lists and damaged files; `RangeError`
 * for a column that is not there.
 */
export async function openArrow(
  file: Bytes,
  options: TableOptions & LimitOptions = {},
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
  const { picked, id } = chooseColumns(name, all, options);
  const dtype = picked.every(({ single }) => single) ? 'f4' : 'f8';
  const allowNulls = options.nulls === 'nan';
  const bodyStart = headless ? start : first.offset + first.head.length + first.bodyBytes;

  /**
   * Messages in their order; of a stream found on the way. Nothing but their heads is read. Behind the last message
   * of a file there is its footer, by which it is known that none is missing.
   */
  async function* messages(bytes: Bytes): AsyncGenerator<Message, void> {
    const seen: Placed[] = [];
    let at = bodyStart;
    for (;;) {
      const message = await readMessage(bytes, at, (end) => {
        at = end;
      });
      if (!message) break;
      yield message;
      if (isFile) seen.push(placed(message));
      at = message.offset + message.head.length + message.bodyBytes;
    }
    if (isFile) checkBlocks(name, await readFooterAt(bytes, at), seen, bodyStart);
  }

  let index: Message[] | undefined;
  if (!file.sequential) {
    if (footer) {
      index = await readBlocks(file, footer, bodyStart);
    } else {
      index = [];
      for await (const message of messages(file)) index.push(message);
    }
  }
  const known = index?.reduce((sum, { rows }) => sum + rows, 0);

  async function* batches(
    bytes: Bytes,
    columns: readonly Column[],
    named: Column | undefined,
    pause: Pause,
    skip: (rows: number) => boolean,
  ) {
    const held = new Room(name, allowed);
    const read = async (message: Message, wanted: Wanted | undefined, room: Room) => {
      const whole = await readBody(bytes, message, room, wanted);
      let stopped = false;
      const wait = async () => {
        stopped = true;
        await pause();
        stopped = false;
      };
      try {
        await inflate(packedBuffers(whole, message), room, wait);
      } catch (cause) {
        if (stopped) throw cause;
        decode(message.offset, () => {
          throw cause;
        });
      }
      return whole;
    };
    const chosen = named ? [...columns, named] : columns;
    const needed = chosen.flatMap((column) => dictionariesOf(fields[column.index].type));
    const dictionaries: Uint8Array[] = [];
    let row = 0;
    for await (const message of index ?? messages(bytes)) {
      const { parts } = message;
      if (message.kind === DICTIONARY) {
        // The library wants one for each dictionary, be it empty.
        const idle = parts && !needed.includes(parts.dictionary!);
        dictionaries.push(await read(message, idle ? NOTHING : undefined, held));
      }
      if (message.kind !== RECORDS) continue;
      const { rows, offset } = message;
      if (rows > 0 && !skip(row + rows)) {
        const body = await read(message, parts && partsOf(fields, chosen, parts), held.again());
        const begin = row;
        const unpack = () =>
          decode(offset, () => {
            const table = library.tableFromIPC([schema, ...dictionaries, body]);
            const batchOf = (column: Column): Batch => {
              const batch = table.getChildAt(column.index).data[0] as unknown as Batch;
              if (batch?.length === rows) return batch;
              throw new Error(`column ${column.name} has another length`);
            };
            const fillers = columns.map((column) => {
              const fail = (at: number, problem: string): never => {
                throw new FormatError(name, `row ${at}, column ${JSON.stringify(column.name)} ${problem}`);
              };
              return new Filler(batchOf(column), column, fail);
            });
            return { fillers, names: named && batchOf(named) };
          });
        yield { begin, rows, offset, unpack };
      }
      row += rows;
    }
  }

  // The length of lists is that of row 0's, unless the type fixes it.
  const widths = picked.map(({ width }) => width ?? 0);
  const open = picked.filter(({ width }) => width === undefined);
  if (open.length > 0) {
    let measured = false;
    // What is only looked at here, a stream keeps for the pass.
    const pass = file.once ? { bytes: file } : passOver(file, undefined);
    try {
      for await (const { unpack, offset } of batches(pass.bytes, open, undefined, breather(), () => false)) {
        decode(offset, () => {
          for (const [i, filler] of unpack().fillers.entries()) {
            widths[picked.indexOf(open[i])] = filler.lengthOf(0);
          }
        });
        measured = true;
        break;
      }
    } finally {
      pass.stop?.();
    }
    const empty = open.find((column) => widths[picked.indexOf(column)] === 0);
    if (!measured || empty) {
      throw new FormatError(
        name,
        `the length of the lists in ${JSON.stringify((empty ?? open[0]).name)} is unknown: row 0 is missing or empty`,
      );
    }
  }
  const places = widths.map((_, i) => widths.slice(0, i).reduce((sum, width) => sum + width, 0));
  const cols = widths.reduce((sum, width) => sum + width, 0);
  if (cols === 0) throw new FormatError(name, 'its rows hold no numbers');

  async function* pass(range: RowRange): AsyncGenerator<NamedChunk, void> {
    range.signal?.throwIfAborted();
    const total = Number.isFinite(range.end) ? countRows(range) : Infinity;
    if (total === 0) return;
    const collector = new Collector(range, { cols, dtype }, total);
    const { bytes, stop } = passOver(file, range.signal);
    const release = bytes.hold();
    const breathe = breather();
    const pause = async () => {
      await breathe();
      range.signal?.throwIfAborted();
    };
    const step = Math.max(1, Math.floor(STEP_NUMBERS / cols));
    let wanted = range.first;
    try {
      for await (const { begin, rows, offset, unpack } of batches(
        bytes,
        picked,
        id,
        pause,
        (end) => end <= wanted,
      )) {
        await pause();
        const { fillers, names } = unpack();
        const end = Math.min(begin + rows, range.end);
        while (wanted < end) {
          await pause();
          const count = Math.min(range.chunkRows, step, Math.floor((end - 1 - wanted) / range.step) + 1);
          const data = allocate(dtype, count, cols);
          decode(offset, () => {
            for (const [j, filler] of fillers.entries()) {
              for (let i = 0, row = wanted; i < count; i++, row += range.step) {
                filler.fill(data, i * cols + places[j], row - begin, widths[j], row, allowNulls);
              }
            }
          });
          const block: NamedChunk = { start: wanted, data, rows: count, cols };
          if (names) {
            block.ids = Array.from({ length: count }, (_, i) =>
              String(names.at(wanted + i * range.step - begin)),
            );
          }
          wanted += count * range.step;
          for (let done = 0; done < count; ) {
            done += collector.take(block, done, block.start + done * range.step);
            if (!collector.full) continue;
            yield collector.rest()!;
            range.signal?.throwIfAborted();
          }
        }
        if (wanted >= range.end) break;
      }
      const last = collector.rest();
      if (last) yield last;
    } finally {
      stop?.();
      await release();
    }
  }

  // Of the largest batch, what the chosen columns are likely to have; packed and unpacked it is held twice.
  const batchBytes =
    Math.max(0, ...(index ?? []).map(({ bodyBytes }) => bodyBytes)) * (picked.length / all.length);
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
    summary:
      `Arrow ${isFile ? 'file' : 'stream'}, ${batchCount === undefined ? '' : `${batchCount} record batches, `}` +
      `${picked.length} of ${all.length} columns` +
      (Number.isFinite(file.byteLength) ? `, ${formatBytes(file.byteLength)}` : ''),
    chunks: (request: ChunkOptions) => pass(rowRange(request, known)),
    close: () => file.close(),
  };
}
