/** Elements of PDB and GRO files that name none, frames that end with END, alternate locations. */

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { open } from '../../../src/sources/index.ts';
import { elementOf } from '../../../src/sources/trajectories/elements.ts';
import type { Topology } from '../../../src/sources/trajectories/topology.ts';
import type { CoppiceWarning } from '../../../src/types.ts';
import { bytesOf, concat } from '../help.ts';

interface Line {
  field: string;
  residue?: string;
  resSeq?: number;
  location?: string;
  symbol?: string;
}

/** A PDB line; `field` has the four columns of the name. */
function line({ field, residue = 'ALA', resSeq = 1, location = ' ', symbol = '' }: Line): string {
  const left = `ATOM      1 ${field.padEnd(4)}${location}${residue.padEnd(4)}A${String(resSeq).padStart(4)}`;
  return `${left.padEnd(54)}  1.00  0.00`.padEnd(76) + symbol.padStart(2);
}

/** A DCD file of one frame with this many atoms, to which a topology can belong. */
function frameOf(atoms: number): Uint8Array {
  const head = bytesOf('traj-plain.dcd').slice(0, 276);
  new DataView(head.buffer).setInt32(8, 1, true);
  new DataView(head.buffer).setInt32(268, atoms, true);
  const plane = new Int32Array(atoms + 2);
  plane[0] = plane[atoms + 1] = 4 * atoms;
  const bytes = new Uint8Array(plane.buffer);
  return concat(head, bytes, bytes, bytes);
}

async function topologyOf(text: string, atoms: number, name = 'a.pdb') {
  const warnings: CoppiceWarning[] = [];
  const onWarning = (warning: CoppiceWarning) => void warnings.push(warning);
  const source = await open(frameOf(atoms), { topology: new File([text], name), onWarning });
  return { topology: (source as { topology?: Topology }).topology as Topology, warnings };
}

const elements = async (lines: Line[]) => {
  const { topology } = await topologyOf(lines.map(line).join('\n'), lines.length);
  return topology.atoms.map((atom) => atom.element).join(' ');
};

describe('elements', () => {
  it.each([
    ['proteins', 'ALA', 'N CA C O CB HN HA 1HB 2HB OXT', 'N C C O C H H H H O'],
    ['proteins of CHARMM and AMBER', 'HSD', 'CD2 CE1 ND1 NE2 HD1 CG HE1', 'C C N N H C H'],
    ['hydrogens that are called as metals', 'SER', 'HG HG1 HG11 HO', 'H H H H'],
    ['sulfur and selenium', 'MSE', 'SE CE SD', 'Se C S'],
    ['nucleotides', 'DC', "P OP1 C5' N1 C5 H5'' HO3'", 'P O C N C H H'],
    ['a nucleotide of one letter', 'C', "C5 C N4 C1'", 'C C N C'],
    ['water with sites without mass', 'SOL', 'OW HW1 HW2 MW LP1 EPW', 'O H H   '],
    ['ions', 'CA', 'CA', 'Ca'],
    ['ions with a charge', 'CL-', 'CL-', 'Cl'],
    ['ions with a number', 'ZN2', 'ZN', 'Zn'],
    ['ions of one letter', 'K', 'K', 'K'],
    ['iodide', 'I', 'I', 'I'],
    ['ions of CHARMM', 'SOD', 'SOD', 'Na'],
    ['ions of CHARMM', 'CAL', 'CAL', 'Ca'],
    ['ions of old GROMACS', 'ION', 'NA CL', 'Na Cl'],
    ['ligands', 'LIG', 'C1 CA CL1 BR N2 H10 FE CD O HG', 'C C Cl Br N H Fe C O H'],
  ])('%s', (_what, residue, names, wanted) => {
    expect(names.split(' ').map((name) => elementOf(name, residue))).toEqual(wanted.split(' '));
  });

  it('columns decide in ligands, in files that use them', async () => {
    const heme = { residue: 'HEC', resSeq: 2 };
    const ligand = [
      ...['FE', ' NA', ' C1A', 'CD', ' CD', 'HG', ' HG', 'HG11'].map((field) => ({ field, ...heme })),
    ];
    expect(await elements([{ field: ' CA' }, ...ligand])).toBe('C Fe N C Cd C Hg H H');
    // Names from column 13 on: they say nothing of elements.
    const early = ligand.map(({ field }) => ({ field: field.trim(), ...heme }));
    expect(await elements([{ field: 'CA' }, ...early])).toBe('C Fe N C C C H H H');
    expect(
      await elements([
        { field: 'C1', residue: 'LIG' },
        { field: 'CD', residue: 'LIG' },
      ]),
    ).toBe('C C');
  });

  it('columns 77 and 78 count where they hold a symbol', async () => {
    expect(
      await elements([
        { field: ' CA', symbol: 'C' },
        { field: 'CA', residue: 'CA', symbol: 'CA' },
        { field: ' CA', symbol: 'XX' },
        { field: ' CB', symbol: '1' },
        { field: ' D1', symbol: 'D' },
      ]),
    ).toBe('C Ca C C D');
  });
});

