/** The rows of a text table as they are written: fields, quotes and separators are not touched. */

import { needsGuard, written } from '../../support/text/cells.ts';
import type { Bytes } from '../bytes/bytes.ts';
import type { Layout } from './csv-layout.ts';
import { type CsvRecords, readRecords } from './csv-records.ts';
import type { Dialect } from './csv-rules.ts';
import type { Flaw, Lines } from './rows.ts';
import { TextRows } from './rows.ts';

export interface OriginalsRequest {
  chunkRows: number;
  signal?: AbortSignal | undefined;
  /** Separate fields by this instead. A field that holds it is quoted. */
  delimiter?: string | undefined;
  /** Put an apostrophe before texts that a spreadsheet would take for a formula. */
  guard?: boolean | undefined;
}

/** Consecutive rows. Their numbers are those of the source's rows, with bad ones. */
export interface Originals {
  start: number;
  /** Each row without its line break. Fields that are missing at the end of a line are there, empty; fields too many are not. */
  lines: string[];
  /** The line of the header, if the table has one. */
  header: string | undefined;
  /** LF or CR LF. */
  lineEnd: string;
  /** Whether the file begins with a byte order mark. */
  marked: boolean;
  /** The first row with too many fields, in the part that it was found in. */
  long: { line: number; fields: number } | undefined;
}

interface Text {
  bytes: Bytes;
  layout: Layout;
  dialect: Dialect;
  parse(field: string): number;
  maxLineBytes: number;
  /** Whether a blank line is a row. */
  blank: boolean;
}

/** A flaw that only says that a blank line is a row. */
const BLANK: Flaw = { problem: 'the line is blank' };

export async function* originals(
  text: Text,
  request: OriginalsRequest,
): AsyncGenerator<Originals, void, undefined> {
  const { bytes, layout, dialect, maxLineBytes } = text;
  const { chunkRows, signal, delimiter = dialect.delimiter, guard = false } = request;
  const untouched = !guard && delimiter === dialect.delimiter;
  const lineOf = (batch: CsvRecords, index: number, fields: number): string => {
    const count = Math.min(batch.fields(index), fields);
    const missing = delimiter.repeat(fields - count);
    if (untouched && count === batch.fields(index)) return batch.textOf(index) + missing;
    const cells = Array.from({ length: count }, (_, field) => {
      const cell = batch.text(index, field);
      if (guard && needsGuard(cell, text.parse)) return written(`'${cell}`, delimiter);
      const raw = batch.written(index, field);
      return raw.includes(delimiter) && !raw.startsWith('"') ? written(raw, delimiter) : raw;
    });
    return cells.join(delimiter) + missing;
  };
  const [first, second, third] = await bytes.slice(0, Math.min(3, bytes.byteLength));
  const marked =
    (first === 0xef && second === 0xbb && third === 0xbf) ||
    ((first ^ second) === 1 && (first & second) === 0xfe);
  let header: string | undefined;
  let lineEnd: string | undefined;
  const begin = (batch: CsvRecords) => {
    for (let index = 0; index < batch.length; index++) {
      if (batch.isBlank(index)) continue;
      lineEnd = batch.endsInReturn(index) ? '\r\n' : '\n';
      // The header that R writes is one name shorter than the rows.
      if (layout.header) header = lineOf(batch, index, batch.fields(index));
      return;
    }
  };
  let long: Originals['long'];
  let told = false;
  // The reader of rows counts them; here the name of a row is its line.
  const rows = new TextRows({
    ...{ bytes, cols: 0, header: layout.header, onBadRow: 'skip', named: true },
    ...(text.blank ? { blank: BLANK } : {}),
    async *lines(from) {
      for await (const batch of readRecords(bytes, dialect, from, { maxLineBytes })) {
        if (lineEnd === undefined) begin(batch);
        const lines: Lines = {
          length: batch.length,
          isBlank: (index) => batch.isBlank(index),
          read: () => undefined,
          nameOf(index) {
            const fields = batch.fields(index);
            if (fields > layout.fields) long ??= { line: batch.lineOf(index), fields };
            return lineOf(batch, index, layout.fields);
          },
          lineOf: (index) => batch.lineOf(index),
        };
        yield lines;
      }
    },
  });
  for await (const { start, ids } of rows.chunks({ chunkRows, reuse: true, ...(signal ? { signal } : {}) })) {
    yield {
      ...{ start, lines: ids ?? [], header, lineEnd: lineEnd ?? '\n', marked },
      long: told ? undefined : long,
    };
    told ||= long !== undefined;
  }
}
