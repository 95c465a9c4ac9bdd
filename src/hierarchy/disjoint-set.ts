import { rangeError } from '../errors.ts';
import { describe } from '../support/describe.ts';

/**
 * Sets without common elements, which can be merged and asked for (union-find).
 *
 * Elements are told apart as a Map tells keys apart; they iterate in the order of insertion.
 * Cost: a merge or a question takes practically constant time (path halving, union by size); `subset` and `subsets`
 * take as long as their results.
 * Errors: RangeError if a method is asked about an element that was not added.
 * Source: scipy.cluster.hierarchy.DisjointSet; Tarjan & van Leeuwen 1984, doi:10.1145/62.2160.
 */
export class DisjointSet<T> implements Iterable<T> {
  /** Place of each element in the arrays below: its order of insertion. */
  readonly #places = new Map<T, number>();
  readonly #elements: T[] = [];
  readonly #parents: number[] = [];
  /** Of a root: the elements of its set. */
  readonly #sizes: number[] = [];
  /** The elements of a set in a ring, so that a set can be listed without looking at the others. */
  readonly #next: number[] = [];
  #subsets = 0;

  constructor(elements: Iterable<T> = []) {
    for (const x of elements) this.add(x);
  }

  /** How many sets there are. */
  get nSubsets(): number {
    return this.#subsets;
  }

  /** How many elements there are. */
  get length(): number {
    return this.#elements.length;
  }

  /** The elements in the order in which they were added. */
  [Symbol.iterator](): IterableIterator<T> {
    return this.#places.keys();
  }

  has(x: T): boolean {
    return this.#places.has(x);
  }

  /** Add an element as a set of its own; nothing happens if it is there. */
  add(x: T): void {
    if (this.#places.has(x)) return;
    const place = this.#elements.length;
    this.#places.set(x, place);
    this.#elements.push(x);
    this.#parents.push(place);
    this.#sizes.push(1);
    this.#next.push(place);
    this.#subsets++;
  }

  /** The element that stands for the set of `x`; it is the same for all elements of a set until the next merge. */
  find(x: T): T {
    return this.#elements[this.#root(x)];
  }

  /**
   * Make one set of those of `x` and `y`. The larger keeps its root; of equals, the root that was added first.
   *
   * Returns: whether they were two.
   */
  merge(x: T, y: T): boolean {
    let a = this.#root(x);
    let b = this.#root(y);
    if (a === b) return false;
    const sizes = this.#sizes;
    if (sizes[a] < sizes[b] || (sizes[a] === sizes[b] && b < a)) [a, b] = [b, a];
    this.#parents[b] = a;
    sizes[a] += sizes[b];
    // Crossing two links makes one ring of two.
    const next = this.#next;
    [next[a], next[b]] = [next[b], next[a]];
    this.#subsets--;
    return true;
  }

  /** Whether `x` and `y` are in one set. */
  connected(x: T, y: T): boolean {
    return this.#root(x) === this.#root(y);
  }

  /** The elements of the set of `x`, from `x` on. */
  subset(x: T): Set<T> {
    const first = this.#place(x);
    const out = new Set<T>();
    let at = first;
    do {
      out.add(this.#elements[at]);
      at = this.#next[at];
    } while (at !== first);
    return out;
  }

  /** How many elements the set of `x` has, without listing them. */
  subsetSize(x: T): number {
    return this.#sizes[this.#root(x)];
  }

  /** All sets, in the order of their first elements. */
  subsets(): Set<T>[] {
    const out: Set<T>[] = [];
    const seen = new Uint8Array(this.length);
    for (let place = 0; place < this.length; place++) {
      if (seen[place]) continue;
      const set = new Set<T>();
      for (let at = place; !seen[at]; at = this.#next[at]) {
        seen[at] = 1;
        set.add(this.#elements[at]);
      }
      out.push(set);
    }
    return out;
  }

  #place(x: T): number {
    const place = this.#places.get(x);
    if (place === undefined) {
      throw rangeError(`x is ${describe(x)}, which is not in the disjoint set; it has to be added first`);
    }
    return place;
  }

  #root(x: T): number {
    const parents = this.#parents;
    let at = this.#place(x);
    while (parents[at] !== at) {
      parents[at] = parents[parents[at]];
      at = parents[at];
    }
    return at;
  }
}
