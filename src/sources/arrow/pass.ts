/** Reads the record batches of an Arrow file or stream one after another, and makes chunks of rows from them. */

import type * as Flechette from '@uwdata/flechette';
import { type ErrorReason, FormatError } from '../../errors.ts';
import { join, type Words } from '../../messages.ts';
import { pause } from '../../support/scheduling.ts';
import { quoted } from '../../support/text/quoted.ts';
import type { FloatArray, Source } from '../../types.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { decoding } from '../bytes/library-errors.ts';
import { passOver } from '../bytes/stream.ts';
import { textOf } from '../chunks/columns.ts';
import {
  allocate,
  Collector,
  countRows,
  giveBuffer,
  Lent,
  type NamedChunk,
  type RowRange,
} from '../chunks/rows.ts';
import type { Inflate, Pause } from './codecs.ts';
import {
  type Column,
  dictionariesOf,
  type Field,
  Filler,
  NOTHING,
  partsOf,
  type RecordBatch,
} from './columns.ts';
import { checkBlocks, type Placed, placed, readFooterAt } from './footer.ts';
import {
  checkEntries,
  DICTIONARY,
  type Message,
  packedBuffers,
  RECORDS,
  Room,
  readBody,
  readMessage,
  type Wanted,
} from './messages.ts';

/** Properties of a file that are known when its schema has been read. */
interface ArrowFile {
  file: Bytes;
  library: typeof Flechette;
  inflate: Inflate;
  /** The schema message, in the form that flechette reads. */
  schema: Uint8Array;
  fields: readonly Field[];
  /** Bytes that a record batch and its dictionaries may take. */
  allowed: number;
  isFile: boolean;
  /** Offset of the first message after the schema. */
  bodyStart: number;
}

/** How a pass makes rows from the columns. */
interface ArrowRows {
  columns: readonly Column[];
  /** The column with the names of rows, and whether each row must have one. */
  id: Column | undefined;
  needsNames: boolean;
  annotations: readonly Column[];
  /** Number of values of each column in a row, and below the index at which they begin. */
  widths: readonly number[];
  places: readonly number[];
  cols: number;
  dtype: Source['dtype'];
  allowNulls: boolean;
}

/** Memory that a pass hands on to the next: for a record batch as it is in the file, and for its decompressed buffers. */
interface BatchMemory {
  packed: Lent;
  unpacked: Lent;
}

/** Numbers that are copied from a batch before the signal is checked again. */
const STEP_NUMBERS = 2 ** 18;

/** A value as text; undefined for null. */
function textAt(batch: RecordBatch, i: number): string | undefined {
  const value = batch.at(i);
  return value === null || value === undefined ? undefined : textOf(value);
}

/** Reads the batches of one open file, any number of times. */
export class ArrowReader {
  /** The messages of the file; undefined if the bytes come as a stream. */
  index: Message[] | undefined;
  #spare: BatchMemory | undefined;

  readonly #known: ArrowFile;

  constructor(known: ArrowFile) {
    this.#known = known;
  }

  #decode<T>(offset: number | undefined, work: () => T): T {
    return decoding(this.#known.file.name, 'cannot be decoded as Arrow', { offset }, work);
  }

  /**
   * Find the messages in their order; only their heads are read. The footer after the last message of a file shows
   * whether a message is missing.
   */
  async *messages(bytes: Bytes): AsyncGenerator<Message, void> {
    const { bodyStart, isFile, file } = this.#known;
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
    if (isFile) checkBlocks(file.name, await readFooterAt(bytes, at), seen, bodyStart);
  }

