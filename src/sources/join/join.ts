/** `join`: tables side by side, with the columns of all, matched by the names of their rows. */

import { BadRowError, FormatError, MemoryLimitError, rangeError, warning } from '../../errors.ts';
import { say } from '../../messages.ts';
import { readLimit } from '../../runtime/memory/limits.ts';
import { allocate as typedArray } from '../../support/allocate.ts';
import { checkOneOf, checkOptions, wrongType } from '../../support/checks.ts';
import type { ChunkOptions, Run, Source } from '../../types.ts';
import { facade } from '../chunks/facade.ts';
import {
  allocate,
  Collector,
  countRows,
  type NamedChunk,
  type RowRange,
  rowRange,
  warnOf,
} from '../chunks/rows.ts';
import { joinColumns, labelsOf } from './column-names.ts';
import { HeldTable, sizeOf, type TableSize } from './held-table.ts';
import { compareOrder, differAt, matchRows } from './match.ts';
import { Feed, firstOf, isBad, type JoinTable, namesIn } from './table.ts';

/** Options of `join`. */
export interface JoinOptions extends Pick<Run, 'signal' | 'onProgress' | 'onWarning' | 'memoryLimit'> {
  /**
   * Which rows are joined:
   * - 'same' (default): all tables must have the same rows, in any order; others are refused with their number and names;
   * - 'inner': the rows that all tables have. Others of the first table are skipped, as bad rows are with
   *   `onBadRow: 'skip'`, so that the rest keep their row numbers.
   */
  how?: 'same' | 'inner';
}

/** A source with the columns of several tables. Its other properties are those of the first. */
export type JoinedSource<S extends Source = Source> = S & {
  readonly name: string;
  readonly rows: number;
  /** The names of all columns. */
  readonly columns: readonly string[] | undefined;
  /** The tables, in the order of their columns. */
  readonly joined: readonly Source[];
};

/** Bytes of joined rows that are made at a time. */
const BLOCK_BYTES = 2 ** 20;
/** A block takes at most this part of the limit. */
const SHARE = 32;
/** Blocks that exist at a time: the rows of each table twice, as readers read ahead, and the joined rows. */
const BLOCKS = 3;

/** How the rows of a table are found: beside those of the first, or by name. */
type Other = JoinTable | HeldTable;

/**
 * Join tables by the names of their rows: each row has the numbers of all tables, in the order of the tables. The rows are those of
 * the first table, in its order.
 *
 * A table with its rows in the order of the first is read along with it; another one is held in memory. Columns of the same
 * name are told apart by the name of the table: `x (a.csv)`, `x (b.csv)`. Rows that are skipped in one table are
 * skipped.
 *
 * @param sources tables with names of rows (`idColumn`); they stay open, until the joined source is closed
 * @throws FormatError for rows that a table lacks (unless `how` is 'inner'), for two rows of the same name, and for rows without
 *   a name; MemoryLimitError with what tables in another order need; RangeError for a table without names, and for one that
 *   is prepared: join first, then prepare; errors of the sources; the signal's reason
 *
 * Memory: 3 MB, and tables in another order than the first. 8 bytes for each row, at most 64 MB, while names are compared.
 * Cost: one pass over each table before it returns; one more over the first, and two over each that is held.
 *
 * @example
 * const both = await join([await open('rna.csv'), await open('protein.csv')], { how: 'inner' });
 * const fit = await twoPass(await prepare(both, { scale: 'zscore' }), { clusters: 4 });
 */
