/** Trajectories that were torn, have frames without positions, or are written in ways that few programs write. */

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { OpenOptions } from '../../../src/sources/formats.ts';
import { open } from '../../../src/sources/index.ts';
import type { OpenInput } from '../../../src/sources/open.ts';
import type { CoppiceWarning } from '../../../src/types.ts';
import { serve } from '../bytes/server.ts';
import { bytesOf, concat, failure, rowsOf } from '../help.ts';

async function read(input: OpenInput, options: OpenOptions = {}) {
  const warnings: CoppiceWarning[] = [];
  const onWarning = (warning: CoppiceWarning) => void warnings.push(warning);
  const source = await open(input, { onWarning, ...options });
  return { source, rows: await rowsOf(source, { chunkRows: 4 }), warnings };
}

const FILES = ['few10.xtc', 'ala2.xtc', 'bare.trr', 'plain.dcd', 'fixed.dcd', 'big.dcd', 'ala2.nc'];

describe("a torn last frame with onBadRow: 'skip'", () => {
  it.each(FILES)('%s: the whole frames are read, with a warning', async (file) => {
    const data = bytesOf(`traj-${file}`);
    const all = (await read(data)).rows;
    for (const cut of [1, 3, 40]) {
      const torn = data.slice(0, data.length - cut);
      const name = `run.${file.split('.')[1]}`;
      expect((await failure(read(torn, { name }))).message).toMatch(/frame \d+: the file ends/);
      const { url } = await serve({ data: torn }, `/${name}`);
      const stream = await serve({ data: torn, noRanges: true }, `/${name}`);
      const inputs = [
        torn,
        new Blob([torn]),
        url,
        ...(file === 'fixed.dcd' ? [] : [stream.url, gzipSync(torn)]),
      ];
      for (const input of inputs) {
        const { source, rows, warnings } = await read(input, { name, onBadRow: 'skip' });
        expect(rows).toEqual(all.slice(0, -1));
        expect(source.rows).toBe(all.length - 1);
        expect(await rowsOf(source, { chunkRows: 100, stride: 2 })).toEqual(
          all.slice(0, -1).filter((_, i) => i % 2 === 0),
        );
        const told = warnings.filter(({ code }) => code === 'TORN_FRAME');
        expect(told).toHaveLength(1);
        expect(told[0].message).toMatch(
          new RegExp(`run.*frame ${all.length - 1}: the file ends .*; it is left out$`, 's'),
        );
      }
    }
  });

  it.each(FILES)('%s: whole files, damage and the first frame are as before', async (file) => {
    const data = bytesOf(`traj-${file}`);
    const { rows, warnings } = await read(data, { onBadRow: 'skip' });
    expect(rows).toEqual((await read(data)).rows);
    expect(warnings.map(({ code }) => code)).not.toContain('TORN_FRAME');
    const first = data.slice(0, data.length - Math.ceil((data.length * (rows.length - 0.5)) / rows.length));
    expect((await failure(read(first, { name: file, onBadRow: 'skip' }))).code).toBe('ERR_FORMAT');
    expect((await failure(open(data, { onBadRow: 'drop' as 'skip' }))).message).toMatch(
      /^onBadRow must be 'error' or 'skip', got the string "drop"/,
    );
  });
});

describe('frames without coordinates', () => {
  it('TRR: rows of NaN for who skips bad rows', async () => {
    const data = bytesOf('traj-velocities.trr');
    expect((await failure(read(data))).message).toMatch(/has no positions.*onBadRow: 'skip'/s);
    const { rows, warnings } = await read(data, { onBadRow: 'skip' });
    const missing = rows.map((row) => row.every(Number.isNaN));
    expect(missing).toContain(true);
    expect(missing).toContain(false);
    expect(rows.flat().some((x, i) => Number.isNaN(x) !== missing[Math.floor(i / rows[0].length)])).toBe(
      false,
    );
    expect(warnings).toEqual([]);
  });
});

/** The same DCD file with markers of 64 bits. */
function widened(data: Uint8Array, little = true): Uint8Array {
  const view = new DataView(data.buffer, data.byteOffset);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < data.length; ) {
    const length = view.getInt32(at, little);
    const marker = new Uint8Array(8);
    new DataView(marker.buffer).setBigInt64(0, BigInt(length), little);
    parts.push(marker, data.slice(at + 4, at + 4 + length), marker);
    at += length + 8;
  }
  return concat(...parts);
}

describe('DCD', () => {
  it.each(['ala2', 'plain', 'fixed', 'big'])('%s with record markers of 64 bits', async (name) => {
    const data = bytesOf(`traj-${name}.dcd`);
    const wide = widened(data, name !== 'big');
    const { source, rows } = await read(wide);
    expect(source).toMatchObject({ format: 'dcd', summary: expect.stringContaining('64 bits') });
    expect(rows).toEqual((await read(data)).rows);
    if (name !== 'fixed') expect((await read(gzipSync(wide))).rows).toEqual(rows);
    expect((await failure(read(wide.slice(0, -9)))).message).toMatch(/the file ends within it/);
  });

  it('more lines of titles than the marker of their record has room for', async () => {
    const data = bytesOf('traj-plain.dcd');
    const { rows } = await read(data);
    const view = new DataView(data.buffer);
    const titles = view.getInt32(92, true);
    for (const more of [1, 3]) {
      const blank = new Uint8Array(80 * more).fill(0x20);
      const longer = concat(data.slice(0, 96 + titles), blank, data.slice(96 + titles));
      new DataView(longer.buffer).setInt32(96, (titles - 4) / 80 + more, true);
      expect((await read(longer)).rows).toEqual(rows);
      new DataView(longer.buffer).setInt32(96, 7, true);
      expect((await failure(read(longer))).message).toMatch(/record of titles claims/);
    }
  });
});

