import { rangeError } from '../errors.ts';
import { describe } from '../support/text/describe.ts';

/**
 * Disjoint sets that can be merged and queried (union-find).
 *
 * Elements are compared as the keys of a Map. Iteration is in the order of insertion.
 * Cost: a merge or a query takes practically constant time (path halving, union by size); `subset` and `subsets` take
 * time proportional to the size of their results.
 * Errors: RangeError if a method gets an element that was not added.
 * Source: scipy.cluster.hierarchy.DisjointSet; Tarjan & van Leeuwen 1984, doi:10.1145/62.2160.
 */
export class DisjointSet<T> implements Iterable<T> {
  /** Index of each element in the arrays below: its order of insertion. */
  readonly #places = new Map<T, number>();
  readonly #elements: T[] = [];
  readonly #parents: number[] = [];
  /** For a root: the number of elements of its set. */
  readonly #sizes: number[] = [];
  /**
   * The next element of the same set. The elements of a set form a ring, so a set is listed without visiting others.
   */
  readonly #next: number[] = [];
  #subsets = 0;

  constructor(elements: Iterable<T> = []) {
    for (const x of elements) this.add(x);
  }

  /** The number of sets. */
  get nSubsets(): number {
    return this.#subsets;
  }

  /** The number of elements. */
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

  /** Add an element as a set of its own. It has no effect if the element was added before. */
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

  /** The element that represents the set of `x`. It is the same for all elements of a set until the next merge. */
  find(x: T): T {
    return this.#elements[this.#root(x)];
  }

  /**
   * Merge the sets of `x` and `y`. The root of the larger set stays; if the sizes are equal, the root that was added
   * first.
   *
   * Returns: whether they were two different sets.
   */
  merge(x: T, y: T): boolean {
    let a = this.#root(x);
    let b = this.#root(y);
    if (a === b) return false;
    const sizes = this.#sizes;
    if (sizes[a] < sizes[b] || (sizes[a] === sizes[b] && b < a)) [a, b] = [b, a];
    this.#parents[b] = a;
    sizes[a] += sizes[b];
    // Swapping the two next links joins the two rings.
    const next = this.#next;
    [next[a], next[b]] = [next[b], next[a]];
    this.#subsets--;
    return true;
  }

  /** Whether `x` and `y` are in the same set. */
  connected(x: T, y: T): boolean {
    return this.#root(x) === this.#root(y);
  }

  /** The elements of the set of `x`, beginning with `x`. */
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

  /** The number of elements in the set of `x`. The elements are not listed. */
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
