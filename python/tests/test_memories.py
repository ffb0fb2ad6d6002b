"""Memories against closed forms and against NumPy."""

import pickle
import subprocess
import sys
import textwrap

import numpy as np
import pytest
from test_experiment import closed_form_period

import pulsatrix


def test_the_atlas_has_the_periods_of_the_closed_form():
    a, b, c, h = 1.0, 0.3, -22.0, 2.1
    network = pulsatrix.ImpulseNetwork(4, a, b, c, h)
    atlas = network.atlas(certify=True)
    assert len(atlas) == 15 and len(atlas.memories) == 15
    for record in atlas:
        expected = closed_form_period(record["k"], a, b, c, h)
        assert record["period"] == pytest.approx(expected, abs=1e-9)
        assert network.closed_form(record["k"])["period"] == pytest.approx(expected, abs=1e-12)
    # the published row of the theory
    assert network.closed_form(2)["period"] == pytest.approx(13.71114, abs=5e-6)
    assert atlas[[1, 1, 0, 0]]["k"] == 2
    assert atlas.column("period").shape == (15,)


def test_certified_multipliers_are_those_of_the_closed_form():
    a, b, c, h = 1.0, 0.5, -44.0, 3.3
    found = pulsatrix.ImpulseNetwork(3, a, b, c, h).certify("110")
    # case B: mu_k = -r + (1 + r) exp(-B t0), silent multiplier exp(-K t0)
    synchrony, silent = -1 + 2 * np.exp(-b * 2), np.exp(-2 * b * 2)
    moduli = sorted((abs(complex(*pair)) for pair in found["multipliers"]), reverse=True)
    assert moduli[0] == pytest.approx(max(abs(synchrony), silent), abs=1e-9)
    assert moduli[1] == pytest.approx(min(abs(synchrony), silent), abs=1e-9)
    assert found["stability"] == "stable"
    proved = pulsatrix.ImpulseNetwork(3, a, b, c, h).certify("110", prove=True)
    assert proved["proof"]["verdict"] == "proved-stable"


def test_cues_are_recalled_and_trajectories_are_those_of_one_neuron():
    network = pulsatrix.ImpulseNetwork(3)
    cues = np.array([[1, 1, -1], [1, -1, -1], [1, 1, 1]])
    recalled = network.recall(cues)
    assert recalled.found.all() and np.array_equal(recalled.patterns, cues > 0)
    free = pulsatrix.ImpulseNetwork(1, a=2.0, b=0.0).simulate(9.0, state=[-1.0], samples=91)
    # from -1 at 0: up to 1 at t = 2, down by 2 a unit to -2 at t = 3.5, up again; period 4.5
    t = np.mod(free.t - 1, 4.5)
    x = np.where(t < 1, t, np.where(t < 2.5, 1 - 2 * (t - 1), -2 + t - 2.5))
    assert np.abs(free.y[0] - x).max() < 1e-12 and free.engine == "relay"
    assert network.settle("011")["cycle"]["pattern"] == "011"
    assert network.cue("011").shape == (3,)
    with pytest.raises(ValueError, match="pattern: 2 bits for 3 neurons"):
        network.certify("11")
    with pytest.raises(ValueError, match=r"cues: shape \(1, 2\), expected \(cues, 3\)"):
        network.recall([1, 1])


def test_networks_pickle_and_refuse_what_does_not_fit():
    network = pulsatrix.ImpulseNetwork(3, weights=np.ones((3, 3)) - np.eye(3))
    again = pickle.loads(pickle.dumps(network))
    assert again.atlas().memories == network.atlas().memories
    with pytest.raises(ValueError, match=r"weights: shape \(2, 2\), expected \(3, 3\)"):
        pulsatrix.ImpulseNetwork(3, weights=np.eye(2))
    with pytest.raises(ValueError, match="a"):
        pulsatrix.ImpulseNetwork(3, a=-1.0).atlas()


@pytest.fixture
def patterns():
    return np.random.default_rng(1).choice([-1.0, 1.0], size=(5, 60))


def test_hebb_and_projection_are_those_of_numpy(patterns):
    hebb = patterns.T @ patterns / 60
    np.fill_diagonal(hebb, 0)
    assert np.allclose(pulsatrix.Hopfield(patterns).weights, hebb, atol=1e-14)
    projection = patterns.T @ np.linalg.pinv(patterns.T)
    np.fill_diagonal(projection, 0)
    assert np.allclose(pulsatrix.Hopfield(patterns, "pseudo-inverse").weights, projection, atol=1e-12)


def test_recall_is_that_of_numpy_update_by_update(patterns):
    rng = np.random.default_rng(2)
    cues = patterns * rng.choice([1, -1], size=patterns.shape, p=[0.85, 0.15])
    network = pulsatrix.Hopfield(patterns)
    recalled = network.recall(cues)
    for cue, found in zip(cues, recalled.states):
        state, changed = cue.copy(), True
        while changed:
            changed = False
            for neuron in range(60):
                field = network.weights[neuron] @ state
                if field * state[neuron] < 0:
                    state[neuron], changed = -state[neuron], True
        assert np.array_equal(state, found)
    assert recalled.at_rest.all()
    energy = -0.5 * np.einsum("ci,ij,cj->c", recalled.states, network.weights, recalled.states)
    assert np.allclose(network.energy(recalled.states), energy)
    assert (energy <= network.energy(cues) + 1e-12).all()
    both = network.recall(cues, order="synchronous")
    assert set(both.period.tolist()) <= {1, 2}
    assert np.array_equal(pickle.loads(pickle.dumps(network)).weights, network.weights)


