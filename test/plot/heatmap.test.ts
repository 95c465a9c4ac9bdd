/** Heat maps, read back: places, colours, order, texts. */
import { inflateSync } from 'node:zlib';
import type { Element } from '@xmldom/xmldom';
import { describe, expect, test } from 'vitest';
import { type HeatmapSvgOptions, heatmapSvg, SCALE_NAMES } from '../../src/plot/index.ts';
import { crc32 } from '../../src/support/numbers/crc32.ts';
import type { Matrix, Z } from '../../src/types.ts';
import { golden } from '../hierarchy/golden.ts';
import { all, attr, complaints, HOSTILE, parse, part, pathPoints, texts } from './picture.ts';

/** A table of whole numbers from 0 that are all different. */
const table = (rows: number, cols: number): Matrix => ({
  data: Float64Array.from({ length: rows * cols }, (_, i) => i),
  rows,
  cols,
});

/** Rows 2 and 0 are near each other, then 1, then 3: the leaves are 3, 1, 0, 2. */
const TREE: Z = Float64Array.of(0, 2, 1, 2, 1, 4, 2, 3, 3, 5, 4, 4);

/** The texts of the tooltips of the cells, row by row as drawn. */
function cells(
  svg: string,
): { name: string; x: number; y: number; width: number; height: number; fill: string }[] {
  return all(part(parse(svg), 'cells') as Element, 'rect').map((rect) => ({
    name: all(rect, 'title')[0].textContent ?? '',
    x: attr(rect, 'x'),
    y: attr(rect, 'y'),
    width: attr(rect, 'width'),
    height: attr(rect, 'height'),
    fill: rect.getAttribute('fill') ?? '',
  }));
}

/** The pixels of an indexed PNG, as colours, after its checksums. */
function readPng(bytes: Buffer): { width: number; height: number; colors: string[] } {
  expect(bytes.subarray(0, 8)).toEqual(Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]));
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    expect(bytes.readUInt32BE(at + 8 + length)).toBe(crc32(bytes.subarray(at + 4, at + 8 + length)));
    chunks.set(bytes.toString('latin1', at + 4, at + 8), bytes.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  const [head, palette] = [chunks.get('IHDR') as Buffer, chunks.get('PLTE') as Buffer];
  const [width, height] = [head.readUInt32BE(0), head.readUInt32BE(4)];
  expect(Array.from(head.subarray(8))).toEqual([8, 3, 0, 0, 0]);
  const lines = inflateSync(chunks.get('IDAT') as Buffer);
  expect(lines.length).toBe((width + 1) * height);
  const colors: string[] = [];
  for (let y = 0; y < height; y++) {
    expect(lines[y * (width + 1)]).toBe(0);
    for (let x = 0; x < width; x++) {
      const index = lines[y * (width + 1) + 1 + x];
      colors.push(`#${palette.toString('hex', 3 * index, 3 * index + 3)}`);
    }
  }
  return { width, height, colors };
}

function pictures(svg: string) {
  return all(part(parse(svg), 'cells') as Element, 'image').map((image) => ({
    ...readPng(Buffer.from((image.getAttribute('href') ?? '').split('base64,')[1], 'base64')),
    place: ['x', 'y', 'width', 'height'].map((name) => attr(image, name)),
  }));
}

