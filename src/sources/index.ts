/** `coppice/sources`: bytes in, chunks of rows out. */

export type { ArrowSource } from './arrow.ts';
export type { BytesInput } from './bytes.ts';
export type { TableOptions } from './columns.ts';
export type { CsvOptions, CsvSource } from './csv.ts';
export type { TrajectoryFormat, TrajectoryOptions, TrajectorySource } from './frames.ts';
export type { Hdf5Options, Hdf5Source } from './hdf5.ts';
export type { HttpOptions } from './http.ts';
export type { JsonlOptions, JsonlSource } from './jsonl.ts';
export type { ManySource } from './many.ts';
export type { ArraySource, IterableOptions, Rows, Table } from './memory.ts';
export { fromArray, fromIterable } from './memory.ts';
export type { NpySource } from './npy.ts';
export type { FileSource, Format, OpenInput, OpenOptions, OpenSource } from './open.ts';
export { open } from './open.ts';
export type { ParquetSource } from './parquet.ts';
export type { NamedChunk } from './rows.ts';
export type { TextOptions } from './text.ts';
export type { Atom, AtomSelection, Topology } from './topology.ts';
export type { TopologyInput } from './topologyfile.ts';
export { type NamedMatrix, type ReadMatrixOptions, readMatrix } from './whole.ts';
