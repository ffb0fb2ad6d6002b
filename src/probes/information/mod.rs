//! Mutual information from samples: what one side says about the other, in nats.
//!
//! - [`ksg`]: nearest neighbours, for few dimensions; [`ksg_labels`] where one side is a label.
//! - [`binned`]: counted frequencies of symbols or of bins.
//! - [`neural_bound`]: bounds from below by a critic that learns ([`Bound`]: MINE, NWJ, InfoNCE, SMILE), for
//!   many dimensions.
//!
//! [`InformationPlane`] is the probe of layers; [`Regulariser`] makes a bound a term of a loss. [`Estimator`] is any of them. All are invariant under scales of single columns. None can see that a mutual information is infinite, as it
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
mod estimator;
mod gaussian;
mod ksg;
mod layers;
mod neural;
mod regulariser;

pub use binning::{Bins, binned, occupied_cells};
pub use error::InformationError;
pub use estimate::Estimate;
pub use estimator::Estimator;
pub use gaussian::{gaussian_information, gaussian_pairs, with_noise};
pub use ksg::{ksg, ksg_labels};
pub use layers::{InformationPlane, LayerInformation};
pub use neural::{Bound, NeuralEstimate, NeuralOptions, neural_bound};
pub use regulariser::{Partner, Regulariser, RegulariserOptions};