export async function join<S extends Source>(
  sources: readonly [S, ...Source[]],
  options: JoinOptions = {},
): Promise<JoinedSource<S>> {
  const known = { how: true, signal: true, onProgress: true, onWarning: true, memoryLimit: true } as const;
  checkOptions(options, known, 'join', "{ how: 'inner' }");
  const { how = 'same', signal, onProgress } = options;
  checkOneOf(how, 'how', ['same', 'inner']);
  const tables = tablesOf(sources);
  const [first, ...rest] = tables;
  const limit = readLimit(options.memoryLimit, Number.POSITIVE_INFINITY);
  const cols = tables.reduce((sum, { source }) => sum + source.cols, 0);
  const blockRows = Math.max(1, Math.floor(Math.min(BLOCK_BYTES, limit / SHARE) / (8 * cols)));
  const request = { chunkRows: blockRows, reuse: true, ...(signal && { signal }) };
  const readers = sources.reduce((sum, { overheadBytes = 0 }) => sum + overheadBytes, 0);
  const blocks = BLOCKS * 8 * cols * blockRows;

  const { rows, alike } = await compareOrder(tables, request, limit / 8, (done) =>
    onProgress?.({ phase: 'read', done, total: first.source.rows }),
  );
  if (rows === 0) throw rangeError(`${first.name} has no rows to which others can be joined`);
  const unlike = rest.filter((_, k) => !alike[k]);
  const sizes: TableSize[] = [];
  for (const table of unlike) sizes.push(await sizeOf(table, request));
  const heldBytes = sizes.reduce((sum, size) => sum + size.bytes, 0);
  if (unlike.length > 0 && heldBytes + readers + blocks > limit) {
    const names = unlike.map(({ name }) => name).join(' and ');
    throw new MemoryLimitError(
      `holding ${names}, whose rows are in another order than those of ${first.name},`,
      heldBytes + readers + leastBlocks(heldBytes + readers, cols),
      limit,
      'tables in the same order are not held: sort them alike, or name the largest first',
    );
  }
  const held: HeldTable[] = [];
  for (const [i, table] of unlike.entries()) held.push(await HeldTable.read(table, sizes[i], request));
  const unmatched = await matchRows(first, held, how === 'inner', request);
  if (unmatched.words) {
    warnOf(
      options,
      warning('ROWS_LEFT_OUT', say`only rows that all tables have are joined: ${unmatched.words}`),
    );
  }
  const { columns, clashes } = joinColumns(tables);
  if (clashes.length > 0) {
    const list = firstOf(clashes, clashes.length);
    warnOf(
      options,
      warning(
        'COLUMNS_RENAMED',
        say`several tables have ${clashes.length === 1 ? 'a column' : 'columns'} ${list}; the name of the table is added to these names`,
      ),
    );
  }
  const others = rest.map((table): Other => held.find((one) => one.table === table) ?? table);
  const joined = new JoinedRows(first, others, {
    ...{ cols, rows, blockRows },
    dtype: sources.every(({ dtype }) => dtype === 'f4') ? 'f4' : 'f8',
    strict: unmatched.rows > 0 && sources.every(({ onBadRow }) => onBadRow !== 'skip'),
  });
  const lacking = unmatched.rows > 0 ? unmatched.words : undefined;
  return facade(first.source as Source, {
    ...{ cols, rows, columns, joined: sources },
    dtype: joined.shape.dtype,
    name: `${first.name} joined with ${rest.map(({ name }) => name).join(' and ')}`,
    summary: `${tables.length} tables, joined by the names of rows: ${labelsOf(tables).join(', ')}`,
    overheadBytes: readers + blocks + heldBytes,
    sequential: sources.some(({ sequential }) => sequential),
    scaled: sources.every(({ scaled }) => scaled),
    onBadRow: lacking || sources.some(({ onBadRow }) => onBadRow === 'skip') ? 'skip' : 'error',
    get skippedRows() {
      return tables.reduce((sum, { source }) => sum + (source.skippedRows ?? 0), unmatched.rows);
    },
    get firstSkipped() {
      return sources.find(({ firstSkipped }) => firstSkipped)?.firstSkipped ?? lacking;
    },
    chunks: (asked: ChunkOptions) => joined.chunks(rowRange(asked, rows)),
    async unchanged() {
      for (const source of sources) await source.unchanged?.();
    },
    async close() {
      for (const source of sources) await source.close?.();
    },
  }) as unknown as JoinedSource<S>;
}

/** Check the sources. */
function tablesOf(sources: readonly Source[]): JoinTable[] {
  if (!Array.isArray(sources)) throw wrongType('sources', 'a list of what open() gives', sources);
  if (sources.length < 2)
    throw rangeError(`sources: two tables or more can be joined, got ${sources.length}`);
  return sources.map((source: Source, i) => {
    if (typeof (source as Partial<Source> | null)?.chunks !== 'function') {
      throw wrongType(`sources[${i}]`, 'what open() gives', source);
    }
    const { name = `table ${i}`, preparation } = source;
    if (preparation) throw rangeError(`${name} is prepared; join the tables first, then prepare the result`);
    return { source, name };
  });
}

/** Bytes of blocks under the least limit that has room for them beside `bytes`. */
function leastBlocks(bytes: number, cols: number): number {
  const most = Math.min(BLOCK_BYTES, bytes / (SHARE - BLOCKS));
  return Math.ceil(BLOCKS * Math.max(8 * cols, most));
}

/** The rows of all tables side by side. */
class JoinedRows {
  readonly #first: JoinTable;
  readonly #others: readonly Other[];

  constructor(
    first: JoinTable,
    others: readonly Other[],
    readonly shape: {
      cols: number;
      rows: number;
      dtype: Source['dtype'];
      /** Rows that are made at a time. */
      blockRows: number;
      /** NaN and infinity are errors: as rows are skipped that a table lacks, these would be skipped too. */
      strict: boolean;
    },
  ) {
    this.#first = first;
    this.#others = others;
  }

  async *chunks(range: RowRange): AsyncGenerator<NamedChunk, void, undefined> {
    const { blockRows } = this.shape;
    if (range.chunkRows <= blockRows) return yield* this.#blocks(range, range.chunkRows, range.reuse);
    const collector = new Collector(range, this.shape, countRows(range));
    for await (const block of this.#blocks(range, blockRows, true)) {
      for (let done = 0; done < block.rows; ) {
        done += collector.take(block, done, block.start + done * range.step);
        if (collector.full) yield collector.rest()!;
      }
    }
    const last = collector.rest();
    if (last) yield last;
    collector.end();
  }