/** A NetCDF file of AMBER: one variable, coordinates, with attributes. */
function netcdf(
  values: Float32Array,
  shape: [string, number][],
  attributes: Record<string, string | number>,
) {
  const parts: Uint8Array[] = [];
  const int = (...list: number[]) => {
    const view = new DataView(new ArrayBuffer(4 * list.length));
    for (const [i, value] of list.entries()) view.setInt32(4 * i, value);
    parts.push(new Uint8Array(view.buffer));
  };
  const text = (value: string) => {
    int(value.length);
    parts.push(new TextEncoder().encode(value.padEnd(Math.ceil(value.length / 4) * 4, '\0')));
  };
  parts.push(Uint8Array.of(67, 68, 70, 1));
  int(0, 10, shape.length);
  for (const [name, length] of shape) {
    text(name);
    int(length);
  }
  int(0, 0, 11, 1);
  text('coordinates');
  int(shape.length, ...shape.keys());
  const list = Object.entries(attributes);
  int(list.length > 0 ? 12 : 0, list.length);
  for (const [name, value] of list) {
    text(name);
    if (typeof value === 'string') {
      int(2);
      text(value);
    } else {
      const view = new DataView(new ArrayBuffer(8));
      view.setFloat64(0, value);
      int(6, 1);
      parts.push(new Uint8Array(view.buffer));
    }
  }
  int(5, values.byteLength);
  const begin = parts.reduce((sum, part) => sum + part.length, 4);
  int(begin);
  const view = new DataView(new ArrayBuffer(values.byteLength));
  for (const [i, value] of values.entries()) view.setFloat32(4 * i, value);
  return concat(...parts, new Uint8Array(view.buffer));
}

describe('NetCDF', () => {
  const values = Float32Array.from({ length: 12 }, (_, i) => i - 4);
  const shape: [string, number][] = [
    ['frame', 2],
    ['atom', 2],
    ['spatial', 3],
  ];
  it.each([
    [{}, 0.1, 0],
    [{ units: 'angstrom' }, 0.1, 0],
    [{ units: 'nanometer' }, 1, 0],
    [{ units: 'pm' }, 0.001, 0],
    [{ units: 'bohr' }, 0.0529177210544, 0],
    [{ units: 'angstrom', scale_factor: 2.5 }, 0.25, 0],
    [{ scale_factor: -20, add_offset: 5 }, -2, 0.5],
  ])('%o', async (attributes, factor, plus) => {
    const { rows } = await read(netcdf(values, shape, attributes as Record<string, string | number>));
    expect(rows).toHaveLength(2);
    for (const [i, x] of rows.flat().entries()) expect(x).toBeCloseTo(values[i] * factor + plus, 6);
  });

  it.each([
    [{ units: 'parsec' }, /in "parsec"; known are angstroms/],
    [{ scale_factor: Number.NaN }, /scale_factor null; it must be a number/],
    [{ add_offset: 'two' }, /add_offset "two"; it must be a number/],
  ])('%o is refused', async (attributes, message) => {
    const data = netcdf(values, shape, attributes as Record<string, string | number>);
    expect((await failure(read(data))).message).toMatch(message);
  });

  it('a restart file is one frame', async () => {
    const { source, rows } = await read(netcdf(values, [['atom', 4], shape[2]], { units: 'angstrom' }));
    expect(source).toMatchObject({ rows: 1, atoms: 4, summary: 'NetCDF 3, a restart' });
    expect(rows).toEqual([Array.from(values, (x) => Math.fround(x * Math.fround(0.1)))]);
    const torn = netcdf(values.slice(1), [['atom', 4], shape[2]], {});
    expect((await failure(read(torn, { onBadRow: 'skip' }))).message).toMatch(/frame 0: the file ends/);
  });
});

const cases = new URL('../../../../shared/cases/md/', import.meta.url);
describe.skipIf(!existsSync(cases))('../shared/cases/md', () => {
  const at = (name: string) => fileURLToPath(new URL(name, cases));
  it.each([
    ['mdanalysis-old-title.dcd', 5, 15, [0, 0.1, 0.2]],
    ['amber-scale-factor.nc', 4, 15, [-1.105981, 0.3448804, 4.0825953]],
    ['amber-restart.ncrst', 1, 891, [0.0417219, 0.8303366, 1.1737173]],
    ['netcdf4-amber-no-units.nc', 4, 15, [-0.5529905, 0.1724402, 2.0412977]],
  ])('%s', async (name, count, cols, first) => {
    const { source, rows } = await read(at(name));
    expect([rows.length, source.cols]).toEqual([count, cols]);
    for (const [i, x] of first.entries()) expect(rows[0][i]).toBeCloseTo(x, 5);
  });
});
