#!/usr/bin/env python3
"""Golden distances: SciPy's pdist and cdist for every named metric and option.

Needs: python3-numpy, python3-scipy. Takes: seconds. With SciPy 1.10 it writes distances.json. With a later SciPy (asked was
1.17) it runs the same calls, compares with distances.json, and writes what came out otherwise to distances_scipy117.json.
"""
import json
import os
import warnings

import numpy as np
import scipy
from scipy.spatial.distance import cdist, pdist

import golden

warnings.simplefilter("ignore")
np.seterr(all="ignore")
OLD = tuple(int(v) for v in scipy.__version__.split(".")[:2]) <= (1, 10)

NUMERIC = ["braycurtis", "canberra", "chebyshev", "cityblock", "correlation", "cosine", "euclidean", "hamming", "jaccard",
           "jensenshannon", "mahalanobis", "minkowski", "seuclidean", "sqeuclidean"]
BOOLEAN = ["dice", "kulczynski1", "rogerstanimoto", "russellrao", "sokalmichener", "sokalsneath", "yule"]
ALL = sorted(NUMERIC + BOOLEAN)
WEIGHTED = [m for m in ALL if m not in ("mahalanobis", "seuclidean")]

inputs, cases, arrays = [], [], {}


def give(name, x):
    x = np.asarray(x)
    arrays[name] = x
    inputs.append({"name": name, "rows": x.shape[0], "cols": x.shape[1], "boolean": x.dtype == bool, "data": x.astype(float)})


def ask(f, names, metric, options):
    case = {"function": f.__name__, "inputs": names, "metric": metric, "options": options}
    try:
        case["d"] = f(*[arrays[n] for n in names], metric, **{
            k: np.array(v) if isinstance(v, list) else v for k, v in options.items()})
        # Sixteen digits are one part in 1e-16: below what the tolerance asks, and shorter.
        case["d"] = [float("%.16g" % v) for v in case["d"].ravel()]
    except Exception as e:
        case["error"] = "%s: %s" % (type(e).__name__, str(e).split("\n")[0])
    cases.append(case)


def both(name, other, metrics, **options):
    for m in metrics:
        if m == "mahalanobis" and "VI" not in options and arrays[name].shape[0] <= arrays[name].shape[1]:
            continue  # needs more rows than columns; one such case is among the errors
        if m == "mahalanobis" and "VI" not in options and np.linalg.cond(np.atleast_2d(np.cov(arrays[name].T))) > 1e8:
            continue  # singular: what inv returns is rounding
        if m == "jensenshannon" and ((arrays[name] < 0).any() or arrays[name].shape[1] == 1):
            continue  # probabilities; of a single column all are 1, and SciPy gives 0 or the root of -1e-17 as rounding falls
        ask(pdist, [name], m, options)
        if other:
            ask(cdist, [name, other], m, options)


def rnd(seed):
    return np.random.RandomState(seed)


give("real 8x5", rnd(1).uniform(-2, 2, (8, 5)).round(6))
give("real 4x5", rnd(2).uniform(-2, 2, (4, 5)).round(6))
give("positive 9x4", rnd(3).uniform(0, 3, (9, 4)).round(6))
give("positive 3x4", rnd(4).uniform(0, 3, (3, 4)).round(6))
give("real 30x3", rnd(5).normal(0, 1, (30, 3)).round(5))
give("positive 2x7", rnd(6).uniform(0, 1, (2, 7)).round(6))
give("positive 3x1000", rnd(7).uniform(0, 1, (3, 1000)).round(2))
give("positive 6x1", rnd(8).uniform(0.1, 4, (6, 1)).round(6))
x = rnd(9).uniform(0, 2, (3, 4)).round(6)
give("zero rows and duplicates 7x4", np.vstack([x, np.zeros((1, 4)), x[:2], np.zeros((1, 4))]))
give("sparse 6x8", rnd(10).uniform(0, 2, (6, 8)).round(4) * (rnd(11).uniform(size=(6, 8)) < 0.45))
give("constant rows 4x3", [[1, 1, 1], [2, 2, 2], [0.1, 0.1, 0.1], [0, 1, 0]])
give("integers 8x6", rnd(12).randint(-1, 3, (8, 6)).astype(float))
give("integers 3x6", rnd(13).randint(-1, 3, (3, 6)).astype(float))
give("fractions 7x6", rnd(14).choice([0, 0, 0.25, 0.5, 1, 1.5, 3], (7, 6)))
give("zeros and ones 7x6", rnd(15).randint(0, 2, (7, 6)).astype(float))
b = rnd(16).uniform(size=(9, 10)) < 0.5
b[2] = False
b[5] = True
b[7] = b[1]
b[8] = False
give("boolean 9x10", b)
give("boolean 4x10", rnd(17).uniform(size=(4, 10)) < 0.4)
give("boolean 2x1", np.array([[True], [False]]))
give("boolean 4x200", rnd(18).uniform(size=(4, 200)) < 0.3)

