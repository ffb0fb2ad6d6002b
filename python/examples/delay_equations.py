# %% [markdown]
# # Delay equations as text
# Run it whole, `python delay_equations.py picture.png`, or cell by cell in an editor that knows `# %%`.

# %%
import sys

import matplotlib.pyplot as plt
import numpy as np

import pulsatrix

# %% [markdown]
# ## One equation
# Mackey and Glass (1977): blood cells that are made late. The formula is compiled, and the solver ends its steps where
# the delay carries the kink at the start.

# %%
mackey_glass = {"y": "beta*y(t - tau)/(1 + y(t - tau)^n) - gamma*y"}
parameters = {"beta": 0.2, "gamma": 0.1, "n": 10, "tau": 17}
sol = pulsatrix.solve(mackey_glass, parameters, {"y": 0.5}, 500.0, tolerance=1e-9)
print(f"{sol.statistics['steps']} steps, y(500) = {sol.y[0, -1]:.6f}")

# %% [markdown]
# The solution is there at any time, so that the attractor in delay coordinates is one line.

# %%
t = np.linspace(150, 500, 6000)
present, past = sol.sol(t)[0], sol.sol(t - 17)[0]

# %% [markdown]
# ## A family of them
# Twelve oscillators on a ring hear their neighbour late (Kuramoto's phases). `theta[i]` runs over the size `N`, and data
# come in as NumPy arrays. An observable is computed along the way.

# %%
omega = 1 + 0.3 * np.linspace(-1, 1, 12)
ring = pulsatrix.solve(
    {"theta[i]": "omega[i] + K*sin(theta[mod(i + 1, N)](t - tau) - theta[i])"},
    {"K": 1.2, "tau": 0.4},
    {"theta[i]": "omega[i]*t + 2*pi*i/N"},
    60.0,
    sizes={"N": 12},
    data={"omega": omega},
    observables={"r": "sqrt(mean(i, cos(theta[i]))^2 + mean(i, sin(theta[i]))^2)"},
    tolerance=1e-8,
)

# %% [markdown]
# ## Events
# Two neurons that integrate and fire; a spike of one lifts the other after 0.37.

# %%
spike = {"when": "V[i] = 1 rising", "set": {"V[i]": 0}, "emit": ("V[1 - i]", 0.37, 0.1)}
pair = pulsatrix.solve(
    {"V[i]": "1.5 - 0.2*i - V[i]"},
    sizes={"N": 2},
    start={"V[i]": "0.3*i"},
    t=8.0,
    events={"spike[i]": spike},
    tolerance=1e-9,
)
print("spikes of the first neuron:", np.round(pair.t_events[0], 4))

# %%
figure, axes = plt.subplots(2, 2, figsize=(9, 6), layout="constrained")
t = np.linspace(0, 500, 3000)
axes[0, 0].plot(t, sol.sol(t)[0], lw=0.9)
axes[0, 0].set(title="Mackey-Glass", xlabel="time t", ylabel="y(t)")
axes[0, 1].plot(present, past, lw=0.6)
axes[0, 1].set(title="its attractor", xlabel="y(t)", ylabel="y(t − 17)")
t = np.linspace(0, 60, 800)
axes[1, 0].plot(t, ring.sol.slope(t).T, color="C0", lw=0.6)
axes[1, 0].set(title="twelve oscillators find one frequency", xlabel="time t", ylabel="θ'(t)")
t = np.linspace(0, 8, 2000)
for neuron, row in enumerate(pair.sol(t)):
    axes[1, 1].plot(t, row, lw=0.9, label=f"neuron {neuron + 1}")
axes[1, 1].set(title="two neurons that fire at each other", xlabel="time t", ylabel="V(t)")
axes[1, 1].legend(loc="lower right", fontsize="small")

# %%
if __name__ == "__main__" and len(sys.argv) > 1:
    figure.savefig(sys.argv[1], dpi=68)
