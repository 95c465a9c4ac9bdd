/**
 * Converts decimal text to float64, correctly rounded. It makes no string for each number, since engines collect strings
 * late.
 *
 * Up to 15 digits and powers of ten up to 22 are exact in float64, so one product or division is rounded correctly
 * (Clinger 1990, PLDI, 92). Up to 30 digits and powers up to 44 are computed in two float64 (Dekker 1971, Numer. Math.
 * 18, 224), with an error below 2^-100. The sum of the two is rounded correctly unless that error could change it (Ziv
 * 1991, ACM TOMS 17, 410). The engine converts all other numbers.
 */

import { type NumberRules, parseBy, parseNumber } from './numbers.ts';

const [PLUS, COMMA, MINUS, POINT, SPACE, ZERO] = [43, 44, 45, 46, 32, 48];
/** Every whole number of up to this many digits is exact in float64. */
const EXACT_DIGITS = 15;
/** Powers of ten up to this one are exact in float64. */
const EXACT_POWER = 22;
const POWERS = Array.from({ length: EXACT_POWER + 1 }, (_, i) => Number(`1e${i}`));
/** Bound of the relative error of a result in two float64. */
const MARGIN = 2 ** -98;
const SPLIT = 2 ** 27 + 1;

/** The rounding error of a product: a b minus `product`, its value in float64. */
function productError(a: number, b: number, product: number): number {
  const s = SPLIT * a;
  const t = SPLIT * b;
  const ah = s - (s - a);
  const bh = t - (t - b);
  const al = a - ah;
  const bl = b - bh;
  return ah * bh - product + ah * bl + al * bh + al * bl;
}

/** Powers of ten from 0 to 44, exact as a sum of two numbers: HIGHS[i] + LOWS[i]. */
const HIGHS = new Float64Array(2 * EXACT_POWER + 1);
const LOWS = new Float64Array(2 * EXACT_POWER + 1);
for (let i = 0; i < HIGHS.length; i++) {
  const a = POWERS[Math.min(i, EXACT_POWER)];
  const b = POWERS[Math.max(0, i - EXACT_POWER)];
  HIGHS[i] = a * b;
  LOWS[i] = productError(a, b, HIGHS[i]);
}

/**
 * Write (head 10^more + tail) 10^power to `into[at]`, correctly rounded. `head` and `tail` are whole numbers below 10^15,
 * `tail` below the product before it, `more` up to 15, `power` from -44 to 44.
 * @returns false if it is not certain how to round
 */
function scale(
  head: number,
  more: number,
  tail: number,
  power: number,
  into: Float64Array,
  at: number,
): boolean {
  const ten = POWERS[more];
  const product = head * ten;
  const whole = product + tail;
  const part = tail - (whole - product) + productError(head, ten, product);
  const exponent = power < 0 ? -power : power;
  const high = HIGHS[exponent];
  const low = LOWS[exponent];
  let value: number;
  let rest: number;
  if (power < 0) {
    value = whole / high;
    const back = value * high;
    rest = (whole - back - productError(value, high, back) + part - value * low) / high;
  } else {
    value = whole * high;
    rest = productError(whole, high, value) + (whole * low + part * high);
  }
  const margin = value * MARGIN;
  into[at] = value + (rest + margin);
  return into[at] === value + (rest - margin);
}

/**
 * Read the rest of a number. Its first digits, with the value `head`, end at `from`; its decimal mark, the character `mark`
 * after '0', is at `point`, or -1 if there was none so far.
 * @returns false if the number is too long, or the text is not a number
 */
function readLong(
  text: string,
  from: number,
  end: number,
  point: number,
  head: number,
  mark: number,
  into: Float64Array,
  at: number,
): boolean {
  let i = from;
  let tail = 0;
  let more = 0;
  let dot = point;
  for (; i < end; i++) {
    const digit = text.charCodeAt(i) - ZERO;
    if (digit >= 0 && digit <= 9) {
      if (more === EXACT_DIGITS) return false;
      tail = 10 * tail + digit;
      more++;
    } else if (digit === mark && dot < 0) {
      dot = i;
    } else {
      break;
    }
  }
  let power = dot < 0 ? 0 : dot + 1 - i;
  // 'e' or 'E', a sign, and an exponent of up to three digits.
  if (i < end && (text.charCodeAt(i) | 32) === 101) {
    const sign = text.charCodeAt(++i);
    if (sign === MINUS || sign === PLUS) i++;
    const first = i;
    let exponent = 0;
    for (; i < end && i < first + 3; i++) {
      const digit = text.charCodeAt(i) - ZERO;
      if (digit < 0 || digit > 9) break;
      exponent = 10 * exponent + digit;
    }
    if (i === first) return false;
    power += sign === MINUS ? -exponent : exponent;
  }
  while (i < end && text.charCodeAt(i) === SPACE) i++;
  if (i < end || power >= HIGHS.length || power <= -HIGHS.length) return false;
  return scale(head, more, tail, power, into, at);
}

/**
 * Convert a part of a text to the same number as parseNumber does (as parseBy, if rules are given), and write it to
 * `into[at]`.
 * @returns whether it is a finite number
 */
export function readDecimal(
  text: string,
  begin: number,
  end: number,
  into: Float64Array,
  at: number,
  rules?: NumberRules,
): boolean {
  const mark = rules?.decimal === ',' ? COMMA - ZERO : POINT - ZERO;
  let i = begin;
  while (i < end && text.charCodeAt(i) === SPACE) i++;
  const sign = text.charCodeAt(i);
  if (sign === MINUS || sign === PLUS) i++;
  let head = 0;
  let digits = 0;
  let point = -1;
  for (; i < end; i++) {
    const digit = text.charCodeAt(i) - ZERO;
    if (digit >= 0 && digit <= 9) {
      if (digits === EXACT_DIGITS) break;
      head = 10 * head + digit;
      digits++;
    } else if (digit === mark && point < 0) {
      point = i;
    } else {
      break;
    }
  }
  if (i === end && digits > 0) {
    // With up to 15 digits the power of ten is exact.
    const value = point < 0 ? head : head / POWERS[i - point - 1];
    into[at] = sign === MINUS ? -value : value;
    return true;
  }
  if (digits > 0 && readLong(text, i, end, point, head, mark, into, at)) {
    if (sign === MINUS) into[at] = -into[at];
    return true;
  }
  const field = text.slice(begin, end);
  into[at] = rules ? parseBy(field, rules) : parseNumber(field);
  return !Number.isNaN(into[at]);
}
