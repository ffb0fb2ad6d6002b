//! Attractors: which cycle a trajectory settles on, which neurons fire in it, how it contracts, and
//! what the closed forms say.
//!
//! The analysis watches the pieces of any [`Engine`](crate::solver::Engine): [`Activity`] collects
//! impulses and maxima, [`detect`] looks for a periodic mode in them, [`settle`] drives an engine
//! until one is found, and [`Atlas`] does that for every binary pattern of a network. [`certify`]
//! closes a cycle by Newton's method and proves its stability, [`recall`] measures how memories come
//! back from corrupted cues (a trained [`IteratedNetwork`] among them), [`Turns`] follows a single component, and [`KernelEnsemble`] holds the tangent
//! kernels of random networks against their limit.
//! back from corrupted cues, [`Turns`] follows a single component. [`linearise`] and
//! [`LinearDelay::characteristic_roots`] tell how a delay equation leaves a steady state,
//! [`lyapunov_exponents`] how fast neighbouring trajectories part.

mod activity;
mod atlas;
mod basins;
mod certificate;
mod characteristic_roots;
mod closed_form;
mod continuation;
mod cycle;
mod electrical_limit;
mod iterated;
mod kernel_ensemble;
mod linearisation;
mod lyapunov;
mod memories;
mod power_law;
mod recall;
mod ring_waves;
mod samples;
mod settle;
mod smooth_certificate;
mod turns;

pub use activity::{Activity, Impulse};
pub use atlas::{
    Atlas, AtlasError, AtlasSettings, Explorer, LARGEST_ATLAS, PatternRecord, pattern_text,
};
pub use basins::{Basin, basins};
pub use certificate::{Certificate, NotCertified, Stability, certify};
pub use characteristic_roots::CharacteristicRoot;
pub use closed_form::{DominanceCycle, ReferenceNetwork, RingMode};
pub use continuation::{Boundary, Continuation, ContinuationError, Loss, continue_cycle};
pub use cycle::{Criteria, Cycle, Mode, detect};
pub use electrical_limit::{Diverged, ElectricalLimit};
pub use iterated::IteratedNetwork;
pub use kernel_ensemble::{KernelEnsemble, relative_distance};
pub use linearisation::{LinearDelay, LinearError, linearise, steady_state};
pub use lyapunov::{LyapunovSettings, LyapunovSpectrum, lyapunov_exponents};
pub use memories::ImpulseMemory;
pub use power_law::{PowerLaw, Spread};
pub use recall::{
    Answer, AssociativeMemory, Corruption, CueLevels, RecallPoint, Verdict, recall, wilson_interval,
};
pub use ring_waves::{RingWave, ring_waves};
pub use samples::Samples;
pub use settle::{Settled, Settling, settle};
pub use smooth_certificate::{certify_any, certify_smooth};
pub use turns::{Period, Turn, Turns};
