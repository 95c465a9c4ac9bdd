#!/usr/bin/env python3
"""Golden results of scikit-learn's KMeans from given centroids (labels, centroids, inertia, iterations), and of SciPy's vq
and whiten.

Needs: scikit-learn, SciPy. Takes: seconds. Writes kmeans.json.

Cases of empty clusters have a single one, since scikit-learn does not say in which order several get their rows.
"""
import warnings

import numpy as np
import scipy
import scipy.cluster.vq as vq
import sklearn
from sklearn.cluster import KMeans

import golden

warnings.simplefilter("ignore")


def blobs(n, d, k, spread, seed):
    r = np.random.RandomState(seed)
    centers = r.uniform(-5, 5, (k, d))
    return (centers[r.randint(0, k, n)] + spread * r.standard_normal((n, d))).round(3)


def fit(name, X, init, max_iter=300, tol=1e-4):
    X = np.asarray(X, float)
    init = np.asarray(init, float)
    km = KMeans(len(init), init=init, n_init=1, max_iter=max_iter, tol=tol, algorithm="lloyd").fit(X)
    return dict(name=name, X=X, rows=X.shape[0], cols=X.shape[1], init=init, k=len(init), maxIter=max_iter, tol=tol,
                labels=km.labels_, centroids=km.cluster_centers_, inertia=km.inertia_, iterations=km.n_iter_)


cases = []
for seed, (n, d, k, spread) in enumerate([(60, 2, 3, 0.5), (200, 5, 7, 2), (150, 16, 10, 3), (97, 1, 4, 1), (128, 33, 9, 4)]):
    X = blobs(n, d, k, spread, seed)
    for max_iter, tol in [(300, 1e-4), (300, 0), (1, 1e-4), (3, 0), (300, 0.05)]:
        cases.append(fit("blobs %d x %d, k %d" % (n, d, k), X, X[:k], max_iter, tol))
X = blobs(80, 3, 4, 1, 9)
cases.append(fit("one cluster", X, X[:1]))
cases.append(fit("as many clusters as rows", X[:12], X[:12]))
cases.append(fit("one row", X[:1], X[:1]))
far = np.vstack([X[:3], [[1000, 1000, 1000]]])
for max_iter in (1, 2, 300):
    cases.append(fit("a cluster without rows", X, far, max_iter, 0))
cases.append(fit("duplicates", np.repeat(X[:9], 4, axis=0), X[:5]))
cases.append(fit("far from the origin", blobs(90, 4, 3, 0.01, 3) + 1e5, blobs(90, 4, 3, 0.01, 3)[:3] + 1e5))

codes = []
whitened = []
for seed, (n, d, k) in enumerate([(40, 2, 3), (55, 7, 10), (9, 1, 1)]):
    X = blobs(n, d, 3, 2, 20 + seed)
    book = blobs(k, d, 3, 2, 40 + seed)
    code, dist = vq.vq(X, book)
    codes.append(dict(X=X, rows=n, cols=d, book=book, k=k, code=code, dist=dist))
    whitened.append(dict(X=X, rows=n, cols=d, whitened=vq.whiten(X)))
X = blobs(6, 3, 2, 1, 50)
X[:, 1] = 2.5
whitened.append(dict(X=X, rows=6, cols=3, whitened=vq.whiten(X)))

golden.write("clusters/kmeans.json",
             dict(versions=golden.versions(sklearn, scipy), tolerance="labels, codes and iterations equal; others 1e-10 relative"),
             kmeans=cases, vq=codes, whiten=whitened)
