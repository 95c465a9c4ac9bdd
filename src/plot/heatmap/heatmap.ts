import { rangeError } from '../../errors.ts';
import { readAny } from '../../support/matrix/read-any.ts';
import type { Matrix, Vectors } from '../../types.ts';
import { axisName, NAME_HEIGHT } from '../drawing/axis.ts';
import { type Box, EDGE, headerHeight, picture } from '../drawing/frame.ts';
import { countOf, sentence, shortNumber } from '../drawing/numbers.ts';
import { Theme } from '../drawing/theme.ts';
import { drawCells } from './cells.ts';
import { type Block, colorBar, layOutBlocks, stripLegend } from './legends.ts';
import { findLimits, type Limits, leveller } from './limits.ts';
import { drawNames, type Names, planNames, planStripNames } from './names.ts';
import { checkHeatmapOptions, type HeatmapSvgOptions, MAX_CELLS, readLabels } from './options.ts';
import { type ColorScale, defaultScale, type Rgb, readRgb, readScale } from './scales.ts';
import { sharing, sharingNote } from './sharing.ts';
import { Places, readSide, type Side } from './side.ts';
import { drawStrip, readStrips, type Strip } from './strips.ts';
import { drawSideTree } from './tree.ts';

/** Space between tree, strips, cells and names. */
const GAP = 4;
const STRIP = 12;
const STRIP_GAP = 3;
/** Space before the legends. */
const LEGEND_GAP = 24;

/** One side of the picture, with all that stands beside its cells. */
interface Edge {
  side: Side;
  labels: string[] | undefined;
  strips: Strip[];
  name: string | undefined;
}

interface Scene {
  X: Matrix;
  rows: Edge;
  cols: Edge;
  limits: Limits;
  scale: ColorScale;
  missing: Rgb;
  /** Rows, and columns, that share a line. */
  share: [number, number];
  options: HeatmapSvgOptions;
}

/**
 * Draw a table as a clustered heat map: coloured cells, in the order of trees that are drawn beside them. `heatmap` grows the
 * trees as well.
 *
 * Returns: a standalone SVG document as text, the same bytes for the same input.
 * Cells: up to 5,000 are rectangles with their values as tooltips. More are an embedded PNG of one pixel for each cell (one
 * for each block where gaps divide them). More than `maxCells` are averaged: each line is the mean of neighbours in the tree,
 * and the note says of how many.
 * Colours: 255 of the scale, 101 for more than 1,000,000 cells. With a centre, values at the same distance from it have colours at the same distance. Limits
 * without values beyond them have a flat end in the colour bar, others a pointed one.
 * Clusters: those of `fcluster` with the criterion 'maxclust', in the colours of the other pictures.
 * Labels are made smaller, turned, shortened or left out until none touches another; the note says if some are left out.
 * Size: unless given, chosen by the number of rows and columns.
 * Cost: O(rows x cols).
 * Errors: TypeError or RangeError if X, a tree or an option has a wrong type, shape or value; RangeError for a value that is
 * infinite (NaN is a missing cell).
 */
export function heatmapSvg(X: Vectors, options: HeatmapSvgOptions = {}): string {
  checkHeatmapOptions(options);
  const table = readAny(X);
  if (table.rows === 0) throw rangeError('X has no rows; there is nothing to draw');
  const rows: Edge = {
    side: readSide(
      table.rows,
      { tree: options.rowTree, order: options.rowOrder, clusters: options.rowClusters },
      { tree: 'rowTree', order: 'rowOrder', clusters: 'rowClusters', items: 'rows' },
    ),
    labels: readLabels(options.rowLabels, table.rows, 'rowLabels', 'rows'),
    strips: readStrips(options.rowStrips, table.rows, 'rowStrips', 'rows'),
    name: options.yLabel || undefined,
  };
  const cols: Edge = {
    side: readSide(
      table.cols,
      { tree: options.colTree, order: options.colOrder, clusters: options.colClusters },
      { tree: 'colTree', order: 'colOrder', clusters: 'colClusters', items: 'columns' },
    ),
    labels: readLabels(options.colLabels, table.cols, 'colLabels', 'columns'),
    strips: readStrips(options.colStrips, table.cols, 'colStrips', 'columns'),
    name: options.xLabel || undefined,
  };
  const limits = findLimits(table.data, table.cols, options);
  const dark = options.theme === 'dark';
  const scale = readScale(options.colors ?? defaultScale(limits.center !== undefined, dark));
  const missing = readRgb(options.missingColor ?? (dark ? '#4a525b' : '#c3c9cf'), 'missingColor');
  const share = sharing(table.rows, table.cols, Math.floor(options.maxCells ?? MAX_CELLS));
  return draw({ X: table, rows, cols, limits, scale, missing, share, options });
}

