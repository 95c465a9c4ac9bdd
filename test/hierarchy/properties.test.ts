import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cophenet, isMonotonic, linkage, METHODS, pdist, squareform } from '../../src/index.ts';
import { naiveLinkage } from '../reference/linkage.ts';

/** Rows whose numbers have few digits, so that exact ties do come. */
const rows = (least: number, most: number) =>
  fc.integer({ min: 1, max: 4 }).chain((cols) =>
    fc.array(fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: cols, maxLength: cols }), {
      minLength: least,
      maxLength: most,
    }),
  );

const REDUCIBLE = METHODS.filter((m) => m !== 'centroid' && m !== 'median');

describe('whatever the rows', () => {
  test.each(METHODS)('%s is the linkage that its definition gives', async (method) => {
    await fc.assert(
      fc.asyncProperty(rows(2, 12), async (X) => {
        const { Z, ties } = naiveLinkage(X, method);
        fc.pre(!ties);
        const got = await linkage(X, { method });
        got.forEach((value, i) => {
          if (i % 4 === 2) expect(Math.abs(value - Z[i])).toBeLessThanOrEqual(1e-9 * (1 + Z[i]));
          else expect(value).toBe(Z[i]);
        });
      }),
      { numRuns: 60 },
    );
  });

  test.each(METHODS)('%s of rows in another order is the same tree', async (method) => {
    await fc.assert(
      fc.asyncProperty(rows(3, 12), fc.array(fc.nat(), { minLength: 12, maxLength: 12 }), async (X, keys) => {
        fc.pre(!naiveLinkage(X, method).ties);
        const order = X.map((_, i) => i).sort((a, b) => keys[a] - keys[b] || a - b);
        const one = squareform(cophenet(await linkage(X, { method })));
        const other = squareform(
          cophenet(
            await linkage(
              order.map((i) => X[i]),
              { method },
            ),
          ),
        );
        const n = X.length;
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < n; j++) {
            const [a, b] = [one.data[order[i] * n + order[j]], other.data[i * n + j]];
            expect(Math.abs(a - b)).toBeLessThanOrEqual(1e-9 * (1 + a));
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  test.each(REDUCIBLE)('heights of %s never fall', async (method) => {
    await fc.assert(
      fc.asyncProperty(rows(2, 40), async (X) => {
        expect(isMonotonic(await linkage(X, { method }))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test.each(REDUCIBLE)('cophenetic distances of %s are an ultrametric', async (method) => {
    await fc.assert(
      fc.asyncProperty(rows(3, 10), async (X) => {
        const { data, rows: n } = squareform(cophenet(await linkage(X, { method })));
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < n; j++) {
            for (let k = 0; k < n; k++) {
              expect(data[i * n + k]).toBeLessThanOrEqual(Math.max(data[i * n + j], data[j * n + k]));
            }
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  test('condensed to square to condensed is the identity', async () => {
    await fc.assert(
      fc.asyncProperty(rows(2, 30), async (X) => {
        const y = await pdist(X);
        expect(squareform(squareform(y))).toEqual(y);
      }),
    );
  });
});
