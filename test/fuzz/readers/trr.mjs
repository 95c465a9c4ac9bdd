import { readFileSync } from 'node:fs';
import { readRows } from '../reading.mjs';

const fixture = (name) =>
  new Uint8Array(readFileSync(new URL(`../../sources/fixtures/traj-${name}.trr`, import.meta.url)));

export default {
  name: 'trr',
  seeds: () => ['bare', 'uneven', 'forces'].map((name) => ({ name, bytes: fixture(name) })),
  run: (bytes, { way, options }) => readRows(bytes, way, 'trr', { format: 'trr', ...options }),
};
