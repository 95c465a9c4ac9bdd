import { type ScaleLinear, scaleLinear } from 'd3-scale';
import { type ElbowOptions, elbow } from '../hierarchy/elbow.ts';
import type { Z } from '../types.ts';
import { axis, axisSize, axisTicks } from './drawing/axis.ts';
import { type Box, EDGE, headerHeight, picture } from './drawing/frame.ts';
import { countOf, shortNumber, type Tick } from './drawing/numbers.ts';
import { checkPicture, PICTURE_OPTIONS, type PictureOptions } from './drawing/options.ts';
import { el, group, num, text, titleOf } from './drawing/svg.ts';
import { fitText, MIDDLE, textWidth } from './drawing/text.ts';
import { type Role, Theme } from './drawing/theme.ts';

export interface ElbowSvgOptions extends PictureOptions, ElbowOptions {}

/** One of the two curves. */
interface Curve {
  name: string;
  paint: Role;
  dash: string | undefined;
  /** Number of clusters and value, from few clusters to many. */
  points: [number, number][];
}

const KEY_SIZE = 12;
const KEY_HEIGHT = 22;

/**
 * Draw the heights of the last merges and how they accelerate, and mark the number of clusters that `elbow` suggests.
 *
 * Returns: a standalone SVG document, the same for the same input. At k clusters the picture shows the height of the merge
 * that leaves k clusters, and the acceleration that suggests k.
 * Errors: those of `elbow`, and those of the options that all pictures share.
 */
export function elbowSvg(Z: Z, options: ElbowSvgOptions = {}): string {
  checkPicture(options, { last: true, ...PICTURE_OPTIONS }, 'elbowSvg');
  const { last = 10 } = options;
  const { k, acceleration } = elbow(Z, { last });
  const merges = Z.length / 4;
  const shown = acceleration.length + 2;
  const heights: Curve = { name: 'height of the merge', paint: 'C1', dash: undefined, points: [] };
  const bends: Curve = { name: 'acceleration', paint: 'C2', dash: '6 3', points: [] };
  for (let i = 0; i < shown; i++) heights.points.push([i + 1, Z[4 * (merges - 1 - i) + 2]]);
  for (let i = 0; i < acceleration.length; i++) {
    bends.points.push([i + 2, acceleration[acceleration.length - 1 - i]]);
  }
  return draw([heights, bends], k, merges + 1, shown, options);
}

function draw(curves: Curve[], k: number, n: number, shown: number, options: ElbowSvgOptions): string {
  const { width = 640, height = 420 } = options;
  const theme = new Theme(options.theme);
  const note = options.note || undefined;
  const xLabel = (options.xLabel ?? 'number of clusters') || undefined;
  const yLabel = (options.yLabel ?? 'distance') || undefined;
  const top = headerHeight(options.title, note) + KEY_HEIGHT;
  const bottom = height - EDGE - axisSize('bottom', [], xLabel);
  const values = curves.flatMap((curve) => curve.points.map(([, value]) => value));
  const high = values.reduce((a, b) => Math.max(a, b), 0);
  const low = values.reduce((a, b) => Math.min(a, b), 0);
  const span = high - low || 1;
  const y = scaleLinear([low < 0 ? low - 0.04 * span : 0, high + 0.06 * span], [bottom, top]);
  const ticks = axisTicks(y, 54);
  const left = EDGE + axisSize('left', ticks, yLabel);
  const box: Box = { left, top, right: width - EDGE - 4, bottom };
  const x = scaleLinear([0.6, shown + 0.4], [box.left, box.right]);
  const body = [
    axis('left', y, ticks, box, yLabel, theme),
    axis('bottom', x, wholeTicks(x), box, xLabel, theme),
    low < 0
      ? el('path', {
          d: `M${num(box.left)},${num(y(0))}H${num(box.right)}`,
          ...theme.paint({ stroke: 'axis' }),
        })
      : '',
    drawChoice(k, x, box, theme),
    ...curves.map((curve) => drawCurve(curve, k, x, y, shown, theme)),
    drawKey(curves, box, theme),
  ];
  return picture({
    width,
    height,
    options,
    note,
    name: `Elbow of a tree of ${countOf(n, 'observation')}: ${countOf(k, 'cluster')}`,
    description:
      `Heights of the last ${countOf(shown, 'merge')} and their second differences, by number of clusters; ` +
      `the largest second difference suggests ${countOf(k, 'cluster')}.`,
    theme,
    body,
  });
}

