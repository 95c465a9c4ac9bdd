"""All pairs with mdtraj.rmsd, in the ways that a user may call it. Each centres its own copy in the timed part,
as the other side does."""
import numpy
from serve import serve


def load(file):
    import mdtraj

    xyz = numpy.load(file)
    return mdtraj, mdtraj.Trajectory(xyz.reshape(len(xyz), -1, 3), None)


def condensed(square):
    return square[numpy.triu_indices(len(square), 1)]


def plain(file):
    """As in MDTraj's clustering example: every frame against all, centred again on every call."""
    mdtraj, frames = load(file)
    n = len(frames)

    def run():
        square = numpy.empty((n, n), dtype=numpy.float32)
        for i in range(n):
            square[i] = mdtraj.rmsd(frames, frames, i, parallel=False)
        return square

    return run, condensed


def precentered(file):
    """The same, centred once."""
    mdtraj, frames = load(file)
    n = len(frames)

    def run():
        frames.center_coordinates()
        square = numpy.empty((n, n), dtype=numpy.float32)
        for i in range(n):
            square[i] = mdtraj.rmsd(frames, frames, i, parallel=False, precentered=True)
        return square

    return run, condensed


def half(file):
    """The same, each pair once: frame i against those behind it."""
    mdtraj, frames = load(file)
    n = len(frames)

    def run():
        frames.center_coordinates()
        pairs = numpy.empty(n * (n - 1) // 2, dtype=numpy.float32)
        at = 0
        for i in range(n - 1):
            rest = frames.slice(slice(i + 1, None), copy=False)
            # MDTraj 1.9.7 hands a slice the traces of the whole, which makes wrong distances of it.
            rest._rmsd_traces = frames._rmsd_traces[i + 1 :]
            pairs[at : at + n - 1 - i] = mdtraj.rmsd(rest, frames, i, parallel=False, precentered=True)
            at += n - 1 - i
        return pairs

    return run


serve(["mdtraj"], {"mdtraj rmsd": plain, "mdtraj precentered": precentered, "mdtraj precentered, half": half})
