#!/usr/bin/env python3
"""Golden optimal leaf orders by SciPy: optimal_leaf_ordering and linkage(..., optimal_ordering=True).

SciPy's order is often not the best (scipy/scipy#11227, open since 2019; SciPy 1.10 and 1.17 agree): its table of partial
costs is right, in float32, but it settles whether to swap the children of a node by the best order of the node's parent
taken alone, and never reads the choice back from the root. So the least cost there is, by a plain dynamic programme
over all orders the tree allows, stands beside SciPy's.

Needs: python3-numpy, python3-scipy. Takes: seconds. Writes: optimal_ordering.json.
"""
import warnings

import numpy as np
import scipy
import scipy.cluster.hierarchy as h
from scipy.spatial.distance import pdist, squareform

import golden

warnings.simplefilter("ignore")
METHODS = ["single", "complete", "average", "weighted", "centroid", "median", "ward"]
inputs, cases = [], []


def cost(Z, y):
    """What the order should make least: the sum of the distances between neighbouring leaves."""
    order = h.leaves_list(Z)
    return squareform(y)[order[:-1], order[1:]].sum()


def least(Z, y):
    """The least cost over the 2^(n-1) orders: for each subtree the best by its two end leaves (Bar-Joseph 2001)."""
    D = squareform(y)
    n = len(D)
    parts = [(np.array([i]), np.zeros((1, 1))) for i in range(n)]
    for a, b in Z[:, :2].astype(int):
        (la, A), (lb, B) = parts[a], parts[b]
        via = (A[:, :, None] + D[np.ix_(la, lb)][None]).min(axis=1)  # end in a, first leaf of b
        M = (via[:, :, None] + B[None]).min(axis=1)
        both = np.full((len(la) + len(lb),) * 2, np.inf)
        both[:len(la), len(la):] = M
        both[len(la):, :len(la)] = M.T
        parts.append((np.concatenate([la, lb]), both))
    return parts[-1][1].min()


def add(name, data, methods=METHODS, metric="euclidean"):
    vectors = data.ndim == 2
    y = pdist(data, metric) if vectors else data
    if name not in [i["name"] for i in inputs]:
        inputs.append({"name": name, "kind": "vectors" if vectors else "distances", "rows": len(data) if vectors else 1,
                       "cols": data.shape[-1], "data": data})
    s = np.sort(y)
    for m in methods:
        Z = h.linkage(data, m, metric)
        # ties: equal distances, or equal heights, leave more than one best order or tree
        hs = np.sort(Z[:, 2])
        ties = bool((np.diff(s) <= 1e-12 * s[1:]).any() or (np.diff(hs) <= 1e-12 * hs[1:]).any())
        O = h.optimal_leaf_ordering(Z, data, metric)
        via = h.linkage(data, m, metric, optimal_ordering=True)
        assert (O == via).all()
        swapped = (O[:, 0] != Z[:, 0]).astype(int)
        assert (O[:, 2:] == Z[:, 2:]).all() and (np.sort(O[:, :2], axis=1) == np.sort(Z[:, :2], axis=1)).all()
        best = least(Z, y)
        assert best <= cost(O, y) * (1 + 1e-12)
        cases.append({"best_cost": best, "optimal": bool(cost(O, y) <= best * (1 + 1e-12)), "input": name, "method": m, "metric": metric, "ties": ties, "Z": Z, "swapped": swapped,
                      "leaves_before": h.leaves_list(Z), "leaves": h.leaves_list(O),
                      "cost_before": cost(Z, y), "cost": cost(O, y)})


def uniform(seed, *shape):
    return np.random.RandomState(seed).uniform(-1, 1, shape)


for n in (2, 3, 4, 5, 7, 10, 16):
    add("points %d x 2" % n, uniform(n, n, 2).round(8))
for n in (3, 6, 12):
    add("random distances %d" % n, (1.5 + uniform(50 + n, n * (n - 1) // 2) / 2).round(7))
add("points 31 x 3", uniform(31, 31, 3).round(8), ["single", "average", "ward"])
add("points 60 x 4", uniform(60, 60, 4).round(8), ["single", "complete", "centroid", "ward"])
add("line of 20, shuffled", np.random.RandomState(3).permutation(20).astype(float)[:, None], ["single", "average", "ward"])
add("uniform line 15", uniform(15, 15, 1).round(8), ["single", "average", "ward"])
add("grid 4 x 4", np.array([[i, j] for i in range(4) for j in range(4)], float))
add("integers 24 x 2", np.random.RandomState(4).randint(0, 6, (24, 2)).astype(float), ["single", "complete", "average", "ward"])
add("equal distances 7", np.ones(21), ["single", "complete", "average", "ward"])
add("zero distances 5", np.zeros(10), ["single", "average", "ward"])
add("each row twice", np.repeat(uniform(8, 6, 2).round(5), 2, axis=0), ["single", "average", "ward"])
add("points 10 x 2", uniform(10, 10, 2).round(8), ["single", "average", "complete"], "cityblock")

golden.write("linkage/optimal_ordering.json", {
    "generator": "make_optimal_ordering.py", "versions": golden.versions(scipy),
    "tolerance": {"swapped, leaves": "equal where ties is false, to one who follows SciPy's order", "best_cost": "1e-10 relative, "
                  "always, to one who finds the best", "cost": "1e-10 relative where ties is false"},
    "notes": ["Z is linkage without ordering; the ordered Z has the same rows, the two children swapped where swapped is 1",
              "linkage(..., optimal_ordering=True) gave the same Z as optimal_leaf_ordering(Z, data) in every case",
              "cost: sum of the distances between neighbouring leaves in SciPy's order; best_cost: the least there is; optimal: "
                  "whether they are the same",
              "kind: vectors (rows x cols) or distances (condensed)"],
}, inputs=inputs, cases=cases)
