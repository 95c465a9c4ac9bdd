/** Messages between the page and its worker. All heavy work runs in the worker, so that the page stays responsive. */
import type { Method, Metric, Plan } from 'coppice';
import type { InspectedColumn } from 'coppice/sources';

/** Options for reading a file. */
export interface ReadChoice {
  /** Columns of a table, by name or number; all if empty. */
  columns: readonly (string | number)[];
  /** Column with the names of the rows, by name or number. If undefined, the only text column of a table is taken. */
  idColumn: string | number | undefined;
  /** Atoms of a trajectory to use; all if undefined. */
  atoms: { name: string } | { element: string } | undefined;
  /** The sheet, array or dataset of a file that has several; undefined for the reader's choice. */
  part: { option: Parts['option']; value: string } | undefined;
  /** Skip bad rows instead of stopping at the first: values that are not finite, or text that is not a sequence. */
  skipBad: boolean;
  /** What to do with missing values; undefined refuses them. */
  missing: 'drop-rows' | 'drop-columns' | 'mean' | undefined;
  /** How rows are prepared: log2(x + 1) of every number, then the scale of columns. */
  log2: boolean;
  scale: 'zscore' | 'minmax' | undefined;
}

/** The sheets, arrays or datasets of a file that has several: the option of `open`, and its values. */
export interface Parts {
  option: 'sheet' | 'array' | 'dataset';
  values: readonly string[];
  chosen: string | undefined;
}

/** What a column of the file holds. */
export type ColumnInfo = Pick<
  InspectedColumn,
  'index' | 'name' | 'read' | 'role' | 'reason' | 'missing' | 'range' | 'contradiction'
>;

/** Options for the tree of the sample. */
export interface FitChoice {
  method: Method;
  metric: Metric;
  /** Which rows form the sample; if undefined, as many as fit in memory. */
  sizing: { stride: number } | { sample: number } | undefined;
  profiles: boolean;
  seed: number;
  /** Memory limit in bytes. */
  memory: number;
}

export interface LeaderChoice {
  perCluster: number;
  pick: 'medoid' | 'centroid' | 'random';
}

/** Description of a file. */
export interface Info {
  name: string;
  format: string;
  /** The format and its details, as text. */
  summary: string;
  rows: number | undefined;
  cols: number;
  dtype: 'f4' | 'f8';
  bytes: number;
  /** The column with the names of the rows, if there is one. */
  idColumn?: string | number;
  /** Names of the columns, if they have names. */
  columns: readonly string[] | undefined;
  /** All columns of a table, also those that are not read; the first ones of many. */
  columnFacts?: ColumnInfo[];
  /** How many more columns there are. */
  moreColumns?: number;
  parts?: Parts | undefined;
  /** Atoms per row, if the rows are frames of a trajectory. */
  atoms: number | undefined;
  /** Names and elements of the atoms of a trajectory, for the menu. */
  atomNames: string[];
  elements: string[];
  /** The first columns of the first rows. */
  head: number[][];
  /** The names of these rows, if they have names. */
  headNames?: string[];
  /** Warnings of the reader: data it leaves out, and assumptions it makes. */
  notes: string[];
  /** Set if the rows are distinct amino acid sequences. */
  sequences?: SequenceInfo;
}

/** Description of a file of sequences. */
export interface SequenceInfo {
  /** Number of sequences, repeats included. */
  total: number;
  /** Residues of the longest sequence. */
  longest: number;
  /** Rows skipped because they hold no sequence. */
  skipped: number;
  /** The first distinct sequences, and how often each occurs. */
  head: { sequence: string; count: number }[];
}

/** The sequences of a cluster. */
export interface Members {
  /** The consensus that `report` returns, over the `aligned` members of the most frequent `length`. */
  motif: string;
  length: number;
  aligned: number;
  size: number;
  /** The most frequent members. */
  some: string[];
}

/** The plan of a run, and its estimated time. */
export interface Forecast {
  plan: Plan;
  /** Seconds per phase: the phases until the tree is shown, in order, then the leaders and the labels of a cut. */
  seconds: {
    sample: number;
    distances: number;
    linkage: number;
    projection: number;
    leaders: number;
    label: number;
  };
}

/** The tree of the sample. */
export interface Grown {
  linkage: Float64Array;
  sampleRows: Float64Array;
  /** Rows of the data, if known. */
  rows: number | undefined;
  plan: Plan;
  /** Requested size of the sample. The data may have had fewer rows. */
  asked: number;
  seconds: number;
}

/** Points in the plane, one for each row of the sample. */
export interface Projected {
  points: Float32Array;
  names: [string, string];
  /** Points of the leaders, if leaders have been picked. */
  leaders?: Float32Array;
}

/** The clusters of one cut. */
export interface Cut {
  k: number;
  /** Cluster of each leader, from 1. */
  labels: Int32Array;
  /** Fraction of the sample rows whose nearest leader belongs to their own cluster. */
  agreement: number;
  /** Row number of each leader in the data; -1 for a mean, which is not a row. */
  rows: Float64Array;
  /** Position of each leader in the scatter plot: x and y, one pair after the other. */
  points: Float32Array;
  /** For each leader its sequence, or the name of its row; undefined if rows have only numbers. */
  names?: string[];
}

export interface Profile {
  cluster: number;
  /** Columns averaged in each point of the profile. */
  columnsEach: number;
  mean: Float64Array;
  deviation: Float64Array;
  overall: Float64Array;
  overallDeviation: Float64Array;
  /** Set if the rows are sequences. */
  members?: Members;
}

/** State of the second pass. */
export interface Tally {
  k: number;
  /** Rows processed so far, including skipped ones. */
  done: number;
  total: number | undefined;
  skipped: number;
  /** Rows of each cluster; cluster 1 has index 0. */
  counts: Float64Array;
  /** Mean distance to the nearest leader for each cluster, indexed the same way. */
  meanDistance: Float64Array;
  finished: boolean;
  seconds: number;
}

export interface Progress {
  phase: string;
  done: number;
  total: number | undefined;
  /** Increase of `done` per second; 0 while it is unknown. */
  rate: number;
  /** Seconds left, if they can be estimated. */
  left: number | undefined;
}

/** The number of clusters with the highest mean silhouette, and that mean. */
interface Quality {
  k: number;
  mean: number;
}

export type SaveKind =
  | 'labels.csv'
  | 'labels.npy'
  | 'labels.parquet'
  | 'model'
  | 'linkage'
  | 'tree.svg'
  | 'scatter.svg';

/** The calls that the page can make, and their results. */
export interface Calls {
  threads(): { count: number; why: string | undefined };
  open(file: File, read: ReadChoice, memory: number): Info;
  forecast(fit: FitChoice): Forecast;
  grow(fit: FitChoice): Grown;
  project(how: 'pca' | readonly [number, number]): Projected;
  cut(k: number, leaders: LeaderChoice): Cut;
  profile(cluster: number): Profile;
  silhouettes(ks: number[]): Quality | undefined;
  label(again: boolean): Tally;
  save(kind: SaveKind, theme: 'light' | 'dark', columns: readonly [number, number] | undefined): Blob;
  example(name: 'blobs' | 'embeddings'): File;
  stop(): void;
}

export type Request = { id: number; call: keyof Calls; args: unknown[] };

export type Answer =
  | { id: number; value: unknown }
  | { id: number; error: { name: string; message: string; parts?: Parts } }
  | { progress: Progress }
  | { tally: Tally | undefined }
  | { warning: string }
  /** A warning of the reader while it reads the file. */
  | { note: string };
