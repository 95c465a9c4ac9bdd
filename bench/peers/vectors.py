import numpy
from serve import serve


def scipy(file, method):
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import pdist

    X = numpy.load(file)
    return lambda: linkage(pdist(X), method)


def fastcluster(file, method):
    import fastcluster
    from scipy.spatial.distance import pdist

    X = numpy.load(file)
    return lambda: fastcluster.linkage(pdist(X), method)


def linkage_vector(file, method):
    import fastcluster

    X = numpy.load(file)
    return lambda: fastcluster.linkage_vector(X, method)


serve(
    ["scipy", "fastcluster"],
    {
        "scipy pdist + linkage": scipy,
        "fastcluster pdist + linkage": fastcluster,
        "fastcluster linkage_vector": linkage_vector,
    },
)
