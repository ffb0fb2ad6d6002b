//! Kernels of infinitely wide networks, in closed form or by convergent series.
//!
//! With `h^l = sigma_w / sqrt(n) W^l phi(h^{l-1}) + sigma_b b^l` and independent weights of unit
//! variance, the values `h^l` of an infinitely wide network are Gaussian, with the covariance
//! `K^l` (NNGP), and gradient flow moves the output through the neural tangent kernel `T^l`:
//!
//! ```text
//! K^0 = sigma_w^2 <x, x'> / d + sigma_b^2                       T^0 = K^0
//! K^l = sigma_w^2 E[phi(u) phi(v)] + sigma_b^2                  (u, v) ~ N(0, K^{l-1} of x, x')
//! T^l = K^l + sigma_w^2 E[phi'(u) phi'(v)] T^{l-1}
//! ```
//!
//! The same kernels belong to orthogonal weights (W. Huang, W. Du, R. Y. D. Xu, IJCAI 2021). The
//! expectations are a [`Dual`]; [`DenseKernel`] and [`ConvolutionalKernel`] run the recursion, and
//! [`LimitKernel`] finds the right one for a network.
//!
//! A. Jacot, F. Gabriel, C. Hongler, `NeurIPS` 31 (2018), arXiv:1806.07572; Y. Cho, L. K. Saul,
//! `NeurIPS` 22 (2009); R. Novak et al., "Neural Tangents", ICLR 2020, arXiv:1912.02803.

mod closed_form;
mod convolutional;
mod dense;
mod dual;
mod hermite;
mod limit;
mod posterior;

pub use convolutional::ConvolutionalKernel;
pub use dense::{DenseKernel, KernelPair};
pub use dual::{Dual, SmoothActivation};
pub use limit::LimitKernel;
pub use posterior::{Covariances, Posterior};
