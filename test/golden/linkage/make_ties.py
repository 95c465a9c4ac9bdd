#!/usr/bin/env python3
"""Golden linkage matrices by SciPy of whole numbers, whose distances tie: complete, average, weighted.

Needs: python3-numpy, python3-scipy. Takes: seconds. Writes: ties.json.
"""
import numpy as np
import scipy
from scipy.cluster.hierarchy import linkage

import golden

inputs, cases = [], []
for name, seed, high, n, cols in [("1200 x 3", 1, 6, 1200, 3), ("1050 x 2", 2, 40, 1050, 2), ("200 x 4", 3, 2, 200, 4)]:
    data = np.random.RandomState(seed).randint(0, high, (n, cols)).astype(float)
    inputs.append({"name": name, "rows": n, "cols": cols, "data": data})
    for method in ("complete", "average", "weighted"):
        Z = linkage(data, method)
        # Of distinct heights, which are few, each once.
        heights, which = np.unique(Z[:, 2], return_inverse=True)
        cases.append({"input": name, "method": method, "pairs": Z[:, :2], "heights": heights, "height": which})

golden.write("linkage/ties.json", {
    "generator": "make_ties.py", "versions": golden.versions(scipy),
    "tolerance": {"pairs": "equal", "heights": "equal to the last bit"},
    "notes": ["pairs: the first two columns of Z; heights[height[k]] is the height of merge k"],
}, inputs=inputs, cases=cases)
