/** Trajectories that are cut, damaged or odd: an error with its place, or the rows before; never a wrong row. */

import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OpenOptions } from '../../../src/sources/formats.ts';
import { open } from '../../../src/sources/index.ts';
import type { OpenInput } from '../../../src/sources/open.ts';
import { asked, serve } from '../bytes/server.ts';
import {
  bytesOf,
  collect,
  concat,
  counted,
  expectClosed,
  type Failure,
  failure,
  fixture,
  rowsOf,
} from '../help.ts';

const quiet: OpenOptions = { onWarning: () => {} };

const stream = (data: Uint8Array) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < data.length; at += 777) controller.enqueue(data.slice(at, at + 777));
      controller.close();
    },
  });

/** Rows until the end or an error. */
async function readAll(input: OpenInput, options: OpenOptions = {}, stride = 1) {
  const rows: number[][] = [];
  let error: Failure | undefined;
  try {
    const source = await open(input, { ...quiet, ...options });
    for await (const { data, rows: count, cols } of source.chunks({ chunkRows: 1, stride })) {
      for (let i = 0; i < count; i++) rows.push(Array.from(data.subarray(i * cols, (i + 1) * cols)));
    }
  } catch (caught) {
    error = caught as Failure;
  }
  return { rows, error };
}

/** A copy with 32-bit big-endian numbers replaced. */
function patched(name: string, change: Record<number, number>, little = false): Uint8Array {
  const data = bytesOf(name).slice();
  const view = new DataView(data.buffer);
  for (const [offset, value] of Object.entries(change)) view.setInt32(Number(offset), value, little);
  return data;
}

const problem = async (data: Uint8Array, name = 'run') => {
  const { error, rows } = await readAll(data, { name });
  expect(error?.code).toBe('ERR_FORMAT');
  return { message: error!.message, rows: rows.length };
};

describe('cut short', () => {
  const files = [
    'few2.xtc',
    'few10.xtc',
    'still.xtc',
    'bare.trr',
    'plain.dcd',
    'fixed.dcd',
    'big.dcd',
    'ala2.nc',
  ];
  it.each(files)('%s at every byte: an error, or the rows before', async (file) => {
    const data = bytesOf(`traj-${file}`);
    const all = (await readAll(data)).rows;
    expect(all.length).toBeGreaterThan(1);
    const by = data.length > 3000 ? 13 : 1;
    let whole = 0;
    for (let length = 1; length < data.length; length += by) {
      const part = data.slice(0, length);
      for (const [input, stride] of [
        [part, 1],
        [new Blob([part]), 2],
        [stream(part), 1],
        [stream(part), 3],
      ] as const) {
        if (input !== part && length % 7 > 0) continue;
        const { rows, error } = await readAll(input, { name: file }, stride);
        expect(rows).toEqual(all.filter((_, i) => i % stride === 0).slice(0, rows.length));
        if (error) {
          // What is too short to be known for what it is, is taken for a stranger by its name.
          expect(error.code, error.message).toBe('ERR_FORMAT');
          expect(error.message).toContain(file);
        } else if (input === part) {
          // Where a frame ends a file may end.
          expect(rows.length).toBeLessThan(all.length);
          whole++;
        }
      }
    }
    // A DCD file may have no frames.
    if (by === 1) expect(whole).toBe(all.length - (file.endsWith('dcd') ? 0 : 1));
  });

  it('the error has the frame and the byte', async () => {
    const data = bytesOf('traj-few10.xtc');
    const whole = 92 + Math.ceil(new DataView(data.buffer).getInt32(88) / 4) * 4;
    const { message, offset } = await failure(open(data.slice(0, 200), { name: 'run.xtc' }));
    expect(message).toBe(
      `run.xtc, byte 200: frame 1: the file ends within it: the frames before it are the first ${whole} bytes, and all that onBadRow: 'skip' reads`,
    );
    expect(await open(data.slice(0, whole))).toMatchObject({ rows: 1 });
    expect(offset).toBe(200);
    expect((await failure(open(data.slice(0, 250), { name: 'run.xtc' }))).message).toMatch(
      /^run.xtc, byte 250: frame 1: the file ends within it: it has \d+ bytes, and \d+ are there; the frames before it are the first \d+ bytes, and all that onBadRow: 'skip' reads$/,
    );
  });
});

