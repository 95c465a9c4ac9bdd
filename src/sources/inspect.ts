/** `inspect`: what an input is, and what its columns hold, before anything is clustered. */

import type { Chunk, CoppiceWarning } from '../types.ts';
import type { ColumnFacts } from './chunks/column-facts.ts';
import { SAMPLE_ROWS, type TypedColumn } from './chunks/columns.ts';
import { isSkipped, warnOf } from './chunks/rows.ts';
import type { OpenOptions } from './formats.ts';
import { type OpenInput, type OpenSource, open } from './open.ts';
import { type ExaminedColumn, shapeOf } from './text/examine.ts';

/** What is known of a column, from the first rows. */
export type InspectedColumn = ExaminedColumn & {
  /** Whether it is read as data. */
  read: boolean;
};

/** What `inspect` finds out. */
export interface Inspection {
  name: string;
  format: string;
  /** A description in one line. */
  summary: string;
  /** Undefined for text, whose rows are counted only by reading it. */
  rows: number | undefined;
  /** Number of columns that are read as data. */
  cols: number;
  dtype: 'f4' | 'f8';
  /** The column that names the rows. */
  idColumn: string | number | undefined;
  /** How a text table is written; undefined for other formats. */
  text?: {
    encoding: string;
    delimiter: string;
    decimal: string;
    thousands: string;
    comment: string;
    header: boolean;
  };
  /** The sheets, arrays or datasets of a file that has several: the option of `open` that chooses one, and its values. */
  choices?: { option: 'sheet' | 'array' | 'dataset'; values: readonly string[]; chosen: string | undefined };
  /** All columns of a table, also those that are left out; undefined for trajectories and tables of more than 10,000. */
  columns: InspectedColumn[] | undefined;
  warnings: CoppiceWarning[];
}

/** Options of `inspect`: those of `open`. Warnings are returned, and passed to `onWarning` if that is given. */
export type InspectOptions = OpenOptions;

/** Rows and numbers that are read. */
const MOST_ROWS = 4096;
const MOST_NUMBERS = 2 ** 20;
/** Columns that are described one by one. */
const MOST_COLUMNS = 10_000;

type Table = OpenSource & {
  columns?: readonly string[] | undefined;
  fileColumns?: readonly TypedColumn[];
  facts?: readonly ColumnFacts[];
  idColumn?: string | number | undefined;
  joined?: readonly OpenSource[];
};

/**
 * Find out what an input is: format, number of rows and columns, and for each column its type, its role (data, names of
 * rows, category, date, ...), the share of missing values and its range. Only the beginning is read (up to 10,000 rows of
 * a text, 4096 of other formats), so a table of any size takes about a second.
 *
 * @param input as for `open`; a stream is used up
 * @throws the errors of `open`
 *
 * @example
 * const { columns } = await inspect('patients.csv');
 * columns.filter(({ read }) => !read).map(({ name, reason }) => `${name}: ${reason}`);
 */
export async function inspect(input: OpenInput, options: InspectOptions = {}): Promise<Inspection> {
  const warnings: CoppiceWarning[] = [];
  const onWarning = (warning: CoppiceWarning): void => {
    warnings.push(warning);
    if (options.onWarning) warnOf(options, warning);
  };
  const source = await open(input, { ...options, onWarning });
  try {
    return { ...(await inspectSource(source, options)), warnings };
  } finally {
    await source.close?.();
  }
}

/** As `inspect`, for a source that is open; it stays open. */
export async function inspectSource(
  source: OpenSource,
  { signal }: { signal?: AbortSignal } = {},
): Promise<Omit<Inspection, 'warnings'>> {
  const { name, format, summary, rows, cols, dtype } = source as Table;
  const choices = await choicesOf(source);
  const { idColumn, joined } = source as Table;
  const facts = { name, format, summary, rows, cols, dtype, idColumn, ...(choices ? { choices } : {}) };
  // Prepared rows are described as they are clustered, not as they stand in the file.
  const { preparation, transposed } = source as { preparation?: unknown; transposed?: unknown };
  if (preparation || transposed) {
    const described = cols > MOST_COLUMNS ? undefined : await columnsOf(source, signal);
    return { ...facts, columns: described };
  }
  if (joined) return { ...facts, columns: await columnsOfAll(joined, source as Table, signal) };
  if (source.format === 'csv') {
    const { encoding, delimiter, decimal, thousands, comment, header } = source;
    const columns = (await source.examine({ signal })).map((column) => ({
      ...column,
      read: source.readColumns.includes(column.index),
    }));
    return { ...facts, text: { encoding, delimiter, decimal, thousands, comment, header }, columns };
  }
  if ('examine' in source) {
    const examined = await source.examine({ signal });
    return {
      ...facts,
      columns: examined.map((one) => ({ ...one, read: source.readColumns.includes(one.index) })),
    };
  }
  const isTrajectory = 'atoms' in source && source.atoms !== undefined;
  if (isTrajectory || cols > MOST_COLUMNS) return { ...facts, columns: undefined };
  return { ...facts, columns: await columnsOf(source, signal) };
}

