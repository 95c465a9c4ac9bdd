/**
 * Decimal text to float64, correctly rounded, without a string for each number: engines collect those late.
 *
 * Up to 15 digits and a power of ten up to 22 are exact in float64, so that one product or division rounds right (Clinger
 * 1990, PLDI, 92). Up to 30 digits and powers up to 44 are computed in two float64 (Dekker 1971, Numer. Math. 18, 224), with
 * an error below 2^-100; the sum of the two is rounded right where that error cannot change it (Ziv 1991, ACM TOMS 17,
 * 410). The rest is left to the engine.
 */

import { parseNumber } from './numbers.ts';

const [PLUS, MINUS, SPACE, ZERO] = [43, 45, 32, 48];
/** Most digits that are exact in float64, whatever they are. */
const EXACT_DIGITS = 15;
/** Of the engine's powers of ten, those that are exact. */
const EXACT_POWER = 22;
const POWERS = Array.from({ length: EXACT_POWER + 1 }, (_, i) => Number(`1e${i}`));
/** More than the error of a result in two float64, relative. */
const MARGIN = 2 ** -98;
const SPLIT = 2 ** 27 + 1;

/** What a product a b is beyond `product`, its value in float64. */
function productError(a: number, b: number, product: number): number {
  const s = SPLIT * a;
  const t = SPLIT * b;
  const ah = s - (s - a);
  const bh = t - (t - b);
  const al = a - ah;
  const bl = b - bh;
  return ah * bh - product + ah * bl + al * bh + al * bl;
}

/** Powers from 0 to 44, exact: the second number of each is what the first lacks. */
const HIGHS = new Float64Array(2 * EXACT_POWER + 1);
const LOWS = new Float64Array(2 * EXACT_POWER + 1);
for (let i = 0; i < HIGHS.length; i++) {
  const a = POWERS[Math.min(i, EXACT_POWER)];
  const b = POWERS[Math.max(0, i - EXACT_POWER)];
  HIGHS[i] = a * b;
  LOWS[i] = productError(a, b, HIGHS[i]);
}

/**
 * Write (head 10^more + tail) 10^power to `into[at]`, rounded right. Takes whole numbers below 10^15, `tail` below the
 * product before it, `more` up to 15, `power` from -44 to 44.
 * @returns false where it is not certain how to round
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
 * Go on with a number of which `digits` digits, `head`, end at `from`; its point was at `point`, or -1.
 * @returns false where it is too long, or none
 */
function readLong(
  text: string,
  from: number,
  end: number,
  point: number,
  head: number,
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
    } else if (digit === -2 && dot < 0) {
      dot = i;
    } else {
      break;
    }
  }
  let power = dot < 0 ? 0 : dot + 1 - i;
  // An exponent of up to three digits: 'e', and its sign.
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
 * Write the number that stands in a part of a text to `into[at]`, as parseNumber gives it.
 * @returns whether it is one
 */
export function readDecimal(
  text: string,
  begin: number,
  end: number,
  into: Float64Array,
  at: number,
): boolean {
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
    } else if (digit === -2 && point < 0) {
      point = i;
    } else {
      break;
    }
  }
  if (i === end && digits > 0) {
    // With 15 digits the power is exact.
    const value = point < 0 ? head : head / POWERS[i - point - 1];
    into[at] = sign === MINUS ? -value : value;
    return true;
  }
  if (digits > 0 && readLong(text, i, end, point, head, into, at)) {
    if (sign === MINUS) into[at] = -into[at];
    return true;
  }
  into[at] = parseNumber(text.slice(begin, end));
  return !Number.isNaN(into[at]);
}
