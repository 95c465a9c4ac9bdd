#!/usr/bin/env python3
"""Golden results of scikit-learn's silhouette_samples and silhouette_score with metric='precomputed', on squares that no
vectors have: whole numbers with ties, distances that violate the triangle inequality, zeros between items, lone items.

Needs: scikit-learn. Takes: seconds. Writes precomputed.json.
"""
import numpy as np
import sklearn
from sklearn import metrics

import golden


def square(n, seed, draw):
    r = np.random.RandomState(seed)
    upper = np.triu(draw(r, (n, n)), 1)
    return upper + upper.T, r


cases = []
for seed, (n, k, draw) in enumerate([
    (12, 3, lambda r, s: r.randint(1, 4, s).astype(float)),
    (40, 5, lambda r, s: r.exponential(2, s).round(6)),
    (30, 4, lambda r, s: r.randint(0, 3, s).astype(float)),
    (25, 20, lambda r, s: r.uniform(0, 1, s).round(9)),
    (7, 2, lambda r, s: 1e12 * r.uniform(1, 2, s)),
]):
    D, r = square(n, seed, draw)
    labels = np.concatenate([np.arange(k), r.randint(0, k, n - k)]) * 3 - 1
    cases.append(dict(n=n, square=D, labels=labels,
                      samples=metrics.silhouette_samples(D, labels, metric="precomputed"),
                      score=metrics.silhouette_score(D, labels, metric="precomputed")))

golden.write("clusters/precomputed.json", dict(versions=golden.versions(sklearn), tolerance="1e-12"), cases=cases)
