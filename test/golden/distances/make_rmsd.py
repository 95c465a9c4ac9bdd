#!/usr/bin/env python3
"""Golden minimal RMSD matrices: MDTraj's float32 answers, and the exact ones by Kabsch's SVD in float64.

Needs: python3-mdtraj, python3-numpy, examples/alanine-dipeptide.h5. Takes: seconds. Writes: rmsd.json.
"""
import os
import warnings

import mdtraj
import numpy as np

import golden

warnings.simplefilter("ignore")


def exact(a, b):
    """The rotation that fits a on b (no reflection), and then the distance left, summed rather than subtracted."""
    a = a - a.mean(axis=0)
    b = b - b.mean(axis=0)
    u, _, vt = np.linalg.svd(a.T @ b)
    if np.linalg.det(u) * np.linalg.det(vt) < 0:
        u[:, 2] = -u[:, 2]
    return np.sqrt(((a @ (u @ vt) - b) ** 2).sum() / len(a))


def rotation(rng):
    q = rng.normal(size=4)
    w, x, y, z = q / np.linalg.norm(q)
    return np.array([[1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
                     [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
                     [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)]])


cases = []


def add(name, xyz, digits=3, note=None, **more):
    xyz = np.asarray(xyz, float).round(digits)
    f4 = xyz.astype(np.float32)
    n = len(f4)
    t = mdtraj.Trajectory(f4.copy(), None)
    m = np.array([mdtraj.rmsd(t, t, i) for i in range(n)])
    f8 = f4.astype(np.float64)
    e = np.array([[exact(f8[i], f8[j]) for j in range(n)] for i in range(n)])
    np.fill_diagonal(e, 0)
    e = np.triu(e) + np.triu(e, 1).T
    # Nine significant digits tell every float32 from every other; more would be noise in the file.
    case = {"name": name, "frames": n, "atoms": xyz.shape[1], "xyz": xyz,
            "mdtraj": [float("%.9g" % v) for v in m.ravel()],
            "exact": [float("%.13g" % v) for v in e[np.triu_indices(n, 1)]]}
    if note:
        case["note"] = note
    with np.errstate(all="ignore"):
        case["worst"] = float("%.2g" % np.nanmax(np.abs(m - e)))
    cases.append(dict(case, **more))


def rigid(rng, x, shift=1.0):
    return x @ rotation(rng).T + rng.uniform(-shift, shift, 3)


rng = np.random.RandomState(1)
ala = mdtraj.load(os.path.join(golden.HERE, "..", "..", "examples", "alanine-dipeptide.h5"))
add("alanine dipeptide, 20 frames", ala.xyz[::ala.n_frames // 20][:20].astype(float))

chain = np.cumsum(rng.normal(0, 0.1, (264, 3)), axis=0)
add("264 atoms, 12 frames", [rigid(rng, chain + np.cumsum(rng.normal(0, 0.004 * k, (264, 3)), axis=0), 3) for k in range(12)])
small = rng.uniform(-0.3, 0.3, (8, 9, 3))
add("random 9 atoms", small)
for n in (1, 2, 3, 4, 5):
    add("random, atoms: %d" % n, rng.uniform(-0.5, 0.5, (6, n, 3)))

line = np.arange(7)[:, None] * np.array([0.1, 0.04, -0.03])
add("on a line", [line, rigid(rng, line), line * 1.5, line[::-1], rigid(rng, line) * 0.7],
    digits=6, note="every frame lies on a line: the best rotation is not unique, the distance is")
plane = np.hstack([rng.uniform(-0.4, 0.4, (8, 2)), np.zeros((8, 1))])
plane2 = np.hstack([rng.uniform(-0.4, 0.4, (8, 2)), np.zeros((8, 1))])
add("in a plane", [plane, plane * [-1, 1, 1], rigid(rng, plane), plane2, rigid(rng, plane2)], digits=6,
    note="frames 0, 1 and 2 coincide after a rotation: a mirror image in the plane is one")
base = rng.uniform(-0.4, 0.4, (11, 3))
add("mirror images", [base, base * [-1, 1, 1], base * [1, 1, -1], -base, rigid(rng, -base)], digits=6,
    note="frame 0 does not reach the others, which are one another's copies: reflections are not allowed")
add("identical frames", [base, base, base, base + 0])
add("rotated and moved copies", [rigid(rng, base) for _ in range(6)], digits=6)
add("far from the origin", [rigid(rng, base) + 50 for _ in range(5)], digits=3,
    note="the coordinates are near 50 nm: centre before squaring; the rounding of the input itself moves atoms by 0.0005 nm")
add("all atoms in one place", [np.zeros((4, 3)), np.full((4, 3), 0.25), base[:4]])
add("cube corners", [np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)], float) * 0.2,
                     np.array([[k, i, j] for i in (0, 1) for j in (0, 1) for k in (0, 1)], float) * 0.2,
                     np.array([[1 - i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)], float) * 0.2],
    note="symmetric: three equal singular values, a multiple root of the characteristic polynomial")
add("tiny", base * 1e-4 + rng.uniform(-1e-5, 1e-5, (4, 11, 3)), digits=9)
add("nearly the same", base + rng.uniform(-2e-5, 2e-5, (5, 11, 3)), digits=6,
    note="distances near 1e-5 nm: E0 minus the eigenvalue cancels, and float32 sums lose it")

golden.write("distances/rmsd.json", {
    "generator": "make_rmsd.py", "versions": golden.versions(mdtraj),
    "tolerance": {"against mdtraj": "1e-5 nm, where `worst` is below it", "against exact": "1e-6 nm: the quartic in float64, whose root is multiple for copies and for lines; an SVD comes within 1e-9"},
    "notes": ["xyz: nm, frames x atoms x 3; round each to float32 before use, as both references did",
              "mdtraj: frames x frames, row i is rmsd(t, t, i); exact: condensed, the upper triangle by rows",
              "worst: the largest difference between the two, nm: what MDTraj's float32 loses"],
}, cases=cases)
for c in cases:
    print("%-32s mdtraj off by %g" % (c["name"], c["worst"]), "with NaN" if any(v != v for v in c["mdtraj"]) else "")
