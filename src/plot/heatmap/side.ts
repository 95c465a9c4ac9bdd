/** The rows or the columns of a heat map: their order, their clusters, and where each of them is drawn. */

import { rangeError } from '../../errors.ts';
import { flatClusters } from '../../hierarchy/cut.ts';
import { leafOrder } from '../../hierarchy/traverse.ts';
import { checkLinkage } from '../../hierarchy/validate.ts';
import { allocate } from '../../support/allocate.ts';
import { checkArrayLike, checkNumber } from '../../support/checks.ts';
import { finish } from '../../support/scheduling.ts';
import { describe } from '../../support/text/describe.ts';
import type { Z } from '../../types.ts';

/** Items in the order in which they are drawn. */
export interface Side {
  count: number;
  tree: Z | undefined;
  /** The item at each place. */
  order: ArrayLike<number>;
  /** The cluster of each item, from 1; undefined if the tree is not cut. */
  clusters: Int32Array | undefined;
  /** The first place of each group that is drawn apart, from 0. */
  groups: number[];
}

interface SideWish {
  tree: Z | undefined;
  order: ArrayLike<number> | undefined;
  clusters: number | undefined;
}

/** @param names the names of the options, and 'rows' or 'columns' of X */
export function readSide(
  count: number,
  { tree, order, clusters }: SideWish,
  names: { tree: string; order: string; clusters: string; items: string },
): Side {
  if (tree !== undefined && order !== undefined) {
    throw rangeError(
      `${names.order} is given together with ${names.tree}, which has its own order; give one of them`,
    );
  }
  if (tree === undefined) {
    if (clusters !== undefined)
      throw rangeError(`${names.clusters} needs ${names.tree}, which is cut into clusters`);
    const places =
      order === undefined ? Int32Array.from({ length: count }, (_, i) => i) : checkOrder(order, count, names);
    return { count, tree, order: places, clusters: undefined, groups: [0] };
  }
  const leaves = checkLinkage(tree, names.tree);
  if (leaves !== count) {
    throw rangeError(
      `${names.tree} has ${leaves} leaves; X has ${count} ${names.items}, and each must be a leaf`,
    );
  }
  checkHeights(tree, names.tree);
  const { leaves: places } = leafOrder(tree);
  if (clusters === undefined) return { count, tree, order: places, clusters: undefined, groups: [0] };
  checkNumber(clusters, `${names.clusters}`, 'a number of clusters');
  if (!Number.isInteger(clusters) || clusters < 1 || clusters > count) {
    throw rangeError(
      `${names.clusters} is ${clusters}; it must be a whole number from 1 to ${count}, the number of ${names.items}`,
    );
  }
  const labels = finish(flatClusters(tree, clusters));
  const groups = [0];
  for (let i = 1; i < count; i++) if (labels[places[i]] !== labels[places[i - 1]]) groups.push(i);
  return { count, tree, order: places, clusters: labels, groups };
}

function checkOrder(
  order: unknown,
  count: number,
  names: { order: string; items: string },
): ArrayLike<number> {
  checkArrayLike(order, `${names.order}`, `an array with the index of each of the ${names.items}`);
  const seen = allocate(Uint8Array, count);
  const list = order as ArrayLike<number>;
  for (let i = 0; i < list.length; i++) {
    const item = list[i];
    if (!Number.isInteger(item) || item < 0 || item >= count || seen[item] === 1) {
      throw rangeError(
        `${names.order}[${i}] is ${describe(item)}; it must have each index from 0 to ${count - 1} once`,
      );
    }
    seen[item] = 1;
  }
  if (list.length !== count) {
    throw rangeError(
      `${names.order} has length ${list.length}; it must have each index from 0 to ${count - 1} once`,
    );
  }
  return list;
}

function checkHeights(tree: Z, name: string): void {
  for (let at = 2; at < tree.length; at += 4) {
    if (Number.isFinite(tree[at])) continue;
    throw rangeError(
      `${name}: row ${(at - 2) / 4}, column 2 is ${tree[at]}; heights must be finite to be drawn`,
    );
  }
}

/** Places in pixels along one side of the cells. */
export class Places {
  readonly from: number;
  readonly to: number;
  /** Pixels from one item to the next within a group. */
  readonly step: number;
  readonly #gap: number;
  readonly #groups: readonly number[];
  readonly #count: number;

  /** `gap` is made smaller if the gaps would take more than a fifth of the side. */
  constructor({ count, groups }: Side, from: number, to: number, gap: number) {
    this.from = from;
    this.to = to;
    const gaps = groups.length - 1;
    this.#gap = gaps === 0 ? 0 : Math.min(gap, (0.2 * (to - from)) / gaps);
    this.step = (to - from - gaps * this.#gap) / count;
    this.#groups = groups;
    this.#count = count;
  }

  /** The groups, as ranges of places. */
  get ranges(): [number, number][] {
    return this.#groups.map((begin, i) => [begin, this.#groups[i + 1] ?? this.#count]);
  }

  /** The edge before each place. */
  starts(): Float64Array {
    const out = allocate(Float64Array, this.#count);
    this.ranges.forEach(([begin, end], group) => {
      for (let i = begin; i < end; i++) out[i] = this.from + i * this.step + group * this.#gap;
    });
    return out;
  }
}
