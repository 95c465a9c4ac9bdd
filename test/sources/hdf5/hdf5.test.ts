import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type * as H5wasm from 'h5wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import { FormatError } from '../../../src/errors.ts';
import { type Hdf5Source, open } from '../../../src/sources/index.ts';
import { collect, failure, picked, rowsOf, scratch, table } from '../help.ts';
import { ATOMS, COLS, expected, h5, type Layout, openH5, trajectory as trajectoryIn } from './files.ts';

const { folder } = scratch();
const trajectory = (layout?: Layout) => trajectoryIn(folder, layout);

describe("MDTraj's layout", () => {
  it('says what is in the file', async () => {
    const source = await openH5(trajectory());
    expect(source).toMatchObject({
      format: 'hdf5',
      rows: 50,
      frames: 50,
      cols: COLS,
      atoms: ATOMS,
      dtype: 'f4',
      dataset: '/coordinates',
      title: 'three residues',
      units: 'nanometers',
      shape: [50, ATOMS, 3],
    });
    expect(source.topology?.residues).toBe(3);
    expect(source.topology?.chains).toBe(2);
    expect(source.topology?.atoms[5]).toEqual({
      index: 5,
      name: 'CA',
      element: 'C',
      residue: 'GLY',
      resSeq: 2,
      chain: 0,
    });
  });

  it.each([null, [7, ATOMS, 3], [1, ATOMS, 3], [50, 4, 2]])(
    'pieces %j: any chunk size, stride and range',
    async (chunks) => {
      const path = trajectory({ chunks });
      const fromPath = await openH5(path);
      const fromBytes = (await open(new Uint8Array(readFileSync(path)))) as Hdf5Source;
      await fc.assert(
        fc.asyncProperty(
          fc.record({
            chunkRows: fc.integer({ min: 1, max: 55 }),
            stride: fc.integer({ min: 1, max: 60 }),
            start: fc.integer({ min: 0, max: 55 }),
            end: fc.option(fc.integer({ min: 0, max: 55 }), { nil: undefined }),
            reuse: fc.boolean(),
          }),
          async (options) => {
            expect(await rowsOf(fromPath, options)).toEqual(picked(expected(), options));
            expect(await rowsOf(fromBytes, options)).toEqual(picked(expected(), options));
          },
        ),
        { numRuns: 60 },
      );
    },
  );

  it('more than one block: frames larger than what is read at once', async () => {
    const path = join(folder, 'wide.h5');
    const file = new h5.File(path, 'w');
    const [rows, cols] = [60, 100_000]; // 400 kB a row, 20 rows a block
    const data = new Float32Array(rows * cols).map((_, i) => i);
    file.create_dataset({ name: 'wide', data, shape: [rows, cols], chunks: [9, cols], compression: 'gzip' });
    file.close();
    const source = await openH5(path, { dataset: 'wide' });
    for (const options of [
      { chunkRows: 60 },
      { chunkRows: 7, reuse: true },
      { chunkRows: 25, stride: 2, start: 3 },
    ]) {
      const { start = 0, stride = 1 } = options as { start?: number; stride?: number };
      let row = start;
      let bad = 0;
      for await (const chunk of source.chunks(options)) {
        for (let i = 0; i < chunk.rows; i++, row += stride) {
          for (let j = 0; j < cols; j++) if (chunk.data[i * cols + j] !== data[row * cols + j]) bad++;
        }
      }
      expect([bad, row]).toEqual([0, start + Math.ceil((rows - start) / stride) * stride]);
    }
  });

  it('is known by its signature alone, also behind a user block', async () => {
    const whole = readFileSync(trajectory());
    for (const block of [0, 512, 2048]) {
      const source = await open(Buffer.concat([Buffer.alloc(block, 65), whole]));
      expect(await rowsOf(source, { chunkRows: 50 })).toEqual(expected());
    }
  });

  it('zero frames', async () => {
    const source = await openH5(trajectory({ frames: 0, chunks: null }));
    expect([source.rows, source.cols]).toEqual([0, COLS]);
    expect(await collect(source, { chunkRows: 5 })).toEqual([]);
  });

  it.each([
    ['nm', 1],
    ['nanometers', 1],
    ['angstroms', 0.1],
    ['Angstrom', 0.1],
    ['picometers', 0.001],
    [null, 1],
  ])('units %s', async (units, factor) => {
    const rows = await rowsOf(await openH5(trajectory({ units, frames: 3 })), { chunkRows: 2 });
    expect(rows).toEqual(expected(3).map((row) => row.map((v) => Math.fround(v * factor))));
  });

  it("AMBER's NetCDF-4 without units is in angstroms; scale_factor and add_offset are applied", async () => {
    const path = join(folder, 'amber.nc');
    const file = new h5.File(path, 'w');
    const data = Float32Array.from({ length: 12 }, (_, i) => i - 3);
    file.create_dataset({ name: 'coordinates', data, shape: [2, 2, 3] });
    file.create_attribute('Conventions', 'AMBER');
    const raw = new Int16Array([1, 2, 3, 4]);
    const packed = file.create_dataset({ name: 'packed', data: raw, shape: [2, 2], dtype: '<h' });
    packed.create_attribute('scale_factor', 0.5);
    packed.create_attribute('add_offset', 10, null, '<i');
    const odd = file.create_dataset({ name: 'odd', data, shape: [12] });
    odd.create_attribute('scale_factor', 'two');
    file.close();
    const rows = await rowsOf(await openH5(path), { chunkRows: 2 });
    expect(rows.flat()).toEqual(Array.from(data, (x) => Math.fround(x * 0.1)));
    expect(await rowsOf(await openH5(path, { dataset: 'packed' }), { chunkRows: 2 })).toEqual([
      [10.5, 11],
      [11.5, 12],
    ]);
    expect((await failure(open(path, { dataset: 'odd' }))).message).toContain(
      '/odd has the attribute scale_factor, which must be a number',
    );
  });

  it('units that nobody knows are refused', async () => {
    const error = await failure(open(trajectory({ units: 'parsecs' })));
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toContain('"parsecs"');
  });

  it('without coordinates: says so and lists what there is', async () => {
    const error = await failure(open(trajectory({ name: 'positions' })));
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toMatch(/no \/coordinates.*\/positions \(50 x 11 x 3\)/);
  });

  it('coordinates of another shape', async () => {
    const path = join(folder, 'flat.h5');
    const file = new h5.File(path, 'w');
    file.create_dataset({ name: 'coordinates', data: new Float32Array(12), shape: [4, 3] });
    file.close();
    const error = await failure(open(path));
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toContain('4 x 3');
  });
});

