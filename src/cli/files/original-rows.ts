/** The rows of an input as they are in its file, with all columns, for `--table`. */

import { FormatError } from '../../errors.ts';
import { shortFloat32 } from '../../sinks/csv.ts';
import type { NamedChunk } from '../../sources/chunks/rows.ts';
import type { OpenSource } from '../../sources/open.ts';
import type { CsvSource } from '../../sources/text/csv.ts';
import { needsGuard, written } from '../../support/text/cells.ts';
import type { ReaderFlags } from '../flags/options.ts';
import { isCalled } from '../flags/values.ts';
import type { Session } from '../terminal/session.ts';
import { headingsOf, openInput, ownFiles, rowNameOf } from './input.ts';

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
  const files = ownFiles(source);
  return files.every(({ format }) => format === 'csv') ? (files as unknown as CsvSource[]) : undefined;
}

/** The delimiter for a file of this ending: that of the table, unless the ending says something else. */
export function delimiterFor(file: string, own?: string): string {
  if (/\.(tsv|tab)$/i.test(file)) return '\t';
  return own === ';' || own === '|' ? own : ',';
}

/**
 * Refuse an input whose rows cannot stand under one header. It costs nothing, so that it is known before the work.
 * @throws FormatError
 */
export function checkHeadings(source: OpenSource, table: string): void {
  const [first, ...others] = ownFiles(source);
  const headings = headingsOf(first);
  // Of JSON lines only the fields that are read are known.
  if (headings === undefined || first.format === 'jsonl') return;
  for (const file of others) {
    const own = headingsOf(file) ?? [];
    const at = headings.findIndex((name, i) => name !== own[i]);
    if (at < 0 && own.length === headings.length) continue;
    const place = at < 0 ? headings.length : at;
    const shown = (name: string | undefined) => (name === undefined ? 'missing' : JSON.stringify(name));
    throw new FormatError(
      file.name,
      `has other columns than ${first.name}, or in another order: column ${place + 1} is ${shown(own[place])} here and ` +
        `${shown(headings[place])} there; --table writes all rows under one header, so give it files with the same columns, ` +
        'or one file at a time',
    );
  }
  if (!isCalled(table, 'parquet') && first.fileNames !== undefined) return;
  const seen = new Set<string>();
  for (const name of headings) {
    if (seen.has(name)) {
      throw new FormatError(
        first.name,
        `has two columns ${JSON.stringify(name)}, and ${table} needs distinct names; rename one of them` +
          (first.fileNames === undefined ? '' : ', or write a .csv table'),
      );
    }
    seen.add(name);
  }
}

/** A reader of the rows of an input as columns of text. The input is opened anew, as it is: whole, and not prepared. */
export async function fieldRows(
  session: Session,
  inputs: readonly string[],
  flags: ReaderFlags & { memory?: number },
  source: OpenSource,
): Promise<{ headings: string[]; read(): AsyncIterable<FieldRows> }> {
  const [first] = ownFiles(source);
  const whole = { ...flags, columns: undefined, annotations: undefined, join: undefined };
  const open = async (wanted: Partial<Record<keyof ReaderFlags, unknown>>) => {
    const all = { ...whole, joinHow: undefined, joinId: undefined, ...wanted };
    const again = await openInput(session, inputs, all as ReaderFlags, { quiet: true });
    // Another file may have been put in the place of the one that was clustered.
    await source.unchanged?.();
    return again;
  };
  const bare = { idColumn: undefined, missing: undefined, onBadRow: 'skip' as const };
  // Of JSON lines only the fields that are read are known; without a choice of fields, all.
  const known = first.format === 'jsonl' ? ownFiles(await open(bare))[0] : first;
  const all = headingsOf(known);
  if (all === undefined || all.length === 0) {
    // A missing value is kept, whatever was done about it.
    const missing = flags.missing === undefined || flags.missing === 'refuse' ? undefined : 'keep';
    return numberRows(session, await open({ missing }));
  }
  const counts = new Map<string, number>();
  for (const name of all) counts.set(name, (counts.get(name) ?? 0) + 1);
  const named = first.fileNames === undefined || first.header !== false;
  const key = (i: number) => (named && counts.get(all[i]) === 1 ? all[i] : i);
  const one = first.readColumns?.[0] ?? all.indexOf(first.columns?.[0] ?? '');
  const kept = all.map((_, i) => i).filter((i) => known.fileColumns?.[i].problem !== LISTS);
  const again = await open({
    ...bare,
    columns: [key(Math.max(0, one))],
    annotations: kept.map(key),
    header: flags.header ?? first.header,
  });
  const { signal } = session;
  return {
    headings: kept.map((i) => all[i]),
    async *read() {
      const chunks = again.chunks({ chunkRows: rowsAtOnce(all.length), reuse: true, signal });
      for await (const { rows, annotations = {} } of chunks as AsyncIterable<NamedChunk>) {
        yield { rows, columns: kept.map((i) => annotations[String(key(i))]) };
      }
    },
  };
}

/** What Parquet and Arrow say of columns that hold lists. */
const LISTS = 'columns that hold lists';

/** Rows of numbers: with their names if they have any, and for frames with their number instead of all positions. */
function numberRows(session: Session, source: OpenSource) {
  const frames = rowNameOf(source) === 'frame';
  const { cols, dtype } = source;
  const { signal } = session;
  const { idColumn, columns: names } = source as { idColumn?: string | number; columns?: readonly string[] };
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
