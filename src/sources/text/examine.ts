/** Describes the columns of a text table from many rows, without reading the table as a whole. */

import { type ColumnFacts, type FieldRules, isData, textsThatRepeat } from '../chunks/column-facts.ts';
import { type Histogram, histogramOf } from '../chunks/histogram.ts';
import type { Layout } from './csv-layout.ts';
import type { Records } from './csv-records.ts';

/** How much of a text table is examined. */
export interface ExamineOptions {
  /** Largest number of rows. Default 10,000. */
  rows?: number;
  signal?: AbortSignal;
}

/** What many rows say about a column. */
export interface ExaminedColumn extends ColumnFacts {
  /** Number of rows that were examined. */
  rows: number;
  /** The first value that does not fit the type of the column, and its line in the file. */
  contradiction?: { line: number; text: string };
  /** How its numbers are distributed between the least and the largest. */
  histogram?: Histogram;
}

/** Different values of a column that are remembered. */
const MOST_DISTINCT = 1000;
/** Most fields that are examined, over all columns together: about a second's work. */
const MOST_FIELDS = 1e6;
const SHOWN_LETTERS = 40;

const differentTexts = (count: number) =>
  count >= MOST_DISTINCT ? `${MOST_DISTINCT} or more different texts` : textsThatRepeat(count);

/** The histogram as a property, if there is one. */
export function shapeOf(values: Iterable<number>, range: [number, number]): { histogram?: Histogram } {
  const histogram = histogramOf(values, range);
  return histogram ? { histogram } : {};
}

function kindOfNumbers(numbers: readonly number[], [least, most]: [number, number]) {
  if (least === most && numbers.length > 2) {
    return { role: 'constant', reason: 'one value in all rows' } as const;
  }
  return least >= 0 && numbers.every(Number.isSafeInteger)
    ? ({ role: 'count', reason: 'whole numbers' } as const)
    : ({ role: 'number', reason: 'numbers' } as const);
}

/**
 * Examine the first rows. The type and role of a column stay what the very first rows said, since they decided what is
 * read; what contradicts them is told.
 */
export async function examine(
  batches: AsyncIterable<Records>,
  { facts, header, fields }: Layout,
  { parse, isMissing }: FieldRules,
  { rows: most = 10_000, signal }: ExamineOptions,
): Promise<ExaminedColumn[]> {
  const limit = Math.max(64, Math.min(most, Math.floor(MOST_FIELDS / fields)));
  const columns = facts.map((column) => ({
    column,
    missing: 0,
    range: [Infinity, -Infinity] as [number, number],
    values: new Set<string>(),
    numbers: [] as number[],
    contradiction: undefined as ExaminedColumn['contradiction'],
  }));
  let rows = 0;
  let awaitingHeader = header;
  const enough = () => rows >= Math.min(most, limit);
  try {
    for await (const batch of batches) {
      for (let index = 0; index < batch.length && !enough(); index++) {
        if (batch.isBlank(index)) continue;
        if (awaitingHeader) {
          awaitingHeader = false;
          continue;
        }
        rows++;
        const count = batch.fields(index);
        for (const tally of columns) {
          const { column, range, values } = tally;
          const text = column.index < count ? batch.text(index, column.index) : '';
          if (isMissing(text)) {
            tally.missing++;
            continue;
          }
          if (values.size < MOST_DISTINCT) values.add(text);
          if (column.type !== 'number') continue;
          const number = parse(text);
          if (Number.isNaN(number)) {
            const shown = text.length > SHOWN_LETTERS ? `${text.slice(0, SHOWN_LETTERS)}...` : text;
            tally.contradiction ??= { line: batch.lineOf(index), text: shown };
          } else {
            if (number < range[0]) range[0] = number;
            if (number > range[1]) range[1] = number;
            tally.numbers.push(number);
          }
        }
      }
      if (enough()) break;
    }
  } catch {
    signal?.throwIfAborted();
    // What is wrong with the text further down is reported when its rows are read.
  }
  return columns.map(({ column, missing, range, values, numbers, contradiction }) => ({
    ...column,
    rows,
    missing: rows === 0 ? 0 : missing / rows,
    distinct: values.size,
    ...(column.role === 'category' && column.type === 'text' && rows > 0
      ? { reason: differentTexts(values.size) }
      : {}),
    // What the very first rows said of the numbers may not be true of those below.
    ...(isData(column) && numbers.length > 0 ? kindOfNumbers(numbers, range) : {}),
    ...(column.type === 'number' && range[0] <= range[1] ? { range, ...shapeOf(numbers, range) } : {}),
    ...(contradiction ? { contradiction } : {}),
  }));
}
