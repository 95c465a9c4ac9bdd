/**
 * HDF5 as a source: MDTraj's trajectories, or any dataset of numbers by its path. Only the requested frames are read and
 * decompressed.
 * MDTraj's layout: https://mdtraj.org/1.9.4/hdf5_format.html
 */

import { FormatError, rangeError } from '../../errors.ts';
import { advice, option, say } from '../../messages.ts';
import { checkBoolean } from '../../support/checks.ts';
import { pause } from '../../support/scheduling.ts';
import type { Chunk, ChunkOptions, FloatArray, Source } from '../../types.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { type LimitOptions, readerRoom } from '../bytes/limits.ts';
import { readChunks, rowRange } from '../chunks/rows.ts';
import { type AtomSelection, parseTopology, selectAtoms, type Topology } from '../trajectories/topology.ts';
import { type DatasetInfo, H5File } from './file.ts';

/** Options of `open` for HDF5 files. */
export interface Hdf5Options {
  /**
   * Path of a dataset of numbers in the file. Default: `/coordinates`, read as in MDTraj. In AnnData's H5AD files: `X`
   * (the default), `layers/NAME`, `obsm/NAME` or `raw/X`.
   */
  dataset?: string;
  /** Atoms to keep, by index or by the topology's names. Default: all. */
  atoms?: AtomSelection;
  /**
   * Whether other files that the HDF5 file refers to are read: external links, external storage, virtual datasets. Only
   * for a path. Default false, since otherwise the author of the file could choose which files of this machine are read.
   */
  externalFiles?: boolean;
}

/** An open HDF5 file. */
export interface Hdf5Source extends Source {
  readonly rows: number;
  readonly name: string;
  readonly format: 'hdf5';
  /** A description in one line. */
  readonly summary: string;
  /** Path of the dataset in the file. */
  readonly dataset: string;
  /** The paths of datasets that may be read, at most 40. */
  datasets(): Promise<string[]>;
  /** Shape of the dataset in the file. */
  readonly shape: readonly number[];
  /** Number of frames in the file; the same as `rows`. */
  readonly frames: number;
  /** Number of atoms in the file; `undefined` if the dataset is not a trajectory. */
  readonly atoms: number | undefined;
  /** Indexes of the selected atoms, if a selection was given. */
  readonly selected: readonly number[] | undefined;
  readonly topology: Topology | undefined;
  readonly title: string | undefined;
  /** Unit in the file, if it names one. MDTraj's coordinates are always converted to nanometers. */
  readonly units: string | undefined;
}

/** Most bytes per read. The library's memory never shrinks, so it must stay small. */
const BLOCK_BYTES = 8 * 2 ** 20;
/** Bytes that the HDF5 library uses when it is loaded, measured in Node. */
export const LIBRARY_BYTES = 48e6;
/** If each read is a fetch and rows are further apart than this, only APART_ROWS rows are read at a time. */
const APART_BYTES = 2 ** 17;
const APART_ROWS = 8;
/** The fixed cost of a compressed piece of any size, in bytes. */
const PIECE_COST_BYTES = 4096;
/** A larger compressed piece is not kept as a whole, but decompressed more than once. */
const PIECE_BYTES = 64 * 2 ** 20;

/** Each unit that coordinates may have, in nanometers. */
const LENGTHS: Record<string, number> = {
  nm: 1,
  nanometer: 1,
  nanometers: 1,
  a: 0.1,
  å: 0.1,
  angstrom: 0.1,
  angstroms: 0.1,
  pm: 1e-3,
  picometer: 1e-3,
  picometers: 1e-3,
};

function describe(shape: readonly number[]): string {
  return shape.length === 0 ? 'a single value' : shape.join(' x ');
}

async function listDatasets(file: H5File): Promise<{ list: string; choices: string[] }> {
  const found = await file.datasets();
  const choices = found.filter(({ shape }) => shape.length > 0 && shape.length < 4).map(({ path }) => path);
  if (found.length === 0) return { list: 'the file has no datasets', choices };
  return {
    list: `there are ${found.map(({ path, shape }) => `${path} (${describe(shape)})`).join(', ')}`,
    choices,
  };
}

/** Find the dataset to read, and check that it can be read as rows. */
async function findDataset(file: H5File, name: string, path: string | undefined): Promise<DatasetInfo> {
  const wanted = path === undefined ? '/coordinates' : `/${path.replace(/^\/+/, '')}`;
  const info = await file.dataset(wanted);
  if (!info) {
    const { list, choices } = await listDatasets(file);
    if (path !== undefined)
      throw rangeError(say`${option('dataset')}: ${name} has no dataset ${wanted}; ${list}`, {
        option: 'dataset',
        choices,
      });
    if (await file.children('/obs', 1)) {
      throw new FormatError(
        name,
        say`has cells in /obs, so it is AnnData's; ${advice('use-h5ad', "use {format: 'h5ad'}, or name")} the file .h5ad`,
      );
    }
    throw Object.assign(
      new FormatError(
        name,
        say`has no /coordinates, so it is not an MDTraj trajectory; ${list}; name one with ${option('dataset')}`,
      ),
      { option: 'dataset', choices },
    );
  }
  const { shape } = info;
  if (info.dtype === undefined) {
    throw new FormatError(
      name,
      `${wanted} does not hold numbers that can be read (allowed: integers, float32, float64)`,
    );
  }
  if (path === undefined && (shape.length !== 3 || shape[2] !== 3)) {
    throw new FormatError(name, `/coordinates is ${describe(shape)}; it must be frames x atoms x 3`);
  }
  if (shape.length < 1 || shape.length > 3) {
    throw new FormatError(name, `${wanted} is ${describe(shape)}; allowed are 1 to 3 dimensions`);
  }
  if (shape.slice(1).some((size) => size === 0)) {
    throw new FormatError(name, `${wanted} is ${describe(shape)}: its rows hold no numbers`);
  }
  return info;
}

