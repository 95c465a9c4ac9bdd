/** Types of experiment.mjs, for the tests. */
import type { Matrix, TwoPassOptions } from 'coppice';

export interface DataSet {
  title: string;
  options: TwoPassOptions;
  data(): Iterable<Matrix> | AsyncIterable<Matrix>;
}

export const STRIDES: readonly number[];
export const SETS: Record<'blobs' | 'chains' | 'tutorial' | 'trajectory', DataSet>;
export function measure(set: DataSet): Promise<Record<string, number[]>>;
