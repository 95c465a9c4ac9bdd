/** AnnData: golden files as versions 0.6, 0.7 and 0.8 lay them out (fixtures/make_formats.py), and damage. */
import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import * as h5 from 'h5wasm/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { FormatError } from '../../../src/errors.ts';
import type { NamedChunk } from '../../../src/sources/chunks/rows.ts';
import { type H5adSource, type OpenOptions, open } from '../../../src/sources/index.ts';
import { anyRange, bytesOf, failure, fixture, picked, rowsOf, scratch } from '../help.ts';

const { folder, put } = scratch();
const { cells } = JSON.parse(readFileSync(fixture('formats.json'), 'utf8')) as {
  cells: {
    X: number[][];
    pca: number[][];
    counts: number[][];
    names: string[];
    genes: string[];
    categories: string[];
    codes: number[];
  };
};
const openCells = async (name: string, options: OpenOptions = {}) =>
  (await open(fixture(name), options)) as H5adSource;

async function idsOf(source: H5adSource, options = { chunkRows: 9 }): Promise<string[]> {
  const ids: string[] = [];
  for await (const chunk of source.chunks(options)) ids.push(...((chunk as NamedChunk).ids ?? []));
  return ids;
}

const asFloat32 = (rows: number[][]) => rows.map((row) => Array.from(Float32Array.from(row)));

it.each(['anndata-sparse.h5ad', 'anndata-07.h5ad'])('%s: categories of obs are annotations', async (file) => {
  const all = await openCells(file);
  const [column] = all.annotations;
  const { codes, categories } = await all.annotation(column);
  const wanted = Array.from(codes, (code) => categories[code] ?? '');
  const source = await openCells(file, { annotations: [column] });
  const found: string[] = [];
  for await (const chunk of source.chunks({ chunkRows: 7, start: 3, stride: 2 })) {
    found.push(...(chunk as NamedChunk).annotations![column]);
  }
  expect(found).toEqual(wanted.filter((_, i) => i >= 3 && i % 2 === 1));
  const error = await failure(openCells(file, { annotations: ['nope'] }));
  expect(error).toBeInstanceOf(RangeError);
  expect(error.message).toMatch(/^annotations: .* has no column "nope"/);
});

describe('matrices', () => {
  it.each<[string, string, OpenOptions, number[][], boolean]>([
    ['sparse', 'anndata-sparse.h5ad', {}, asFloat32(cells.X), true],
    ['dense, compressed', 'anndata-dense.h5ad', {}, asFloat32(cells.X), false],
    ['sparse of 0.7', 'anndata-07.h5ad', {}, asFloat32(cells.X), true],
    ['sparse of 0.6', 'anndata-06.h5ad', { dataset: '/X' }, asFloat32(cells.X), true],
    [
      'a layer of whole numbers, compressed',
      'anndata-sparse.h5ad',
      { dataset: 'layers/counts' },
      cells.counts,
      true,
    ],
    ['raw/X', 'anndata-07.h5ad', { dataset: 'raw/X' }, cells.counts, true],
    ['obsm', 'anndata-dense.h5ad', { dataset: 'obsm/X_pca' }, cells.pca, false],
  ])('%s: any range, with names', async (_, file, options, all, sparse) => {
    for (const input of [fixture(file), new File([readFileSync(fixture(file))], file)]) {
      const source = (await open(input, options)) as H5adSource;
      expect(source).toMatchObject({ format: 'h5ad', rows: 40, cols: all[0].length, sparse });
      await fc.assert(
        fc.asyncProperty(anyRange(40), async (range) => {
          expect(await rowsOf(source, range)).toEqual(picked(all, range));
          expect(await idsOf(source, range)).toEqual(picked(cells.names, range));
        }),
        { numRuns: 12 },
      );
      await source.close?.();
    }
  });

  it('rows of varm are genes', async () => {
    const source = await openCells('anndata-dense.h5ad', { dataset: 'varm/PCs' });
    expect(await idsOf(source)).toEqual(cells.genes);
    expect((await rowsOf(source, { chunkRows: 50 }))[11]).toEqual([22, 23]);
  });

  it.each(['anndata-sparse.h5ad', 'anndata-dense.h5ad', 'anndata-06.h5ad'])(
    '%s: genes are chosen',
    async (file) => {
      const source = await openCells(file, { columns: ['GENE5', 0, 'GENE11'] });
      const rows = asFloat32(cells.X).map((row) => [row[5], row[0], row[11]]);
      expect(await rowsOf(source, { chunkRows: 7 })).toEqual(rows);
      expect(source.columns).toEqual(['GENE5', 'GENE0', 'GENE11']);
      const none = await failure(openCells(file, { columns: ['TP53'] }));
      expect(none.message).toMatch(/columns: .* has no column "TP53"; it has "GENE0", "GENE1", /);
      expect((await failure(openCells(file, { columns: [12] }))).message).toMatch(
        /columns must be a column of .*, 0 to 11, got 12/,
      );
      expect((await failure(openCells(file, { columns: [1, 'GENE1'] }))).message).toMatch(/listed twice/);
    },
  );
});

