/**
 * Reads the pages of one Parquet column one after another. Each page is fetched, decompressed and turned into rows
 * separately, so that memory depends on the size of a page and not on that of a row group. hyparquet decodes them; only
 * this file and `parquet.ts` call it.
 * Format: https://parquet.apache.org/docs/file-format/
 */

import type { ColumnChunk, ColumnDecoder, DecodedArray, PageHeader, RowGroup } from 'hyparquet/src/types.js';
import { type ErrorReason, FormatError, formatBytes } from '../../errors.ts';
import { type Message, say } from '../../messages.ts';
import { crc32 } from '../../support/numbers/crc32.ts';
import { quoted } from '../../support/text/quoted.ts';
import type { FloatArray } from '../../types.ts';
import { type Bytes, readExactly } from '../bytes/bytes.ts';
import { asFormatError, decoding } from '../bytes/library-errors.ts';
import { MISSING_ADVICE } from '../chunks/missing-options.ts';
import type { Budget, ColumnMemory } from './budget.ts';
import { follows } from './page-index.ts';
import { flatRows, type Leaf, ListRows, type ParquetRows } from './rows.ts';
import { checkPage } from './runs.ts';
import { checkStruct } from './thrift.ts';

/** The modules of hyparquet and the decompressors that are used. */
export interface Library {
  readonly column: typeof import('hyparquet/src/column.js');
  readonly datapage: typeof import('hyparquet/src/datapage.js');
  readonly convert: typeof import('hyparquet/src/convert.js');
  readonly indexes: typeof import('hyparquet/src/indexes.js');
  readonly plain: typeof import('hyparquet/src/plain.js');
  readonly snappy: typeof import('hyparquet/src/snappy.js');
  readonly compressors: ColumnDecoder['compressors'];
  /** Pages of version 2 are compressed even if their header says that they are not. */
  readonly early: boolean;
}
/** Largest allowed page; most pages have 1 MiB. */
const MAX_PAGE_BYTES = 256 * 2 ** 20;
/** Largest allowed number of values: a page of constants has a few bytes and may claim any number of values. */
const MAX_PAGE_VALUES = 2 ** 26;
/** First bytes read for a page header. It has some tens of bytes, unless its statistics contain long texts. */
const HEADER_BYTES = 4096;
const MAX_HEADER_BYTES = 2 ** 22;

/** Check the checksum of a page, if it has one. It is computed over the bytes as they are in the file. @internal */
export function checkSum({ crc }: PageHeader, packed: Uint8Array): void {
  if (crc !== undefined && (typeof crc !== 'number' || crc >>> 0 !== crc32(packed)))
    throw new Error('the checksum of a page does not match');
}

/** What a reader of a column needs. */
interface ColumnTask {
  library: Library;
  bytes: Bytes;
  groups: readonly RowGroup[];
  /** The rows with which the row groups begin, and the number of all rows. */
  starts: readonly number[];
  /** Numbers in a row; 0 for texts. Undefined: as many as in the first row. */
  width: number | undefined;
  create: (n: number) => FloatArray;
  budget: Budget;
  memory: ColumnMemory;
  /** Called between pages: lets the event loop run when it is due, and throws a signal's reason. */
  pause: () => Promise<void>;
}

/** Reads one column from front to back. */
export class ColumnReader {
  #page: ParquetRows | undefined;
  #group = -1;
  #groupEnd = 0;
  #decoder: ColumnDecoder | undefined;
  #dictionary: DecodedArray | undefined;
  /** Offset in the file of the next page, and of the end of this column in this row group. */
  #at = 0;
  #end = 0;
  /** Number of values of this column in this row group. */
  #mostValues = 0;
  /** Decompressed bytes of all its pages. */
  #mostBytes = 0;
  /** Row of the file with which the next page begins. */
  #row = 0;
  /** Number of rows of that page by the page index, if the index led to it. */
  #indexed: number | undefined;
  #windowStart = 0;
  /** Number of valid bytes in the window. */
  #filled = 0;
  #held = 0;
  /** Turns lists into rows; undefined for a column without lists. */
  readonly #lists: ListRows | undefined;

  readonly #task: ColumnTask;

  constructor(
    readonly leaf: Leaf,
    task: ColumnTask,
  ) {
    this.#task = task;
    if (leaf.list)
      this.#lists = new ListRows(leaf, this.#make, task.width, (row, problem) => this.fail(row, problem));
  }

