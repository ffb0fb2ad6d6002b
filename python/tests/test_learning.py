"""Predictive coding and kernels against NumPy."""

import pickle

import numpy as np
import pytest

import pulsatrix


def test_a_linear_network_relaxes_to_the_least_energy_of_numpy():
    rng = np.random.default_rng(4)
    m0, m1 = rng.normal(size=(2, 3)), rng.normal(size=(3, 5))
    network = pulsatrix.PredictiveNetwork.from_matrices([m0, m1], "identity")
    images, classes = rng.normal(size=(6, 5)), rng.normal(size=(6, 2))
    relaxed = network.relax(images, classes, tolerance=1e-10)
    for image, label, hidden, energy in zip(images, classes, relaxed.values[1], relaxed.energy):
        # E = |class - M0 h|^2/2 + |h - M1 image|^2/2
        best = np.linalg.solve(np.eye(3) + m0.T @ m0, m1 @ image + m0.T @ label)
        least = 0.5 * np.sum((label - m0 @ best) ** 2) + 0.5 * np.sum((best - m1 @ image) ** 2)
        assert np.abs(hidden - best).max() < 1e-9
        assert energy == pytest.approx(least, abs=1e-9)
    assert relaxed.converged.all() and relaxed.residual.max() <= 1e-10
    assert np.allclose(network.outputs(images), images @ m1.T @ m0.T, atol=1e-12)
    # a held class alone: the image of least energy has errors zero
    made = network.generate(classes, value_decay=0.1)
    assert made.shape == (6, 5)


def test_backpropagation_is_the_gradient_of_numpy():
    rng = np.random.default_rng(5)
    m0, m1 = 0.5 * rng.normal(size=(2, 4)), 0.5 * rng.normal(size=(4, 3))
    images, classes = rng.normal(size=(8, 3)), rng.normal(size=(8, 2))
    network = pulsatrix.PredictiveNetwork.from_matrices([m0, m1], ["tanh", "tanh"])
    hidden = np.tanh(images) @ m1.T
    output = np.tanh(hidden) @ m0.T
    error = classes - output
    step0 = error.T @ np.tanh(hidden)
    step1 = ((error @ m0) * (1 - np.tanh(hidden) ** 2)).T @ np.tanh(images)
    moved = []
    for rate in (1e-3, 2e-3):
        other = pickle.loads(pickle.dumps(network))
        other.train(images, classes, epochs=1, batch=8, rule="backpropagation", optimiser="descent", rate=rate)
        moved.append([after - before for after, before in zip(other.prediction, (m0, m1))])
    for step, once, twice in zip((step0, step1), *moved):
        # a step along the gradient, of a length that goes with the rate
        assert np.allclose(twice, 2 * once, atol=1e-12)
        scale = np.sum(once * step) / np.sum(step**2)
        assert scale > 0 and np.allclose(once, scale * step, atol=1e-12)


def test_a_network_learns_classes_and_pickles():
    rng = np.random.default_rng(6)
    centres = 2 * rng.normal(size=(3, 8))
    labels = np.repeat(np.arange(3), 40)
    images = centres[labels] + 0.3 * rng.normal(size=(120, 8))
    network = pulsatrix.PredictiveNetwork([3, 10, 8], seed=2)
    seen = []
    course = network.train(
        images, labels, epochs=40, batch=30, rate=5e-3, progress=lambda what, done, total: seen.append((done, total))
    )
    assert course["energy"].shape == (40,) and course["energy"][-1] < 0.2 * course["energy"][0]
    assert (network.classify(images) == labels).mean() == 1.0
    assert seen[-1][1] == 160
    again = pickle.loads(pickle.dumps(network))
    assert np.array_equal(again.outputs(images), network.outputs(images))
    completed = network.relax(images[:2], known=np.arange(8) < 6, value_decay=0.01, tolerance=1e-6)
    assert np.allclose(completed.values[-1][:, :6], images[:2, :6])
    with pytest.raises(ValueError, match=r"images: shape \(2, 7\), expected \(samples, 8\)"):
        network.outputs(np.zeros((2, 7)))
    with pytest.raises(ValueError, match="whole numbers from 0 to 2"):
        network.train(images, labels + 1)


def jacobian(weights, biases, x, sigma_w, sigma_b):
    """Rows: outputs of every example by all parameters; tanh, the NTK parameterisation."""
    rows = []
    for example in x:
        activations, slopes = [example], []
        for layer, (w, b) in enumerate(zip(weights, biases)):
            z = sigma_w / np.sqrt(w.shape[1]) * w @ activations[-1] + sigma_b * b
            if layer < len(weights) - 1:
                activations.append(np.tanh(z))
                slopes.append(1 - np.tanh(z) ** 2)
        for output in range(len(weights[-1])):
            back, row = np.eye(len(weights[-1]))[output], []
            for layer in reversed(range(len(weights))):
                w = weights[layer]
                row += [np.outer(back, activations[layer]).ravel() * sigma_w / np.sqrt(w.shape[1]), sigma_b * back]
                if layer:
                    back = sigma_w / np.sqrt(w.shape[1]) * w.T @ back * slopes[layer - 1]
            rows.append(np.concatenate(row))
    return np.array(rows)