describe('damaged', () => {
  it.each([
    'few2.xtc',
    'few10.xtc',
    'still.xtc',
    'wide.xtc',
    'ala2.xtc',
    'bare.trr',
    'double.trr',
    'plain.dcd',
    'fixed.dcd',
    'ala2.nc',
  ])('%s with any bytes changed', async (file) => {
    const data = bytesOf(`traj-${file}`);
    const frames = (await readAll(data)).rows.length;
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            at: fc.oneof(
              fc.integer({ min: 0, max: Math.min(400, data.length - 1) }),
              fc.integer({ min: 0, max: data.length - 1 }),
            ),
            value: fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0, 127, 128, 255)),
          }),
          { minLength: 1, maxLength: 6 },
        ),
        fc.boolean(),
        async (changes, streamed) => {
          const broken = data.slice();
          for (const { at, value } of changes) broken[at] = value;
          const { rows, error } = await readAll(streamed ? stream(broken) : broken, { name: file });
          if (error) expect(['ERR_FORMAT', 'ERR_RANGE', 'ERR_PLATFORM'], error.stack).toContain(error.code);
          for (const row of rows) expect(row.every(Number.isFinite)).toBe(true);
          if (!error) expect(rows.length).toBeLessThanOrEqual(2 * frames);
        },
      ),
      { numRuns: 150 },
    );
  });

  it.each(['xtc', 'trr', 'dcd', 'netcdf'] as const)('%s of random bytes', async (format) => {
    const head = {
      xtc: [0, 0, 7, 0xcb],
      trr: [0, 0, 7, 0xc9, 0, 0, 0, 13, 0, 0, 0, 12, ...new TextEncoder().encode('GMX_trn_file')],
      dcd: [84, 0, 0, 0, 67, 79, 82, 68],
      netcdf: [67, 68, 70, 1],
    }[format];
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 600 }), async (noise) => {
        const { error } = await readAll(concat(Uint8Array.from(head), noise), { format });
        if (error) expect(['ERR_FORMAT', 'ERR_RANGE'], error.stack).toContain(error.code);
      }),
      { numRuns: 200 },
    );
  });

  it('XTC', async () => {
    const two = bytesOf('traj-few2.xtc'); // Frames of 80 bytes.
    expect(await problem(patched('traj-few2.xtc', { 160: 7 }))).toMatchObject({
      message: 'run, byte 160: frame 2: it must begin with 1995 or 2023, and here is 7',
    });
    expect((await problem(patched('traj-few2.xtc', { 84: 3 }))).message).toBe(
      'run, byte 84: frame 1: it has 3 atoms, and the first has 2',
    );
    expect((await problem(patched('traj-few2.xtc', { 132: 3 }))).message).toContain(
      'claims 2 atoms and coordinates of 3',
    );
    expect((await problem(patched('traj-few2.xtc', { 4: -2 }))).message).toContain(
      'frame 0: it claims -2 atoms',
    );
    expect((await problem(concat(two, Uint8Array.of(1, 2, 3)))).message).toContain(
      'byte 323: frame 4: the file ends within it',
    );
    // A billion atoms in 40 bytes.
    expect((await problem(patched('traj-few10.xtc', { 4: 2 ** 30, 52: 2 ** 30 }))).message).toMatch(
      /it claims \d+ bytes for the coordinates of 1073741824 atoms/,
    );
    expect((await problem(patched('traj-few10.xtc', { 88: -1 }))).message).toContain('it claims -1 bytes');
    expect((await problem(patched('traj-few10.xtc', { 56: 0 }))).message).toBe(
      'run, byte 56: frame 0: its precision is 0',
    );
    expect((await problem(patched('traj-few10.xtc', { 72: -(2 ** 31) }))).message).toMatch(
      /its x is claimed to go from -?\d+ to -2147483648/,
    );
    expect((await problem(patched('traj-chain.xtc', { 84: 99 }))).message).toMatch(
      /frame 0: the coordinates are damaged: the size of a step is 99/,
    );
    // All ones: atoms outside their box.
    const noise = bytesOf('traj-few10.xtc').slice();
    noise.fill(255, 92, 92 + 20);
    expect((await problem(noise)).message).toMatch(
      /frame 0: the coordinates are damaged: an atom is outside the box/,
    );
  });

  it('TRR', async () => {
    expect((await problem(bytesOf('traj-velocities.trr'))).message).toMatch(
      /^run, byte \d+: frame 1: it has no positions, but velocities and forces; every frame must have them/,
    );
    expect((await problem(patched('traj-bare.trr', { 64: 2 ** 30 }))).message).toContain(
      'bytes of positions for 1073741824 atoms',
    );
    expect((await problem(patched('traj-bare.trr', { 32: 7 }))).message).toBe(
      'run, byte 32: frame 0: it claims 7 bytes of box, and must have 0 or 36',
    );
    expect((await problem(patched('traj-bare.trr', { 8: 11 }))).message).toContain(
      'it must be called "GMX_trn_file"',
    );
  });

  it('DCD', async () => {
    const plain = (change: Record<number, number>) => problem(patched('traj-plain.dcd', change, true));
    // The frames begin at byte 276 and have 288 bytes.
    expect(await plain({ 564: 87 })).toEqual({
      message: 'run, byte 564: frame 1: the record of x of 22 atoms is marked with 87 bytes; it must have 88',
      rows: 1,
    });
    expect((await plain({ 852: 88, 944: 5 })).message).toContain('byte 944: frame 2: the record of x');
    expect((await plain({ 92: 2 ** 30 })).message).toContain(
      'byte 92: the record of titles claims 1073741824 bytes',
    );
    expect((await plain({ 268: 2 ** 28 })).message).toContain('claims 268435456 atoms, for which');
    expect((await plain({ 40: 22 })).message).toContain('claims 22 fixed atoms of 22');
    expect((await plain({ 4: 0x444c4556 })).message).toContain('(a file of velocities)');
    expect((await problem(concat(bytesOf('traj-plain.dcd'), Uint8Array.of(88, 0, 0)))).message).toMatch(
      /byte 2007: frame 6: the file ends within it/,
    );
  });

  it('NetCDF', async () => {
    const data = bytesOf('traj-ala2.nc');
    const text = Buffer.from(data);
    const renamed = Buffer.from(data);
    renamed.write('coordinatez', text.indexOf('coordinates'));
    expect((await problem(renamed)).message).toMatch(
      /has no variable "coordinates"; there are .*coordinatez/,
    );
    const units = Buffer.from(data);
    units.write('furlongs', text.indexOf('angstrom', text.lastIndexOf('coordinates')));
    expect((await problem(units)).message).toMatch(/in "furlongs"; known are angstroms/);
    expect((await problem(patched('traj-ala2.nc', { 4: 26 }))).message).toMatch(
      /frame 25: the file ends before it does: 26 frames/,
    );
    // Not known when it was written: the length of the file tells.
    expect((await readAll(patched('traj-ala2.nc', { 4: -1 }))).rows).toEqual((await readAll(data)).rows);
    expect((await problem(patched('traj-ala2.nc', { 12: 2 ** 30 }))).message).toContain(
      'the NetCDF header is damaged',
    );
    data[3] = 5;
    expect((await problem(data)).message).toContain('NetCDF 5');
  });

  it('numbers that are none: an error with atom and frame, or passed on where that is asked for', async () => {
    const data = patched('traj-plain.dcd', { [564 + 4 + 4 * 7 + 96]: 0x7fc00000 }, true);
    expect((await problem(data)).message).toBe('run, byte 564: frame 1: y of atom 7 is NaN');
    const { rows, error } = await readAll(data, { nulls: 'nan' });
    expect(error).toBeUndefined();
    expect(rows.flatMap((row, i) => row.flatMap((x, j) => (Number.isNaN(x) ? [[i, j]] : [])))).toEqual([
      [1, 22],
    ]);
    // Atoms that are not asked for may have missing data.
    expect((await readAll(data, { atoms: [6, 8] })).error).toBeUndefined();
    expect((await failure(open(data, { nulls: 'zero' as 'nan' }))).message).toContain(
      "nulls must be 'error' or 'nan'",
    );
  });
});

