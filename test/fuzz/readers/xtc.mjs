import { readFileSync } from 'node:fs';
import { frameFuzzing } from '../formats/gromacs.mjs';
import { readRows } from '../reading.mjs';

const fixture = (name) =>
  new Uint8Array(readFileSync(new URL(`../../sources/fixtures/xtc/traj-${name}.xtc`, import.meta.url)));

/** Few atoms are not compressed; else the head says how many bytes follow. */
function endOf(view, at) {
  if (at + 60 > view.byteLength) return undefined;
  const magic = view.getInt32(at);
  if (magic !== 1995 && magic !== 2023) throw new Error(`no frame begins at ${at}`);
  const atoms = view.getInt32(at + 4);
  if (atoms <= 9) return at + 56 + 12 * atoms;
  const wide = magic === 2023;
  const head = wide ? 96 : 92;
  if (at + head > view.byteLength) return undefined;
  const data = wide ? Number(view.getBigInt64(at + 88)) : view.getInt32(at + 88);
  return at + head + Math.ceil(data / 4) * 4;
}

export default {
  name: 'xtc',
  seeds: () =>
    ['few2', 'few9', 'few10', 'still', 'huge', 'wide'].map((name) => ({ name, bytes: fixture(name) })),
  ...frameFuzzing(endOf, 24),
  options: (random) => (random.oneIn(3) ? { onBadRow: 'skip' } : random.oneIn(4) ? { atoms: [1, 0] } : {}),
  run: (bytes, { way, options }) => readRows(bytes, way, 'xtc', { format: 'xtc', ...options }),
};
