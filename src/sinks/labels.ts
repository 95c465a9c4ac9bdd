/** One door for every format of labels: the extension says which. A new format is a line here and a file beside. */

import { rangeError } from '../errors.ts';
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
