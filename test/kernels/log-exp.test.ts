import { describe, expect, test } from 'vitest';
import { Random } from '../../src/support/numbers/random.ts';
import { Instance } from './instance.ts';

const COUNT = 2 ** 19;

/** Spacing of float64 at x. */
function ulp(x: number): number {
  return Math.max(2 ** (Math.floor(Math.log2(Math.abs(x))) - 52), Number.MIN_VALUE);
}

function apply(kernel: 'logF64' | 'expF64', values: Float64Array): Float64Array {
  const instance = new Instance();
  const x = instance.put(values);
  const scratch = instance.add(256);
  const out = instance.add(values.byteLength);
  expect(instance.kernels[kernel](x, 0, values.length, scratch, out)).toBe(0);
  instance.checkGuards();
  return instance.f64(out, values.length).slice();
}

/** The largest error in units of the last place; Math's own functions are within one of the truth. */
function worst(kernel: 'logF64' | 'expF64', values: Float64Array): number {
  const got = apply(kernel, values);
  const f = kernel === 'logF64' ? Math.log : Math.exp;
  let most = 0;
  for (let i = 0; i < values.length; i++) {
    const wanted = f(values[i]);
    // Not expect: it takes its time over millions of numbers.
    if (wanted === 0 || !Number.isFinite(wanted)) most = Object.is(got[i], wanted) ? most : Infinity;
    else most = Math.max(most, Math.abs(got[i] - wanted) / ulp(wanted));
  }
  return most;
}

describe('logarithm and exponential', () => {
  test('of values of every size, half a million of each', () => {
    const random = new Random(1);
    const sizes = Float64Array.from({ length: COUNT }, () => 2 ** (random.float() * 2097 - 1074));
    expect(worst('logF64', sizes)).toBeLessThanOrEqual(2);
    const exponents = Float64Array.from({ length: COUNT }, () => random.float() * 1460 - 748);
    expect(worst('expF64', exponents)).toBeLessThanOrEqual(2);
  });

  test('near 1 and near 0', () => {
    const random = new Random(2);
    const near = Float64Array.from(
      { length: COUNT },
      () => 1 + (random.float() - 0.5) * 2 ** -random.below(53),
    );
    expect(worst('logF64', near)).toBeLessThanOrEqual(2);
    expect(
      worst(
        'logF64',
        Float64Array.from({ length: COUNT }, () => random.float() * 2),
      ),
    ).toBeLessThanOrEqual(2);
    const small = Float64Array.from({ length: COUNT }, () => (random.float() - 0.5) * 2 ** -random.below(60));
    expect(worst('expF64', small)).toBeLessThanOrEqual(2);
  });

  test('of what is special', () => {
    const { NaN: nan, POSITIVE_INFINITY: infinity, MIN_VALUE, MAX_VALUE } = Number;
    const x = Float64Array.of(0, -0, MIN_VALUE, 2 ** -1022, 1, MAX_VALUE, infinity, nan);
    expect(apply('logF64', x)).toEqual(x.map(Math.log));
    const y = Float64Array.of(0, -0, 710, 1000, -746, -1000, -infinity, infinity, nan, nan);
    expect(apply('expF64', y)).toEqual(y.map(Math.exp));
  });
});
