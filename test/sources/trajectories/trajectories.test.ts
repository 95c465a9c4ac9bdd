/** XTC, TRR, DCD and NetCDF files against what MDTraj reads from them (fixtures/make_trajectories.py). */

import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OpenOptions } from '../../../src/sources/formats.ts';
import { open } from '../../../src/sources/index.ts';
import type { CoppiceWarning } from '../../../src/types.ts';
import { TRAJECTORY } from '../../cli/help.ts';
import { serve } from '../bytes/server.ts';
import { anyRange, bytesOf, failure, fixture, picked, rowsOf } from '../help.ts';

/** Fixtures for which MDTraj gave an answer. */
const FILES = ['dcd', 'netcdf', 'trr', 'xtc']
  .flatMap((folder) => readdirSync(new URL(`../fixtures/${folder}`, import.meta.url)))
  .filter((name) => name.startsWith('traj-') && name !== 'traj-velocities.trr')
  .sort();

/** What MDTraj reads. */
async function expected(name: string): Promise<number[][]> {
  const [, stem, ending] = /^(.*)\.(\w+)$/.exec(name.replace('water2023', 'water'))!;
  return rowsOf(await open(fixture(`${stem}-${ending}.npy`)), { chunkRows: 1000 });
}

const trajectory = async (input: Parameters<typeof open>[0], options?: OpenOptions) => {
  const source = await open(input, options);
  if (!('timeStep' in source)) throw new Error('it is no trajectory');
  return source;
};

/** A copy with some bytes replaced. */
function patched(name: string, offset: number, ...bytes: number[]): Uint8Array {
  const data = bytesOf(name).slice();
  data.set(bytes, offset);
  return data;
}

describe('as MDTraj reads them, to the last bit', () => {
  it('there are files of each kind', () => {
    expect(FILES.length).toBeGreaterThan(20);
    for (const ending of ['xtc', 'trr', 'dcd', 'nc']) {
      expect(FILES.some((name) => name.endsWith(ending))).toBe(true);
    }
  });

  it.each(FILES)('%s', async (name) => {
    const rows = await expected(name);
    const source = await trajectory(fixture(name), { onWarning: () => {} });
    expect(source).toMatchObject({
      rows: rows.length,
      frames: rows.length,
      cols: rows[0].length,
      atoms: rows[0].length / 3,
      dtype: 'f4',
    });
    for (const chunkRows of [1, 2, 3, rows.length, 100]) {
      for (const reuse of [false, true]) expect(await rowsOf(source, { chunkRows, reuse })).toEqual(rows);
    }
  });

  it.each(['xtc', 'trr', 'dcd', 'nc'])(
    '%s: any chunk size, stride and range, wherever it is read from',
    async (ending) => {
      const name = `traj-ala2.${ending}`;
      const data = bytesOf(name);
      const rows = await expected(name);
      const { url } = await serve({ data }, `/${name}`);
      const stream = await serve({ data, noRanges: true }, `/${name}`);
      const sources = [
        await open(fixture(name)),
        await open(data),
        await open(new Blob([data])),
        await open(url),
        await open(stream.url, { onWarning: () => {} }),
      ];
      await fc.assert(
        fc.asyncProperty(anyRange(25), async (options) => {
          for (const source of sources) {
            expect(await rowsOf(source, options)).toEqual(picked(rows, options));
          }
        }),
        { numRuns: 40 },
      );
      for (const source of sources) expect([25, undefined]).toContain(source.rows);
    },
  );

  it('is known by its first bytes, whatever it is called', async () => {
    for (const name of FILES) {
      const source = await trajectory(bytesOf(name), { name: 'data.bin', onWarning: () => {} });
      expect(source.format).toBe(name.endsWith('nc') ? 'netcdf' : name.slice(-3));
    }
  });
});

