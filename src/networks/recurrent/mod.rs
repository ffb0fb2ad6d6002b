//! Networks with a context: driven systems in discrete time, whose state remembers the inputs.
//!
//! ```text
//! c(k) = a c(k-1) + x(k-1)
//! x(k) = (1 - e) x(k-1) + e f(W_i u(k) + W_c c(k) + b)
//! y(k) = W_o x(k) + d
//! ```
//!
//! `a = 0`, `e = 1` is the network of J. L. Elman, "Finding structure in time", Cognitive Science 14,
//! 179-211 (1990), <https://doi.org/10.1207/s15516709cog1402_1>; `0 < a < 1` the self-connected context of D. T.
//! Pham and X. Liu (1992, 1996). `e < 1` leaks the **activation**: it is Euler's method with the step
//! `h = e tau` for `tau x' = -x + f(W_i u + W_c x + b)`, which [`LeakyField`] hands to the solvers, with
//! a lag in the context if one is asked for. (Leaking the potential inside of `f` would be another network.)
//!
//! A batch of sequences is a matrix product a step; what does not depend on the step before (inputs,
//! outputs, gradients of the weights) is one product for all steps. [`Unrolled`] shows the network as a
//! [`DifferentiableModel`](super::deep::DifferentiableModel), so that flows, kernels, descent and probes
//! run on it.
//!
//! ```
//! use nalgebra::dmatrix;
//! use pulsatrix::networks::recurrent::{ElmanNetwork, ElmanShape, Sequences};
//!
//! // a sum of all inputs so far: identity, everything 1
//! let network = ElmanNetwork::new(ElmanShape {
//!     node: pulsatrix::networks::recurrent::Node::Plain(pulsatrix::networks::Activation::Identity),
//!     ..ElmanShape::new(1, 1, 1)
//! })?;
//! let inputs = Sequences::new(dmatrix![1.0, 2.0, 3.0], 1)?; // one sequence of three steps
//! let pass = network.pass(&[1.0, 1.0, 0.0, 1.0, 0.0], &inputs, None)?;
//! assert_eq!(pass.outputs().values(), &dmatrix![1.0, 3.0, 6.0]);
//! # Ok::<(), pulsatrix::networks::NetworkError>(())
//! ```

mod backward;
mod curvature;
mod leaky_field;
mod network;
mod node;
mod pass;
mod sequences;
mod spare;
mod tangent;
mod unrolled;

pub use backward::Gradient;
pub use leaky_field::LeakyField;
pub use network::{ElmanNetwork, ElmanShape, StartWeights};
pub use node::Node;
pub use pass::{ElmanPass, ElmanState};
pub use sequences::Sequences;
pub use unrolled::Unrolled;
