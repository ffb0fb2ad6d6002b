//! Deep networks as functions of their weights: fully connected and convolutional.
//!
//! ```text
//! h^l = (sigma_w / sqrt n_{l-1}) W^l a^{l-1} + sigma_b b^l,   a^l = phi(h^l),   f = h^{L+1}
//! ```
//!
//! where `a^{l-1}` are the `n_{l-1}` numbers that one unit sees: all units of a fully connected
//! layer, or the patch of all channels around a pixel. All weights and biases stand in one
//! flat list, and [`DeepNetwork::pass`] gives everything that a flow or a kernel asks of the
//! function at one place: outputs, products with its Jacobian and the transpose of it, products
//! with the Hessian of a loss. A whole batch is one matrix product a layer and direction.
//!
//! The parameterisation above is that of A. Jacot, F. Gabriel, C. Hongler, "Neural tangent kernel",
//! `NeurIPS` 2018, arXiv:1806.07572; orthogonal weights as in W. Huang, W. Du, R. Y. D. Xu, "On the
//! neural tangent kernel of deep networks with orthogonal initialization", IJCAI 2021.
//!
//! ```
//! use nalgebra::dmatrix;
//! use pulsatrix::networks::Activation;
//! use pulsatrix::networks::deep::{Architecture, DeepNetwork, DifferentiableModel, Initialisation};
//!
//! let network = DeepNetwork::new(Architecture {
//!     activation: Activation::Relu,
//!     sigma_w: 2.0_f64.sqrt(),
//!     ..Architecture::fully_connected(3, &[8, 8], 1)
//! })?;
//! let parameters = network.initial(Initialisation::Orthogonal, 1)?;
//! let inputs = dmatrix![1.0, 0.0, 2.0; 0.5, -1.0, 1.0]; // one row an example
//! let outputs = network.outputs(&parameters, &inputs)?;
//! assert_eq!(outputs.shape(), (2, 1));
//! // without biases a network of rectifiers is homogeneous in its weights, of degree 3 here
//! let along = network.jvp(&parameters, &inputs, &parameters)?;
//! assert!((along - 3.0 * outputs).amax() < 1e-14);
//! # Ok::<(), pulsatrix::networks::NetworkError>(())
//! ```

mod architecture;
mod cotangents;
mod differentiable;
mod dropout;
mod factors;
mod filter;
mod filter_kernel;
mod initial;
mod layer;
mod network;
mod pass;
mod patches;
mod pooling;
mod tangent_kernel;

pub use architecture::{Architecture, Convolutions, Image, Padding, Parameterisation, ReadOut};
pub use differentiable::{
    DifferentiableModel, HiddenLayers, LayerWeights, Linearisation, LossSlope,
};
pub use dropout::{Dropout, Thinned};
pub use factors::{Factors, KernelOutputs};
pub use filter::Filter;
pub use initial::{Initialisation, haar};
pub use layer::Layer;
pub use network::DeepNetwork;
pub use pass::Pass;
pub use tangent_kernel::KernelOptions;
