//! Predictive-coding networks: value and error nodes that relax to an equilibrium.
//!
//! Layer 0 is the class, layer `L` the image. With the activated values `s_l = sigma(v_l)` and the
//! predictions `mu_l = a_l M_l s_{l+1} + b_l` (and `mu_L = x`, what the image is expected to be)
//!
//! ```text
//! tau e_l' = v_l - mu_l - Sigma_l e_l                 or   e_l = (v_l - mu_l) / Sigma_l
//! tau v_0' =                                       - beta_0 e_0 - beta_0  lambda_v v_0
//! tau v_l' = alpha_l sigma'(v_l) o (a W e)_{l-1}   - beta_l e_l -     hm  lambda_v v_l
//! tau v_L' = alpha_L sigma'(v_L) o (a W e)_{L-1}   - beta_L e_L - alpha_L lambda_v v_L
//! ```
//!
//! where a [`Clamp`] gives `alpha` and `beta` for every neuron. With `W = M^T` and masks of zeros
//! and ones, instantaneous errors make this the descent of the energy
//! `E = 1/2 sum Sigma_l |e_l|^2 + lambda_v/2 (hm sum |v_hidden|^2 + |v_L|^2)`, and dynamic errors
//! share its equilibria. [`relax`] finds them to a tolerance and says whether it did.
//!
//! A batch is one matrix a layer, a sample a column, so that a step of the whole batch is one
//! matrix product a layer and direction.
//!
//! W. Sun, J. Orchard, "A predictive-coding network that is both discriminative and generative",
//! Neural Computation 32(10), 1836-1862 (2020), <https://doi.org/10.1162/neco_a_01311>; R. Bogacz, "A tutorial on
//! the free-energy framework for modelling perception and learning", J. Math. Psychology 76,
//! 198-211 (2017), doi:10.1016/j.jmp.2015.11.003; J. C. R. Whittington, R. Bogacz, Neural
//! Computation 29(5), 1229-1262 (2017), <https://doi.org/10.1162/NECO_a_00949>.

mod clamp;
mod covariance;
mod direct;
mod elimination;
mod energy;
mod explicit;
mod flow;
mod linearised;
pub(crate) mod memory;
pub(crate) mod network;
mod presets;
pub(crate) mod product;
mod reached;
mod relax;
mod spectrum;
mod state;
mod time_course;

pub use super::activation::Activation;
pub use clamp::Clamp;
pub use covariance::{CovarianceForm, CovarianceMemory};
pub use explicit::Scheme;
pub use flow::{Dynamics, ErrorNodes, PredictiveFlow};
pub use memory::{PredictiveMemory, Recollection};
pub use network::{Feedback, PredictiveNetwork};
pub use presets::{bogacz_2017, depth_scaled, whittington_bogacz_2017};
pub use reached::Reached;
pub use relax::{Equilibrium, Method, RelaxOptions, Relaxation, relax};
pub use spectrum::{error_map, growth, jacobian, stable_step};
pub use state::{State, one_hot};
pub use time_course::{TimeCourse, time_course};
