import { readFileSync } from 'node:fs';
import { readRows } from '../reading.mjs';

const fixture = (name) =>
  new Uint8Array(readFileSync(new URL(`../../sources/fixtures/traj-${name}.xtc`, import.meta.url)));

export default {
  name: 'xtc',
  seeds: () =>
    ['few2', 'few9', 'few10', 'still', 'huge', 'wide'].map((name) => ({ name, bytes: fixture(name) })),
  run: (bytes, { way, options }) => readRows(bytes, way, 'xtc', { format: 'xtc', ...options }),
};
