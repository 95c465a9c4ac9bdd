#!/usr/bin/env python3
"""Golden trees in Newick: what scikit-bio writes of a linkage matrix, and what it reads of our text.

`ours` is written by toNewick of the built package (npm run build first; node must be on the PATH). scikit-bio reads it;
`tips` are the names that it finds, `distances` those between all pairs of tips in that order (condensed), and
`again` is the text that it writes.
Needs: scikit-bio, SciPy, node. Takes: seconds. Writes newick.json.
"""
import io
import json
import os
import subprocess

import numpy as np
import scipy
import skbio
from scipy.cluster.hierarchy import linkage
from skbio import TreeNode

import golden

NAMES = ["a b", "c'd", "e_f", "g(h)", "i:j", "k,l", "m;n", "[o]", "p\"q", "it's 5'", "ä ö", "plain", "1.5", "x'y z", "under_ _score",
         "--", "a/b", "tab\tbed", "Homo sapiens", "=1+2"]
ROOT = os.path.join(golden.HERE, "..", "..")
SCRIPT = """
import { toNewick } from './build/index.js';
let text = '';
for await (const part of process.stdin) text += part;
console.log(JSON.stringify(JSON.parse(text).map(({ Z, names }) =>
  ['half', 'whole'].map((heights) => toNewick(Float64Array.from(Z.flat()), names, { heights })))));
"""


def text_of(tree):
    out = io.StringIO()
    tree.write(out, format="newick")
    return out.getvalue()


def read(text):
    return TreeNode.read(io.StringIO(text), format="newick")


trees = []
r = np.random.RandomState(3)
for method in ["single", "complete", "average", "weighted", "ward", "centroid", "median"]:
    for n in [2, 7, 20]:
        trees.append((method, linkage(r.uniform(0, 9, (n, 3)), method), NAMES[:n]))
trees.append(("tied", linkage(r.randint(0, 3, (16, 2)).astype(float), "average"), NAMES[:16]))
trees.append(("tiny", linkage(r.uniform(0, 1e-9, (12, 2)), "ward"), NAMES[:12]))
trees.append(("huge", linkage(r.uniform(0, 1e30, (12, 2)), "complete"), NAMES[:12]))

asked = json.dumps([dict(Z=Z.tolist(), names=names) for _, Z, names in trees])
answer = subprocess.run(["node", "--input-type=module", "-e", SCRIPT], input=asked, capture_output=True, text=True,
                        check=True, cwd=ROOT)
cases = []
for (method, Z, names), (half, whole) in zip(trees, json.loads(answer.stdout)):
    tree = read(half)
    tips = [tip.name for tip in tree.tips()]
    apart = tree.tip_tip_distances(tips)
    cases.append(dict(name="%s of %d" % (method, len(names)), Z=Z, names=names, newick=text_of(TreeNode.from_linkage_matrix(Z, names)),
                      ours=half, whole=whole, tips=tips, distances=apart.condensed_form(), again=text_of(tree)))

golden.write("trees/newick.json", dict(versions=golden.versions(scipy, skbio), tolerance="1e-12"), cases=cases)
