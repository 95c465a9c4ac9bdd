/**
 * Reads the names of atoms from a PDB or GRO file, for trajectories without names. Fields are in fixed columns.
 * Formats: https://www.wwpdb.org/documentation/file-format-content/format33/sect9.html and
 * https://manual.gromacs.org/current/reference-manual/file-formats.html#gro
 */

import { FormatError } from '../../errors.ts';
import type { CoppiceWarning } from '../../types.ts';
import { type Bytes, type BytesInput, extensionOf, readWhole } from '../bytes/bytes.ts';
import { unpack } from '../bytes/compressed.ts';
import { openBytes } from '../bytes/open.ts';
import { beginsEarly, elementOf, symbolOf } from './elements.ts';
import type { Atom, Topology } from './topology.ts';

/** A PDB or GRO file (path, URL, Blob or bytes), or the `topology` of another source. */
export type TopologyInput = BytesInput | Topology;

/** Largest file. A file with 10 million atoms is smaller. */
const MOST_BYTES = 2 ** 30;

function isTopology(input: unknown): input is Topology {
  return Array.isArray((input as Partial<Topology> | null)?.atoms);
}

/** Collects atoms, and counts residues and chains. */
class Atoms {
  readonly atoms: Atom[] = [];
  residues = 0;
  chains = 0;
  #residue = '';
  #chain: string | undefined;

  add(
    name: string,
    element: string,
    residue: string,
    resSeq: number,
    chain: string,
    key = `${residue} ${resSeq}`,
  ): void {
    if (chain !== this.#chain) {
      this.chains++;
      this.#residue = '';
    }
    if (key !== this.#residue) this.residues++;
    this.#chain = chain;
    this.#residue = key;
    this.atoms.push({ index: this.atoms.length, name, element, residue, resSeq, chain: this.chains - 1 });
  }

  get topology(): Topology {
    return { atoms: this.atoms, residues: this.residues, chains: this.chains, bonds: [] };
  }
}

/** An atom in a line of a PDB file. */
interface PdbAtom {
  line: string;
  residue: string;
  /** Chain, and the number of TER lines before the atom. */
  chain: string;
  /** Identifies the residue in its chain. */
  key: string;
}

/** The atoms of the first model, which ends at ENDMDL or END. */
function firstModel(lines: readonly string[]): PdbAtom[] {
  const found: PdbAtom[] = [];
  let part = 0;
  for (const line of lines) {
    if (/^END(MDL)?\s*$/.test(line) && found.length > 0) break;
    if (/^TER/.test(line)) part++;
    if (!/^(ATOM {2}|HETATM)/.test(line)) continue;
    const residue = line.slice(17, 21).trim();
    const chain = `${line.slice(21, 22)} ${part}`;
    found.push({ line, residue, chain, key: `${residue} ${line.slice(22, 27)}` });
  }
  return found;
}

/**
 * Remove alternate locations: if atoms of a residue have the same name and differ in column 17, the first is kept, as in
 * MDTraj.
 */
function withoutAlternates(all: readonly PdbAtom[]): PdbAtom[] {
  let where = '';
  let seen = new Map<string, string>();
  return all.filter(({ line, chain }) => {
    const residue = `${chain} ${line.slice(22, 27)}`;
    if (residue !== where) seen = new Map();
    where = residue;
    const name = line.slice(12, 16);
    const location = line.slice(16, 17).trim();
    const before = seen.get(name);
    if (before === undefined) seen.set(name, location);
    return before === undefined || before === location || location === '';
  });
}

/** The first model of a PDB file, for a trajectory of `atoms` atoms. */
function parsePdb(
  file: string,
  lines: readonly string[],
  atoms: number,
  onWarning: (warning: CoppiceWarning) => void,
): Topology {
  const all = firstModel(lines);
  let kept = withoutAlternates(all);
  // If the trajectory was made with all alternate locations, it has as many atoms as the file.
  if (kept.length !== atoms && all.length === atoms) kept = all;
  if (kept.length < all.length) {
    const count = all.length - kept.length;
    const message = `${file}: has alternate locations; the first of each atom is kept, ${count} ${count === 1 ? 'other is' : 'others are'} left out`;
    onWarning({ code: 'ALTERNATE_LOCATIONS', message });
  }
  const columns = !kept.some(({ line, residue }) => beginsEarly(line.slice(12, 16), residue));
  const found = new Atoms();
  for (const { line, residue, chain, key } of kept) {
    const field = line.slice(12, 16);
    const name = field.trim();
    const element =
      symbolOf(line.slice(76, 78).trim()) ?? elementOf(name, residue, columns ? field : undefined);
    found.add(name, element, residue, Number.parseInt(line.slice(22, 26), 10) || 0, chain, key);
  }
  return found.topology;
}

/** The first frame of a GRO file, which has no elements. */
function parseGro(file: string, lines: readonly string[]): Topology {
  const count = Number(lines[1]?.trim() || Number.NaN);
  if (!Number.isSafeInteger(count) || count < 1) {
    const has = JSON.stringify((lines[1] ?? '').slice(0, 40));
    throw new FormatError(file, `must have the number of atoms, and has ${has}`, { line: 2 });
  }
  const found = new Atoms();
  for (let i = 0; i < count; i++) {
    const line = lines[2 + i] ?? '';
    const match = /^(.{5})(.{5})(.{5})/.exec(line);
    if (!match)
      throw new FormatError(file, `must be the atom ${i} of ${count}, and is too short`, { line: 3 + i });
    const name = match[3].trim();
    const residue = match[2].trim();
    found.add(name, elementOf(name, residue), residue, Number.parseInt(match[1], 10) || 0, '');
  }
  return found.topology;
}

async function parse(
  bytes: Bytes,
  atoms: number,
  onWarning: (warning: CoppiceWarning) => void,
): Promise<Topology> {
  const { name } = bytes;
  const whole = await readWhole(bytes, MOST_BYTES);
  if (!whole) throw new FormatError(name, `has more than the ${MOST_BYTES} bytes allowed for a topology`);
  const lines = new TextDecoder('latin1').decode(whole).split(/\r?\n/);
  const isPdb = lines.some((line) => /^(ATOM {2}|HETATM)/.test(line));
  const topology = isPdb
    ? parsePdb(name, lines, atoms, onWarning)
    : extensionOf(name) === 'gro' || /^\s*\d+\s*$/.test(lines[1] ?? '')
      ? parseGro(name, lines)
      : undefined;
  if (!topology) throw new FormatError(name, 'names no atoms as PDB (ATOM, HETATM) or GRO files do');
  return topology;
}

/** @throws FormatError if the file is neither PDB nor GRO, or its number of atoms is not that of the trajectory */
export async function readTopology(
  input: TopologyInput,
  trajectory: string,
  atoms: number,
  onWarning: (warning: CoppiceWarning) => void,
): Promise<Topology> {
  let topology: Topology;
  let name = 'topology';
  if (isTopology(input)) {
    topology = input;
  } else {
    const bytes = await unpack(await openBytes(input));
    name = bytes.name;
    try {
      topology = await parse(bytes, atoms, onWarning);
    } finally {
      await bytes.close();
    }
  }
  if (topology.atoms.length !== atoms) {
    throw new FormatError(name, `has ${topology.atoms.length} atoms, and ${trajectory} has ${atoms}`);
  }
  return topology;
}
