//! Attractors: which cycle a trajectory settles on, which neurons fire in it, how it contracts, and
//! what the closed forms say.
//!
//! The analysis watches the pieces of any [`Engine`](crate::solver::Engine): [`Activity`] collects
//! impulses and maxima, [`detect`] looks for a periodic mode in them, [`settle`] drives an engine
//! until one is found, and [`Atlas`] does that for every binary pattern of a network. [`certify`]
//! closes a cycle by Newton's method and proves its stability, [`recall`] measures how memories come
//! back from corrupted cues, [`Turns`] follows a single component.

mod activity;
mod atlas;
mod basins;
mod certificate;
mod closed_form;
mod continuation;
mod cycle;
mod electrical_limit;
mod memories;
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
pub use closed_form::{DominanceCycle, ReferenceNetwork, RingMode};
pub use continuation::{Boundary, Continuation, ContinuationError, Loss, continue_cycle};
pub use cycle::{Criteria, Cycle, Mode, detect};
pub use electrical_limit::{Diverged, ElectricalLimit};
pub use memories::ImpulseMemory;
pub use recall::{
    Answer, AssociativeMemory, Corruption, CueLevels, RecallPoint, Verdict, recall, wilson_interval,
};
pub use ring_waves::{RingWave, ring_waves};
pub use samples::Samples;
pub use settle::{Settled, Settling, settle};
pub use smooth_certificate::{certify_any, certify_smooth};
pub use turns::{Period, Turn, Turns};