function draw(scene: Scene): string {
  const { X, rows, cols, limits, scale, options } = scene;
  const theme = new Theme(options.theme);
  const averaged = sharingNote(X.rows, X.cols, options.maxCells);
  const noteOf = (placed: Layout | undefined) => {
    if (options.note !== undefined) return options.note || undefined;
    const thinned = (names: Names | undefined, what: string) =>
      names && names.every > 1 ? `every ${ordinal(names.every)} ${what} named` : undefined;
    const parts = [averaged, thinned(placed?.rowNames, 'row'), thinned(placed?.colNames, 'column')].filter(
      Boolean,
    );
    return parts.length > 0 ? sentence(parts.join('; ')) : undefined;
  };
  // The note may say that names are left out. That is known only after the layout, which needs the note's height.
  let placed = layOut(scene, headerHeight(options.title, noteOf(undefined)));
  const note = noteOf(placed);
  if (note !== noteOf(undefined)) placed = layOut(scene, headerHeight(options.title, note));
  const { box, x, y, legends } = placed;
  const nameOfRow = (row: number) => rows.labels?.[row] ?? String(row);
  const nameOfCol = (col: number) => cols.labels?.[col] ?? String(col);
  const rightOfCells = box.right;
  const body = [
    drawSideTree(rows.side, y, placed.rowTree, false, theme),
    drawSideTree(cols.side, x, placed.colTree, true, theme),
    ...rows.strips.map((strip, i) =>
      drawStrip(strip, rows.side, y, placed.rowStripsAt[i], placed.rowStripSize, false, nameOfRow, theme),
    ),
    ...cols.strips.map((strip, i) =>
      drawStrip(strip, cols.side, x, placed.colStripsAt[i], placed.colStripSize, true, nameOfCol, theme),
    ),
    drawCells({
      ...scene,
      rows: rows.side,
      cols: cols.side,
      x,
      y,
      levelOf: leveller(limits),
      colors: scale.colors,
      nameOf: (row, col) => `${nameOfRow(row)}, ${nameOfCol(col)}`,
    }),
    drawNames(placed.rowNames, rightOfCells, 'right', theme),
    drawNames(placed.colStripNames, rightOfCells, 'right', theme),
    drawNames(placed.colNames, box.bottom, 'bottom', theme),
    drawNames(placed.rowStripNames, box.bottom, 'bottom', theme),
    cols.name
      ? axisName(
          cols.name,
          (box.left + box.right) / 2,
          placed.height - EDGE / 2 - 2,
          box.right - box.left,
          false,
          theme,
        )
      : '',
    rows.name
      ? axisName(
          rows.name,
          placed.namesEnd + 14,
          (box.top + box.bottom) / 2,
          box.bottom - box.top,
          true,
          theme,
        )
      : '',
    legends.draw(placed.legendsAt, placed.top, theme),
  ];
  return picture({
    width: placed.width,
    height: placed.height,
    options,
    note,
    name: `Heat map of ${countOf(X.rows, 'row')} and ${countOf(X.cols, 'column')}`,
    description: describeScene(scene),
    theme,
    body,
  });
}

function ordinal(count: number): string {
  const tail = count % 100;
  const suffix = tail > 10 && tail < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][count % 10] ?? 'th');
  return `${count}${suffix}`;
}

