import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dendrogram } from '../../src/hierarchy/dendrogram.ts';
import { linkage } from '../../src/hierarchy/linkage/linkage.ts';
import { type DendrogramSvgOptions, dendrogramSvg } from '../../src/plot/index.ts';
import { chain, linkages, randomTree } from '../hierarchy/arbitrary.ts';
import { f64, golden } from '../hierarchy/golden.ts';
import { all, attr, complaints, HOSTILE, parse, part, pathPoints, textBoxes, texts } from './picture.ts';

const tutorial = f64(golden('trees/tutorial.json').cases[0].Z);
const ORIENTATIONS = ['top', 'bottom', 'left', 'right'] as const;

/** Heights as the axis places them: its ticks give the scale. */
function heightScale(svg: string, upright: boolean): (height: number) => number {
  const axis = part(parse(svg), upright ? 'axis-y' : 'axis-x')!;
  const ticks = all(axis, 'text')
    .filter((t) => /^[\d,.]+$/.test(t.textContent ?? ''))
    .map((t) => ({
      value: Number(t.textContent!.replaceAll(',', '')),
      // A label's baseline is 0.35 of its size below the middle of its line.
      at: upright ? attr(t, 'y') - 0.35 * 11 : attr(t, 'x'),
    }));
  const [a, b] = [ticks[0], ticks[ticks.length - 1]];
  return (h) => a.at + ((h - a.value) * (b.at - a.at)) / (b.value - a.value);
}

describe('the links', () => {
  for (const orientation of ORIENTATIONS) {
    test(`stand where the axis says, root at the ${orientation}`, () => {
      const Z = tutorial;
      const options: DendrogramSvgOptions = { orientation, truncateMode: 'lastp', p: 12 };
      const upright = orientation === 'top' || orientation === 'bottom';
      const svg = dendrogramSvg(Z, options);
      const scale = heightScale(svg, upright);
      const { dcoord, icoord } = dendrogram(Z, options);
      const paths = all(part(parse(svg), 'links')!, 'path').map((p) => pathPoints(p.getAttribute('d')!));
      expect(paths.length).toBe(11);
      const tops = paths.map((p) => (upright ? p[1][1] : p[1][0])).sort((a, b) => a - b);
      const wanted = dcoord.map((d) => scale(d[1])).sort((a, b) => a - b);
      tops.forEach((top, i) => {
        expect(top).toBeCloseTo(wanted[i], 1);
      });
      const spread = paths.flat().map((p) => (upright ? p[0] : p[1]));
      const ratio =
        (Math.max(...spread) - Math.min(...spread)) /
        (Math.max(...icoord.flat()) - Math.min(...icoord.flat()));
      expect(ratio).toBeGreaterThan(2);
      const toRoot = scale(1) - scale(0);
      expect(Math.sign(toRoot)).toBe(orientation === 'top' || orientation === 'left' ? -1 : 1);
    });
  }

  test('one path for each up to 400, one for each colour beyond', () => {
    const paths = (n: number) =>
      all(part(parse(dendrogramSvg(randomTree(n), { truncateMode: null })), 'links')!, 'path').length;
    expect(paths(401)).toBe(400);
    expect(paths(402)).toBeLessThanOrEqual(64);
  });

  test('colours are those of the data, as the theme has them', () => {
    const groups = (options: DendrogramSvgOptions) =>
      all(part(parse(dendrogramSvg(tutorial, options)), 'links')!, 'g').map((g) => g.getAttribute('stroke'));
    expect(groups({})).toEqual(['#1097ee', '#d06d1c', '#66707c']);
    expect(groups({ theme: 'dark' })).toEqual(['#1f7bef', '#ef9a22', '#98a3b0']);
    expect(groups({ palette: ['tab:red', 'teal'], aboveThresholdColor: '0' })).toEqual([
      '#d62728',
      '#008080',
      '#000000',
    ]);
    expect(groups({ linkColorFunc: (k) => (k === 298 ? 'm' : 'y') })).toEqual(['#bfbf00', '#bf00bf']);
  });
});

