/** What writers of labels have in common: rows come in order, a chunk at a time, and none is kept. */

import type { FloatArray } from '../types.ts';

/** Where bytes go. A file on Node; anything else that can append, and go back once to mend its head. */
export interface ByteSink {
  append(bytes: Uint8Array): void;
  /** Overwrite bytes that were appended before. */
  patch(bytes: Uint8Array, at: number): void;
}

/** Labels of consecutive rows. */
export interface LabelBatch {
  /** The row that the first label belongs to. */
  start: number;
  labels: Int32Array;
  distances: FloatArray;
  /** Names of the rows, where the input has them. */
  ids?: readonly string[];
}

/** A writer of labels. Nothing is valid before `finish`. */
export interface LabelSink {
  write(batch: LabelBatch): void;
  finish(): void;
}

/** What a table of labels should hold besides them. Formats without columns leave it out. */
export interface LabelOptions {
  /** Heading of the rows' names; without it rows are named by their number, from 0. */
  idName?: string;
  /** A column with the distance of each row to its nearest leader. */
  distances?: boolean;
}
