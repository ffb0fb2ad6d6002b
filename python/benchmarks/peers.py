"""The package beside its peers, in one run: `python peers.py`.

Needs jitcdde (a C compiler), ddeint, scipy; neural-tangents if it is there. Prints a table in Markdown.
Times are seconds of processors, all threads together, which a busy machine does not change much, and the least of a few
repetitions; errors are beside them, since a time without one says nothing.
"""

import importlib
import os
import platform
import sys
import time
import warnings

import numpy as np

import pulsatrix

warnings.filterwarnings("ignore")

BETA, GAMMA, N, TAU, START, END = 0.2, 0.1, 10, 17.0, 0.5, 1000.0
FORMULA = {"y": "beta*y(t - tau)/(1 + y(t - tau)^n) - gamma*y"}
PARAMETERS = {"beta": BETA, "gamma": GAMMA, "n": N, "tau": TAU}
#: Where solutions are compared.
TIMES = np.arange(1.0, END + 1)


def least(repeat, work):
    """The least time of some repetitions, in seconds, and the last result."""
    times = []
    for _ in range(repeat):
        begin = time.process_time()
        result = work()
        times.append(time.process_time() - begin)
    return min(times), result


def runge_kutta(steps):
    """The equation by the classical method with `steps` steps a lag and cubic interpolation, in plain Python."""
    h = TAU / steps
    y, slopes = [START], []

    def production(late):
        return BETA * late / (1 + late**N)

    def past(place):
        """The state half a step behind a node one lag ago, by Hermite's cubic."""
        if place < 0:
            return START
        a, b = y[place], y[place + 1]
        return 0.5 * (a + b) + h / 8 * (slopes[place] - slopes[place + 1])

    count = int(np.ceil(END / h)) + 1
    for n in range(count):
        late = [y[n - steps] if n >= steps else START, past(n - steps), y[n + 1 - steps] if n + 1 >= steps else START]
        p0, p1, p2 = (production(value) for value in late)
        now = y[n]
        k1 = p0 - GAMMA * now
        slopes.append(k1)
        k2 = p1 - GAMMA * (now + h / 2 * k1)
        k3 = p1 - GAMMA * (now + h / 2 * k2)
        k4 = p2 - GAMMA * (now + h * k3)
        y.append(now + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4))
    slopes.append(production(y[count - steps]) - GAMMA * y[count])
    y, slopes = np.array(y), np.array(slopes)
    place = np.minimum((TIMES / h).astype(int), count - 1)
    s = TIMES / h - place
    a, b, da, db = y[place], y[place + 1], h * slopes[place], h * slopes[place + 1]
    return a * (1 + 2 * s) * (1 - s) ** 2 + b * s**2 * (3 - 2 * s) + da * s * (1 - s) ** 2 - db * s**2 * (1 - s)


def delay_rows():
    """Solvers of delay equations: name, seconds, largest error at the times."""
    exact = pulsatrix.solve(FORMULA, PARAMETERS, {"y": START}, END, method="dop853", tolerance=1e-13).sol(TIMES)[0]
    agreement = np.abs(runge_kutta(6800) - exact).max()
    print(f"the reference agrees with Runge and Kutta's method at h = 1/400 within {agreement:.1e}\n")
    rows = []

    def text(tolerance, **more):
        return pulsatrix.solve(FORMULA, PARAMETERS, {"y": START}, END, tolerance=tolerance, **more).sol(TIMES)[0]

    def function(t, y, past):
        late = past[0, 0]
        return BETA * late / (1 + late**N) - GAMMA * y

    def called(tolerance):
        sol = pulsatrix.solve(function, None, [START], END, lags=[TAU], tolerance=tolerance)
        return sol.sol(TIMES)[0]

    for tolerance in (1e-5, 1e-8):
        seconds, found = least(5, lambda: text(tolerance))
        rows.append((f"pulsatrix, text, {tolerance:.0e}", seconds, np.abs(found - exact).max()))
    seconds, found = least(5, lambda: text(1e-11, method="dop853"))
    rows.append(("pulsatrix, text, dop853, 1e-11", seconds, np.abs(found - exact).max()))
    seconds, found = least(3, lambda: called(1e-8))
    rows.append(("pulsatrix, Python function, 1e-08", seconds, np.abs(found - exact).max()))

    try:
        from jitcdde import jitcdde, t, y
    except ImportError:
        rows.append(("JiTCDDE: not installed", np.nan, np.nan))
    else:
        late = y(0, t - TAU)
        begin = sum(os.times()[:4])
        equation = jitcdde([BETA * late / (1 + late**N) - GAMMA * y(0)], verbose=False)
        equation.compile_C(verbose=False)
        compiled = sum(os.times()[:4]) - begin
        for tolerance in (1e-5, 1e-8):

            def jit():
                equation.purge_past()
                equation.reset_integrator()
                equation.constant_past([START])
                equation.set_integration_parameters(rtol=tolerance, atol=1e-3 * tolerance, first_step=0.1, max_step=10)
                equation.step_on_discontinuities()
                later = TIMES[TIMES > equation.t]
                return later, np.array([equation.integrate(time)[0] for time in later])

            seconds, (later, found) = least(2, jit)
            error = np.abs(found - exact[-len(later) :]).max()
            rows.append((f"JiTCDDE, {tolerance:.0e} (and {compiled:.1f} s to compile)", seconds, error))

    try:
        from ddeint import ddeint
    except ImportError:
        rows.append(("ddeint: not installed", np.nan, np.nan))
    else:
        for step in (0.1,):
            grid = np.arange(0, END + step / 2, step)

            def delayed(Y, time):
                late = np.squeeze(Y(time - TAU))
                return BETA * late / (1 + late**N) - GAMMA * np.squeeze(Y(time))

            seconds, found = least(1, lambda: ddeint(delayed, lambda time: START, grid))
            found = np.squeeze(found)[np.round(TIMES / step).astype(int)]
            rows.append((f"ddeint, steps of {step}", seconds, np.abs(found - exact).max()))
    return rows


