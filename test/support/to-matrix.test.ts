/** Data in the containers of other libraries are taken as vectors; what is not taken is refused with the line to write. */
import { Readable } from 'node:stream';
import { columnFromArray, fixedSizeList, float16, float32, int64, tableFromArrays } from '@uwdata/flechette';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  assign,
  BatchClustering,
  calinskiHarabasz,
  cdist,
  createModel,
  daviesBouldin,
  fclusterdata,
  kmeans,
  linkage,
  memoryStore,
  optimalLeafOrdering,
  pdist,
  silhouette,
  toMatrix,
  twoPass,
  vq,
  whiten,
} from '../../src/index.ts';
import { principalComponents, scatterSvg } from '../../src/plot/index.ts';
import { open, readMatrix } from '../../src/sources/index.ts';
import type { Vectors } from '../../src/types.ts';

const ROWS = [
  [1, 2],
  [3, 5],
  [8, 1.5],
  [9, 2.5],
];
const [rows, cols] = [4, 2];
const FLAT = ROWS.flat();
const columnwise = [0, 1].flatMap((j) => ROWS.map((row) => row[j]));
const [x, y] = [0, 1].map((j) => ROWS.map((row) => row[j]));
const csv = () => new Blob([`x,y\n${ROWS.map((row) => row.join(',')).join('\n')}\n`]);

/** As TensorFlow.js's. */
class TfTensor {
  readonly shape = [rows, cols];
  readonly strides = [cols];
  readonly dtype = 'float32';
  dataSync = () => Float32Array.from(FLAT);
  data = async () => Float32Array.from(FLAT);
  arraySync = () => ROWS;
}

/** As ml-matrix's. */
class MlMatrix {
  readonly rows = rows;
  readonly columns = cols;
  readonly data = ROWS.map((row) => Float64Array.from(row));
  get = (i: number, j: number) => this.data[i][j];
  to2DArray = () => ROWS;
}

/** As apache-arrow's: float16 comes as its bits, and nulls as zeros, where a column is taken as an array. */
const arrowColumn = (values: readonly unknown[], typeId: number, more = {}) => ({
  type: { typeId, ...more },
  length: values.length,
  nullCount: values.filter((value) => value === null).length,
  get: (row: number) => values[row],
  at: (row: number) => values[row],
  toArray: () =>
    'precision' in more ? Uint16Array.from(values, () => 7) : Float64Array.from(values as number[]),
});
const arrowTable = (columns: Record<string, ReturnType<typeof arrowColumn>>) => ({
  schema: { fields: Object.keys(columns).map((name) => ({ name })) },
  numRows: Object.values(columns)[0].length,
  getChild: (name: string) => columns[name],
  getChildAt: (i: number) => Object.values(columns)[i],
});

/** As Arquero's, of which a row is filtered out. */
const arquero = {
  numRows: () => rows,
  numCols: () => cols,
  totalRows: () => rows + 1,
  columnNames: () => ['x', 'y'],
  array: (name: string) => (name === 'x' ? x : y),
};

