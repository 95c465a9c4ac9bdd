#!/usr/bin/env python3
"""Golden linkage matrices by SciPy of rows of length 1: ward and centroid "over cosine" and "over correlation".

Needs: python3-numpy, python3-scipy. Takes: seconds. Writes: unit_length.json.
"""
import numpy as np
import scipy
from scipy.cluster.hierarchy import linkage

import golden

rng = np.random.default_rng(12)
X = rng.normal(size=(60, 7)) * rng.uniform(0.1, 50, size=(60, 1)) + rng.normal(size=(60, 1))
cases = []
for metric in ["cosine", "correlation"]:
    rows = X - X.mean(axis=1, keepdims=True) if metric == "correlation" else X
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    for method in ["ward", "centroid"]:
        cases.append({"metric": metric, "method": method, "Z": linkage(unit, method, "euclidean")})
golden.write("linkage/unit_length.json", {
    "versions": golden.versions(scipy),
    "tolerance": {"heights": "1e-10 relative"},
    "rows": 60, "cols": 7, "data": X,
}, cases=cases)
