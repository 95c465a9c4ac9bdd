import type { Dendrogram, DendrogramOptions } from '../../hierarchy/dendrogram.ts';
import { DENDROGRAM_OPTIONS } from '../../hierarchy/dendrogram-options.ts';
import type { Known } from '../../support/checks.ts';
import type { Z } from '../../types.ts';
import { axis, axisName, axisSize, axisTicks, NAME_HEIGHT } from '../drawing/axis.ts';
import { type Box, EDGE, headerHeight, picture } from '../drawing/frame.ts';
import { countText, sentence } from '../drawing/numbers.ts';
import { checkPicture, checkRange, PICTURE_OPTIONS, type PictureOptions } from '../drawing/options.ts';
import { Theme } from '../drawing/theme.ts';
import { annotate } from './annotate.ts';
import { drawMarks, markAt, planKey, readCategories } from './categories.ts';
import { type CutLabel, cutHeight, cutWidth, drawCuts, flagRoom } from './cut-lines.ts';
import {
  drawLabels,
  type LabelPlan,
  type LabelWish,
  labelBoxes,
  planLabels,
  thinningNote,
} from './labels.ts';
import { drawContracted, drawLinks, drawStems, hangLeaves, type Links, standLeaves } from './links.ts';
import { describeTree, largestHeight, type SettledTree, settleTree, truncationNote } from './settle.ts';
import { Turn } from './turn.ts';

export interface DendrogramSvgOptions extends PictureOptions, Omit<DendrogramOptions, 'getLeaves'> {
  /** Write the height beside each link above this height. Default: no heights. */
  annotateAbove?: number;
  /** Height, or heights, at which to draw a cut; the lowest is the default of `colorThreshold`. */
  maxD?: number | readonly number[];
  /** Begin leaves just below their first merge, and truncated clusters at their own height, instead of at 0. */
  hang?: boolean;
  /** Font size of leaf labels in pixels. Default: chosen from 7 to 12 by the room there is. */
  leafFontSize?: number;
  /** Angle of leaf labels in degrees, counter-clockwise. Default: 0, 45 or 90, by the room there is. */
  leafRotation?: number;
  /** Draw no leaf labels. Default false. */
  noLabels?: boolean;
  /** A category for each observation; null for none. It colours the leaf's label, and is named above the plot. */
  leafCategories?: ArrayLike<string | number | boolean | null | undefined>;
  /** The colour of each category. Default: the colours of clusters, in the order in which categories first occur. */
  categoryColors?: Readonly<Record<string, string>>;
}

const { getLeaves: _, ...DRAWN_OPTIONS } = DENDROGRAM_OPTIONS;

const DENDROGRAM_SVG_OPTIONS: Known<DendrogramSvgOptions> = {
  annotateAbove: true,
  maxD: true,
  hang: true,
  leafFontSize: true,
  leafRotation: true,
  noLabels: true,
  leafCategories: true,
  categoryColors: true,
  ...DRAWN_OPTIONS,
  ...PICTURE_OPTIONS,
};

/** Input of all parts of the picture. */
interface Plan {
  data: Dendrogram;
  cuts: CutLabel[];
  width: number;
  height: number;
  top: number;
  highest: number;
  heightLabel: string | undefined;
  leafLabel: string | undefined;
}

/**
 * Draw a tree as a standalone SVG document.
 *
 * Returns: the document as text, the same bytes for the same input. Coordinates have 2 decimals.
 * Colours: clusters below `colorThreshold` take the palette in the order of `fcluster`'s labels. Clusters of a single leaf
 * count, so that each cluster has the colour that `scatterSvg` gives it; `dendrogram` counts only clusters with links, as
 * SciPy does.
 * Categories: a leaf that is a truncated cluster has a category if all of its observations have it.
 * Truncation: a tree with more than 200 leaves is drawn as its last 30 clusters, with a note, unless `truncateMode` is given
 * (null for all leaves). Leaf labels are made smaller, turned, shortened or left out until none touches another.
 * Size: unless given, 800 x 520, wider for many leaves (or taller with `orientation` 'left' or 'right').
 * Cost: O(n) time.
 * Errors: those of `dendrogram`; TypeError or RangeError if another option has a wrong type or value; RangeError if a height
 * in Z is not finite or a colour is unknown.
 */
export function dendrogramSvg(Z: Z, options: DendrogramSvgOptions = {}): string {
  checkPicture(options, DENDROGRAM_SVG_OPTIONS, 'dendrogramSvg');
  checkRange('annotateAbove', options.annotateAbove);
  checkRange('leafFontSize', options.leafFontSize, 1, 200);
  checkRange('leafRotation', options.leafRotation);
  return draw(Z, settleTree(Z, options), options);
}