const TAKEN: Record<string, () => unknown> = {
  records: () => ROWS.map(([a, b]) => ({ x: a, 'the y': b })),
  "d3's rows, of text": () =>
    Object.assign(
      ROWS.map(([a, b]) => ({ x: ` ${a}`, y: `${b}e0` })),
      { columns: ['x', 'y'] },
    ),
  'rows of text': () => ROWS.map((row) => row.map(String)),
  'records with an embedding': () => ROWS.map((embedding) => ({ embedding })),
  'objects of columns': () => ({ x, y: Float32Array.from(y) }),
  'a data frame': () => ({ columns: ['x', 'y'], values: ROWS }),
  'rows of int32': () => ROWS.map((row) => Int32Array.from(row, (value) => 2 * value)),
  'rows of int64': () => ROWS.map((row) => BigInt64Array.from(row, (value) => BigInt(2 * value))),
  'a table of flechette': () => tableFromArrays({ x, y }),
  'a table of flechette: int64, float16': () =>
    tableFromArrays({ x: x.map(BigInt), y }, { types: { x: int64(), y: float16() } }),
  'a column of lists': () => tableFromArrays({ v: ROWS }, { types: { v: fixedSizeList(float32(), cols) } }),
  'a column of Arrow': () => columnFromArray(ROWS, fixedSizeList(float32(), cols)),
  'a table of Arrow': () => arrowTable({ x: arrowColumn(x, 3), y: arrowColumn(y, 3, { precision: 0 }) }),
  Arquero: () => arquero,
  'data and shape': () => ({ data: Float32Array.from(FLAT), shape: [rows, cols] }),
  'data and dims, int64': () => ({
    data: BigInt64Array.from(FLAT, (value) => BigInt(2 * value)),
    dims: [rows, cols],
  }),
  'float16 as bits': () => ({
    type: 'float16',
    data: Uint16Array.of(0x3c00, 0x4000, 0x4200, 0x4500, 0x4800, 0x3e00, 0x4880, 0x4100),
    dims: [rows, cols],
  }),
  'a tensor of TensorFlow.js': () => new TfTensor(),
  'a tensor that only promises its numbers': () => ({ shape: [rows, cols], data: async () => FLAT }),
  'a tensor for each row': () => ROWS.map((row) => ({ data: Float32Array.from(row), dims: [1, cols] })),
  'column by column': () => ({ data: columnwise, shape: [rows, cols], fortranOrder: true }),
  'strides and offset': () => ({
    data: Float64Array.from([9, 9, ...FLAT.flatMap((value) => [value, 9])]),
    shape: [rows, cols],
    stride: [2 * cols, 2],
    offset: 2,
  }),
  'strides below 0': () => ({
    data: FLAT.slice().reverse(),
    shape: [rows, cols],
    strides: [-cols, -1],
    offset: 7,
  }),
  'ml-matrix': () => new MlMatrix(),
  mathjs: () => ({ size: () => [rows, cols], toArray: () => ROWS }),
  'a Matrix of int32': () => ({ data: Int32Array.from(FLAT, (value) => 2 * value), rows, cols }),
};

/** Whether a case doubles the numbers, since its type has no fractions. */
const isDoubled = (name: string) => /\bint(32|64)$/.test(name);

describe('is taken', () => {
  for (const [name, make] of Object.entries(TAKEN)) {
    const right = ROWS.map((row) => row.map((value) => (isDoubled(name) ? 2 * value : value)));
    test(name, async () => {
      const [found, wanted] = [await pdist(make() as never), await pdist(right)];
      expect(Array.from(found)).toEqual(
        Array.from(wanted, (d) => (found instanceof Float32Array ? Math.fround(d) : d)),
      );
      if (/promises/.test(name)) return;
      const matrix = toMatrix(make() as never);
      expect([matrix.rows, matrix.cols, ...matrix.data]).toEqual([rows, cols, ...right.flat()]);
    });
  }

  const X = () => TAKEN['a table of flechette']() as Vectors;
  const labels = [1, 1, 2, 2];
  const CALLS: Record<string, (X: Vectors) => unknown> = {
    linkage: (X) => linkage(X, { method: 'ward' }),
    fclusterdata: (X) => fclusterdata(X, 2, { criterion: 'maxclust' }),
    pdist: (X) => pdist(X),
    'pdist, VI': (X) => pdist(X, 'mahalanobis', { VI: { data: [2, 0.5, 0.5, 1], shape: [2, 2] } }),
    cdist: (X) => cdist(X, X),
    kmeans: async (X) => (await kmeans(X, { k: 2 })).labels,
    'kmeans, init': async (X) => (await kmeans(X, { k: 4, init: X })).labels,
    vq: (X) => vq(X, X),
    whiten: (X) => whiten(X),
    twoPass: async (X) => (await twoPass(X, { clusters: 2 })).labels(),
    assign: async (X) => {
      const parts: Int32Array[] = [];
      for await (const part of assign(X, createModel({ leaders: X, labels }))) parts.push(part.labels);
      return parts;
    },
    batches: async (X) => {
      const batches = await BatchClustering.train(X, { store: memoryStore(), k: 2 });
      const { rows: added } = await batches.precluster(X);
      await batches.close();
      return added;
    },
    silhouette: (X) => silhouette(X, labels),
    daviesBouldin: (X) => daviesBouldin(X, labels),
    calinskiHarabasz: (X) => calinskiHarabasz(X, labels),
    optimalLeafOrdering: async (X) => optimalLeafOrdering(await linkage(X), X),
    principalComponents: (X) => principalComponents(X),
    scatterSvg: (X) => scatterSvg(X, labels, { leaders: X }),
  };
  for (const [name, call] of Object.entries(CALLS)) {
    test(`by ${name}`, async () => {
      expect(await call(X())).toEqual(await call(ROWS));
    });
  }

  test('floats that lie row by row are not copied', () => {
    const data = Float32Array.from(FLAT);
    expect(toMatrix({ data, shape: [rows, cols] }).data.buffer).toBe(data.buffer);
  });

  test('chosen columns, in the order asked for', () => {
    const records = ROWS.map(([a, b], i) => ({ id: i, name: `n${i}`, x: String(a), y: b }));
    const chosen = toMatrix(records, { columns: ['y', 'x'] });
    expect(chosen).toEqual({
      data: Float64Array.of(...ROWS.flatMap(([a, b]) => [b, a])),
      rows,
      cols,
      columns: ['y', 'x'],
    });
    expect(toMatrix(records, { columns: [0, 3] }).columns).toEqual(['id', 'y']);
    expect(toMatrix(new MlMatrix(), { columns: [1] }).data).toEqual(Float64Array.from(y));
    expect(toMatrix({ data: FLAT, shape: [rows, cols] }, { columns: [1] }).data).toEqual(
      Float64Array.from(y),
    );
    expect(toMatrix(arquero, { columns: ['y'] }).data).toEqual(Float64Array.from(y));
  });

  test('one column of Arrow by toMatrix; a function that takes distances too refuses it', async () => {
    const column = columnFromArray(x, float32());
    expect(toMatrix(column)).toEqual({ data: Float64Array.from(x), rows, cols: 1 });
    await expect(linkage(column)).rejects.toThrow(
      'pass toMatrix(X) for rows of one number, or Float64Array.from(X)',
    );
  });

  test('whatever the strides, the same numbers', () => {
    const stride = fc.integer({ min: 1, max: 5 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 6 }),
        stride,
        stride,
        fc.nat(9),
        (r, c, s, t, offset) => {
          const strides = [s * c * t, t];
          const data = new Float64Array(offset + (r - 1) * strides[0] + (c - 1) * t + 1).fill(Number.NaN);
          const right = Float64Array.from({ length: r * c }, (_, i) => i + 1);
          for (let i = 0; i < r * c; i++)
            data[offset + Math.floor(i / c) * strides[0] + (i % c) * t] = right[i];
          expect(toMatrix({ data, shape: [r, c], strides, offset }).data).toEqual(right);
        },
      ),
    );
  });
});

