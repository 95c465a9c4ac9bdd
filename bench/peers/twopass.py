"""Two-pass clustering of a trajectory as one writes it with MDTraj and SciPy: profiles, ward, medoids."""
import numpy
from serve import serve


def script(file, stride, clusters, chunk):
    import mdtraj
    from scipy.cluster.hierarchy import fcluster, ward

    def run():
        sample = mdtraj.load(file, stride=stride)
        sample.center_coordinates()
        n = len(sample)
        square = numpy.empty((n, n))
        for i in range(n):
            square[i] = mdtraj.rmsd(sample, sample, i, parallel=False, precentered=True)
        labels = fcluster(ward(square), clusters, "maxclust")
        leaders = []
        for k in range(1, clusters + 1):
            members = numpy.flatnonzero(labels == k)
            leaders.append(members[square[numpy.ix_(members, members)].sum(axis=0).argmin()])
        out = []
        for part in mdtraj.iterload(file, chunk=chunk):
            part.center_coordinates()
            to = [mdtraj.rmsd(part, sample, i, parallel=False, precentered=True) for i in leaders]
            out.append(numpy.argmin(to, axis=0) + 1)
        return numpy.concatenate(out)

    return run, lambda a: a.astype(numpy.int32)


serve(["mdtraj", "scipy"], {"mdtraj + scipy": script})
