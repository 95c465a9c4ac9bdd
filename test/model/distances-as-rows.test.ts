/** LOOKS_LIKE_DISTANCES: a square or a column of distances that is clustered as rows. */
import { describe, expect, it } from 'vitest';
import { kmeans, type Matrix, pdist, squareform, twoPass } from '../../src/index.ts';
import { encodeSequences } from '../../src/sequences/index.ts';
import { fromArray, open } from '../../src/sources/index.ts';
import { Random } from '../../src/support/numbers/random.ts';
import type { Source, Vectors } from '../../src/types.ts';

const random = new Random(3);
const points = (n: number): Matrix => ({
  data: Float64Array.from({ length: 3 * n }, () => random.float()),
  rows: n,
  cols: 3,
});
const square = async (n: number) => squareform(await pdist(points(n))) as Matrix;
const column = (data: ArrayLike<number>) => ({ data: Float64Array.from(data), rows: data.length, cols: 1 });

async function told(source: Source | Vectors, options: object = {}) {
  const all: string[][] = [];
  for (const run of [
    (onWarning: (w: { code: string }) => void) => twoPass(source, { clusters: 2, ...options, onWarning }),
    (onWarning: (w: { code: string }) => void) => kmeans(source, { k: 2, ...options, onWarning }),
  ]) {
    const codes: string[] = [];
    await run(({ code }) => codes.push(code));
    all.push(codes.filter((code) => !['LOW_AGREEMENT', 'FEWER_CLUSTERS'].includes(code)));
  }
  return all;
}
const yes = [['LOOKS_LIKE_DISTANCES'], ['LOOKS_LIKE_DISTANCES']];

describe('distances that are clustered as rows', () => {
  it('a square is told, also from a file and from a stride; not if the metric was given', async () => {
    const it = await square(40);
    expect(await told(it)).toEqual(yes);
    expect(await told(it, { metric: 'euclidean' })).toEqual([[], []]);
    const text = Array.from({ length: 40 }, (_, i) => it.data.subarray(40 * i, 40 * i + 40).join(',')).join(
      '\n',
    );
    const file = await open(new TextEncoder().encode(text), { format: 'csv', onWarning() {} });
    expect(await told(file)).toEqual(yes);
    const codes: string[] = [];
    await twoPass(it, { clusters: 2, stride: 3, onWarning: ({ code }) => codes.push(code) });
    expect(codes).toContain('LOOKS_LIKE_DISTANCES');
  });

  it('a column of n(n-1)/2 distances is told, of known and of unknown length', async () => {
    const distances = await pdist(points(30));
    expect(await told(column(distances))).toEqual(yes);
    expect(await told(column(await pdist(points(30), 'cityblock')))).toEqual(yes);
    expect(await told(column(distances), { metric: 'euclidean' })).toEqual([[], []]);
    const file = (text: string) => open(new TextEncoder().encode(text), { format: 'csv', onWarning() {} });
    expect(await told(await file(distances.join('\n')))).toEqual(yes);
    expect(await told(await file(`distance\n${distances.join('\n')}`))).toEqual(yes);
    expect(await told(await file(`weight\n${distances.join('\n')}`))).toEqual([[], []]);
    expect(await told(await file(distances.slice(1).join('\n')))).toEqual([[], []]);
  });

  it('numbers that are no distances are not', async () => {
    expect(await told(column(Array.from({ length: 45 }, () => random.float() ** 3)))).toEqual([[], []]);
    expect(await told(column(Array.from({ length: 10 }, (_, i) => i - 3)))).toEqual([[], []]);
    expect(await told({ data: new Float64Array(25), rows: 5, cols: 5 })).toEqual([[], []]);
    const { data } = await square(20);
    data[1] += 0.1;
    expect(await told({ data, rows: 20, cols: 20 })).toEqual([[], []]);
  });
});

it('encoded sequences have the scales that they should have', async () => {
  // One property of these two is nearly the same, and another one differs.
  const sequences = Array.from({ length: 60 }, () =>
    Array.from({ length: 8 }, () => (random.float() < 0.5 ? 'W' : 'N')).join(''),
  );
  const encoded = await encodeSequences(sequences);
  const plain = { ...encoded, scaled: undefined };
  expect((await told(plain))[0]).toContain('SCALES_DIFFER');
  expect(await told(encoded)).toEqual([[], []]);
  expect(await told(fromArray(encoded))).toEqual([[], []]);
});
