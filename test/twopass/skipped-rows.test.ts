/** Rows that cannot be read keep their place: row numbers and counts are those of the file, for vectors and sequences. */
import { readFileSync } from 'node:fs';
import { tableFromArrays, tableToIPC } from '@uwdata/flechette';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, test } from 'vitest';
import { assign, BatchClustering, createModel, kmeans, memoryStore, twoPass } from '../../src/index.ts';
import { openSequences } from '../../src/sequences/index.ts';
import { open } from '../../src/sources/index.ts';
import { h5 } from '../sources/hdf5/files.ts';
import { bytesOf as bytesOfFile, concat, npy, scratch } from '../sources/help.ts';

const { folder } = scratch();
const bytesOf = (text: string) => new TextEncoder().encode(text);
/** Two groups; rows 2 and 5 are none. */
const TEXT = 'x,y\n0,0\n0,1\nbad,1\n\n1,0\n9,9\n9\n9,8\n8,9\n';
const warnings: string[] = [];
const options = { onWarning: (w: { message: string }) => warnings.push(w.message), threads: 1 } as const;
const opened = () => open(bytesOf(TEXT), { name: 'a.csv', onBadRow: 'skip' });

describe('vectors', () => {
  test('two passes leave out what the reader skipped, and number the others as the file does', async () => {
    warnings.length = 0;
    const fit = await twoPass(await opened(), { clusters: 2, stride: 1, ...options });
    expect([...fit.sampleRows]).toEqual([0, 1, 3, 4, 6, 7]);
    expect([...(await fit.labels())].map((label) => label > 0)).toEqual([
      true,
      true,
      false,
      true,
      true,
      false,
      true,
      true,
    ]);
    expect(warnings.at(-1)).toMatch(
      /a\.csv: 2 rows skipped as bad; the first: a\.csv, line 4, column 1: "bad" is not a number/,
    );
  });

  test('k-means and assign do likewise', async () => {
    const found = await kmeans(await opened(), { k: 2, ...options });
    expect([...found.labels].map((label) => label >= 0)).toEqual([
      true,
      true,
      false,
      true,
      true,
      false,
      true,
      true,
    ]);
    const leaders = { data: Float64Array.of(0, 0, 9, 9), rows: 2, cols: 2 };
    const model = createModel({ leaders, labels: Int32Array.of(1, 2) });
    const labels: number[] = [];
    for await (const part of assign(await opened(), model, options)) labels.push(...part.labels);
    expect(labels).toEqual([1, 1, 0, 1, 2, 0, 2, 2]);
  });

  test('batches count them', async () => {
    const batches = await BatchClustering.train(await opened(), { k: 1, store: memoryStore(), ...options });
    expect(await batches.precluster(await opened(), options)).toMatchObject({ rows: 8, skipped: 2 });
    expect(warnings.at(-1)).toMatch(/2 rows skipped; the first: a\.csv, line 4, column 1: "bad"/);
    const labels = await batches.labels({ clusters: 2, ...options });
    expect([...labels].map((label) => label > 0)).toEqual([true, true, false, true, true, false, true, true]);
  });
});

describe('where every row was skipped, the count and the first reason are said', () => {
  const nothing = new Float32Array(15).fill(Number.NaN);
  const names = ['a', 'b', 'c'];
  const columnsOf = () => names.map((_, c) => nothing.subarray(5 * c, 5 * c + 5));
  const files: [string, () => Uint8Array][] = [
    ['npy', () => npy('<f4', [5, 3], nothing)],
    [
      'arrow',
      () => {
        const table = tableFromArrays(Object.fromEntries(columnsOf().map((data, c) => [names[c], data])));
        return tableToIPC(table, { format: 'file' }) as Uint8Array;
      },
    ],
    [
      'parquet',
      () => {
        const columnData = columnsOf().map((data, c) => ({ name: names[c], data, type: 'FLOAT' as const }));
        return new Uint8Array(parquetWriteBuffer({ columnData }));
      },
    ],
  ];
  /** A DCD file of which each record of coordinates holds NaN. */
  const dcd = () => {
    const bytes = bytesOfFile('traj-plain.dcd').slice();
    const view = new DataView(bytes.buffer);
    const atoms = atomsOf(view);
    for (let at = 0, length = 0; at < bytes.length; at += length + 8) {
      length = view.getInt32(at, true);
      if (length !== 4 * atoms) continue;
      for (let i = 0; i < atoms; i++) view.setFloat32(at + 4 + 4 * i, Number.NaN, true);
    }
    return bytes;
  };
  /** The number of atoms is the third record's, alone. */
  const atomsOf = (view: DataView) => {
    let at = 0;
    for (let i = 0; i < 2; i++) at += view.getInt32(at, true) + 8;
    return view.getInt32(at + 4, true);
  };
  /** A TRR file of frames without positions. */
  const trr = () => {
    const bytes = bytesOfFile('traj-velocities.trr');
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const bare: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; ) {
      // Magic and the version's text, then the bytes of ten parts, atoms, step, 0, time and lambda.
      const sizes = Array.from({ length: 10 }, (_, i) => view.getInt32(at + 24 + 4 * i));
      const length = 24 + 40 + 12 + 8 + sizes.reduce((sum, size) => sum + size, 0);
      if (sizes[7] === 0) bare.push(bytes.subarray(at, at + length));
      at += length;
    }
    return concat(...bare);
  };
  const hdf5 = (name: string, shape: number[]) => {
    const path = `${folder}/${name}.h5`;
    const file = new h5.File(path, 'w');
    file.create_dataset({ name, data: nothing, shape });
    file.close();
    return new Uint8Array(readFileSync(path));
  };
  const trajectories: [string, () => Uint8Array, string][] = [
    ['HDF5', () => hdf5('rows', [5, 3]), 'a.h5'],
    ['HDF5 of MDTraj', () => hdf5('coordinates', [5, 1, 3]), 'a.h5'],
    ['DCD', dcd, 'a.dcd'],
    ['TRR', trr, 'a.trr'],
  ];
  test.each(trajectories)('%s', async (kind, write, name) => {
    const reader =
      kind === 'HDF5' ? { dataset: 'rows' } : /HDF5/.test(kind) ? {} : { onBadRow: 'skip' as const };
    const source = () => open(write(), { name, ...reader });
    const skip = { ...options, onBadRow: 'skip' } as const;
    const said = new RegExp(`\\d+ rows skipped as not finite; the first: ${name}: row 0`);
    const model = createModel({
      leaders: { data: new Float32Array((await source()).cols), rows: 1, cols: (await source()).cols },
      labels: Int32Array.of(1),
    });
    for (const work of [
      async () => twoPass(await source(), { clusters: 2, ...skip }),
      async () => kmeans(await source(), { k: 2, ...skip }),
      async () => BatchClustering.train(await source(), { k: 2, store: memoryStore(), ...skip }),
    ]) {
      await expect(work()).rejects.toThrow(said);
    }
    warnings.length = 0;
    for await (const part of assign(await source(), model, skip)) {
      expect(part.labels.every((label) => label === 0)).toBe(true);
    }
    expect(warnings.at(-1)).toMatch(said);
  });

  test.each(files)('%s', async (name, write) => {
    const source = () => open(write(), { name: `a.${name}` });
    const skip = { ...options, onBadRow: 'skip' } as const;
    const said = /5 rows skipped as not finite; the first: a\.\w+: row 0/;
    await expect(twoPass(await source(), { clusters: 2, ...skip })).rejects.toThrow(said);
    await expect(kmeans(await source(), { k: 2, ...skip })).rejects.toThrow(said);
  });
});

