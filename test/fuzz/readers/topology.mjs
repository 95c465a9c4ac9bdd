import { readFileSync } from 'node:fs';
import { Digest, sources } from '../reading.mjs';

const fixture = (name) =>
  new Uint8Array(readFileSync(new URL(`../../sources/fixtures/${name}`, import.meta.url)));
const trajectory = fixture('xtc/traj-ala2.xtc');

export default {
  name: 'topology',
  seeds: () => [
    { name: 'pdb', bytes: fixture('topologies/traj-ala2.pdb'), options: { kind: 'pdb' } },
    { name: 'gro', bytes: fixture('topologies/traj-ala2.gro'), options: { kind: 'gro' } },
  ],
  ways: ['bytes'],
  words: [
    'ATOM  ',
    'HETATM',
    'TER',
    'END',
    'ENDMDL',
    'MODEL',
    'CA',
    'HN',
    ' C',
    '\n',
    '\r\n',
    '22',
    '-1',
    '99999',
    '*****',
    '\0',
    '\u00e9',
  ],
  /** Names of atoms, for the trajectory that the file belongs to. */
  async run(bytes, { options: { kind } }) {
    const topology = new File([bytes], `case.${kind}`);
    const source = await sources.open(trajectory, {
      format: 'xtc',
      name: 'case.xtc',
      topology,
      onWarning() {},
    });
    const digest = new Digest();
    for (const atom of source.topology.atoms) {
      digest.text(`${atom.name} ${atom.element} ${atom.residue}`);
      digest.number(atom.resSeq);
      digest.number(atom.chain);
    }
    await source.close?.();
    return { digest: String(digest), rows: source.topology.atoms.length };
  },
};