describe('labels of leaves', () => {
  test('the tutorial, truncated', () => {
    const root = parse(dendrogramSvg(tutorial, { truncateMode: 'lastp', p: 12 }));
    expect(texts(part(root, 'leaves')).join(' ')).toBe(
      '(23) (17) (4) (6) (10) 40 (13) (10) (3) (9) (21) (33)',
    );
  });

  test('all 150 of the tutorial are there', () => {
    const shown = texts(part(parse(dendrogramSvg(tutorial)), 'leaves'));
    expect(shown.map(Number).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 150 }, (_, i) => i));
  });

  test('size, angle and absence as asked', () => {
    const leaves = (options: DendrogramSvgOptions) =>
      part(parse(dendrogramSvg(randomTree(10), options)), 'leaves');
    expect(leaves({ leafFontSize: 9 })!.getAttribute('font-size')).toBe('9');
    expect(all(leaves({ leafRotation: 30 })!, 'text')[0].getAttribute('transform')).toMatch(/rotate\(-30\)/);
    expect(leaves({ noLabels: true })).toBeUndefined();
    expect(texts(leaves({ leafLabelFunc: (k) => `<${k}>` }))).toContain('<7>');
  });

  test('long ones are cut, with the whole as a tooltip', () => {
    const long = 'a label that goes on and on and on and on and on and on, and then some more';
    const root = parse(dendrogramSvg(randomTree(12), { labels: Array(12).fill(long) }));
    const [first] = all(part(root, 'leaves')!, 'text');
    expect(texts(part(root, 'leaves'))[0]).toMatch(/^a label .*…$/);
    expect(all(first, 'title')[0].textContent).toBe(long);
  });
});

describe('nothing overlaps, nothing is outside', () => {
  const words = (n: number) => Array.from({ length: n }, (_, i) => `sample ${'x'.repeat((i * 7) % 23)} ${i}`);
  const looks: Record<string, (n: number) => DendrogramSvgOptions> = {
    plain: () => ({}),
    words: (n) => ({ labels: words(n), title: 'A title', xLabel: 'across', yLabel: 'upwards' }),
    hanging: (n) => ({ labels: words(n), hang: true, annotateAbove: 0 }),
    cuts: () => ({ maxD: [1, 1.01, 1.02, 5, 6], annotateAbove: 0 }),
    narrow: (n) => ({
      width: 300,
      height: 240,
      labels: words(n),
      maxD: 1,
      title: 'A title that is too long for this',
    }),
    turned: (n) => ({ leafRotation: -40, labels: words(n) }),
    large: () => ({ leafFontSize: 22 }),
  };
  for (const orientation of ORIENTATIONS) {
    for (const [name, look] of Object.entries(looks)) {
      test(`root at the ${orientation}, ${name}`, () => {
        for (const n of [2, 3, 20, 60, 200]) {
          const svg = dendrogramSvg(randomTree(n), { orientation, ...look(n) });
          expect(complaints(parse(svg)), `n = ${n}`).toEqual([]);
        }
      });
    }
  }

  test('the name of the leaves stands below the heading', () => {
    for (const orientation of ORIENTATIONS) {
      const root = parse(
        dendrogramSvg(randomTree(9), { orientation, title: 'T', xLabel: 'across', yLabel: 'upwards' }),
      );
      const at = new Map(textBoxes(root).map((b) => [b.text, Math.min(...b.corners.map(([, y]) => y))]));
      for (const name of ['across', 'upwards'])
        expect(at.get(name), orientation).toBeGreaterThan(at.get('T')! + 16);
    }
  });

  test('5,000 leaves, truncated by default and in full', () => {
    const Z = randomTree(5000);
    expect(complaints(parse(dendrogramSvg(Z, { showContracted: true })))).toEqual([]);
    expect(complaints(parse(dendrogramSvg(Z, { truncateMode: null, annotateAbove: 0 })))).toEqual([]);
  });
});