W5, W4, W6 = [0.5, 2.0, 0.0, 1.25, 3.0], [1.0, 0.25, 2.0, 0.0], [1.0, 0.0, 2.0, 0.5, 3.0, 1.0]
W10 = [1.0, 0.5, 2.0, 0.0, 1.0, 3.0, 0.25, 1.0, 1.5, 0.0]
both("real 8x5", "real 4x5", NUMERIC)
both("positive 9x4", "positive 3x4", NUMERIC)
both("real 30x3", None, NUMERIC)
both("positive 2x7", None, NUMERIC)
both("positive 3x1000", None, ALL)
both("positive 6x1", None, ALL)
both("zero rows and duplicates 7x4", "positive 3x4", ALL)
both("sparse 6x8", None, ALL)
both("constant rows 4x3", None, ALL)
both("integers 8x6", "integers 3x6", ALL)
both("fractions 7x6", "integers 3x6", ALL)
both("zeros and ones 7x6", None, ALL)
both("boolean 9x10", "boolean 4x10", [m for m in ALL if m != "mahalanobis"])
both("boolean 2x1", None, [m for m in ALL if m not in ("mahalanobis", "seuclidean")])
both("boolean 4x200", None, BOOLEAN + ["hamming", "jaccard"])

both("real 8x5", "real 4x5", [m for m in WEIGHTED if m in NUMERIC], w=W5)
both("positive 9x4", "positive 3x4", [m for m in WEIGHTED if m in NUMERIC], w=W4)
both("zero rows and duplicates 7x4", None, WEIGHTED, w=W4)
both("integers 8x6", "integers 3x6", WEIGHTED, w=W6)
both("fractions 7x6", None, WEIGHTED, w=W6)
both("boolean 9x10", "boolean 4x10", WEIGHTED, w=W10)

for p in (0.5, 1, 1.5, 2, 3, 4.7, float("inf")):
    both("real 8x5", "real 4x5", ["minkowski"], p=p)
    both("real 8x5", "real 4x5", ["minkowski"], p=p, w=W5)
    both("zero rows and duplicates 7x4", None, ["minkowski"], p=p)
both("real 8x5", "real 4x5", ["seuclidean"], V=[0.5, 1.0, 2.0, 4.0, 0.25])
both("zero rows and duplicates 7x4", None, ["seuclidean"], V=[0.5, 0.0, 2.0, 4.0])
vi = np.linalg.inv(np.cov(rnd(20).normal(size=(12, 5)).T)).round(6)
both("real 8x5", "real 4x5", ["mahalanobis"], VI=(vi + vi.T).tolist())
both("real 8x5", None, ["mahalanobis"], VI=(rnd(21).uniform(0, 1, (5, 5)).round(3) + 3 * np.eye(5)).tolist())  # not symmetric

# Refused, or not
for metric, options in (("mahalanobis", {}), ("minkowski", {"p": 0}), ("minkowski", {"p": -1}), ("euclidean", {"w": W4}),
                        ("euclidean", {"w": [1, 1, 1, 1, -1]}), ("seuclidean", {"V": [1, 1]}),
                        ("seuclidean", {"w": W5}), ("euclidean", {"p": 2}), ("nonsense", {})):
    ask(pdist, ["real 4x5"], metric, options)
ask(cdist, ["real 4x5", "positive 3x4"], "euclidean", {})
give("one row 1x3", [[1.0, 2.0, 3.0]])
ask(pdist, ["one row 1x3"], "euclidean", {})
ask(cdist, ["one row 1x3", "one row 1x3"], "cityblock", {})

meta = {
    "generator": "make_distances.py", "versions": golden.versions(scipy),
    "tolerance": {"d": "1e-12 relative or 1e-15 absolute; cosine and correlation, 1 minus a number near 1: 1e-12 absolute; "
                       "jensenshannon, a root of a difference: 1e-8 absolute below 1e-7; mahalanobis by default: 1e-9 relative"},
    "notes": ["d: condensed for pdist, rows x rows for cdist, both inputs by name", "a case has d or error",
              "boolean inputs were given to SciPy as bool; as 0 and 1 in float64 they give the same"],
}
if OLD:
    for i in inputs:
        if i["boolean"]:
            for m in ALL:
                if m != "mahalanobis":
                    u, v = pdist(arrays[i["name"]], m), pdist(i["data"], m)
                    assert np.array_equal(u, v, equal_nan=True) or np.allclose(u, v, 1e-15, 0, True), (i["name"], m)
    golden.write("distances/distances.json", meta, inputs=inputs, cases=cases)
else:
    with open(os.path.join(golden.HERE, "distances/distances.json"), encoding="utf-8") as f:
        before = json.load(f)["cases"]
    number = {"NaN": np.nan, "Infinity": np.inf, "-Infinity": -np.inf}
    other = []
    assert len(before) == len(cases)
    for a, b in zip(before, cases):
        assert a["inputs"] == b["inputs"] and a["metric"] == b["metric"]
        if "d" in a and "d" in b:
            u = np.array([number.get(v, v) for v in a["d"]], float)
            if np.allclose(u, b["d"], 1e-12, 1e-12 if b["metric"] != "jensenshannon" else 1e-8, True):
                continue
        elif a.get("error") == b.get("error"):
            continue
        other.append(b)
    meta["notes"] = ["the calls of distances.json that a later SciPy answers otherwise; inputs are there",
                     "kulczynski1 and sokalmichener are no longer metrics of this SciPy"] + meta["notes"]
    golden.write("distances/distances_scipy117.json", meta, cases=other)
    seen = {}
    for c in other:
        seen.setdefault((c["metric"], "w" in c["options"], c.get("error", "")[:60]), []).append("%s %s" % (c["function"], c["inputs"]))
    for k in sorted(seen):
        print(k, sorted(seen[k]))
