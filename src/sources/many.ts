/** Several sources read as one: the rows of each source follow those of the source before it. */

import { rangeError } from '../errors.ts';
import { INPUT, say } from '../messages.ts';
import type { ChunkOptions, Source } from '../types.ts';
import { altered } from './chunks/facade.ts';
import { Collector, countRows, type NamedChunk, type RowRange, rowRange } from './chunks/rows.ts';

/** Several files read as one. */
export interface ManySource extends Source {
  readonly name: string;
  readonly format: 'many';
  /** A description in one line. */
  readonly summary: string;
  /** The sources in their order. */
  readonly sources: readonly Source[];
  /** Names of the columns, if the files have them. */
  readonly columns: readonly string[] | undefined;
  /** The column that names the rows, if it is the same in all files. */
  readonly idColumn: string | number | undefined;
  /** Bad rows found so far in all files, with `onBadRow: 'skip'`. */
  readonly skippedRows: number;
  chunks(options: ChunkOptions): AsyncIterable<NamedChunk>;
  /** The file that a row comes from, and its row number there; `undefined` if that is not known (yet). */
  locate(row: number): { name: string; row: number } | undefined;
}

type Named = Source & { columns?: readonly string[]; idColumn?: string | number; skippedRows?: number };

function nameOf(source: Source, index: number): string {
  return source.name ?? `source ${index}`;
}

/** All sources must have the columns and element type of the first. The message names the two files that differ. */
function checkAlike(sources: readonly Named[]): void {
  const first = sources[0];
  for (const [i, source] of sources.entries()) {
    const names = [nameOf(first, 0), nameOf(source, i)];
    const differ = (what: string, a: unknown, b: unknown): never => {
      throw rangeError(
        say`${INPUT}the files do not fit together: ${names[0]} has ${what} ${a}, ${names[1]} has ${b}`,
      );
    };
    if (source.preparation) {
      throw rangeError(
        say`${INPUT}${names[1]} is prepared already; join the sources as they were opened, then prepare them together`,
      );
    }
    if (source.cols !== first.cols) differ('columns:', first.cols, source.cols);
    if (source.dtype !== first.dtype) differ('element type', first.dtype, source.dtype);
    const [a, b] = [first.columns, source.columns];
    const at = a && b ? a.findIndex((column, j) => column !== b[j]) : -1;
    if (at >= 0) differ(`in column ${at}`, JSON.stringify(a![at]), JSON.stringify(b![at]));
  }
}

/**
 * Read sources one after another. Row numbers and a stride continue from one source to the next, exactly as in one file with all rows.
 *
 * `rows` is known if it is known for each source; for text, after the first whole pass.
 * Memory: two chunks.
 * Errors: `RangeError` that names two sources, when they differ in columns, column names or element type.
 */
export function concatSources(sources: readonly Source[], name: string): ManySource {
  checkAlike(sources);
  const first: Named = sources[0];
  const { cols, dtype } = first;
  const totalRows = (): number | undefined => {
    let total = 0;
    for (const { rows } of sources) {
      if (rows === undefined) return undefined;
      total += rows;
    }
    return total;
  };

  async function* pass(range: RowRange): AsyncGenerator<NamedChunk, void, undefined> {
    range.signal?.throwIfAborted();
    const total = Number.isFinite(range.end) ? countRows(range) : Infinity;
    const collector = new Collector(range, first, total);
    let offset = 0; // rows in the files before this one
    let wanted = range.first;
    for (const [i, source] of sources.entries()) {
      if (wanted >= range.end) break;
      if (source.rows === undefined || wanted < offset + source.rows) {
        const part = source.chunks({
          chunkRows: range.chunkRows,
          stride: range.step,
          start: wanted - offset,
          end: range.end - offset,
          signal: range.signal,
          reuse: range.reuse,
        });
        for await (const chunk of part as AsyncIterable<NamedChunk>) {
          const start = wanted;
          wanted += chunk.rows * range.step;
          if (collector.empty && chunk.rows === range.chunkRows) {
            yield altered(chunk, { start });
            continue;
          }
          for (let done = 0; done < chunk.rows; ) {
            done += collector.take(chunk, done, start + done * range.step);
            if (!collector.full) continue;
            yield collector.rest()!;
            range.signal?.throwIfAborted();
          }
        }
      }
      if (wanted >= range.end) break;
      if (source.rows === undefined) {
        throw rangeError(
          say`${INPUT}${nameOf(source, i)} does not tell its number of rows, so nothing can follow it`,
        );
      }
      offset += source.rows;
    }
    const last = collector.rest();
    if (last) yield last;
  }

  return {
    format: 'many',
    name,
    summary: `${sources.length} files, from ${nameOf(first, 0)} to ${nameOf(sources[sources.length - 1], sources.length - 1)}`,
    sources,
    cols,
    dtype,
    // Files are read one after another.
    overheadBytes: Math.max(...sources.map(({ overheadBytes = 0 }) => overheadBytes)),
    sequential: sources.some(({ sequential }) => sequential),
    scaled: sources.every(({ scaled }) => scaled) || undefined,
    columns: (sources as readonly Named[]).find(({ columns }) => columns)?.columns,
    idColumn: (sources as readonly Named[]).every(({ idColumn }) => idColumn === first.idColumn)
      ? first.idColumn
      : undefined,
    get rows() {
      return totalRows();
    },
    get skippedRows() {
      return (sources as readonly Named[]).reduce((sum, { skippedRows = 0 }) => sum + skippedRows, 0);
    },
    onBadRow: sources.some(({ onBadRow }) => onBadRow === 'skip') ? 'skip' : 'error',
    get firstSkipped() {
      return sources.find(({ firstSkipped }) => firstSkipped !== undefined)?.firstSkipped;
    },
    locate(row) {
      let offset = 0;
      for (const [i, source] of sources.entries()) {
        const { rows } = source;
        if (rows === undefined) return undefined;
        if (row < offset + rows) return { name: nameOf(source, i), row: row - offset };
        offset += rows;
      }
      return undefined;
    },
    chunks: (request: ChunkOptions) => pass(rowRange(request, totalRows())),
    async unchanged() {
      for (const source of sources) await source.unchanged?.();
    },
    async close() {
      for (const source of sources) await source.close?.();
    },
  };
}