describe('cut lines', () => {
  for (const orientation of ORIENTATIONS) {
    test(`are at their heights, with their clusters, root at the ${orientation}`, () => {
      const upright = orientation === 'top' || orientation === 'bottom';
      const svg = dendrogramSvg(tutorial, { orientation, maxD: [50, 16], truncateMode: 'lastp', p: 12 });
      const scale = heightScale(svg, upright);
      const cuts = part(parse(svg), 'cuts')!;
      expect(texts(cuts).toSorted()).toEqual(['16: 4 clusters', '50: 2 clusters']);
      const lines = all(cuts, 'path').filter((p) => p.hasAttribute('stroke-dasharray'));
      const at = lines.map((p) => pathPoints(p.getAttribute('d')!)[0][upright ? 1 : 0]);
      expect(at.length).toBe(2);
      [16, 50].forEach((height, i) => {
        expect(at[i]).toBeCloseTo(scale(height), 1);
      });
    });
  }

  test('colour the clusters below them', () => {
    const groups = (maxD: number | number[]) =>
      all(part(parse(dendrogramSvg(tutorial, { maxD })), 'links')!, 'g').length;
    expect([groups(50), groups(16), groups([50, 16])]).toEqual([3, 5, 5]);
  });

  test('above the root they make room for themselves', () => {
    const root = parse(dendrogramSvg(randomTree(5), { maxD: 1000 }));
    expect(texts(part(root, 'cuts'))).toEqual(['1000: 1 cluster']);
    expect(complaints(root)).toEqual([]);
  });
});

describe('heights beside links', () => {
  test('a dot for each link above, the highest with their numbers', () => {
    const root = parse(dendrogramSvg(tutorial, { truncateMode: 'lastp', p: 12, annotateAbove: 10 }));
    expect(all(part(root, 'dots')!, 'circle').length).toBe(5);
    expect(texts(part(root, 'heights')).slice(0, 2)).toEqual(['180', '23.1']);
  });

  test('none above the root', () => {
    expect(part(parse(dendrogramSvg(tutorial, { annotateAbove: 181 })), 'dots')).toBeUndefined();
  });
});

describe('hanging leaves', () => {
  test('begin below their first merge, and clusters at their own height', () => {
    const Z = f64([0, 1, 10, 2, 2, 3, 20, 2, 4, 5, 100, 4]);
    const svg = dendrogramSvg(Z, { hang: true });
    const scale = heightScale(svg, true);
    const feet = all(part(parse(svg), 'links')!, 'path').flatMap((p) => {
      const points = pathPoints(p.getAttribute('d')!);
      return [points[0][1], points[3][1]];
    });
    const stub = 0.04 * 105;
    const wanted = [10 - stub, 10 - stub, 20 - stub, 20 - stub, 10, 20];
    feet
      .toSorted((a, b) => a - b)
      .forEach((foot, i) => {
        expect(foot).toBeCloseTo(wanted.map(scale).toSorted((a, b) => a - b)[i], 1);
      });
    const cut = dendrogramSvg(Z, { hang: true, truncateMode: 'lastp', p: 2 });
    const [path] = all(part(parse(cut), 'links')!, 'path').map((p) => pathPoints(p.getAttribute('d')!));
    expect([path[0][1], path[3][1]].map((y) => Math.round(y))).toEqual(
      [10, 20].map((h) => Math.round(heightScale(cut, true)(h))),
    );
  });

  test('no foot is above its link, in any tree', () => {
    fc.assert(
      fc.property(linkages({ inversions: true }), (Z) => {
        const svg = dendrogramSvg(Z, { hang: true });
        for (const p of all(part(parse(svg), 'links')!, 'path')) {
          const points = pathPoints(p.getAttribute('d')!);
          expect(points.every(([x, y]) => Number.isFinite(x) && Number.isFinite(y))).toBe(true);
        }
      }),
    );
  });
});

describe('what the picture leaves out', () => {
  test('more than 200 leaves are truncated, and it says so', () => {
    const say = (n: number, options: DendrogramSvgOptions = {}) =>
      texts(parse(dendrogramSvg(randomTree(n), options))).filter((t) => /observations in/.test(t));
    expect(say(200)).toEqual([]);
    expect(say(201)).toEqual(['Truncated: 201 observations in 30 leaves']);
    expect(say(5000, { p: 50 })).toEqual(['Truncated: 5,000 observations in 50 leaves']);
    expect(say(300, { truncateMode: null })).toEqual([]);
    expect(say(201, { note: 'mine' })).toEqual([]);
    expect(texts(parse(dendrogramSvg(randomTree(201), { note: 'mine' })))).toContain('mine');
  });

  test('left out labels are told of', () => {
    const root = parse(dendrogramSvg(randomTree(300), { truncateMode: null, width: 400 }));
    const [, every] = /Every (\d+)(st|nd|rd|th) leaf labelled/.exec(texts(root).join('\n'))!;
    expect(texts(part(root, 'leaves')).length).toBe(Math.ceil(300 / Number(every)));
  });

  test('contracted merges are dots on their leaf', () => {
    const options: DendrogramSvgOptions = { truncateMode: 'lastp', p: 3, showContracted: true };
    const svg = dendrogramSvg(randomTree(12), options);
    expect(all(part(parse(svg), 'contracted')!, 'circle').length).toBe(
      new Set(dendrogram(randomTree(12), options).contracted.map(String)).size,
    );
    expect(
      part(parse(dendrogramSvg(randomTree(12), { showContracted: true })), 'contracted'),
    ).toBeUndefined();
  });
});