function describeScene({ X, rows, cols, limits }: Scene): string {
  const parts = [
    `Colours show the values of ${countOf(X.rows, 'row')} and ${countOf(X.cols, 'column')}, from ${shortNumber(limits.low)} to ${shortNumber(limits.high)}.`,
  ];
  if (limits.missing > 0)
    parts.push(`${countOf(limits.missing, 'cell')} ${limits.missing === 1 ? 'is' : 'are'} missing.`);
  for (const [what, { side }] of [
    ['Rows', rows],
    ['Columns', cols],
  ] as const) {
    if (side.tree) parts.push(`${what} are in the order of a tree.`);
    if (side.groups.length > 1) parts.push(`${what} are cut into ${countOf(side.groups.length, 'cluster')}.`);
  }
  return parts.join(' ');
}

interface Layout {
  width: number;
  height: number;
  /** Where the content begins, below title and note. */
  top: number;
  /** The cells. */
  box: Box;
  x: Places;
  y: Places;
  rowTree: Box;
  colTree: Box;
  rowStripsAt: number[];
  colStripsAt: number[];
  rowStripSize: number;
  colStripSize: number;
  rowNames: Names | undefined;
  colNames: Names | undefined;
  rowStripNames: Names | undefined;
  colStripNames: Names | undefined;
  /** Where the names of rows end. */
  namesEnd: number;
  legends: ReturnType<typeof layOutBlocks>;
  legendsAt: number;
}

/** Tree, strips and cells of one side: their lengths in pixels. */
interface Lengths {
  tree: number;
  strip: number;
  strips: number;
  cells: number;
}

/**
 * Divide a length between tree, strips and cells; or choose it if it is not given.
 * @param wanted length of the cells if the whole length is not given
 */
function divide(
  whole: number | undefined,
  wanted: number,
  hasTree: boolean,
  strips: number,
  treeRatio: number | undefined,
  stripRatio: number | undefined,
): Lengths {
  const shares = (hasTree ? (treeRatio ?? 0) : 0) + strips * (stripRatio ?? 0);
  if (shares > 0.9) {
    throw rangeError(
      `treeRatio and stripRatio take ${shares} of a side together; at most 0.9 is allowed, so that cells have room`,
    );
  }
  const gaps = (hasTree ? GAP : 0) + strips * STRIP_GAP + (strips > 0 ? GAP - STRIP_GAP : 0);
  const usualTree = Math.max(50, Math.min(110, 0.2 * (whole ?? wanted)));
  const fixed =
    gaps +
    (hasTree && treeRatio === undefined ? usualTree : 0) +
    (stripRatio === undefined ? strips * STRIP : 0);
  const length = whole ?? (wanted + fixed) / (1 - shares);
  const strip = stripRatio === undefined ? STRIP : stripRatio * length;
  const tree = hasTree ? (treeRatio === undefined ? usualTree : treeRatio * length) : 0;
  return {
    tree,
    strip,
    strips: strips * (strip + STRIP_GAP),
    cells: Math.max(8, length - gaps - tree - strips * strip),
  };
}

const pair = (value: number | readonly [number, number] | undefined, i: 0 | 1) =>
  typeof value === 'object' ? value[i] : value;