def test_dense_and_modern_networks_are_those_of_numpy(patterns):
    rng = np.random.default_rng(3)
    cues = patterns * rng.choice([1, -1], size=patterns.shape, p=[0.8, 0.2])
    assert np.array_equal(pulsatrix.DenseHopfield(patterns, 4).recall(cues).states, patterns)
    stored = rng.normal(size=(4, 30))
    beta = 0.7
    network = pulsatrix.ModernHopfield(stored, beta)
    starts = stored + 0.3 * rng.normal(size=stored.shape)
    found = network.recall(starts)
    for start, end in zip(starts, found.states):
        for _ in range(500):
            overlap = beta * stored @ start
            weight = np.exp(overlap - overlap.max())
            start = stored.T @ (weight / weight.sum())
        assert np.abs(start - end).max() < 1e-8
    overlaps = beta * found.states @ stored.T
    energy = -np.log(np.exp(overlaps).sum(axis=1)) / beta + 0.5 * (found.states**2).sum(axis=1)
    assert np.allclose(network.energy(found.states), energy)
    with pytest.raises(ValueError, match="rule: `hebbian`"):
        pulsatrix.Hopfield(patterns, "hebbian")


def test_a_certificate_is_that_of_the_pattern_asked_for():
    weak = pulsatrix.ImpulseNetwork(3, c=-4)
    assert weak.certify("111")["pattern"] == "111"
    with pytest.raises(pulsatrix.NumericalError, match="no certificate of 100.*cycle of 111"):
        weak.certify("100")
    for bits in ("000", [0, 0, 0]):
        with pytest.raises(ValueError, match="pattern: no neuron of it fires"):
            weak.certify(bits)
    with pytest.raises(ValueError, match="pattern: nan at 0"):
        weak.certify([np.nan, 0, 0])
    with pytest.raises(ValueError, match="expected 1 for a neuron that fires and 0"):
        weak.certify([1, -1, -1])


def test_what_is_no_number_reaches_no_memory(patterns):
    broken = [1.0, np.nan, -1.0]
    for memory in (pulsatrix.Hopfield, pulsatrix.DenseHopfield, pulsatrix.ModernHopfield):
        with pytest.raises(ValueError, match=r"patterns: nan at \(0, 1\)"):
            memory([broken])
        with pytest.raises(ValueError, match=r"cues: nan at \(0, 1\)"):
            memory([[1.0, 1.0, -1.0]]).recall(broken)
        with pytest.raises(ValueError, match="patterns: 1 entries are masked"):
            memory(np.ma.array([[1.0, -1.0]], mask=[[True, False]]))
    with pytest.raises(ValueError, match=r"cues: nan at \(0, 1\)"):
        pulsatrix.ImpulseNetwork(3).recall(broken)
    large = pulsatrix.ModernHopfield([[1e200, -1e200], [1e200, 1e200]])
    with pytest.raises(pulsatrix.NumericalError, match="cue 0 .from 0.: its overlaps with the patterns overflow"):
        large.recall([1e200, 1e200])
    with pytest.raises(pulsatrix.NumericalError, match="its energy overflows"):
        large.energy([1e200, 1e200])


def test_waiting_has_a_range():
    network = pulsatrix.ImpulseNetwork(2)
    for name, value in (
        ("maximum_time", np.nan), ("maximum_time", -1.0), ("spread", np.nan), ("spread", -0.1), ("tolerance", 0.0), ("synchrony", 0.0),
        ("seed", -1),
    ):
        with pytest.raises(ValueError, match=f"{name}: "):
            network.atlas(**{name: value})
    with pytest.raises(ValueError, match="maximum_time: "):
        network.recall([1, -1], maximum_time=np.nan)


def test_weights_leave_no_coupling_to_choose():
    weights = np.ones((2, 2)) - np.eye(2)
    with pytest.raises(TypeError, match="coupling: the weights say already"):
        pulsatrix.ImpulseNetwork(2, weights=weights, coupling="ring")
    with pytest.raises(TypeError, match="self_term: the weights say already"):
        pulsatrix.ImpulseNetwork(2, weights=weights, self_term=True)
    assert pulsatrix.ImpulseNetwork(2, weights=weights).atlas().memories == pulsatrix.ImpulseNetwork(2).atlas().memories


def test_what_is_shown_is_short(patterns):
    assert repr(pulsatrix.ImpulseNetwork(3).atlas()) == "Atlas(patterns=7, memories=7)"
    assert repr(pulsatrix.Hopfield(patterns)) == "Hopfield(neurons=60)"
    assert repr(pulsatrix.DenseHopfield(patterns, 4)) == "DenseHopfield(neurons=60, patterns=5, order=4)"
    assert repr(pulsatrix.ModernHopfield(patterns, 0.5)) == "ModernHopfield(neurons=60, patterns=5, beta=0.5)"


@pytest.mark.parametrize("call", [
    "pulsatrix.ImpulseNetwork(10, lam=300.0).atlas(tolerance=1e-12)",
    "pulsatrix.ImpulseNetwork(40, lam=200.0).simulate(1e6, pattern='1' * 40)",
    # neurons that do not hear each other, with periods of no common multiple, settle on nothing
    "pulsatrix.ImpulseNetwork(2, a=[1.0, 3**0.5], b=0.0).settle('11', maximum_time=1e9)",
])
def test_ctrl_c_ends_work_and_not_only_the_wait_for_it(call):
    """The worker goes soon after the interruption is raised: nothing goes on computing."""
    script = f"""
        import os, signal, threading, time
        import pulsatrix
        threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
        try:
            {call}
            print("done too early")
        except KeyboardInterrupt:
            # what is under way ends with its pattern; the whole would take many minutes
            for _ in range(300):
                before = time.process_time()
                time.sleep(0.1)
                busy = time.process_time() - before > 0.05
                if not busy:
                    break
            print(busy)
    """
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, timeout=60)
    assert ended.stdout == "False\n", ended
