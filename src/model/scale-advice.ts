/** Advice where columns are of so different scale that distances depend on some of them alone. */
import { warning } from '../errors.ts';
import { advice, say } from '../messages.ts';
import type { CoppiceWarning, FloatArray, Source } from '../types.ts';

/** Metrics that compare columns by their own scales. */
const AFFECTED: readonly string[] = [
  'chebyshev',
  'cityblock',
  'correlation',
  'cosine',
  'euclidean',
  'minkowski',
  'sqeuclidean',
];

/** Numbers that are looked at, and rows at least: of fewer rows, standard deviations differ by chance. */
const NUMBERS = 2 ** 18;
const LEAST_ROWS = 16;

/** Standard deviations that differ by more than this factor, or a share of the variance above this, are worth a warning. */
const MOST_RATIO = 100;
const MOST_SHARE = 0.9;

/** The standard deviation of each column, from rows evenly spread over `rows`; undefined if there are too few finite rows. */
function deviations(data: FloatArray, rows: number, cols: number): Float64Array | undefined {
  const wanted = Math.max(LEAST_ROWS, Math.floor(NUMBERS / cols));
  const step = Math.max(1, Math.floor(rows / wanted)) * cols;
  const end = Math.min(rows * cols, step * wanted);
  const sums = new Float64Array(cols);
  const squares = new Float64Array(cols);
  let first = -1;
  let count = 0;
  for (let at = 0; at < end; at += step) {
    if (!data.subarray(at, at + cols).every(Number.isFinite)) continue;
    if (first < 0) first = at;
    count++;
    for (let j = 0; j < cols; j++) {
      const apart = data[at + j] - data[first + j];
      sums[j] += apart;
      squares[j] += apart * apart;
    }
  }
  if (count < LEAST_ROWS) return undefined;
  return squares.map((square, j) => {
    const mean = sums[j] / count;
    return Math.sqrt(Math.max(0, square / count - mean * mean));
  });
}

/**
 * What there is to say about the scales of columns, from some rows that were read. Nothing about trajectories, sequences, prepared rows, and
 * metrics that have scales of their own.
 */
export function adviseScales(
  source: Pick<Source, 'cols' | 'name' | 'preparation' | 'scaled'>,
  metric: string,
  data: FloatArray,
  rows: number,
): CoppiceWarning | undefined {
  const { cols, name = 'the source', preparation, scaled } = source;
  const { atoms, columns } = source as { atoms?: unknown; columns?: readonly string[] };
  if (preparation || scaled || atoms !== undefined || !AFFECTED.includes(metric)) return undefined;
  const spread = deviations(data, rows, cols);
  if (!spread) return undefined;
  let [largest, least, total] = [0, -1, 0];
  spread.forEach((deviation, j) => {
    total += deviation * deviation;
    if (deviation > spread[largest]) largest = j;
    // Constant columns do not matter.
    if (deviation > 0 && (least < 0 || deviation <= spread[least])) least = j;
  });
  if (least < 0 || least === largest) return undefined;
  const share = (spread[largest] * spread[largest]) / total;
  const ratio = spread[largest] / spread[least];
  if (!(share > MOST_SHARE || ratio > MOST_RATIO)) return undefined;
  const column = (j: number) => `column ${columns?.[j] === undefined ? j : JSON.stringify(columns[j])}`;
  const what =
    share > MOST_SHARE
      ? `${column(largest)} has ${Math.floor(share * 1000) / 10} % of the variance of all columns`
      : `the standard deviation of ${column(largest)} is ${Number(ratio.toPrecision(2))} times that of ${column(least)}`;
  const how = advice('zscore', "prepare(source, { scale: 'zscore' }), or --scale zscore");
  return warning(
    'SCALES_DIFFER',
    say`${name}: ${what}, so columns of small scale hardly count in distances; if they should count alike, scale them (${how})`,
  );
}
