/** Results have the same bits on every engine, so nothing is computed by functions that each engine rounds in its own way. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const src = fileURLToPath(new URL('../../src', import.meta.url));

/** What is drawn may differ in its last bits. */
const DRAWN = /^(plot|web)\//;
const FUNCTIONS =
  /\bMath\s*\.\s*(log|log2|log10|log1p|exp|expm1|pow|a?sinh?|a?cosh?|a?tanh?|atan2|cbrt|hypot)\b/;
/** Powers of 2 are exact. Other ones are products: engines, and even tiers of one, differ in the last bit of `x ** 2`. */
const POWER = /\*\*=|(?<!(?:^|[^\w.])2 )\*\* /;
/** So are powers of 10 that are whole numbers of up to 22 digits. */
const DIGITS = /\b10 \*\* Math\.max\(0, /;

/** The code of a file without its comments and texts, line by line. */
function codeOf(text: string): string[] {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
    .replace(/\/\/.*$/gm, '')
    .split('\n');
}

const wrong = (line: string) => FUNCTIONS.test(line) || (POWER.test(line) && !DIGITS.test(line));

test('no function whose last bit depends on the engine, outside of drawing', () => {
  const found = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .map((file) => file.split(path.sep).join('/'))
    .filter((file) => /\.tsx?$/.test(file) && !DRAWN.test(file))
    .flatMap((file) =>
      codeOf(readFileSync(path.join(src, file), 'utf8')).flatMap((line, i) =>
        wrong(line) ? [`${file}:${i + 1}: ${line.trim()}`] : [],
      ),
    );
  expect(found).toEqual([]);
});

test('the test sees them', () => {
  for (const line of [
    'Math.log(x)',
    'Math.hypot(a, b)',
    'x ** 2',
    '(a - b) ** 2',
    'x **= 3',
    '12 ** k',
    '0.2 ** k',
  ]) {
    expect([line, wrong(line)]).toEqual([line, true]);
  }
  for (const line of ['Math.sqrt(x)', '2 ** -k', '(2 ** k)', 'log(x)', 'this.logarithm']) {
    expect([line, wrong(line)]).toEqual([line, false]);
  }
});