/** Whole numbers of clusters only. */
function wholeTicks(x: ScaleLinear<number, number>): Tick[] {
  const [a, b] = x.range();
  const most = Math.max(2, Math.min(20, Math.floor((b - a) / 36)));
  return x
    .ticks(most)
    .filter((value) => value === Math.floor(value) && value >= 1)
    .map((value) => ({ value, label: String(value) }));
}

function drawChoice(k: number, x: ScaleLinear<number, number>, box: Box, theme: Theme): string {
  const at = x(k);
  const label = countOf(k, 'cluster');
  const size = 12;
  // The text stands to the right of the line, or to the left where the right has no room.
  const left = at + 8 + textWidth(label, size) > box.right;
  const place = { x: left ? at - 6 : at + 6, y: box.top + size, 'text-anchor': left ? 'end' : 'start' };
  return group({ class: 'choice' }, [
    el('path', {
      d: `M${num(at)},${num(box.bottom)}V${num(box.top)}`,
      'stroke-dasharray': '5 4',
      'stroke-width': 1.2,
      ...theme.paint({ stroke: 'ink' }),
    }),
    text({ ...place, 'font-size': size, 'font-weight': 600, ...theme.paint({ fill: 'ink' }) }, label),
  ]);
}

function drawCurve(
  curve: Curve,
  k: number,
  x: ScaleLinear<number, number>,
  y: ScaleLinear<number, number>,
  shown: number,
  theme: Theme,
): string {
  const path = curve.points
    .map(([at, value], i) => `${i === 0 ? 'M' : 'L'}${num(x(at))},${num(y(value))}`)
    .join('');
  // Hundreds of dots would look like a thick line.
  const dots = shown > 100 ? curve.points.filter(([at]) => at === k) : curve.points;
  return group({ class: 'curve' }, [
    el('path', {
      d: path,
      fill: 'none',
      'stroke-width': 1.8,
      'stroke-linejoin': 'round',
      'stroke-dasharray': curve.dash,
      ...theme.paint({ stroke: curve.paint }),
    }),
    ...dots.map(([at, value]) =>
      el(
        'circle',
        { cx: x(at), cy: y(value), r: at === k ? 5 : 3, ...theme.paint({ fill: curve.paint }) },
        titleOf(`${countOf(at, 'cluster')}: ${curve.name} ${shortNumber(value)}`),
      ),
    ),
  ]);
}

function drawKey(curves: readonly Curve[], box: Box, theme: Theme): string {
  const y = box.top - KEY_HEIGHT / 2 - 2;
  const widths = curves.map((curve) => 48 + textWidth(curve.name, KEY_SIZE));
  const fits = widths.reduce((a, b) => a + b, 0) <= box.right - box.left;
  // In a narrow picture the names begin at the picture's edge. They are shortened if they still do not fit.
  let x = fits ? box.left : EDGE;
  const room = (box.right - x) / curves.length - 40;
  const items = curves.map((curve) => {
    const short = fits ? curve.name : fitText(curve.name, room, KEY_SIZE);
    const line = el('path', {
      d: `M${num(x)},${num(y)}h22`,
      'stroke-width': 1.8,
      'stroke-dasharray': curve.dash,
      ...theme.paint({ stroke: curve.paint }),
    });
    const name = text({ x: x + 28, y: y + MIDDLE * KEY_SIZE, ...theme.paint({ fill: 'soft' }) }, short);
    x += 28 + textWidth(short, KEY_SIZE) + (fits ? 20 : 10);
    return line + name;
  });
  return group({ class: 'key', 'font-size': KEY_SIZE }, items);
}
