/** The figures of the SciPy hierarchical clustering tutorial on its own data, from file to leaves. */

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  cophenet,
  dendrogram,
  elbow,
  fcluster,
  linkage,
  type Matrix,
  pdist,
  type Z,
} from '../../src/index.ts';
import { open } from '../../src/sources/index.ts';

const fileOf = (name: string) => fileURLToPath(new URL(`../../../shared/data/${name}`, import.meta.url));
const [FIRST, SECOND] = [fileOf('tutorial_X.npy'), fileOf('tutorial_X2.npy')];

async function read(file: string): Promise<Matrix> {
  const source = await open(file);
  for await (const { data, rows, cols } of source.chunks({ chunkRows: 1000 })) return { data, rows, cols };
  throw new Error(`${file} is empty`);
}

const rounded = (values: Iterable<number>) => Array.from(values, (v) => +v.toFixed(5));
const clustersAt = (Z: Z, height: number) => new Set(fcluster(Z, height, { criterion: 'distance' })).size;

describe.skipIf(!existsSync(FIRST))('../shared/data/tutorial_X.npy', () => {
  let X: Matrix;
  let Z: Z;
  beforeAll(async () => {
    X = await read(FIRST);
    Z = await linkage(X, { method: 'ward' });
  });

  test('merges', () => {
    expect([X.rows, X.cols, Z.length]).toEqual([150, 2, 4 * 149]);
    expect(rounded(Z.slice(0, 8))).toEqual([52, 53, 0.04151, 2, 14, 79, 0.05914, 2]);
    expect(rounded(Z.filter((_, i) => i % 4 === 2).slice(-4))).toEqual([
      15.11533, 17.11527, 23.12199, 180.27043,
    ]);
  });

  test('cophenetic correlation', async () => {
    const { correlation } = cophenet(Z, await pdist(X));
    expect(Math.abs(correlation - 0.9800148387574268)).toBeLessThan(1e-14);
  });

  test('cuts and elbow', () => {
    expect([clustersAt(Z, 50), clustersAt(Z, 16)]).toEqual([2, 4]);
    expect(elbow(Z).k).toBe(2);
  });

  test('the leaves of the last 12 clusters', () => {
    const { ivl } = dendrogram(Z, { truncateMode: 'lastp', p: 12 });
    expect(ivl.join(' ')).toBe('(23) (17) (4) (6) (10) 40 (13) (10) (3) (9) (21) (33)');
  });
});

test.skipIf(!existsSync(SECOND))('../shared/data/tutorial_X2.npy: the elbow says 4', async () => {
  const X2 = await read(SECOND);
  expect([X2.rows, X2.cols]).toEqual([750, 2]);
  expect(elbow(await linkage(X2, { method: 'ward' })).k).toBe(4);
});
