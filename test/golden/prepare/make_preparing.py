#!/usr/bin/env python3
"""Golden results of scikit-learn's StandardScaler, MinMaxScaler, Normalizer and scale (of rows), of NumPy's logarithms,
and of quantile normalisation by NumPy and SciPy's rankdata.

Needs: scikit-learn. Takes: seconds. Writes preparing.json.
"""
import numpy as np
import sklearn
from scipy.stats import rankdata
from sklearn.preprocessing import MinMaxScaler, Normalizer, StandardScaler, scale

import golden


def counts(n, d, seed):
    r = np.random.RandomState(seed)
    return np.floor(r.lognormal(2, 2, (n, d)))


def quantile(X):
    """Means of sorted rows, by mean rank (from 0): the target between two ranks is the mean of both."""
    target = np.sort(X, axis=1).mean(axis=0)
    ranks = np.vstack([rankdata(row, "average") - 1 for row in X])
    return (target[np.floor(ranks).astype(int)] + target[np.ceil(ranks).astype(int)]) / 2


def case(name, X):
    X = np.asarray(X)
    f32 = X.dtype == np.float32
    out = dict(name=name, dtype="f4" if f32 else "f8", X=X, rows=X.shape[0], cols=X.shape[1])
    standard = StandardScaler().fit(X)
    out.update(mean=standard.mean_, sd=standard.scale_, zscore=standard.transform(X),
               scaled=StandardScaler(with_mean=False).fit_transform(X),
               centred=StandardScaler(with_std=False).fit_transform(X),
               minmax=MinMaxScaler().fit_transform(X), unit=Normalizer().fit_transform(X), rowScores=scale(X, axis=1),
               quantile=quantile(X.astype(float)))
    if np.ptp(out["quantile"], axis=0).min() > 0:
        out.update(quantileZscore=StandardScaler().fit_transform(out["quantile"]))
    if X.min() >= 0:
        out.update(log2=np.log2(X.astype(float) + 1), log1p=np.log1p(X.astype(float)),
                   log2zscore=StandardScaler().fit_transform(np.log2(X.astype(float) + 1)))
    return out


r = np.random.RandomState(1)
cases = [
    case("counts", counts(30, 5, 0)),
    case("scales that differ", (r.standard_normal((25, 3)) * [1e-3, 1, 1e4]).round(6)),
    case("far from the origin", (r.standard_normal((20, 2)) + [1e6, -1e5]).round(4)),
    case("a constant column", np.column_stack([r.standard_normal(12).round(3), np.full(12, 0.1)])),
    case("a row of zeros", np.vstack([np.zeros(4), r.standard_normal((3, 4)).round(3)])),
    case("one row", [[3.0, 0.0, 4.0]]),
    case("one column", counts(9, 1, 3)),
    case("float32", counts(15, 4, 4).astype(np.float32)),
]

golden.write("prepare/preparing.json",
             dict(versions=golden.versions(sklearn),
                  tolerance="1e-12 relative to the largest number of the case; float32 1e-6; far from the origin 1e-9, since "
                            "scikit-learn rounds means there",
                  notes="zscore, scaled, centred: StandardScaler, and its with_mean=False, with_std=False; minmax: MinMaxScaler; "
                        "unit: Normalizer; rowScores: scale(X, axis=1)"),
             cases=cases)