  async *#blocks(
    { first: start, end, step, signal }: RowRange,
    chunkRows: number,
    reuse: boolean,
  ): AsyncGenerator<NamedChunk, void, undefined> {
    const request = { ...{ chunkRows, start, end, stride: step, reuse: true }, ...(signal && { signal }) };
    const { cols, dtype } = this.shape;
    const feeds = this.#others.map((one) => (one instanceof HeldTable ? undefined : new Feed(one, request)));
    let own: NamedChunk['data'] | undefined;
    try {
      for await (const chunk of this.#first.source.chunks(request) as AsyncIterable<NamedChunk>) {
        const { rows } = chunk;
        if (!own || !reuse || own.length < rows * cols) own = allocate(dtype, rows, cols);
        const block = new Block(this.#first, chunk, own.subarray(0, rows * cols), cols, step);
        for (const [k, other] of this.#others.entries()) {
          if (other instanceof HeldTable) block.addByName(other);
          else await block.addBeside(feeds[k] as Feed);
        }
        block.finish(this.shape.strict);
        yield block.chunk;
        signal?.throwIfAborted();
      }
    } finally {
      for (const feed of feeds) await feed?.close();
    }
  }
}

/** Consecutive rows. */
class Block {
  readonly chunk: NamedChunk;
  readonly #names: readonly string[];
  readonly #bad: Uint8Array;
  /** The first column of the table that is added next. */
  #at = 0;

  readonly #first: JoinTable;
  readonly #own: NamedChunk;
  readonly #data: NamedChunk['data'];
  readonly #step: number;

  constructor(first: JoinTable, own: NamedChunk, data: NamedChunk['data'], cols: number, step: number) {
    this.#first = first;
    this.#own = own;
    this.#data = data;
    this.#step = step;
    const { start, rows, annotations } = own;
    const ids = namesIn(first, own);
    this.#names = ids;
    this.#bad = typedArray(Uint8Array, rows);
    this.chunk = {
      start,
      data,
      rows,
      cols,
      ids,
      ...(annotations ? { annotations: { ...annotations } } : {}),
    };
    this.#copy(first, own, 0, rows, 0);
    this.#at = own.cols;
  }

  /** Copy rows of another table to the rows from `to` on. */
  #copy(table: JoinTable, from: NamedChunk, begin: number, rows: number, to: number): void {
    const { cols } = this.chunk;
    for (let i = 0; i < rows; i++) {
      const row = from.data.subarray((begin + i) * from.cols, (begin + i + 1) * from.cols);
      this.#data.set(row, (to + i) * cols + this.#at);
      if (isBad(table, from, begin + i)) this.#bad[to + i] = 1;
    }
  }

  #annotate(table: JoinTable, name: string, texts: readonly string[], to: number): void {
    this.chunk.annotations ??= {};
    const all = this.chunk.annotations;
    const free = this.#own.annotations && name in this.#own.annotations ? `${name} (${table.name})` : name;
    all[free] ??= new Array<string>(this.chunk.rows).fill('');
    for (const [i, text] of texts.entries()) all[free][to + i] = text;
  }

  /** Add a table that has the same rows in the same order. @throws FormatError if they have changed */
  async addBeside(feed: Feed): Promise<void> {
    const { table } = feed;
    const { rows } = this.chunk;
    const taken = await feed.take(rows, (part, from, count, before) => {
      if (differAt([this.#first, this.#own, before], [table, part, from], count) < count) return false;
      this.#copy(table, part, from, count, before);
      for (const [name, texts] of Object.entries(part.annotations ?? {})) {
        this.#annotate(table, name, texts.slice(from, from + count), before);
      }
      return true;
    });
    if (taken < rows) {
      throw new FormatError(
        table.name,
        `its rows are not those of ${this.#first.name} any more, as they were in the pass before; the data have changed`,
      );
    }
    this.#at += table.source.cols;
  }

  /** Add rows of a table that is held. A row that it lacks is bad. */
  addByName({ table, data, rows, annotations }: HeldTable): void {
    const { cols } = table.source;
    const places = this.#names.map((name) => rows.get(name) ?? -1);
    for (const [i, row] of places.entries()) {
      if (row < 0) this.#bad[i] = 1;
      else this.#copy(table, { start: 0, data, rows: rows.size, cols }, row, 1, i);
    }
    for (const [name, texts] of Object.entries(annotations)) {
      this.#annotate(
        table,
        name,
        places.map((row) => texts[row] ?? ''),
        0,
      );
    }
    this.#at += cols;
  }

  /** Rows that are bad in one table are NaN. @throws BadRowError for NaN and infinity in others, if they count as errors */
  finish(strict: boolean): void {
    const { rows, cols, start } = this.chunk;
    for (let i = 0; i < rows; i++) {
      if (this.#bad[i]) this.#data.fill(Number.NaN, i * cols, (i + 1) * cols);
      else if (strict) {
        const row = this.#data.subarray(i * cols, (i + 1) * cols);
        const at = row.findIndex((value) => !Number.isFinite(value));
        if (at >= 0) throw new BadRowError(this.#first.name, start + i * this.#step, at, row[at]);
      }
    }
  }
}
