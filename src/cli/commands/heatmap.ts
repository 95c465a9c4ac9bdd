import { type Command, Option } from 'commander';
import type { Metric } from '../../distance/metrics.ts';
import type { ErrorFields } from '../../errors.ts';
import { heatmap as draw, type HeatmapOptions } from '../../heatmap/heatmap.ts';
import { METHODS, type Method } from '../../hierarchy/linkage/methods.ts';
import type { ThemeName } from '../../plot/drawing/options.ts';
import type { ScaleName } from '../../plot/heatmap/scales.ts';
import { writeNpyMatrix } from '../../sinks/npy.ts';
import { prepare } from '../../sources/prepare/prepare.ts';
import { transpose } from '../../sources/prepare/transpose.ts';
import { describeInput, filesOf, inputFacts, openInput } from '../files/input.ts';
import { checkPicture, prepareRenderer, writePicture } from '../files/picture.ts';
import { annotationsOf, stripsFromFile, withoutColumns } from '../files/strips.ts';
import { DEFAULT_LIMIT, readTable } from '../files/tables.ts';
import {
  addReader,
  addRun,
  checkMethodFlag,
  INPUT,
  methodOption,
  metricOption,
  type ReaderFlags,
  type RunFlags,
} from '../flags/options.ts';
import { finite, limits, pixels, whole } from '../flags/values.ts';
import { about, setWording, UsageError } from '../terminal/errors.ts';
import type { Session } from '../terminal/session.ts';
import { memoryLine, report, timeLine, writtenLine } from '../terminal/summary.ts';
import { fields, plural } from '../terminal/text.ts';

interface HeatmapFlags extends ReaderFlags, RunFlags {
  out: string;
  rowLinkage?: string;
  colLinkage?: string;
  method?: Method;
  metric?: Metric;
  colMethod?: Method;
  colMetric?: Metric;
  optimalOrdering?: boolean;
  rowTree: boolean;
  colTree: boolean;
  rowClusters?: number;
  colClusters?: number;
  transpose?: boolean;
  log2?: boolean;
  log1p?: boolean;
  scale?: 'zscore' | 'minmax';
  scaleRows?: boolean;
  colors?: string;
  center?: number | false;
  limits?: [number, number];
  robust?: boolean;
  rowStrips?: (string | number)[];
  colStrips?: string;
  legend: boolean;
  colorLabel?: string;
  title?: string;
  theme?: ThemeName;
  width?: number;
  height?: number;
}

/** Most rows, or columns, of a PNG that have a line of pixels each. */
const PNG_LINES = 2400;

