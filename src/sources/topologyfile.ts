/**
 * Names of atoms from a PDB or GRO file, for trajectories that have none: fields stand in fixed columns.
 * Formats: https://www.wwpdb.org/documentation/file-format-content/format33/sect9.html and
 * https://manual.gromacs.org/current/reference-manual/file-formats.html#gro
 */

import { FormatError } from '../errors.ts';
import { type Bytes, type BytesInput, extensionOf, openBytes, readWhole } from './bytes.ts';
import { unpack } from './compressed.ts';
import type { Atom, Topology } from './topology.ts';

/** A PDB or GRO file: path, URL, Blob or bytes; or what another source says of its atoms. */
export type TopologyInput = BytesInput | Topology;

/** A file of 10 million atoms is smaller. */
const MOST_BYTES = 2 ** 30;

/** Of which the first letter alone is another element. */
const IONS = new Set([
  'BA',
  'BR',
  'CA',
  'CD',
  'CL',
  'CS',
  'CU',
  'FE',
  'HG',
  'LI',
  'MG',
  'MN',
  'NA',
  'NI',
  'RB',
  'SR',
  'ZN',
]);

function isTopology(input: unknown): input is Topology {
  return Array.isArray((input as Partial<Topology> | null)?.atoms);
}

/** By the columns before the name, where the file does not say: elements of two letters begin a column earlier. */
function elementOf(field: string): string {
  const letters = field.slice(0, 2).trim().replace(/\d/g, '');
  const name = field.trim().replace(/^\d+/, '');
  const element = letters !== '' && field[0] !== ' ' && name.length < 4 ? letters : name.slice(0, 1);
  return element.slice(0, 1).toUpperCase() + element.slice(1).toLowerCase();
}

/** Ions are residues of one atom of the same name; otherwise CA is a carbon. */
function ionOf(name: string, residue: string): string | undefined {
  const bare = name.replace(/[\d+-]+$/, '').toUpperCase();
  const isIon = bare === residue.replace(/[\d+-]+$/, '').toUpperCase();
  return isIon && IONS.has(bare) ? bare.slice(0, 1) + bare.slice(1).toLowerCase() : undefined;
}

/** Counts residues and chains as atoms come. */
class Atoms {
  readonly atoms: Atom[] = [];
  residues = 0;
  chains = 0;
  private residue = '';
  private chain: string | undefined;

  add(name: string, element: string, residue: string, resSeq: number, chain: string, insertion = ''): void {
    if (chain !== this.chain) {
      this.chains++;
      this.residue = '';
    }
    const key = `${residue} ${resSeq} ${insertion}`;
    if (key !== this.residue) this.residues++;
    this.chain = chain;
    this.residue = key;
    this.atoms.push({ index: this.atoms.length, name, element, residue, resSeq, chain: this.chains - 1 });
  }

  get topology(): Topology {
    return { atoms: this.atoms, residues: this.residues, chains: this.chains, bonds: [] };
  }
}

/** The first model of a PDB file. */
function parsePdb(lines: readonly string[]): Topology {
  const found = new Atoms();
  let part = 0;
  for (const line of lines) {
    if (/^ENDMDL/.test(line)) break;
    if (/^TER/.test(line)) part++;
    if (!/^(ATOM {2}|HETATM)/.test(line)) continue;
    const field = line.slice(12, 16);
    const symbol = line.slice(76, 78).trim();
    const element =
      symbol === '' ? elementOf(field) : symbol.slice(0, 1).toUpperCase() + symbol.slice(1).toLowerCase();
    const resSeq = Number.parseInt(line.slice(22, 26), 10);
    const chain = `${line.slice(21, 22)} ${part}`;
    found.add(field.trim(), element, line.slice(17, 21).trim(), resSeq || 0, chain, line.slice(26, 27));
  }
  return found.topology;
}

/** The first frame of a GRO file; it does not name elements, so they are the first letters of names. */
function parseGro(file: string, lines: readonly string[]): Topology {
  const count = Number(lines[1]?.trim() || Number.NaN);
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new FormatError(file, `must have the number of atoms, and has ${JSON.stringify(lines[1] ?? '')}`, {
      line: 2,
    });
  }
  const found = new Atoms();
  for (let i = 0; i < count; i++) {
    const line = lines[2 + i] ?? '';
    const match = /^(.{5})(.{5})(.{5})/.exec(line);
    if (!match)
      throw new FormatError(file, `must be the atom ${i} of ${count}, and is too short`, { line: 3 + i });
    const name = match[3].trim();
    const residue = match[2].trim();
    const element = ionOf(name, residue) ?? elementOf(` ${name}`);
    found.add(name, element, residue, Number.parseInt(match[1], 10) || 0, '');
  }
  return found.topology;
}

async function parse(bytes: Bytes): Promise<Topology> {
  const { name } = bytes;
  const whole = await readWhole(bytes, MOST_BYTES);
  if (!whole) throw new FormatError(name, `has more than the ${MOST_BYTES} bytes allowed for a topology`);
  const lines = new TextDecoder('latin1').decode(whole).split(/\r?\n/);
  const isPdb = lines.some((line) => /^(ATOM {2}|HETATM)/.test(line));
  const topology = isPdb
    ? parsePdb(lines)
    : extensionOf(name) === 'gro' || /^\s*\d+\s*$/.test(lines[1] ?? '')
      ? parseGro(name, lines)
      : undefined;
  if (!topology) throw new FormatError(name, 'names no atoms as PDB (ATOM, HETATM) or GRO files do');
  return topology;
}

/** @throws FormatError where the file is neither, or has another number of atoms than the trajectory */
export async function readTopology(
  input: TopologyInput,
  trajectory: string,
  atoms: number,
): Promise<Topology> {
  let topology: Topology;
  let name = 'topology';
  if (isTopology(input)) {
    topology = input;
  } else {
    const bytes = await unpack(await openBytes(input), undefined);
    name = bytes.name;
    try {
      topology = await parse(bytes);
    } finally {
      await bytes.close();
    }
  }
  if (topology.atoms.length !== atoms) {
    throw new FormatError(name, `has ${topology.atoms.length} atoms, and ${trajectory} has ${atoms}`);
  }
  return topology;
}
