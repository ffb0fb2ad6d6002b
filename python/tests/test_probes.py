"""Probes against brute force in NumPy."""

import numpy as np
import pytest

import pulsatrix


def components(points):
    """Deaths of components: the lengths of the edges at which union-find joins two of them."""
    parent = list(range(len(points)))

    def root(i):
        while parent[i] != i:
            i = parent[i]
        return i

    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    pairs = sorted((distances[i, j], i, j) for i in range(len(points)) for j in range(i))
    deaths = []
    for length, i, j in pairs:
        a, b = root(i), root(j)
        if a != b:
            parent[a] = b
            deaths.append(length)
    return np.array(deaths)


def test_components_are_those_of_union_find():
    points = np.random.default_rng(1).normal(size=(40, 3))
    (diagram,) = pulsatrix.persistent_homology(points, 0)
    deaths = np.sort(diagram[:, 1])
    assert np.isinf(deaths[-1]) and np.allclose(deaths[:-1], np.sort(components(points)))
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    (same,) = pulsatrix.persistent_homology(distances, 0, of="distances")
    assert np.array_equal(same, diagram)


def test_a_circle_has_one_loop():
    angles = 2 * np.pi * np.arange(12) / 12
    loops = pulsatrix.persistent_homology(np.column_stack([np.cos(angles), np.sin(angles)]))[1]
    assert loops.shape == (1, 2)
    assert loops[0] == pytest.approx([2 * np.sin(np.pi / 12), np.sqrt(3)], abs=1e-12)
    far = loops + [[0.0, 0.25]]
    assert pulsatrix.bottleneck_distance(loops, far) == pytest.approx(0.25)
    assert pulsatrix.wasserstein_distance(loops, np.empty((0, 2)), 1) == pytest.approx(np.diff(loops[0])[0] / 2)
    with pytest.raises(ValueError, match="of: `graph`"):
        pulsatrix.persistent_homology(loops, of="graph")


def ksg(x, y, k):
    """Kraskov, Stoegbauer, Grassberger 2004, eq. 8, by brute force."""
    n = len(x)

    def psi(m):
        return -0.5772156649015329 + sum(1 / i for i in range(1, m))

    dx, dy = (np.abs(side[:, None] - side[None]) for side in (x, y))
    both = np.maximum(dx, dy)
    np.fill_diagonal(both, np.inf)
    reach = np.sort(both, axis=1)[:, k - 1]
    counts = [((side < reach[:, None]).sum(axis=1) - 1) for side in (dx, dy)]
    mean = np.mean([psi(a + 1) + psi(b + 1) for a, b in zip(*counts)])
    return psi(k) + psi(n) - mean


def test_nearest_neighbours_are_those_of_brute_force():
    rng = np.random.default_rng(2)
    x = rng.normal(size=400)
    y = 0.8 * x + 0.6 * rng.normal(size=400)
    # scales of columns do not count, and one that is common to all changes no neighbour
    x, y = x / x.std(), y / y.std()
    found = pulsatrix.mutual_information(x, y, neighbours=4)
    assert found.nats == pytest.approx(ksg(x, y, 4), abs=1e-9)
    assert found.standard_error > 0
    bit = pulsatrix.mutual_information(x, labels=(x > 0).astype(int))
    assert bit.nats == pytest.approx(np.log(2), abs=0.05)
    binned = pulsatrix.mutual_information(np.arange(1000.0), np.arange(1000.0) >= 500, method="binning", bins=2)
    assert binned.nats == pytest.approx(np.log(2), abs=1e-3)


def test_veca_is_the_variance_of_numpy_eigenvalues():
    activations = np.random.default_rng(3).normal(size=(50, 7)) @ np.diag(np.arange(1.0, 8.0))
    values = np.linalg.eigvalsh(np.cov(activations.T))
    found = pulsatrix.veca(activations)
    assert found.mean == pytest.approx(values.mean(), rel=1e-12)
    assert found.variance == pytest.approx(values.var(), rel=1e-9)
    assert found.relative == pytest.approx(values.var() / values.mean() ** 2, rel=1e-9)


def test_arguments_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match=r"y: shape \(3, 1\), expected \(4, columns\)"):
        pulsatrix.mutual_information(np.arange(4.0), np.arange(3.0))
    with pytest.raises(TypeError, match="activations: dtype"):
        pulsatrix.veca(np.array([["a", "b"]]))
    with pytest.raises(ValueError, match="labels: expected whole numbers"):
        pulsatrix.mutual_information(np.arange(4.0), labels=[0, 1, -1, 2])


def test_classes_that_cannot_be_are_refused():
    sound = [[0.0, 1.0]]
    for birth, death in ((np.nan, 1.0), (0.0, np.nan), (1.0, 0.5), (-np.inf, 0.0)):
        for distance in (pulsatrix.bottleneck_distance, pulsatrix.wasserstein_distance):
            with pytest.raises(ValueError, match="a class of the second diagram is born at"):
                distance(sound, [[birth, death]])
    assert pulsatrix.bottleneck_distance([[0.0, np.inf]], [[0.5, np.inf]]) == 0.5
    with pytest.raises(ValueError, match=r"data: nan at \(1, 0\)"):
        pulsatrix.persistent_homology([[0.0], [np.nan]], 0)
    apart = pulsatrix.persistent_homology([[0.0, np.inf], [np.inf, 0.0]], 0, of="distances")
    assert np.isinf(apart[0]).sum() == 2