describe('cells', () => {
  test('stand in the order of the trees, each with its value, without space between them', () => {
    const svg = heatmapSvg(table(4, 3), {
      rowTree: TREE,
      rowLabels: ['a', 'b', 'c', 'd'],
      colOrder: [2, 0, 1],
    });
    const drawn = cells(svg);
    expect(drawn.map(({ name }) => name)).toEqual(
      [3, 1, 0, 2].flatMap((row) => [2, 0, 1].map((col) => `${'abcd'[row]}, ${col}: ${row * 3 + col}`)),
    );
    drawn.forEach(({ x, y, width, height }, i) => {
      const right = drawn[i + 1];
      const below = drawn[i + 3];
      if (i % 3 < 2) expect([right.x, right.y]).toEqual([expect.closeTo(x + width, 6), y]);
      if (below) expect([below.x, below.y]).toEqual([x, expect.closeTo(y + height, 6)]);
    });
    expect(texts(part(parse(svg), 'leaves'))).toEqual(['d', 'b', 'a', 'c']);
  });

  test('have the first colour at the least value, the last at the greatest, grey where they are missing', () => {
    const X = table(2, 3);
    X.data[4] = Number.NaN;
    const fills = cells(heatmapSvg(X)).map(({ fill }) => fill);
    expect([fills[0], fills[5], fills[4]]).toEqual(['#440154', '#fde725', '#c3c9cf']);
    expect(new Set(fills).size).toBe(6);
    const red = cells(heatmapSvg(X, { missingColor: 'red' }));
    expect(red[4].fill).toBe('#ff0000');
    expect(texts(parse(heatmapSvg(X)))).toContain('missing');
  });

  test('around a centre: the middle colour at it, equal distances on both sides', () => {
    const fills = cells(heatmapSvg([[-1, 0, 4, -4]])).map(({ fill }) => fill);
    expect(fills[1]).toBe('#f7f7f7');
    expect(fills[2]).toBe('#67001f');
    expect(fills[3]).toBe('#053061');
    // Without values as far from the centre on the other side, the last colour is not reached.
    const one = cells(heatmapSvg([[-1, 0, 4]])).map(({ fill }) => fill);
    expect(one[2]).toBe('#67001f');
    expect(one[0]).not.toBe('#053061');
    expect(cells(heatmapSvg([[-1, 0, 4]], { center: false }))[0].fill).toBe('#440154');
    expect(cells(heatmapSvg([[1, 2, 3]], { center: 2, colors: 'PuOr' }))[1].fill).toBe('#f7f7f7');
  });

  test('beyond the limits have the colour of the end, which is pointed in the colour bar', () => {
    const X = [[-10, -1, 0, 1, 10]];
    const svg = heatmapSvg(X, { limits: [-1, 1] });
    const fills = cells(svg).map(({ fill }) => fill);
    expect([fills[0], fills[4]]).toEqual([fills[1], fills[3]]);
    const points = (text: string) =>
      all(part(parse(text), 'bar') as Element, 'path').map((path) => path.textContent);
    expect(points(svg)).toEqual(['above 1', 'below −1']);
    expect(points(heatmapSvg(X))).toEqual([]);
  });

  test('robust limits are the percentiles of seaborn', () => {
    const { cases, tables } = golden('heatmap/heatmap.json');
    const wanted = cases.find(
      (one: { table: string; call: object }) => one.table === 'small' && !Object.keys(one.call).length,
    );
    const X = { ...tables[0], data: Float64Array.from(tables[0].data as number[]) };
    expect(heatmapSvg(X, { robust: true })).toBe(heatmapSvg(X, { limits: wanted.robust }));
  });

  test('every named scale is drawn, its reverse from the other end', () => {
    for (const name of SCALE_NAMES.filter((one) => !one.endsWith('_r'))) {
      const options = (colors: string) => ({ colors, center: false }) as HeatmapSvgOptions;
      const there = cells(heatmapSvg(table(1, 5), options(name))).map(({ fill }) => fill);
      const back = cells(heatmapSvg(table(1, 5), options(`${name}_r`))).map(({ fill }) => fill);
      expect(back).toEqual(there.reverse());
    }
    expect(cells(heatmapSvg(table(1, 3), { colors: ['white', '#000'] })).map(({ fill }) => fill)).toEqual([
      '#ffffff',
      '#808080',
      '#000000',
    ]);
  });
});

