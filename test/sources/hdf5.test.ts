import fs, { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type * as H5wasm from 'h5wasm';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { FormatError } from '../../src/errors.ts';
import { type Hdf5Source, type OpenOptions, open } from '../../src/sources/index.ts';
import { collect, failure, picked, rowsOf, scratch, table, timesOpen } from './help.ts';

const { folder, put } = scratch();
let h5: typeof H5wasm;
beforeAll(async () => {
  h5 = await import('h5wasm/node');
  await h5.ready;
});

/** Chains hold residues hold atoms, as MDTraj writes it: two alanines and a water. */
function topology(): string {
  const alanine = ['N', 'CA', 'C', 'O'];
  let index = 0;
  const residue = (name: string, resSeq: number, atoms: string[]) => ({
    index: resSeq,
    name,
    resSeq,
    atoms: atoms.map((atom) => ({ index: index++, name: atom, element: atom[0] })),
  });
  return JSON.stringify({
    chains: [
      { index: 0, residues: [residue('ALA', 1, alanine), residue('GLY', 2, alanine)] },
      { index: 1, residues: [residue('HOH', 3, ['O', 'H1', 'H2'])] },
    ],
    bonds: [[0, 1]],
  });
}
const ATOMS = 11;
const COLS = ATOMS * 3;

interface Layout {
  frames?: number;
  units?: string | null;
  chunks?: number[] | null;
  topology?: string | null;
  name?: string;
}

let serial = 0;
/** A trajectory in MDTraj's layout; value (frame, column) is frame * 100 + column. */
function trajectory({
  frames = 50,
  units = 'nanometers',
  chunks = [7, ATOMS, 3],
  ...rest
}: Layout = {}): string {
  const path = join(folder, `t${serial++}.h5`);
  const file = new h5.File(path, 'w');
  const data = new Float32Array(frames * COLS).map((_, i) => Math.floor(i / COLS) * 100 + (i % COLS));
  const set = file.create_dataset({
    name: rest.name ?? 'coordinates',
    data,
    shape: [frames, ATOMS, 3],
    // A piece may not be larger than the data.
    chunks: chunks && [Math.min(chunks[0], frames), ...chunks.slice(1)],
    ...(chunks ? { compression: 'gzip' as const, compression_opts: 4 } : {}),
  });
  if (units !== null) set.create_attribute('units', units);
  const text = rest.topology === undefined ? topology() : rest.topology;
  if (text !== null)
    file.create_dataset({ name: 'topology', data: [text], shape: [1], dtype: `S${text.length}` });
  file.create_attribute('title', 'three residues');
  file.close();
  return path;
}

const expected = (frames = 50) =>
  Array.from({ length: frames }, (_, f) => Array.from({ length: COLS }, (_, c) => f * 100 + c));
const openH5 = (path: string, options?: OpenOptions) => open(path, options) as Promise<Hdf5Source>;

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
    [[0, 11], /entry 1 is 11; allowed are whole numbers from 0 to 10/],
    [[-1], /entry 0 is -1/],
    [[1.5], /1.5/],
    [[2, 2], /2 is listed twice/],
    [[], /empty/],
    [{}, /empty/],
    [{ name: 'XX' }, /no atom has name "XX"; there are O, N, CA, C, H1, H2/],
    [{ name: ['CA', 'CB'] }, /no atom has name "CB"/],
    [{ element: 'Fe' }, /no atom has element "Fe"/],
    [{ residue: 'ala' }, /residue "ala"; there are ALA, GLY, HOH/],
    [{ residue: 'HOH', name: 'CA' }, /at once/],
    [{ chain: 'A' } as object, /the key "chain"/],
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

describe('damage and stopping', () => {
  it('cut files and damaged pieces: one line, nothing on the error stream', async () => {
    const whole = readFileSync(trajectory({ frames: 400 }));
    // The library writes to the descriptor itself, in Node.
    const written = vi.spyOn(fs, 'writeSync');
    const stderr = vi.spyOn(process.stderr, 'write');
    const console = vi.spyOn(globalThis.console, 'error');
    for (const length of [9, 40, 96, 500, 2000, Math.floor(whole.length / 2), whole.length - 1]) {
      for (const input of [
        put('cut.h5', whole.subarray(0, length)),
        new Uint8Array(whole.subarray(0, length)),
      ]) {
        const error = await failure(open(input));
        expect(error, `cut at ${length}`).toBeInstanceOf(FormatError);
        expect(error.message).not.toContain('\n');
        expect(error.message).toMatch(/cut\.h5|bytes/);
        if (length >= 96) expect(error.message).toMatch(/truncated file: eof = \d+/);
      }
    }
    // Where the compressed frames are: noise there must be noticed by the decompression.
    const noisy = Buffer.from(whole);
    for (let i = Math.floor(whole.length * 0.4); i < whole.length * 0.6; i++) noisy[i] = (i * 7919) & 255;
    const error = await failure(async () => collect(await open(put('noise.h5', noisy)), { chunkRows: 10 }));
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toMatch(/noise\.h5.*\/coordinates from row \d+ cannot be read/);
    expect(written.mock.calls.filter(([fd]) => fd === 2)).toEqual([]);
    expect(stderr).not.toHaveBeenCalled();
    expect(console).not.toHaveBeenCalled();
    vi.restoreAllMocks();
  });

  it.skipIf(process.platform !== 'linux')(
    'closes after a pass, a break and an abort [needs /proc]',
    async () => {
      const path = trajectory();
      const source = await openH5(path);
      expect(timesOpen(path)).toBe(0);
      for await (const _ of source.chunks({ chunkRows: 10 })) expect(timesOpen(path)).toBe(1);
      expect(timesOpen(path)).toBe(0);
      for await (const _ of source.chunks({ chunkRows: 10 })) break;
      expect(timesOpen(path)).toBe(0);
      const stop = new AbortController();
      const error = await failure(async () => {
        for await (const _ of source.chunks({ chunkRows: 10, signal: stop.signal }))
          stop.abort(new Error('enough'));
      });
      expect(error.message).toBe('enough');
      expect(timesOpen(path)).toBe(0);
    },
  );

  it('two passes at once, and a pass after close()', async () => {
    const source = await openH5(trajectory());
    const [a, b] = await Promise.all([
      rowsOf(source, { chunkRows: 3 }),
      rowsOf(source, { chunkRows: 8, stride: 3 }),
    ]);
    expect(a).toEqual(expected());
    expect(b).toEqual(picked(expected(), { stride: 3 }));
    await source.close?.();
    expect(await rowsOf(source, { chunkRows: 50 })).toEqual(expected());
  });

  it('a Blob: two passes at once, and close() in the middle of one', async () => {
    const source = (await open(new Blob([readFileSync(trajectory())]))) as Hdf5Source;
    const [a, b] = await Promise.all([
      rowsOf(source, { chunkRows: 3 }),
      rowsOf(source, { chunkRows: 8, stride: 3 }),
    ]);
    expect(a).toEqual(expected());
    expect(b).toEqual(picked(expected(), { stride: 3 }));
    let rows = 0;
    for await (const chunk of source.chunks({ chunkRows: 20 })) {
      rows += chunk.rows;
      await source.close?.();
    }
    expect(rows).toBe(50);
  });

  it('a stream that is too long for memory is refused', async () => {
    const head = new Uint8Array(readFileSync(trajectory({ frames: 1 })));
    const rest = new Uint8Array(2 ** 26);
    let pulls = 0;
    const huge = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(pulls++ === 0 ? head : rest),
    });
    const error = await failure(open(huge, { name: 'huge.h5' }));
    expect(error.code).toBe('ERR_PLATFORM');
    expect(error.message).toMatch(/huge\.h5.*front to back only.*537 MB/);
    expect(pulls).toBeLessThan(12);
  });
});

