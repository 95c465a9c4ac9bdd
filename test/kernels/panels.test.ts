import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { kernelFor } from '../../src/distance/element-types.ts';
import { Random } from '../../src/support/numbers/random.ts';
import { Instance } from './instance.ts';
import { arrayOf } from './spaces.ts';

describe.each(['f4', 'f8'] as const)('%s', (element) => {
  const bytes = element === 'f4' ? 4 : 8;

  test('panels hold coordinate k of row i at lane i mod width, cut wherever', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 0, max: 3 }),
        fc.constantFrom(4, 8),
        fc.nat(30),
        (n, d, gap, width, cut) => {
          const instance = new Instance();
          const ldx = d + gap;
          const rows = arrayOf(
            element,
            Array.from({ length: n * ldx }, (_, i) => i + 1),
          );
          const x = instance.put(rows);
          const length = Math.ceil(n / width) * width * d;
          expect(instance.kernels[kernelFor(element, 'panelBytesF32', 'panelBytesF64')](n, d, width)).toBe(
            length * bytes,
          );
          const out = instance.add(length * bytes);
          const pack = instance.kernels[kernelFor(element, 'packF32', 'packF64')];
          pack(x, n, d, ldx, 0, cut % n, width, -1, out);
          pack(x, n, d, ldx, cut % n, n, width, -1, out);
          instance.checkGuards();
          const got = instance.floats(element, out, length);
          for (let i = 0; i < Math.ceil(n / width) * width; i++) {
            for (let k = 0; k < d; k++) {
              const at = Math.floor(i / width) * width * d + k * width + (i % width);
              expect(got[at]).toBe(i < n ? rows[i * ldx + k] : -1);
            }
          }
        },
      ),
    );
  });

  test('the first value that is not finite is found, wherever it stands', () => {
    const instance = new Instance();
    const find = instance.kernels[kernelFor(element, 'findNonFiniteF32', 'findNonFiniteF64')];
    const random = new Random(3);
    const length = 41;
    const ptr = instance.add(length * bytes);
    const values = instance.floats(element, ptr, length);
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      for (let at = 0; at < length; at++) {
        for (let i = 0; i < length; i++) values[i] = (random.float() - 0.5) * 1e30;
        values[at] = bad;
        if (at + 3 < length) values[at + 3] = Number.NaN;
        expect(find(ptr, 0, length)).toBe(at);
        expect(find(ptr, at, length)).toBe(at);
        expect(find(ptr, 0, at)).toBe(at);
        expect(find(ptr, Math.min(length, at + 1), length)).toBe(at + 3 < length ? at + 3 : length);
      }
    }
    values.fill(0);
    expect(find(ptr, 0, length)).toBe(length);
    expect(find(ptr, 7, 7)).toBe(7);
    instance.checkGuards();
  });
});
