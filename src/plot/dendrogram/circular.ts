/** A tree drawn around a circle: the root in the middle, the leaves outside. */

import { scaleLinear } from 'd3-scale';
import type { Dendrogram, DendrogramOptions, Quad } from '../../hierarchy/dendrogram.ts';
import { DENDROGRAM_OPTIONS } from '../../hierarchy/dendrogram-options.ts';
import type { Known } from '../../support/checks.ts';
import type { Z } from '../../types.ts';
import { axisTicks } from '../drawing/axis.ts';
import { EDGE, headerHeight, picture } from '../drawing/frame.ts';
import { countText, sentence, type Tick } from '../drawing/numbers.ts';
import { checkPicture, checkRange, PICTURE_OPTIONS, type PictureOptions } from '../drawing/options.ts';
import { type Attributes, el, group, num, text, titleOf } from '../drawing/svg.ts';
import { fitText, LINE, MIDDLE, textWidth } from '../drawing/text.ts';
import { type Paint, Theme } from '../drawing/theme.ts';
import { drawMarks, MARK, markWidth, planKey, readCategories } from './categories.ts';
import type { CutLabel } from './cut-lines.ts';
import { drawContracted, drawLinkPaths, drawStems, standLeaves } from './links.ts';
import { describeTree, largestHeight, settleTree, truncationNote } from './settle.ts';

/** Width of the wedge at the top without leaves, where heights are written, in degrees. */
const WEDGE = 16;
/** Radius of the root, as a part of the radius of the leaves. */
const ROOT = 0.04;
/** Between a leaf and its label, in pixels. */
const GAP = 6;
const TICK_SIZE = 10;

export interface CircularDendrogramSvgOptions
  extends Omit<PictureOptions, 'xLabel' | 'yLabel'>,
    Omit<DendrogramOptions, 'getLeaves' | 'orientation'> {
  /** Height, or heights, at which to draw a cut; the lowest is the default of `colorThreshold`. */
  maxD?: number | readonly number[];
  /** Font size of leaf labels in pixels. Default: chosen from 6 to 12 by the room there is. */
  leafFontSize?: number;
  /** Draw no leaf labels. Default false. */
  noLabels?: boolean;
  /** A category for each observation; null for none. It colours the leaf's label, and is named above the circle. */
  leafCategories?: ArrayLike<string | number | boolean | null | undefined>;
  /** The colour of each category. Default: the colours of clusters, in the order in which categories first occur. */
  categoryColors?: Readonly<Record<string, string>>;
}

const { getLeaves: _, orientation: __, ...DRAWN_OPTIONS } = DENDROGRAM_OPTIONS;
const { xLabel: ___, yLabel: ____, ...COMMON_OPTIONS } = PICTURE_OPTIONS;

const CIRCULAR_OPTIONS: Known<CircularDendrogramSvgOptions> = {
  maxD: true,
  leafFontSize: true,
  noLabels: true,
  leafCategories: true,
  categoryColors: true,
  ...DRAWN_OPTIONS,
  ...COMMON_OPTIONS,
};

/** Where leaf positions and heights are: leaves clockwise from the top, heights from the outside inwards. */
class Circle {
  readonly #x: number;
  readonly #y: number;
  readonly #turn: number;

