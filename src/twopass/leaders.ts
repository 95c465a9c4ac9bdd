/**
 * Leaders: the rows that represent each cluster of the sample in the second pass.
 *
 * If a cluster has several leaders, its subtree is cut into that many parts, and each part gets one leader. So leaders are
 * spread over the cluster instead of being close to its middle. ('random' draws from the whole cluster, as in MDTraj's example,
 * but never the same row twice.)
 */

import { medoid } from '../distance/medoid.ts';
import { prepareRows } from '../distance/space.ts';
import { leadersSteps } from '../hierarchy/leaders.ts';
import { type LeafOrder, leafOrderSteps } from '../hierarchy/traverse.ts';
import type { Engine } from '../runtime/engine.ts';
import type { RunState } from '../runtime/run.ts';
import { Random } from '../support/numbers/random.ts';
import { drive, pause } from '../support/scheduling.ts';
import type { FloatArray, Matrix, Z } from '../types.ts';
import type { LeaderLayout } from './fit-plan.ts';
import type { Pick } from './options.ts';

/** Number of products or sums that take less than a millisecond. */
const BRIEF = 2 ** 20;

interface Leaders {
  leaders: Matrix;
  /** The cluster of each leader, ascending. */
  labels: Int32Array;
  /** The index of each leader in the sample, or -1 for a centroid, which is not a row. */
  places: Int32Array;
}

/** The leaves below a node, ascending. */
function leavesBelow({ leaves, start, counts }: LeafOrder, node: number): Int32Array {
  const n = leaves.length;
  const count = node < n ? 1 : counts[node - n];
  return leaves.slice(start[node], start[node] + count).sort();
}

/** Cut the subtree of a node into at most `parts` subtrees, by undoing the highest merges. */
function splitSubtree(Z: Z, node: number, parts: number): number[] {
  const n = Z.length / 4 + 1;
  const nodes = [node];
  while (nodes.length < parts) {
    let highest = -1;
    for (let i = 0; i < nodes.length; i++) {
      if (nodes[i] < n) continue;
      if (highest < 0 || Z[4 * (nodes[i] - n) + 2] > Z[4 * (nodes[highest] - n) + 2]) highest = i;
    }
    if (highest < 0) break;
    const row = 4 * (nodes[highest] - n);
    nodes.splice(highest, 1, Z[row], Z[row + 1]);
  }
  return nodes;
}

/**
 * Pick leaders for every cluster of the sample.
 *
 * @param layout layout of the first pass; its distances are overwritten, its sample is not
 * @param n number of rows in the sample
 */
export async function pickLeaders(
  engine: Engine,
  layout: LeaderLayout,
  n: number,
  Z: Z,
  T: Int32Array,
  options: { perCluster: number; pick: Pick },
  run: RunState,
): Promise<Leaders> {
  const { space } = layout;
  const { cols } = space;
  const sample = engine.floats(space.input, layout.sample.input, n * cols);
  const random = new Random(run.seed);
  const { signal } = run;
  const { L, M } = await drive(leadersSteps(Z, T), signal);
  const order = await drive(leafOrderSteps(Z), signal);
  // Labels count from 1, and each label has exactly one root.
  const roots = new Int32Array(L.length);
  for (let i = 0; i < L.length; i++) roots[M[i] - 1] = L[i];

  const rows: FloatArray[] = [];
  const labels: number[] = [];
  const places: number[] = [];
  const keep = (label: number, at: number, row: FloatArray) => {
    labels.push(label);
    places.push(at);
    rows.push(row);
  };
  const rowAt = (row: number) => sample.slice(row * cols, (row + 1) * cols);

  for (const [i, root] of roots.entries()) {
    const label = i + 1;
    run.progress({ phase: 'leaders', done: i, total: roots.length });
    await pause(signal);
    if (options.pick === 'random') {
      const { draw } = await import('./other-leaders.ts');
      for (const row of draw(leavesBelow(order, root), options.perCluster, random))
        keep(label, row, rowAt(row));
      continue;
    }
    const parts = splitSubtree(Z, root, options.perCluster).map((node) => leavesBelow(order, node));
    const found: { at: number; order: number; row: FloatArray }[] = [];
    for (const part of parts) {
      if (options.pick === 'medoid' || part.length === 1) {
        const at = await medoid(engine, layout, sample, part, signal);
        found.push({ at, order: at, row: rowAt(at) });
      } else if (space.metric === 'rmsd') {
        const first = await medoid(engine, layout, sample, part, signal);
        const { meanStructure } = await import('../distance/superpose.ts');
        const laid = meanStructure(part.length, (k) => rowAt(part[k]), rowAt(first));
        const mean = await drive(laid, signal);
        found.push({ at: -1, order: part[0], row: mean });
      } else {
        const { meanRow } = await import('./other-leaders.ts');
        found.push({ at: -1, order: part[0], row: await drive(meanRow(sample, cols, part), signal) });
      }
    }
    found.sort((a, b) => a.order - b.order);
    for (const { at, row } of found) keep(label, at, row);
  }
  run.progress({ phase: 'leaders', done: roots.length, total: roots.length });

  let asFloat32 = space.input === 'f4';
  if (asFloat32 && options.pick === 'centroid') {
    const { offsetsOf } = await import('./far-leaders.ts');
    asFloat32 = !(await offsetsOf(engine.floats('f4', layout.sample.input, n * cols), cols, signal));
  }
  const data = asFloat32 ? new Float32Array(rows.length * cols) : new Float64Array(rows.length * cols);
  for (const [i, row] of rows.entries()) {
    data.set(row, i * cols);
    await pause(signal);
  }
  return {
    leaders: { data, rows: rows.length, cols },
    labels: Int32Array.from(labels),
    places: Int32Array.from(places),
  };
}

/**
 * The fraction of the sample's rows whose nearest leader belongs to their own cluster, computed as in `assign`.
 * @param T the cluster of each row of the sample
 */
export async function agreementOf(
  engine: Engine,
  layout: LeaderLayout,
  T: Int32Array,
  { leaders, labels }: Leaders,
  signal: AbortSignal | undefined,
): Promise<number> {
  const { space, sample } = layout;
  const work = (rows: Matrix) => countOwn(engine, layout, T, rows, labels, signal);
  if (space.input === 'f8' || leaders.data instanceof Float32Array) return work(leaders);
  const { withOffsets } = await import('./far-leaders.ts');
  const rows = () => engine.floats('f4', sample.input, T.length * space.cols);
  return withOffsets(rows, leaders, space.metric, signal, work);
}

async function countOwn(
  engine: Engine,
  layout: LeaderLayout,
  T: Int32Array,
  leaders: Matrix,
  labels: Int32Array,
  signal: AbortSignal | undefined,
): Promise<number> {
  const { space, sample, members, scratch, block, sums } = layout;
  const n = T.length;
  await engine.write(members.input, leaders.data, signal, space.input);
  await prepareRows(engine, space, members, leaders.rows, signal);
  await prepareRows(engine, space, sample, n, signal);
  // The block has room for the distances from one row to all, so also for one number per row.
  const call = space.assign(sample, members, leaders.rows, scratch, block, sums);
  const brief = n * leaders.rows * space.cols <= BRIEF;
  await engine.tiles(call, 0, n, { signal, brief });
  const nearest = engine.i32(block, n);
  let own = 0;
  for (let i = 0; i < n; i++) if (labels[nearest[i]] === T[i]) own++;
  return own / n;
}
