"""What the generators here share: platform-independent JSON, and the versions of the libraries asked.

Floats are written with repr (the shortest text that reads back as the same float64; a whole number loses its ".0").
NaN and the infinities, which JSON lacks, are written as the strings "NaN", "Infinity" and "-Infinity". Arrays are flat,
row-major. Keys are sorted. Each case stands on a line of its own, so a change is a short diff.
"""
import json
import math
import os
import platform

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))


def plain(v):
    """Numpy values and special floats as JSON can hold them."""
    if isinstance(v, dict):
        return {str(k): plain(w) for k, w in v.items()}
    if isinstance(v, np.ndarray):
        return [plain(w) for w in v.ravel().tolist()]
    if isinstance(v, (list, tuple)):
        return [plain(w) for w in v]
    if isinstance(v, np.generic):
        v = v.item()
    if isinstance(v, float):
        if math.isnan(v):
            return "NaN"
        if math.isinf(v):
            return "Infinity" if v > 0 else "-Infinity"
        if v.is_integer() and abs(v) < 1e15 and not (v == 0 and math.copysign(1, v) < 0):
            return int(v)
    return v


def dumps(v):
    return json.dumps(plain(v), sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False)


def write(name, meta, **sections):
    """Write test/golden/<name>: `meta`, then each section (a list of cases), one case to a line."""
    meta = dict(meta, encoding='NaN, Infinity and -Infinity are strings; arrays are flat, row-major')
    parts = ['"meta":' + dumps(meta)]
    for key in sorted(sections):
        parts.append('"%s":[\n%s\n]' % (key, ",\n".join(dumps(c) for c in sections[key])))
    text = "{" + ",\n".join(parts) + "}\n"
    path = os.path.join(HERE, name)
    with open(path, "w", encoding="utf-8", newline="\n") as f:
        f.write(text)
    json.loads(text, parse_constant=lambda c: 1 / 0)
    print("%s: %d bytes, %s" % (name, len(text.encode()), ", ".join("%d %s" % (len(s), k) for k, s in sections.items())))


def versions(*modules):
    out = {"python": platform.python_version(), "numpy": np.__version__}
    for m in modules:
        v = getattr(m, "__version__", None) or m.version.version
        out[m.__name__] = v
    return out
