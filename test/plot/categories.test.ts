/** Categories of leaves in dendrograms: colours of labels and marks, names above the plot. */
import type { Element } from '@xmldom/xmldom';
import { describe, expect, test } from 'vitest';
import { circularDendrogramSvg, type DendrogramSvgOptions, dendrogramSvg } from '../../src/plot/index.ts';
import { all, attr, complaints, HOSTILE, parse, part, texts } from './picture.ts';

/** Leaves 0 and 1 merge first, then 2 and 3, then both pairs. */
const TREE = Float64Array.of(0, 1, 1, 2, 2, 3, 2, 2, 4, 5, 4, 4);
const draw = (options: DendrogramSvgOptions) =>
  parse(dendrogramSvg(TREE, { leafCategories: ['cat', 'dog', 'cat', null], ...options }));
const fills = (root: Element | undefined, tag: string) =>
  root ? all(root, tag).map((one) => one.getAttribute('fill')) : [];

describe('categories', () => {
  test('colour the labels and marks of their leaves, and are named once', () => {
    const root = draw({ labels: ['a', 'b', 'c', 'd'] });
    const leaves = part(root, 'leaves') as Element;
    expect(all(leaves, 'text').map((one) => [one.textContent, one.getAttribute('fill')])).toEqual([
      ['a', '#1097ee'],
      ['b', '#d06d1c'],
      ['c', '#1097ee'],
      ['d', null],
    ]);
    const key = part(root, 'categories') as Element;
    expect([texts(key), fills(key, 'rect')]).toEqual([
      ['cat', 'dog'],
      ['#1097ee', '#d06d1c'],
    ]);
    const marks = all(part(root, 'marks') as Element, 'g');
    expect(marks.map((one) => [all(one, 'title')[0].textContent, one.getAttribute('fill')])).toEqual([
      ['cat', '#1097ee'],
      ['dog', '#d06d1c'],
    ]);
    const at = all(leaves, 'text').map((one) => attr(one, 'x'));
    expect(all(marks[0], 'rect').map((one) => attr(one, 'x') + attr(one, 'width') / 2)).toEqual([
      expect.closeTo(at[0], 1),
      expect.closeTo(at[2], 1),
    ]);
  });

  test('have the colours that were given, and need one each', () => {
    const root = draw({ categoryColors: { cat: 'red', dog: 'C3' } });
    expect(fills(part(root, 'categories'), 'rect')).toEqual(['#ff0000', '#373caf']);
    expect(() => draw({ categoryColors: { cat: 'red' } })).toThrow(/no colour for "dog"/);
    expect(() => dendrogramSvg(TREE, { categoryColors: {} })).toThrow(/without leafCategories/);
  });

  test('of a truncated cluster count if all of its leaves have the same', () => {
    const root = parse(
      dendrogramSvg(TREE, { truncateMode: 'lastp', p: 2, leafCategories: ['cat', 'cat', 'dog', 'cat'] }),
    );
    expect(all(part(root, 'leaves') as Element, 'text').map((one) => one.getAttribute('fill'))).toEqual([
      '#1097ee',
      null,
    ]);
  });

  test.each(['top', 'bottom', 'left', 'right'] as const)(
    'stay inside and touch no text with the root at %s',
    (orientation) => {
      const n = 60;
      const Z = Float64Array.from(
        Array.from({ length: n - 1 }, (_, i) =>
          i === 0 ? [0, 1, 1, 2] : [i + 1, n + i - 1, i + 1, i + 2],
        ).flat(),
      );
      const leafCategories = Array.from({ length: n }, (_, i) => `category number ${i % 50}`);
      const svg = dendrogramSvg(Z, {
        leafCategories,
        orientation,
        title: 'Title',
        width: 500,
        maxD: [10, 20],
      });
      const root = parse(svg);
      expect(complaints(root)).toEqual([]);
      expect(texts(part(root, 'categories')).at(-1)).toMatch(/^and \d+ more$/);
    },
  );

  test('that are hostile are inert', () => {
    const n = HOSTILE.length;
    const Z = Float64Array.from(
      Array.from({ length: n - 1 }, (_, i) =>
        i === 0 ? [0, 1, 1, 2] : [i + 1, n + i - 1, i + 1, i + 2],
      ).flat(),
    );
    const root = parse(dendrogramSvg(Z, { leafCategories: HOSTILE, labels: HOSTILE }));
    expect(all(root, 'script')).toEqual([]);
    const attributes = all(root, '*').flatMap((one) => Array.from(one.attributes).map(({ name }) => name));
    expect(attributes.filter((name) => name.startsWith('on') || name === 'href')).toEqual([]);
  });

  test('that are wrong are refused', () => {
    expect(() => draw({ leafCategories: ['a'] })).toThrow(
      /leafCategories has length 1; Z has 4 observations/,
    );
    expect(() => draw({ leafCategories: 'abcd' as never })).toThrow(TypeError);
    expect(() => draw({ leafCategories: [1, 2, 3, {}] as never })).toThrow(/leafCategories\[3\]/);
  });
});

test('a circular tree has them at the ends of its leaves, outside', () => {
  const leafCategories = ['cat', 'dog', 'cat', null];
  const root = parse(circularDendrogramSvg(TREE, { leafCategories, labels: ['a', 'b', 'c', 'd'] }));
  expect(all(part(root, 'leaves') as Element, 'text').map((one) => one.getAttribute('fill'))).toEqual([
    '#1097ee',
    '#d06d1c',
    '#1097ee',
    null,
  ]);
  expect(texts(part(root, 'categories'))).toEqual(['cat', 'dog']);
  const marks = all(part(root, 'marks') as Element, 'g');
  expect(marks.map((one) => all(one, 'rect').length)).toEqual([2, 1]);
  const place = (one: Element): number[] =>
    Array.from((one.getAttribute('transform') as string).matchAll(/[\d.]+/g), Number);
  const [x, y] = place(all(part(root, 'leaves') as Element, 'text')[0]);
  const [markX, markY, angle] = place(all(marks[0], 'rect')[0]);
  // Between the leaf and its label, in the same direction.
  expect(angle).toBeCloseTo(8 + (360 - 16) / 8, 2);
  expect(Math.hypot(x - markX, y - markY)).toBeCloseTo(5, 1);
  expect(() => circularDendrogramSvg(TREE, { categoryColors: {} })).toThrow(/without leafCategories/);
  const names = [HOSTILE[0], 'a', 'b', 'c'];
  const hostile = parse(circularDendrogramSvg(TREE, { leafCategories: names, theme: 'auto' }));
  expect(texts(part(hostile, 'categories'))).toHaveLength(4);
});
