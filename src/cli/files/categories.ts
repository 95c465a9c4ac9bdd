/** Labels and categories of the rows of an input: from a file of labels, or from columns of text. */

import { FormatError } from '../../errors.ts';
import { type OpenSource, open } from '../../sources/open.ts';
import { UsageError } from '../terminal/errors.ts';
import type { Session } from '../terminal/session.ts';
import { headingsOf, type OpenFile } from './input.ts';
import { readTable } from './tables.ts';

/** Where clusters are not in a column. */
const LABELS_ADVICE = '; give the labels as a file with --labels';

/** More categories than this are no categories. */
const MOST = 10_000;

/** The category of each row, by number. */
export interface Categories {
  /** The column. */
  name: string;
  /** The categories, sorted: numbers by size, then texts. */
  values: string[];
  /** For each row the position of its category in `values`, or -1 if it has none. */
  of: Int32Array;
}

/**
 * The texts of columns that were opened as annotations, a chunk at a time: for each column those of the next rows.
 * @param advice what to do if the format has no such columns
 * @throws UsageError if it has none
 */
export async function* annotationTexts(
  session: Session,
  source: OpenSource,
  names: readonly string[],
  advice = '',
): AsyncGenerator<readonly string[][], void, undefined> {
  const chunkRows = Math.max(1, Math.floor(2 ** 20 / (8 * source.cols)));
  let done = 0;
  for await (const chunk of source.chunks({ chunkRows, reuse: true, signal: session.signal })) {
    const { annotations = {} } = chunk as { annotations?: Record<string, string[]> };
    if (names.some((name) => annotations[name] === undefined)) {
      throw new UsageError(`${source.name}: a ${source.format} file has no columns of categories${advice}`);
    }
    done += chunk.rows;
    session.progress.update({ phase: 'categories', done, total: source.rows });
    yield names.map((name) => annotations[name]);
  }
}

/**
 * Read columns of categories in one pass.
 * @throws FormatError for a column with a different text in almost every row; UsageError if the format has no categories
 */
export async function readCategories(
  session: Session,
  source: OpenSource,
  names: readonly string[],
): Promise<Categories[]> {
  const found = names.map((name) => ({ name, places: new Map<string, number>(), parts: [] as Int32Array[] }));
  let rows = 0;
  for await (const columns of annotationTexts(session, source, names, LABELS_ADVICE)) {
    for (const [k, { name, places, parts }] of found.entries()) {
      const texts = columns[k];
      const part = new Int32Array(texts.length).fill(-1);
      parts.push(part);
      for (let i = 0; i < texts.length; i++) {
        const text = texts[i].trim();
        if (text === '') continue;
        let place = places.get(text);
        if (place === undefined) {
          place = places.size;
          places.set(text, place);
          if (place >= MOST) {
            throw new FormatError(
              source.name,
              `column ${JSON.stringify(name)} has more than ${MOST} different texts, so it holds no categories`,
            );
          }
        }
        part[i] = place;
      }
    }
    rows += columns[0].length;
  }
  return found.map(({ name, places, parts }) => {
    const values = [...places.keys()].sort(compare);
    const rank = new Int32Array(values.length);
    values.forEach((value, i) => {
      rank[places.get(value) as number] = i;
    });
    const of = new Int32Array(rows);
    let at = 0;
    for (const part of parts) for (const place of part) of[at++] = place < 0 ? -1 : rank[place];
    return { name, values, of };
  });
}

function compare(a: string, b: string): number {
  const [x, y] = [Number(a), Number(b)];
  if (!Number.isNaN(x) && !Number.isNaN(y)) return x - y;
  if (Number.isNaN(x) !== Number.isNaN(y)) return Number.isNaN(x) ? 1 : -1;
  return a < b ? -1 : 1;
}

/**
 * Read a file of labels: one column of whole numbers, or a table with a column 'cluster'. An empty label is -1.
 * @throws FormatError
 */
export async function readLabels(
  session: Session,
  file: string,
  memory: number | undefined,
): Promise<Int32Array> {
  // Columns that are left out are no matter here. Rows without a cluster have an empty label in a table of --table.
  const run = { signal: session.signal, onWarning: () => {}, memoryLimit: memory, missing: 'keep' as const };
  let source = await open(file, run);
  session.onEnd(() => source.close?.());
  // The clusters in a table of `--table` are no data, so they are not among its columns.
  const { columns = [] } = source as OpenFile;
  if ((headingsOf(source as OpenFile) ?? columns).includes('cluster')) {
    source.close?.();
    source = await open(file, { ...run, columns: ['cluster'] });
  }
  if (source.cols !== 1) {
    throw new FormatError(
      file,
      `has ${source.cols} columns of numbers; labels are a single one, or the column 'cluster' of a table`,
    );
  }
  const { data } = await readTable(session, source, memory);
  for (let i = 0; i < data.length; i++) if (Number.isNaN(data[i])) data[i] = -1;
  const bad = data.findIndex((label) => !Number.isInteger(label) || Math.abs(label) > 2 ** 31 - 1);
  if (bad >= 0) throw new FormatError(file, `row ${bad}: a label is a whole number, got ${data[bad]}`);
  return Int32Array.from(data);
}