describe('atoms', () => {
  const names = ['N', 'CA', 'C', 'O', 'N', 'CA', 'C', 'O', 'O', 'H1', 'H2'];
  const indexOf = (...wanted: string[]) => names.flatMap((name, i) => (wanted.includes(name) ? [i] : []));

  it.each([
    [
      [3, 0, 10],
      [3, 0, 10],
    ],
    [[5], [5]],
    [{ name: 'CA' }, indexOf('CA')],
    [{ name: ['O', 'N'] }, indexOf('N', 'O')],
    [{ element: 'C' }, indexOf('CA', 'C')],
    [{ residue: 'HOH' }, [8, 9, 10]],
    [{ residue: ['ALA', 'HOH'], element: 'O' }, [3, 8]],
  ])('%j', async (atoms, indexes) => {
    const source = await openH5(trajectory(), { atoms });
    expect(source.selected).toEqual(indexes);
    expect(source.cols).toBe(indexes.length * 3);
    const rows = expected().map((row) => indexes.flatMap((i) => row.slice(3 * i, 3 * i + 3)));
    for (const options of [{ chunkRows: 8 }, { chunkRows: 3, stride: 4, start: 2 }]) {
      expect(await rowsOf(source, options)).toEqual(picked(rows, options));
    }
  });

  it.each([
    [[0, 11], /atoms\[1\] must be a whole number from 0 to 10, got 11/],
    [[-1], /atoms\[0\] must be .*, got -1/],
    [[1.5], /1.5/],
    [[2, 2], /2 is listed twice/],
    [[], /atoms must be a list of at least one index, got an Array of length 0/],
    [{}, /atoms must be a selection by 'name', 'element' or 'residue', got a plain object/],
    [{ name: 'XX' }, /no atom has name "XX"; there are O, N, CA, C, H1, H2/],
    [{ name: ['CA', 'CB'] }, /no atom has name "CB"/],
    [{ element: 'Fe' }, /no atom has element "Fe"/],
    [{ residue: 'ala' }, /residue "ala"; there are ALA, GLY, HOH/],
    [{ residue: 'HOH', name: 'CA' }, /at once/],
    [
      { chain: 'A' } as object,
      /a key of atoms must be .name., .element. or .residue., got the string "chain"/,
    ],
  ])('%j is a RangeError with what there is', async (atoms, message) => {
    const error = await failure(open(trajectory(), { atoms: atoms as number[] }));
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toMatch(message);
  });

  it('names need a topology that fits; indexes do not', async () => {
    const [r, s] = [trajectory({ topology: null }), trajectory({ topology: '{"chains": [' })];
    const t = trajectory({ topology: '{"chains":[{"residues":[{"atoms":[{"index":0,"name":"CA"}]}]}]}' });
    for (const [path, message] of [
      [r, /no \/topology/],
      [s, /not valid JSON/],
      [t, /has 1 atoms, \/coordinates has 11/],
    ] as const) {
      const error = await failure(open(path, { atoms: { name: 'CA' } }));
      expect(error).toBeInstanceOf(FormatError);
      expect(error.message).toMatch(message);
      expect((await openH5(path, { atoms: [1] })).cols).toBe(3);
    }
  });
});

