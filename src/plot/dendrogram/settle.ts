/** What a tree's picture shows, before it is laid out: leaves, links, colours and cuts. */

import { rangeError } from '../../errors.ts';
import { type Dendrogram, type DendrogramOptions, layDendrogram } from '../../hierarchy/dendrogram.ts';
import { checkDendrogram } from '../../hierarchy/dendrogram-options.ts';
import { checkLinkage } from '../../hierarchy/validate.ts';
import { checkNumber } from '../../support/checks.ts';
import type { Z } from '../../types.ts';
import { countOf, countText } from '../drawing/numbers.ts';
import { checkRange } from '../drawing/options.ts';
import { clusterColors, type Stem, stemsOf } from './clusters.ts';
import { type CutLabel, cutLabels } from './cut-lines.ts';

/** Trees with more leaves than this are truncated unless `truncateMode` says otherwise. */
const MOST_LEAVES = 200;

export interface SettledTree {
  /** Number of observations. */
  n: number;
  data: Dendrogram;
  /** The lower ends of leaves that are clusters of their own. */
  stems: Stem[];
  cuts: CutLabel[];
}

/**
 * Lay the tree out and choose its colours.
 * @throws errors of `dendrogram`; RangeError for a height that is not finite; TypeError or RangeError for a bad `maxD`
 */
export function settleTree(
  Z: Z,
  options: DendrogramOptions & { maxD?: number | readonly number[] },
): SettledTree {
  const n = checkLinkage(Z);
  for (let i = 0; i < n - 1; i++) {
    const height = Z[4 * i + 2];
    if (!Number.isFinite(height)) {
      throw rangeError(`Z: row ${i}, column 2 is ${height}; heights must be finite to be drawn`);
    }
  }
  const maxD = checkCuts(options.maxD);
  const truncated = options.truncateMode === undefined && n > MOST_LEAVES;
  const settled: DendrogramOptions = {
    ...options,
    truncateMode: truncated ? 'lastp' : options.truncateMode,
    colorThreshold: options.colorThreshold ?? (maxD.length > 0 ? Math.min(...maxD) : undefined),
    getLeaves: true,
  };
  const settings = checkDendrogram(Z, n, settled);
  const colorOf = options.linkColorFunc ?? clusterColors(Z, n, settings);
  const data = layDendrogram(Z, { ...settled, linkColorFunc: colorOf });
  const stems = stemsOf(Z, n, data, settings, colorOf, !options.linkColorFunc);
  return { n, data, stems, cuts: cutLabels(Z, maxD) };
}

/** The height of the highest link. */
export function largestHeight({ dcoord }: Dendrogram): number {
  return dcoord.reduce((max, quad) => Math.max(max, quad[1]), 0);
}

/** The note on what truncation leaves out; undefined if it leaves out nothing. */
export function truncationNote({ n, data }: SettledTree): string | undefined {
  const cropped = data.leaves.some((node) => node >= n);
  return cropped ? `truncated: ${countOf(n, 'observation')} in ${data.leaves.length} leaves` : undefined;
}

/** The description of a tree for screen readers. */
export function describeTree({ n, data, cuts }: SettledTree, hang: boolean): string {
  const largest = largestHeight(data);
  const parts = [`A tree of ${countText(n)} observations; the highest merge is at ${largest}.`];
  if (data.leaves.length < n) parts.push(`It is truncated to ${countText(data.leaves.length)} leaves.`);
  if (hang) parts.push('Leaves begin just below their first merge.');
  for (const cut of cuts) parts.push(`Cut at ${cut.label}.`);
  return parts.join(' ');
}

function checkCuts(maxD: unknown): number[] {
  if (maxD === undefined) return [];
  const list = Array.isArray(maxD) ? maxD : [maxD];
  list.forEach((cut, i) => {
    const name = Array.isArray(maxD) ? `maxD[${i}]` : 'maxD';
    checkNumber(cut, name, 'a height or an array of heights');
    checkRange(name, cut, 0);
  });
  return list;
}