/** The unit in nanometers. If none is named: angstrom in AMBER's NetCDF-4 files (which are HDF5), nanometer in others. */
function lengthFactor(name: string, units: string | undefined, conventions: string | undefined): number {
  if (units === undefined) return /amber/i.test(conventions ?? '') ? 0.1 : 1;
  const factor = LENGTHS[units.trim().toLowerCase()];
  if (factor === undefined) {
    throw new FormatError(
      name,
      `/coordinates are in ${JSON.stringify(units)}; known are nanometers, angstroms and picometers`,
    );
  }
  return factor;
}

/** The value of an attribute that all values are multiplied by, or that is added to them. */
async function packing(
  file: H5File,
  name: string,
  path: string,
  attribute: string,
): Promise<number | undefined> {
  const value = await file.number(path, attribute);
  if (value === undefined || Number.isFinite(value)) return value;
  throw new FormatError(name, `${path} has the attribute ${attribute}, which must be a number and is none`);
}

/**
 * Read an HDF5 file as rows.
 *
 * Shape: MDTraj's coordinates, frames x atoms x 3, become rows of 3 * atoms. A named dataset may have one to three
 * dimensions; its rows are along the first, and the others are flattened.
 * Units: MDTraj's coordinates are in nanometers, and are converted if the file names another unit (or if it is AMBER's
 * NetCDF-4, which is in angstroms). A named dataset is not converted. Attributes `scale_factor` and `add_offset` are
 * applied in both cases.
 * Types: float32 gives float32; float64 and integers give float64.
 * Memory: two chunks, a block of up to 8 MiB (one compressed piece, if that is more, up to 64 MiB) and the library,
 * about 40 MB. For a Blob or a server that answers range requests, another 16 to 32 MiB of fetched bytes. An input
 * without random access is in memory as a whole, 512 MiB at most.
 * Errors: `FormatError` when the file is damaged or has no coordinates; `RangeError` when `dataset` or `atoms` names
 * something that does not exist, with a list of what exists.
 */
export async function openHdf5(bytes: Bytes, options: Hdf5Options & LimitOptions = {}): Promise<Hdf5Source> {
  const { externalFiles } = options;
  const { name } = bytes;
  if (externalFiles !== undefined) checkBoolean(externalFiles, 'externalFiles');
  if (externalFiles && bytes.path === undefined) {
    throw rangeError(
      say`${option('externalFiles')}: ${name} is not opened by a path, so there are no files beside it`,
    );
  }
  const room = readerRoom(options);
  const file = await H5File.open(bytes, { room, externalFiles });
  const release = await file.hold();
  try {
    const info = await findDataset(file, name, options.dataset);
    const { shape } = info;
    const trajectory = shape.length === 3 && shape[2] === 3;
    const atoms = trajectory ? shape[1] : undefined;
    const isMdtraj = options.dataset === undefined;
    const units = await file.text(info.path, 'units');
    const conventions = await file.text('/', 'Conventions');
    const unit = isMdtraj ? lengthFactor(name, units, conventions) : 1;
    const factor = unit * ((await packing(file, name, info.path, 'scale_factor')) ?? 1);
    const plus = unit * ((await packing(file, name, info.path, 'add_offset')) ?? 0);

    const json = (await file.dataset('/topology')) ? await file.text('/topology') : undefined;
    const title = await file.text('/', 'title');
    let topology: Topology | undefined;
    let problem: unknown = new FormatError(name, 'has no /topology, so atoms can only be chosen by index');
    try {
      if (json !== undefined) topology = parseTopology(name, json);
      if (topology && atoms !== undefined && topology.atoms.length !== atoms) {
        problem = new FormatError(
          name,
          `/topology has ${topology.atoms.length} atoms, ${info.path} has ${atoms}`,
        );
        topology = undefined;
      }
    } catch (error) {
      // The coordinates can still be read. The error is thrown only if atoms are chosen by name.
      problem = error;
    }
    let selected: number[] | undefined;
    if (options.atoms !== undefined) {
      if (atoms === undefined) {
        throw rangeError(
          say`${option('atoms')}: ${info.path} is ${describe(shape)}, not frames x atoms x 3; it has no atoms to choose`,
        );
      }
      selected = selectAtoms(options.atoms, atoms, () => {
        if (!topology) throw problem;
        return topology;
      });
    }

    const rows = shape[0];
    const cols = (selected?.length ?? shape[1] ?? 1) * (shape[2] ?? 1);
    const read = blockReader(file, info, selected, { factor, plus, room });
    return {
      format: 'hdf5',
      name,
      summary: `HDF5, ${info.path}, ${shape.join(' x ')}`,
      rows,
      cols,
      dtype: info.dtype!,
      // The library decompresses a piece as a whole, and keeps the last one.
      overheadBytes:
        LIBRARY_BYTES +
        (file.isInParts ? 2 * file.keptBytes : 0) +
        file.wholeBytes +
        3 * (info.pieces ?? []).reduce((a, b) => a * b, info.pieces ? info.size : 0),
      dataset: info.path,
      async datasets() {
        const done = await file.hold();
        try {
          return (await listDatasets(file)).choices;
        } finally {
          await done();
        }
      },
      shape,
      frames: rows,
      atoms,
      selected,
      topology,
      title,
      units,
      chunks(request: ChunkOptions): AsyncIterable<Chunk> {
        const range = rowRange(request, rows);
        const iterate = async function* () {
          const done = await file.hold();
          yield* readChunks(range, info.dtype!, cols, read(range.step, range.end), done);
        };
        return iterate();
      },
      close: () => file.close(),
    };
  } finally {
    await release();
  }
}