describe('atoms', () => {
  const ATOMS = [4, 8, 0, 21, 6];

  it.each(['xtc', 'trr', 'dcd', 'nc'])('%s: by index, in the order given', async (ending) => {
    const rows = await expected(`traj-ala2.${ending}`);
    const wanted = rows.map((row) => ATOMS.flatMap((atom) => row.slice(3 * atom, 3 * atom + 3)));
    const source = await trajectory(fixture(`traj-ala2.${ending}`), { atoms: ATOMS });
    expect(source.selected).toEqual(ATOMS);
    expect(await rowsOf(source, { chunkRows: 4 })).toEqual(wanted);
    expect(await rowsOf(source, { chunkRows: 2, stride: 3, reuse: true })).toEqual(
      picked(wanted, { stride: 3 }),
    );
  });

  it.each(FILES.filter((name) => /xtc|fixed/.test(name)))('%s: every one alone', async (name) => {
    const rows = await expected(name);
    for (let atom = 0; atom < rows[0].length / 3; atom += rows[0].length > 300 ? 17 : 1) {
      const source = await open(fixture(name), { atoms: [atom] });
      expect(await rowsOf(source, { chunkRows: 2 })).toEqual(
        rows.map((row) => row.slice(3 * atom, 3 * atom + 3)),
      );
    }
  });

  it.each(['pdb', 'gro'])('by the names of a %s file', async (ending) => {
    const topology = fixture(`traj-ala2.${ending}`);
    const source = await trajectory(fixture('traj-ala2.xtc'), { atoms: { name: ['CA', 'CB'] }, topology });
    const known = await open(TRAJECTORY, {
      atoms: { name: ['CA', 'CB'] },
    });
    expect(source.selected).toEqual((known as { selected?: number[] }).selected);
    expect(source.topology).toMatchObject({ residues: 3, chains: 1 });
    const all = (known as unknown as { topology: typeof source.topology }).topology!.atoms;
    expect(source.topology!.atoms).toEqual(all);
    const bytes = await trajectory(fixture('traj-ala2.dcd'), {
      atoms: { element: 'N' },
      topology: new File([bytesOf(`traj-ala2.${ending}`)], `top.${ending}`),
    });
    expect(bytes.cols).toBe(6);
  });

  it('elements by the names of a GRO file: ions are residues of their own', async () => {
    const gro = [
      'two ions, a residue',
      ' 4',
      '    1ALA     CA    1   0.000   0.000   0.000',
      '    2NA      NA    2   0.000   0.000   0.000',
      '    3CL-     CL    3   0.000   0.000   0.000',
      '    4SOL    HW1    4   0.000   0.000   0.000',
      '   1.0   1.0   1.0',
    ].join('\n');
    const topology = new File([gro], 'box.gro');
    const error = await failure(open(fixture('traj-few2.xtc'), { topology }));
    expect(error.message).toBe(`box.gro: has 4 atoms, and ${fixture('traj-few2.xtc')} has 2`);
    const short = new File([gro.replace(' 4\n', ' 8\n')], 'box.gro');
    expect((await failure(open(fixture('traj-few8.xtc'), { topology: short }))).message).toMatch(
      /box.gro, line 8: must be the atom 5 of 8, and is too short/,
    );
    const eight = gro
      .replace(' 4\n', ' 8\n')
      .replace('   1.0   1.0', `${gro.split('\n').slice(2, 6).join('\n')}\n   1.0`);
    const source = await trajectory(fixture('traj-few8.xtc'), { topology: new File([eight], 'box.gro') });
    expect(source.topology!.atoms.slice(0, 4).map(({ element }) => element)).toEqual(['C', 'Na', 'Cl', 'H']);
  });

  it('names need a topology, of as many atoms', async () => {
    const file = fixture('traj-ala2.xtc');
    expect((await failure(open(file, { atoms: { name: 'CA' } }))).message).toMatch(
      /has no names of atoms.*PDB or GRO file: pass it as topology/,
    );
    const other = await failure(
      open(fixture('traj-water.xtc'), { atoms: { name: 'CA' }, topology: fixture('traj-ala2.pdb') }),
    );
    expect(other.message).toMatch(/traj-ala2.pdb: has 22 atoms, and .*traj-water.xtc has 450/);
    expect((await failure(open(file, { topology: fixture('traj-ala2.xtc') }))).message).toContain(
      'names no atoms',
    );
    expect((await failure(open(file, { atoms: [22] }))).message).toContain('0 to 21');
    expect((await failure(open(fixture('traj-ala2-xtc.npy'), { topology: 'x.pdb' }))).message).toMatch(
      /topology: is an option for xtc, trr, dcd, netcdf/,
    );
  });
});

describe('what files say of themselves', () => {
  it('time, box, title, units', async () => {
    expect(await trajectory(fixture('traj-water.xtc'))).toMatchObject({
      timeStep: 2,
      box: [3, 3, 3],
      units: 'nanometers',
    });
    expect(await trajectory(fixture('traj-forces.trr'))).toMatchObject({ timeStep: 0.5, box: [3, 3, 3] });
    expect(await trajectory(fixture('traj-double.trr'))).toMatchObject({
      timeStep: 0.5,
      box: [3, 3, 3],
      summary: 'TRR, double precision',
    });
    expect(await trajectory(fixture('traj-bare.trr'))).toMatchObject({ timeStep: 0.5, box: undefined });
    expect(await trajectory(fixture('traj-big.dcd'))).toMatchObject({
      title: 'made by hand',
      units: 'angstroms',
      summary: 'DCD (CHARMM), big-endian, with unit cell',
    });
    expect((await trajectory(fixture('traj-ala2.dcd'))).title).toMatch(
      /^Created by DCD plugin; REMARKS Created [\w: ]+$/,
    );
    expect((await trajectory(fixture('traj-fixed.dcd'))).summary).toContain('17 atoms fixed');
    expect(await trajectory(fixture('traj-ala2.nc'))).toMatchObject({
      format: 'netcdf',
      summary: 'NetCDF 3, 64-bit offsets',
    });
  });

  it('a DCD header that promises another number of frames is warned of', async () => {
    const warnings: CoppiceWarning[] = [];
    const onWarning = (warning: CoppiceWarning) => warnings.push(warning);
    const source = await open(patched('traj-plain.dcd', 8, 9), { onWarning });
    expect(source.rows).toBe(6);
    expect(warnings).toMatchObject([
      { code: 'DCD_FRAMES', message: expect.stringMatching(/promises 9 frames, and it has 6/) },
    ]);
    await open(patched('traj-plain.dcd', 8, 0), { onWarning });
    await open(fixture('traj-plain.dcd'), { onWarning });
    expect(warnings).toHaveLength(1);
  });
});
