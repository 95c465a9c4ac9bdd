"""What describes clusters, by pandas, scikit-learn and SciPy: columns of clusters, cross tables, medoids."""
import os
import sys

import numpy as np
import pandas
import scipy
import sklearn
from scipy.spatial.distance import cdist
from sklearn.metrics import adjusted_rand_score, silhouette_samples

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import golden

random = np.random.default_rng(15)
cases = []
for rows, cols, k, far in [(40, 3, 3, 0), (60, 5, 4, 1e3), (25, 2, 2, 0), (9, 4, 4, 0)]:
    labels = np.concatenate([np.arange(k), random.integers(0, k, rows - k)])
    X = random.normal(size=(rows, cols)) + 2 * labels[:, None] * (np.arange(cols) - 1) + far
    frame = pandas.DataFrame(X)
    groups = frame.groupby(labels)
    columns = []
    for c in range(k):
        own, others = X[labels == c], X[labels != c]
        freedom = len(own) + len(others) - 2
        pooled = np.sqrt((((own - own.mean(0)) ** 2).sum(0) + ((others - others.mean(0)) ** 2).sum(0)) / freedom)
        columns.append(
            {
                "mean": groups.mean().loc[c].to_numpy(),
                "spread": groups.std().loc[c].to_numpy(),
                "otherMean": frame[labels != c].mean().to_numpy(),
                "otherSpread": frame[labels != c].std().to_numpy(),
                "effect": (own.mean(0) - others.mean(0)) / pooled,
            }
        )
    # Distances that differ by rounding alone are equal: the first row counts.
    medoids, nearest = {}, []
    for metric in ["euclidean", "cityblock", "cosine"]:
        medoids[metric] = []
        for c in range(k):
            members = np.flatnonzero(labels == c)
            medoids[metric].append(members[cdist(X[members], X[members], metric).sum(1).round(9).argmin()])
    for c in range(k):
        members = np.flatnonzero(labels == c)
        nearest.append(members[cdist(X[members], X[members].mean(0)[None]).round(9).argmin()])
    categories = np.array(["red", "green", "blue"])[random.integers(0, 3, rows)]
    categories[::7] = ["a", "b", "red"][k % 3]
    table = pandas.crosstab(labels, categories)
    silhouettes = pandas.Series(silhouette_samples(X, labels)).groupby(labels)
    cases.append(
        {
            "X": X,
            "rows": rows,
            "cols": cols,
            "labels": labels,
            "columns": columns,
            "medoids": medoids,
            "nearest": nearest,
            "categories": list(categories),
            "counts": table.to_numpy(),
            "tableColumns": list(table.columns),
            "adjustedRand": adjusted_rand_score(labels, categories),
            "silhouettes": silhouettes.mean().to_numpy(),
        }
    )
meta = dict(golden.versions(pandas, scipy, sklearn), tolerance="1e-9 relative")
golden.write("clusters/describe.json", meta, cases=cases)
