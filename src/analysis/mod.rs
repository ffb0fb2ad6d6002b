//! Attractors: which cycle a trajectory settles on, which neurons fire in it, how it contracts, and
//! what the closed forms say.
//!
//! The analysis watches the pieces of any [`Engine`](crate::solver::Engine): [`Activity`] collects
//! impulses and maxima, [`detect`] looks for a periodic mode in them, [`settle`] drives an engine
//! until one is found, and [`Atlas`] does that for every binary pattern of a network. [`certify`]
//! closes a cycle by Newton's method and reads its stability from its multipliers, [`prove`] makes a theorem of
//! it, [`recall`] measures how memories come
//! back from corrupted cues (a trained [`IteratedNetwork`] among them), [`OrderExplorer`] and [`WaveNetwork`]
//! find the orders in which neurons fire, [`Turns`] follows a single
//! component, and [`KernelEnsemble`] holds the tangent kernels of random networks against their
//! limit. [`linearise`] and [`LinearDelay::characteristic_roots`] tell how a delay equation leaves a
//! steady state, [`lyapunov_exponents`] how fast neighbouring trajectories part.

mod correlation;
mod cycles;
mod drift;
mod kernel_ensemble;
mod linear;
mod memories;
mod orders;
mod power_law;
pub mod proof;
mod spikes;

pub use correlation::{pearson, spearman};
pub use cycles::{
    Activity, Boundary, Certificate, Continuation, ContinuationError, Criteria, Cycle, Diverged,
    DominanceCycle, ElectricalLimit, Ending, Impulse, Mode, NotCertified, Period, ReferenceNetwork,
    RingMode, RingWave, Samples, Settled, Settling, Stability, Turn, Turns, certify, certify_any,
    certify_from, certify_relays, certify_smooth, continue_cycle, detect, ring_waves, settle,
};
pub use drift::{
    DriftError, KalmanFilter, LeastSquares, Prediction, SteadyState, allan_deviations,
    allan_variance, autoregression, expected_allan_variance, least_squares, steady_filter,
    steady_scalar_filter, walk_allan_variance,
};
pub use kernel_ensemble::KernelEnsemble;
pub use linear::{
    AxisCrossing, CharacteristicRoot, LinearDelay, LinearError, LyapunovSettings, LyapunovSpectrum,
    axis_crossings, linearise, lyapunov_exponents, rightmost_roots, steady_residual,
    steady_response, steady_state,
};
pub use memories::{
    Answer, AssociativeMemory, Atlas, AtlasError, AtlasSettings, Barrier, Basin, Corruption,
    CueLevels, EXPONENTIAL_5, Enclosures, Escape, Evidence, Explorer, Fate, ImpulseMemory,
    IteratedNetwork, LARGEST_ATLAS, Lifetime, LifetimeSettings, NORMAL_95, NoisyMemory,
    PatternRecord, ProofRecord, ProofVerdict, Reading, RecallPoint, SizeCount, Verdict, basins,
    count_memories, recall, size_margin, wilson_interval,
};
pub use orders::{
    CoexistingWave, LargeStart, LargeWave, LargeWaveError, OrderCapacity, OrderCorruption,
    OrderCues, OrderExplorer, OrderProgramme, OrderRecall, OrderRecord, RingOrder, Staggered,
    StoredOrders, Wave, WaveLoss, WaveMultipliers, WaveNetwork, best_wave, coexisting_waves,
    follow_large_wave, ring_orders,
};
pub use power_law::{PowerLaw, Spread, log2_ratio};
pub use proof::{NotProved, Proof, Proved, certify_and_prove, prove};
pub use spikes::{Firing, intervals, population_rate, synchrony};