function layOut(scene: Scene, top: number): Layout {
  const { rows, cols, options } = scene;
  const { gap = 4 } = options;
  const most = options.width === undefined ? 180 : Math.max(48, Math.min(180, 0.22 * options.width));
  const wantedWidth = Math.max(160, Math.min(900, 20 * cols.side.count));
  const wantedHeight = Math.max(160, Math.min(1200, 16 * rows.side.count));
  const xName = cols.name ? NAME_HEIGHT : 0;
  const yName = rows.name ? NAME_HEIGHT : 0;
  /** Room for names beside and below the cells. It only grows: more room makes the cells, and with them names, smaller. */
  let [right, below] = [0, 0];
  for (let round = 0; ; round++) {
    const down = divide(
      options.height === undefined ? undefined : options.height - top - EDGE - below - xName,
      wantedHeight,
      cols.side.tree !== undefined,
      cols.strips.length,
      pair(options.treeRatio, 1),
      pair(options.stripRatio, 1),
    );
    const colsHead =
      down.tree + (down.tree > 0 ? GAP : 0) + down.strips + (down.strips > 0 ? GAP - STRIP_GAP : 0);
    const inner = colsHead + down.cells + below + xName;
    const legends = layOutBlocks(
      options.legend === false ? [] : blocksOf(scene, Math.max(inner, 200), most),
      Math.max(inner, 200),
    );
    const legendRoom = legends.width > 0 ? legends.width + LEGEND_GAP : 0;
    const beside = right + yName + legendRoom;
    const across = divide(
      options.width === undefined ? undefined : options.width - 2 * EDGE - beside,
      wantedWidth,
      rows.side.tree !== undefined,
      rows.strips.length,
      pair(options.treeRatio, 0),
      pair(options.stripRatio, 0),
    );
    const left =
      EDGE +
      across.tree +
      (across.tree > 0 ? GAP : 0) +
      across.strips +
      (across.strips > 0 ? GAP - STRIP_GAP : 0);
    const box: Box = {
      left,
      right: left + across.cells,
      top: top + colsHead,
      bottom: top + colsHead + down.cells,
    };
    const x = new Places(cols.side, box.left, box.right, gap);
    const y = new Places(rows.side, box.top, box.bottom, gap);
    const width = Math.round(options.width ?? box.right + beside + EDGE);
    const height = Math.round(
      options.height ?? Math.max(box.bottom + below + xName + EDGE, top + legends.height + EDGE),
    );
    const rowStripsAt = rows.strips.map(
      (_, i) =>
        box.left - GAP - (rows.strips.length - i) * across.strip - (rows.strips.length - 1 - i) * STRIP_GAP,
    );
    const colStripsAt = cols.strips.map(
      (_, i) =>
        box.top - GAP - (cols.strips.length - i) * down.strip - (cols.strips.length - 1 - i) * STRIP_GAP,
    );
    const sideRoom = options.width === undefined ? 220 : 0.25 * options.width;
    const footRoom = options.height === undefined ? 180 : 0.28 * options.height;
    const middle = (at: number, size: number) => at + size / 2;
    const rowNames = planNames(rows.labels, rows.side, y, sideRoom, 'right');
    const colNames = planNames(cols.labels, cols.side, x, footRoom, 'bottom');
    const colStripNames = planStripNames(
      cols.strips.map(({ name }) => name),
      colStripsAt.map((at) => middle(at, down.strip)),
      down.strip + STRIP_GAP,
      sideRoom,
      'right',
    );
    const rowStripNames = planStripNames(
      rows.strips.map(({ name }) => name),
      rowStripsAt.map((at) => middle(at, across.strip)),
      across.strip + STRIP_GAP,
      footRoom,
      'bottom',
    );
    const needRight = Math.max(rowNames?.reach ?? 0, colStripNames?.reach ?? 0);
    const needBelow = Math.max(colNames?.reach ?? 0, rowStripNames?.reach ?? 0);
    if ((needRight > right || needBelow > below) && round < 8) {
      right = Math.max(right, needRight);
      below = Math.max(below, needBelow);
      continue;
    }
    const namesEnd = box.right + right;
    return {
      ...{
        width,
        height,
        top,
        box,
        x,
        y,
        rowStripsAt,
        colStripsAt,
        rowNames,
        colNames,
        rowStripNames,
        colStripNames,
      },
      rowTree: { left: EDGE, right: EDGE + across.tree, top: box.top, bottom: box.bottom },
      colTree: { left: box.left, right: box.right, top, bottom: top + down.tree },
      rowStripSize: across.strip,
      colStripSize: down.strip,
      namesEnd,
      legends,
      legendsAt: namesEnd + yName + LEGEND_GAP,
    };
  }
}

/** The colour bar, and the legends of the strips. */
function blocksOf(
  { rows, cols, limits, scale, missing, options }: Scene,
  height: number,
  most: number,
): Block[] {
  const gone = limits.missing > 0 ? { color: missing } : undefined;
  const length = Math.max(60, Math.min(140, height - 80));
  return [
    colorBar(options.colorLabel ?? '', limits, scale.colors, length, gone, most, 'bar'),
    ...[...cols.strips, ...rows.strips].map((strip) => stripLegend(strip, height, most)),
  ];
}