describe('the document', () => {
  test('is well-formed whatever it is told, and the same again', () => {
    const labels = Array.from({ length: 17 }, (_, i) => HOSTILE[i]);
    for (const theme of ['light', 'dark', 'auto'] as const) {
      for (const orientation of ORIENTATIONS) {
        const options: DendrogramSvgOptions = {
          theme,
          orientation,
          labels,
          title: HOSTILE[0],
          note: HOSTILE[3],
          description: HOSTILE[6],
          xLabel: HOSTILE[1],
          yLabel: HOSTILE[2],
        };
        const svg = dendrogramSvg(randomTree(17), options);
        const root = parse(svg);
        expect(dendrogramSvg(randomTree(17), options)).toBe(svg);
        expect(all(root, 'script')).toEqual([]);
        expect(svg).not.toMatch(/NaN|Infinity|undefined/);
        expect(
          all(root, '*')
            .flatMap((e) => Array.from(e.attributes, (a) => a.name))
            .filter((a) => /^on/i.test(a)),
        ).toEqual([]);
      }
    }
  });

  test('any tree can be drawn', () => {
    fc.assert(
      fc.property(
        linkages({ most: 30, inversions: true }),
        fc.constantFrom(...ORIENTATIONS),
        (Z, orientation) => {
          const svg = dendrogramSvg(Z, { orientation, annotateAbove: 0, maxD: 0.5 });
          const root = parse(svg);
          expect(svg).not.toMatch(/NaN|Infinity|undefined/);
          expect(texts(part(root, 'leaves')).length).toBe(Z.length / 4 + 1);
          const [width, height] = [attr(root, 'width'), attr(root, 'height')];
          for (const p of all(part(root, 'links')!, 'path')) {
            for (const [x, y] of pathPoints(p.getAttribute('d')!)) {
              expect(x >= 0 && x <= width && y >= 0 && y <= height).toBe(true);
            }
          }
        },
      ),
    );
  });

  test('has what readers and screen readers need', () => {
    const root = parse(dendrogramSvg(tutorial, { title: 'T & U', width: 640, height: 300 }));
    const named = (name: string) => root.getAttribute(name);
    expect([named('role'), named('width'), named('height'), named('viewBox')]).toEqual([
      'img',
      '640',
      '300',
      '0 0 640 300',
    ]);
    expect(root.firstChild?.nextSibling?.textContent).toBe('T & U');
    expect(all(root, 'desc')[0].textContent).toMatch(/A tree of 150 observations/);
    expect(all(parse(dendrogramSvg(tutorial)), 'title')[0].textContent).toBe(
      'Dendrogram of 150 observations',
    );
  });

  test('auto brings rules for dark systems and for nothing else', () => {
    const light = dendrogramSvg(tutorial);
    const auto = dendrogramSvg(tutorial, { theme: 'auto' });
    expect(light).not.toContain('<style>');
    const style = all(parse(auto), 'style')[0].textContent!;
    expect(style).toMatch(/^@media \(prefers-color-scheme:dark\)\{.*\}$/);
    for (const [, rule] of style.matchAll(/[{}]([^{}]+)\{/g))
      expect(rule).toMatch(/^\.coppice-auto \.(fill|stroke)-\w+$/);
    for (const [, classes] of auto.matchAll(/class="([^"]*)"/g)) {
      for (const name of classes.split(' ').filter((c) => /^(fill|stroke)-/.test(c)))
        expect(style).toContain(`.${name}{`);
    }
    expect(auto.replace(/<style>.*<\/style>\n/, '').replace(/ class="[^"]*"/g, '')).toBe(
      light.replace(/ class="[^"]*"/g, ''),
    );
  });

  test('coordinates have two decimals', () => {
    const svg = dendrogramSvg(tutorial, { maxD: 16, annotateAbove: 10 }).replace(
      /<(title|desc)>.*?<\/\1>/g,
      '',
    );
    expect(svg).not.toMatch(/\d\.\d{3}/);
  });

  test('heights of any size can be drawn', () => {
    for (const height of [0, 5e-324, 1e-200, 1e200, 1.7e308]) {
      const svg = dendrogramSvg(f64([0, 1, height / 2, 2, 2, 3, height, 3]), { annotateAbove: 0 });
      expect(svg).not.toMatch(/NaN|Infinity/);
      expect(complaints(parse(svg)), String(height)).toEqual([]);
    }
  });

  test('deep and large trees', () => {
    const Z = chain(100_001);
    expect(dendrogramSvg(Z).length).toBeLessThan(20_000);
    expect(dendrogramSvg(Z, { truncateMode: null }).length).toBeGreaterThan(1e6);
  });
});

