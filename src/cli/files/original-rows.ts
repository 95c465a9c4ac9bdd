/** The rows of an input as they are in its file, with all columns, for `--table`. */

import { rangeError } from '../../errors.ts';
import { shortFloat32 } from '../../sinks/csv.ts';
import type { NamedChunk } from '../../sources/chunks/rows.ts';
import type { JoinedSource } from '../../sources/join/join.ts';
import type { OpenSource } from '../../sources/open.ts';
import type { CsvSource } from '../../sources/text/csv.ts';
import { needsGuard, written } from '../../support/cells.ts';
import type { Source } from '../../types.ts';
import type { ReaderFlags } from '../flags/options.ts';
import type { Session } from '../terminal/session.ts';
import { openInput, rowNameOf } from './input.ts';

/** Consecutive rows as columns of text. */
interface FieldRows {
  columns: string[][];
  rows: number;
}

/** Rows that are read at a time, by the number of their columns. */
export function rowsAtOnce(columns: number): number {
  return Math.max(1, Math.min(4096, Math.floor(2 ** 16 / columns)));
}

/** The text tables that an input consists of; undefined if it is something else. */
export function textTables(source: OpenSource): CsvSource[] | undefined {
  const files = (source.format === 'many' ? source.sources : [source]) as readonly { format?: string }[];
  return files.every(({ format }) => format === 'csv') ? (files as CsvSource[]) : undefined;
}

/** The delimiter for a file of this ending: that of the table, unless the ending says something else. */
export function delimiterFor(file: string, own?: string): string {
  if (/\.(tsv|tab)$/i.test(file)) return '\t';
  return own === ';' || own === '|' ? own : ',';
}

/** A reader of the rows of an input as columns of text. */
export async function fieldRows(
  session: Session,
  inputs: readonly string[],
  flags: ReaderFlags & { memory?: number },
  source: OpenSource,
): Promise<{ headings: string[]; read(): AsyncIterable<FieldRows> }> {
  const [own] = (source as Partial<JoinedSource<OpenSource>>).joined ?? [source];
  const table = own as OpenSource;
  const first = (table.format === 'many' ? table.sources[0] : table) as Source & {
    fileNames?: readonly string[];
    fileColumns?: readonly { name: string; problem: string | undefined }[];
    readColumns?: readonly number[];
    columns?: readonly string[];
    atoms?: unknown;
    format?: string;
  };
  const lists = 'columns that hold lists';
  // Of JSON lines only the fields that are read are known; without a choice of fields, all.
  const bare = {
    ...flags,
    columns: undefined,
    idColumn: undefined,
    missing: undefined,
    join: undefined,
  } as unknown as ReaderFlags;
  const known =
    first.format === 'jsonl'
      ? ((await openInput(session, inputs, { ...bare, onBadRow: 'skip' }, { quiet: true })) as typeof first)
      : first;
  const all = known.fileNames ?? known.fileColumns?.map(({ name }) => name);
  const { signal } = session;
  if (all !== undefined && all.length > 0) {
    const twice = all.find((name, i) => all.indexOf(name) !== i);
    if (twice !== undefined) {
      throw rangeError(
        `${source.name} has two columns ${JSON.stringify(twice)}; a .parquet table needs distinct names`,
      );
    }
    const named = first.fileNames === undefined || (first as { header?: boolean }).header !== false;
    const key = (i: number) => (named ? all[i] : i);
    const one = first.readColumns?.[0] ?? all.indexOf(first.columns?.[0] ?? '');
    const asText = known.fileColumns?.map(({ problem }) => problem !== lists) ?? all.map(() => true);
    const kept = all.map((_, i) => i).filter((i) => asText[i]);
    const wanted = {
      columns: [key(Math.max(0, one))],
      annotations: kept.map(key),
      onBadRow: 'skip' as const,
    };
    const again = await openInput(session, inputs, { ...bare, ...wanted }, { quiet: true });
    return {
      headings: kept.map((i) => all[i]),
      async *read() {
        const chunks = again.chunks({ chunkRows: rowsAtOnce(all.length), reuse: true, signal });
        for await (const { rows, annotations = {} } of chunks as AsyncIterable<NamedChunk>) {
          yield { rows, columns: kept.map((i) => annotations[named ? all[i] : String(i)]) };
        }
      },
    };
  }
  return numberRows(session, table, first.columns);
}

/** Rows of numbers: with their names if they have any, and for frames with their number instead of all positions. */
function numberRows(session: Session, source: OpenSource, names: readonly string[] | undefined) {
  const frames = rowNameOf(source) === 'frame';
  const { cols, dtype } = source;
  const { signal } = session;
  const idColumn = (source as { idColumn?: string | number }).idColumn;
  const shown = dtype === 'f4' ? shortFloat32 : String;
  const numbers = frames ? 0 : cols;
  const id = idColumn === undefined ? [] : [String(idColumn)];
  const head = Array.from({ length: numbers }, (_, j) => names?.[j] ?? String(j));
  return {
    headings: frames ? ['frame'] : [...id, ...head],
    async *read(): AsyncGenerator<FieldRows, void, undefined> {
      const chunks = source.chunks({ chunkRows: rowsAtOnce(cols), reuse: true, signal });
      for await (const { start, rows, data, ids } of chunks as AsyncIterable<NamedChunk>) {
        const column = (j: number) => Array.from({ length: rows }, (_, i) => shown(data[i * cols + j]));
        const first = frames
          ? [Array.from({ length: rows }, (_, i) => String(start + i))]
          : id.map(() => ids ?? new Array<string>(rows).fill(''));
        yield { rows, columns: [...first, ...Array.from({ length: numbers }, (_, j) => column(j))] };
      }
    },
  };
}

/** Cells as a line of text. */
export function lineOf(cells: readonly string[], delimiter: string, guard: boolean): string {
  const number = (text: string) => (text.trim() === '' ? Number.NaN : Number(text));
  return cells
    .map((cell) => written(guard && needsGuard(cell, number) ? `'${cell}` : cell, delimiter))
    .join(delimiter);
}
