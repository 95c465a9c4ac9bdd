/**
 * The topology in MDTraj's HDF5 files, which names the atoms. It is JSON: chains contain residues, which contain atoms.
 * Format: https://mdtraj.org/1.9.4/hdf5_format.html
 */

import { FormatError, rangeError } from '../../errors.ts';
import { listed, option, say } from '../../messages.ts';
import { wrongType, wrongValue } from '../../support/checks.ts';

/** One atom. */
export interface Atom {
  index: number;
  name: string;
  element: string;
  residue: string;
  /** Number of the residue in the chain, as in the PDB. */
  resSeq: number;
  chain: number;
}

/** The atoms of a file. */
export interface Topology {
  atoms: Atom[];
  residues: number;
  chains: number;
  /** Pairs of atom indexes. */
  bonds: [number, number][];
}

/** Atoms to keep: a list of indexes, in this order; or for each given key the names that an atom may have. */
export type AtomSelection =
  | readonly number[]
  | {
      name?: string | readonly string[];
      element?: string | readonly string[];
      residue?: string | readonly string[];
    };

interface Json {
  chains?: {
    residues?: {
      name?: string;
      resSeq?: number;
      atoms?: { index?: number; name?: string; element?: string }[];
    }[];
  }[];
  bonds?: [number, number][];
}

/** Parse the JSON text. Errors: `FormatError` when it is not what MDTraj writes. */
export function parseTopology(file: string, text: string): Topology {
  let json: Json;
  try {
    json = JSON.parse(text) as Json;
  } catch (cause) {
    throw new FormatError(file, '/topology is not valid JSON', { cause });
  }
  const atoms: Atom[] = [];
  let residues = 0;
  if (!Array.isArray(json?.chains)) throw new FormatError(file, '/topology has no chains');
  for (const [chain, { residues: list }] of json.chains.entries()) {
    for (const residue of list ?? []) {
      residues++;
      for (const atom of residue.atoms ?? []) {
        atoms.push({
          index: atom.index ?? atoms.length,
          name: atom.name ?? '',
          element: atom.element ?? '',
          residue: residue.name ?? '',
          resSeq: residue.resSeq ?? 0,
          chain,
        });
      }
    }
  }
  atoms.sort((a, b) => a.index - b.index);
  const gap = atoms.findIndex((atom, i) => atom.index !== i);
  if (gap >= 0) throw new FormatError(file, `/topology numbers its atoms with a gap at ${gap}`);
  return { atoms, residues, chains: json.chains.length, bonds: json.bonds ?? [] };
}

const KEYS = ['name', 'element', 'residue'] as const;

/** The different values of a field, most frequent first, for a message. */
function valuesOf(topology: Topology, key: (typeof KEYS)[number]): string {
  const counts = new Map<string, number>();
  for (const atom of topology.atoms) counts.set(atom[key], (counts.get(atom[key]) ?? 0) + 1);
  const sorted = [...counts].sort((a, b) => b[1] - a[1]).map(([value]) => value);
  return sorted.slice(0, 30).join(', ') + (sorted.length > 30 ? `, and ${sorted.length - 30} more` : '');
}

function selectByIndex(list: readonly number[], atoms: number): number[] {
  const seen = new Set<number>();
  for (const [i, index] of list.entries()) {
    if (!Number.isSafeInteger(index) || index < 0 || index >= atoms) {
      throw wrongValue(`atoms[${i}]`, `a whole number from 0 to ${atoms - 1}`, index);
    }
    if (seen.has(index)) throw rangeError(say`${option('atoms')}: ${index} is listed twice`);
    seen.add(index);
  }
  return [...list];
}

/**
 * The indexes of the selected atoms.
 *
 * Errors: `RangeError` when an index is out of range or a name matches no atom (with the names that exist); `TypeError`
 * when the selection has another type.
 */
export function selectAtoms(selection: AtomSelection, atoms: number, topology: () => Topology): number[] {
  if (Array.isArray(selection) || ArrayBuffer.isView(selection)) {
    if ((selection as readonly number[]).length === 0)
      throw wrongValue('atoms', 'a list of at least one index', selection);
    return selectByIndex(Array.from(selection as readonly number[]), atoms);
  }
  const given = selection as Record<string, unknown> | null;
  if (typeof given !== 'object' || given === null) {
    throw wrongType(
      'atoms',
      'a list of indexes, or {name, element, residue} with a string or strings',
      given,
    );
  }
  const unknown = Object.keys(given).find((key) => !(KEYS as readonly string[]).includes(key));
  if (unknown !== undefined) throw wrongValue('a key of atoms', listed(KEYS), unknown);
  const keys = KEYS.filter((key) => given[key] !== undefined);
  if (keys.length === 0) throw wrongValue('atoms', `a selection by ${listed(KEYS)}`, given);

  const { atoms: all } = topology();
  let kept = all;
  for (const key of keys) {
    const value = given[key];
    const wanted = (Array.isArray(value) ? value : [value]) as unknown[];
    if (wanted.length === 0 || wanted.some((one) => typeof one !== 'string')) {
      throw wrongType(`atoms.${key}`, 'a string or a list of strings', value);
    }
    for (const one of wanted) {
      // A misspelt name in a list is an error even if the others match.
      if (!all.some((atom) => atom[key] === one)) {
        throw rangeError(
          say`${option('atoms')}: no atom has ${key} ${JSON.stringify(one)}; there are ${valuesOf(topology(), key)}`,
        );
      }
    }
    const set = new Set(wanted);
    kept = kept.filter((atom) => set.has(atom[key]));
  }
  if (kept.length === 0) {
    const shown = keys.map((key) => `${key} ${JSON.stringify(given[key])}`).join(' and ');
    throw rangeError(say`${option('atoms')}: no atom has ${shown} at once`);
  }
  return kept.map((atom) => atom.index);
}