describe('what is known of cells', () => {
  it.each(['anndata-sparse.h5ad', 'anndata-dense.h5ad', 'anndata-07.h5ad', 'anndata-06.h5ad'])(
    '%s: the index names rows, and var names columns',
    async (file) => {
      const source = await openCells(file);
      expect(source.columns).toEqual(cells.genes);
      expect(typeof source.idColumn).toBe('string');
      const again = await openCells(file, { idColumn: source.idColumn!, columns: [2, 0] });
      expect(again.columns).toEqual([cells.genes[2], cells.genes[0]]);
      expect(await idsOf(again)).toEqual(cells.names);
    },
  );

  it('obsm has no names of columns', async () => {
    expect((await openCells('anndata-dense.h5ad', { dataset: 'obsm/X_pca' })).columns).toBe(undefined);
    const layer = await openCells('anndata-sparse.h5ad', { dataset: 'layers/counts' });
    expect(layer.columns).toEqual(cells.genes);
    expect((await openCells('anndata-dense.h5ad', { idColumn: 'batch' })).idColumn).toBe('batch');
  });

  it.each(['anndata-sparse.h5ad', 'anndata-07.h5ad'])('%s: categories are kept', async (file) => {
    const source = await openCells(file);
    expect(source.annotations).toEqual(['kind']);
    const { codes, categories } = await source.annotation('kind');
    expect([Array.from(codes), categories]).toEqual([cells.codes, cells.categories]);
    expect((await failure(source.annotation('batch'))).message).toMatch(
      /no categories "batch"; it has "kind"/,
    );
    const named = await idsOf(await openCells(file, { idColumn: 'kind' }), { chunkRows: 11 });
    expect(named).toEqual(cells.codes.map((code) => cells.categories[code] ?? ''));
  });

  it('names come from a column of text', async () => {
    const source = await openCells('anndata-dense.h5ad', { idColumn: 'batch' });
    expect((await idsOf(source)).slice(0, 4)).toEqual(['b0', 'b1', 'b2', 'b0']);
    const error = await failure(openCells('anndata-dense.h5ad', { idColumn: 'depth' }));
    expect(error.message).toMatch(
      /idColumn: \/obs of .* no column "depth" of text or categories; it has .*"batch"/,
    );
  });
});