describe('refusals', () => {
  const Z = randomTree(5);
  test.each<[string, unknown, ErrorConstructor, RegExp]>([
    ['theme', 'blue', RangeError, /theme must be .*, got the string "blue"/],
    ['width', 0, RangeError, /width must be a number from 160 .*, got 0/],
    ['height', '300', TypeError, /height must be .*, got the string "300"/],
    ['title', 5, TypeError, /title must be a string, got 5/],
    ['maxD', -1, RangeError, /maxD must be a finite number, 0 or more, got -1/],
    ['maxD', [1, '2'], TypeError, /maxD\[1\] must be .*, got the string "2"/],
    ['maxD', NaN, RangeError, /maxD must be .*, got NaN/],
    ['annotateAbove', '1', TypeError, /annotateAbove/],
    ['leafRotation', Infinity, RangeError, /leafRotation must be .*, got Infinity/],
    ['leafFontSize', 0, RangeError, /leafFontSize must be .*, got 0/],
    ['orientation', 'up', RangeError, /orientation/],
    ['labels', ['a'], RangeError, /labels must have one label for each of the .* observations, got 1/],
    ['aboveThresholdColor', 'no such colour', RangeError, /colour is "no such colour"/],
  ])('%s = %s', (name, value, kind, message) => {
    const call = () => dendrogramSvg(Z, { [name]: value } as DendrogramSvgOptions);
    expect(call).toThrow(kind);
    expect(call).toThrow(message);
  });

  test('heights that are not finite', () => {
    expect(() => dendrogramSvg(f64([0, 1, Infinity, 2]))).toThrow(/row 0, column 2 is Infinity/);
  });
});

const file = new URL('../../../shared/data/tutorial_X.npy', import.meta.url);
test.skipIf(!existsSync(file))('../shared/data/tutorial_X.npy, from points to picture', async () => {
  const bytes = new Uint8Array(readFileSync(file));
  const data = new Float64Array(bytes.slice(10 + bytes[8] + 256 * bytes[9]).buffer);
  const Z = await linkage({ data, rows: 150, cols: 2 }, { method: 'ward' });
  const root = parse(dendrogramSvg(Z, { truncateMode: 'lastp', p: 12, annotateAbove: 10, maxD: 50 }));
  expect(texts(part(root, 'leaves')).join(' ')).toBe('(23) (17) (4) (6) (10) 40 (13) (10) (3) (9) (21) (33)');
  expect(textBoxes(root).length).toBeGreaterThan(20);
});

test('steep labels leave no room for what slanted ones would have stuck out', () => {
  // So many leaves that slanted labels fit until room is made for the first one, and then do not.
  const Z = randomTree(26);
  const labels = Array.from({ length: 26 }, (_, i) =>
    i % 5 ? `s${i}` : `A rather long name of sample ${i}`,
  );
  const left = (svg: string) =>
    Math.min(
      ...all(part(parse(svg), 'links')!, 'path').flatMap((p) =>
        pathPoints(p.getAttribute('d')!).map(([x]) => x),
      ),
    );
  const free = dendrogramSvg(Z, { labels });
  expect(free).toContain('rotate(-90)');
  expect(left(free)).toBeCloseTo(left(dendrogramSvg(Z, { labels, leafRotation: 90 })), 1);
});
