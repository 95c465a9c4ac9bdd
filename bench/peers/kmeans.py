import numpy
from serve import serve


def sklearn(rows, centroids, iterations):
    from sklearn.cluster import KMeans

    X, C = numpy.load(rows), numpy.load(centroids)

    def run():
        model = KMeans(len(C), init=C, n_init=1, max_iter=iterations, tol=0, algorithm="lloyd")
        return model.fit(X).inertia_

    return run, lambda inertia: numpy.array([inertia], dtype=float)


def faiss(rows, centroids, iterations):
    import faiss

    faiss.omp_set_num_threads(1)
    X, C = numpy.load(rows), numpy.load(centroids)

    def run():
        model = faiss.Kmeans(
            X.shape[1], len(C), niter=iterations, min_points_per_centroid=1, max_points_per_centroid=len(X)
        )
        model.train(X, init_centroids=C)
        # Beside Lloyd's last centroids, as the others give it.
        return model.index.search(X, 1)[0].astype(float).sum()

    return run, lambda inertia: numpy.array([inertia], dtype=float)


serve(["sklearn", "faiss"], {"sklearn KMeans": sklearn, "faiss Kmeans": faiss})
