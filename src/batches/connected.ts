import { allocate } from '../support/allocate.ts';

/**
 * Connected sequences (union-find over numbers of rows), while edges pass by. No edge is kept, so the memory does not depend
 * on their number.
 */
export class Connected {
  edges = 0;
  /** One for each row: the row that it is connected to, plus 1; 0 without edges. */
  readonly #parents: Int32Array;

  constructor(rows: number) {
    this.#parents = allocate(Int32Array, rows);
  }

  add(i: number, j: number): void {
    this.edges++;
    const [a, b] = [this.rootOf(i), this.rootOf(j)];
    // The lower row stays the root.
    this.#parents[Math.max(a, b)] = Math.min(a, b) + 1;
  }

  has(i: number): boolean {
    return this.#parents[i] !== 0;
  }

  /** The lowest row that is connected with this one. */
  rootOf(i: number): number {
    const parents = this.#parents;
    if (parents[i] === 0) parents[i] = i + 1;
    while (parents[i] !== i + 1) {
      parents[i] = parents[parents[i] - 1];
      i = parents[i] - 1;
    }
    return i;
  }

  /**
   * Sequences that have edges, and the most that are connected.
   * @param counts one for each row, 0
   */
  sizes(counts: Uint32Array): { nodes: number; largest: number } {
    let nodes = 0;
    let largest = 0;
    for (let i = 0; i < counts.length; i++) {
      if (!this.has(i)) continue;
      largest = Math.max(largest, ++counts[this.rootOf(i)]);
      nodes++;
    }
    return { nodes, largest };
  }
}
