//! Periodic modes: found along a trajectory, closed by Newton's method with their Floquet multipliers,
//! followed over a parameter, and held against their closed forms.

mod activity;
mod certificate;
mod closed_form;
mod continuation;
mod cycle;
mod electrical_limit;
mod ring_waves;
mod samples;
mod settle;
mod smooth_certificate;
mod turns;

pub use activity::{Activity, Impulse};
pub(in crate::analysis) use certificate::{Approached, Closed, approach, close};
pub use certificate::{
    Certificate, NotCertified, Stability, certify, certify_from, certify_relays,
};
pub use closed_form::{DominanceCycle, ReferenceNetwork, RingMode};
pub use continuation::{Boundary, Continuation, ContinuationError, Ending, continue_cycle};
pub use cycle::{Criteria, Cycle, Mode, detect};
pub use electrical_limit::{Diverged, ElectricalLimit};
pub use ring_waves::{RingWave, ring_waves};
pub use samples::Samples;
pub use settle::{Settled, Settling, settle};
pub use smooth_certificate::{certify_any, certify_smooth};
pub use turns::{Period, Turn, Turns};
