/** Heat maps equal seaborn's clustermap: orders, trees, scaled values. */
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type HeatmapOptions, heatmap, linkage } from '../../src/index.ts';
import { open } from '../../src/sources/open.ts';
import { readMatrix } from '../../src/sources/whole.ts';
import { log2p1 } from '../../src/support/numbers/logarithm.ts';
import type { Matrix } from '../../src/types.ts';
import { f64, golden } from '../hierarchy/golden.ts';

interface Case {
  table: string;
  call: Record<string, string | number>;
  rowOrder: number[];
  colOrder: number[];
  rowTree: number[];
  colTree: number[];
  data?: number[];
}

const { cases, tables } = golden('heatmap/heatmap.json') as {
  cases: Case[];
  tables: { rows: number; cols: number; data: number[] }[];
};
const small: Matrix = { ...tables[0], data: f64(tables[0].data) };

/** The options for the arguments of clustermap. */
function optionsOf(call: Case['call']): HeatmapOptions {
  const sides = { 0: 'rows', 1: 'columns' } as const;
  const side = (name: string) => (name in call ? sides[call[name] as 0 | 1] : undefined);
  const given = {
    method: call.method,
    metric: call.metric,
    zScore: side('z_score'),
    standardScale: side('standard_scale'),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** The lines of two arrays that are not equal within 1e-10. */
function differ(got: ArrayLike<number> | undefined, wanted: readonly number[]): number[] {
  if (got?.length !== wanted.length) return [-1];
  return wanted.flatMap((value, i) =>
    Math.abs(got[i] - value) <= 1e-10 * Math.max(1, Math.abs(value)) ? [] : [i],
  );
}

async function compare(X: Matrix, wanted: Case): Promise<void> {
  const map = await heatmap(X, optionsOf(wanted.call));
  expect(Array.from(map.rowOrder)).toEqual(wanted.rowOrder);
  expect(Array.from(map.colOrder)).toEqual(wanted.colOrder);
  expect(differ(map.rowTree, wanted.rowTree)).toEqual([]);
  expect(differ(map.colTree, wanted.colTree)).toEqual([]);
  if (wanted.data) expect(differ(map.data.data, wanted.data)).toEqual([]);
}

describe("equal seaborn's clustermap", () => {
  for (const wanted of cases.filter(({ table }) => table === 'small')) {
    test(JSON.stringify(wanted.call), () => compare(small, wanted));
  }

  const expr = '../shared/cases/tables/expr.csv';
  describe.skipIf(!existsSync(expr))(`tables/expr.csv (needs ${expr})`, () => {
    for (const wanted of cases.filter(({ table }) => table === 'expr')) {
      test(JSON.stringify(wanted.call), async () => {
        const X = await readMatrix(await open(expr));
        await compare({ ...X, data: X.data.map(log2p1) }, wanted);
      });
    }
  });
});

describe('missing cells', () => {
  const holed: Matrix = { ...small, data: small.data.slice() };
  holed.data[5] = holed.data[40] = Number.NaN;

  test('are refused with the first place, unless the caller says what to do', async () => {
    await expect(heatmap(holed)).rejects.toThrow(
      /row 0, column 5 is NaN \(missing cells: 2\); missing: 'mean'/,
    );
  });

  test('have the mean of their column for the trees, stay missing in the picture, and it is said', async () => {
    const warnings: string[] = [];
    const map = await heatmap(holed, { missing: 'mean', onWarning: ({ code }) => warnings.push(code) });
    expect(warnings).toEqual(['MISSING_CELLS']);
    expect([map.data.data[5], map.data.data[40]]).toEqual([Number.NaN, Number.NaN]);
    expect(map.svg.match(/: missing</g)).toHaveLength(2);
    const filled = small.data.slice();
    for (const at of [5, 40]) {
      const column = Array.from({ length: 30 }, (_, i) => holed.data[i * 9 + (at % 9)]).filter(
        (x) => !Number.isNaN(x),
      );
      filled[at] = column.reduce((a, b) => a + b, 0) / column.length;
    }
    expect(map.rowTree).toEqual(await linkage({ ...small, data: filled }, { method: 'average' }));
  });

  test('a row or a column without any value is refused', async () => {
    const row = small.data.slice().fill(Number.NaN, 9, 18);
    await expect(heatmap({ ...small, data: row }, { missing: 'mean' })).rejects.toThrow(/row 1 has no value/);
    const column = small.data.map((value, i) => (i % 9 === 4 ? Number.NaN : value));
    await expect(heatmap({ ...small, data: column }, { missing: 'mean' })).rejects.toThrow(
      /column 4 has no value/,
    );
  });

  test('need no choice where trees are given or not wanted', async () => {
    const map = await heatmap(holed, { rowTree: false, colTree: false });
    expect([map.rowTree, map.colTree]).toEqual([undefined, undefined]);
    expect(Array.from(map.rowOrder)).toEqual(Array.from({ length: 30 }, (_, i) => i));
  });
});

test('rows of equal values become 0 when scaled, and it is said', async () => {
  const data = small.data.slice().fill(3, 0, 9);
  const warnings: string[] = [];
  const map = await heatmap(
    { ...small, data },
    { zScore: 'rows', onWarning: ({ message }) => warnings.push(message) },
  );
  expect(warnings).toEqual(['1 rows of X have equal values, which become 0 when scaled']);
  expect(map.data.data.slice(0, 9)).toEqual(new Float64Array(9));
});

test('rows and columns may have their own method and metric, and given trees are used', async () => {
  const map = await heatmap(small, { method: 'ward', colMethod: 'complete', colMetric: 'correlation' });
  expect(map.rowTree).toEqual(await linkage(small, { method: 'ward' }));
  const turned = f64(Array.from({ length: 270 }, (_, i) => small.data[(i % 30) * 9 + Math.floor(i / 30)]));
  const columns = await linkage(
    { data: turned, rows: 9, cols: 30 },
    { method: 'complete', metric: 'correlation' },
  );
  expect(map.colTree).toEqual(columns);
  const again = await heatmap(small, { rowTree: map.rowTree, colTree: map.colTree });
  expect(again.svg).toBe(map.svg);
});

test('optimal ordering gives the trees of linkage with it', async () => {
  const map = await heatmap(small, { optimalOrdering: true });
  expect(map.rowTree).toEqual(await linkage(small, { method: 'average', optimalOrdering: true }));
});

test('one row or one column has no tree', async () => {
  const row = await heatmap([[1, 2, 3]]);
  expect([row.rowTree, row.colTree?.length]).toEqual([undefined, 8]);
  const column = await heatmap([[1], [2]]);
  expect([column.rowTree?.length, column.colTree]).toEqual([4, undefined]);
});

test('more cells than maxCells are averaged, and it is said', async () => {
  const warnings: string[] = [];
  const map = await heatmap(small, { maxCells: 100, onWarning: ({ code }) => warnings.push(code) });
  expect(warnings).toEqual(['CELLS_AVERAGED']);
  expect(map.note).toBe(
    '30 rows and 9 columns: each cell drawn is the mean of up to 3 rows, neighbours in the order',
  );
});

test('wrong options are refused', async () => {
  await expect(heatmap(small, { zScores: 'rows' } as never)).rejects.toThrow(
    /heatmap has no option 'zScores'; did you mean 'zScore'/,
  );
  await expect(heatmap(small, { zScore: 'row' } as never)).rejects.toThrow(
    /zScore must be .rows. or .columns., got the string "row"/,
  );
  await expect(heatmap(small, { zScore: 'rows', standardScale: 'rows' })).rejects.toThrow(RangeError);
  await expect(heatmap(small, { missing: 'drop' } as never)).rejects.toThrow(RangeError);
  await expect(heatmap(small, { rowTree: [1] } as never)).rejects.toThrow(
    /rowTree must be a linkage matrix, or false .*, got /,
  );
  await expect(heatmap(small, { colors: 'jet' } as never)).rejects.toThrow(/colors is "jet"; .*viridis/);
  await expect(heatmap(small, { memoryLimit: 1000 })).rejects.toMatchObject({ code: 'ERR_MEMORY_LIMIT' });
  const flat = small.data.map((value, i) => (i % 9 === 2 ? 1 : value));
  await expect(
    heatmap({ ...small, data: flat }, { metric: 'euclidean', colMetric: 'correlation' }),
  ).rejects.toThrow(/^the tree of the columns, which are its rows: /);
});
