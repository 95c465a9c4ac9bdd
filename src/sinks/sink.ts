/** The interface of label writers: rows come in order, one chunk at a time, and none is kept. */

import type { FloatArray } from '../types.ts';

/** Receives bytes: a file on Node, or anything that can append and overwrite its beginning once. */
export interface ByteSink {
  append(bytes: Uint8Array): void;
  /** Overwrite bytes that have been appended. */
  patch(bytes: Uint8Array, at: number): void;
}

/** Labels of consecutive rows. */
export interface LabelBatch {
  /** The row of the first label. */
  start: number;
  labels: Int32Array;
  distances: FloatArray;
  /** Names of the rows, if the input has them. */
  ids?: readonly string[];
}

/** A writer of labels. The output is valid only after `finish`. */
export interface LabelSink {
  write(batch: LabelBatch): void;
  finish(): void;
}

/** Further columns of a table of labels. Formats without columns cannot have them. */
export interface LabelOptions {
  /** Heading for the names of the rows. Without it, rows are numbered from 0. */
  idName?: string;
  /** A column with the distance of each row to its nearest leader. */
  distances?: boolean;
}