async function refusal(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    return error instanceof TypeError || error instanceof RangeError ? error.message : `not ours: ${error}`;
  }
  return 'it was taken';
}

describe('is refused with its place', () => {
  const CASES: [name: string, make: () => unknown, message: string | RegExp][] = [
    [
      'text',
      () => ROWS.map(([a]) => ({ x: a, species: 'setosa', 'the y': '2' })),
      'column "species" holds text (the string "setosa" in row 0); choose columns of numbers with toMatrix(X, { columns: ["x", "the y"] })',
    ],
    [
      'text, in Arrow',
      () => tableFromArrays({ s: ['1', '2'], x: [1, 2] }),
      /column "s" holds text .*\["x"\]/,
    ],
    [
      'dates',
      () => [{ day: new Date(0), x: 1 }],
      /column "day" holds no numbers \(a Date in row 0\).*\["x"\]/,
    ],
    [
      'dates in Arrow',
      () => arrowTable({ t: arrowColumn([1, 2], 10), x: arrowColumn([1, 2], 3) }),
      'holds times',
    ],
    [
      'numbers of rows',
      () => ROWS.map(([a], id) => ({ id, a })),
      'column "id" numbers the rows, which would count as data',
    ],
    [
      'a later text',
      () => [{ x: '1' }, { x: 'NA' }],
      'X: row 1, column "x" is the string "NA"; a number is needed',
    ],
    ['empty text', () => [{ x: '1' }, { x: '' }], 'X: row 1, column "x" has no value (empty text)'],
    ['a missing field', () => [{ x: 1, y: 1 }, { x: 2 }], 'X: row 1, column "y" has no value (undefined)'],
    ['a further field', () => [{ x: 1 }, { x: 2, y: 1 }], 'X[1] has a field "y", which X[0] has not'],
    [
      'a null of Arrow',
      () => arrowTable({ x: arrowColumn([1, null], 3) }),
      'row 1, column "x" has no value (null)',
    ],
    ['a large int64', () => [{ x: 2n ** 60n }], /column "x".*2\^53|column "x" holds/],
    [
      'lists of two lengths',
      () => [{ e: [1, 2] }, { e: [1] }],
      'row 1, column "e" has 1 numbers, and row 0 has 2',
    ],
    ['columns of two lengths', () => ({ x: [1, 2], y: [1] }), 'column "y" has 1 numbers, and "x" has 2'],
    ['three dimensions', () => ({ data: [1], shape: [1, 1, 1] }), 'X.shape has 3 numbers (1 x 1 x 1)'],
    ['too few numbers', () => ({ data: FLAT, dims: [3, 3] }), 'X.data has 8 elements, but X.dims is 3 x 3'],
    [
      'strides beyond the end',
      () => ({ data: FLAT, shape: [4, 2], stride: [2, 2] }),
      'X.shape is 4 x 2, with strides 2, 2 from 0',
    ],
    ['an empty table', () => tableFromArrays({ x: [] }), 'X must have at least one row'],
    ['no object that is known', () => ({ a: 1 }), /got a plain object$/],
    ['a Matrix of the wrong size', () => ({ data: Float32Array.from(FLAT), rows: 5, cols: 2 }), /= 10$/],
  ];
  for (const [name, make, message] of CASES) {
    test(name, async () => {
      const found = await refusal(() => linkage(make() as never));
      if (typeof message === 'string') expect(found).toContain(message);
      else expect(found).toMatch(message);
    });
  }

  test('a tensor that lies elsewhere', async () => {
    const tensor = {
      dims: [2, 2],
      get data(): never {
        throw new Error('The data is not on CPU');
      },
      getData: async () => FLAT,
    };
    expect(await refusal(() => linkage(tensor as never))).toContain(
      'The data is not on CPU; pass { data: await X.getData(), dims: X.dims }',
    );
  });

  test('columns that are not there', async () => {
    const records = ROWS.map(([a]) => ({ width: a }));
    expect(await refusal(() => toMatrix(records, { columns: ['widht'] }))).toContain('did you mean "width"?');
    expect(await refusal(() => toMatrix(records, { columns: [1] }))).toContain(
      'x has 1 columns, counted from 0; got 1',
    );
    expect(await refusal(() => toMatrix(ROWS, { columns: ['x'] }))).toContain('whose columns have no names');
    expect(await refusal(() => toMatrix(ROWS, { columns: 'x' as never }))).toContain(
      'columns must be an array',
    );
  });

  test('the same by a generator and by a function without a promise', async () => {
    const records = [{ name: 'a', x: 1 }] as never;
    const model = createModel({ leaders: [[1]], labels: [1] });
    expect(await refusal(() => assign(records, model).next())).toContain('source: column "name" holds text');
    expect(await refusal(() => whiten(records))).toContain('X: column "name" holds text');
    expect(await refusal(() => createModel({ leaders: records, labels: [1] }))).toContain(
      'leaders: column "name"',
    );
  });
});