/**
 * Returns a function that makes, for each pass, a function that fills rows. Rows are read in blocks of several megabytes
 * that end where a compressed piece ends. The rest of a block after a small chunk is kept for the next chunk.
 */
export function blockReader(
  file: H5File,
  info: DatasetInfo,
  selected: number[] | undefined,
  { factor, plus, room: roomBytes }: { factor: number; plus: number; room: number },
) {
  const { path, shape, pieces } = info;
  // Only the atoms from the first to the last selected one are read: solvent is mostly at the end.
  const low = selected ? selected.reduce((a, b) => Math.min(a, b)) : 0;
  const high = selected ? selected.reduce((a, b) => Math.max(a, b)) + 1 : (shape[1] ?? 1);
  const inner = shape[2] ?? 1;
  const width = (high - low) * inner;
  const picked = selected?.flatMap((atom) =>
    Array.from({ length: inner }, (_, k) => (atom - low) * inner + k),
  );
  const cols = picked?.length ?? width;
  const rowBytes = width * info.size;
  const pieceRows = pieces?.[0] ?? 1;
  /** Bytes of all columns, in whole pieces. */
  const pieceWidth = shape
    .slice(1)
    .reduce((a, size, i) => a * Math.max(size, pieces?.[i + 1] ?? 1), info.size);
  const room = Math.max(
    1,
    Math.floor(Math.min(BLOCK_BYTES, roomBytes / 16) / rowBytes),
    Math.min(pieceRows, Math.floor(Math.min(PIECE_BYTES, roomBytes / 4) / rowBytes)),
  );

  return (step: number, end: number) => {
    let block: FloatArray = new Float64Array(0);
    let blockFirst = 0;
    let blockRows = 0;

    const fetchBlock = async (row: number): Promise<void> => {
      blockRows = 0;
      // Rows far apart are fetched one after another, and for each fetch the pieces before it are decompressed again.
      const few = file.isFetched && step * rowBytes > APART_BYTES ? Math.min(room, APART_ROWS) : room;
      let count = Math.min(few, Math.floor((end - 1 - row) / step) + 1);
      // End at the end of a piece if there is one within the block, so that no piece is decompressed twice.
      const edge = Math.floor((row + count * step) / pieceRows) * pieceRows;
      if (edge > row && edge < end) count = Math.min(count, Math.floor((edge - 1 - row) / step) + 1);
      const offset = [row, low, 0].slice(0, shape.length);
      const counts = [count, high - low, inner].slice(0, shape.length);
      // Compressed pieces are decompressed as a whole, however little of each is wanted.
      const touched = pieces
        ? Math.min(count * step, count * pieceRows) * pieceWidth + count * PIECE_COST_BYTES
        : count * rowBytes;
      // The memory of the last block is used again: blocks left to the garbage collector would add up to a memory limit.
      const spare = block.buffer as ArrayBuffer;
      block = new Float64Array(0);
      block = await file.read(path, { offset, count: counts, step }, picked, touched, spare);
      if (factor !== 1) for (let i = 0; i < count * cols; i++) block[i] *= factor;
      if (plus !== 0) for (let i = 0; i < count * cols; i++) block[i] += plus;
      blockFirst = row;
      blockRows = count;
    };

    return async (target: FloatArray, row: number, count: number): Promise<void> => {
      for (let done = 0; done < count; ) {
        const first = row + done * step;
        let at = (first - blockFirst) / step;
        if (blockRows === 0 || at < 0 || at >= blockRows) {
          await pause();
          await fetchBlock(first);
          at = 0;
        }
        const rows = Math.min(count - done, blockRows - at);
        target.set(block.subarray(at * cols, (at + rows) * cols), done * cols);
        done += rows;
      }
    };
  };
}
