import { rangeError, typeError } from '../errors.ts';
import { checkOptions } from '../support/checks.ts';
import { describe } from '../support/describe.ts';

export interface QualityOptions {
  /**
   * What each pair is about (a sequence); one that has several labels comes in several pairs. Default: every pair is
   * about a thing of its own.
   */
  items?: ArrayLike<unknown>;
  /**
   * The label of what is in no cluster, besides null, undefined, NaN and negative numbers. Default 0, as `mcl`,
   * `BatchClustering` and `assign` have it; -1 for labels of `kmeans`, where 0 is a cluster.
   */
  none?: number;
}

/** How well clusters keep together what is known to belong together. */
export interface Quality {
  /** The share of items that are in a cluster. */
  retention: number;
  /** Of the pairs in clusters, the share whose label is the commonest of their cluster. NaN where there are none. */
  purity: number;
  /** The share of clusters with a purity of at least 0.9. NaN where there are none. */
  purity90: number;
  /**
   * Of the pairs in clusters, the share that remains where every label has one cluster and every cluster one label,
   * the largest groups first. NaN where there are none.
   */
  consistency: number;
  /** Clusters. */
  clusters: number;
  /** Items that are in a cluster, and in all. */
  clustered: number;
  items: number;
}

/** A cell of the table of clusters and labels. */
interface Cell {
  cluster: number;
  label: unknown;
  count: number;
}

/**
 * Quality of clusters of things whose labels are known, such as sequences and what they bind.
 *
 * @param clusters the cluster of each pair, a number from 1; where it has none, 0 (see the option `none`), null, undefined,
 *   NaN or a negative number
 * @param labels the label of each pair, of any kind
 * @returns the measures of clusTCR. Of cells of equal size the one that comes first in the data is taken first for
 *   `consistency`, which can matter
 * @throws TypeError, RangeError
 * Cost: O(n log n). Source: Valkiers et al. 2021, Bioinformatics 37, 4865.
 */
export function clusterQuality(
  clusters: ArrayLike<number | null | undefined>,
  labels: ArrayLike<unknown>,
  options: QualityOptions = {},
): Quality {
  checkOptions(options, { items: true, none: true }, 'clusterQuality', '{ none: -1 }');
  const { items, none = 0 } = options;
  if (typeof none !== 'number') throw typeError(`none must be a number, got ${describe(none)}`);
  if (Number.isNaN(none)) throw rangeError('none must be a number, got NaN, which is in no cluster anyway');
  for (const [name, list] of [
    ['clusters', clusters],
    ['labels', labels],
    ['items', items ?? []],
  ] as const) {
    if (typeof list !== 'object' || list === null || !Number.isSafeInteger(list.length)) {
      throw typeError(`${name} must be a list, got ${describe(list)}`);
    }
  }
  const n = clusters.length;
  for (const [name, list] of [
    ['labels', labels],
    ['items', items],
  ] as const) {
    if (list && list.length !== n) {
      throw rangeError(
        `${name} must have one entry for each pair: there are ${n} clusters and ${list.length} ${name}`,
      );
    }
  }
  const all = new Set<unknown>();
  const kept = new Set<unknown>();
  const cells = new Map<number, Map<unknown, Cell>>();
  let pairs = 0;
  for (let i = 0; i < n; i++) {
    const item = items ? items[i] : i;
    all.add(item);
    const cluster = clusters[i];
    if (cluster !== null && cluster !== undefined && typeof cluster !== 'number') {
      throw typeError(`clusters[${i}] must be a number or null, got ${describe(cluster)}`);
    }
    if (cluster === none || !((cluster ?? -1) >= 0)) continue;
    kept.add(item);
    pairs++;
    let row = cells.get(cluster as number);
    if (!row) {
      row = new Map();
      cells.set(cluster as number, row);
    }
    const cell = row.get(labels[i]);
    if (cell) cell.count++;
    else row.set(labels[i], { cluster: cluster as number, label: labels[i], count: 1 });
  }
  let commonest = 0;
  let pure = 0;
  const ordered: Cell[] = [];
  for (const row of cells.values()) {
    let size = 0;
    let most = 0;
    for (const cell of row.values()) {
      ordered.push(cell);
      size += cell.count;
      most = Math.max(most, cell.count);
    }
    commonest += most;
    if (most >= 0.9 * size) pure++;
  }
  // Sorting keeps cells of one size in the order in which they came.
  ordered.sort((a, b) => b.count - a.count);
  const usedClusters = new Set<number>();
  const usedLabels = new Set<unknown>();
  let consistent = 0;
  for (const { cluster, label, count } of ordered) {
    if (usedClusters.has(cluster) || usedLabels.has(label)) continue;
    usedClusters.add(cluster);
    usedLabels.add(label);
    consistent += count;
  }
  return {
    retention: kept.size / all.size,
    purity: commonest / pairs,
    purity90: pure / cells.size,
    consistency: consistent / pairs,
    clusters: cells.size,
    clustered: kept.size,
    items: all.size,
  };
}
