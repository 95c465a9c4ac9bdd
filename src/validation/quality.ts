import { rangeError } from '../errors.ts';
import { checkNumber, checkOptions, wrongType } from '../support/checks.ts';

export interface QualityOptions {
  /**
   * The item (a sequence) of each pair. An item with several labels occurs in several pairs. Default: every pair has an item
   * of its own.
   */
  items?: ArrayLike<unknown>;
  /**
   * The label that means no cluster; null, undefined, NaN and negative numbers always mean none. Default 0, as in `mcl`,
   * `BatchClustering` and `assign`; use -1 for labels of `kmeans`, where 0 is a cluster.
   */
  none?: number;
}

/** How well clusters keep items together that are known to belong together. */
export interface Quality {
  /** The fraction of items that are in a cluster. */
  retention: number;
  /** Of the pairs in clusters, the fraction with the most frequent label of their cluster. NaN if there are no pairs. */
  purity: number;
  /** The fraction of clusters with a purity of at least 0.9. NaN if there are no clusters. */
  purity90: number;
  /**
   * Of the pairs in clusters, the fraction that remains if every label keeps one cluster and every cluster one label,
   * assigned in the order of size, largest first. NaN if there are no pairs.
   */
  consistency: number;
  /** Number of clusters. */
  clusters: number;
  /** Number of items in a cluster, and of all items. */
  clustered: number;
  items: number;
}

/** A cell of the table of clusters and labels: how many pairs have both. */
interface Cell {
  cluster: number;
  label: unknown;
  count: number;
}

/**
 * Quality of clusters of items with known labels, such as sequences and what they bind to.
 *
 * @param clusters the cluster of each pair, a number from 1; 0 (see the option `none`), null, undefined, NaN or a negative
 *   number if it has none
 * @param labels the label of each pair, of any type
 * @returns the measures of clusTCR. For `consistency`, cells of equal size are taken in the order of the data, which can
 *   influence the result
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
  checkNumber(none, 'none');
  if (Number.isNaN(none)) throw rangeError('none must not be NaN, which always means no cluster');
  for (const [name, list] of [
    ['clusters', clusters],
    ['labels', labels],
    ['items', items ?? []],
  ] as const) {
    if (typeof list !== 'object' || list === null || !Number.isSafeInteger(list.length)) {
      throw wrongType(name, 'an array', list);
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
      throw wrongType(`clusters[${i}]`, 'a number or null', cluster);
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
  // The sort is stable: cells of equal size keep the order of the data.
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
