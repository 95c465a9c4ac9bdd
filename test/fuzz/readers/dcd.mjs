import { readFileSync } from 'node:fs';
import { readRows } from '../reading.mjs';

const fixture = (name) =>
  new Uint8Array(readFileSync(new URL(`../../sources/fixtures/traj-${name}.dcd`, import.meta.url)));

export default {
  name: 'dcd',
  seeds: () =>
    ['plain', 'fixed', 'fixedbig', 'big', 'fourth', 'xplor'].map((name) => ({ name, bytes: fixture(name) })),
  run: (bytes, { way, options }) => readRows(bytes, way, 'dcd', { format: 'dcd', ...options }),
};
