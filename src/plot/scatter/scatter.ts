import { type ScaleLinear, scaleLinear } from 'd3-scale';
import { rangeError } from '../../errors.ts';
import { guard } from '../../support/allocate.ts';
import { checkArrayLike, checkFunction, checkLength, type Known, wrongType } from '../../support/checks.ts';
import { readAny } from '../../support/matrix/read-any.ts';
import type { Matrix, Vectors } from '../../types.ts';
import { axis, axisSize, axisTicks } from '../drawing/axis.ts';
import { type Box, EDGE, headerHeight, picture } from '../drawing/frame.ts';
import { countOf, countText } from '../drawing/numbers.ts';
import {
  checkPicture,
  checkRange,
  checkText,
  PICTURE_OPTIONS,
  type PictureOptions,
} from '../drawing/options.ts';
import { clusterSlot } from '../drawing/palette.ts';
import { el, group, titleOf } from '../drawing/svg.ts';
import { type Paint, paintOf, Theme } from '../drawing/theme.ts';
import { type Entry, planLegend } from './legend.ts';
import { Marks, SHAPE_COUNT } from './marks.ts';
import { project } from './project.ts';
import { thin } from './thin.ts';

export interface ScatterSvgOptions extends PictureOptions {
  /** Draw two columns as they are, or the first two principal components. Default 'columns'. */
  projection?: 'columns' | 'pca';
  /** The columns for the horizontal and the vertical axis. Default [0, 1]. */
  columns?: readonly [number, number];
  /** Points to mark, with the same columns as X: leaders of a model, centroids, ... */
  leaders?: Vectors;
  /** Cluster of each leader. Default: leaders have no cluster's colour. */
  leaderLabels?: ArrayLike<number>;
  /** The largest number of points to draw. If there are more, a fixed sample is drawn with a note. Default 10,000. */
  maxPoints?: number;
  /** Radius of points in pixels. Default: 4 for few points down to 1.5 for many. */
  pointSize?: number;
  /** Opacity of points, 0 to 1. Default: 0.85 for few points down to 0.4 for many. */
  opacity?: number;
  /** Name of a cluster in the legend. Default 'cluster 1' and so on, 'unassigned' for negative labels. */
  clusterName?: (label: number) => string;
  /** Colours of the clusters, in the order of their labels. Default: 63, of which colour-blind people can tell apart the first nine best. */
  palette?: readonly string[];
  /** Draw the legend. Default true. */
  legend?: boolean;
}

const SCATTER_OPTIONS: Known<ScatterSvgOptions> = {
  projection: true,
  columns: true,
  leaders: true,
  leaderLabels: true,
  maxPoints: true,
  pointSize: true,
  opacity: true,
  clusterName: true,
  palette: true,
  legend: true,
  ...PICTURE_OPTIONS,
};

/**
 * Draw points as a standalone SVG document, coloured by cluster where labels are given.
 *
 * Returns: the document as text, the same bytes for the same input.
 * Colours: clusters take the palette in the order of their labels, and the next shape each time the colours repeat. The
 * colours are those of `dendrogramSvg` if its clusters are numbered from left to right. Negative labels are grey.
 * Cost: O(n), plus the cost of the components for 'pca'. The size of the document depends on `maxPoints`, not on n.
 * Errors: TypeError if X, labels or an option has a wrong type; RangeError if lengths differ, a label is not a whole number
 * or a column does not exist; BadRowError if a value to draw is not finite.
 */
export function scatterSvg(
  X: Vectors,
  labels?: ArrayLike<number> | null,
  options: ScatterSvgOptions = {},
): string {
  checkPicture(options, SCATTER_OPTIONS, 'scatterSvg');
  checkRange('maxPoints', options.maxPoints, 1, 1_000_000);
  checkRange('pointSize', options.pointSize, 0.1, 50);
  checkRange('opacity', options.opacity, 0, 1);
  const table = readAny(X);
  if (table.rows === 0) throw rangeError('X has no rows; there is nothing to draw');
  if (labels !== undefined && labels !== null) checkLabels(labels, table.rows, 'labels', 'X');
  const leaders = readLeaders(options, table);
  const { points, marked, names } = project(table, leaders, options);
  if (labels) {
    const clusters = guard(() => countClusters(labels, options));
    return draw({ points, marked, names, clusters, labelled: true, options });
  }
  // Without labels all points look the same, and a legend is not needed.
  const plain = { ...options, legend: false, clusterName: () => 'points' };
  const clusters = guard(() => countClusters(new Int8Array(table.rows), plain));
  return draw({ points, marked, names, clusters, labelled: false, options: plain });
}

