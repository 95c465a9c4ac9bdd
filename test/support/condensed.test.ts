/** A column of numbers is recognised as distances, and as squared ones, and numbers by chance are not. */
import { describe, expect, it } from 'vitest';
import { itemsOfDistances } from '../../src/support/numbers/condensed.ts';
import { Random } from '../../src/support/numbers/random.ts';

const random = new Random(7);

/** Distances of random points in condensed form; `change` is done with each. */
function distances(n: number, dims: number, change: (squared: number) => number): number[] {
  const points = Array.from({ length: n }, () => Array.from({ length: dims }, () => random.float() - 0.5));
  return points.flatMap((a, i) =>
    points.slice(i + 1).map((b) => change(a.reduce((sum, x, k) => sum + (x - b[k]) ** 2, 0))),
  );
}
const found = (numbers: readonly number[]) => itemsOfDistances(numbers, numbers.length);

describe('itemsOfDistances', () => {
  const ways: [string, (squared: number) => number][] = [
    ['distances', Math.sqrt],
    ['squared distances', (x) => x],
    ['squared distances in float32', Math.fround],
    ['squared distances of three digits', (x) => Math.round(1000 * x) / 1000],
  ];
  it.each(ways)('recognises %s of 6 items or more', (_, change) => {
    for (const n of [6, 7, 12, 60]) {
      for (const dims of [1, 2, 3, 20]) expect(found(distances(n, dims, change)), `${n} in ${dims}`).toBe(n);
    }
  });

  it('does not take other numbers for either', () => {
    const trials = 300;
    for (const n of [8, 12, 60]) {
      for (const draw of [
        () => random.float(),
        () => -Math.log(1 - random.float()),
        () => Math.floor(10 * random.float()),
      ]) {
        let taken = 0;
        for (let i = 0; i < trials; i++) {
          if (found(Array.from({ length: (n * (n - 1)) / 2 }, draw)) !== undefined) taken++;
        }
        expect(taken, `${n} items`).toBeLessThanOrEqual(0.05 * trials);
      }
    }
    expect(found([...distances(8, 2, (x) => x), 1])).toBe(undefined);
    expect(found(distances(8, 2, (x) => x - 0.01))).toBe(undefined);
  });
});
