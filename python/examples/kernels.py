# %% [markdown]
# # Tangent kernels
# A wide network that learns is regression on its tangent kernel. Here: the kernel of networks of growing width, its limit,
# and what both predict. Run it whole, `python kernels.py picture.png`, or cell by cell.

# %%
import sys

import matplotlib.pyplot as plt
import numpy as np

import pulsatrix

rng = np.random.default_rng(1)

# %% [markdown]
# ## The kernel becomes the same for all networks
# Inputs on a circle, two hidden layers of rectifiers, `sigma_w^2 = 2`.

# %%
angles = np.linspace(-np.pi, np.pi, 121)
circle = np.column_stack([np.cos(angles), np.sin(angles)])
form = {"activation": "relu", "sigma_w": np.sqrt(2)}
limit = pulsatrix.limit_ntk(circle[60:61], circle, depth=2, **form)[0]


def network(width):
    """Gaussian weights of two hidden layers of this width."""
    sizes = [2, width, width, 1]
    return [rng.normal(size=(m, n)) for n, m in zip(sizes, sizes[1:])]


widths = [8, 16, 32, 64, 128, 256, 512]
points = rng.normal(size=(12, 2))
target = pulsatrix.limit_ntk(points, depth=2, **form)
errors = [
    np.mean([
        np.linalg.norm(pulsatrix.empirical_ntk(network(width), points, **form) - target) / np.linalg.norm(target)
        for _ in range(20)
    ])
    for width in widths
]
for width, error in zip(widths, errors):
    print(f"width {width:4d}: {error:.3f} of the limit away")

# %% [markdown]
# ## Regression on it
# A function on the circle from ten noisy examples: what infinitely wide networks, trained to the end, predict on average.

# %%
chosen = np.linspace(5, 115, 10).astype(int)
truth = np.sin(2 * angles) + 0.5 * np.cos(angles)
seen = truth[chosen] + 0.05 * rng.normal(size=10)
prediction = {}
for ridge in (0.0, 0.3):
    kernel = pulsatrix.limit_ntk(circle[chosen], depth=2, **form)
    cross = pulsatrix.limit_ntk(circle, circle[chosen], depth=2, **form)
    prediction[ridge] = pulsatrix.kernel_regression(kernel, seen, cross, ridge=ridge)

# %%
figure, axes = plt.subplots(1, 3, figsize=(12, 3.6), layout="constrained")
for width, colour in ((32, "C1"), (512, "C0")):
    for _ in range(5):
        line = pulsatrix.empirical_ntk(network(width), circle[60:61], circle, **form)[0]
        axes[0].plot(angles, line, color=colour, lw=0.6)
    axes[0].plot([], [], color=colour, label=f"networks of width {width}")
axes[0].plot(angles, limit, "k--", lw=1.4, label="infinite width")
axes[0].set(title="tangent kernel on a circle", xlabel="angle between inputs", ylabel="kernel", ylim=(-0.5, 7.5))
axes[0].legend(fontsize="small", loc="upper center")
axes[1].loglog(widths, errors, "o-", ms=4)
axes[1].loglog(widths, errors[0] * np.sqrt(widths[0] / np.array(widths)), "k:", label="width$^{-1/2}$")
axes[1].set(title="distance from the limit", xlabel="width", ylabel="relative error")
axes[1].legend(fontsize="small")
axes[2].plot(angles, truth, color="0.75", lw=4, label="truth")
axes[2].plot(angles, prediction[0.0], label="trained to the end")
axes[2].plot(angles, prediction[0.3], "--", label="ridge 0.3")
axes[2].plot(angles[chosen], seen, "k.", ms=7, label="examples")
axes[2].set(title="regression on the kernel", xlabel="angle", ylabel="function", ylim=(-1.6, 2.6))
axes[2].legend(fontsize="small", ncols=2, loc="upper center")

# %%
if __name__ == "__main__" and len(sys.argv) > 1:
    figure.savefig(sys.argv[1], dpi=80)
