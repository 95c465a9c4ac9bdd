"""Sequences to clusters as one writes it with sets and SciPy's sparse matrices, in the steps of clusTCR."""
from collections import defaultdict

import numpy
from serve import serve


def edges_of(sequences):
    buckets = defaultdict(list)
    for i, sequence in enumerate(sequences):
        buckets[sequence[::2], None].append(i)
        buckets[None, sequence[1::2]].append(i)
    edges = set()
    for bucket in buckets.values():
        for at, i in enumerate(bucket):
            a = sequences[i]
            for j in bucket[at + 1 :]:
                b = sequences[j]
                if len(a) == len(b) and sum(x != y for x, y in zip(a, b)) <= 1:
                    edges.add((i, j))
    return edges


def normalised(matrix):
    from scipy.sparse import diags

    return (matrix @ diags(1 / numpy.asarray(matrix.sum(axis=0)).ravel())).tocsc()


def pruned(matrix, threshold):
    n = matrix.shape[1]
    row = numpy.asarray(matrix.argmax(axis=0)).ravel()
    kept = matrix.copy()
    largest = numpy.repeat(numpy.asarray(matrix.max(axis=0).todense()).ravel(), numpy.diff(kept.indptr))
    column = numpy.repeat(numpy.arange(n), numpy.diff(kept.indptr))
    kept.data[(kept.data < threshold) & ~((kept.indices == row[column]) & (kept.data == largest))] = 0
    kept.eliminate_zeros()
    return kept


def markov(file, inflation):
    from scipy.sparse import coo_matrix, identity

    with open(file) as text:
        sequences = text.read().split()

    def run():
        edges = numpy.array(sorted(edges_of(sequences)))
        nodes = numpy.unique(edges)
        at = numpy.searchsorted(nodes, edges)
        n = len(nodes)
        half = coo_matrix((numpy.ones(len(at)), (at[:, 0], at[:, 1])), shape=(n, n))
        matrix = normalised((half + half.T + identity(n)).tocsc())
        for _ in range(100):
            last = matrix
            matrix = (matrix @ matrix).tocsc()
            matrix.data **= inflation
            matrix = pruned(normalised(matrix), 1e-3)
            if (abs(matrix - last) - 1e-5 * abs(last)).max() <= 1e-8:
                break
        # Of each node: the attractor that draws most; of each attractor: the first node that it draws.
        strongest = numpy.asarray(matrix.argmax(axis=0)).ravel()
        rows = matrix.tocsr()
        first = [rows[i].indices.min() if rows[i].nnz else -1 for i in range(n)]
        labels = numpy.full(len(sequences), -1, dtype=numpy.int32)
        labels[nodes] = nodes[numpy.array(first)[strongest]]
        return labels

    return run


serve(["scipy"], {"scipy sets and sparse matrices": markov})