export function addHeatmap(command: Command): Command {
  command
    .description('Draw a table as a clustered heat map, with a tree of its rows and a tree of its columns')
    .argument('<input>', INPUT.replace(/; several .*/, ''))
    .requiredOption('--out <file>', 'the picture: .svg or .png')
    .option('--row-linkage <file>', "also the tree of the rows, as SciPy's linkage matrix: .npy")
    .option('--col-linkage <file>', 'also the tree of the columns: .npy')
    .optionsGroup('Trees:')
    .addOption(methodOption(' (default: average)'))
    .addOption(metricOption())
    .addOption(
      new Option('--col-method <name>', 'linkage of the columns (default: as --method)').choices(METHODS),
    )
    .addOption(metricOption([], '--col-metric <name>', 'distance between columns (default: as --metric)'))
    .option('--optimal-ordering', 'order leaves so that neighbours are close')
    .option('--no-row-tree', 'keep the rows in the order of the table')
    .option('--no-col-tree', 'keep the columns in the order of the table')
    .option(
      '--row-clusters <k>',
      'cut the tree of the rows into k clusters, with gaps between them',
      whole(1),
    )
    .option('--col-clusters <k>', 'cut the tree of the columns into k clusters', whole(1))
    .optionsGroup('Scaling, before trees are grown:')
    .option('--transpose', 'take the columns of the table as rows')
    .addOption(new Option('--log2', 'log2(x + 1) of every number').conflicts('log1p'))
    .option('--log1p', 'ln(x + 1) of every number')
    .addOption(
      new Option(
        '--scale <how>',
        'each column: zscore (mean 0, standard deviation 1) or minmax (from 0 to 1)',
      )
        .choices(['zscore', 'minmax'])
        .conflicts('scaleRows'),
    )
    .option('--scale-rows', 'z-score of each row')
    .optionsGroup('How it looks:')
    .option(
      '--colors <name>',
      'viridis, cividis, magma; with a centre RdBu, PuOr, BrBG, icefire; _r reverses (default: viridis, or RdBu_r around 0)',
    )
    .option(
      '--center <value>',
      'the value of the middle colour, or none (default: 0 if there are values on both sides of it)',
      (text: string) => (text === 'none' ? (false as const) : finite(text)),
    )
    .addOption(
      new Option(
        '--limits <low,high>',
        'the values of the first and the last colour (default: least and greatest value)',
      )
        .argParser(limits)
        .conflicts('robust'),
    )
    .option(
      '--robust',
      'take the 2nd and the 98th percentile as limits, so that extreme values do not take all colours',
    )
    .option('--color-label <text>', 'heading of the colour bar')
    .option('--no-legend', 'no colour bar, and no legends of strips')
    .option(
      '--row-strips <list>',
      'CSV and Excel: columns to show as strips of colours beside the rows, such as tissue,stage',
      (text: string) => text.split(',').map((part) => part.trim()),
    )
    .option(
      '--col-strips <file>',
      'a table (CSV) with a line for each column: its name, then what to show as strips above the columns',
    )
    .option('--title <text>', 'heading')
    .addOption(new Option('--theme <name>', 'colours (default: light)').choices(['light', 'dark', 'auto']))
    .option('--width <px>', 'width in pixels (default: by the number of columns)', pixels(160))
    .option('--height <px>', 'height in pixels (default: by the number of rows)', pixels(120));
  addReader(command, { badRows: false, keepMissing: true });
  return addRun(command, 'no limit', { chunks: false }).addHelpText(
    'after',
    `
Examples:
  $ coppice heatmap genes.csv --log2 --scale-rows --out map.svg
  $ coppice heatmap genes.csv --out map.png --row-clusters 4 --robust --col-strips samples.csv --title 'Expression'
  $ coppice heatmap iris.csv --row-strips Species --scale zscore --method ward --out iris.svg

--scale zscore and --scale-rows divide by the standard deviation of a sample (by n - 1), as seaborn does; those of the other
commands, and prepare() in code, divide by that of the population (by n).`,
  );
}

