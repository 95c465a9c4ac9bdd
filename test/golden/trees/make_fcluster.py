#!/usr/bin/env python3
"""Golden results of SciPy's functions on a linkage matrix: fcluster (five criteria), inconsistent, maxdists,
maxinconsts, maxRstat, leaders, cophenet, leaves_list, cut_tree, is_monotonic, MATLAB's form.

Needs: SciPy. Takes: seconds. With SciPy 1.15 or later it writes fcluster.json. SciPy before 1.15 never tried the lowest
merge in the search behind `maxclust` and `maxclust_monocrit` (scipy/scipy#12651, mended by #21121), so that t >= n gave
fewer than n clusters; with such a SciPy this script writes fcluster_scipy110.json: those two criteria only, on the same trees.
"""
import warnings

import numpy as np
import scipy
import scipy.cluster.hierarchy as h
from scipy.spatial.distance import pdist

import golden

METHODS = ["single", "complete", "average", "weighted", "centroid", "median", "ward"]
OLD = tuple(int(v) for v in scipy.__version__.split(".")[:2]) < (1, 15)
warnings.simplefilter("ignore")


def points(n, d, seed):
    return np.random.RandomState(seed).uniform(-1, 1, (n, d)).round(3)


def grid(n, seed):
    return np.random.RandomState(seed).randint(0, 4, (n, 2)).astype(float)


def chain(n):
    """A caterpillar: merge i joins leaf i + 1 to everything before. As deep as a tree gets."""
    Z = np.zeros((n - 1, 4))
    for i in range(n - 1):
        a, b = (0, 1) if i == 0 else (i + 1, n + i - 1)
        Z[i] = a, b, (i + 1) / 2, i + 2
    return Z


def thresholds(x):
    """Below, at, between and above the values of x."""
    u = np.unique(x[np.isfinite(x)])
    pick = u[np.unique(np.linspace(0, len(u) - 1, 5).astype(int))]
    mid = (u[:-1] + u[1:]) / 2
    mid = mid[np.unique(np.linspace(0, len(mid) - 1, 3).astype(int))] if len(mid) else mid
    return sorted({-1.0, 0.0, 1e300, *pick.tolist(), *mid.tolist()})


