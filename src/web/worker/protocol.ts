/** What the page and its worker say to each other. Everything heavy happens in the worker, so that the page stays free. */
import type { Matrix, Method, Metric, Plan } from 'coppice';

/** How a file is read. */
export interface ReadChoice {
  /** Columns of a table, by name or number; all where empty. */
  columns: readonly (string | number)[];
  /** Column of names for the rows, by name or number; where undefined, the one column of text that a table has. */
  idColumn: string | number | undefined;
  /** Atoms of a trajectory. */
  atoms: { name: string } | { element: string } | undefined;
  /** Path of a dataset in an HDF5 file. */
  dataset: string;
  /** Leave out rows that are not finite, instead of stopping at the first. */
  skipBad: boolean;
}

/** How the sample's tree is grown. */
export interface FitChoice {
  method: Method;
  metric: Metric;
  /** Which rows make the sample; as many as fit where undefined. */
  sizing: { stride: number } | { sample: number } | undefined;
  profiles: boolean;
  seed: number;
  /** Bytes. */
  memory: number;
}

export interface LeaderChoice {
  perCluster: number;
  pick: 'medoid' | 'centroid' | 'random';
}

/** What is in a file. */
export interface Info {
  name: string;
  format: string;
  /** The format with its particulars, in words. */
  summary: string;
  rows: number | undefined;
  cols: number;
  dtype: 'f4' | 'f8';
  bytes: number;
  /** The column that names the rows, if one does. */
  idColumn?: string | number;
  /** Names of the columns, where there are any. */
  columns: readonly string[] | undefined;
  /** Atoms in each row, where the rows are frames of a trajectory. */
  atoms: number | undefined;
  /** Names and elements of a trajectory's atoms, to choose from. */
  atomNames: string[];
  elements: string[];
  /** The first rows, and no more than the first columns of them. */
  head: number[][];
  /** Their names, if they have some. */
  headNames?: string[];
  /** What its reader has to say: what it leaves out, or had to assume. */
  notes: string[];
  /** Where the rows are distinct sequences of amino acids. */
  sequences?: SequenceInfo;
}

/** What is in a file of sequences. */
export interface SequenceInfo {
  /** Sequences in all, with those that come again. */
  total: number;
  /** Residues of the longest. */
  longest: number;
  /** Rows skipped because they hold no sequence. */
  skipped: number;
  /** The first distinct ones, and how often each is there. */
  head: { sequence: string; count: number }[];
}

/** What the sequences of a cluster have in common. */
export interface Members {
  /** As `report` gives it, of those members that have the most frequent length. */
  motif: string;
  length: number;
  aligned: number;
  size: number;
  /** The most frequent. */
  some: string[];
}

/** What would be done, and about how long it would take. */
export interface Forecast {
  plan: Plan;
  /** Seconds for each phase until the tree is shown, in order, and for the leaders and the labels of a cut. */
  seconds: {
    sample: number;
    distances: number;
    linkage: number;
    projection: number;
    leaders: number;
    label: number;
  };
}

/** The sample's tree. */
export interface Grown {
  linkage: Float64Array;
  sampleRows: Float64Array;
  /** Rows of the data, where they are known by now. */
  rows: number | undefined;
  plan: Plan;
  /** Rows that the sample was asked to have; there may have been fewer. */
  asked: number;
  seconds: number;
}

/** Points in the plane, one for each row of the sample. */
export interface Projected {
  points: Float32Array;
  names: [string, string];
  /** Those of the leaders, where some have been picked. */
  leaders?: Float32Array;
}

/** The clusters of one cut. */
export interface Cut {
  k: number;
  /** Cluster of each leader, from 1. */
  labels: Int32Array;
  /** Share of the sample whose nearest leader is of their own cluster. */
  agreement: number;
  /** Row of the data that each leader is; -1 for a mean, which is none. */
  rows: Float64Array;
  /** Where each leader is in the plane of the scatter. */
  points: Float32Array;
  /** The sequences that they are, where the data are sequences; their names, where rows have names. */
  names?: string[];
}

export interface Profile {
  cluster: number;
  /** Columns that each point of the profile stands for. */
  columnsEach: number;
  mean: Float64Array;
  deviation: Float64Array;
  overall: Float64Array;
  overallDeviation: Float64Array;
  /** Of sequences. */
  members?: Members;
}

/** Labels as far as they have come. */
export interface Tally {
  k: number;
  /** Rows that have been looked at. */
  done: number;
  total: number | undefined;
  skipped: number;
  /** Rows of each cluster; cluster 1 stands at 0. */
  counts: Float64Array;
  /** Mean distance to the nearest leader, likewise. */
  meanDistance: Float64Array;
  finished: boolean;
  seconds: number;
}

export interface Progress {
  phase: string;
  done: number;
  total: number | undefined;
  /** Of what is counted, in a second; 0 while that is not known. */
  rate: number;
  /** Seconds to go, where that can be said. */
  left: number | undefined;
}

/** The number of clusters whose silhouettes are best, and their mean. */
export interface Quality {
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

/** What the page asks for, and what it gets. */
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
  | { id: number; error: { name: string; message: string } }
  | { progress: Progress }
  | { tally: Tally | undefined }
  | { warning: string }
  /** Of the file, found while it is read. */
  | { note: string };

export type { Matrix };
