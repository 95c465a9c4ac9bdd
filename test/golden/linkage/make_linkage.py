#!/usr/bin/env python3
"""Golden linkage matrices by SciPy: seven methods, from vectors and from condensed distances.

Needs: python3-numpy, python3-scipy. Takes: seconds. Writes: linkage.json.
"""
import numpy as np
import scipy
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import pdist

import golden

METHODS = ["single", "complete", "average", "weighted", "centroid", "median", "ward"]
GAP = 1e-12


def distinct(v):
    v = np.sort(v)
    return bool((np.diff(v) > GAP * np.abs(v[1:])).all())


inputs, cases = [], []


def add(name, data, methods=METHODS, metric="euclidean"):
    """data: vectors (2-D) or condensed distances (1-D)."""
    vectors = data.ndim == 2
    known = [i["name"] for i in inputs]
    if name not in known:
        n = len(data) if vectors else int(round((1 + (1 + 8 * len(data)) ** 0.5) / 2))
        inputs.append({"name": name, "kind": "vectors" if vectors else "distances", "n": n,
                       "rows": len(data) if vectors else 1, "cols": data.shape[-1], "data": data})
    y = pdist(data, metric) if vectors else data
    for m in methods:
        Z = linkage(data, m, metric)
        assert np.isfinite(Z).all(), (name, m)
        cases.append({"input": name, "method": m, "metric": metric, "ties": not (distinct(y) and distinct(Z[:, 2])), "Z": Z})


def uniform(seed, *shape):
    return np.random.RandomState(seed).uniform(-1, 1, shape)


def integers(seed, hi, *shape):
    return np.random.RandomState(seed).randint(0, hi, shape).astype(float)


for n in (2, 3, 5, 10, 40):
    for d in (1, 2, 5, 33):
        add("uniform %d x %d" % (n, d), uniform(n * 100 + d, n, d).round(9 if d < 5 else 4))
for n in (2, 3, 5, 10, 40):
    # Not the distances of any points. Kept within a factor of two: where they are not, centroid and median can ask
    # SciPy for the root of a negative number.
    add("random distances %d" % n, (1.5 + uniform(n, n * (n - 1) // 2) / 2).round(7))
add("random distances, wide 10", ((1 + uniform(77, 45)) / 2).round(7), ["single", "complete", "average", "weighted", "ward"])
add("uniform 150 x 2", uniform(1, 150, 2).round(7))
add("uniform 150 x 33", uniform(2, 150, 33).round(6), ["average", "centroid", "ward"])
add("uniform 500 x 1", uniform(3, 500, 1), ["single"])
add("uniform 500 x 2", uniform(4, 500, 2).round(8), ["average", "ward"])
add("grid 4 x 4", np.array([[i, j] for i in range(4) for j in range(4)], float))
add("grid 36 of 6 x 6, shuffled", np.random.RandomState(5).permutation(np.array([[i, j] for i in range(6) for j in range(6)], float)))
add("integers 30 x 1", integers(6, 12, 30, 1))
add("integers 25 x 3", integers(7, 3, 25, 3))
x = uniform(8, 6, 3).round(4)
add("each row twice", np.repeat(x, 2, axis=0))
add("rows repeated in blocks", np.vstack([x, x, x[:2]]))
add("same row 6 times", np.repeat(x[:1], 6, axis=0))
add("zero vectors 5 x 2", np.zeros((5, 2)))
add("zero distances 6", np.zeros(15))
add("equal distances 6", np.full(15, 2.0))
add("integer distances 9", 1 + integers(9, 4, 36), ["single", "complete", "average", "weighted", "ward"])
add("integer distances within a factor of two 9", 4 + integers(9, 4, 36))
add("line 1..12", np.arange(12.0)[:, None])
add("powers of two", 2.0 ** np.arange(10)[:, None])
add("5 x 1000", uniform(10, 5, 1000).round(2))
add("large offset", uniform(11, 12, 2).round(7) + 1e6)
add("tiny", uniform(12, 8, 2) * 1e-150)
add("huge", uniform(13, 8, 2) * 1e150)
for metric in ("cityblock", "cosine", "chebyshev", "correlation"):
    add("uniform 10 x 5", uniform(1005, 10, 5).round(4), ["single", "complete", "average", "weighted"], metric)

golden.write("linkage/linkage.json", {
    "generator": "make_linkage.py", "versions": golden.versions(scipy),
    "tolerance": {"heights": "1e-10 relative, and 1e-12 of the largest height absolute; single: equal",
                  "indices, counts": "equal where ties is false; where it is true SciPy's own choice is recorded"},
    "notes": ["ties: two of the pairwise distances or of the heights lie within 1e-12 relative",
              "inputs[].kind is vectors (rows x cols) or distances (condensed, of n points)",
              "where ties is true even the heights may depend on which pair is merged first (not for single)"],
}, inputs=inputs, cases=cases)