describe('many cells', () => {
  test('are one picture with the same colours as rectangles', () => {
    const X = table(80, 70);
    X.data[71] = Number.NaN;
    const [picture] = pictures(heatmapSvg(X));
    expect([picture.width, picture.height]).toEqual([70, 80]);
    const corner = cells(heatmapSvg(X.data.length > 0 ? [[0, 5599, 1, 71]] : [], { center: false })).map(
      ({ fill }) => fill,
    );
    expect([picture.colors[0], picture.colors[5599]]).toEqual([corner[0], corner[1]]);
    expect(picture.colors[71]).toBe('#c3c9cf');
    // Rows and columns are in their orders.
    const turned = pictures(heatmapSvg(X, { rowOrder: Array.from({ length: 80 }, (_, i) => 79 - i) }))[0];
    expect(turned.colors.slice(0, 70)).toEqual(picture.colors.slice(-70));
  });

  test('in clusters are a picture for each block, at its place', () => {
    const n = 120;
    const Z = Float64Array.from(
      Array.from({ length: n - 1 }, (_, i) =>
        i === 0 ? [0, 1, 1, 2] : [i + 1, n + i - 1, i + 1, i + 2],
      ).flat(),
    );
    const whole = pictures(heatmapSvg(table(n, 50), { rowTree: Z }))[0];
    const blocks = pictures(heatmapSvg(table(n, 50), { rowTree: Z, rowClusters: 2 }));
    expect(blocks.map(({ width, height }) => [width, height])).toEqual([
      [50, 1],
      [50, 119],
    ]);
    expect(blocks.flatMap(({ colors }) => colors)).toEqual(whole.colors);
    expect(blocks[1].place[1]).toBeCloseTo(blocks[0].place[1] + blocks[0].place[3] + 4, 1);
  });

  test('more than maxCells are means of neighbours, and the note says so', () => {
    const X = table(101, 60);
    const svg = heatmapSvg(X, { maxCells: 3100, colLabels: false, rowLabels: false });
    const [picture] = pictures(svg);
    expect([picture.width, picture.height]).toEqual([60, 51]);
    expect(texts(parse(svg))).toContain(
      '101 rows and 60 columns: each cell drawn is the mean of up to 2 rows, neighbours in the order',
    );
    const means = Float64Array.from({ length: 51 * 60 }, (_, i) => {
      const [row, col] = [2 * Math.floor(i / 60), i % 60];
      return row === 100 ? row * 60 + col : row * 60 + col + 30;
    });
    // The same means as a table of their own.
    const [expected] = pictures(
      heatmapSvg(
        { data: Float64Array.from([...means, ...means]), rows: 102, cols: 60 },
        { limits: [0, 6059], center: false },
      ),
    );
    expect(picture.colors).toEqual(expected.colors.slice(0, 3060));
  });

  test('20,000 rows of 200 columns take less than 5 MB, in whatever order their values are', () => {
    let state = 1;
    const random = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state;
    };
    const X: Matrix = { data: Float64Array.from({ length: 4e6 }, random), rows: 20_000, cols: 200 };
    const svg = heatmapSvg(X);
    expect(svg.length).toBeLessThan(5e6);
    const head = Buffer.from(svg.slice(svg.indexOf('base64,') + 7).slice(0, 60), 'base64');
    expect([head.readUInt32BE(16), head.readUInt32BE(20)]).toEqual([200, 20_000]);
  }, 120_000);
});

describe('trees', () => {
  test('end at the middles of their cells, and their heights are in proportion', () => {
    const svg = heatmapSvg(table(4, 3), { rowTree: TREE });
    const places = cells(svg)
      .filter((_, i) => i % 3 === 0)
      .map(({ y, height }) => y + height / 2);
    const [path] = all(part(parse(svg), 'row-tree') as Element, 'path');
    const points = pathPoints(path.getAttribute('d') ?? '');
    const feet = points.filter(([x]) => x === Math.max(...points.map(([at]) => at)));
    expect(feet.map(([, y]) => y).sort((a, b) => a - b)).toEqual(places.map((y) => expect.closeTo(y, 1)));
    const heights = [...new Set(points.map(([x]) => Math.round((feet[0][0] - x) * 10)))].sort(
      (a, b) => a - b,
    );
    expect(heights.map((height) => Math.round((4 * height) / heights[3]))).toEqual([0, 1, 2, 4]);
  });

  test('are cut into clusters with gaps, and the colours of the other pictures', () => {
    const svg = heatmapSvg(table(4, 3), { rowTree: TREE, rowClusters: 2, gap: 10 });
    const ys = cells(svg)
      .filter((_, i) => i % 3 === 0)
      .map(({ y, height }) => [y, y + height]);
    expect(ys[1][0] - ys[0][1]).toBeCloseTo(10, 1);
    expect(ys[2][0] - ys[1][1]).toBeCloseTo(0, 1);
    const strokes = all(part(parse(svg), 'row-tree') as Element, 'path').map((path) =>
      path.getAttribute('stroke'),
    );
    // The leaf that is a cluster of its own has no link within it.
    expect(strokes).toEqual(['#1097ee', '#66707c']);
  });

  test('take the share of the side that treeRatio says', () => {
    const depth = (options: HeatmapSvgOptions) => {
      const svg = heatmapSvg(table(4, 3), {
        rowTree: TREE,
        rowLabels: false,
        legend: false,
        width: 432,
        ...options,
      });
      return cells(svg)[0].x - 16 - 4;
    };
    expect(depth({ treeRatio: 0.5 })).toBeCloseTo(200, 0);
    expect(depth({ treeRatio: [0.25, 0.5] })).toBeCloseTo(100, 0);
  });
});

