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


def cross(a, b, metric):
    from scipy.spatial.distance import cdist

    A, B = numpy.load(a), numpy.load(b)
    return lambda: cdist(A, B, metric)


def sklearn(a, b, metric):
    from sklearn.metrics import pairwise_distances

    A, B = numpy.load(a), numpy.load(b)
    return lambda: pairwise_distances(A, B, metric)


def faiss(a, b, metric):
    """Squared Euclidean distances alone, by products."""
    import faiss

    faiss.omp_set_num_threads(1)
    A, B = numpy.load(a), numpy.load(b)
    return lambda: faiss.pairwise_distances(A, B)


serve(
    ["scipy", "sklearn", "faiss"],
    {
        "scipy pdist": pdist,
        "scipy cdist": cdist,
        "scipy cdist, A to B": cross,
        "sklearn pairwise_distances": sklearn,
        "faiss pairwise_distances": faiss,
    },
)
