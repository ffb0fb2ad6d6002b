//! The drift of a gyroscope on an inertial platform, as a stochastic equation that is sampled exactly.
//!
//! ```text
//! d = D_F + D_I a_I + D_O a_O + D_S a_S + D_II a_I^2 + D_SS a_S^2 + D_IS a_I a_S + D_IO a_I a_O + D_OS a_O a_S
//!       + k_T (T - T_0) + b(t) + w(t) + n(t)
//! db = -b / tau dt + sigma sqrt(2 / tau) dB,    dw = K dB'
//! ```
//!
//! with the accelerations `a` along input, output and spin axis in g, the Gauss-Markov process `b`, the random
//! walk `w` and white noise `n`. A drift is a field that is driven by noise, so it stands among the networks;
//! filters and fits that read it back are in [`analysis`](crate::analysis). The quadratic form is that of
//! IEEE Std 292 and of common practice (IEEE Std 517, 813), of which we read corrections and excerpts alone.

mod model;
mod noise;
mod terms;

pub use model::{DriftModel, DriftSample};
pub use noise::GaussMarkov;
pub use terms::{Conditions, DriftTerm, tumble};