def test_the_empirical_kernel_is_that_of_the_jacobian_in_numpy():
    rng = np.random.default_rng(7)
    sizes = [3, 6, 5, 2]
    weights = [rng.normal(size=(m, n)) for n, m in zip(sizes, sizes[1:])]
    biases = [rng.normal(size=m) for m in sizes[1:]]
    x, other = rng.normal(size=(4, 3)), rng.normal(size=(3, 3))
    left, right = (jacobian(weights, biases, inputs, 1.3, 0.4) for inputs in (x, other))
    expected = (left @ right.T).reshape(4, 2, 3, 2)
    found = pulsatrix.empirical_ntk(weights, x, other, biases=biases, sigma_w=1.3, sigma_b=0.4)
    assert found.shape == (4, 2, 3, 2) and np.allclose(found, expected, atol=1e-12)
    one = pulsatrix.empirical_ntk([*weights[:-1], weights[-1][:1]], x, biases=[*biases[:-1], biases[-1][:1]], sigma_w=1.3, sigma_b=0.4)
    assert np.allclose(one, (left @ left.T).reshape(4, 2, 4, 2)[:, 0, :, 0], atol=1e-12)
    with pytest.raises(ValueError, match=r"weights\[1\]: shape \(5, 5\), expected \(outputs, 6\)"):
        pulsatrix.empirical_ntk([weights[0], np.eye(5)], x)


def test_the_limit_of_rectifiers_is_the_arc_cosine_kernel():
    rng = np.random.default_rng(8)
    x = rng.normal(size=(6, 4))
    gram = x @ x.T / 4
    nngp, ntk = 2 * gram, 2 * gram
    for _ in range(2):
        norm = np.sqrt(np.outer(np.diag(nngp), np.diag(nngp)))
        angle = np.arccos(np.clip(nngp / norm, -1, 1))
        slope = (np.pi - angle) / (2 * np.pi)
        value = norm * (np.sin(angle) + (np.pi - angle) * np.cos(angle)) / (2 * np.pi)
        nngp, ntk = 2 * value, 2 * value + 2 * slope * ntk
    found = pulsatrix.limit_kernels(x, depth=2, activation="relu", sigma_w=np.sqrt(2))
    assert np.allclose(found.nngp, nngp, atol=1e-10) and np.allclose(found.ntk, ntk, atol=1e-6)
    assert np.array_equal(pulsatrix.limit_ntk(x, depth=2, activation="relu", sigma_w=np.sqrt(2)), found.ntk)


def test_regression_is_that_of_numpy():
    rng = np.random.default_rng(9)
    x, new = rng.normal(size=(20, 3)), rng.normal(size=(7, 3))
    targets = np.sin(x[:, 0])
    kernel, cross = (pulsatrix.limit_ntk(left, x, activation="erf") for left in (x, new))
    expected = cross @ np.linalg.solve(kernel + 0.1 * np.eye(20), targets)
    found = pulsatrix.kernel_regression(kernel, targets, cross, ridge=0.1)
    assert found.shape == (7,) and np.allclose(found, expected, atol=1e-10)
    two = pulsatrix.kernel_regression(kernel, np.column_stack([targets, -targets]), cross, ridge=0.1)
    assert np.allclose(two, np.column_stack([expected, -expected]), atol=1e-10)


def test_what_is_no_kernel_is_refused():
    targets, cross = np.array([1.0, -1.0]), np.eye(2)
    with pytest.raises(ValueError, match=r"not symmetric: its entries \(1, 0\) and \(0, 1\) differ by 5.000e-1"):
        pulsatrix.kernel_regression([[2.0, 1.0], [0.5, 2.0]], targets, cross)
    with pytest.raises(ValueError, match="positive semidefinite"):
        pulsatrix.kernel_regression([[1.0, 2.0], [2.0, 1.0]], targets, cross)
    with pytest.raises(ValueError, match=r"entry \(0, 0\) of the kernel is -2: .* not negative"):
        pulsatrix.kernel_regression(-2.0 * np.eye(2), targets, cross, ridge=10.0)
    with pytest.raises(ValueError, match="kernel: nan at"):
        pulsatrix.kernel_regression([[1.0, np.nan], [np.nan, 1.0]], targets, cross)


def test_seeds_and_rates_are_checked():
    for seed, error in ((-1, ValueError), (1.5, TypeError), (2**70, ValueError)):
        with pytest.raises(error, match="seed: "):
            pulsatrix.PredictiveNetwork([2, 3], seed=seed)
    network = pulsatrix.PredictiveNetwork([2, 3])
    with pytest.raises(TypeError, match="rate: '0.1' is no number"):
        network.train(np.zeros((2, 3)), [0, 1], rate="0.1")
    with pytest.raises(ValueError, match=r"images: nan at \(0, 1\)"):
        network.outputs([[0.0, np.nan, 0.0]])