describe('strips', () => {
  const strips: HeatmapSvgOptions = {
    rowStrips: [
      { name: 'tissue', values: ['liver', 'skin', 'liver', null] },
      { name: 'age', values: [20, 30, 40, Number.NaN] },
    ],
    colStrips: [{ name: 'day', values: [1, 2, 1], kind: 'categories', colors: { 1: 'red', 2: 'blue' } }],
  };

  test('show each value at its row, in the colours of their legends', () => {
    const svg = heatmapSvg(table(4, 3), { ...strips, rowTree: TREE });
    const root = parse(svg);
    const drawn = all(root, 'g').filter((g) => g.getAttribute('class') === 'strip');
    expect(drawn.map((g) => all(g, 'rect').map((rect) => rect.textContent))).toEqual([
      ['1: tissue skin', '0: tissue liver', '2: tissue liver'],
      ['1: age 30', '0: age 20', '2: age 40'],
      ['0: day 1', '1: day 2', '2: day 1'],
    ]);
    const [tissue] = drawn;
    const ys = cells(svg)
      .filter((_, i) => i % 3 === 0)
      .map(({ y }) => y);
    expect(all(tissue, 'rect').map((rect) => attr(rect, 'y'))).toEqual(ys.slice(1));
    const fills = all(tissue, 'rect').map((rect) => rect.getAttribute('fill'));
    const legends = all(root, 'g').filter((g) => g.getAttribute('class') === 'legend');
    expect(legends.map((g) => texts(g))).toEqual([
      ['day', '1', '2'],
      ['tissue', 'liver', 'skin'],
    ]);
    expect(all(legends[1], 'rect').map((rect) => rect.getAttribute('fill'))).toEqual([fills[1], fills[0]]);
    expect(all(legends[0], 'rect').map((rect) => rect.getAttribute('fill'))).toEqual(['#ff0000', '#0000ff']);
    expect(texts(root)).toContain('age');
  });

  test('of many rows are pictures', () => {
    const values = Array.from({ length: 6000 }, (_, i) => `c${i % 3}`);
    const svg = heatmapSvg(table(6000, 1), { rowStrips: [{ name: 'of', values }] });
    const [strip] = all(parse(svg), 'g').filter((g) => g.getAttribute('class') === 'strip');
    const { height, colors } = readPng(
      Buffer.from((all(strip, 'image')[0].getAttribute('href') ?? '').split('base64,')[1], 'base64'),
    );
    expect(height).toBe(6000);
    expect(colors.slice(0, 4)).toEqual(['#1097ee', '#d06d1c', '#373caf', '#1097ee']);
  });

  test('that are wrong are refused by name', () => {
    const draw = (strip: unknown) => () => heatmapSvg(table(4, 3), { rowStrips: [strip] } as never);
    expect(draw({ values: [] })).toThrow(/rowStrips\[0\]\.name is missing/);
    expect(draw({ name: 'a', values: [1] })).toThrow(/rowStrips\[0\]\.values has length 1; X has 4 rows/);
    expect(draw({ name: 'a', values: [1, 2, 3, {}] })).toThrow(/rowStrips\[0\]\.values\[3\] must be /);
    expect(draw({ name: 'a', values: 'abcd' })).toThrow(TypeError);
    expect(draw({ name: 'a', values: ['x', 'y', 'x', 'y'], colors: { x: 'red' } })).toThrow(
      /no colour for "y"/,
    );
    expect(draw({ name: 'a', values: ['x', 'y', 'x', 'y'], colors: 'viridis' })).toThrow(TypeError);
    expect(draw({ name: 'a', values: [1, 2, 3, 4], colors: 'jet' })).toThrow(
      /rowStrips\[0\]\.colors is "jet"/,
    );
    expect(draw({ name: 'a', values: [1, 2, 3, 4], color: 'x' })).toThrow(/no option 'color'/);
  });
});

