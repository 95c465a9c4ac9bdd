import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as h5 from 'h5wasm/node';
import { readRows } from '../reading.mjs';

const ATOMS = 4;

/** A file as `fill` writes it. The library puts the time into it; it is the same each time here. */
function made(fill, options) {
  const path = join(tmpdir(), `coppice-fuzz-${process.pid}-seed.h5`);
  const { now } = Date;
  Date.now = () => 1.7e12;
  try {
    const file = new h5.File(path, 'w', options);
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
const topology = JSON.stringify({
  chains: [
    {
      index: 0,
      residues: [
        {
          index: 0,
          name: 'ALA',
          resSeq: 1,
          atoms: ['N', 'CA', 'C', 'O'].map((name, index) => ({ index, name, element: name[0] })),
        },
      ],
    },
  ],
  bonds: [],
});

function trajectory(file, options) {
  const set = file.create_dataset({
    name: 'coordinates',
    data: values(20),
    shape: [20, ATOMS, 3],
    ...options,
  });
  set.create_attribute('units', 'nanometers', [], 'S');
  file.create_dataset({ name: 'topology', data: [topology], shape: [1], dtype: `S${topology.length}` });
  file.create_attribute('title', 'four atoms', [], 'S');
}

/** Places of structures: what has a signature of four letters. */
function structures(bytes) {
  const found = [];
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  for (const { index } of text.matchAll(
    /TREE|HEAP|SNOD|OHDR|OCHK|FRHP|FHIB|FHDB|BTHD|BTIN|BTLF|GCOL|FAHD|EAHD/g,
  )) {
    found.push(index);
  }
  return found;
}

const chunks = [6, ATOMS, 3];
/** With its checksum. */
const CHUNK_BYTES = 6 * ATOMS * 3 * 4 + 4;
const gzip = { chunks, compression: 'gzip', compression_opts: 4 };

export default {
  name: 'hdf5',
  async seeds() {
    await h5.ready;
    const group = (file) => {
      const data = file.create_group('data');
      for (let i = 0; i < 12; i++) data.create_dataset({ name: `x${i}`, data: values(10), shape: [10, 12] });
    };
    const checked = made((file) => trajectory(file, { chunks, compression: 3, compression_opts: [] }));
    // The first of the chunks that a checksum covers, and all behind it.
    const chunk = Buffer.from(checked).indexOf(Buffer.from(values(1).buffer));
    return [
      { name: 'contiguous', bytes: made((file) => trajectory(file, {})) },
      { name: 'gzip', bytes: made((file) => trajectory(file, gzip)) },
      { name: 'latest', bytes: made((file) => trajectory(file, gzip), { libver: 'latest' }) },
      { name: 'fletcher32', bytes: checked, chunk },
      { name: 'group', bytes: made(group), options: { dataset: '/data/x3' } },
      { name: 'group latest', bytes: made(group, { libver: 'latest' }), options: { dataset: '/data/x3' } },
    ];
  },
  ways: ['bytes', 'bytes', 'bytes', 'blob', 'path', 'path'],
  edits: {
    /** A number near the beginning of a structure, or of the file. */
    field(bytes, random, { common }) {
      const places = [0, ...structures(bytes)];
      const at = random.pick(places);
      const part = bytes.slice(at, at + 96);
      const out = bytes.slice();
      const edited = common[random.pick(['flip', 'byte', 'number', 'step'])](part, random);
      out.set(edited.subarray(0, out.length - at), at);
      return out;
    },
    /** One address takes the place of another, so that structures go round in circles. */
    address(bytes, random) {
      const places = structures(bytes);
      if (places.length === 0 || bytes.length < 64) return bytes;
      const view = new DataView(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
      const held = [];
      for (let at = 0; at + 8 <= bytes.length; at++) {
        const value = view.getBigUint64(at, true);
        if (value > 0n && value < BigInt(bytes.length) && places.includes(Number(value))) held.push(at);
      }
      const at = held.length > 0 && !random.oneIn(4) ? random.pick(held) : random.below(bytes.length - 8);
      view.setBigUint64(at, BigInt(random.pick(places)), true);
      return new Uint8Array(view.buffer);
    },
  },
  run: (bytes, { way, options }) => readRows(bytes, way, 'h5', { format: 'hdf5', ...options }),
  accepted({ seed, bytes, result }) {
    if (seed.chunk === undefined || bytes.length !== seed.bytes.length) return undefined;
    const changed = bytes.findIndex((byte, i) => byte !== seed.bytes[i]);
    if (changed < seed.chunk || result.digest === seed.result.digest) return undefined;
    // The checksum of zeros is zero: where both are overwritten, nothing tells.
    for (let at = seed.chunk; at + CHUNK_BYTES <= bytes.length; at += CHUNK_BYTES) {
      if (bytes.subarray(at, at + CHUNK_BYTES).every((byte) => byte === 0)) return undefined;
    }
    return 'accepted with other numbers although a checksum covers them';
  },
};
