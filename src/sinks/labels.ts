/** The registry of label formats, by extension. A new format is a line here and a file. */

import { rangeError } from '../errors.ts';
import { checkOneOf } from '../support/checks.ts';
import { csvLabels } from './csv.ts';
import { npyLabels } from './npy.ts';
import { parquetLabels } from './parquet.ts';
import type { ByteSink, LabelOptions, LabelSink } from './sink.ts';

interface Writer {
  /** A promise if a library must be loaded first. */
  create(out: ByteSink, options: LabelOptions): LabelSink | Promise<LabelSink>;
  /** Least size of a file with this many rows. A full disk is found before the work rather than after it. */
  leastBytes(rows: number): number;
  /** Whether the format has columns for names and distances. */
  columns: boolean;
}

const WRITERS = {
  npy: { create: (out, _options) => npyLabels(out), leastBytes: (rows) => 128 + 4 * rows, columns: false },
  csv: { create: csvLabels, leastBytes: (rows) => 12 + 4 * rows, columns: true },
  // Repeated labels are run-length encoded: they take a few bytes, however many rows there are.
  parquet: { create: parquetLabels, leastBytes: () => 256, columns: true },
} satisfies Record<string, Writer>;

/** Formats for labels. */
export type LabelFormat = keyof typeof WRITERS;

/**
 * The format for a path's extension.
 * @throws RangeError that lists the known extensions
 */
export function labelFormat(path: string): LabelFormat {
  const extension = /\.([a-z0-9]+)$/i.exec(path)?.[1].toLowerCase() ?? '';
  if (Object.hasOwn(WRITERS, extension)) return extension as LabelFormat;
  const known = Object.keys(WRITERS).map((name) => `.${name}`);
  throw rangeError(`labels are written as ${known.join(' or ')}, got ${JSON.stringify(path)}`);
}

export function labelWriter<F extends LabelFormat>(format: F): (typeof WRITERS)[F] {
  return WRITERS[format];
}

/**
 * A writer of labels: pass it the parts of `assign` in their order, then call `finish`.
 *
 * @param format 'npy' (int32, only labels), 'csv' or 'parquet' (a table with the number or name of each row)
 * @param out receives the bytes; at the end `patch` may overwrite the header
 * Memory: one row group for Parquet, otherwise one part.
 * @throws RangeError for another format, or for columns that the format does not have; PlatformError if the package for
 *   Parquet is missing
 *
 * @example
 * const sink = await labelSink('csv', out);
 * for await (const part of fit.assign()) sink.write(part);
 * sink.finish();
 */
export async function labelSink(
  format: LabelFormat,
  out: ByteSink,
  options: LabelOptions = {},
): Promise<LabelSink> {
  checkOneOf(format, 'format', Object.keys(WRITERS));
  const writer = labelWriter(format);
  if (!writer.columns && (options.distances || options.idName !== undefined)) {
    throw rangeError(`format '${format}' has no columns for names or distances; use 'csv' or 'parquet'`);
  }
  return writer.create(out, options);
}