interface Clusters {
  /** For each row, the index of its cluster in `entries`. */
  of: Int32Array;
  index: Map<number, number>;
  entries: Entry[];
}

interface Scene {
  /** rows x 2. */
  points: Float64Array;
  marked: Float64Array | undefined;
  names: [string, string];
  clusters: Clusters;
  labelled: boolean;
  options: ScatterSvgOptions;
}

function draw({ points, marked, names, clusters, labelled, options }: Scene): string {
  const { width = 760, height = 520, maxPoints = 10_000 } = options;
  const theme = new Theme(options.theme);
  const n = points.length / 2;
  const rows = guard(() => thin(clusters.of, clusters.entries.length, Math.floor(maxPoints)));
  const sampled = rows.length < n ? `${countText(rows.length)} of ${countText(n)} points drawn` : undefined;
  const note = options.note === undefined ? sampled : options.note || undefined;

  const top = headerHeight(options.title, note);
  const xLabel = (options.xLabel ?? names[0]) || undefined;
  const yLabel = (options.yLabel ?? names[1]) || undefined;
  const bottom = height - EDGE - axisSize('bottom', [], xLabel);
  const legend = options.legend === false ? undefined : planLegend(clusters.entries, bottom - top, width);
  const right = width - EDGE - (legend ? legend.width + 8 : 0);
  const guess = scaleOf(points, marked, 1, [bottom, top]);
  const left = EDGE + axisSize('left', axisTicks(guess, 54), yLabel);
  const box: Box = { left, top, right, bottom };
  const x = scaleOf(points, marked, 0, [left, right]);
  const y = guess;

  const size =
    options.pointSize ?? (rows.length <= 300 ? 4 : rows.length <= 1500 ? 3 : rows.length <= 4000 ? 2.2 : 1.5);
  const opacity =
    options.opacity ??
    (rows.length <= 300 ? 0.85 : rows.length <= 1500 ? 0.7 : rows.length <= 4000 ? 0.55 : 0.4);
  const marks = new Marks(size);
  const drawn: string[][] = clusters.entries.map(() => []);
  for (const i of rows) {
    const cluster = clusters.of[i];
    drawn[cluster].push(marks.at(clusters.entries[cluster].shape, x(points[2 * i]), y(points[2 * i + 1])));
  }
  const groups = clusters.entries.map((entry, k) =>
    group(theme.paint({ fill: entry.paint }), [
      titleOf(`${entry.name}: ${countOf(entry.count, 'point')}`),
      ...drawn[k],
    ]),
  );
  const body = [
    marks.definitions(),
    axis('left', y, axisTicks(y, 54), box, yLabel, theme),
    axis('bottom', x, axisTicks(x, 70), box, xLabel, theme),
    group({ class: 'points', 'fill-opacity': String(opacity) }, groups),
    marked ? drawLeaders(marked, x, y, Math.max(5, size * 1.8), clusters, options.leaderLabels, theme) : '',
    legend ? legend.draw(right + 20, top, theme) : '',
  ];
  return picture({
    width,
    height,
    options,
    note,
    name: `Scatter plot of ${countOf(n, 'point')}${labelled ? ` in ${countOf(clusters.entries.length, 'cluster')}` : ''}`,
    description: `${names[1]} over ${names[0]}.${labelled ? ` ${clusters.entries.map((e) => `${e.name}: ${e.count}`).join(', ')}.` : ''}`,
    theme,
    body,
  });
}

/** A scale over all values, with some padding. A single value is placed in the middle. */
function scaleOf(
  points: Float64Array,
  marked: Float64Array | undefined,
  column: 0 | 1,
  range: [number, number],
): ScaleLinear<number, number> {
  let low = Infinity;
  let high = -Infinity;
  for (const values of marked ? [points, marked] : [points]) {
    for (let at = column; at < values.length; at += 2) {
      low = Math.min(low, values[at]);
      high = Math.max(high, values[at]);
    }
  }
  const pad = high > low ? 0.04 * (high - low) : 0.1 * Math.abs(high) || 1;
  const domain = [low - pad, high + pad];
  if (!Number.isFinite(domain[1] - domain[0])) {
    throw rangeError(`X has values from ${low} to ${high}, too far apart for an axis; scale them down first`);
  }
  return scaleLinear(domain, range);
}

