import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dendrogram } from '../../src/hierarchy/dendrogram.ts';
import { circularDendrogramSvg, dendrogramSvg } from '../../src/plot/index.ts';
import { chain, linkages, randomTree } from '../hierarchy/arbitrary.ts';
import { f64, golden } from '../hierarchy/golden.ts';
import { all, attr, complaints, HOSTILE, parse, part, texts } from './picture.ts';

type XmlElement = ReturnType<typeof parse>;

const tutorial = f64(golden('trees/tutorial.json').cases[0].Z);

/** The middle and the radius of the outermost ring, height 0, from its path. */
function rings(root: XmlElement) {
  const d = all(part(root, 'axis-r') as XmlElement, 'path')[0].getAttribute('d') as string;
  return [...d.matchAll(/M([\d.]+),([\d.]+)A([\d.]+),/g)].map(([, x, y, r]) => ({ x: +x, y: +y, r: +r }));
}

/** Radius and angle of the corners of each link. */
function links(root: XmlElement) {
  const [outer] = rings(root);
  const label = all(part(root, 'axis-r') as XmlElement, 'text')[0];
  const [cx, cy] = [attr(label, 'x'), attr(label, 'y') - 0.35 * 10 + outer.r];
  return all(part(root, 'links') as XmlElement, 'path').map((path) => {
    const d = path.getAttribute('d') as string;
    const found = /^M(.+),(.+)L(.+),(.+)A(.+),(.+) 0 ([01]) 1 (.+),(.+)L(.+),(.+)$/.exec(d);
    const [x0, y0, x1, y1, radius, , , x2, y2, x3, y3] = (found as RegExpExecArray).slice(1).map(Number);
    const polar = (x: number, y: number) => ({
      radius: Math.hypot(x - cx, y - cy),
      angle: ((((Math.atan2(x - cx, cy - y) * 180) / Math.PI) % 360) + 360) % 360,
    });
    return { radius, corners: [polar(x0, y0), polar(x1, y1), polar(x2, y2), polar(x3, y3)] };
  });
}

describe('circularDendrogramSvg', () => {
  test('heights are radii, leaves follow each other clockwise', () => {
    const options = { truncateMode: 'lastp', p: 12 } as const;
    const root = parse(circularDendrogramSvg(tutorial, options));
    const { icoord, dcoord } = dendrogram(tutorial, options);
    const [outer] = rings(root);
    const highest = Math.max(...dcoord.map((quad) => quad[1]));
    const found = links(root);
    expect(found.length).toBe(11);
    const wanted = icoord
      .map((places, i) => ({
        radius: outer.r * (1 - (0.96 * dcoord[i][1]) / highest),
        angles: places.map((place) => 8 + (place * 344) / 120),
      }))
      .sort((a, b) => a.radius - b.radius);
    found.sort((a, b) => a.radius - b.radius);
    found.forEach(({ radius, corners }, i) => {
      expect(radius).toBeCloseTo(wanted[i].radius, 1);
      corners.forEach((corner, j) => {
        // Near the middle, a rounded coordinate is more than a degree.
        expect(Math.abs(corner.angle - wanted[i].angles[j]) * corner.radius).toBeLessThan(2);
      });
    });
  });

  test('colours are those of dendrogramSvg, cuts are rings', () => {
    const options = { maxD: 50, truncateMode: null } as const;
    const colours = (svg: string) =>
      all(part(parse(svg), 'links') as XmlElement, 'g').map((g) => g.getAttribute('stroke'));
    const svg = circularDendrogramSvg(tutorial, options);
    expect(colours(svg)).toEqual(colours(dendrogramSvg(tutorial, options)));
    const cuts = part(parse(svg), 'cuts') as XmlElement;
    expect(all(cuts, 'title').map((title) => title.textContent)).toEqual(['50: 2 clusters']);
  });

  test('labels neither touch nor leave the picture; the note says how many are left out', () => {
    for (const n of [2, 3, 20, 150, 400]) {
      const labels = Array.from({ length: n }, (_, i) => `observation ${i} of many`);
      for (const options of [{}, { width: 400, height: 500 }, { title: 'A tree', theme: 'dark' as const }]) {
        const root = parse(circularDendrogramSvg(randomTree(n), { labels, truncateMode: null, ...options }));
        expect(complaints(root)).toEqual([]);
        const shown = texts(part(root, 'leaves')).length;
        const note = texts(root).find((text) => text.includes('leaves labelled'));
        if (shown < n) expect(note).toBe(`One of ${Math.ceil(n / shown)} leaves labelled`);
        else expect(note).toBeUndefined();
      }
    }
  });

  test('large and deep trees are truncated, and drawn whole if asked', () => {
    const svg = circularDendrogramSvg(chain(20_000));
    expect(texts(parse(svg))).toContain('Truncated: 20,000 observations in 30 leaves');
    const whole = parse(circularDendrogramSvg(chain(2000), { truncateMode: null, noLabels: true }));
    expect(all(part(whole, 'links') as XmlElement, 'path').length).toBeLessThan(12);
  });

  test('hostile labels and titles are inert', () => {
    const labels = HOSTILE.slice(0, 9);
    const root = parse(
      circularDendrogramSvg(randomTree(9), { labels, title: HOSTILE[1], description: HOSTILE[2] }),
    );
    const names = new Set(all(root, '*').map(({ tagName }) => tagName));
    expect([...names].sort()).toEqual(
      ['circle', 'desc', 'g', 'path', 'rect', 'text', 'title'].filter((name) => names.has(name)),
    );
  });

  test('any tree gives a picture of finite numbers, the same each time', () => {
    fc.assert(
      fc.property(linkages(), (Z) => {
        const svg = circularDendrogramSvg(Z);
        expect(svg).not.toMatch(/NaN|Infinity/);
        expect(circularDendrogramSvg(Z)).toBe(svg);
      }),
      { numRuns: 50 },
    );
  });

  test('options are checked', () => {
    const wrong = (options: object, message: string) =>
      expect(() => circularDendrogramSvg(tutorial, options)).toThrow(message);
    wrong({ orientation: 'left' }, "circularDendrogramSvg has no option 'orientation'");
    wrong({ leafFontSize: 0 }, 'leafFontSize must be a number from 1 to 200, got 0');
    wrong({ maxD: -1 }, 'maxD must be a finite number, 0 or more, got -1');
    expect(() => circularDendrogramSvg(Float64Array.of(0, 1, Infinity, 2))).toThrow('heights must be finite');
  });
});