def rectifier_limit(x, depth):
    """The tangent kernel of infinitely wide rectifiers in NumPy, `sigma_w^2 = 2`."""
    nngp = 2 * x @ x.T / x.shape[1]
    ntk = nngp
    for _ in range(depth):
        root = np.sqrt(np.diag(nngp))
        norm = root[:, None] * root
        cosine = np.clip(nngp / norm, -1, 1)
        angle = np.arccos(cosine)
        slope = (np.pi - angle) / np.pi
        nngp = norm * (np.sqrt(1 - cosine**2) + (np.pi - angle) * cosine) / np.pi
        ntk = nngp + slope * ntk
    return ntk


def empirical(weights, x):
    """The tangent kernel of one output in NumPy, by factors: no Jacobian is formed."""
    activations, slopes = [x], []
    for w in weights[:-1]:
        z = activations[-1] @ w.T / np.sqrt(w.shape[1])
        activations.append(np.tanh(z))
        slopes.append(1 - activations[-1] ** 2)
    back, kernel = np.ones((len(x), 1)), 0
    for layer in reversed(range(len(weights))):
        w, a = weights[layer], activations[layer]
        kernel = kernel + (back @ back.T) * (a @ a.T) / w.shape[1]
        if layer:
            back = back @ w / np.sqrt(w.shape[1]) * slopes[layer - 1]
    return kernel


def kernel_rows():
    """Kernels: name, seconds, largest relative difference from NumPy's."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(2000, 50))
    rows = []

    def compare(name, numpy, ours, peer, peer_name):
        seconds, expected = least(3, numpy)
        rows.append((f"{name}, NumPy", seconds, np.nan))
        seconds, found = least(3, ours)
        # of rectifiers, NumPy's own diagonal is lost to rounding of the arc cosine
        off = ~np.eye(len(found), dtype=bool)
        scale = np.abs(expected).max()
        rows.append((f"{name}, pulsatrix", seconds, np.abs(found - expected)[off].max() / scale))
        if peer is not None:
            try:
                peer()
            except Exception as error:
                print(f"{name}: {peer_name} is left out: {type(error).__name__}: {error}\n")
                return
            seconds, found = least(3, peer)
            rows.append((f"{name}, {peer_name}", seconds, np.abs(np.asarray(found) - expected)[off].max() / scale))

    tangents = None
    try:
        import jax

        jax.config.update("jax_enable_x64", True)
        tangents = importlib.import_module("neural_tangents")
        stax = importlib.import_module("neural_tangents.stax")
    except Exception as error:
        print(f"neural-tangents is left out: {type(error).__name__}: {error}\n")
    depth, width = 3, 512
    limit = finite = None
    weights = [rng.normal(size=(m, n)) for n, m in zip([50, width, width], [width, width, 1])]
    part = x[:500]
    if tangents is not None:
        layers = [layer for _ in range(depth) for layer in (stax.Dense(width, W_std=np.sqrt(2)), stax.Relu())]
        _, _, kernel = stax.serial(*layers, stax.Dense(1, W_std=np.sqrt(2)))
        kernel = jax.jit(kernel, static_argnames="get")

        def limit():
            return np.asarray(kernel(x, None, get="ntk"))

        def apply(parameters, inputs):
            for w in parameters[:-1]:
                inputs = jax.numpy.tanh(inputs @ w.T / np.sqrt(w.shape[1]))
            return inputs @ parameters[-1].T / np.sqrt(width)

        ntk = jax.jit(tangents.empirical_ntk_fn(apply, implementation=tangents.NtkImplementation.STRUCTURED_DERIVATIVES))

        def finite():
            return np.asarray(ntk(part, None, weights))

    compare(
        "limit, 2000 points, 3 layers of rectifiers",
        lambda: rectifier_limit(x, depth),
        lambda: pulsatrix.limit_ntk(x, depth=depth, activation="relu", sigma_w=np.sqrt(2)),
        limit,
        "neural-tangents",
    )
    compare(
        "empirical, 500 points, 2 layers of 512 tanh",
        lambda: empirical(weights, part),
        lambda: pulsatrix.empirical_ntk(weights, part),
        finite,
        "neural-tangents",
    )
    return rows


def processor():
    """What runs this."""
    with open("/proc/cpuinfo", encoding="ascii") as file:
        names = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    return f"{names[0]}, {len(names)} cores" if names else platform.processor()


def show(heads, rows):
    """A table in Markdown."""
    print(f"| {heads[0]} | processor seconds | {heads[1]} |\n|---|---|---|")
    for name, seconds, error in rows:
        print(f"| {name} | {seconds:.3g} | {'' if np.isnan(error) else f'{error:.0e}'} |")
    print()


def main():
    """Both tables."""
    versions = []
    for name in ("numpy", "scipy", "jitcdde", "ddeint", "jax", "neural_tangents"):
        try:
            from importlib.metadata import version

            versions.append(f"{name} {version(name.replace('_', '-'))}")
        except Exception:
            versions.append(f"{name} missing")
    print(f"{processor()}, load {os.getloadavg()[0]:.1f}; Python {sys.version.split()[0]}, {', '.join(versions)}\n")
    show(("Mackey-Glass to t = 1000", "largest error"), delay_rows())
    show(("tangent kernels", "relative difference from NumPy"), kernel_rows())


if __name__ == "__main__":
    main()