def results(name, method, Z):
    n = len(Z) + 1
    small = n <= 16
    depths = [2, 3, 5, 10] if n <= 8 else [2, 3, 10]
    case = {"name": name, "n": n, "method": method, "Z": Z}
    Rs = {d: h.inconsistent(Z, d) for d in depths}
    case["inconsistent"] = [{"d": d, "R": Rs[d]} for d in depths if d < 3 or n < 16]

    cuts = []
    ts = range(1, n + 3) if small else sorted({1, 2, 3, 4, 5, 7, 11, n // 4, n // 2, n - 1, n, n + 2})
    for t in ts:
        cuts.append({"criterion": "maxclust", "t": t, "T": h.fcluster(Z, t, criterion="maxclust")})
    for t in thresholds(Z[:, 2]):
        cuts.append({"criterion": "distance", "t": t, "T": h.fcluster(Z, t, criterion="distance")})
    for d in depths:
        x = Rs[d][:, 3]
        ts = thresholds(x) if small else [0.0, 0.7, 0.9, 1.1, 1.1547, float(np.median(x))]
        for t in ts:
            T = h.fcluster(Z, t, criterion="inconsistent", depth=d)
            assert (T == h.fcluster(Z, t, criterion="inconsistent", R=Rs[d])).all()
            cuts.append({"criterion": "inconsistent", "depth": d, "t": t, "T": T})
    R = Rs[depths[0]]
    for crit in (h.maxRstat(Z, R, 3), h.maxRstat(Z, Rs[depths[1]], 0), h.maxinconsts(Z, R)):
        ts = thresholds(crit)
        for t in ts if small else ts[1:6:2]:
            cuts.append({"criterion": "monocrit", "monocrit": crit, "t": t,
                         "T": h.fcluster(Z, t, criterion="monocrit", monocrit=crit)})
        for t in range(1, n + 2) if n <= 8 else [1, 2, 3, 5, n // 2, n]:
            cuts.append({"criterion": "maxclust_monocrit", "monocrit": crit, "t": t,
                         "T": h.fcluster(Z, t, criterion="maxclust_monocrit", monocrit=crit)})
    if OLD:
        return pooled({"name": name, "n": n, "method": method, "Z": Z, "fcluster": [
            c for c in cuts if c["criterion"].startswith("maxclust") and n > 2]})  # n = 2 reads beyond the array there
    case["fcluster"] = cuts

    case["maxdists"] = h.maxdists(Z)
    case["maxinconsts"] = [{"d": d, "MI": h.maxinconsts(Z, Rs[d])} for d in depths[:2]]
    case["maxRstat"] = [{"d": d, "i": i, "MR": h.maxRstat(Z, Rs[d], i)} for d in depths[:1] for i in range(4) if n <= 12]
    seen, lead = set(), []
    for c in cuts:
        T = c["T"]
        if T.tobytes() in seen or (not small and len(lead) >= 6):
            continue
        seen.add(T.tobytes())
        try:
            L, M = h.leaders(Z, T)
        except ValueError as e:  # T does not cut Z into whole subtrees
            lead.append({"T": T, "error": str(e)})
            continue
        lead.append({"T": T, "L": L, "M": M})
    case["leaders"] = lead

    c = h.cophenet(Z)
    if n <= 10:
        case["cophenet"] = {"step": 1, "d": c}
    else:
        case["cophenet"] = {"step": 17, "d": c[::17]}  # every 17th of the n(n-1)/2
    case["leaves_list"] = h.leaves_list(Z)
    tree = []
    ks = list(range(1, n + 1)) if n <= 8 else [1, 2, 3, 5, n // 2, n]
    for k in ks:
        tree.append({"n_clusters": [k], "T": h.cut_tree(Z, n_clusters=k)})
    tree.append({"n_clusters": ks[:3], "T": h.cut_tree(Z, n_clusters=ks[:3])})
    if n <= 8:
        tree.append({"T": h.cut_tree(Z)})
    hs = [t for t in thresholds(Z[:, 2])]
    for t in hs if small else hs[2:6]:
        tree.append({"height": [t], "T": h.cut_tree(Z, height=t)})
    tree.append({"height": hs[1:4], "T": h.cut_tree(Z, height=hs[1:4])})
    case["cut_tree"] = tree
    case["is_monotonic"] = bool(h.is_monotonic(Z))
    if n <= 8:
        case["to_mlab_linkage"] = h.to_mlab_linkage(Z)
        assert (h.from_mlab_linkage(case["to_mlab_linkage"]) == Z).all()
    return pooled(case)


def pooled(case):
    """Group cuts that differ only in t; hold each label vector and monocrit once and name them by their place."""
    for field, key in (("partitions", "T"), ("monocrits", "monocrit")):
        pool, places = [], {}
        for c in case["fcluster"] + case.get("leaders", []):
            if key in c:
                k = c[key].tobytes()
                if k not in places:
                    places[k] = len(pool)
                    pool.append(c[key])
                c[key] = places[k]
        case[field] = pool
    groups = {}
    for c in case["fcluster"]:
        t, T = c.pop("t"), c.pop("T")
        g = groups.setdefault(golden.dumps(c), dict(c, t=[], T=[]))
        g["t"].append(t)
        g["T"].append(T)
    case["fcluster"] = list(groups.values())
    return case


def main():
    cases = []
    for m in METHODS:
        for n in (2, 3, 4, 8, 16):
            cases.append(results("%s points %d" % (m, n), m, h.linkage(points(n, 2, 100 + n), m)))
        cases.append(results("%s grid 12" % m, m, h.linkage(grid(12, 7), m)))
    for i, m in enumerate(METHODS):
        y = np.random.RandomState(50 + i).uniform(0, 1, 10 * 9 // 2).round(3)
        cases.append(results("%s random distances 10" % m, m, h.linkage(y, m)))
    for m in ("single", "centroid"):
        cases.append(results("%s points 40" % m, m, h.linkage(points(40, 5, 9), m)))
    cases.append(results("ward points 150", "ward", h.linkage(points(150, 2, 11), "ward")))
    cases.append(results("complete grid 40", "complete", h.linkage(grid(40, 5), "complete")))
    cases.append(results("zeros 7", "average", h.linkage(np.zeros(21), "average")))
    cases.append(results("equal distances 8", "complete", h.linkage(np.ones(28), "complete")))
    x = points(5, 2, 3)
    cases.append(results("duplicates 10", "ward", h.linkage(np.vstack([x, x]), "ward")))
    cases.append(results("caterpillar 30", None, chain(30)))

    # cophenet(Z, Y): the correlation with the original distances
    coph = []
    for m in METHODS:
        for name, X in (("points 12", points(12, 3, 21)), ("grid 9", grid(9, 22))):
            Y = pdist(X)
            Z = h.linkage(X, m)
            c, d = h.cophenet(Z, Y)
            coph.append({"name": "%s %s" % (m, name), "Z": Z, "Y": Y, "c": c, "d": d})

    # Partitions equal up to renaming, and linkages that do or do not belong to a Y
    iso = []
    for a, b in (([1, 1, 2], [5, 5, 3]), ([1, 1, 2], [1, 2, 2]), ([1, 2, 3], [1, 1, 1]), ([1, 1, 1], [1, 2, 3]),
                 ([7], [1]), ([], []), ([0, 1, 0, 2], [2, 0, 2, 1]), ([1, 2, 1, 2], [1, 2, 2, 1])):
        iso.append({"T1": a, "T2": b, "is_isomorphic": bool(h.is_isomorphic(np.array(a, int), np.array(b, int)))})

    good = h.linkage(points(5, 2, 1), "average")
    bad = []

    def refuse(name, Z, cols=4):
        try:
            h.is_valid_linkage(Z, throw=True)
            err = None
        except Exception as e:
            err = "%s: %s" % (type(e).__name__, e)
        bad.append({"name": name, "Z": Z, "rows": Z.shape[0], "cols": Z.shape[1], "valid": bool(h.is_valid_linkage(Z)),
                    "error": err})

    def put(i, j, v):
        Z = good.copy()
        Z[i, j] = v
        return Z

    refuse("good", good)
    refuse("three columns", good[:, :3])
    refuse("five columns", np.hstack([good, good[:, :1]]))
    refuse("no rows", good[:0])
    refuse("negative index, left", put(1, 0, -1))
    refuse("negative index, right", put(1, 1, -2))
    refuse("negative distance", put(0, 2, -0.5))
    refuse("negative count", put(0, 3, -1))
    refuse("cluster used before it is formed", put(0, 0, 5))
    refuse("cluster used before it is formed, right", put(0, 1, 6))
    refuse("the same cluster twice", put(3, 1, good[2, 1]))
    refuse("count too large", put(3, 3, 6))
    refuse("count too small", put(3, 3, 4))
    refuse("count of one", put(0, 3, 1))
    refuse("fractional index", put(0, 0, 0.5))
    refuse("NaN distance", put(0, 2, np.nan))
    refuse("infinite distance", put(3, 2, np.inf))
    refuse("NaN index", put(0, 0, np.nan))

    Rgood = h.inconsistent(good)
    badR = []
    for name, (i, j, v) in {"good": (0, 0, Rgood[0, 0]), "negative mean": (0, 0, -1.0), "negative deviation": (1, 1, -1.0),
                            "negative count": (0, 2, -1.0), "zero count": (0, 2, 0.0),
                            "negative coefficient": (1, 3, -1.0), "NaN": (1, 3, np.nan)}.items():
        R = Rgood.copy()
        R[i, j] = v
        try:
            h.is_valid_im(R, throw=True)
            err = None
        except Exception as e:
            err = "%s: %s" % (type(e).__name__, e)
        badR.append({"name": name, "R": R, "valid": bool(h.is_valid_im(R)), "error": err})

    meta = {
        "generator": "make_fcluster.py", "versions": golden.versions(scipy),
        "tolerance": {"labels": "equal", "Z, maxdists, cophenet": "equal: heights are copied, never computed",
                      "inconsistent, maxinconsts, maxRstat": "1e-12 relative, 1e-12 absolute",
                      "correlation": "1e-12 relative"},
        "notes": ["each of fcluster[] is many calls: its t[i] gives the labels partitions[T[i]]; its monocrit is monocrits[monocrit]",
                  "leaders[].T is an index into partitions too",
                  "from_mlab_linkage(to_mlab_linkage) equals Z in every case",
                  "cophenet.d holds every cophenet.step-th of the n(n-1)/2 condensed values",
                  "cut_tree[].T is n x k, row-major, k the length of n_clusters or height (n when neither is given)"],
    }
    if OLD:
        meta["notes"].append("maxclust and maxclust_monocrit only, as SciPy before 1.15 computed them")
        golden.write("trees/fcluster_scipy110.json", meta, cases=cases)
        return
    golden.write("trees/fcluster.json", meta, cases=cases, cophenet=coph, isomorphic=iso, linkages=bad, inconsistencies=badR)


main()