function draw(Z: Z, tree: SettledTree, options: DendrogramSvgOptions): string {
  const { n, data, stems, cuts } = tree;
  const categories = readCategories(Z, n, options.leafCategories, options.categoryColors);
  const { orientation = 'top', hang = false, noLabels = false } = options;
  const upright = orientation === 'top' || orientation === 'bottom';
  const leaves = data.leaves.length;
  const theme = new Theme(options.theme);
  const truncated = truncationNote(tree);
  const reach = Math.max(largestHeight(data), ...cuts.map((cut) => cut.height));
  const defaultLeafLabel =
    truncated && !noLabels && !options.leafLabelFunc ? 'observation, or (size of cluster)' : '';
  const heightLabel = (upright ? options.yLabel : options.xLabel) ?? 'distance';
  const leafLabel = (upright ? options.xLabel : options.yLabel) ?? defaultLeafLabel;
  const size = defaultSize(leaves, upright);
  const plan: Plan = {
    data,
    cuts,
    width: options.width ?? size[0],
    height: options.height ?? size[1],
    top: 0,
    highest: reach === 0 ? 1 : Math.min(reach * 1.05, Number.MAX_VALUE),
    heightLabel: heightLabel || undefined,
    leafLabel: leafLabel || undefined,
  };

  const key = categories && planKey(categories, plan.width);
  const topOf = (note: string | undefined) => headerHeight(options.title, note) + (key?.height ?? 0);

  // The note may say that labels are left out. That is known only after the layout, which needs the note's height.
  const told = truncated ? [truncated] : [];
  const noteWith = (thinned: string | undefined) => {
    if (options.note !== undefined) return options.note || undefined;
    const parts = thinned ? [...told, thinned] : told;
    return parts.length > 0 ? sentence(parts.join('; ')) : undefined;
  };
  const place = (note: string | undefined) => layOut({ ...plan, top: topOf(note) }, options, Z, n);
  let note = noteWith(undefined);
  let placed = place(note);
  const thinned = noteWith(placed.labels && thinningNote(placed.labels));
  if (thinned !== note) {
    note = thinned;
    placed = place(note);
  }
  const { box, turn, links, labels, step } = placed;
  const top = topOf(note);

  const ticks = axisTicks(turn.height, upright ? 54 : 64);
  const body = [
    axis(upright ? 'left' : 'bottom', turn.height, ticks, box, plan.heightLabel, theme),
    drawLinks(links, turn, step, options.aboveThresholdColor ?? 'C0', theme),
    drawStems(links, stems, turn, step, theme),
    drawContracted(data.contracted, turn, theme),
    drawCuts(cuts, turn, box, theme),
  ];
  if (options.annotateAbove !== undefined) {
    const heights = cuts.map((cut) => cut.height);
    const written = hang && labels ? labelBoxes(labels, turn, links.feet) : [];
    body.push(annotate(links, turn, box, options.annotateAbove, heights, written, theme));
  }
  if (categories) body.push(drawMarks(categories, data.leaves, markAt(turn, links.feet, step), theme));
  if (key) body.push(key.draw(headerHeight(options.title, note), theme));
  const paintAt = (i: number) => categories?.paints[categories.of[data.leaves[i]]];
  if (labels) body.push(drawLabels(labels, turn, links.feet, hang, theme, paintAt));
  if (plan.leafLabel) body.push(drawLeafAxisName(plan.leafLabel, { ...plan, top }, box, turn, theme));
  return picture({
    width: plan.width,
    height: plan.height,
    options,
    note,
    name: `Dendrogram of ${countText(n)} observations`,
    description: describeTree(tree, hang),
    theme,
    body,
  });
}

interface Placed {
  box: Box;
  turn: Turn;
  links: Links;
  labels: LabelPlan | undefined;
  /** Pixels from one leaf to the next. */
  step: number;
}