describe('a named dataset', () => {
  const arrays: [string, Parameters<H5wasm.Group['create_dataset']>[0]['data'], 'f4' | 'f8'][] = [
    ['float32', Float32Array.of(1.5, 2, 3, 4, 5, 6), 'f4'],
    ['float64', Float64Array.of(0.1, 2, 3, 4, 5, 6), 'f8'],
    ['int8', Int8Array.of(-1, 2, 3, 4, 5, 6), 'f8'],
    ['uint16', Uint16Array.of(65535, 2, 3, 4, 5, 6), 'f8'],
    ['int32', Int32Array.of(-5, 2, 3, 4, 5, 6), 'f8'],
    ['uint32', Uint32Array.of(2 ** 32 - 1, 2, 3, 4, 5, 6), 'f8'],
    ['int64', BigInt64Array.of(-7n, 2n, 3n, 4n, 5n, 6n), 'f8'],
    ['uint64', BigUint64Array.of(2n ** 63n, 2n, 3n, 4n, 5n, 6n), 'f8'],
  ];
  let path: string;
  beforeAll(() => {
    path = join(folder, 'named.h5');
    const file = new h5.File(path, 'w');
    file.create_group('deep');
    const group = file.get('deep') as H5wasm.Group;
    for (const [name, data] of arrays) group.create_dataset({ name, data, shape: [3, 2] });
    group.create_dataset({ name: 'line', data: Float64Array.of(1, 2, 3) });
    group.create_dataset({ name: 'cube', data: new Float32Array(24).map((_, i) => i), shape: [2, 3, 4] });
    group.create_dataset({ name: 'four', data: new Float32Array(16), shape: [2, 2, 2, 2] });
    group.create_dataset({ name: 'text', data: ['a', 'b'] });
    file.close();
  });

  it.each(arrays)('%s', async (name, data, dtype) => {
    const source = await openH5(path, { dataset: `deep/${name}` });
    expect(source.dtype).toBe(dtype);
    const values = Array.from(data as ArrayLike<number>, Number);
    expect(await rowsOf(source, { chunkRows: 2 })).toEqual(table(values, 2));
  });

  it('one and three dimensions', async () => {
    expect(await rowsOf(await openH5(path, { dataset: '/deep/line' }), { chunkRows: 2 })).toEqual([
      [1],
      [2],
      [3],
    ]);
    const cube = await openH5(path, { dataset: '/deep/cube' });
    expect(await rowsOf(cube, { chunkRows: 1 })).toEqual(
      table(
        Array.from({ length: 24 }, (_, i) => i),
        12,
      ),
    );
  });

  it('is given in its own units', async () => {
    const source = await openH5(trajectory({ units: 'angstroms', frames: 2 }), { dataset: 'coordinates' });
    expect(await rowsOf(source, { chunkRows: 2 })).toEqual(expected(2));
  });

  it.each([
    ['deep/none', RangeError, /no dataset \/deep\/none; there are .*\/deep\/cube \(2 x 3 x 4\)/],
    ['deep', RangeError, /no dataset \/deep/],
    ['deep/text', FormatError, /does not hold numbers/],
    ['deep/four', FormatError, /1 to 3 dimensions/],
  ])('%s', async (dataset, type, message) => {
    const error = await failure(open(path, { dataset }));
    expect(error).toBeInstanceOf(type);
    expect(error.message).toMatch(message);
  });

  it('atoms of what has none', async () => {
    const error = await failure(open(path, { dataset: 'deep/cube', atoms: [0] }));
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toContain('no atoms to choose');
  });
});

const ala2 = new URL('../../../../shared/data/ala2.h5', import.meta.url);
const missing = !existsSync(ala2);
describe("MDTraj's own alanine dipeptide", () => {
  it.skipIf(missing)(
    `ala2.h5 [${missing ? 'skipped: ../shared/data is missing' : 'from ../shared/data'}]`,
    async () => {
      const source = (await open(ala2)) as Hdf5Source;
      expect(source).toMatchObject({ rows: 100, cols: 66, atoms: 22, units: 'nanometers', dtype: 'f4' });
      const names = source.topology?.atoms.map((atom) => atom.name).slice(0, 9);
      expect(names).toEqual(['H1', 'CH3', 'H2', 'H3', 'C', 'O', 'N', 'H', 'CA']);
      const all = await rowsOf(source, { chunkRows: 100 });
      for (const options of [
        { chunkRows: 1 },
        { chunkRows: 7, stride: 5 },
        { chunkRows: 33, start: 10, end: 90 },
      ]) {
        expect(await rowsOf(source, options)).toEqual(picked(all, options));
      }
      const alpha = (await open(ala2, { atoms: { name: 'CA' } })) as Hdf5Source;
      expect(alpha.selected).toEqual([8]);
      expect(await rowsOf(alpha, { chunkRows: 9 })).toEqual(all.map((row) => row.slice(24, 27)));
      // A carbon and its hydrogen stay about 0.109 nm apart: the numbers are nanometers, and in the right place.
      for (const row of all) {
        const bond = Math.hypot(row[24] - row[27], row[25] - row[28], row[26] - row[29]);
        expect(Math.abs(bond - 0.109)).toBeLessThan(0.015);
      }
    },
  );
});
