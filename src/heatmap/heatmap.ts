import type { DirectMetric } from '../distance/direct.ts';
import type { Metric } from '../distance/metrics.ts';
import { MemoryLimitError, rangeError } from '../errors.ts';
import { leavesList } from '../hierarchy/leaves.ts';
import { linkage } from '../hierarchy/linkage/linkage.ts';
import type { Method } from '../hierarchy/linkage/methods.ts';
import { checkHeatmapOptions, type HeatmapSvgOptions, heatmapSvgOptions } from '../plot/heatmap/options.ts';
import { sharingNote } from '../plot/heatmap/sharing.ts';
import type { HeatmapStrip } from '../plot/heatmap/strips.ts';
import { checkInputs, ownOptions } from '../runtime/memory/inputs.ts';
import { readRun } from '../runtime/run.ts';
import { checkOneOf, checkOptions, type Known, RUN_OPTIONS, wrongType } from '../support/checks.ts';
import { drive } from '../support/scheduling.ts';
import { driveReading, readVectorsSteps } from '../support/vectors.ts';
import type { Matrix, Run, Vectors, Z } from '../types.ts';
import {
  type Along,
  emptyLike,
  fillSteps,
  findGapsSteps,
  type Scaling,
  scaleSteps,
  transposeSteps,
} from './scaling.ts';

export interface HeatmapOptions extends Run, Omit<HeatmapSvgOptions, 'rowTree' | 'colTree'> {
  /** Linkage of rows and columns. Default 'average'. */
  method?: Method;
  /** Distance between rows, and between columns. Default 'euclidean'. */
  metric?: Metric | DirectMetric;
  /** Linkage and distance of the columns, where they differ from those of the rows. */
  colMethod?: Method;
  colMetric?: Metric | DirectMetric;
  /** Order the leaves of both trees so that neighbours are close. Default false. */
  optimalOrdering?: boolean;
  /** First subtract the mean of each row (or column) and divide by its standard deviation, which has n - 1 in it. */
  zScore?: Along;
  /** First subtract the least value of each row (or column) and divide by its range. */
  standardScale?: Along;
  /** A tree of the rows to use, or false for none: rows keep their order, or that of `rowOrder`. Default: it is grown. */
  rowTree?: Z | false;
  /** The same for the columns. */
  colTree?: Z | false;
  /**
   * What to do where cells are missing (NaN). 'refuse' (default): an error that names the first one. 'mean': trees are grown
   * as if each had the mean of its column, and the picture shows it as missing. Trees that are given need no choice.
   */
  missing?: 'refuse' | 'mean';
}

/** A heat map and what it shows. */
export interface Heatmap {
  /** SciPy's linkage matrix of the rows; undefined if they have no tree. */
  rowTree: Z | undefined;
  colTree: Z | undefined;
  /** The rows from top to bottom, as indexes of X. */
  rowOrder: Int32Array;
  /** The columns from left to right. */
  colOrder: Int32Array;
  /** The values that colours show: X after scaling, in the order of X. */
  data: Matrix;
  /** What the picture leaves out because of its size; undefined if nothing. */
  note: string | undefined;
  /** The picture, a standalone SVG document. */
  svg: string;
}

/** The options for growing the trees. The others are those of the picture, which checks them. */
const OWN_OPTIONS = {
  method: true,
  metric: true,
  colMethod: true,
  colMetric: true,
  optimalOrdering: true,
  zScore: true,
  standardScale: true,
  rowTree: true,
  colTree: true,
  missing: true,
} as const satisfies Partial<Known<HeatmapOptions>>;

const SIDES = ['rows', 'columns'] as const;

/**
 * Cluster the rows and the columns of a table, and draw it as a heat map with both trees: seaborn's `clustermap`.
 *
 * @param X n rows and m columns; NaN is a missing cell
 * @returns the trees, the order of rows and columns, the scaled values and the picture. Trees are those of `linkage` over the
 *   rows of the scaled table, and over its columns
 * @throws errors of `linkage` and `heatmapSvg`; TypeError or RangeError for other options; RangeError for a missing cell
 *   unless `missing` says what to do; MemoryLimitError
 *
 * Progress: that of `linkage`, for rows, then for columns. Warnings: MISSING_CELLS, EQUAL_VALUES (rows or columns that cannot
 * be scaled become 0), CELLS_AVERAGED (more than `maxCells`).
 * Memory: two copies of X, and those of `linkage`; a copy more where cells are missing. The picture takes up to 10 bytes for
 * each cell drawn.
 */
