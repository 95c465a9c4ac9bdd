import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as h5 from 'h5wasm/node';
import { readRows } from '../reading.mjs';

const ATOMS = 4;

/** A file as `fill` writes it. The library puts the time into it; it is the same each time here. */
function made(fill) {
  const path = join(tmpdir(), `coppice-fuzz-${process.pid}-seed.h5`);
  const { now } = Date;
  Date.now = () => 1.7e12;
  try {
    const file = new h5.File(path, 'w');
    fill(file);
    file.close();
  } finally {
    Date.now = now;
  }
  const bytes = new Uint8Array(readFileSync(path));
  rmSync(path);
  return bytes;
}

const values = (frames) => Float32Array.from({ length: frames * ATOMS * 3 }, (_, i) => i / 8);

function trajectory(file, options) {
  const set = file.create_dataset({
    name: 'coordinates',
    data: values(20),
    shape: [20, ATOMS, 3],
    ...options,
  });
  set.create_attribute('units', 'nanometers');
  file.create_attribute('title', 'four atoms');
}

export default {
  name: 'hdf5',
  async seeds() {
    await h5.ready;
    const chunks = [6, ATOMS, 3];
    return [
      { name: 'contiguous', bytes: made((file) => trajectory(file, {})) },
      {
        name: 'gzip',
        bytes: made((file) => trajectory(file, { chunks, compression: 'gzip', compression_opts: 4 })),
      },
      {
        name: 'group',
        bytes: made((file) => {
          const group = file.create_group('data');
          for (let i = 0; i < 5; i++)
            group.create_dataset({ name: `x${i}`, data: values(10), shape: [10, 12] });
        }),
        options: { dataset: '/data/x3' },
      },
    ];
  },
  ways: ['bytes', 'bytes', 'bytes', 'blob', 'path'],
  run: (bytes, { way, options }) => readRows(bytes, way, 'h5', { format: 'hdf5', ...options }),
};
