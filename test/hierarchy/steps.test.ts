/** Host work that is cut in steps: a page must be let in often enough, whatever the size. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fclusterSteps } from '../../src/hierarchy/fcluster.ts';
import { leadersSteps } from '../../src/hierarchy/leaders.ts';
import { label, labelSteps } from '../../src/hierarchy/linkage/label.ts';
import { fcluster, isValidLinkage, leaders } from '../../src/index.ts';
import { Random } from '../../src/support/numbers/random.ts';
import { finish, type Steps } from '../../src/support/scheduling.ts';

/** A chain of merges as an algorithm gives them: rows of either side, heights in any order. */
function merges(n: number): Float64Array {
  const random = new Random(n);
  const out = new Float64Array(4 * (n - 1));
  for (let i = 0; i < n - 1; i++) out.set([i, i + 1, Math.floor(random.float() * 99), 0], 4 * i);
  return out;
}

function count(steps: Steps<unknown>): number {
  let pauses = 0;
  while (!steps.next().done) pauses++;
  return pauses;
}

test('pauses come as often as the work is long', () => {
  const n = 20_000;
  const Z = label(merges(n), n);
  expect(isValidLinkage(Z, { throw: true })).toBe(true);
  const T = fcluster(Z, 40, { criterion: 'distance' });
  // Each of these goes through the merges at least twice.
  for (const steps of [
    labelSteps(merges(n), n),
    fclusterSteps(Z, 9, { criterion: 'maxclust' }),
    fclusterSteps(Z, 40, { criterion: 'distance' }),
    fclusterSteps(Z, 1, { criterion: 'inconsistent', depth: 12 }),
    leadersSteps(Z, T),
  ]) {
    expect(count(steps)).toBeGreaterThan((2 * n) / 1024);
  }
});

test('steps end in what the whole gives', () => {
  const n = 3000;
  const Z = label(merges(n), n);
  const T = fcluster(Z, 40, { criterion: 'distance' });
  expect(finish(fclusterSteps(Z, 40, { criterion: 'distance' }))).toEqual(T);
  expect(finish(leadersSteps(Z, T))).toEqual(leaders(Z, T));
});

test('merges are numbered by height, equal ones in the order they came', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.integer({ min: 0, max: 5 }), fc.double({ min: 0, noNaN: true })), {
        minLength: 1,
      }),
      (heights) => {
        const n = heights.length + 1;
        const from = Float64Array.from(heights.flatMap((h, i) => [i, i + 1, h, 0]));
        const order = heights.map((_, i) => i).sort((a, b) => heights[a] - heights[b] || a - b);
        const Z = label(from, n);
        expect(isValidLinkage(Z, { throw: true })).toBe(true);
        // The k-th merge joins the clusters that hold rows order[k] and order[k] + 1.
        const members = Array.from({ length: n }, (_, i) => [i]);
        order.forEach((i, k) => {
          const [a, b] = [Z[4 * k], Z[4 * k + 1]];
          expect(a).toBeLessThan(b);
          expect(Z[4 * k + 2]).toBe(heights[i]);
          const joined = [...members[a], ...members[b]].sort((x, y) => x - y);
          expect(joined).toContain(i);
          expect(joined).toContain(i + 1);
          expect(joined.length).toBe(Z[4 * k + 3]);
          members.push(joined);
        });
      },
    ),
  );
});
