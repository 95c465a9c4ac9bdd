/** `coppice/sources`: bytes in, chunks of rows out. */

export type { BytesInput } from './bytes.ts';
export {
  type ArraySource,
  fromArray,
  fromIterable,
  type IterableOptions,
  type Rows,
  type Table,
} from './memory.ts';
export type { NpySource } from './npy.ts';
export { type Format, type OpenOptions, type OpenSource, open } from './open.ts';
export type { Atom, AtomSelection, Topology } from './topology.ts';
