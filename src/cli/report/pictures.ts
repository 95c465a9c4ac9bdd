/** The pictures of a report: the tree, the heat map and the map of the rows. */

import { scaleSteps } from '../../heatmap/scaling.ts';
import { flatClusters } from '../../hierarchy/cut.ts';
import type { DendrogramSvgOptions } from '../../plot/dendrogram/dendrogram.ts';
import { finish } from '../../support/scheduling.ts';
import type { Matrix, Z } from '../../types.ts';
import { formatCount } from '../terminal/text.ts';
import { Html, h, plain } from './html.ts';
import type { LookedAt } from './sample.ts';

/** Cells that are drawn; of more, neighbours are averaged. */
const MOST_CELLS = 200_000;
/** More clusters than this have no line of their own in the heat map. */
const MOST_MEANS = 500;
const MOST_LEADERS = 100;

/** The drawing code, which is loaded when it is needed. */
export type Plot = typeof import('../../plot/index.ts');

export interface Drawn {
  plot: Plot;
  rows: LookedAt;
  columns: readonly string[] | undefined;
  /** All clusters, ascending. */
  clusters: readonly number[];
  /** The tree of these rows, if they have one. */
  tree: Z | undefined;
  /** The leaders or centroids, and the cluster of each. */
  leaders: Matrix;
  leaderLabels: ArrayLike<number>;
}

/** A picture with what it shows in words. It keeps its width where the page has room, and scrolls on a phone. */
export function figure(svg: string, caption: string): Html {
  const width = /^<svg [^>]*?width="([\d.]+)"/.exec(svg)?.[1] ?? '640';
  return h('figure', { style: `--width:${width}px` }, new Html(svg.trim()), h('figcaption', {}, caption));
}

export function drawSampleTree({ dendrogramSvg }: Plot, Z: Z, options: DendrogramSvgOptions): string {
  const { leafLabelFunc, title: _, ...rest } = options;
  return dendrogramSvg(Z, {
    ...rest,
    ...(leafLabelFunc ? { leafLabelFunc: (node) => plain(leafLabelFunc(node), 60) } : {}),
    width: 920,
    theme: 'auto',
  });
}

/** The name of the colour of a cluster, the same in all pictures: that of its place among all clusters. */
const colorOf = (clusters: readonly number[], label: number): string =>
  `cluster ${1 + clusters.indexOf(label)}`;

const columnNames = ({ columns, rows }: Drawn) =>
  Array.from({ length: rows.cols }, (_, j) => plain(columns?.[j] ?? String(j), 40));

/** z-scores of the columns. */
function scaled({ rows: { data, rows, cols } }: Drawn): Matrix {
  const out = { data: new Float32Array(rows * cols), rows, cols };
  finish(scaleSteps({ data, rows, cols }, out.data, 'zscore', 'columns'));
  return out;
}

/** The rows in the order of their tree if all of them are in it, or else the means of the clusters. */
export function drawHeatmap(drawn: Drawn): { svg: string; caption: string } | undefined {
  const { rows, tree, clusters, plot } = drawn;
  const X = scaled(drawn);
  const shared = {
    theme: 'auto',
    center: 0,
    robust: true,
    maxCells: MOST_CELLS,
    colorLabel: 'z-score',
    colLabels: columnNames(drawn),
    width: 920,
  } as const;
  if (tree) {
    const values = Array.from(rows.labels);
    const present = [...new Set(values)].sort((a, b) => a - b);
    const cut = finish(flatClusters(tree, present.length));
    // Gaps only where they are between these clusters.
    const isCut = present.length > 1 && cut.every((label, i) => label === rows.labels[i]);
    const svg = plot.heatmapSvg(X, {
      ...shared,
      rowTree: tree,
      ...(isCut ? { rowClusters: present.length } : {}),
      rowLabels: rows.names.map((one) => plain(one, 40)),
      rowStrips: [
        {
          name: 'cluster',
          values: values.map(String),
          colors: Object.fromEntries(present.map((label) => [String(label), colorOf(clusters, label)])),
        },
      ],
    });
    return {
      svg,
      caption: 'Each row in the order of the tree; each column as z-scores, so that columns compare.',
    };
  }
  const present = clusters.filter((label) => rows.labels.includes(label)).slice(0, MOST_MEANS);
  const { data, sizes } = meansOf(X, rows.labels, present);
  if (present.length === 0) return undefined;
  const svg = plot.heatmapSvg(
    { data, rows: present.length, cols: X.cols },
    {
      ...shared,
      robust: false,
      rowLabels: present.map((label) => `cluster ${label}`),
      legend: true,
    },
  );
  const few = sizes.reduce((sum, size) => sum + size, 0);
  return {
    svg,
    caption: `Means of the clusters, of ${formatCount(few)} rows; each column as z-scores, so that columns compare.`,
  };
}

function meansOf({ data, rows, cols }: Matrix, labels: Int32Array, clusters: readonly number[]) {
  const place = new Map(clusters.map((label, i) => [label, i]));
  const sums = new Float64Array(clusters.length * cols);
  const sizes = new Float64Array(clusters.length);
  for (let i = 0; i < rows; i++) {
    const c = place.get(labels[i]);
    if (c === undefined) continue;
    sizes[c]++;
    for (let j = 0; j < cols; j++) sums[c * cols + j] += data[i * cols + j];
  }
  for (let at = 0; at < sums.length; at++) sums[at] /= sizes[Math.floor(at / cols)];
  return { data: sums, sizes };
}

/** The rows in the plane: their two columns, or the two components with the most variance. */
export function drawPoints({ plot, rows, leaders, leaderLabels, columns, clusters }: Drawn): string {
  const { data, cols } = rows;
  const marked = leaders.cols === cols && leaders.rows <= MOST_LEADERS ? { leaders, leaderLabels } : {};
  const isPlane = cols === 2;
  const present = [...new Set(rows.labels)].sort((a, b) => a - b);
  return plot.scatterSvg({ data, rows: rows.rows, cols }, rows.labels, {
    ...marked,
    projection: isPlane ? 'columns' : 'pca',
    ...(isPlane && columns ? { xLabel: plain(columns[0], 40), yLabel: plain(columns[1], 40) } : {}),
    clusterName: (label) => `cluster ${label}`,
    // Where a cluster has no row here, the others keep their colours.
    ...(present.length < clusters.length
      ? { palette: present.map((label) => colorOf(clusters, label)) }
      : {}),
    width: 920,
    theme: 'auto',
  });
}
