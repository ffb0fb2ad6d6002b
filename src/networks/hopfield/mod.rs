//! Hopfield's associative memories: classical (Hebb, pseudo-inverse, Storkey), of higher order, modern, of
//! sequences, and with delays.

mod classical;
mod delayed;
mod dense;
mod modern;
mod sequence;

pub(in crate::networks) use classical::columns;
pub use classical::{Hopfield, Relaxed, Synchronous};
pub use delayed::{DelayedHopfield, DelayedHopfieldParameters, OscillationOnset};
pub use dense::DenseMemory;
pub use modern::{ModernHopfield, SoftRelaxed};
pub use sequence::SequenceMemory;
