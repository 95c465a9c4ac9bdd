/** Reads pictures back: strict XML, then elements, text boxes and their overlaps. */

import { DOMParser, type Element as XmlElement } from '@xmldom/xmldom';
import { expect } from 'vitest';
import { textWidth } from '../../src/plot/drawing/text.ts';

/** Parse, and fail on whatever the parser has to say about it or what XML 1.0 does not allow. */
export function parse(svg: string): XmlElement {
  expect(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u.exec(svg)).toBeNull();
  const complaints: string[] = [];
  const onError = (level: string, message: string) => {
    // U+FFFD replaces forbidden characters; the parser takes it for a wrong encoding.
    if (!message.startsWith('Unicode replacement character')) complaints.push(`${level}: ${message}`);
  };
  const root = new DOMParser({ onError }).parseFromString(svg, 'image/svg+xml').documentElement;
  expect(complaints).toEqual([]);
  expect(root?.tagName).toBe('svg');
  return root as XmlElement;
}

export function all(root: XmlElement, tag: string): XmlElement[] {
  return Array.from(root.getElementsByTagName(tag));
}

/** The group of a class, or undefined. */
export function part(root: XmlElement, name: string): XmlElement | undefined {
  return all(root, 'g').find((g) => (g.getAttribute('class') ?? '').split(' ').includes(name));
}

/** The visible text elements of a group, without tooltips. */
export function texts(root: XmlElement | undefined): string[] {
  return root ? all(root, 'text').map(seen) : [];
}

function seen(text: XmlElement): string {
  let out = '';
  for (const node of Array.from(text.childNodes)) if (node.nodeType === 3) out += node.nodeValue;
  return out;
}

export function attr(element: XmlElement, name: string): number {
  return Number(element.getAttribute(name));
}

function inherited(element: XmlElement, name: string): string {
  let at: XmlElement | null = element;
  while (at) {
    const value = at.getAttribute(name);
    if (value) return value;
    at = at.parentNode as XmlElement | null;
    if (at && at.nodeType !== 1) break;
  }
  return '';
}

export interface TextBox {
  text: string;
  corners: [number, number][];
}

/** Where each text is, turned as it is turned; heights are those of capitals and digits. */
export function textBoxes(root: XmlElement): TextBox[] {
  return all(root, 'text')
    .filter((element) => seen(element) !== '')
    .map((element) => {
      const text = seen(element);
      const size = Number(inherited(element, 'font-size'));
      const anchor = inherited(element, 'text-anchor');
      const width = textWidth(text, size) * 0.95;
      const x0 =
        (element.hasAttribute('x') ? attr(element, 'x') : 0) -
        { middle: width / 2, end: width, start: 0, '': 0 }[anchor]!;
      const y0 = element.hasAttribute('y') ? attr(element, 'y') : 0;
      const transform = element.getAttribute('transform') ?? '';
      const shift = /translate\(([-\d.]+),([-\d.]+)\)/.exec(transform);
      const turn = (Number(/rotate\(([-\d.]+)\)/.exec(transform)?.[1] ?? 0) * Math.PI) / 180;
      const place = (x: number, y: number): [number, number] => [
        Number(shift?.[1] ?? 0) + x * Math.cos(turn) - y * Math.sin(turn),
        Number(shift?.[2] ?? 0) + x * Math.sin(turn) + y * Math.cos(turn),
      ];
      const top = y0 - 0.72 * size;
      return {
        text,
        corners: [place(x0, top), place(x0 + width, top), place(x0 + width, y0), place(x0, y0)],
      };
    });
}

/** Whether two turned rectangles share more than an edge: no axis of either keeps them apart. */
function overlap(a: TextBox, b: TextBox): boolean {
  for (const { corners } of [a, b]) {
    for (const k of [0, 1]) {
      const dx = corners[k + 1][0] - corners[k][0];
      const dy = corners[k + 1][1] - corners[k][1];
      const range = (box: TextBox) => box.corners.map(([x, y]) => x * dx + y * dy);
      const [ra, rb] = [range(a), range(b)];
      const slack = 0.01 * (dx * dx + dy * dy) ** 0.5;
      if (Math.max(...ra) <= Math.min(...rb) + slack || Math.max(...rb) <= Math.min(...ra) + slack)
        return false;
    }
  }
  return true;
}

/** What a reader would complain of: texts on top of each other, texts outside the picture. */
export function complaints(root: XmlElement): string[] {
  const boxes = textBoxes(root);
  const width = attr(root, 'width');
  const height = attr(root, 'height');
  const out: string[] = [];
  boxes.forEach((a, i) => {
    if (a.corners.some(([x, y]) => !(x >= -0.5 && y >= -0.5 && x <= width + 0.5 && y <= height + 0.5))) {
      out.push(`${a.text} is outside`);
    }
    for (const b of boxes.slice(i + 1)) if (overlap(a, b)) out.push(`${a.text} and ${b.text} overlap`);
  });
  return out;
}

/** All points of a path made of M, L, H, V and their lower-case h and v. */
export function pathPoints(d: string): [number, number][] {
  const out: [number, number][] = [];
  let x = 0;
  let y = 0;
  for (const [, command, rest] of d.matchAll(/([MLHVhv])([^MLHVhvZ]*)/g)) {
    const v = rest.split(',').map(Number);
    if (command === 'M' || command === 'L') [x, y] = v;
    else if (command === 'H') x = v[0];
    else if (command === 'V') y = v[0];
    else if (command === 'h') x += v[0];
    else y += v[0];
    out.push([x, y]);
  }
  return out;
}

/** Labels that try to break out: markup, quotes, control characters, halves of pairs, every direction of writing. */
export const HOSTILE = [
  '<script>alert(1)</script>',
  '</text></svg>',
  '"><g onload="x"',
  "it's & &amp; &lt; &#x41;",
  ']]>',
  '<!-- -->',
  '\u0000\u0001\u0008\u000b\u001f\u007f\u0085',
  'line\nbreak\ttab\rreturn',
  '\ud800 half \udfff',
  '\ufffe\uffff',
  '👩‍👩‍👧‍👦 família 🐢',
  'مرحبا بالعالم',
  '\u202eright to left\u202c',
  '表意文字'.repeat(20),
  'e\u0301'.repeat(50),
  '',
  ' ',
];