/** Divide the picture between the plot and its axes, labels and notes. */
function layOut(plan: Plan, options: DendrogramSvgOptions, Z: Z, n: number): Placed {
  const { orientation = 'top', hang = false, noLabels = false } = options;
  const { data, cuts, width, height, top, highest } = plan;
  const upright = orientation === 'top' || orientation === 'bottom';
  const leaves = data.leaves.length;
  const extent = 10 * leaves;
  const links =
    hang && leaves > 1
      ? hangLeaves(data, (node) => ownHeight(Z, n, node, options.showContracted ?? false), 0.04 * highest)
      : standLeaves(data);

  // Ticks depend slightly on the plot's length, which depends on the labels. Their widths are taken from a first estimate.
  const whole: Box = { left: EDGE, top, right: width - EDGE, bottom: height - EDGE };
  const guess = new Turn(orientation, whole, extent, highest);
  const ticks = axisTicks(guess.height, upright ? 54 : 64);
  // The narrowest plot possible: cuts are at least this far apart, whatever room the leaf labels take.
  const narrow = new Turn(orientation, { ...whole, right: EDGE + 0.55 * width }, extent, highest);
  const axisRoom = EDGE + axisSize(upright ? 'left' : 'bottom', ticks, plan.heightLabel);
  const cutRoom = upright ? cutWidth(cuts) : cutHeight(cuts, narrow);
  let before = upright ? axisRoom : top + cutRoom + 4;
  let after = upright ? Math.max(EDGE, cutRoom + 8) : axisRoom;
  const length = upright ? width : height;
  const side = guess.leafSide;
  const room = 0.32 * (upright ? height - top : width);
  let step = (length - before - after) / leaves;
  let labels: LabelPlan | undefined;
  if (!noLabels && data.ivl.some((label) => label !== '')) {
    const wish = { fontSize: options.leafFontSize, rotation: options.leafRotation, hang };
    const edge = upright ? 0 : top + cutRoom;
    // The first and the last label may extend beyond the plot. Then the plot is made narrower, once.
    const placeWith = (wanted: LabelWish) => {
      const first = planLabels(data.ivl, step, room, side, wanted);
      const from = Math.max(before, edge + first.overhang[0] - step / 2 + 4);
      const to = Math.max(after, first.overhang[1] - step / 2 + 4);
      const narrower = Math.max(0.01, (length - from - to) / leaves);
      const plan = planLabels(data.ivl, narrower, room, side, wanted);
      return { first, from, to, narrower, plan };
    };
    let fit = placeWith(wish);
    // If the final labels are steeper than the first ones, plan again: steep labels need less room at the sides.
    if (fit.plan.angle !== fit.first.angle) fit = placeWith({ ...wish, rotation: fit.plan.angle });
    ({ from: before, to: after, narrower: step, plan: labels } = fit);
  }

  const nameRoom = plan.leafLabel ? NAME_HEIGHT : 0;
  const boxFor = (depth: number): Box => {
    if (upright) {
      const leafRoom = EDGE / 2 + nameRoom + depth;
      return side === 'bottom'
        ? { left: before, right: width - after, top, bottom: height - leafRoom }
        : { left: before, right: width - after, top: top + leafRoom - EDGE / 2, bottom: height - EDGE };
    }
    const leafRoom = EDGE + nameRoom + depth;
    return side === 'right'
      ? { left: EDGE, right: width - leafRoom, top: before, bottom: height - after }
      : { left: leafRoom, right: width - EDGE, top: before, bottom: height - after };
  };
  // Labels of low cuts extend over the leaf labels, and may be longer than these.
  const flags = upright ? 0 : flagRoom(cuts, narrow) - EDGE - nameRoom;
  let box = boxFor(Math.max(flags, labels ? maxOf(labels.reach) : 0));
  if (hang && labels) {
    // Labels of hanging leaves need room only where they reach below height 0.
    const { height: scale } = new Turn(orientation, box, extent, highest);
    const below = labels.reach.map((r, i) => r - Math.abs(scale(links.feet[i]) - scale(0)));
    box = boxFor(Math.max(8, flags, maxOf(below)));
  }
  return { box, turn: new Turn(orientation, box, extent, highest), links, labels, step };
}

/** The largest value, or 0. There may be more values than a call can take as arguments, hence no Math.max. */
function maxOf(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), 0);
}

/** The height at which a leaf of a hanging tree begins; undefined if it hangs like an observation. */
function ownHeight(Z: Z, n: number, node: number, marked: boolean): number | undefined {
  if (node < n) return undefined;
  // The dots of contracted merges are drawn on the leaf's line, so the line goes down to height 0.
  return marked ? 0 : Z[4 * (node - n) + 2];
}

function drawLeafAxisName(label: string, plan: Plan, box: Box, turn: Turn, theme: Theme): string {
  const across = (box.left + box.right) / 2;
  const down = (box.top + box.bottom) / 2;
  switch (turn.leafSide) {
    case 'bottom':
      return axisName(label, across, plan.height - EDGE / 2 - 2, box.right - box.left, false, theme);
    case 'top':
      return axisName(label, across, plan.top + 12, box.right - box.left, false, theme);
    case 'left':
      return axisName(label, EDGE + 10, down, box.bottom - box.top, true, theme);
    case 'right':
      return axisName(label, plan.width - EDGE + 4, down, box.bottom - box.top, true, theme);
  }
}

/** Wide (or tall) enough for a label at each leaf, within limits. */
function defaultSize(leaves: number, upright: boolean): [number, number] {
  if (upright) return [Math.round(Math.min(1800, Math.max(800, 11 * leaves + 130))), 520];
  return [800, Math.round(Math.min(2600, Math.max(400, (leaves > 40 ? 11 : 14) * leaves + 130)))];
}