describe('PDB', () => {
  it('END ends a frame, as ENDMDL does', async () => {
    for (const end of ['END', 'END   ', 'ENDMDL']) {
      const frame = `${line({ field: ' N' })}\n${line({ field: ' CA' })}\n${end}\n`;
      const { topology } = await topologyOf(`REMARK\nMODEL 1\n${frame.repeat(3)}`, 2);
      expect(topology.atoms.map(({ name }) => name)).toEqual(['N', 'CA']);
    }
  });

  it('of alternate locations the first is kept, with a warning', async () => {
    const lines = [
      { field: ' N' },
      { field: ' CA', location: 'A' },
      { field: ' CA', location: 'B' },
      { field: ' CB', location: 'A' },
      { field: ' CB', location: 'B' },
      { field: ' N', resSeq: 2 },
      // Only there in the second.
      { field: ' CG', resSeq: 2, location: 'B' },
      // Another residue in the same place.
      { field: ' CA', resSeq: 3, location: 'A', residue: 'SER' },
      { field: ' CA', resSeq: 3, location: 'B', residue: 'THR' },
    ].map(line);
    const { topology, warnings } = await topologyOf(lines.join('\n'), 6);
    expect(topology.atoms.map(({ name, residue }) => `${residue} ${name}`)).toEqual([
      'ALA N',
      'ALA CA',
      'ALA CB',
      'ALA N',
      'ALA CG',
      'SER CA',
    ]);
    expect(warnings).toEqual([
      {
        code: 'ALTERNATE_LOCATIONS',
        message: 'a.pdb: has alternate locations; the first of each atom is kept, 3 others are left out',
      },
    ]);
    // Atoms that only have a name in common are no alternates, and a trajectory may have been made with all.
    const all = await topologyOf(lines.join('\n'), 9);
    expect(all.topology.atoms).toHaveLength(9);
    expect(all.warnings).toEqual([]);
    const same = await topologyOf([line({ field: ' N' }), line({ field: ' N' })].join('\n'), 2);
    expect(same.warnings).toEqual([]);
  });
});

const cases = new URL('../../../../shared/cases/md/', import.meta.url);
const at = (name: string) => fileURLToPath(new URL(name, cases));
describe.skipIf(!existsSync(cases))('../shared/cases/md', () => {
  it('adk_closed.pdb of CHARMM has 1,040 carbons', async () => {
    const source = await open(at('adk_dims.dcd'), {
      topology: at('adk_closed.pdb'),
      atoms: { element: 'C' },
      onWarning: () => {},
    });
    expect(source.cols).toBe(3 * 1040);
  });

  it('pdb-no-elements-left-aligned.pdb', async () => {
    const { readFileSync } = await import('node:fs');
    const text = readFileSync(at('pdb-no-elements-left-aligned.pdb'), 'latin1');
    const atoms = text.split('\n').filter((one) => one.startsWith('ATOM'));
    const { topology } = await topologyOf(text, atoms.length);
    for (const atom of topology.atoms) expect(atom.element, atom.name).toBe(atom.name[0]);
  });

  it('pdb-frames-by-END.pdb', async () => {
    const topology = at('pdb-frames-by-END.pdb');
    const source = await open(at('pdb-frames-by-END.dcd'), { topology, onWarning: () => {} });
    expect((source as { topology?: Topology }).topology!.atoms).toHaveLength(2);
  });
});
