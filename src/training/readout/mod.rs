//! Read-outs in one solve: fixed features, and linear weights that are found in closed form.
//!
//! ```text
//! H = g(X W + b)                N x L features, fixed          T   N x C targets
//! pseudo-inverse                B = H^+ T                      (minimum norm)
//! ridge, L <= N                 B = (H^T H + lambda)^-1 H^T T
//! ridge, L >  N                 B = H^T (H H^T + lambda)^-1 T
//! kernel                        f(x) = k(x, X) (K + lambda)^-1 T
//! flow of the read-out alone    B(t) = V diag((1 - e^(-t s^2)) / s) U^T T,    H = U diag(s) V^T, from B = 0
//! ```
//!
//! All are one spectral filter, `1 - e^(-t s^2)`, `s^2 / (s^2 + lambda)` or 1: the read-out solved at once *is* the
//! end of the gradient flow that trains the read-out alone, whose tangent kernel is `H H^T`. [`SpectralReadout`]
//! holds one decomposition and gives all of them, with their leave-one-out errors; [`ridge`] and
//! [`pseudo_inverse`] are the two that most ask for; [`ReadoutSums`] takes examples batch by batch,
//! [`OnlineReadout`] updates its weights with each, [`ReadoutModel`] shows features to every flow and kernel of
//! the crate.
//!
//! G.-B. Huang, H. Zhou, X. Ding, R. Zhang, "Extreme learning machine for regression and multiclass
//! classification", IEEE Trans. Syst. Man Cybern. B 42(2), 513-529 (2012), doi:10.1109/TSMCB.2011.2168604 (its
//! abstract was read; the equations are those of every textbook on ridge regression).

mod error;
mod filter;
mod kernel;
mod leave_one_out;
mod model;
mod online;
mod solve;
mod spectral;
mod sums;
mod targets;

pub use error::ReadoutError;
pub use filter::SpectralFilter;
pub use kernel::KernelReadout;
pub use leave_one_out::{LeaveOneOut, Leverage, defined};
pub use model::ReadoutModel;
pub use online::OnlineReadout;
pub use solve::{Readout, Solver, pseudo_inverse, ridge};
pub use spectral::SpectralReadout;
pub use sums::ReadoutSums;
pub use targets::{accuracy, class_targets, classes};