describe('texts', () => {
  const sizes: [number, number][] = [
    [1, 1],
    [2, 30],
    [20, 20],
    [60, 3],
    [200, 20],
    [30, 200],
    [2000, 40],
  ];
  for (const [rows, cols] of sizes) {
    for (const size of [{}, { width: 400, height: 300 }, { width: 1200, height: 900 }]) {
      test(`of ${rows} x ${cols} ${JSON.stringify(size)} do not touch each other and stay inside`, () => {
        const svg = heatmapSvg(table(rows, cols), {
          ...size,
          title: 'A title that says what is shown here',
          xLabel: 'samples',
          yLabel: 'genes',
          colorLabel: 'z-score',
          rowLabels: Array.from({ length: rows }, (_, i) => `gene ${i * 7919}`),
          colLabels: Array.from({ length: cols }, (_, i) => `sample_${i}_of_the_study`),
          rowStrips: [{ name: 'pathway', values: Array.from({ length: rows }, (_, i) => `path ${i % 12}`) }],
          colStrips: [
            { name: 'tissue', values: Array.from({ length: cols }, (_, i) => 'abc'[i % 3]) },
            { name: 'age', values: Array.from({ length: cols }, (_, i) => i) },
          ],
        });
        expect(complaints(parse(svg))).toEqual([]);
      });
    }
  }

  test('that are hostile are inert', () => {
    const rows = HOSTILE.length;
    const names = HOSTILE.map((text, i) => `${text}${i}`);
    const svg = heatmapSvg(table(rows, rows), {
      title: HOSTILE[0],
      note: HOSTILE[1],
      description: HOSTILE[2],
      xLabel: HOSTILE[3],
      yLabel: HOSTILE[4],
      colorLabel: HOSTILE[0],
      rowLabels: names,
      colLabels: names,
      rowStrips: [{ name: HOSTILE[0], values: names }],
      colStrips: [{ name: HOSTILE[5], values: names }],
    });
    const root = parse(svg);
    expect(all(root, 'script')).toEqual([]);
    const handlers = all(root, '*').flatMap((element) =>
      Array.from(element.attributes).filter(({ name }) => name.startsWith('on')),
    );
    expect(handlers).toEqual([]);
    // A PNG of the cells is the only thing that is referred to.
    expect(all(root, '*').filter((element) => element.hasAttribute('href'))).toEqual([]);
  });

  test('in dark, and by the system', () => {
    const dark = heatmapSvg([[-1, 0, 1]], { theme: 'dark' });
    expect(cells(dark)[1].fill).toBe('#1f1e1e');
    expect(all(parse(dark), 'rect')[0].getAttribute('fill')).toBe('#15181c');
    expect(heatmapSvg([[1, 2]], { theme: 'auto' })).toContain('prefers-color-scheme');
  });
});

test('wrong arguments are refused', () => {
  const draw = (options: object) => () => heatmapSvg(table(4, 3), options as never);
  expect(() => heatmapSvg({ data: new Float64Array(0), rows: 0, cols: 3 })).toThrow(/no rows/);
  expect(() => heatmapSvg([[1, Number.POSITIVE_INFINITY]])).toThrow(/row 0, column 1 is Infinity/);
  expect(() => heatmapSvg([[-1.7e308, 1.7e308]])).toThrow(/too far apart/);
  expect(draw({ rowTree: Float64Array.of(0, 1, 1, 2) })).toThrow(/rowTree has 2 leaves; X has 4 rows/);
  expect(draw({ rowTree: TREE, rowOrder: [0, 1, 2, 3] })).toThrow(/rowOrder is given together with rowTree/);
  expect(draw({ rowOrder: [0, 1, 1, 2] })).toThrow(/rowOrder\[2\] is 1/);
  expect(draw({ rowOrder: [0, 1] })).toThrow(/rowOrder has length 2/);
  expect(draw({ rowClusters: 2 })).toThrow(/rowClusters needs rowTree/);
  expect(draw({ rowTree: TREE, rowClusters: 5 })).toThrow(/whole number from 1 to 4/);
  expect(draw({ limits: [2, 1] })).toThrow(RangeError);
  expect(draw({ limits: [1, 2], robust: true })).toThrow(/robust is given together with limits/);
  expect(draw({ colors: 'virdis' })).toThrow(/did you mean 'viridis'/);
  expect(draw({ colors: ['red'] })).toThrow(/at least two/);
  expect(draw({ colors: ['red', 'rde'] })).toThrow(/colors\[1\] is "rde"/);
  expect(draw({ rowLabels: ['a'] })).toThrow(/rowLabels has length 1/);
  expect(draw({ treeRatio: 1 })).toThrow(/treeRatio must be a number from 0 to .*, got 1/);
  expect(draw({ colour: 'x' })).toThrow(/has no option 'colour'; did you mean/);
});