/** Rings in a light outline, visible on top of points of the same colour. */
function drawLeaders(
  marked: Float64Array,
  x: ScaleLinear<number, number>,
  y: ScaleLinear<number, number>,
  radius: number,
  clusters: Clusters,
  labels: ArrayLike<number> | undefined,
  theme: Theme,
): string {
  const items: string[] = [];
  for (let i = 0; 2 * i < marked.length; i++) {
    const index = labels ? clusters.index.get(labels[i]) : undefined;
    const fill: Paint = index === undefined ? 'paper' : clusters.entries[index].paint;
    const place = { cx: x(marked[2 * i]), cy: y(marked[2 * i + 1]) };
    items.push(el('circle', { ...place, r: radius + 1.6, ...theme.paint({ fill: 'paper' }) }));
    items.push(
      el(
        'circle',
        { ...place, r: radius, 'stroke-width': 2, ...theme.paint({ fill, stroke: 'ink' }) },
        titleOf(`leader ${i}`),
      ),
    );
  }
  return group({ class: 'leaders' }, items);
}

/** Clusters in the order of their labels, with sizes, names, colours and shapes. */
function countClusters(labels: ArrayLike<number>, options: ScatterSvgOptions): Clusters {
  const { clusterName, palette } = options;
  if (clusterName !== undefined) checkFunction(clusterName, 'clusterName', 'a function of a label');
  if (palette !== undefined && (!Array.isArray(palette) || palette.length === 0)) {
    throw wrongType('palette', 'an array of at least one colour', palette);
  }
  palette?.forEach((color, i) => {
    checkText(`palette[${i}]`, color);
  });
  const counts = new Map<number, number>();
  for (let i = 0; i < labels.length; i++) counts.set(labels[i], (counts.get(labels[i]) ?? 0) + 1);
  const sorted = Array.from(counts.keys()).sort((a, b) => a - b);
  const index = new Map(sorted.map((label, k) => [label, k]));
  let assigned = 0;
  const entries = sorted.map((label): Entry => {
    const count = counts.get(label) ?? 0;
    const usual = label < 0 ? 'unassigned' : `cluster ${label}`;
    const name = clusterName ? String(clusterName(label)) : usual;
    if (label < 0) return { name, count, shape: 0, paint: 'C0' };
    const k = assigned++;
    // When the colours repeat, the next shape is used.
    const colors = palette?.length ?? 9;
    const shape = Math.floor(k / colors) % SHAPE_COUNT;
    return { name, count, shape, paint: palette ? paintOf(palette[k % colors]) : clusterSlot(k) };
  });
  return {
    of: Int32Array.from({ length: labels.length }, (_, i) => index.get(labels[i]) as number),
    index,
    entries,
  };
}

function readLeaders({ leaders, leaderLabels }: ScatterSvgOptions, table: Matrix): Matrix | undefined {
  if (leaders === undefined) {
    if (leaderLabels !== undefined) throw rangeError('leaderLabels is given without leaders');
    return undefined;
  }
  const read = readAny(leaders, 'leaders');
  if (read.cols !== table.cols) {
    throw rangeError(`leaders has ${read.cols} columns; X has ${table.cols}, and leaders must have as many`);
  }
  if (leaderLabels !== undefined) checkLabels(leaderLabels, read.rows, 'leaderLabels', 'leaders');
  return read;
}

function checkLabels(labels: unknown, rows: number, name: string, of: string): void {
  checkArrayLike(labels, name, `an array with a cluster number for each row of ${of}`);
  checkLength(labels.length, name, rows, 'label', `rows of ${of}`);
  for (let i = 0; i < rows; i++) {
    if (typeof labels[i] !== 'number') throw wrongType(`${name}[${i}]`, 'a number', labels[i]);
    if (!Number.isSafeInteger(labels[i]))
      throw rangeError(`${name}[${i}] is ${labels[i]}; labels are whole numbers`);
  }
}
