#!/usr/bin/env python3
"""Simulate alanine dipeptide (ACE-ALA-NME) and write ../alanine-dipeptide.h5 in MDTraj's HDF5 layout.

Needs: GROMACS 2022 with its own force fields and MDTraj 1.9 (Debian: gromacs, gromacs-data, python3-mdtraj).
Takes: about 100 seconds on one core.
Comes out: 4,000 frames of all 22 atoms, 5 ps apart, at 450 K, without solvent but with its dielectric constant; about
0.8 MB. It visits three states: beta, alpha-R and phi > 0; the script ends with their populations. Coordinates are in nm,
rounded to 0.001 nm as GROMACS' .xtc keeps them, the molecule whole. Seeds are fixed and the
run is on one thread; another build of GROMACS may still round differently and so walk another path through the same
basins.

Usage: make.py [work folder]    (a temporary folder by default; it keeps topology, log and .xtc)
"""
import os
import subprocess
import sys
import tempfile

import mdtraj
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "..", "alanine-dipeptide.h5")

# Heavy atoms by internal coordinates: name, residue, residue number, then (bond to, nm), (angle with, degrees),
# (torsion with, degrees). Bond lengths and angles are textbook values; phi = -80, psi = 80 is near C7eq.
ATOMS = [
    ("CH3", "ACE", 1, None, None, None),
    ("C", "ACE", 1, (0, 0.152), None, None),
    ("O", "ACE", 1, (1, 0.123), (0, 121), None),
    ("N", "ALA", 2, (1, 0.134), (0, 116), (2, 180)),
    ("CA", "ALA", 2, (3, 0.146), (1, 122), (0, 180)),
    ("C", "ALA", 2, (4, 0.152), (3, 111), (1, -80)),
    ("CB", "ALA", 2, (4, 0.153), (3, 110), (1, 158)),
    ("N", "NME", 3, (5, 0.134), (4, 116), (3, 80)),
    ("O", "ALA", 2, (5, 0.123), (4, 121), (3, -100)),
    ("CH3", "NME", 3, (7, 0.146), (5, 122), (4, 180)),
]


def build():
    """Place each atom from its distance, angle and torsion to earlier ones."""
    x = []
    for name, _, _, bond, angle, torsion in ATOMS:
        if bond is None:
            x.append(np.zeros(3))
            continue
        b = x[bond[0]]
        if angle is None:
            x.append(b + [bond[1], 0, 0])
            continue
        c = x[angle[0]]
        # Before there is a third atom, any plane does.
        d = x[torsion[0]] if torsion else c + [0, 1, 0]
        th, ph = np.radians(angle[1]), np.radians(torsion[1] if torsion else 180)
        u = (b - c) / np.linalg.norm(b - c)
        n = np.cross(c - d, u)
        n /= np.linalg.norm(n)
        x.append(b + bond[1] * (-np.cos(th) * u + np.sin(th) * (np.cos(ph) * np.cross(n, u) + np.sin(ph) * n)))
    return np.array(x)


def pdb(x):
    order = sorted(range(len(ATOMS)), key=lambda i: ATOMS[i][2])
    lines = ["ATOM  %5d %4s %3s A%4d    %8.3f%8.3f%8.3f  1.00  0.00           %s" % (
        k + 1, (" %-3s" % ATOMS[i][0]), ATOMS[i][1], ATOMS[i][2], *(10 * x[i]), ATOMS[i][0][0])
        for k, i in enumerate(order)]
    return "\n".join(lines + ["TER", "END", ""])


def main(work):
    def gmx(*args, **kw):
        subprocess.run(["gmx", "-nobackup", *args], cwd=work, check=True, text=True, **kw)

    with open(os.path.join(work, "start.pdb"), "w") as f:
        f.write(pdb(build()))
    gmx("pdb2gmx", "-f", "start.pdb", "-o", "start.gro", "-ff", "amber99sb-ildn", "-water", "none", "-ignh")
    gmx("editconf", "-f", "start.gro", "-o", "box.gro", "-box", "5", "-c")
    one = ["-ntmpi", "1", "-ntomp", "1", "-reprod"]
    gmx("grompp", "-f", os.path.join(HERE, "em.mdp"), "-c", "box.gro", "-p", "topol.top", "-o", "em.tpr", "-maxwarn", "1")
    gmx("mdrun", "-deffnm", "em", *one)
    gmx("grompp", "-f", os.path.join(HERE, "md.mdp"), "-c", "em.gro", "-p", "topol.top", "-o", "md.tpr", "-maxwarn", "1")
    gmx("mdrun", "-deffnm", "md", *one)
    gmx("trjconv", "-f", "md.xtc", "-s", "md.tpr", "-o", "whole.xtc", "-pbc", "mol", "-center", input="System\nSystem\n")
    gmx("editconf", "-f", "em.gro", "-o", "em.pdb")

    t = mdtraj.load(os.path.join(work, "whole.xtc"), top=os.path.join(work, "em.pdb"))[1:]  # without the start
    t.unitcell_vectors = None  # one molecule in empty space
    t.xyz = np.round(t.xyz - t.xyz.mean(axis=1, keepdims=True), 3)
    with mdtraj.formats.HDF5TrajectoryFile(OUT, "w", force_overwrite=True) as f:
        f.write(coordinates=t.xyz.astype(np.float32), time=(t.time - t.time[0]).astype(np.float32))
        f.topology = t.topology
    report(mdtraj.load(OUT))


def report(t):
    """Bond lengths and Ramachandran basins: a molecule that broke or never moved must not pass for an example."""
    xyz = t.xyz.astype(float)
    bonds = np.array([[a.index, b.index] for a, b in t.topology.bonds])
    length = np.linalg.norm(xyz[:, bonds[:, 0]] - xyz[:, bonds[:, 1]], axis=2)
    print(t, os.path.getsize(OUT), "bytes; bonds %.3f to %.3f nm" % (length.min(), length.max()))
    phi = np.degrees(mdtraj.compute_phi(t)[1][:, 0])
    psi = np.degrees(mdtraj.compute_psi(t)[1][:, 0])
    right = (phi > 0) & (phi < 130)  # the side barrier at phi = 0 closes: alpha-L and C7ax
    alpha = ~right & (psi > -120) & (psi < 50)
    beta = ~right & ~alpha
    state = np.select([right, beta, alpha], [1, 2, 3])
    for name, m in (("beta, C5, PII, C7eq", beta), ("  of it phi < -110", beta & ((phi < -110) | (phi > 130))),
                    ("  of it phi > -110", beta & (phi >= -110) & (phi < 0)), ("alpha-R", alpha), ("alpha-L, C7ax", right)):
        print("%-20s %5d frames %5.1f %%" % (name, m.sum(), 100 * m.mean()))
    for a, b, name in ((2, 3, "beta to alpha-R"), (3, 2, "alpha-R to beta")):
        print("%-20s %5d times" % (name, ((state[:-1] == a) & (state[1:] == b)).sum()))
    print("%-20s %5d times" % ("into phi > 0", ((state[1:] == 1) & (state[:-1] != 1)).sum()))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        os.makedirs(sys.argv[1], exist_ok=True)
        main(os.path.abspath(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as folder:
            main(folder)