describe('sequences', () => {
  const text = 'cdr3\nCASSF\nNA\nCASSY\nTGTGCCAGCAGC\nWWWWW\nCAS*\n';
  test('batches number them as the file does, and count what was skipped', async () => {
    const source = () => openSequences(bytesOf(text), { name: 'a.tsv', onBadRow: 'skip' });
    const batches = await BatchClustering.train(await source(), { k: 1, store: memoryStore(), ...options });
    expect(await batches.precluster(await source(), options)).toMatchObject({ rows: 6, skipped: 3 });
    expect(warnings.at(-1)).toMatch(
      /3 rows skipped; the first: a\.tsv, line 3, column 1: "NA" is a missing value/,
    );
    const labels = await batches.labels(options);
    expect([...labels].map((label) => label > 0)).toEqual([true, false, true, false, false, false]);
    for await (const part of batches.clusters(options)) expect([...part.rows]).toEqual([0, 2, 4]);
  });

  test('a batch of lists refuses what no file may hold', async () => {
    const batches = await BatchClustering.train(['CASSF'], { k: 1, store: memoryStore(), ...options });
    await expect(batches.precluster(['CASSF', 'NA'])).rejects.toThrow(
      'sequence 1, the string "NA", is a missing value',
    );
    await expect(batches.precluster(['ACGTA', 'CASSF'], options)).resolves.toMatchObject({ skipped: 0 });
    const all = batches.precluster(['NA', 'NaN'], { onBadRow: 'skip', name: 'c', ...options });
    await expect(all).rejects.toThrow('c: all 2 rows were skipped as bad; the first: c: sequence 0');
  });
});

describe('a run with overlap', () => {
  test('can be clustered without it: each precluster on its own, each row once', async () => {
    const letters = 'ACDEFGHIKLMNPQRSTVWY';
    const tail = (i: number) => `W${'LKE'.repeat(1 + (i % 3))}F`;
    const list = Array.from(
      { length: 400 },
      (_, i) => `CASS${letters[i % 20]}${letters[(i * 7) % 19]}${tail(i)}`,
    );
    const all = [...new Set(list)];
    const labelsOf = async (overlap: number, ignored?: 1) => {
      const batches = await BatchClustering.train(all, { k: 3, overlap, store: memoryStore(), ...options });
      await batches.precluster(all, options);
      return [...(await batches.labels({ overlap: ignored, ...options }))];
    };
    expect(await labelsOf(2, 1)).toEqual(await labelsOf(1));
    const X = [[0], [1]];
    const vectors = await BatchClustering.train(X, { k: 1, store: memoryStore(), ...options });
    await expect(vectors.labels({ clusters: 1, overlap: 1 })).rejects.toThrow(
      'overlap works only for sequences',
    );
    await expect(vectors.labels({ clusters: 1, overlap: 2 as 1 })).rejects.toThrow('overlap must be 1');
  });
});

describe('options that would do nothing are refused', () => {
  const wrong = { counts: Uint32Array.of(1) } as object;
  test('of batches', async () => {
    const store = memoryStore();
    await expect(BatchClustering.train(['CASSF'], { k: 1, store, ...wrong })).rejects.toThrow(
      "no option 'counts'",
    );
    const batches = await BatchClustering.train(['CASSF'], { k: 1, store });
    await batches.precluster(['CASSF']);
    await batches.close();
    await expect(BatchClustering.resume(store, wrong)).rejects.toThrow("resume has no option 'counts'");
  });
});