/** Among what a file with several tables lets choose. */
async function choicesOf(source: OpenSource): Promise<Inspection['choices']> {
  let found: Inspection['choices'];
  if (source.format === 'xlsx') found = { option: 'sheet', values: source.sheets, chosen: source.sheet };
  if (source.format === 'npz') found = { option: 'array', values: source.arrays, chosen: source.array };
  if (source.format === 'h5ad' || source.format === 'hdf5') {
    found = { option: 'dataset', values: await source.datasets(), chosen: source.dataset };
  }
  return found && found.values.length > 1 ? found : undefined;
}

/** The columns of joined tables, one table after the other. Those that are read have the names that they have in all. */
async function columnsOfAll(
  tables: readonly OpenSource[],
  { columns: names }: Table,
  signal: AbortSignal | undefined,
): Promise<InspectedColumn[] | undefined> {
  const all: InspectedColumn[] = [];
  let read = 0;
  for (const table of tables) {
    const { columns } = await inspectSource(table, signal ? { signal } : {});
    if (columns === undefined) return undefined;
    const first = all.length;
    // Columns are listed as they are in the file, and read in the order that was asked for.
    const order = (table as Table).columns;
    for (const column of columns) {
      const at = column.read && column.name !== undefined ? (order?.indexOf(column.name) ?? -1) : -1;
      const name = at < 0 ? column.name : names?.[read + at];
      all.push({ ...column, name, index: first + column.index });
    }
    read += table.cols;
  }
  return all;
}

function fileColumnOf({ name, index }: ColumnFacts): TypedColumn {
  return { name: name ?? String(index), problem: undefined };
}

/** The columns of a table of numbers, from its first rows, and those of the file that are not read. */
async function columnsOf(source: Table, signal: AbortSignal | undefined): Promise<InspectedColumn[]> {
  const { cols, columns: names } = source;
  const { facts = [], fileColumns = facts.map(fileColumnOf) } = source;
  const most = Math.max(1, Math.min(MOST_ROWS, Math.floor(MOST_NUMBERS / cols)));
  const tallies = Array.from({ length: cols }, () => ({
    missing: 0,
    range: [Infinity, -Infinity] as [number, number],
    values: new Set<number>(),
    whole: true,
  }));
  let rows = 0;
  const parts: Chunk[] = [];
  function* valuesOf(column: number): Generator<number> {
    for (const { data, rows } of parts) for (let i = 0; i < rows; i++) yield data[i * cols + column];
  }
  for await (const chunk of source.chunks({ chunkRows: most, end: most, signal })) {
    parts.push(chunk);
    rows += chunk.rows;
    for (let i = 0; i < chunk.rows; i++) {
      if (source.onBadRow === 'skip' && isSkipped(chunk.data, i * cols, cols)) {
        rows--;
        continue;
      }
      for (let j = 0; j < cols; j++) {
        const value = chunk.data[i * cols + j];
        const tally = tallies[j];
        if (Number.isNaN(value)) {
          tally.missing++;
          continue;
        }
        tally.range[0] = Math.min(tally.range[0], value);
        tally.range[1] = Math.max(tally.range[1], value);
        if (tally.values.size < 1000) tally.values.add(value);
        tally.whole &&= Number.isSafeInteger(value) && value >= 0;
      }
    }
  }
  const list =
    names?.length === 1 && cols > 1 ? Array.from({ length: cols }, (_, j) => `${names[0]}[${j}]`) : undefined;
  const named = names?.length === cols ? names : list;
  // A column of lists has a column for each element, which is named after it.
  const nameOf = (column: string) => column.replace(/\[\d+\]$/, '');
  const places = new Map(fileColumns.map(({ name }, i) => [name, i]));
  const placeOf = (name = '') => places.get(name) ?? places.get(nameOf(name));
  const read = tallies.map(({ missing, range, values, whole }, index): InspectedColumn => {
    const empty = range[0] > range[1];
    const constant = range[0] === range[1] && rows - missing > 2;
    const role = empty ? 'empty' : constant ? 'constant' : whole ? 'count' : 'number';
    const reason = {
      empty: 'no row has a value',
      constant: 'one value in all rows',
      count: 'whole numbers',
      number: 'numbers',
    }[role];
    return {
      index: placeOf(named?.[index]) ?? index,
      name: named?.[index],
      type: empty ? 'empty' : 'number',
      role,
      reason,
      rows,
      missing: rows === 0 ? 0 : missing / rows,
      ...(empty ? {} : { range, ...shapeOf(valuesOf(index), range) }),
      distinct: values.size,
      read: true,
    };
  });
  const isRead = new Set(names?.flatMap((name) => [name, nameOf(name)]));
  const others = fileColumns.flatMap(({ name, problem = 'numbers' }, index): InspectedColumn[] => {
    if (isRead.has(name)) return [];
    const known = facts.find((fact) => fact.index === index);
    const type = /date|time/.test(problem) ? 'date' : 'text';
    const role = name === source.idColumn ? 'name' : type;
    const reason = problem === 'numbers' ? 'left out' : `holds ${problem}`;
    const byType = { index, name, type, role, reason, missing: 0, distinct: 0 } as const;
    return [{ ...(known ?? byType), rows: known ? Math.min(SAMPLE_ROWS, rows) : 0, read: false }];
  });
  return [...read, ...others].sort((a, b) => a.index - b.index);
}