describe('what has to be read first is refused with the line that reads it, and the line does', () => {
  const READ: Record<string, () => unknown> = {
    'a promise': () => Promise.resolve(ROWS),
    'a response': () => new Response(csv()),
    'a Blob': () => csv(),
    'a stream': () => csv().stream(),
    'a stream of Node': () =>
      Readable.from(['x,y\n', ...ROWS.map((row) => `${row}\n`)].map((text) => Buffer.from(text))),
    'a generator of rows': () => ROWS.values(),
    'a set of rows': () => new Set(ROWS),
  };
  for (const [name, make] of Object.entries(READ)) {
    test(name, async () => {
      const X = make();
      const message = await refusal(() => linkage(X as never));
      const line =
        /(?: with |; pass | pass |array, )((?:await |\[\.\.\.).*?)(?: from 'coppice\/sources'|;|$)/.exec(
          message,
        )?.[1];
      expect(line, message).toBeDefined();
      const names = ['X', 'open', 'readMatrix', 'Readable'];
      const run = new Function(...names, `return (async () => (${line}))()`);
      expect(await pdist(await run(X, open, readMatrix, Readable))).toEqual(await pdist(ROWS));
    });
  }

  test('a generator of bytes goes to open', async () => {
    async function* bytes() {
      yield new TextEncoder().encode('x,y\n1,2\n');
    }
    expect(await refusal(() => linkage(bytes() as never))).toContain(
      'await readMatrix(await open(ReadableStream.from(X)))',
    );
    expect(await refusal(() => toMatrix(bytes() as never))).toContain(
      'await readMatrix(await open(ReadableStream.from(x)))',
    );
    const read = await readMatrix(await open(Readable.toWeb(Readable.from(bytes())) as never));
    expect(Array.from(read.data)).toEqual([1, 2]);
  });
});
