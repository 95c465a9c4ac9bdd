/** Trees for property tests, and trees of shapes that are hard on recursion. */

import fc from 'fast-check';

export interface TreeShape {
  /** Most leaves. Default 12. */
  most?: number;
  /** Let heights fall from one merge to the next. Default false. */
  inversions?: boolean;
}

/** Join clusters as `pick` says (two numbers in [0, 1) for each merge) at the given heights. */
export function build(
  picks: readonly (readonly [number, number])[],
  heights: readonly number[],
): Float64Array {
  const n = picks.length + 1;
  const open = Array.from({ length: n }, (_, i) => i);
  const counts = new Array<number>(2 * n - 1).fill(1);
  const Z = new Float64Array(4 * (n - 1));
  picks.forEach(([a, b], i) => {
    const left = open.splice(Math.floor(a * open.length), 1)[0];
    const right = open.splice(Math.floor(b * open.length), 1)[0];
    counts[n + i] = counts[left] + counts[right];
    Z.set([left, right, heights[i], counts[n + i]], 4 * i);
    open.push(n + i);
  });
  return Z;
}

/** Valid linkage matrices of any shape, with ties (heights are small whole numbers half of the time). */
export function linkages({ most = 12, inversions = false }: TreeShape = {}): fc.Arbitrary<Float64Array> {
  const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  return fc
    .integer({ min: 1, max: most - 1 })
    .chain((merges) =>
      fc
        .tuple(
          fc.array(fc.tuple(unit, unit), { minLength: merges, maxLength: merges }),
          fc.oneof(
            fc.array(fc.integer({ min: 0, max: 4 }), { minLength: merges, maxLength: merges }),
            fc.array(unit, { minLength: merges, maxLength: merges }),
          ),
        )
        .map(([picks, heights]) => build(picks, inversions ? heights : heights.toSorted((a, b) => a - b))),
    );
}

/** A chain: merge i joins leaf i + 1 to everything before, from the left or from the right. */
export function chain(n: number, side: 'left' | 'right' = 'left'): Float64Array {
  const Z = new Float64Array(4 * (n - 1));
  Z.set([0, 1, 1, 2]);
  for (let i = 1; i < n - 1; i++) {
    const leaf = i + 1;
    const rest = n + i - 1;
    Z.set(side === 'left' ? [leaf, rest, i + 1, i + 2] : [rest, leaf, i + 1, i + 2], 4 * i);
  }
  return Z;
}

/** A seeded tree of n leaves whose clusters join at random. */
export function randomTree(n: number, seed = 1): Float64Array {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const open = Int32Array.from({ length: n }, (_, i) => i);
  const counts = new Int32Array(2 * n - 1).fill(1);
  let left = n;
  const take = () => {
    const at = Math.floor(random() * left);
    const id = open[at];
    open[at] = open[--left];
    return id;
  };
  const Z = new Float64Array(4 * (n - 1));
  for (let i = 0, height = 0; i < n - 1; i++) {
    const a = take();
    const b = take();
    counts[n + i] = counts[a] + counts[b];
    height += random();
    Z.set([a, b, height, counts[n + i]], 4 * i);
    open[left++] = n + i;
  }
  return Z;
}
