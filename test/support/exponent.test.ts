import { expect, it } from 'vitest';
import { exponentOf, ln } from '../../src/support/numbers/exponent.ts';

it('ln is within 2 ulp of the platform, and exact at 1', () => {
  expect(ln(1)).toBe(0);
  expect(ln(2)).toBe(Math.LN2);
  let worst = 0;
  for (let i = 1; i <= 4000; i++) {
    for (const x of [i / 1000, 1 / i, i * 977, i * 1e-200, i * 1e200, 1 + i * 2 ** -52, 1 - i * 2 ** -53]) {
      if (x === 1) continue;
      worst = Math.max(worst, Math.abs((ln(x) - Math.log(x)) / Math.log(x)));
    }
  }
  expect(worst).toBeLessThanOrEqual(2 ** -51);
});

it('exponentOf is exact beside powers of two, where Math.log2 rounds', () => {
  for (let k = -1074; k <= 1023; k++) {
    const x = 2 ** k;
    expect([k, exponentOf(x)]).toEqual([k, k]);
    if (k < -1021) continue;
    expect([k, exponentOf(x - x * 2 ** -53)]).toEqual([k, k - 1]);
    expect([k, exponentOf(x + x * 2 ** -52)]).toEqual([k, k]);
  }
  expect(exponentOf(Number.MAX_VALUE)).toBe(1023);
  expect(exponentOf(3 * Number.MIN_VALUE)).toBe(-1073);
});