  /** Read a message and decompress it. Without `memory` it gets new memory and may be kept. */
  async #read(
    bytes: Bytes,
    message: Message,
    wanted: Wanted | undefined,
    room: Room,
    pause: Pause,
    memory?: BatchMemory,
  ): Promise<Uint8Array> {
    const whole = await readBody(bytes, message, room, wanted, memory?.packed);
    let stopped = false;
    const wait = async () => {
      stopped = true;
      await pause();
      stopped = false;
    };
    try {
      await this.#known.inflate(packedBuffers(whole, message), room, wait, memory?.unpacked);
    } catch (cause) {
      if (stopped) throw cause;
      this.#decode(message.offset, () => {
        throw cause;
      });
    }
    return whole;
  }

  /** Record batches, one after another. The result of `unpack` is valid until the next batch is requested. */
  async *#batches(
    bytes: Bytes,
    columns: readonly Column[],
    texts: readonly Column[],
    pause: Pause,
    skip: (rows: number) => boolean,
    memory: BatchMemory,
    allowed = this.#known.allowed,
  ) {
    const { file, fields, library, schema } = this.#known;
    const { name } = file;
    const held = new Room(name, allowed);
    const chosen = [...columns, ...texts];
    const needed = chosen.flatMap((column) => dictionariesOf(fields[column.index].type));
    const dictionaries: Uint8Array[] = [];
    let row = 0;
    for await (const message of this.index ?? this.messages(bytes)) {
      const { parts } = message;
      if (message.kind === DICTIONARY) {
        // flechette needs a batch for each dictionary, even if it is empty.
        const idle = parts && !needed.includes(parts.dictionary!);
        const whole = await this.#read(bytes, message, idle ? NOTHING : undefined, held, pause);
        if (!idle) this.#decode(message.offset, () => checkEntries(whole, message));
        dictionaries.push(whole);
      }
      if (message.kind !== RECORDS) continue;
      const { rows, offset } = message;
      if (rows > 0 && !skip(row + rows)) {
        const wanted = parts && partsOf(fields, chosen, parts);
        const body = await this.#read(bytes, message, wanted, held.again(), pause, memory);
        const begin = row;
        const unpack = () =>
          this.#decode(offset, () => {
            const table = library.tableFromIPC([schema, ...dictionaries, body], { useDate: true });
            const batchOf = (column: Column): RecordBatch => {
              const batch = table.getChildAt(column.index).data[0] as unknown as RecordBatch;
              if (batch?.length === rows) return batch;
              throw new Error(`column ${column.name} has another length`);
            };
            const fillers = columns.map((column) => {
              const fail = (at: number, problem: string | Words, reason?: ErrorReason): never => {
                const place = `row ${at}, column ${quoted(column.name)}`;
                throw new FormatError(name, join(place, ' ', problem), { reason });
              };
              return new Filler(batchOf(column), column, fail);
            });
            return { fillers, texts: texts.map(batchOf) };
          });
        yield { begin, rows, offset, unpack };
      }
      row += rows;
    }
  }

  /** Memory for a pass. Passes that run at the same time each have their own. */
  #takeMemory(): BatchMemory {
    const memory = this.#spare ?? { packed: new Lent(), unpacked: new Lent() };
    this.#spare = undefined;
    return memory;
  }

  /** The length of the lists of these columns in row 0; undefined if there are no rows. */
  async measure(columns: readonly Column[]): Promise<number[] | undefined> {
    const { file } = this.#known;
    // A stream that can be read only once keeps the bytes that are read here for its pass.
    const pass = file.once ? { bytes: file } : passOver(file, undefined);
    const memory = this.#takeMemory();
    try {
      const batches = this.#batches(pass.bytes, columns, [], pause, () => false, memory);
      for await (const { unpack, offset } of batches) {
        return this.#decode(offset, () => unpack().fillers.map((filler) => filler.lengthOf(0)));
      }
      return undefined;
    } finally {
      this.#spare = memory;
      pass.stop?.();
    }
  }

  /**
   * The first values of columns as texts, '' for null.
   * @throws MemoryLimitError if a batch of them takes more than a small share of the memory: there must be room for more
   */
  async look(columns: readonly Column[], most: number): Promise<string[][]> {
    const { file, allowed } = this.#known;
    const pass = file.once ? { bytes: file } : passOver(file, undefined);
    const memory = this.#takeMemory();
    const found: string[][] = columns.map(() => []);
    try {
      const share = Math.floor(allowed / 8);
      const batches = this.#batches(pass.bytes, [], columns, pause, () => false, memory, share);
      for await (const { unpack, offset, rows } of batches) {
        this.#decode(offset, () => {
          for (const [j, texts] of unpack().texts.entries()) {
            for (let i = 0; i < rows && found[j].length < most; i++) found[j].push(textAt(texts, i) ?? '');
          }
        });
        if (found[0].length === most) break;
      }
      return found;
    } finally {
      this.#spare = memory;
      pass.stop?.();
    }
  }

  /** The rows of a range, in chunks. */
  async *pass(range: RowRange, rowsOf: ArrowRows): AsyncGenerator<NamedChunk, void> {
    const { columns, id, needsNames, annotations, widths, places, cols, dtype, allowNulls } = rowsOf;
    const named = id ? [id, ...annotations] : annotations;
    range.signal?.throwIfAborted();
    const total = Number.isFinite(range.end) ? countRows(range) : Infinity;
    if (total === 0) return;
    const collector = new Collector(range, { cols, dtype }, total);
    const { file } = this.#known;
    const { bytes, stop } = passOver(file, range.signal);
    const release = bytes.hold();
    const takeTurn = async () => {
      await pause();
      range.signal?.throwIfAborted();
    };
    const step = Math.max(1, Math.floor(STEP_NUMBERS / cols));
    const memory = this.#takeMemory();
    let block: FloatArray | undefined;
    let wanted = range.first;
    try {
      const batches = this.#batches(bytes, columns, named, takeTurn, (end) => end <= wanted, memory);
      for await (const { begin, rows, offset, unpack } of batches) {
        await takeTurn();
        const { fillers, texts } = unpack();
        const end = Math.min(begin + rows, range.end);
        while (wanted < end) {
          await takeTurn();
          const count = Math.min(range.chunkRows, step, Math.floor((end - 1 - wanted) / range.step) + 1);
          if (!block || block.length < count * cols) block = allocate(dtype, count, cols, true);
          const data = block.subarray(0, count * cols);
          this.#decode(offset, () => {
            for (const [j, filler] of fillers.entries()) {
              for (let i = 0, row = wanted; i < count; i++, row += range.step) {
                filler.fill(data, i * cols + places[j], row - begin, widths[j], row, allowNulls);
              }
            }
          });
          const part: NamedChunk = { start: wanted, data, rows: count, cols };
          const lists = texts.map((batch, k) =>
            this.#decode(offset, () =>
              Array.from({ length: count }, (_, i) => {
                const row = wanted + i * range.step;
                const text = textAt(batch, row - begin);
                if (text !== undefined || named[k] !== id || !needsNames) return text ?? '';
                throw new FormatError(file.name, `row ${row}, column ${quoted(id!.name)} is null`);
              }),
            ),
          );
          if (id) part.ids = lists[0];
          if (annotations.length > 0) {
            const all = annotations.map(({ name }, k) => [name, lists[id ? k + 1 : k]]);
            part.annotations = Object.fromEntries(all);
          }
          wanted += count * range.step;
          for (let done = 0; done < count; ) {
            done += collector.take(part, done, part.start + done * range.step);
            if (!collector.full) continue;
            yield collector.rest()!;
            range.signal?.throwIfAborted();
          }
        }
        if (wanted >= range.end) break;
      }
      const last = collector.rest();
      if (last) yield last;
      collector.end();
    } finally {
      this.#spare = memory;
      if (block) giveBuffer(block.buffer);
      stop?.();
      await release();
    }
  }
}
