/** A table in memory whose rows are found by their names. */

import { rangeError } from '../../errors.ts';
import { allocate } from '../../support/allocate.ts';
import type { ChunkOptions, FloatArray } from '../../types.ts';
import type { NamedChunk } from '../chunks/rows.ts';
import { isNamed, type JoinTable, namesIn, repeated } from './table.ts';

/** Bytes of a text besides its letters, and of its entries in a map and a set. */
const TEXT_BYTES = 24;
const ENTRY_BYTES = 80;

/** The size of a table in memory. */
export interface TableSize {
  rows: number;
  bytes: number;
}

const bytesOf = (texts: readonly string[]) =>
  texts.reduce((sum, text) => sum + TEXT_BYTES + 2 * text.length, 0);

/** Read a table to learn what it takes in memory: its numbers, its names and the texts of its annotations. */
export async function sizeOf(table: JoinTable, request: ChunkOptions): Promise<TableSize> {
  const { source } = table;
  let rows = 0;
  let bytes = 0;
  for await (const chunk of source.chunks(request) as AsyncIterable<NamedChunk>) {
    rows += chunk.rows;
    bytes += bytesOf(namesIn(table, chunk)) + ENTRY_BYTES * chunk.rows;
    for (const texts of Object.values(chunk.annotations ?? {})) bytes += bytesOf(texts);
  }
  return { rows, bytes: bytes + rows * source.cols * (source.dtype === 'f4' ? 4 : 8) };
}

/** The rows of a table by name. */
export class HeldTable {
  readonly data: FloatArray;
  readonly rows = new Map<string, number>();
  readonly annotations: Record<string, string[]> = {};

  private constructor(
    readonly table: JoinTable,
    rows: number,
  ) {
    const { cols, dtype } = table.source;
    this.data = allocate<FloatArray>(dtype === 'f4' ? Float32Array : Float64Array, rows * cols, table.name);
  }

  /** @throws FormatError for two rows of the same name; errors of the source */
  static async read(table: JoinTable, { rows }: TableSize, request: ChunkOptions): Promise<HeldTable> {
    const { cols } = table.source;
    const held = new HeldTable(table, rows);
    for await (const chunk of table.source.chunks(request) as AsyncIterable<NamedChunk>) {
      if (chunk.start + chunk.rows > rows) {
        throw rangeError(
          `${table.name} has more than the ${rows} rows of the pass before; the data have changed`,
        );
      }
      held.data.set(chunk.data.subarray(0, chunk.rows * cols), chunk.start * cols);
      const names = namesIn(table, chunk);
      for (let i = 0; i < chunk.rows; i++) {
        if (!isNamed(table, chunk, names, i)) continue;
        const first = held.rows.get(names[i]);
        if (first !== undefined) throw repeated(table, names[i], first, chunk.start + i);
        held.rows.set(names[i], chunk.start + i);
      }
      for (const [name, texts] of Object.entries(chunk.annotations ?? {})) {
        held.annotations[name] ??= [];
        for (const text of texts) held.annotations[name].push(text);
      }
    }
    return held;
  }
}
