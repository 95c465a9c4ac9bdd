/** Slow, obvious versions of the tree functions: sets of leaves, recursion, definitions word for word. */

/** A node by its definition: the set of its leaves, its height and its two parts. */
export interface Node {
  id: number;
  leaves: Set<number>;
  height: number;
  parts: [Node, Node] | undefined;
}

/** All 2n - 1 nodes by id. */
export function nodesOf(Z: Float64Array): Node[] {
  const n = Z.length / 4 + 1;
  const nodes: Node[] = [];
  for (let leaf = 0; leaf < n; leaf++) {
    nodes.push({ id: leaf, leaves: new Set([leaf]), height: 0, parts: undefined });
  }
  for (let i = 0; i < n - 1; i++) {
    const parts: [Node, Node] = [nodes[Z[4 * i]], nodes[Z[4 * i + 1]]];
    nodes.push({
      id: n + i,
      leaves: new Set([...parts[0].leaves, ...parts[1].leaves]),
      height: Z[4 * i + 2],
      parts,
    });
  }
  return nodes;
}

/** The node and all nodes below it. */
export function below(node: Node): Node[] {
  return node.parts ? [node, ...below(node.parts[0]), ...below(node.parts[1])] : [node];
}

/** The merges at or below a node. */
function mergesBelow(node: Node): Node[] {
  return below(node).filter((m) => m.parts);
}

/** Leaves from left to right. */
export function leavesOf(node: Node): number[] {
  return node.parts ? [...leavesOf(node.parts[0]), ...leavesOf(node.parts[1])] : [node.id];
}

/** The smallest node that has both leaves. */
export function meet(nodes: Node[], i: number, j: number): Node {
  const common = nodes.filter((m) => m.leaves.has(i) && m.leaves.has(j));
  return common.reduce((a, b) => (b.leaves.size < a.leaves.size ? b : a));
}

/** Condensed cophenetic distances: the height of the smallest node that has both. */
export function naiveCophenet(Z: Float64Array): number[] {
  const nodes = nodesOf(Z);
  const n = Z.length / 4 + 1;
  const out: number[] = [];
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) out.push(meet(nodes, i, j).height);
  return out;
}

/** Largest of a statistic (of merge i) at or below each merge. */
export function naiveMaxBelow(Z: Float64Array, statistic: (merge: number) => number): number[] {
  const n = Z.length / 4 + 1;
  return nodesOf(Z)
    .slice(n)
    .map((node) => Math.max(...mergesBelow(node).map((m) => statistic(m.id - n))));
}

/** Clusters are the topmost merges whose statistic is at most t; numbered by a walk that takes subtrees before leaves. */
export function naiveCut(Z: Float64Array, statistic: ArrayLike<number>, t: number): number[] {
  const n = Z.length / 4 + 1;
  const labels = new Array<number>(n).fill(0);
  let next = 0;
  const walk = (node: Node): void => {
    if (!node.parts || statistic[node.id - n] <= t) {
      next++;
      for (const leaf of node.leaves) labels[leaf] = next;
      return;
    }
    for (const part of node.parts) if (part.parts) walk(part);
    for (const part of node.parts) if (!part.parts) walk(part);
  };
  walk(nodesOf(Z)[2 * n - 2]);
  return labels;
}

/** Mean, sample deviation, count and coefficient of the heights within `depth` levels. */
export function naiveInconsistent(Z: Float64Array, depth: number): number[] {
  const n = Z.length / 4 + 1;
  const heights = (node: Node, levels: number): number[] =>
    node.parts && levels > 0
      ? [...heights(node.parts[0], levels - 1), ...heights(node.parts[1], levels - 1), node.height]
      : [];
  return nodesOf(Z)
    .slice(n)
    .flatMap((node) => {
      const h = heights(node, Math.max(1, depth));
      const mean = h.reduce((a, b) => a + b, 0) / h.length;
      const squares = h.reduce((a, b) => a + (b - mean) ** 2, 0);
      const deviation = h.length > 1 ? Math.sqrt(squares / (h.length - 1)) : 0;
      return [mean, deviation, h.length, deviation > 0 ? (node.height - mean) / deviation : 0];
    });
}

/** For each label, the node whose leaves are exactly those with the label; undefined if there is none. */
export function naiveLeaders(Z: Float64Array, T: ArrayLike<number>): Map<number, number | undefined> {
  const nodes = nodesOf(Z);
  const out = new Map<number, number | undefined>();
  for (const label of new Set(Array.from(T))) {
    const members = Array.from(T).flatMap((l, i) => (l === label ? [i] : []));
    const node = nodes.find((m) => m.leaves.size === members.length && members.every((i) => m.leaves.has(i)));
    out.set(label, node?.id);
  }
  return out;
}

/** Labels from 0 by first appearance, after the given merges. */
export function naiveJoin(Z: Float64Array, merges: Iterable<number>): number[] {
  const n = Z.length / 4 + 1;
  const nodes = nodesOf(Z);
  const group = Array.from({ length: n }, (_, i) => i);
  for (const merge of merges) {
    const members = [...nodes[n + merge].leaves];
    const least = Math.min(...members.map((i) => group[i]));
    for (const i of members) group[i] = least;
  }
  const seen = [...new Set(group)];
  return group.map((g) => seen.indexOf(g));
}
