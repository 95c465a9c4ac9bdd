/** Powers by tables against Math.pow. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Instance } from './instance.ts';

const TABLE_BYTES = 48 + 128 * 16 + 64 * 8;

function powers(x: Float64Array, p: number): Float64Array {
  const instance = new Instance();
  const from = instance.put(x);
  const to = instance.add(x.byteLength);
  const scratch = instance.add(TABLE_BYTES + 208);
  expect(instance.kernels.powersByTable(from, 0, x.length, p, scratch, to)).toBe(0);
  instance.checkGuards();
  return Float64Array.from(instance.f64(to, x.length));
}

/** The exponential magnifies the rounding error of the logarithm; results close to denormal numbers do not count. */
const allowed = (x: number, p: number) => {
  const y = x ** p;
  return y === 0 ? 1e-300 : y * 2.3e-16 * (8 + Math.abs(p * Math.log(x))) + 1e-300;
};

test('are as exact as by logarithms, in the range of the tables and outside', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 4, noNaN: true }), { minLength: 2, maxLength: 40 }),
      fc.double({ min: 1, max: 4, noNaN: true }),
      (list, p) => {
        const x = Float64Array.from(list.length % 2 ? list.slice(1) : list);
        powers(x, p).forEach((y, i) => {
          const wanted = x[i] ** p;
          expect(Math.abs(y - wanted)).toBeLessThanOrEqual(allowed(x[i], p));
        });
      },
    ),
    { numRuns: 300 },
  );
});

test('at the ends of every part and of the range', () => {
  const list: number[] = [0, 1, 2 ** -63, 2 ** -64, 2 - 2 ** -52, 2, 1e-310, 3];
  for (let i = 0; i < 128; i++)
    list.push(1 + i / 128, 1 + (i + 1) / 128 - 2 ** -52, 0.5 + i / 256, 2 ** -40 * (1 + i / 128));
  for (const p of [1, 1.2, 1.5, 2.7, 4]) {
    powers(Float64Array.from(list), p).forEach((y, i) => {
      expect(Math.abs(y - list[i] ** p)).toBeLessThanOrEqual(allowed(list[i], p));
    });
  }
});
