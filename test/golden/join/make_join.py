"""Tables joined by the names of their rows: pandas.concat(axis=1), with join='inner' and of the same rows."""
import io

import pandas as pd
from golden import versions, write

TABLES = [
    "patient,age,crp\np3,61,1.5\np1,40,0.25\np2,55,3\np5,70,12.5\n",
    "patient,il6\np2,7.5\np4,1\np3,2.25\n",
    "patient,rna1,rna2\np1,0.1,10\np2,0.2,20\np3,0.3,30\np5,0.5,50\n",
]


def case(name, used, how):
    frames = [pd.read_csv(io.StringIO(TABLES[i]), index_col=0).astype(float) for i in used]
    if how == "same":
        frames = [frame.reindex(frames[0].index) for frame in frames]
    joined = pd.concat(frames, axis=1, join="inner")
    return {"name": name, "how": how, "tables": [TABLES[i] for i in used], "columns": list(joined.columns),
            "index": list(joined.index), "data": joined.to_numpy().ravel()}


write("join/join.json", {"versions": versions(pd), "tolerance": 0},
      cases=[case("three tables", [0, 1, 2], "inner"), case("another order", [0, 2], "same")])
