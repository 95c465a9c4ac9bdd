/** `coppice/sources`: bytes in, chunks of rows out. */

export type { ArrowSource } from './arrow/arrow.ts';
export type { BytesInput } from './bytes/bytes.ts';
export type { HttpOptions } from './bytes/http.ts';
export type { TableOptions } from './chunks/columns.ts';
export type { NamedChunk } from './chunks/rows.ts';
export type { FileSource, Format, OpenOptions } from './formats.ts';
export { formats } from './formats.ts';
export type { Annotation, H5adSource } from './hdf5/h5ad.ts';
export type { Hdf5Options, Hdf5Source } from './hdf5/hdf5.ts';
export type { ManySource } from './joined.ts';
export type { ArraySource, IterableOptions, Rows, Table } from './memory.ts';
export { fromArray, fromIterable } from './memory.ts';
export type { NpySource } from './npy/npy.ts';
export type { NpzOptions, NpzSource } from './npz/npz.ts';
export type { OpenInput, OpenSource } from './open.ts';
export { open } from './open.ts';
export type { ParquetSource } from './parquet/parquet.ts';
export type { CsvOptions, CsvSource } from './text/csv.ts';
export type { TextOptions } from './text/decode.ts';
export type { GctOptions, GctSource } from './text/gct.ts';
export type { JsonlOptions, JsonlSource } from './text/jsonl.ts';
export type { TrajectoryFormat } from './trajectories/frame-walk.ts';
export type { TrajectoryOptions, TrajectorySource } from './trajectories/frames.ts';
export type { Atom, AtomSelection, Topology } from './trajectories/topology.ts';
export type { TopologyInput } from './trajectories/topology-file.ts';
export { type NamedMatrix, type ReadMatrixOptions, readMatrix } from './whole.ts';
