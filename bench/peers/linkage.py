import numpy
from serve import serve


def scipy(file, method):
    from scipy.cluster.hierarchy import linkage

    y = numpy.load(file)
    return lambda: linkage(y, method)


def fastcluster(file, method):
    from fastcluster import linkage

    y = numpy.load(file)
    return lambda: linkage(y, method)


serve(["scipy", "fastcluster"], {"scipy linkage": scipy, "fastcluster linkage": fastcluster})
