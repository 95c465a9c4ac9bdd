import { describe, expect, test } from 'vitest';
import { elbowSvg } from '../../src/plot/index.ts';
import { chain, randomTree } from '../hierarchy/arbitrary.ts';
import { f64, golden } from '../hierarchy/golden.ts';
import { all, attr, complaints, HOSTILE, parse, part, pathPoints, texts } from './picture.ts';

const [small, large] = golden('trees/tutorial.json').cases.map((c: { Z: number[] }) => f64(c.Z));

describe('elbow', () => {
  test.each([
    [small, '2 clusters'],
    [large, '4 clusters'],
  ])('marks the number that it suggests', (Z, wanted) => {
    const root = parse(elbowSvg(Z));
    expect(texts(part(root, 'choice'))).toEqual([wanted]);
    const [line] = all(part(root, 'choice')!, 'path');
    const at = pathPoints(line.getAttribute('d')!)[0][0];
    const tick = all(part(root, 'axis-x')!, 'text').find((t) => t.textContent === wanted[0])!;
    expect(at).toBe(attr(tick, 'x'));
  });

  test('ten heights and eight accelerations, all lines unfilled', () => {
    const root = parse(elbowSvg(small));
    const curves = all(root, 'g').filter((g) => g.getAttribute('class') === 'curve');
    expect(curves.map((c) => all(c, 'circle').length)).toEqual([10, 8]);
    for (const c of curves) expect(all(c, 'path')[0].getAttribute('fill')).toBe('none');
    const heights = all(curves[0], 'circle').map((c) => attr(c, 'cy'));
    expect(heights).toEqual(heights.toSorted((a, b) => a - b));
  });

  test('nothing overlaps, whatever is asked for', () => {
    for (const Z of [small, large, randomTree(4), chain(50)]) {
      for (const options of [
        {},
        { last: 3 },
        { last: Infinity },
        { width: 300, height: 220 },
        { title: HOSTILE[0], theme: 'auto' as const },
      ]) {
        const svg = elbowSvg(Z, options);
        expect(svg).not.toMatch(/NaN|Infinity|undefined/);
        expect(complaints(parse(svg))).toEqual([]);
        expect(elbowSvg(Z, options)).toBe(svg);
      }
    }
  });

  test('refuses what elbow refuses', () => {
    expect(() => elbowSvg(randomTree(3))).toThrow(/Z has 2 merges/);
    expect(() => elbowSvg(small, { last: 2 })).toThrow(RangeError);
    expect(() => elbowSvg(small, { width: -1 })).toThrow(/width must be .*, got -1/);
  });
});
