#!/usr/bin/env python3
"""Golden dendrograms by SciPy: coordinates, labels, leaves, colours and contraction marks for its options.

Needs: python3-numpy, python3-scipy (Matplotlib is not used). Takes: seconds. Writes: dendrogram.json.
"""
import itertools
import warnings

import numpy as np
import scipy
import scipy.cluster.hierarchy as h
from scipy.spatial.distance import pdist

import golden

warnings.simplefilter("ignore")
trees, cases, Zs = [], [], {}
FUNCTIONS = {"leaf_label_func": {"id": lambda k: "id %d" % k},
             "link_color_func": {"hex": lambda k: "#%06x" % k, "parity": lambda k: "even" if k % 2 == 0 else "odd"}}

drawn = {}
h._plot_dendrogram = lambda *a, contraction_marks=None, **k: drawn.update(marks=contraction_marks)


def tree(name, Z):
    Zs[name] = Z
    trees.append({"name": name, "n": len(Z) + 1, "Z": Z})


def ask(name, palette=None, **options):
    """options as SciPy names them; a function goes by its name in FUNCTIONS."""
    case = {"tree": name, "options": options}
    given = {k: FUNCTIONS[k][v] if k in FUNCTIONS else v for k, v in options.items()}
    if palette:
        case["palette"] = palette
        h.set_link_color_palette(palette)
    try:
        # With no_plot the marks are thrown away, so the plotting itself is replaced above.
        r = h.dendrogram(Zs[name], **given)
        case.update({k: np.array(r[k]) if k.endswith("coord") else r[k] for k in r})
        if options.get("show_contracted"):
            case["contraction_marks"] = np.array(drawn["marks"], float)
    except Exception as e:
        case["error"] = "%s: %s" % (type(e).__name__, str(e).split("\n")[0])
    h.set_link_color_palette(None)
    cases.append(case)


