/** What is shown beside the rows and above the columns of a heat map: columns of the table, or a table of its own. */

import { FormatError } from '../../errors.ts';
import type { HeatmapStrip } from '../../plot/heatmap/strips.ts';
import { openBytes } from '../../sources/bytes/open.ts';
import type { OpenSource } from '../../sources/open.ts';
import type { CsvSource } from '../../sources/text/csv.ts';
import { readRecords } from '../../sources/text/csv-records.ts';
import { readDialect } from '../../sources/text/csv-rules.ts';
import { missingTest, type NumberRules, parseBy, parseNumber } from '../../sources/text/numbers.ts';
import type { ReaderFlags } from '../flags/options.ts';
import type { Session } from '../terminal/session.ts';
import { annotationTexts } from './categories.ts';
import { openInput, ownFiles } from './input.ts';

/** A column of at most so many different whole numbers holds categories, for example numbers of clusters. */
const FEW = 9;
/** Most bytes of a line. */
const MAX_LINE = 2 ** 26;

/** The reader's options without the columns that become strips, so that these are not clustered. */
export async function withoutColumns(
  session: Session,
  input: string,
  reader: ReaderFlags,
): Promise<ReaderFlags> {
  // The columns of the file, whatever their values. What there is to say, the second opening says.
  const plain = { ...reader, join: undefined, missing: undefined };
  const source = await openInput(session, [input], plain, { quiet: true });
  const { columns: names, readColumns } = source as {
    columns?: readonly string[];
    readColumns?: readonly number[];
  };
  if (reader.columns !== undefined || !names || !readColumns) return reader;
  const shown = new Set(reader.annotations);
  const kept = readColumns.filter((index, i) => !shown.has(names[i]) && !shown.has(String(index)));
  return kept.length === readColumns.length ? reader : { ...reader, columns: kept };
}

/**
 * The strips of the columns that were opened as annotations.
 * @param rows the numbers of the rows that are drawn; all if it is undefined
 */
export async function annotationsOf(
  session: Session,
  source: OpenSource,
  wanted: readonly (string | number)[],
  { missingValues }: ReaderFlags,
  rows: Float64Array | undefined,
): Promise<HeatmapStrip[]> {
  const names = wanted.map(String);
  const texts: string[][] = names.map(() => []);
  for await (const columns of annotationTexts(session, source, names)) {
    for (const [k, list] of columns.entries()) for (const text of list) texts[k].push(text);
  }
  const rules = { numbers: numberRules(source), missingValues };
  return names.map((name, k) => {
    const drawn = rows ? Array.from(rows, (row) => texts[k][row]) : texts[k];
    return stripOf(name, drawn, rules);
  });
}

/** How numbers are written in a text table; undefined for other files. */
function numberRules(source: OpenSource): NumberRules | undefined {
  const [first] = ownFiles(source);
  return first.format === 'csv' ? (first as unknown as CsvSource) : undefined;
}

/** A strip of numbers if all texts are numbers, unless they are a few whole ones. */
function stripOf(
  name: string,
  texts: readonly string[],
  {
    numbers: rules,
    missingValues,
  }: { numbers: NumberRules | undefined; missingValues?: string[] | undefined },
): HeatmapStrip {
  const isMissing = missingTest(missingValues);
  const values = texts.map((text) => (isMissing(text) ? null : text.trim()));
  const parse = (text: string) => (rules ? parseBy(text, rules) : parseNumber(text));
  const numbers = values.map((text) => (text === null ? null : parse(text)));
  const all = numbers.every((value) => value === null || Number.isFinite(value));
  const different = new Set(numbers);
  different.delete(null);
  const few = different.size <= FEW && numbers.every((value) => value === null || Number.isInteger(value));
  return all && !few && different.size > 0
    ? { name, values: numbers, kind: 'numbers' }
    : { name, values, kind: 'categories' };
}

/**
 * Read a table with a line for each column of the data: its name, then the values of the strips.
 * @throws FormatError unless each column has one line
 */
export async function stripsFromFile(
  session: Session,
  path: string,
  names: readonly string[] | undefined,
  count: number,
): Promise<HeatmapStrip[]> {
  const bytes = await openBytes(path, undefined, { onWarning: (warning) => session.warn(warning) });
  const release = bytes.hold();
  const lines: string[][] = [];
  let numbers: NumberRules | undefined;
  try {
    const dialect = await readDialect(bytes, {}, MAX_LINE);
    numbers = dialect.numbers;
    for await (const batch of readRecords(bytes, dialect, session.signal, { maxLineBytes: MAX_LINE })) {
      for (let i = 0; i < batch.length; i++) if (!batch.isBlank(i)) lines.push(batch.record(i));
    }
  } finally {
    await release();
    await bytes.close();
  }
  const [head, ...rows] = lines;
  if (!head || head.length < 2) {
    throw new FormatError(
      path,
      'has no columns for strips; its lines begin with a header: name, and the names of the strips',
    );
  }
  const known = names ?? Array.from({ length: count }, (_, i) => String(i));
  const found = new Map<string, string[]>();
  for (const row of rows) {
    const [name] = row;
    if (found.has(name)) throw new FormatError(path, `has two lines for the column ${JSON.stringify(name)}`);
    found.set(name, row);
  }
  const without = known.find((name) => !found.has(name));
  if (without !== undefined) {
    throw new FormatError(
      path,
      `has no line for the column ${JSON.stringify(without)}; the first field of each line must be the name of a column of the data`,
    );
  }
  return head.slice(1).map((name, i) =>
    stripOf(
      name,
      known.map((column) => found.get(column)?.[i + 1] ?? ''),
      { numbers },
    ),
  );
}
