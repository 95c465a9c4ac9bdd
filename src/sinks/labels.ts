/** One door for every format of labels: the extension says which. A new format is a line here and a file beside. */

import { rangeError } from '../errors.ts';
import { describe } from '../support/describe.ts';
import { csvLabels } from './csv.ts';
import { npyLabels } from './npy.ts';
import { parquetLabels } from './parquet.ts';
import type { ByteSink, LabelOptions, LabelSink } from './sink.ts';

interface Writer {
  /** A promise where a library has to be loaded first. */
  create(out: ByteSink, options: LabelOptions): LabelSink | Promise<LabelSink>;
  /** Least bytes that this many rows take, to see that a disk has no room before the work rather than after it. */
  leastBytes(rows: number): number;
  /** Whether it has room for names and distances beside the labels. */
  columns: boolean;
}

const WRITERS = {
  npy: { create: (out, _options) => npyLabels(out), leastBytes: (rows) => 128 + 4 * rows, columns: false },
  csv: { create: csvLabels, leastBytes: (rows) => 12 + 4 * rows, columns: true },
  // Labels of one cluster after another are a few bytes, however many they are.
  parquet: { create: parquetLabels, leastBytes: () => 256, columns: true },
} satisfies Record<string, Writer>;

/** Formats that labels are written in. */
export type LabelFormat = keyof typeof WRITERS;

/**
 * The format that a path's extension asks for.
 * @throws RangeError that lists those there are
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
 * A writer of labels: hand it the parts of `assign` in their order, then `finish` it.
 *
 * @param format 'npy' (int32, nothing but the labels), 'csv' or 'parquet' (a table with the number or name of each row)
 * @param out gets the bytes; at the end, `patch` may overwrite the head
 * Memory: one row group of Parquet, else one part.
 * @throws RangeError for another format, or columns that the format has no room for; PlatformError where the package for
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
  if (!Object.hasOwn(WRITERS, format)) {
    throw rangeError(`format must be one of ${Object.keys(WRITERS).join(', ')}, got ${describe(format)}`);
  }
  const writer = labelWriter(format);
  if (!writer.columns && (options.distances || options.idName !== undefined)) {
    throw rangeError(`format '${format}' has no room for names or distances; 'csv' and 'parquet' have`);
  }
  return writer.create(out, options);
}