describe('what is refused', () => {
  it.each<[string, string, OpenOptions, RegExp]>([
    [
      'a matrix by columns',
      'anndata-sparse.h5ad',
      { dataset: 'layers/turned' },
      /turned is sparse by columns \(CSC\).*tocsr/,
    ],
    [
      'a table',
      'anndata-sparse.h5ad',
      { dataset: 'obsm/frame' },
      /obsm\/frame is "dataframe"; allowed are dense/,
    ],
    ['names', 'anndata-sparse.h5ad', { dataset: 'obs/_index' }, /does not hold numbers/],
    [
      'what is not there',
      'anndata-sparse.h5ad',
      { dataset: 'obsm/X_umap' },
      /has no obsm\/X_umap; there are X \(40 x 12\), layers\/counts \(40 x 12\), obsm\/X_pca \(40 x 3\)/,
    ],
    [
      'names of columns that have none',
      'anndata-dense.h5ad',
      { dataset: 'obsm/X_pca', columns: ['a'] },
      /have no names/,
    ],
    ['another format', 'anndata-dense.h5ad', { atoms: [1] }, /atoms: is an option for hdf5/],
  ])('%s', async (_, file, options, message) => {
    expect((await failure(openCells(file, options))).message).toMatch(message);
  });

  it('without the extension the message says what it is', async () => {
    const error = await failure(open(bytesOf('anndata-dense.h5ad')));
    expect(error.message).toMatch(/so it is AnnData's; use \{format: 'h5ad'\}/);
    const source = await open(bytesOf('anndata-dense.h5ad'), { format: 'h5ad' });
    expect(source.rows).toBe(40);
  });
});

describe('damage', () => {
  beforeAll(() => h5.ready);

  function made(fill: (file: h5.File) => void): string {
    const path = `${folder}/made.h5ad`;
    const file = new h5.File(path, 'w');
    fill(file);
    file.close();
    return path;
  }
  function sparse(
    file: h5.File,
    change: { indptr?: number[]; indices?: number[]; shape?: number[] } = {},
  ): void {
    const x = file.create_group('X');
    x.create_attribute('encoding-type', 'csr_matrix');
    x.create_attribute('shape', Int32Array.from(change.shape ?? [3, 4]));
    x.create_dataset({ name: 'indptr', data: Int32Array.from(change.indptr ?? [0, 1, 1, 3]) });
    x.create_dataset({ name: 'indices', data: Int32Array.from(change.indices ?? [0, 3, 1]) });
    x.create_dataset({ name: 'data', data: Float32Array.of(1, 2, 3) });
  }

  it('a file without names is read too', async () => {
    const source = (await open(made((file) => sparse(file)))) as H5adSource;
    expect(await rowsOf(source, { chunkRows: 2 })).toEqual([
      [1, 0, 0, 0],
      [0, 0, 0, 0],
      [0, 3, 0, 2],
    ]);
    expect(await idsOf(source)).toEqual([]);
  });

  it.each<[string, Parameters<typeof sparse>[1], RegExp]>([
    ['pointers that fall', { indptr: [0, 2, 1, 3] }, /X: its sparse rows are damaged: row 1 reaches/],
    [
      'too few pointers',
      { indptr: [0, 3] },
      /X: its sparse matrix is damaged: 3 rows need 4 pointers, not 2/,
    ],
    ['a column beyond the last', { indices: [0, 9, 1] }, /row 2 has a value in column 9 of 4/],
    ['a shape of one number', { shape: [3] }, /its shape does not have two numbers/],
    ['too few columns', { indices: [0, 1] }, /3 values have 2 columns/],
  ])('%s', async (_, change, message) => {
    const path = made((file) => sparse(file, change));
    const error = await failure(async () => rowsOf(await open(path), { chunkRows: 2 }));
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toMatch(message);
  });

  it('names that are too few', async () => {
    const path = made((file) => {
      sparse(file);
      file.create_group('obs').create_dataset({ name: '_index', data: ['a', 'b'] });
    });
    expect((await failure(open(path))).message).toMatch(/\/X has 3 rows, and \/obs names 2/);
  });

  it('cut short anywhere, it is refused or its numbers are right', async () => {
    const whole = bytesOf('anndata-sparse.h5ad');
    for (let length = 100; length < whole.length; length += 1571) {
      const path = put('cut.h5ad', whole.subarray(0, length));
      const outcome = await (async () => rowsOf(await open(path), { chunkRows: 9 }))().catch(
        (error) => error,
      );
      expect(outcome, `${length} bytes`).toBeInstanceOf(FormatError);
    }
  });
});

const CASE = '../shared/cases/tables/scanpy.h5ad';
describe.skipIf(!existsSync(CASE))('the file of the cases', () => {
  it('has 200 cells', async () => {
    const source = (await open(CASE)) as H5adSource;
    expect([source.rows, source.cols, (await idsOf(source))[0]]).toEqual([200, 20, 'GENE000']);
  });
});
