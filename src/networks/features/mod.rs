//! Fixed features: what a read-out that learns alone sees of its inputs.
//!
//! ```text
//! H = g(X W + b)        W, b random and fixed      (`RandomFeatures`)
//! H = last hidden layer of a network whose weights stay as they are      (`FrozenFeatures`)
//! ```
//!
//! Both are a [`FeatureMap`]; your own is one function.

mod frozen;
mod law;
mod random;

use nalgebra::DMatrix;

pub use frozen::FrozenFeatures;
pub use law::FeatureLaw;
pub use random::{Examples, FeatureOptions, Precision, RandomFeatures};

use crate::networks::NetworkError;
use crate::numerics::matrix::View;

/// A fixed function from inputs to features.
pub trait FeatureMap: Send + Sync {
    /// Numbers of an input.
    fn inputs(&self) -> usize;

    /// Numbers of its features, `L`.
    fn features(&self) -> usize;

    /// The features `H`, `N x L`, of inputs `N x d`: one row an example.
    ///
    /// # Errors
    /// [`NetworkError::BatchShape`] for inputs of another length.
    fn evaluate(&self, inputs: View<'_, f64>) -> Result<DMatrix<f64>, NetworkError>;
}
