"""The empirical tangent kernel of `benches/kernels.rs` as a good user of JAX writes it.

784-1024-1024-1024-1, rectifiers, all products by hand and the whole jitted: a forward and a backward pass, then
for every layer the Gram matrix of its inputs times that of its slopes. The least of some repeats, in f32 and f64.

    python3 tangent_kernel.py
"""

import time

import jax
import jax.numpy as jnp
import numpy as np

SIZES = [784, 1024, 1024, 1024, 1]
SIGMA_W, SIGMA_B = np.sqrt(2.0), 0.1
REPEATS = 25


@jax.jit
def tangent_kernel(weights, biases, inputs):
    activations, sums = [inputs], []
    for weight, bias in zip(weights, biases):
        scale = SIGMA_W / np.sqrt(weight.shape[0])
        sums.append(scale * (activations[-1] @ weight) + SIGMA_B * bias)
        activations.append(jax.nn.relu(sums[-1]))
    slopes = jnp.ones_like(sums[-1])
    kernel = 0.0
    for layer in reversed(range(len(weights))):
        a, weight = activations[layer], weights[layer]
        scale = SIGMA_W / np.sqrt(weight.shape[0])
        kernel += (scale**2 * (a @ a.T) + SIGMA_B**2) * (slopes @ slopes.T)
        if layer > 0:
            slopes = scale * (slopes @ weight.T) * (sums[layer - 1] > 0)
    return kernel


def measure(examples, dtype):
    jax.config.update("jax_enable_x64", dtype is np.float64)
    random = np.random.default_rng(1)
    shapes = list(zip(SIZES, SIZES[1:]))
    weights = [jnp.array(random.standard_normal(shape), dtype) for shape in shapes]
    biases = [jnp.array(random.standard_normal(size), dtype) for size in SIZES[1:]]
    i, j = np.arange(examples)[:, None], np.arange(SIZES[0])[None, :]
    inputs = jnp.array(np.sin(0.37 * i * (1 + 0.01 * j) + 1.7 * j), dtype)
    tangent_kernel(weights, biases, inputs).block_until_ready()
    best = np.inf
    for _ in range(REPEATS):
        start = time.perf_counter()
        tangent_kernel(weights, biases, inputs).block_until_ready()
        best = min(best, time.perf_counter() - start)
    print(f"N = {examples:4} {dtype.__name__}: {1e3 * best:6.1f} ms")


for examples in (256, 1024):
    for dtype in (np.float32, np.float64):
        measure(examples, dtype)
