/** The tree beside the rows, or above the columns. */

import { allocate } from '../../support/allocate.ts';
import type { Box } from '../drawing/frame.ts';
import { clusterSlot } from '../drawing/palette.ts';
import { el, group, num } from '../drawing/svg.ts';
import type { Paint, Theme } from '../drawing/theme.ts';
import type { Places, Side } from './side.ts';

/** A subtree that is narrower than this is drawn as one line. */
const NARROW = 0.7;

/**
 * Draw the links. The links within a cluster have its colour, that of the other pictures.
 * @param upright whether the tree stands above the columns; else it lies on the left of the rows
 */
export function drawSideTree(side: Side, places: Places, box: Box, upright: boolean, theme: Theme): string {
  const { tree: Z, count: n, order, clusters } = side;
  if (!Z) return '';
  const nodes = 2 * n - 1;
  const at = allocate(Float64Array, nodes);
  const low = allocate(Float64Array, nodes);
  const high = allocate(Float64Array, nodes);
  const cluster = allocate(Int32Array, nodes);
  const starts = places.starts();
  for (let i = 0; i < n; i++) {
    const leaf = order[i];
    at[leaf] = low[leaf] = high[leaf] = starts[i] + places.step / 2;
    cluster[leaf] = clusters?.[leaf] ?? 0;
  }
  let highest = 0;
  for (let i = 0; i < n - 1; i++) {
    const [a, b] = [Z[4 * i], Z[4 * i + 1]];
    at[n + i] = (at[a] + at[b]) / 2;
    low[n + i] = Math.min(low[a], low[b]);
    high[n + i] = Math.max(high[a], high[b]);
    cluster[n + i] = cluster[a] === cluster[b] ? cluster[a] : 0;
    highest = Math.max(highest, Z[4 * i + 2]);
  }
  const depth = upright ? box.bottom - box.top : box.right - box.left;
  const scale = highest > 0 ? depth / highest : 0;
  const foot = upright ? box.bottom : box.right;
  const reach = (node: number) =>
    node < n || high[node] - low[node] < NARROW ? foot : foot - Z[4 * (node - n) + 2] * scale;
  const byColor = new Map<number, string[]>();
  for (let i = n - 2; i >= 0; i--) {
    if (high[n + i] - low[n + i] < NARROW) continue;
    const [a, b] = [Z[4 * i], Z[4 * i + 1]].sort((one, two) => at[one] - at[two]);
    const top = num(foot - Z[4 * i + 2] * scale);
    const path = upright
      ? `M${num(at[a])},${num(reach(a))}V${top}H${num(at[b])}V${num(reach(b))}`
      : `M${num(reach(a))},${num(at[a])}H${top}V${num(at[b])}H${num(reach(b))}`;
    const list = byColor.get(cluster[n + i]);
    if (list) list.push(path);
    else byColor.set(cluster[n + i], [path]);
  }
  const paths = Array.from(byColor.keys())
    .sort((a, b) => b - a)
    .map((label) => {
      const stroke: Paint = label === 0 ? (clusters ? 'C0' : 'soft') : clusterSlot(label - 1);
      return el('path', { d: byColor.get(label)?.join(''), ...theme.paint({ stroke }) });
    });
  const width = places.step >= 6 ? 1.2 : places.step >= 2 ? 0.9 : 0.6;
  const name = upright ? 'column-tree' : 'row-tree';
  return group({ class: name, fill: 'none', 'stroke-width': width, 'stroke-linejoin': 'round' }, paths);
}
