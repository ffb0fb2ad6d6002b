# %% [markdown]
# # Memories of impulse neurons
# Three neurons that inhibit each other late keep seven memories: every set of them can fire as one for ever.
# Run it whole, `python impulse_memories.py picture.png`, or cell by cell.

# %%
import sys

import matplotlib.pyplot as plt
import numpy as np

import pulsatrix

# %%
network = pulsatrix.ImpulseNetwork(neurons=3, a=1.0, b=0.5, c=-44.0, h=3.3)
atlas = network.atlas()
for record in atlas:
    print(f"{record['pattern']}  period {record['period']:.5f}, closed form {record['period_formula']:.5f}  {record['fate']}")

# %% [markdown]
# A cue may say nothing sure about neurons that are to be silent (levels near 0), and still falls to the cycle of its pattern.

# %%
recalled = network.recall([[1.0, 1.0, 0.2], [-0.1, 1.0, 0.0]])
print("recalled:", recalled.patterns.astype(int).tolist())
multipliers = network.certify("110")["multipliers"]
print("multipliers of 110:", ", ".join(f"{real:.6f}" for real, _ in multipliers))

# %% [markdown]
# ## Where memories are lost
# As the inhibition becomes weaker, silent neurons reach the threshold: larger patterns go first. The closed form says
# where; the atlas finds it.

# %%
levels = np.linspace(-42, -28, 57)
found, formula = [], []
for c in levels:
    weaker = pulsatrix.ImpulseNetwork(neurons=4, a=2.0, b=0.1, c=c, h=3.0)
    found.append(len(weaker.atlas().memories))
    cycles = [weaker.closed_form(k) for k in range(1, 5)]
    sizes = [1 if cycle and cycle["exists"] and cycle["stable"] else 0 for cycle in cycles]
    formula.append(np.dot(sizes, [4, 6, 4, 1]))

# %% [markdown]
# ## The same patterns in networks of Hopfield
# Random patterns of 100 neurons, a tenth to a third of the signs turned round: how many come back.

# %%
rng = np.random.default_rng(1)
stored = rng.choice([-1.0, 1.0], size=(8, 100))
shares = np.linspace(0, 0.5, 11)
networks = {
    "Hebb": pulsatrix.Hopfield(stored),
    "pseudo-inverse": pulsatrix.Hopfield(stored, "pseudo-inverse"),
    "modern, β = 0.2": pulsatrix.ModernHopfield(stored, 0.2),
}
curves = {name: [] for name in networks}
for share in shares:
    original = np.repeat(stored, 40, axis=0)
    cues = original * np.where(rng.random(original.shape) < share, -1, 1)
    for name, memory in networks.items():
        right = (np.sign(memory.recall(cues).states) == original).all(axis=1)
        curves[name].append(right.mean())

# %%
figure, axes = plt.subplots(1, 3, figsize=(12, 3.6), layout="constrained")
course = network.simulate(100.0, "110", samples=4000)
for neuron, (row, style) in enumerate(zip(course.y, ("-", "--", "-"))):
    axes[0].plot(course.t, row, style, lw=1.1, label=f"neuron {neuron + 1}")
axes[0].set(title="the memory 110", xlabel="time in delays", ylabel="x = ln u / λ", ylim=(-45, 12))
axes[0].legend(fontsize="small", ncols=3, loc="upper center", columnspacing=1, handlelength=1.4)
axes[1].plot(levels, formula, color="0.75", lw=5, label="closed form")
axes[1].plot(levels, found, ".", ms=4, label="found")
axes[1].set(title="memories of four neurons", xlabel="inhibition level c", ylabel="stable patterns")
axes[1].legend(fontsize="small")
for name, curve in curves.items():
    axes[2].plot(shares, curve, "o-", ms=3, lw=1, label=name)
axes[2].set(title="8 patterns of 100 neurons", xlabel="share of signs turned", ylabel="recalled")
axes[2].legend(fontsize="small")

# %%
if __name__ == "__main__" and len(sys.argv) > 1:
    figure.savefig(sys.argv[1], dpi=80)
