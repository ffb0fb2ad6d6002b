"""Networks as vector fields, memories as attractors.

Model files
    ``run``, ``resume``, ``check``, ``models``, ``sweep``
Delay equations
    ``solve``: written as text, or as a function
Memories
    ``ImpulseNetwork``, ``Hopfield``, ``DenseHopfield``, ``ModernHopfield``
Predictive coding
    ``PredictiveNetwork``
Kernels
    ``empirical_ntk``, ``limit_kernels``, ``limit_ntk``, ``kernel_regression``
Probes
    ``persistent_homology``, ``bottleneck_distance``, ``wasserstein_distance``, ``mutual_information``, ``veca``

Arrays are float64 in C order; samples, cues and patterns stand in rows. Long calls release the GIL, can be
interrupted by Ctrl-C, and take ``progress=True`` (a bar of tqdm if it is installed) or a callable
``progress(what, done, total)``. Results pickle.

>>> import pulsatrix
>>> sol = pulsatrix.solve({"x": "-x(t - 1)"}, {}, {"x": "1"}, 5.0)
>>> bool(abs(sol.y[0, -1] - 19 / 120) < 1e-6)
True
"""

from ._native import ModelError, NumericalError, __version__
from .delay import DenseOutput, Solution, solve
from .experiment import Check, Run, Sweep, check, models, resume, run, sweep
from .hopfield import DenseHopfield, Hopfield, ModernHopfield, Recalled
from .impulse import Atlas, ImpulseNetwork, ImpulseRecall
from .kernels import Kernels, empirical_ntk, kernel_regression, limit_kernels, limit_ntk
from .predictive import PredictiveNetwork, Relaxed
from .probes import (
    MutualInformation,
    Veca,
    bottleneck_distance,
    mutual_information,
    persistent_homology,
    veca,
    wasserstein_distance,
)

__all__ = [
    "Atlas",
    "Check",
    "DenseHopfield",
    "DenseOutput",
    "Hopfield",
    "ImpulseNetwork",
    "ImpulseRecall",
    "Kernels",
    "ModelError",
    "ModernHopfield",
    "MutualInformation",
    "NumericalError",
    "PredictiveNetwork",
    "Recalled",
    "Relaxed",
    "Run",
    "Solution",
    "Sweep",
    "Veca",
    "__version__",
    "bottleneck_distance",
    "check",
    "empirical_ntk",
    "kernel_regression",
    "limit_kernels",
    "limit_ntk",
    "models",
    "mutual_information",
    "persistent_homology",
    "resume",
    "run",
    "solve",
    "sweep",
    "veca",
    "wasserstein_distance",
]
