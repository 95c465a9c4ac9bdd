import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shortNumber } from '../../src/plot/drawing/numbers.ts';
import { el, escapeXml, num, text } from '../../src/plot/drawing/svg.ts';
import { fitText, textWidth } from '../../src/plot/drawing/text.ts';
import { HOSTILE, parse, texts } from './picture.ts';

/** How escaped text is read back: line ends as spaces, forbidden characters as U+FFFD. */
const read = (s: string) =>
  s.replace(/\r\n?|[\n\t\u2028\u2029]/g, ' ').replace(/[\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu, '\uFFFD');

describe('escaping', () => {
  test('any text comes back as it went in, in content and in attributes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...HOSTILE)), (s) => {
        const root = parse(el('svg', { id: s }, text({ x: 0 }, s)));
        expect(texts(root)).toEqual([read(s)]);
        expect(root.getAttribute('id')).toBe(read(s));
      }),
    );
  });

  test('nothing of markup is left', () => {
    expect(escapeXml(`<a href="x" b='y'>&</a>`)).toBe(
      '&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;&lt;/a&gt;',
    );
    expect(escapeXml('\ud83d\udc22 \ud83d')).toBe('\ud83d\udc22 \ufffd');
  });
});

describe('numbers', () => {
  test('coordinates have two decimals at most, and no negative zero', () => {
    expect([1.005, -0.001, 12.345678, 1e-9, 100].map(num)).toEqual(['1', '0', '12.35', '0', '100']);
  });

  test('heights are short', () => {
    const wanted: [number, string][] = [
      [0, '0'],
      [0.041512, '0.0415'],
      [15.11533, '15.1'],
      [180.27, '180'],
      [1234.5, '1235'],
      [999.6, '1000'],
      [123456, '123k'],
      [2.5e7, '25M'],
      [0.0000123, '1.23e-5'],
      [1e300, '1e+300'],
    ];
    for (const [value, short] of wanted) expect(shortNumber(value)).toBe(short);
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (v) => shortNumber(v).length <= 10),
    );
  });
});

describe('text that has to fit', () => {
  test('is never wider than its room, and is whole where it can be', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 30, max: 300 }), (s, room) => {
        const cut = fitText(s, room, 12);
        expect(textWidth(cut, 12)).toBeLessThanOrEqual(room);
        if (textWidth(s, 12) <= room) expect(cut).toBe(s);
        else expect(cut.endsWith('…')).toBe(true);
      }),
    );
  });

  test('joined characters are cut as one', () => {
    expect(fitText(`${'👩‍👩‍👧‍👦'.repeat(9)}`, 100, 12).replace('…', '')).toMatch(/^(👩‍👩‍👧‍👦)*$/u);
    expect(fitText('e\u0301'.repeat(50), 60, 12)).toMatch(/^(e\u0301)+…$/);
  });
});