/** A DCD file of frames that count. */
function large(atoms: number, frames: number): Uint8Array {
  const head = bytesOf('traj-plain.dcd').slice(0, 276);
  new DataView(head.buffer).setInt32(8, frames, true);
  new DataView(head.buffer).setInt32(268, atoms, true);
  const frame = new Int32Array(3 * (atoms + 2));
  const values = new Float32Array(frame.buffer);
  const parts = [head];
  for (let f = 0; f < frames; f++) {
    for (let axis = 0; axis < 3; axis++) {
      const at = axis * (atoms + 2);
      frame[at] = frame[at + atoms + 1] = 4 * atoms;
      values.fill(10 * (3 * f + axis), at + 1, at + 1 + atoms);
    }
    parts.push(new Uint8Array(frame.slice().buffer));
  }
  return concat(...parts);
}

describe('how it is read', () => {
  it.each([
    [100_000, 5],
    [450_000, 2],
  ])('frames larger than what is read at once: %i atoms', async (atoms, frames) => {
    const data = large(atoms, frames);
    for (const input of [data, new Blob([data as Uint8Array<ArrayBuffer>]), stream(data)]) {
      const source = await open(input, { atoms: [0, 1, atoms - 1] });
      const chunks = await collect(source, { chunkRows: 2 });
      const rows = chunks.flatMap(({ data: values, rows: n }) =>
        Array.from({ length: n }, (_, i) => Array.from(values.subarray(9 * i, 9 * i + 9), Math.round)),
      );
      expect(rows).toEqual(
        Array.from({ length: frames }, (_, f) => [0, 1, 2, 0, 1, 2, 0, 1, 2].map((axis) => 3 * f + axis)),
      );
    }
  });

  it('a stride over large frames steps over what is between', async () => {
    const data = large(5000, 100); // 60 kB each
    const { bytes, count } = counted(data);
    const source = await open(bytes);
    const before = count();
    expect(before).toBeLessThan(2000);
    expect(await rowsOf(source, { chunkRows: 3, stride: 20 })).toHaveLength(5);
    expect(count() - before).toBeLessThan(5 * 60_100);
  });

  it('XTC: frames are counted by their heads where they are long', async () => {
    const frame = new Uint8Array(92 + 200_000);
    frame.set(bytesOf('traj-chain.xtc').slice(0, 92));
    new DataView(frame.buffer).setInt32(88, 200_000);
    const { bytes, count } = counted(concat(...Array.from({ length: 50 }, () => frame)));
    expect((await open(bytes)).rows).toBe(50);
    expect(count()).toBeLessThan(2.5 * 2 ** 20);
  });

  it('XTC from a server: few requests, also for a stride, and rows once they have been read', async () => {
    const data = concat(...Array.from({ length: 300 }, () => bytesOf('traj-water.xtc'))); // 900 frames, 1.8 MB
    const { url, log } = await serve({ data }, '/run.xtc');
    const source = await open(url);
    const { overheadBytes } = source;
    expect(source.rows).toBeUndefined();
    expect(await rowsOf(source, { chunkRows: 50, stride: 10 })).toHaveLength(90);
    expect(source.rows).toBe(900);
    // What is planned before a pass must hold after it.
    expect(source.overheadBytes).toBe(overheadBytes);
    expect(log.length).toBeLessThan(12);
    expect(asked(log.slice(1))).toBeLessThan(1.1 * data.length);
    const requests = log.length;
    expect(await rowsOf(source, { chunkRows: 50, start: 890 })).toHaveLength(10);
    expect(log.length - requests).toBeLessThan(4);
    expect(asked(log.slice(requests))).toBeLessThan(100_000);
  });

  it('compressed as a whole, and as a stream', async () => {
    for (const file of ['ala2.xtc', 'double.trr', 'big.dcd', 'ala2.nc']) {
      const data = bytesOf(`traj-${file}`);
      const { rows } = await readAll(data);
      expect(await readAll(new Uint8Array(gzipSync(data)))).toEqual({ rows, error: undefined });
      expect(await readAll(stream(data))).toEqual({ rows, error: undefined });
    }
    expect((await readAll(stream(bytesOf('traj-fixed.dcd')))).error?.message).toContain('has fixed atoms');
  });

  it('a file is open during a pass alone, and a signal ends it', async () => {
    for (const file of ['ala2.xtc', 'ala2.trr', 'ala2.dcd', 'ala2.nc']) {
      const path = fixture(`traj-${file}`);
      await expectClosed(await open(path), path);
    }
    const stop = AbortSignal.abort(new Error('enough'));
    expect((await failure(open(fixture('traj-water.xtc'), { signal: stop }))).message).toBe('enough');
  });

  it('several files are one trajectory', async () => {
    const path = fixture('traj-ala2.xtc');
    const source = await open([path, path], { atoms: [3] });
    expect(source.rows).toBe(50);
    expect(await rowsOf(source, { chunkRows: 7, stride: 4 })).toHaveLength(13);
  });
});
