/** HDF5 files that tests make: trajectories as MDTraj writes them. */
import { join } from 'node:path';
import * as h5 from 'h5wasm/node';
import { type Hdf5Source, type OpenOptions, open } from '../../../src/sources/index.ts';

await h5.ready;

export { h5 };

/** Chains hold residues hold atoms, as MDTraj writes it: two alanines and a water. */
function topology(): string {
  const alanine = ['N', 'CA', 'C', 'O'];
  let index = 0;
  const residue = (name: string, resSeq: number, atoms: string[]) => ({
    index: resSeq,
    name,
    resSeq,
    atoms: atoms.map((atom) => ({ index: index++, name: atom, element: atom[0] })),
  });
  return JSON.stringify({
    chains: [
      { index: 0, residues: [residue('ALA', 1, alanine), residue('GLY', 2, alanine)] },
      { index: 1, residues: [residue('HOH', 3, ['O', 'H1', 'H2'])] },
    ],
    bonds: [[0, 1]],
  });
}
export const ATOMS = 11;
export const COLS = ATOMS * 3;

export interface Layout {
  frames?: number;
  units?: string | null;
  chunks?: number[] | null;
  topology?: string | null;
  name?: string;
}

let serial = 0;
/** A trajectory in MDTraj's layout; value (frame, column) is frame * 100 + column. */
export function trajectory(
  folder: string,
  { frames = 50, units = 'nanometers', chunks = [7, ATOMS, 3], ...rest }: Layout = {},
): string {
  const path = join(folder, `t${serial++}.h5`);
  const file = new h5.File(path, 'w');
  const data = new Float32Array(frames * COLS).map((_, i) => Math.floor(i / COLS) * 100 + (i % COLS));
  const set = file.create_dataset({
    name: rest.name ?? 'coordinates',
    data,
    shape: [frames, ATOMS, 3],
    // A piece may not be larger than the data.
    chunks: chunks && [Math.min(chunks[0], frames), ...chunks.slice(1)],
    ...(chunks ? { compression: 'gzip' as const, compression_opts: 4 } : {}),
  });
  if (units !== null) set.create_attribute('units', units);
  const text = rest.topology === undefined ? topology() : rest.topology;
  if (text !== null)
    file.create_dataset({ name: 'topology', data: [text], shape: [1], dtype: `S${text.length}` });
  file.create_attribute('title', 'three residues');
  file.close();
  return path;
}

export const expected = (frames = 50) =>
  Array.from({ length: frames }, (_, f) => Array.from({ length: COLS }, (_, c) => f * 100 + c));
export const openH5 = (path: string, options?: OpenOptions) => open(path, options) as Promise<Hdf5Source>;