def distances(n, seed, digits=3):
    return np.random.RandomState(seed).uniform(0.1, 2, n * (n - 1) // 2).round(digits)


def points(n, d, seed):
    return np.random.RandomState(seed).uniform(-1, 1, (n, d)).round(3)


tree("complete 12", h.linkage(distances(12, 1), "complete"))
tree("complete 40", h.linkage(distances(40, 2), "complete"))
tree("single 9", h.linkage(distances(9, 3), "single"))
tree("ward points 10", h.linkage(points(10, 2, 4), "ward"))
tree("centroid points 14, with inversions", h.linkage(points(14, 3, 6), "centroid"))
assert not h.is_monotonic(Zs["centroid points 14, with inversions"])
tree("average grid 9", h.linkage(np.array([[i, j] for i in range(3) for j in range(3)], float), "average"))
tree("complete, zero heights 8", h.linkage(pdist(np.repeat([[0.0], [1.0], [5.0]], [3, 3, 2], axis=0)), "complete"))
tree("all heights zero 5", h.linkage(np.zeros(10), "single"))
tree("two", h.linkage([1.5], "single"))
tree("three", h.linkage([1.0, 3.0, 2.0], "complete"))
chain = np.array([[0, 1, 1, 2]] + [[i + 1, 9 + i - 1, i + 1, i + 2] for i in range(1, 8)], float)
tree("caterpillar 9", chain)
small = [t["name"] for t in trees if t["n"] <= 14]

for name in small:
    ask(name)
    top = Zs[name][:, 2].max()
    middle = float(np.sort(Zs[name][:, 2])[len(Zs[name]) // 2])
    for c in (0, middle, round(middle * 1.01, 3), top, 2 * top, -1, float("-inf"), float("inf")):
        ask(name, color_threshold=c)
sorts = (False, True, "ascending", "descending")
for name in ("complete 12", "average grid 9", "complete, zero heights 8", "caterpillar 9", "three",
             "centroid points 14, with inversions"):
    for s in sorts[1:]:
        ask(name, count_sort=s)
        ask(name, distance_sort=s)
ask("complete 12", count_sort="descendent")
ask("complete 12", distance_sort="descendent")
ask("complete 12", count_sort=True, distance_sort=True)
for name in ("complete 12", "average grid 9", "caterpillar 9", "centroid points 14, with inversions"):
    n = len(Zs[name]) + 1
    for mode, p in itertools.chain((("lastp", p) for p in (0, 1, 2, 3, 5, n - 1, n, n + 5, -1)),
                                   (("level", p) for p in (0, 1, 2, 3, n, -1)), ((None, 3), ("none", 3))):
        if mode == "lastp" and p in (1, -1) and name != "complete 12":
            continue
        ask(name, truncate_mode=mode, p=p)
        if mode and 1 < p < 5:
            ask(name, truncate_mode=mode, p=p, show_contracted=True, show_leaf_counts=False)
            ask(name, truncate_mode=mode, p=p, count_sort="descending", show_contracted=True)
            ask(name, truncate_mode=mode, p=p, distance_sort="ascending", color_threshold=0.5)
for mode, p in (("lastp", 12), ("lastp", 30), ("level", 2), ("level", 4)):
    ask("complete 40", truncate_mode=mode, p=p, show_contracted=True)
ask("complete 40")
ask("complete 40", count_sort="ascending", color_threshold=1.2)
for name in ("two", "three"):
    for p in (1, 2, 3):
        ask(name, truncate_mode="lastp", p=p)
        ask(name, truncate_mode="level", p=p)
ask("complete 12", show_contracted=True)
for o in ("top", "left", "bottom", "right"):
    ask("ward points 10", orientation=o)
    ask("complete 12", orientation=o, truncate_mode="lastp", p=5, show_contracted=True)
ask("ward points 10", orientation="up")
labels = ["leaf %s" % c for c in "abcdefghijkl"]
ask("complete 12", labels=labels)
ask("complete 12", labels=labels[:11])
ask("complete 12", labels=labels, truncate_mode="lastp", p=5)
ask("complete 12", labels=labels, truncate_mode="level", p=2, show_leaf_counts=False)
ask("complete 12", leaf_label_func="id")
ask("complete 12", leaf_label_func="id", labels=labels, truncate_mode="lastp", p=4)
ask("complete 12", leaf_label_func="id", truncate_mode="level", p=2)
ask("complete 12", link_color_func="hex")
ask("complete 12", link_color_func="parity", truncate_mode="lastp", p=4, color_threshold=1)
ask("complete 12", no_labels=True)
ask("complete 12", get_leaves=False)
ask("complete 12", above_threshold_color="grey")
ask("complete 12", above_threshold_color="#bcbddc", color_threshold=1)
ask("complete 12", palette=["m", "c"], color_threshold=1)
ask("complete 12", palette=["red"], color_threshold=1.2, above_threshold_color="k")
ask("complete 40", palette=["#111111", "#222222", "#333333"], color_threshold=0.9)
ask("complete 40", color_threshold=0.5)
ask("complete 12", color_threshold="default")
ask("complete 12", truncate_mode="middle")
ask("complete 12", truncate_mode="lastp", p="3")
ask("complete 12", truncate_mode="lastp", p=3.7)

golden.write("trees/dendrogram.json", {
    "generator": "make_dendrogram.py", "versions": golden.versions(scipy),
    "tolerance": {"all": "equal; icoord and dcoord are halves, sums of tens and copies of heights"},
    "notes": ["icoord and dcoord: four numbers to a link, flat", "a case has either its results or error",
              "palette: set_link_color_palette before, and the default after",
              "leaf_label_func id: 'id ' and the node's number; link_color_func hex: '#' and the number in six hexadecimal "
              "digits; parity: even or odd",
              "contraction_marks: x, height pairs, flat, in SciPy's order; orientation does not turn any coordinate"],
}, trees=trees, cases=cases)
for c in cases:
    if "error" in c:
        print(c["tree"], c["options"], c["error"])
