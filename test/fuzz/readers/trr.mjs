import { readFileSync } from 'node:fs';
import { frameFuzzing } from '../formats/gromacs.mjs';
import { readRows } from '../reading.mjs';

const fixture = (name) =>
  new Uint8Array(readFileSync(new URL(`../../sources/fixtures/trr/traj-${name}.trr`, import.meta.url)));

/** By the sizes in its head. */
function endOf(view, at) {
  if (at + 84 > view.byteLength) return undefined;
  if (view.getInt32(at) !== 1993) throw new Error(`no frame begins at ${at}`);
  const sizes = Array.from({ length: 10 }, (_, i) => view.getInt32(at + 24 + 4 * i));
  const atoms = view.getInt32(at + 64);
  const told = sizes[7] || sizes[8] || sizes[9];
  const real = told ? told / (3 * atoms) : sizes[2] ? sizes[2] / 9 : 4;
  return at + 76 + 2 * real + sizes.reduce((a, b) => a + b, 0);
}

export default {
  name: 'trr',
  seeds: () => [
    ...['bare', 'uneven', 'forces', 'double'].map((name) => ({ name, bytes: fixture(name) })),
    { name: 'velocities', bytes: fixture('velocities'), options: { onBadRow: 'skip' } },
  ],
  ...frameFuzzing(endOf, 20),
  options: (random) => (random.oneIn(3) ? { onBadRow: 'skip' } : {}),
  run: (bytes, { way, options }) => readRows(bytes, way, 'trr', { format: 'trr', ...options }),
};
