/** What `join` reads of a table: names of rows beside their numbers. */

import { FormatError, rangeError } from '../../errors.ts';
import { option, say } from '../../messages.ts';
import { quoted } from '../../support/text/quoted.ts';
import type { ChunkOptions, Source } from '../../types.ts';
import { isSkipped, type NamedChunk } from '../chunks/rows.ts';

/** A source that is joined. */
export interface JoinTable {
  readonly source: Source & {
    readonly columns?: readonly string[] | undefined;
    readonly skippedRows?: number;
  };
  /** For messages. */
  readonly name: string;
}

/** Names for a message: the first three of them. */
export function firstOf(names: readonly string[], count: number): string {
  const list = names.slice(0, 3).map(quoted);
  return list.join(', ') + (count > list.length ? ', ...' : '');
}

/** The names of the rows of a chunk. @throws RangeError if the table has none */
export function namesIn({ name }: JoinTable, chunk: NamedChunk): string[] {
  const { ids } = chunk;
  if (ids) return ids;
  throw rangeError(
    say`${name} has no names of rows, by which tables are joined; choose the column with the names by ${option('idColumn')}`,
  );
}

/** Whether a row is one that the reader could not read and skipped. */
export function isBad({ source }: JoinTable, { data, cols }: NamedChunk, row: number): boolean {
  return source.onBadRow === 'skip' && isSkipped(data, row * cols, cols);
}

/** Whether a row has a name; one that was skipped may have none. @throws FormatError for another one without a name */
export function isNamed(table: JoinTable, chunk: NamedChunk, names: readonly string[], row: number): boolean {
  if (names[row] !== '') return true;
  if (isBad(table, chunk, row)) return false;
  const place = `row ${chunk.start + row}`;
  throw new FormatError(table.name, `${place} has no name; tables are joined by the names of their rows`);
}

/** The error for two rows of the same name. */
export function repeated({ name }: JoinTable, id: string, first: number, second: number): FormatError {
  return new FormatError(
    name,
    `rows ${first} and ${second} have the same name ${quoted(id)}; tables are joined by the names of their rows, which must differ`,
  );
}

/**
 * Call `each` with the name and the number of each row. A row that the reader skipped may have no name; it is left out then.
 * @throws FormatError for another row without a name
 */
export async function eachName(
  table: JoinTable,
  request: ChunkOptions,
  each: (name: string, row: number) => void,
): Promise<void> {
  for await (const chunk of table.source.chunks(request) as AsyncIterable<NamedChunk>) {
    const names = namesIn(table, chunk);
    for (let i = 0; i < chunk.rows; i++) {
      if (isNamed(table, chunk, names, i)) each(names[i], chunk.start + i);
    }
  }
}

/** The rows of a table, taken by numbers that do not depend on its chunks. */
export class Feed {
  readonly #chunks: AsyncIterator<NamedChunk>;
  #chunk: NamedChunk | undefined;
  #at = 0;

  constructor(
    readonly table: JoinTable,
    request: ChunkOptions,
  ) {
    this.#chunks = (table.source.chunks(request) as AsyncIterable<NamedChunk>)[Symbol.asyncIterator]();
  }

  /** Whether there is a further row. */
  async ready(): Promise<boolean> {
    while (this.#chunk === undefined || this.#at >= this.#chunk.rows) {
      const { done, value } = await this.#chunks.next();
      if (done) return false;
      this.#chunk = value;
      this.#at = 0;
    }
    return true;
  }

  /**
   * Take up to `count` rows: `each` is called for those of one chunk, with the first of them and the number of rows taken
   * before. It stops if `each` returns false.
   * @returns the number of rows taken
   */
  async take(
    count: number,
    each: (chunk: NamedChunk, from: number, rows: number, before: number) => boolean,
  ): Promise<number> {
    let taken = 0;
    while (taken < count && (await this.ready())) {
      const chunk = this.#chunk as NamedChunk;
      const rows = Math.min(count - taken, chunk.rows - this.#at);
      if (!each(chunk, this.#at, rows, taken)) break;
      this.#at += rows;
      taken += rows;
    }
    return taken;
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}
