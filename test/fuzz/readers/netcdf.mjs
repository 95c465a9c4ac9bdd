import { readFileSync } from 'node:fs';
import { readRows } from '../reading.mjs';

const fixture = (name) =>
  new Uint8Array(readFileSync(new URL(`../../sources/fixtures/traj-${name}.nc`, import.meta.url)));

export default {
  name: 'netcdf',
  seeds: () => [{ name: 'ala2', bytes: fixture('ala2') }],
  words: [
    'frame',
    'spatial',
    'atom',
    'coordinates',
    'units',
    'angstrom',
    'nanometer',
    'scale_factor',
    'AMBER',
    'Conventions',
  ],
  run: (bytes, { way, options }) => readRows(bytes, way, 'nc', { format: 'netcdf', ...options }),
};