  constructor(
    readonly centre: readonly [number, number],
    /** Radius of the leaves. */
    readonly radius: number,
    /** Width of all leaves in units of `icoord`. */
    extent: number,
    readonly highest: number,
  ) {
    [this.#x, this.#y] = centre;
    this.#turn = (360 - WEDGE) / extent;
  }

  /** The angle of a leaf position, in degrees clockwise from the top. */
  angle(place: number): number {
    return WEDGE / 2 + place * this.#turn;
  }

  radiusOf(height: number): number {
    return this.radius * (1 - (1 - ROOT) * (height / this.highest));
  }

  polar(angle: number, radius: number): [number, number] {
    const radians = (angle * Math.PI) / 180;
    return [this.#x + radius * Math.sin(radians), this.#y - radius * Math.cos(radians)];
  }

  point(place: number, height: number): [number, number] {
    return this.polar(this.angle(place), this.radiusOf(height));
  }

  /** A part of the circle at a height, from one angle to a larger one. */
  arc(from: number, to: number, height: number): string {
    const radius = this.radiusOf(height);
    const [x, y] = this.polar(to, radius);
    return `A${num(radius)},${num(radius)} 0 ${to - from > 180 ? 1 : 0} 1 ${num(x)},${num(y)}`;
  }
}

/**
 * Draw a tree as a circle, as a standalone SVG document: more leaves fit than in `dendrogramSvg`.
 *
 * Returns: the document as text, the same bytes for the same input. Leaves follow each other clockwise from the top. Rings are
 * heights; they are written in the wedge at the top.
 * Colours, categories, truncation and labels: as in `dendrogramSvg`. Labels that would touch are left out at regular intervals, with a note.
 * Size: unless given, from 640 x 640 to 1400 x 1400, by the number of leaves.
 * Cost: O(n) time.
 * Errors: those of `dendrogram`; TypeError or RangeError if another option has a wrong type or value; RangeError if a height
 * in Z is not finite or a colour is unknown.
 */
export function circularDendrogramSvg(Z: Z, options: CircularDendrogramSvgOptions = {}): string {
  checkPicture(options, CIRCULAR_OPTIONS, 'circularDendrogramSvg');
  checkRange('leafFontSize', options.leafFontSize, 1, 200);
  const tree = settleTree(Z, options);
  const { n, data, stems, cuts } = tree;
  const categories = readCategories(Z, n, options.leafCategories, options.categoryColors);
  const leaves = data.leaves.length;
  const theme = new Theme(options.theme);
  const side = Math.round(Math.min(1400, Math.max(640, 4 * leaves + 360)));
  const width = options.width ?? options.height ?? side;
  const height = options.height ?? options.width ?? side;
  const reach = Math.max(largestHeight(data), ...cuts.map((cut) => cut.height));
  const highest = reach === 0 ? 1 : reach;

  // The note may say that labels are left out. That is known only after the layout, which needs the note's height.
  const truncated = truncationNote(tree);
  const noteWith = (thinned: string | undefined) => {
    if (options.note !== undefined) return options.note || undefined;
    const parts = [truncated, thinned].filter((part) => part !== undefined);
    return parts.length > 0 ? sentence(parts.join('; ')) : undefined;
  };
  const key = categories && planKey(categories, width);
  const place = (note: string | undefined) =>
    layOut(data, options, width, height, headerHeight(options.title, note) + (key?.height ?? 0), highest);
  let note = noteWith(undefined);
  let { circle, labels } = place(note);
  if (labels && labels.every > 1) {
    note = noteWith(`one of ${labels.every} leaves labelled`);
    ({ circle, labels } = place(note));
  }
  const step = (((circle.radius * Math.PI) / 180) * (360 - WEDGE)) / leaves;
  const links = standLeaves(data);
  const paths = links.icoord.map((places, i) => linkPath(circle, places, links.dcoord[i]));
  const scale = scaleLinear([0, highest], [circle.radius, ROOT * circle.radius]);
  const body = [
    drawRings(circle, axisTicks(scale, 48), theme),
    drawLinkPaths(paths, links, step, options.aboveThresholdColor ?? 'C0', theme),
    drawStems(links, stems, circle, step, theme),
    drawContracted(data.contracted, circle, theme),
    drawCuts(circle, cuts, theme),
    categories
      ? drawMarks(categories, data.leaves, (leaf) => circularMark(circle, leaf, markWidth(step)), theme)
      : '',
    key ? key.draw(headerHeight(options.title, note), theme) : '',
    labels
      ? drawLabels(
          circle,
          data.ivl,
          labels,
          theme,
          categories && ((i) => categories.paints[categories.of[data.leaves[i]]]),
        )
      : '',
  ];
  return picture({
    ...{ width, height, options, note, theme, body: body.filter((part) => part !== '') },
    name: `Circular dendrogram of ${countText(n)} observations`,
    description: describeTree(tree, false),
  });
}

interface Labels {
  size: number;
  /** Every how many leaves one has a label. */
  every: number;
  /** Longest label, in pixels. */
  room: number;
}

/** Divide the radius between the tree and the labels. */
function layOut(
  { leaves, ivl }: Dendrogram,
  { noLabels = false, leafFontSize }: CircularDendrogramSvgOptions,
  width: number,
  height: number,
  top: number,
  highest: number,
): { circle: Circle; labels: Labels | undefined } {
  const outer = Math.max(20, Math.min(width / 2 - EDGE, (height - top - EDGE) / 2));
  const centre = [width / 2, top + (height - EDGE - top) / 2] as const;
  const circleOf = (radius: number) => new Circle(centre, radius, 10 * leaves.length, highest);
  if (noLabels || ivl.every((label) => label === ''))
    return { circle: circleOf(outer - GAP), labels: undefined };
  const stepOf = (radius: number) => (((radius * Math.PI) / 180) * (360 - WEDGE)) / leaves.length;
  // Labels are as large as the step between leaves allows at the least radius that the tree may have.
  const least = 0.5 * outer;
  const size = leafFontSize ?? Math.min(12, Math.max(6, Math.floor(stepOf(least) / LINE)));
  const longest = ivl.reduce((most, label) => Math.max(most, textWidth(label, size)), 0);
  const room = Math.min(longest, outer - least - GAP);
  const radius = outer - GAP - room;
  return {
    circle: circleOf(radius),
    labels: { size, room, every: Math.max(1, Math.ceil((size * LINE) / stepOf(radius) - 1e-9)) },
  };
}

/** The path of one link: along its left leg, around, and along its right leg. */
function linkPath(circle: Circle, places: Quad, heights: Quad): string {
  const [x0, y0] = circle.point(places[0], heights[0]);
  const [x1, y1] = circle.point(places[1], heights[1]);
  const [x3, y3] = circle.point(places[3], heights[3]);
  const arc = circle.arc(circle.angle(places[1]), circle.angle(places[2]), heights[1]);
  return `M${num(x0)},${num(y0)}L${num(x1)},${num(y1)}${arc}L${num(x3)},${num(y3)}`;
}

/** An open ring at a height, which leaves out the wedge. */
function ring(circle: Circle, height: number): string {
  const [x, y] = circle.polar(WEDGE / 2, circle.radiusOf(height));
  return `M${num(x)},${num(y)}${circle.arc(WEDGE / 2, 360 - WEDGE / 2, height)}`;
}

function drawRings(circle: Circle, ticks: readonly Tick[], theme: Theme): string {
  const d = ticks.map(({ value }) => ring(circle, value)).join('');
  const labels = ticks.map(({ value, label }) => {
    const [x, y] = circle.polar(0, circle.radiusOf(value));
    return text({ x, y: y + MIDDLE * TICK_SIZE }, label);
  });
  return group({ class: 'axis-r' }, [
    el('path', { d, fill: 'none', 'stroke-width': 1, ...theme.paint({ stroke: 'grid' }) }),
    group({ 'font-size': TICK_SIZE, 'text-anchor': 'middle', ...theme.paint({ fill: 'soft' }) }, labels),
  ]);
}

function drawCuts(circle: Circle, cuts: readonly CutLabel[], theme: Theme): string {
  const rings = cuts.map(({ height, label }) => el('path', { d: ring(circle, height) }, titleOf(label)));
  const paint = theme.paint({ stroke: 'ink' });
  const name = ['cuts', paint.class].filter(Boolean).join(' ');
  return group(
    { ...paint, class: name, fill: 'none', 'stroke-width': 1.2, 'stroke-dasharray': '5 4' },
    rings,
  );
}

/** The mark of a leaf: a rectangle outside it, along the circle. */
function circularMark(circle: Circle, leaf: number, width: number): Attributes {
  const angle = circle.angle(10 * leaf + 5);
  const [x, y] = circle.polar(angle, circle.radius + MARK.away);
  const transform = `translate(${num(x)},${num(y)})rotate(${num(angle)})`;
  return { x: -width / 2, y: -MARK.thick / 2, width, height: MARK.thick, transform };
}

/** Labels point outwards. On the left they are turned by half, so that all are read from left to right. */
function drawLabels(
  circle: Circle,
  ivl: readonly string[],
  { size, every, room }: Labels,
  theme: Theme,
  paintOfLeaf: ((leaf: number) => Paint | undefined) | undefined,
): string {
  // Marks of categories stand between leaf and label.
  const gap = GAP + (paintOfLeaf ? 2 : 0);
  const out: string[] = [];
  for (let i = 0; i < ivl.length; i += every) {
    if (ivl[i] === '') continue;
    const angle = circle.angle(10 * i + 5);
    const [x, y] = circle.polar(angle, circle.radius + gap);
    const left = angle > 180;
    const shown = fitText(ivl[i], room + 0.01, size);
    const own = paintOfLeaf?.(i);
    out.push(
      text(
        {
          transform: `translate(${num(x)},${num(y)})rotate(${num(left ? angle + 90 : angle - 90)})`,
          y: MIDDLE * size,
          'text-anchor': left ? 'end' : 'start',
          ...(own === undefined ? {} : theme.paint({ fill: own })),
        },
        shown,
        shown === ivl[i] ? undefined : ivl[i],
      ),
    );
  }
  const paint = theme.paint({ fill: 'ink' });
  return group(
    { 'font-size': size, ...paint, class: ['leaves', paint.class].filter(Boolean).join(' ') },
    out,
  );
}
