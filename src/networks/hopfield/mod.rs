//! Hopfield's associative memories: classical (Hebb, pseudo-inverse), modern (dense), and with delays.

mod classical;
mod delayed;
mod modern;

pub(in crate::networks) use classical::columns;
pub use classical::{Hopfield, Relaxed};
pub use delayed::{DelayedHopfield, DelayedHopfieldParameters, OscillationOnset};
pub use modern::{ModernHopfield, SoftRelaxed};
