//! Mutual information from samples: what one side says about the other, in nats.
//!
//! - [`ksg`]: nearest neighbours, for few dimensions.
//! - [`binned`]: counted frequencies of symbols or of bins.
//! - [`neural_bound`]: bounds from below by a critic that learns ([`Bound`]: MINE, NWJ, `InfoNCE`, SMILE), for
//!   many dimensions.
//!
//! All are invariant under scales of single columns. None can see that a mutual information is infinite, as it
//! is for a continuous function without noise: what they give then grows with the number of samples and the
//! fineness of bins, and says nothing about the function.
//!
//! ```
//! use nalgebra::DMatrix;
//! use pulsatrix::probes::information::{Bins, binned};
//!
//! // the sign of a number is one bit
//! let x = DMatrix::from_fn(1000, 1, |i, _| (i as f64 - 499.5) / 500.0);
//! let bit = binned(&x, &x.map(f64::signum), 2, Bins::EqualCount)?;
//! assert!((bit.nats - 2.0_f64.ln()).abs() < 1e-3);
//! # Ok::<(), pulsatrix::probes::information::InformationError>(())
//! ```

mod binning;
mod critic;
mod error;
mod estimate;
mod ksg;
mod neural;

pub use binning::{Bins, binned};
pub use error::InformationError;
pub use estimate::Estimate;
pub use ksg::ksg;
pub use neural::{Bound, NeuralEstimate, NeuralOptions, neural_bound};