export async function heatmap(X: Vectors, options: HeatmapOptions = {}): Promise<Heatmap> {
  const known: Known<HeatmapOptions> = { ...heatmapSvgOptions(), ...RUN_OPTIONS, ...OWN_OPTIONS };
  checkOptions(options, known, 'heatmap', "{ zScore: 'rows' }");
  const run = readRun(options);
  const { method = 'average', metric = 'euclidean', ...own } = ownOptions(options, run.inputs);
  own.rowStrips = ownStrips(own.rowStrips);
  own.colStrips = ownStrips(own.colStrips);
  const { zScore, standardScale, missing = 'refuse', rowTree, colTree } = own;
  checkChoices(own);
  const drawing = Object.fromEntries(
    Object.entries(own).filter(
      ([name]) => !Object.hasOwn(OWN_OPTIONS, name) && !Object.hasOwn(RUN_OPTIONS, name),
    ),
  ) as HeatmapSvgOptions;
  checkHeatmapOptions(drawing);
  const table = await driveReading(X, (it) => readVectorsSteps(it, 'X', run.inputs), run.signal);
  const { rows, cols } = table;
  const growRows = rowTree === undefined && own.rowOrder === undefined && rows > 1;
  const growCols = colTree === undefined && own.colOrder === undefined && cols > 1;

  const gaps = await drive(findGapsSteps(table), run.signal);
  const fill = gaps.count > 0 && (growRows || growCols);
  if (fill && missing === 'refuse') {
    throw rangeError(
      `X: row ${gaps.row}, column ${gaps.col} is NaN (missing cells: ${gaps.count}); missing: 'mean' grows the trees as if each ` +
        'had the mean of its column, and draws it as missing',
    );
  }
  const how: Scaling | undefined = zScore ? 'zscore' : standardScale ? 'standard' : undefined;
  const copies = Number(how !== undefined) + Number(growCols) + Number(fill);
  const size = table.element === 'f4' ? 4 : 8;
  const held = copies * rows * cols * size + 10 * Math.min(rows * cols, drawing.maxCells ?? 4e6);
  if (held > run.limit) {
    throw new MemoryLimitError('the heat map', held, run.limit, 'fewer rows fit, or a lower maxCells');
  }
  const rest = run.limit === Number.POSITIVE_INFINITY ? undefined : run.limit - held;

  const scaled: Matrix = how ? { data: emptyLike(table.data, rows * cols), rows, cols } : table;
  const along = zScore ?? standardScale ?? 'rows';
  if (how) {
    const flat = await drive(scaleSteps(table, scaled.data, how, along), run.signal);
    if (flat > 0) {
      run.warn({
        code: 'EQUAL_VALUES',
        message: `${flat} ${along} of X have equal values, which become 0 when scaled`,
      });
    }
  }
  let whole = scaled;
  if (fill) {
    whole = { data: emptyLike(table.data, rows * cols), rows, cols };
    await drive(fillSteps(scaled, whole.data), run.signal);
    run.warn({
      code: 'MISSING_CELLS',
      message: `${gaps.count} missing cells are drawn as such; for the trees each has the mean of its column`,
    });
  }
  const shared = { optimalOrdering: own.optimalOrdering, signal: own.signal, onProgress: own.onProgress };
  const running = { ...shared, onWarning: run.warn, memoryLimit: rest, threads: own.threads };
  const grownRows = growRows ? await linkage(whole, { ...running, method, metric }) : rowTree || undefined;
  let grownCols = colTree || undefined;
  if (growCols) {
    const turned: Matrix = { data: emptyLike(table.data, rows * cols), rows: cols, cols: rows };
    await drive(transposeSteps(whole, turned.data), run.signal);
    const { colMethod = method, colMetric = metric } = own;
    grownCols = await ofColumns(linkage(turned, { ...running, method: colMethod, metric: colMetric }));
  }
  const note = sharingNote(rows, cols, drawing.maxCells);
  if (note) run.warn({ code: 'CELLS_AVERAGED', message: note });
  const { heatmapSvg } = await import('./drawing.ts');
  const svg = heatmapSvg(scaled, { ...drawing, rowTree: grownRows, colTree: grownCols });
  checkInputs(run.inputs);
  return {
    rowTree: grownRows,
    colTree: grownCols,
    rowOrder: grownRows ? leavesList(grownRows) : orderOf(own.rowOrder, rows),
    colOrder: grownCols ? leavesList(grownCols) : orderOf(own.colOrder, cols),
    data: { data: scaled.data, rows, cols },
    note,
    svg,
  };
}

function orderOf(order: ArrayLike<number> | undefined, count: number): Int32Array {
  return order ? Int32Array.from(order) : Int32Array.from({ length: count }, (_, i) => i);
}

/** Copies of strips, so that later changes by the caller have no effect. Wrong ones are told by the picture's check. */
function ownStrips(strips: readonly HeatmapStrip[] | undefined): readonly HeatmapStrip[] | undefined {
  if (!Array.isArray(strips)) return strips;
  return strips.map((strip) => {
    const { values, colors } = strip ?? {};
    if (!Array.isArray(values) && !ArrayBuffer.isView(values)) return strip;
    const list = Array.isArray(colors) ? colors.slice() : typeof colors === 'object' ? { ...colors } : colors;
    return {
      ...strip,
      values: Array.from(values as ArrayLike<string>),
      ...(colors === undefined ? {} : { colors: list }),
    };
  });
}

/** Say that the rows of an error's message are columns of X. */
async function ofColumns<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) {
      error.message = `the tree of the columns, which are its rows: ${error.message}`;
    }
    throw error;
  }
}

function checkChoices(options: HeatmapOptions): void {
  const { zScore, standardScale, missing } = options;
  for (const [name, value] of [
    ['zScore', zScore],
    ['standardScale', standardScale],
  ] as const) {
    if (value !== undefined) checkOneOf(value, name, SIDES);
  }
  if (zScore && standardScale)
    throw rangeError('zScore is given together with standardScale; give one of them');
  if (missing !== undefined) checkOneOf(missing, 'missing', ['refuse', 'mean']);
  for (const name of ['rowTree', 'colTree'] as const) {
    const value = options[name];
    if (value === undefined || value === false || value instanceof Float64Array) continue;
    throw wrongType(name, 'a linkage matrix, or false for none', value);
  }
}
