import numpy
from serve import serve


def pdist(file, metric):
    from scipy.spatial.distance import pdist

    X = numpy.load(file)
    return lambda: pdist(X, metric)


def cdist(file, metric):
    from scipy.spatial.distance import cdist

    X = numpy.load(file)
    return lambda: cdist(X, X, metric), lambda D: D[numpy.triu_indices(len(D), 1)]


serve(["scipy"], {"scipy pdist": pdist, "scipy cdist": cdist})