  /** A buffer for the numbers of a page; it replaces those of the page before. */
  readonly #make = (n: number): FloatArray => {
    const memory = this.#task.memory;
    if (memory.values === undefined || memory.values.length < n) memory.values = this.#task.create(n);
    return memory.values.subarray(0, n);
  };

  /** Copy rows `first`, `first + step`, ... to `target`, from index `column`, `column + cols`, ... on. */
  async fill(
    target: FloatArray,
    column: number,
    cols: number,
    first: number,
    step: number,
    count: number,
    allowNulls: boolean,
  ): Promise<void> {
    const width = this.#task.width!;
    for (let done = 0; done < count; ) {
      const page = await this.#pageWith(first + done * step);
      const values = page.values as FloatArray;
      for (let row = first + done * step; done < count && row < page.first + page.rows; done++, row += step) {
        const problem = page.nulls?.get(row);
        if (problem !== undefined && !allowNulls)
          this.fail(row, say`${problem} (${MISSING_ADVICE})`, 'MISSING_VALUE');
        const from = (row - page.first) * width;
        const to = done * cols + column;
        if (width === 1) target[to] = values[from];
        else for (let k = 0; k < width; k++) target[to + k] = values[from + k];
      }
    }
  }

  /** The texts of these rows, '' for null if that is allowed. */
  async texts(first: number, step: number, count: number, allowNulls: boolean): Promise<string[]> {
    const out: string[] = [];
    while (out.length < count) {
      const page = await this.#pageWith(first + out.length * step);
      for (
        let row = first + out.length * step;
        out.length < count && row < page.first + page.rows;
        row += step
      ) {
        const problem = page.nulls?.get(row);
        if (problem !== undefined && !allowNulls) this.fail(row, problem);
        out.push(page.values[row - page.first] as string);
      }
    }
    return out;
  }

  fail(row: number, problem: Message, reason?: ErrorReason): never {
    const place = `row ${row}, column ${quoted(this.leaf.name)}`;
    throw new FormatError(this.#task.bytes.name, `${place} ${problem}`, { reason });
  }

  async #pageWith(row: number): Promise<ParquetRows> {
    for (;;) {
      const page = this.#page;
      if (page && row >= page.first && row < page.first + page.rows) return page;
      this.#page = undefined;
      if (row >= this.#groupEnd) await this.#enter(row);
      this.#page = await this.#next(row);
    }
  }

  /** Go to the row group that holds `row`. */
  async #enter(row: number): Promise<void> {
    let group = this.#group + 1;
    while (row >= this.#task.starts[group + 1]) group++;
    this.#group = group;
    this.#row = this.#task.starts[group];
    this.#groupEnd = this.#task.starts[group + 1];
    this.#dictionary = undefined;
    this.#lists?.begin();
    const { path, index, schemaPath } = this.leaf;
    const pathOf = (column: ColumnChunk | undefined) => column?.meta_data?.path_in_schema.join('.');
    const { columns } = this.#task.groups[group];
    const chunk = pathOf(columns[index]) === path ? columns[index] : undefined;
    const meta = chunk?.meta_data;
    const problem = `column ${quoted(this.leaf.name)} in row group ${group}`;
    if (!chunk || !meta) throw new FormatError(this.#task.bytes.name, `${problem} is missing or encrypted`);
    if (chunk.file_path) throw new FormatError(this.#task.bytes.name, `${problem} is in another file`);
    this.#at = Number(meta.dictionary_page_offset || meta.data_page_offset);
    this.#end = this.#at + Number(meta.total_compressed_size);
    if (!(this.#at >= 4 && this.#end >= this.#at && this.#end <= this.#task.bytes.byteLength)) {
      throw new FormatError(
        this.#task.bytes.name,
        `${problem} lies at bytes ${this.#at} to ${this.#end}, beyond the file's end`,
        { offset: this.#task.bytes.byteLength },
      );
    }
    this.#mostValues = Number(meta.num_values);
    this.#mostBytes = Number(meta.total_uncompressed_size);
    this.#decoder = {
      pathInSchema: meta.path_in_schema,
      type: meta.type,
      element: schemaPath[schemaPath.length - 1].element,
      schemaPath,
      codec: meta.codec,
      parsers: this.#task.library.convert.DEFAULT_PARSERS,
      compressors: this.#task.library.compressors,
    };
    await this.#jump(chunk, row);
  }

  /** Go directly to the page that contains `row`, if the file has an index of its pages. */
  async #jump(chunk: ColumnChunk, row: number): Promise<void> {
    const { offset_index_offset: offset, offset_index_length: length } = chunk;
    if (row === this.#row || !offset || !length || !(Number(length) < MAX_HEADER_BYTES)) return;
    if (!(Number(offset) + Number(length) <= this.#task.bytes.byteLength)) return;
    const index = new Uint8Array(Number(length));
    await readExactly(this.#task.bytes, index, Number(offset));
    const { page_locations: pages } = this.#decode(Number(offset), () => {
      const view = new DataView(index.buffer);
      checkStruct(view, 0);
      return this.#task.library.indexes.readOffsetIndex({ view, offset: 0 });
    });
    if (!follows(pages, this.#at, this.#end, this.#groupEnd - this.#row)) {
      const problem = `the page index of column ${quoted(this.leaf.name)} does not match its pages`;
      throw new FormatError(this.#task.bytes.name, problem, { offset: Number(offset) });
    }
    const wanted = row - this.#row;
    const at = pages.findLastIndex(({ first_row_index }) => Number(first_row_index) <= wanted);
    if (at <= 0) return;
    // Before the first data page there may be a dictionary.
    if (this.#at < Number(pages[0].offset)) await this.#header(true);
    this.#at = Number(pages[at].offset);
    const next = pages[at + 1];
    const end = next ? this.#row + Number(next.first_row_index) : this.#groupEnd;
    this.#row += Number(pages[at].first_row_index);
    this.#indexed = end - this.#row;
  }

  /** Read the next page. Returns undefined if it was skipped because all its rows are before `wanted`. */
  async #next(wanted: number): Promise<ParquetRows | undefined> {
    if (this.#at >= this.#end) {
      throw new FormatError(
        this.#task.bytes.name,
        `column ${quoted(this.leaf.name)} ends at row ${this.#row}; its row group has rows to ${this.#groupEnd}`,
        { offset: this.#end },
      );
    }
    const found = await this.#header(false);
    if (!found) return undefined;
    const { header, body } = found;
    const { data_page_header: v1, data_page_header_v2: v2 } = header;
    // The number of rows is known before decoding, except for lists in pages of version 1.
    const rows = v2?.num_rows ?? (this.leaf.list ? undefined : v1?.num_values);
    const indexed = this.#indexed;
    this.#indexed = undefined;
    if (indexed !== undefined && rows !== undefined && rows !== indexed) {
      const problem = `a page of column ${quoted(this.leaf.name)} has ${rows} rows, and ${indexed} by the page index`;
      throw new FormatError(this.#task.bytes.name, problem, { offset: body });
    }
    if (rows !== undefined && !this.#lists?.within && this.#row + rows <= wanted) {
      this.#row += rows;
      return undefined;
    }
    this.#checkRoom(header);
    const packed = await this.#take(body, header.compressed_page_size);
    await this.#task.pause();
    const page = this.#rowsOf(header, packed);
    // After the last row of the group only empty pages may follow: an extra page somewhere would have shifted the rows.
    while (this.#row === this.#groupEnd && this.#at < this.#end) {
      const { data_page_header, data_page_header_v2 } = (await this.#header(false))?.header ?? {};
      if ((data_page_header ?? data_page_header_v2)?.num_values !== 0) throw this.#tooMany();
    }
    return page;
  }

  /**
   * Read the header at `this.at` and move past its page. A dictionary page is decoded at once, and nothing is returned.
   * With `only` just a dictionary page is read; at a data page nothing happens.
   */
  async #header(only: boolean): Promise<{ header: PageHeader; body: number } | undefined> {
    let header: PageHeader | undefined;
    let length = 0;
    for (let room = HEADER_BYTES; !header; room *= 32) {
      const have = Math.min(room, this.#end - this.#at);
      const view = await this.#take(this.#at, have);
      const reader = { view: new DataView(view.buffer, view.byteOffset, view.byteLength), offset: 0 };
      try {
        checkStruct(reader.view, 0);
        header = this.#task.library.column.parquetHeader(reader);
        length = reader.offset;
      } catch (cause) {
        if (have < this.#end - this.#at && room < MAX_HEADER_BYTES) continue;
        throw asFormatError(cause, this.#task.bytes.name, 'a page header cannot be read', {
          offset: this.#at,
        });
      }
    }
    const { compressed_page_size: size, uncompressed_page_size: unpacked } = header;
    const { data_page_header: v1, data_page_header_v2: v2, dictionary_page_header: dictionary } = header;
    const values = v2?.num_values ?? v1?.num_values ?? dictionary?.num_values ?? 0;
    const body = this.#at + length;
    // If a type is damaged, a number may be a bigint or missing. A damaged number may exceed the values of the column.
    const counts = [size, unpacked, values];
    if (v2) {
      const { num_rows, num_nulls, definition_levels_byte_length, repetition_levels_byte_length } = v2;
      counts.push(num_rows, num_nulls, definition_levels_byte_length, repetition_levels_byte_length);
    }
    const most = dictionary ? unpacked : this.#mostValues;
    const whole = counts.every((n) => Number.isSafeInteger(n) && n >= 0);
    const rows = v2?.num_rows ?? 0;
    const wrongRows = this.leaf.list ? rows > values : v2 && rows !== values;
    if (!whole || body + size > this.#end || values > most || wrongRows) {
      throw new FormatError(this.#task.bytes.name, 'a page header does not match its column', {
        offset: this.#at,
      });
    }
    if (size > MAX_PAGE_BYTES || unpacked > MAX_PAGE_BYTES || values > MAX_PAGE_VALUES) {
      throw new FormatError(
        this.#task.bytes.name,
        `a page of column ${quoted(this.leaf.name)} has ${formatBytes(unpacked)} and ${values} values; allowed ` +
          `are ${formatBytes(MAX_PAGE_BYTES)} and ${MAX_PAGE_VALUES}: write the file with smaller pages`,
        { offset: this.#at },
      );
    }
    if (v1 || v2) {
      if (only) return undefined;
      this.#at = body + size;
      return { header, body };
    }
    this.#at = body + size;
    if (dictionary) {
      this.#checkRoom(header);
      const packed = await this.#take(body, size);
      this.#dictionary = this.#decode(body, () => {
        checkSum(header, packed);
        const { datapage, plain, convert } = this.#task.library;
        const { codec, compressors, type, element } = this.#decoder!;
        const page = datapage.decompressPage(packed.slice(), unpacked, codec, compressors);
        const reader = { view: new DataView(page.buffer, page.byteOffset, page.byteLength), offset: 0 };
        const entries = plain.readPlain(reader, type, dictionary.num_values, element.type_length);
        return convert.convert(entries, this.#decoder!);
      });
    }
    return undefined;
  }

  /** Check before a page is read and decompressed that there is memory for it, its numbers and its levels. */
  #checkRoom(header: PageHeader): void {
    const { compressed_page_size: packed, uncompressed_page_size: unpacked } = header;
    const { data_page_header: v1, data_page_header_v2: v2, dictionary_page_header: dictionary } = header;
    const values = (v1 ?? v2 ?? dictionary)!.num_values;
    const levels = this.leaf.maxDefinition + (this.#lists ? 1 : 0);
    const bytes = packed + unpacked + values * (16 + 8 * levels);
    const more = bytes - this.#held;
    if (!(unpacked <= this.#mostBytes) && !this.#task.budget.fits(more)) {
      throw new FormatError(this.#task.bytes.name, 'a page header does not match its column', {
        offset: this.#at - packed,
      });
    }
    this.#task.budget.expect(more, bytes);
  }

  /** Bytes of the column, from a moving window. They are valid until the next call. */
  async #take(start: number, length: number): Promise<Uint8Array> {
    const windowStart = this.#windowStart;
    const filled = this.#filled;
    const memory = this.#task.memory;
    const { window } = memory;
    const from = start - windowStart;
    if (from >= 0 && from + length <= filled) return window.subarray(from, from + length);
    const size = Math.min(this.#end - start, Math.max(length, this.#task.budget.windowBytes));
    const kept = from >= 0 && from < filled ? window.subarray(from, filled) : window.subarray(0, 0);
    if (size > window.length) {
      memory.window = new Uint8Array(size);
      memory.window.set(kept);
    } else if (kept.length > 0) {
      window.copyWithin(0, from, filled);
    }
    this.#windowStart = start;
    this.#filled = kept.length;
    if (size > kept.length) {
      await readExactly(this.#task.bytes, memory.window.subarray(kept.length, size), start + kept.length);
      this.#filled = size;
    }
    return memory.window.subarray(0, length);
  }

  #tooMany(): FormatError {
    const problem = `column ${quoted(this.leaf.name)} has more rows than its row group`;
    return new FormatError(this.#task.bytes.name, problem, { offset: this.#at });
  }

  #decode<T>(offset: number, work: () => T): T {
    const problem = `column ${quoted(this.leaf.name)} cannot be decoded`;
    return decoding(this.#task.bytes.name, problem, { offset }, work);
  }

  #rowsOf(header: PageHeader, packed: Uint8Array): ParquetRows {
    const { datapage, convert } = this.#task.library;
    const decoder = this.#decoder!;
    const { data_page_header: v1, data_page_header_v2: v2 } = header;
    const offset = this.#at - packed.length;
    const page = this.#decode(offset, () => {
      checkSum(header, packed);
      const own = this.#unpacked(header, packed);
      const start = checkPage(own, header, decoder, this.leaf.list, this.leaf.maxDefinition);
      const data = v1
        ? datapage.readDataPage(own, v1, decoder)
        : datapage.readDataPageV2(
            own,
            { ...header, data_page_header_v2: { ...v2!, is_compressed: false } },
            decoder,
          );
      const encoding = (v1 ?? v2)!.encoding;
      const { byteLength = 0 } = data.dataPage as { byteLength?: number };
      if (encoding === 'PLAIN' && byteLength > own.length - start)
        throw new Error('its values are cut short');
      if (encoding.endsWith('_DICTIONARY') && !this.#dictionary) throw new Error('its dictionary is missing');
      const values = convert.convertWithDictionary(data.dataPage, this.#dictionary, encoding, decoder);
      const { repetitionLevels, definitionLevels = [] } = data;
      if (!this.#lists) {
        const rows = (v1 ?? v2)!.num_values;
        return flatRows(
          values,
          definitionLevels,
          this.leaf,
          this.#row,
          rows,
          this.#task.width === 0 ? undefined : this.#make,
        );
      }
      const last = this.#at >= this.#end;
      return this.#lists.take(
        { values, definitions: definitionLevels, repetitions: repetitionLevels },
        this.#row,
        last,
      );
    });
    this.#row = page.first + page.rows;
    if (this.#row > this.#groupEnd) {
      throw this.#tooMany();
    }
    const before = this.#held;
    const { window, values } = this.#task.memory;
    const numbers = values?.byteLength ?? 8 * page.values.length;
    this.#held = numbers + window.length + 8 * (this.#dictionary?.length ?? 0);
    this.#task.budget.change(before, this.#held);
    return page;
  }

  /**
   * Decompress a page. Numbers are copied out at once, so their page may be in the shared buffer. Texts are decoded
   * later, so their page has its own memory.
   */
  #unpacked(header: PageHeader, packed: Uint8Array): Uint8Array {
    const { data_page_header_v2: v2, uncompressed_page_size: size } = header;
    const { codec, type } = this.#decoder!;
    const numbers = type !== 'BYTE_ARRAY' && type !== 'FIXED_LEN_BYTE_ARRAY';
    const room = () => (numbers ? this.#task.budget.room(size) : new Uint8Array(size));
    // In pages of version 2, uncompressed levels are stored before the values.
    const levels = v2 ? v2.definition_levels_byte_length + v2.repetition_levels_byte_length : 0;
    if (!(levels >= 0 && levels <= Math.min(size, packed.length)))
      throw new Error('its levels go beyond the page');
    const stored = v2?.is_compressed === false && !this.#task.library.early;
    if (stored || codec === 'UNCOMPRESSED') {
      if (packed.length !== size) throw new Error('its size is not what it says');
      const out = room();
      out.set(packed);
      return out;
    }
    if (codec === 'SNAPPY') {
      const out = room();
      out.set(packed.subarray(0, levels));
      this.#task.library.snappy.snappyUncompress(packed.subarray(levels), out.subarray(levels));
      return out;
    }
    const { decompressPage } = this.#task.library.datapage;
    const values = decompressPage(packed.slice(levels), size - levels, codec, this.#task.library.compressors);
    if (levels === 0) return values;
    const out = room();
    out.set(packed.subarray(0, levels));
    out.set(values, levels);
    return out;
  }

  /** Read row 0 and return how many numbers it has. */
  async measure(): Promise<number> {
    if (!this.#lists) return 1;
    await this.#pageWith(0);
    return this.#lists.width!;
  }
}
