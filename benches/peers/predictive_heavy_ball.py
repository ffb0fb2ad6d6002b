"""The relaxation of `benches/predictive.rs` as a good user of an array library writes it.

Heavy ball with a tuned step on 784-600-600-10, tanh, batch 200, until the 2-norm of the gradient of every
sample is within the tolerance; in NumPy, and jitted in JAX where it is installed, in f64 and f32. The weights have
the law of the benchmark's; what the image predicts is computed once.

    OPENBLAS_NUM_THREADS=2 XLA_FLAGS="--xla_cpu_multi_thread_eigen=true" python3 predictive_heavy_ball.py
"""

import time

import numpy as np

BATCH, REPEATS, STEP, MOMENTUM = 200, 7, 0.145, 0.56


def task(dtype):
    random = np.random.default_rng(1)
    sizes = [10, 600, 600, 784]
    weights = [0.5 / np.sqrt(n) * random.standard_normal((n, m)) for n, m in zip(sizes, sizes[1:])]
    i, j = np.arange(784)[:, None], np.arange(BATCH)[None, :]
    phase = np.sin(i * 0.11 + j * 1.7) * np.cos(i * 0.013 * (j + 1))
    image = np.clip(2 * phase - 0.6, 0, 1)
    target = np.eye(10)[:, np.arange(BATCH) % 10]
    top = weights[2] @ np.tanh(image)
    low = weights[1] @ np.tanh(top)
    return [a.astype(dtype) for a in (weights[0], weights[1], top, low, target)]


def gradient(xp, output, middle, forecast, target, low, top):
    s_low, s_top = xp.tanh(low), xp.tanh(top)
    error = low - middle @ s_top
    missed = target - output @ s_low
    g_low = error - (1 - s_low**2) * (output.T @ missed)
    g_top = top - forecast - (1 - s_top**2) * (middle.T @ error)
    worst = xp.sqrt(xp.max(xp.sum(g_low**2, 0) + xp.sum(g_top**2, 0)))
    return g_low, g_top, worst


def with_numpy(output, middle, top, low, target, tolerance):
    forecast, low, top = top, low.copy(), top.copy()
    low_speed, top_speed = np.zeros_like(low), np.zeros_like(top)
    evaluations = 0
    while True:
        g_low, g_top, worst = gradient(np, output, middle, forecast, target, low, top)
        evaluations += 1
        if worst <= tolerance:
            return evaluations
        low_speed = MOMENTUM * low_speed - STEP * g_low
        top_speed = MOMENTUM * top_speed - STEP * g_top
        low, top = low + low_speed, top + top_speed


def with_jax():
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)

    @jax.jit
    def run(output, middle, forecast, low, target, tolerance):
        def evaluate(low, top):
            return gradient(jnp, output, middle, forecast, target, low, top)

        def step(state):
            count, low, top, low_speed, top_speed, (g_low, g_top, _) = state
            low_speed = MOMENTUM * low_speed - STEP * g_low
            top_speed = MOMENTUM * top_speed - STEP * g_top
            low, top = low + low_speed, top + top_speed
            return count + 1, low, top, low_speed, top_speed, evaluate(low, top)

        start = (1, low, forecast, 0 * low, 0 * forecast, evaluate(low, forecast))
        return jax.lax.while_loop(lambda state: state[5][2] > tolerance, step, start)

    return lambda *arguments: int(jax.block_until_ready(run(*arguments))[0])


def main():
    peers = {"numpy": with_numpy}
    try:
        peers["jax"] = with_jax()
    except ImportError:
        print("JAX is not installed")
    for name, peer in peers.items():
        for dtype, tolerance in ((np.float64, 1e-6), (np.float64, 1e-4), (np.float32, 1e-4)):
            arrays, best = task(dtype), float("inf")
            peer(*arrays, tolerance)
            for _ in range(REPEATS):
                start = time.perf_counter()
                evaluations = peer(*arrays, tolerance)
                best = min(best, time.perf_counter() - start)
            kind = np.dtype(dtype).name
            print(f"{name:6} {kind} to {tolerance:.0e}: {evaluations} evaluations, {1e3 * best:.1f} ms")


main()
