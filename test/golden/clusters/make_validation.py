#!/usr/bin/env python3
"""Golden results of scikit-learn's indices: silhouette_samples, davies_bouldin_score, calinski_harabasz_score,
adjusted_rand_score, adjusted_mutual_info_score; and of clusTCR's measures of labelled clusters, by pandas as it has them.

Needs: scikit-learn, pandas. Takes: seconds. Writes validation.json.
"""
import numpy as np
import pandas as pd
import sklearn
from scipy.spatial.distance import pdist, squareform
from sklearn import metrics

import golden


def blobs(n, d, k, spread, seed):
    r = np.random.RandomState(seed)
    centers = r.uniform(-5, 5, (k, d))
    at = r.randint(0, k, n)
    return (centers[at] + spread * r.standard_normal((n, d))).round(3), at


vectors = []
for seed, (n, d, k, spread) in enumerate([(40, 2, 3, 1), (120, 5, 6, 3), (77, 17, 4, 2), (30, 1, 2, 1), (60, 3, 30, 2)]):
    X, labels = blobs(n, d, k, spread, seed)
    if seed == 1:
        labels = labels * 7 - 20
    if seed == 2:
        labels[5] = 99
    case = dict(X=X, rows=n, cols=d, labels=labels, daviesBouldin=metrics.davies_bouldin_score(X, labels),
                calinskiHarabasz=metrics.calinski_harabasz_score(X, labels), silhouette={})
    for metric in ["euclidean", "cityblock", "cosine", "chebyshev", "sqeuclidean"]:
        if metric == "cosine" and d == 1:
            continue
        D = squareform(pdist(X, metric))
        case["silhouette"][metric] = metrics.silhouette_samples(D, labels, metric="precomputed")
    vectors.append(case)
X = np.repeat([[1.0, 2], [3, 4], [9, 9]], 4, axis=0)
labels = np.repeat([0, 1, 2], 4)
vectors.append(dict(X=X, rows=12, cols=2, labels=labels, daviesBouldin=metrics.davies_bouldin_score(X, labels),
                    calinskiHarabasz=metrics.calinski_harabasz_score(X, labels),
                    silhouette=dict(euclidean=metrics.silhouette_samples(X, labels))))

r = np.random.RandomState(7)
pairs = [([], []), ([1], [4]), ([0, 0, 0], [5, 5, 5]), ([0, 1, 2], [5, 4, 3]), ([0, 0, 0, 0], [0, 1, 2, 3]),
         ([0, 0, 1, 1], [0, 1, 0, 1]), ([0, 0, 1, 2], [0, 0, 1, 1]), ([-1, -1, 0, 0], [3, 3, 3, -7])]
for n, a, b in [(50, 3, 4), (200, 10, 2), (1000, 30, 25), (5000, 7, 100)]:
    x = r.randint(0, a, n)
    pairs.append((x, r.randint(0, b, n)))
    y = x.copy()
    y[r.rand(n) < 0.2] = 0
    pairs.append((x, y))
agreement = [dict(a=list(a), b=list(b), adjustedRand=metrics.adjusted_rand_score(a, b),
                  adjustedMutualInformation=metrics.adjusted_mutual_info_score(a, b)) for a, b in pairs]


def measures(frame, total):
    """frame: one row a pair (item, label, cluster); cluster NaN where there is none."""
    kept = frame[frame.cluster.notna()]
    table = pd.crosstab(kept.label, kept.cluster)
    most = table.max()
    out = dict(retention=kept["item"].nunique() / total, purity=most.sum() / len(kept),
               purity90=(most / table.sum() >= 0.9).mean())
    left = table.values.astype(float)
    consistent = 0
    while left.size and left.max() > 0:
        i, j = np.unravel_index(left.argmax(), left.shape)
        consistent += left[i, j]
        left = np.delete(np.delete(left, i, 0), j, 1)
    out["consistency"] = consistent / len(kept)
    return out


quality = []
for n, k, l in [(60, 5, 4), (400, 30, 12)]:
    # Cells of different sizes, so that the order of ties does not matter to the sum.
    cluster = np.minimum((r.exponential(k / 3, n)).astype(int), k - 1)
    label = np.where(r.rand(n) < 0.7, cluster % l, r.randint(0, l, n))
    item = np.minimum(np.arange(n), r.randint(0, 4 * n, n))
    none = r.rand(n) < 0.4
    none = none[item]
    frame = pd.DataFrame(dict(item=item, label=label, cluster=np.where(none, np.nan, cluster[item])))
    quality.append(dict(items=item, labels=label, clusters=[None if c != c else int(c) for c in frame.cluster],
                        **measures(frame, frame["item"].nunique())))

golden.write("clusters/validation.json", dict(versions=golden.versions(sklearn, pd), tolerance="1e-9"),
             vectors=vectors, agreement=agreement, quality=quality)
