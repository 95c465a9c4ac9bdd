/** The promises of the palette, measured: contrast by WCAG 2.2, difference in OKLab as colour-blind people see it. */

import { rgb } from 'd3-color';
import { describe, expect, test } from 'vitest';
import { clusterColor, resolveColor, SLOTS } from '../../src/plot/drawing/palette.ts';
import { Theme } from '../../src/plot/drawing/theme.ts';
import { dendrogramSvg, heatmapSvg, scatterSvg } from '../../src/plot/index.ts';

type Triple = [number, number, number];

function linear(hex: string): Triple {
  const { r, g, b } = rgb(hex);
  return [r, g, b].map((c) =>
    c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4,
  ) as Triple;
}

const times = (m: readonly (readonly number[])[], v: Triple): Triple =>
  m.map((row) => row[0] * v[0] + row[1] * v[1] + row[2] * v[2]) as Triple;

function contrast(a: string, b: string): number {
  const [x, y] = [a, b].map((c) => times([[0.2126, 0.7152, 0.0722]], linear(c))[0] + 0.05);
  return Math.max(x, y) / Math.min(x, y);
}

/** Machado, Oliveira and Fernandes 2009, severity 1. */
const EYES: Record<string, readonly (readonly number[])[]> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function oklab(v: Triple): Triple {
  const lms = times(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    v,
  ).map((x) => Math.cbrt(Math.max(0, x))) as Triple;
  return times(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    lms,
  );
}

function difference(a: string, b: string, eyes: string): number {
  const [x, y] = [a, b].map((c) =>
    oklab(times(EYES[eyes], linear(c)).map((v) => Math.min(1, Math.max(0, v))) as Triple),
  );
  return Math.hypot(x[0] - y[0], x[1] - y[1], x[2] - y[2]);
}

for (const name of ['light', 'dark'] as const) {
  describe(`on ${name} paper`, () => {
    const theme = new Theme(name);
    const paper = theme.color('paper');
    const colors = Object.values(SLOTS).map((pair) => pair[name === 'dark' ? 1 : 0]);

    test('text has 4.5:1, most of it 6:1; lines have 3:1', () => {
      expect(contrast(theme.color('ink'), paper)).toBeGreaterThan(12);
      expect(contrast(theme.color('soft'), paper)).toBeGreaterThan(6);
      expect(contrast(theme.color('axis'), paper)).toBeGreaterThan(3);
      for (const color of colors) expect(contrast(color, paper), color).toBeGreaterThan(3);
    });

    for (const eyes of Object.keys(EYES)) {
      test(`every two colours differ to ${eyes} eyes`, () => {
        colors.forEach((a, i) => {
          for (const b of colors.slice(i + 1))
            expect(difference(a, b, eyes), `${a} ${b}`).toBeGreaterThan(0.07);
        });
      });
    }
  });
}

describe('colour names', () => {
  test.each([
    ['C0', 'C0'],
    ['C9', 'C9'],
    ['C10', 'C0'],
    ['C23', 'C3'],
    ['k', 'ink'],
    ['w', 'paper'],
    ['r', '#ff0000'],
    ['tab:orange', '#ff7f0e'],
    ['0.5', '#808080'],
    ['#ABC', '#aabbcc'],
    ['rebeccapurple', '#663399'],
    ['hsl(0, 100%, 50%)', '#ff0000'],
  ])('%s is %s', (name, wanted) => {
    expect(resolveColor(name)).toBe(wanted);
  });

  test.each(['', 'even', 'C', 'C-1', '"><script>', 'url(#x)', 'constructor'])('%j is refused', (name) => {
    expect(() => resolveColor(name)).toThrow(RangeError);
  });
});

test('clusters have the colours of the slots, in turn; what is no cluster is grey', () => {
  const colors = Array.from({ length: 12 }, (_, label) => clusterColor(label));
  expect(colors.slice(0, 4)).toEqual([SLOTS.C0[0], SLOTS.C1[0], SLOTS.C2[0], SLOTS.C3[0]]);
  // Nine colours were all there were; the tenth cluster had the first one again.
  expect([clusterColor(9), clusterColor(64), clusterColor(-1)]).toEqual([
    SLOTS.C9[0],
    SLOTS.C1[0],
    SLOTS.C0[0],
  ]);
  expect(clusterColor(1, 'dark')).toBe(SLOTS.C1[1]);
});

describe('clusters 10 to 63', () => {
  for (const name of ['light', 'dark'] as const) {
    const all = Array.from({ length: 63 }, (_, i) => clusterColor(i + 1, name));

    test(`have a colour of their own on ${name} paper, with a contrast of 3:1`, () => {
      expect(new Set(all).size).toBe(63);
      const paper = new Theme(name).color('paper');
      for (const color of all) expect(contrast(color, paper), color).toBeGreaterThan(3);
      expect(clusterColor(64, name)).toBe(all[0]);
    });

    test(`differ from each other on ${name} paper`, () => {
      all.forEach((a, i) => {
        for (const b of all.slice(i + 1)) {
          expect(difference(a, b, 'normal'), `${a} ${b}`).toBeGreaterThan(0.05);
          for (const eyes of ['protan', 'deutan', 'tritan']) {
            expect(difference(a, b, eyes), `${a} ${b} ${eyes}`).toBeGreaterThan(0.03);
          }
        }
      });
    });
  }
});

test('more than nine clusters keep distinct colours in every picture', () => {
  const k = 40;
  const Z = Float64Array.from(
    Array.from({ length: 2 * k - 1 }, (_, i) => {
      // Pairs first, then a chain of the pairs.
      if (i < k) return [2 * i, 2 * i + 1, 1, 2];
      return i === k ? [2 * k, 2 * k + 1, 10, 4] : [k + i + 1, 2 * k + i - 1, 10 + i, 2 * (i - k + 2)];
    }).flat(),
  );
  const tree = dendrogramSvg(Z, { colorThreshold: 5, truncateMode: null });
  expect(new Set(tree.match(/stroke="#[0-9a-f]{6}"/g)).size).toBeGreaterThanOrEqual(k + 1);
  const labels = Array.from({ length: 2 * k }, (_, i) => 1 + (i >> 1));
  const points = scatterSvg(
    labels.map((label, i) => [label, i]),
    labels,
  );
  expect(new Set(points.match(/<g fill="#[0-9a-f]{6}">/g)).size).toBeGreaterThanOrEqual(k);
  const map = heatmapSvg(
    labels.map((label) => [label]),
    { rowTree: Z, rowClusters: k, rowStrips: [{ name: 'of', values: labels, kind: 'categories' }] },
  );
  expect(new Set(map.match(/stroke="#[0-9a-f]{6}"/g)).size).toBeGreaterThanOrEqual(k + 1);
});
