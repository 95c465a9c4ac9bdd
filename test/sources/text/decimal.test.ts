import { expect, it, vi } from 'vitest';
import { readDecimal } from '../../../src/sources/text/decimal.ts';
import { parseNumber } from '../../../src/sources/text/numbers.ts';
import { Random } from '../../../src/support/numbers/random.ts';

vi.mock('../../../src/sources/text/numbers.ts', async (original) => {
  const { parseNumber } = await original<typeof import('../../../src/sources/text/numbers.ts')>();
  return { parseNumber: vi.fn(parseNumber) };
});

const random = new Random(20);
const below = (n: number): number => random.below(n);
const pick = <T>(list: readonly T[]): T => list[below(list.length)];
const digits = (count: number) => Array.from({ length: count }, () => below(10)).join('');
const bits = (count: number) =>
  BigInt.asUintN(count, BigInt(below(2 ** 32)) * 2n ** 32n + BigInt(below(2 ** 32)));

/** Any float64. */
function anyNumber(): number {
  return new Float64Array(BigUint64Array.of(bits(64)).buffer)[0];
}

/** Digits and power of ten of a number halfway between two float64, exact. */
function halfway(): [string, number] {
  const odd = 2n * (2n ** 52n + bits(52)) + 1n;
  const power = below(220) - 110;
  return power < 0 ? [String(odd * 5n ** BigInt(-power)), power] : [String(odd * 2n ** BigInt(power)), 0];
}

const kinds: Record<string, () => string> = {
  'digits with a point': () => `${digits(1 + below(20))}.${digits(below(20))}`,
  'an exponent': () =>
    `${pick(['', '-', '+'])}${digits(1 + below(3))}.${digits(below(19))}${pick(['e', 'E'])}${pick(['', '-', '+'])}${below(pick([60, 330]))}`,
  'any float64': () => String(anyNumber()),
  'float32 written as float64': () => String(Math.fround(random.float() * 10 ** below(10))),
  float64: () => String((random.float() - 0.5) * 10 ** (below(60) - 30)),
  '19 digits': () => (random.float() * 10 ** (below(40) - 20)).toExponential(18),
  decimals: () => random.float().toFixed(below(25)),
  halfway: () => halfway().join('e'),
  'nearly halfway': () => {
    const [all, power] = halfway();
    const kept = 16 + below(14);
    const head = BigInt(all.slice(0, kept)) + BigInt(below(3) - 1);
    return `${head}e${power + Math.max(0, all.length - kept)}`;
  },
  'halfway, with few digits': () => {
    const behind = below(6);
    const all = String((2n ** 53n + 2n * bits(20) + 1n) * 5n ** BigInt(behind));
    return behind === 0 ? all : `${all.slice(0, -behind)}.${all.slice(-behind)}`;
  },
  subnormal: () => `${digits(1 + below(3))}.${digits(1 + below(30))}e-${300 + below(30)}`,
  'no number, or with space': () =>
    `${pick(['', ' ', '-'])}${digits(below(4))}${pick(['.', '', 'e', 'E+', '-', 'x', ' ', '..'])}${digits(below(18))}${pick(['', ' ', '\t', 'e'])}`,
};

const into = new Float64Array(3);

it.each(Object.keys(kinds))('numbers are those of the engine, to the last bit: %s', (kind) => {
  for (let i = 0; i < 20_000; i++) {
    const text = kinds[kind]();
    const known = readDecimal(`9,${text},9`, 2, 2 + text.length, into, 1);
    const right = parseNumber(text);
    if (!Object.is(into[1], right) || known === Number.isNaN(right)) {
      expect.fail(`${JSON.stringify(text)} came out as ${into[1]}, ${known}; right is ${right}`);
    }
  }
  expect(into[0] + into[2]).toBe(0);
});

it.each(['float32 written as float64', '19 digits', 'decimals'])(
  'no string is made for a number: %s',
  (kind) => {
    vi.mocked(parseNumber).mockClear();
    for (let i = 0; i < 20_000; i++) {
      const text = kinds[kind]();
      readDecimal(text, 0, text.length, into, 1);
    }
    expect(parseNumber).not.toHaveBeenCalled();
  },
);
