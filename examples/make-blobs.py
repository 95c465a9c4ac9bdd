#!/usr/bin/env python3
"""Write blobs.csv: 600 points around four centres in the plane, with an id column.

Needs: Python 3 alone. Takes: no time. Comes out: columns id, x, y; four groups of unequal size and spread (240, 180, 120
and 60 rows), shuffled; the same bytes each time.
"""
import os
import random

rng = random.Random(42)
groups = [(240, 0.0, 0.0, 0.8), (180, 6.0, 1.0, 1.0), (120, 2.5, 6.5, 0.7), (60, -5.0, 5.0, 0.5)]
points = [(rng.gauss(x, s), rng.gauss(y, s)) for n, x, y, s in groups for _ in range(n)]
rng.shuffle(points)
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "blobs.csv"), "w", newline="\n") as f:
    f.write("id,x,y\n")
    for i, (x, y) in enumerate(points):
        f.write("p%03d,%.4f,%.4f\n" % (i + 1, x, y))