export async function heatmap(session: Session, input: string, flags: HeatmapFlags): Promise<void> {
  const { method = 'average', metric = 'euclidean', out, rowStrips, colStrips, missing } = flags;
  const { colMethod = method, colMetric = metric } = flags;
  if (flags.rowTree) checkMethodFlag(method, metric, false);
  if (flags.colTree) checkMethodFlag(colMethod, colMetric, false);
  checkPicture('--out', out);
  if (!flags.rowTree && flags.rowClusters !== undefined)
    throw new UsageError('--row-clusters needs the tree of the rows');
  if (!flags.colTree && flags.colClusters !== undefined)
    throw new UsageError('--col-clusters needs the tree of the columns');
  if (rowStrips !== undefined && flags.transpose) {
    throw new UsageError(
      '--row-strips takes columns of the table, which --transpose makes rows; use --col-strips',
    );
  }
  setWording({
    annotations: '--row-strips',
    'for-distances': "; a tree of distances is grown by 'coppice linkage --metric precomputed'",
  });
  await prepareRenderer(out);
  const reader = { ...flags, annotations: rowStrips };
  const source = await openInput(
    session,
    [input],
    rowStrips ? await withoutColumns(session, input, reader) : reader,
  );
  const inputs = [...filesOf(source), ...(colStrips === undefined ? [] : [colStrips])];
  const file = session.output('--out', out, inputs);
  const rowFile = session.output('--row-linkage', flags.rowLinkage, inputs);
  const colFile = session.output('--col-linkage', flags.colLinkage, inputs);
  const { memory = DEFAULT_LIMIT } = flags;
  const { signal, onProgress } = session.run(flags);
  const { log2, log1p } = flags;
  const logarithm = log2 ? { log2 } : log1p ? { log1p } : undefined;
  // Before rows and columns change places, so that an error names the row and the column of the file. A negative number is an
  // error also where rows with missing values are left out.
  const taken = logarithm ? await prepare(source, { ...logarithm, onBadRow: 'error' }) : source;
  const table = flags.transpose ? await transpose(taken, { signal, onProgress, memoryLimit: memory }) : taken;
  const { data, rows, cols, ids, sourceRows } = await readTable(session, table, memory);
  const colLabels = (table as { columns?: readonly string[] }).columns;
  const strips = rowStrips ? await annotationsOf(session, source, rowStrips, flags, sourceRows) : [];
  const options: HeatmapOptions = {
    ...session.run(flags),
    ...{ method, metric, colMethod, colMetric },
    optimalOrdering: flags.optimalOrdering,
    rowTree: flags.rowTree ? undefined : false,
    colTree: flags.colTree ? undefined : false,
    rowClusters: flags.rowClusters,
    colClusters: flags.colClusters,
    zScore: flags.scaleRows ? 'rows' : flags.scale === 'zscore' ? 'columns' : undefined,
    standardScale: flags.scale === 'minmax' ? 'columns' : undefined,
    missing: missing === 'keep' ? 'mean' : 'refuse',
    rowLabels: ids.length > 0 ? ids : undefined,
    colLabels: colLabels && colLabels.length === cols ? colLabels : undefined,
    rowStrips: strips,
    colStrips:
      colStrips === undefined ? undefined : await stripsFromFile(session, colStrips, colLabels, cols),
    // Other names are refused with the allowed ones.
    colors: flags.colors as ScaleName | undefined,
    ...{ center: flags.center, limits: flags.limits, robust: flags.robust, colorLabel: flags.colorLabel },
    ...{ title: flags.title, theme: flags.theme, width: flags.width, height: flags.height },
    legend: flags.legend,
    // A PNG has no room for more lines than this; to leave some out would be worse than to average them.
    maxCells: /\.png$/i.test(out) ? PNG_LINES * Math.min(cols, PNG_LINES) : undefined,
  };
  const map = await draw({ data, rows, cols }, defined(options)).catch((error) => {
    if ((error as ErrorFields).option === 'colors') throw new UsageError(`--${(error as Error).message}`);
    if (error instanceof RangeError && !session.signal.aborted)
      about(source.name, () => {
        throw error;
      });
    throw error;
  });
  await writePicture(file, map.svg, out);
  if (rowFile) writeNpyMatrix(rowFile, needed(map.rowTree, '--row-linkage', 'rows'), 4);
  if (colFile) writeNpyMatrix(colFile, needed(map.colTree, '--col-linkage', 'columns'), 4);
  await session.commit();
  const facts = {
    command: 'heatmap',
    input: inputFacts(table, rows),
    ...{ method, metric, colMethod, colMetric },
    rowOrder: Array.from(map.rowOrder),
    colOrder: Array.from(map.colOrder),
    outputs: { picture: out, rowLinkage: flags.rowLinkage ?? null, colLinkage: flags.colLinkage ?? null },
  };
  const grown = (tree: unknown, count: number, what: string, how: string) =>
    tree ? `${plural(count, what)} by ${how}` : `${plural(count, what)} in the order of the table`;
  report(session, facts, () =>
    fields([
      ['Input', describeInput(table, rows)],
      ['Rows', grown(map.rowTree, rows, 'row', `${method} linkage, ${metric}`)],
      ['Columns', grown(map.colTree, cols, 'column', `${colMethod} linkage, ${colMetric}`)],
      timeLine(session),
      memoryLine(),
      writtenLine([file, rowFile, colFile]),
    ]),
  );
}

/** Options that were given: an option that is undefined counts as given in some checks. */
function defined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}

function needed<T>(tree: T | undefined, option: string, what: string): T {
  if (tree === undefined) throw new UsageError(`${option} needs a tree of the ${what}, and none was grown`);
  return tree;
}