const ala2 = new URL('../../../shared/data/ala2.h5', import.meta.url);
const missing = !existsSync(ala2);
describe('what is fetched when it is needed', () => {
  /** A file as a server or a Blob gives it: later, and counted. */
  function remote(path: string, more = 0) {
    const file = readFileSync(path);
    const log: [number, number][] = [];
    const source = {
      byteLength: file.length + more,
      slice: async (a: number, b: number) => {
        await new Promise((resolve) => setTimeout(resolve));
        log.push([a, b]);
        const part = new Uint8Array(Math.min(b, file.length + more) - a);
        part.set(file.subarray(a, Math.min(b, file.length)));
        return part;
      },
    };
    const fetched = () => log.reduce((sum, [a, b]) => sum + b - a, 0);
    return { source, log, fetched, size: file.length };
  }

  it.each([null, [7, ATOMS, 3], [1, ATOMS, 3], [5000, 4, 2]])(
    'gives what the file gives, in pieces of %j',
    async (chunks) => {
      const frames = 20_000;
      const path = trajectory({ frames, chunks });
      const { source } = remote(path);
      const file = await openH5(path);
      const far = (await open(source, { name: 'far.h5' })) as Hdf5Source;
      expect([far.rows, far.cols, far.units, far.title]).toEqual([frames, COLS, file.units, file.title]);
      expect(far.topology?.atoms.length).toBe(ATOMS);
      for (const options of [
        { chunkRows: 5000 },
        { chunkRows: 999, stride: 7 },
        { chunkRows: 3, start: 12_345, end: 12_380 },
        { chunkRows: 10, stride: 6001 },
      ]) {
        expect(await rowsOf(far, options)).toEqual(await rowsOf(file, options));
      }
    },
  );

  it('and not the whole: the beginning, a few rows far apart, the selection of a sample', async () => {
    const frames = 200_000;
    const { source, fetched, size } = remote(trajectory({ frames, chunks: null }));
    expect(size).toBeGreaterThan(26e6);
    const far = (await open(source, { name: 'far.h5' })) as Hdf5Source;
    expect(fetched()).toBeLessThan(1e6);
    await rowsOf(far, { chunkRows: 10, end: 100 });
    await rowsOf(far, { chunkRows: 5, stride: 40_000 });
    expect(fetched()).toBeLessThan(3e6);
    // Read once from front to back, little is fetched twice.
    const before = fetched();
    await rowsOf(far, { chunkRows: 20_000 });
    expect(fetched() - before).toBeLessThan(1.1 * size);
  });

  it('a file larger than memory', async () => {
    const { source } = remote(trajectory(), 2 ** 33);
    const far = (await open(source, { name: 'far.h5' })) as Hdf5Source;
    expect(await rowsOf(far, { chunkRows: 9 })).toEqual(expected());
  });

  it('two passes at once, and close() in the middle of one', async () => {
    const { source } = remote(trajectory({ frames: 3000 }));
    const far = (await open(source, { name: 'far.h5' })) as Hdf5Source;
    const [a, b] = await Promise.all([
      rowsOf(far, { chunkRows: 300 }),
      rowsOf(far, { chunkRows: 8, stride: 30 }),
    ]);
    expect(a).toEqual(expected(3000));
    expect(b).toEqual(picked(expected(3000), { stride: 30 }));
    let rows = 0;
    for await (const chunk of far.chunks({ chunkRows: 1000 })) {
      rows += chunk.rows;
      await far.close?.();
    }
    expect(rows).toBe(3000);
  });

  it('a fetch that fails is the error; damage is still damage; what is not there is listed', async () => {
    const { source } = remote(trajectory({ frames: 20_000, chunks: null }));
    const slice = source.slice;
    const far = (await open(source, { name: 'far.h5' })) as Hdf5Source;
    source.slice = async () => {
      throw new Error('the wire is cut');
    };
    expect((await failure(rowsOf(far, { chunkRows: 100, start: 19_000 }))).message).toBe('the wire is cut');
    source.slice = slice;
    expect(await rowsOf(far, { chunkRows: 100, start: 19_999 })).toEqual([expected(20_000)[19_999]]);
    const error = await failure(open(source, { name: 'far.h5', dataset: 'nothing' }));
    expect(error.message).toMatch(/far\.h5 has no dataset \/nothing; there are .*\/coordinates/);
  });
});

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
