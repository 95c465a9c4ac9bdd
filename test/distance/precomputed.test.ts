/** Distances as input: a square by metric 'precomputed', and squares in files. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  fclusterdata,
  kmeans,
  linkage,
  METHODS,
  optimalLeafOrdering,
  pdist,
  silhouette,
  squareform,
  twoPass,
} from '../../src/index.ts';
import { fromArray, open, readDistances, readMatrix } from '../../src/sources/index.ts';
import type { CoppiceWarning, Matrix } from '../../src/types.ts';
import { workplace } from '../cli/help.ts';

const { run, put, path } = workplace();

const n = 9;
const X = Array.from({ length: n }, (_, i) => [i % 4, (i * i) % 7, i > 4 ? 20 : (i * 3) % 5]);
const y = await pdist(X);
const D = squareform(y);
const rowsOf = ({ data, cols }: Matrix) =>
  Array.from({ length: cols }, (_, i) => Array.from(data.subarray(i * cols, (i + 1) * cols)));
const labels = X.map((_, i) => (i > 4 ? 2 : 1));
const metric = 'precomputed';
const names = X.map((_, i) => `sp ${i}`);
const csv = (square = rowsOf(D), heads = names) =>
  `,${heads.join(',')}\n${square.map((row, i) => `${names[i]},${row.join(',')}\n`).join('')}`;
const changed = (i: number, j: number, value: number) => {
  const square = rowsOf(D);
  square[i][j] = value;
  return square;
};

interface Judged {
  n: number;
  square: number[];
  labels: number[];
  samples: number[];
  score: number;
}
const { cases } = JSON.parse(
  readFileSync(new URL('../golden/clusters/precomputed.json', import.meta.url), 'utf8'),
) as { cases: Judged[] };

test.each(cases)("silhouette of $n items is scikit-learn's, of the square and condensed", async (judged) => {
  const data = Float64Array.from(judged.square);
  const square = { data, rows: judged.n, cols: judged.n };
  for (const found of [
    await silhouette(square, judged.labels, { metric }),
    await silhouette(squareform(square) as Float64Array, judged.labels),
  ]) {
    const { samples, mean } = found;
    expect(Math.abs(mean - judged.score)).toBeLessThanOrEqual(1e-12);
    judged.samples.forEach((sample, i) => {
      expect(Math.abs(samples[i] - sample)).toBeLessThanOrEqual(1e-12);
    });
  }
});

describe("metric 'precomputed'", () => {
  test('gives what the condensed distances give', async () => {
    for (const method of METHODS) {
      const wanted = await linkage(y, { method });
      for (const input of [D, rowsOf(D), y, { data: y, rows: y.length, cols: 1 }]) {
        expect(await linkage(input, { method, metric })).toEqual(wanted);
      }
    }
    const Z = await linkage(y, { method: 'average' });
    expect(await optimalLeafOrdering(Z, D, { metric })).toEqual(await optimalLeafOrdering(Z, y));
    expect(await silhouette(D, labels, { metric })).toEqual(await silhouette(y, labels));
    const options = { criterion: 'maxclust', method: 'average' } as const;
    expect(await fclusterdata(D, 3, { ...options, metric })).toEqual(await fclusterdata(X, 3, options));
  });

  test('rounding is allowed as by numpy.allclose; more is refused with the pair', async () => {
    const wanted = await linkage(y, { method: 'average' });
    const near = changed(5, 2, D.data[5 * n + 2] * (1 + 9e-6));
    expect(await linkage(near, { metric, method: 'average' })).toEqual(wanted);
    await expect(linkage(changed(5, 2, 99), { metric })).rejects.toThrow(
      /distance of rows 2 and 5 is .* 5 and 2 is 99/,
    );
    await expect(linkage(changed(5, 2, Number.NaN), { metric })).rejects.toThrow(/5 and 2 is NaN/);
    await expect(silhouette(changed(4, 4, 1), labels, { metric })).rejects.toThrow(
      'distance of row 4 to itself is 1',
    );
    await expect(linkage(X, { metric })).rejects.toThrow('X is 9 x 3; with metric');
  });

  test('a square without a metric is warned of; what takes no distances says who does', async () => {
    const warnings: CoppiceWarning[] = [];
    await linkage(D, { onWarning: (warning) => warnings.push(warning) });
    expect(warnings.map(({ code }) => code)).toEqual(['LOOKS_LIKE_DISTANCES']);
    await linkage(D, { metric, onWarning: (warning) => warnings.push(warning) });
    expect(warnings).toHaveLength(1);
    await expect(twoPass(D, { clusters: 2, metric: metric as never })).rejects.toThrow('silhouette');
    await expect(kmeans(D, { k: 2, metric: metric as never })).rejects.toThrow('metric');
  });
});

describe('readDistances', () => {
  test('reads a square row by row, with its names, at any size of chunks', async () => {
    const source = await open(new Blob([csv()]), { idColumn: 0 });
    const single = {
      ...source,
      cols: source.cols,
      chunks: (options: Parameters<typeof source.chunks>[0]) => source.chunks({ ...options, chunkRows: 2 }),
    };
    for (const one of [source, single]) {
      expect(await readDistances(one)).toEqual({ data: Float64Array.from(y), items: n, names });
    }
    expect(await readDistances(fromArray(D))).toEqual({ data: y, items: n });
    expect(await readDistances(fromArray({ data: y, rows: y.length, cols: 1 }))).toEqual({
      data: y,
      items: n,
    });
  });

  test('refuses with names', async () => {
    const read = async (text: string) => readDistances(await open(new Blob([text]), { idColumn: 0 }));
    await expect(read(csv(changed(5, 2, 99)))).rejects.toThrow(
      /of "sp 2" and "sp 5" is .* "sp 5" and "sp 2" is 99/,
    );
    await expect(read(csv(changed(4, 4, 1)))).rejects.toThrow('distance of "sp 4" and "sp 4" is 1');
    await expect(read(csv(rowsOf(D), [...names.slice(1), 'sp 0']))).rejects.toThrow(
      'row 0 is named "sp 0", and column 0 "sp 1"',
    );
    await expect(read(csv(rowsOf(D).slice(1)))).rejects.toThrow();
    await expect(readDistances(fromArray(D), { memoryLimit: 100 })).rejects.toThrow(
      '36 distances of 9 items',
    );
  });
});

describe('on the command line', () => {
  test('a square is recognised, and its names are kept', async () => {
    put('d.csv', csv());
    const wanted = await linkage(y, { method: 'average' });
    for (const [args, warned] of [
      [[], /d\.csv is a symmetric square .* --metric euclidean/],
      [['--metric', metric], /^$/],
    ] as const) {
      const ran = await run(
        'linkage',
        'd.csv',
        '--method',
        'average',
        ...args,
        '--out',
        'Z.npy',
        '--names',
        'n.txt',
      );
      expect(ran.code, ran.stderr).toBe(0);
      expect(ran.stderr).toMatch(warned);
      expect(readFileSync(path('n.txt'), 'utf8')).toBe(`${names.join('\n')}\n`);
      const { data } = await readMatrix(await open(path('Z.npy')));
      expect(data).toEqual(wanted);
    }
    put('column.csv', Array.from(y).join('\n'));
    const ran = await run('linkage', 'column.csv', '--json');
    expect(JSON.parse(ran.stdout)).toMatchObject({ items: n, metric });
    expect(ran.stdout).toContain('as many numbers as 9 items have distances');
    put('wrong.csv', csv(changed(5, 2, 99)));
    const refused = await run('linkage', 'wrong.csv', '--metric', metric);
    expect(refused.stderr).toMatch(/wrong\.csv: is not symmetric: the distance of "sp 2" and "sp 5"/);
  });

  test('cluster, kmeans and plan take a square only if the metric is given', async () => {
    put('d.csv', csv());
    for (const args of [
      ['cluster', 'd.csv', '--clusters', 2],
      ['plan', 'd.csv', '--clusters', 2],
      ['kmeans', 'd.csv', '--k', 2],
    ]) {
      const ran = await run(...args);
      expect(ran.code).toBe(2);
      expect(ran.stderr).toContain(
        "'coppice linkage d.csv --metric precomputed', or give --metric euclidean",
      );
      expect((await run(...args, '--metric', 'euclidean', '--id-column', '0')).code).toBe(0);
    }
  });
});

const CASES = '../shared/cases/tables';
describe.skipIf(!existsSync(CASES))('the cases', () => {
  test('a square of 60 items and the same, condensed', async () => {
    const square = await readDistances(await open(`${CASES}/dist_square.csv`, { idColumn: 0 }));
    const column = await readDistances(await open(`${CASES}/dist_condensed.csv`));
    expect([square.items, column.items, square.names?.[59]]).toEqual([60, 60, 'sp59']);
    expect(Math.max(...square.data.map((d, i) => Math.abs(d - column.data[i])))).toBeLessThan(5.1e-5);
  });
});
