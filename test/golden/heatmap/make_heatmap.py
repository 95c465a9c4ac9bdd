#!/usr/bin/env python3
"""Golden heat maps by seaborn: the orders, the trees and the scaled values of clustermap.

Cases: a small table made here, which the file holds; and ../shared/cases/tables/expr.csv, if it is there, of which the file
holds only the answers. Robust limits are those of seaborn's heatmap.

Needs: python3-seaborn. Takes: a minute. Writes: heatmap.json.
"""
import os

import matplotlib

matplotlib.use("agg")
import numpy as np
import pandas as pd
import scipy
import scipy.cluster.hierarchy as h
import seaborn as sns

import golden

rng = np.random.RandomState(15)
groups = rng.normal(size=(4, 9)) * 2
small = np.round(np.array([groups[i % 4] for i in range(30)]) + rng.normal(size=(30, 9)), 3)
tables = {"small": pd.DataFrame(small)}
EXPR = os.path.join(golden.HERE, "../../../shared/cases/tables/expr.csv")
if os.path.exists(EXPR):
    tables["expr"] = np.log2(pd.read_csv(EXPR, index_col=0) + 1)
CALLS = [
    dict(),
    dict(z_score=0),
    dict(z_score=1),
    dict(standard_scale=0),
    dict(standard_scale=1, method="ward"),
    dict(method="complete", metric="cityblock"),
    dict(z_score=0, method="average", metric="correlation"),
]
cases = []
for name, frame in tables.items():
    for call in CALLS:
        grid = sns.clustermap(frame, **call)
        matplotlib.pyplot.close("all")
        row, col = grid.dendrogram_row, grid.dendrogram_col
        method, metric = call.get("method", "average"), call.get("metric", "euclidean")
        # SciPy itself gives the same trees.
        assert np.array_equal(h.linkage(grid.data2d.loc[:, :].iloc[np.argsort(row.reordered_ind)].iloc[:, np.argsort(col.reordered_ind)], method, metric)[:, 3], row.linkage[:, 3])
        data = grid.data2d.iloc[np.argsort(row.reordered_ind), np.argsort(col.reordered_ind)].values
        case = dict(table=name, call=call, rowOrder=row.reordered_ind, colOrder=col.reordered_ind, rowTree=row.linkage, colTree=col.linkage)
        case["robust"] = np.nanpercentile(data, [2, 98])
        if name == "small":
            case["data"] = data
        cases.append(case)
golden.write(
    "heatmap/heatmap.json",
    dict(versions=golden.versions(np, scipy, pd, matplotlib, sns), tolerance="1e-12, heights 1e-10"),
    tables=[dict(name="small", rows=30, cols=9, data=small)],
    cases=cases,
)
