#!/usr/bin/env python3
"""Golden results on the points of the well-known SciPy hierarchical clustering tutorial: two clouds (X, 150 points) and
five (X2, 750), ward linkage.

Needs: SciPy. Takes: seconds. Writes tutorial.json.
"""
import numpy as np
import scipy
import scipy.cluster.hierarchy as h
from scipy.spatial.distance import pdist

import golden


def clouds():
    """The tutorial draws its points with this seed, in this order."""
    r = np.random.RandomState(4711)
    a = r.multivariate_normal([10, 0], [[3, 1], [1, 4]], size=[100])
    b = r.multivariate_normal([0, 20], [[3, 1], [1, 4]], size=[50])
    c = r.multivariate_normal([40, 40], [[20, 1], [1, 30]], size=[200])
    d = r.multivariate_normal([80, 80], [[30, 1], [1, 30]], size=[200])
    e = r.multivariate_normal([0, 100], [[100, 1], [1, 100]], size=[200])
    X = np.concatenate((a, b))
    return X, np.concatenate((X, c, d, e))


def elbow(Z):
    last = Z[-10:, 2]
    acceleration = np.diff(last, 2)
    return {"k": int(acceleration[::-1].argmax()) + 2, "acceleration": acceleration}


def case(name, X):
    Z = h.ward(X)
    cuts = []
    for criterion, ts in (("distance", [50, 23, 20, 16, 10]), ("maxclust", [1, 2, 3, 4, 5, 10]), ("inconsistent", [8, 4, 1.2])):
        for t in ts:
            cuts.append({"criterion": criterion, "t": t, "depth": 10, "T": h.fcluster(Z, t, criterion=criterion, depth=10)})
    L, M = h.leaders(Z, h.fcluster(Z, 12, criterion="maxclust"))
    return {"name": name, "Z": Z, "correlation": h.cophenet(Z, pdist(X))[0], "fcluster": cuts, "elbow": elbow(Z),
            "inconsistent": [{"depth": d, "last": h.inconsistent(Z, d)[-10:]} for d in (2, 3, 5, 10)],
            "leaders12": {"L": L, "M": M}, "leaves": h.leaves_list(Z)}


X, X2 = clouds()
meta = {
    "generator": "make_tutorial.py", "versions": golden.versions(scipy),
    "tolerance": {"labels, leaves, leaders": "equal", "elbow": "equal", "inconsistent, correlation": "1e-12 relative"},
    "notes": ["X is 150 x 2", "inconsistent[].last holds the last 10 rows", "elbow is the tutorial's, on Z[-10:, 2]"],
}
golden.write("trees/tutorial.json", meta, X=[x for x in X], cases=[case("X", X), case("X2", X2)])
