//! Attractors: which cycle a trajectory settles on, which neurons fire in it, how it contracts, and
//! what the closed forms say.
//!
//! The analysis watches the pieces of any [`Engine`](crate::solver::Engine): [`Activity`] collects
//! impulses and maxima, [`detect`] looks for a periodic mode in them, [`settle`] drives an engine
//! until one is found, [`Turns`] follows a single component, and [`Atlas`] does that for every binary pattern of a network.

mod activity;
mod atlas;
mod closed_form;
mod cycle;
mod samples;
mod settle;
mod turns;

pub use activity::{Activity, Impulse};
pub use atlas::{
    Atlas, AtlasError, AtlasSettings, Explorer, LARGEST_ATLAS, PatternRecord, pattern_text,
};
pub use closed_form::{DominanceCycle, ReferenceNetwork, RingMode};
pub use cycle::{Criteria, Cycle, Mode, detect};
pub use samples::Samples;
pub use settle::{Settled, Settling, settle};
pub use turns::{Period, Turn, Turns};
