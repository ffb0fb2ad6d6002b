//! The Hessian of a loss by the outputs, example by example.

use nalgebra::DMatrix;

use crate::numerics::matrix::{MatrixError, symmetric_spectrum};

/// `d^2 L / df^2`, which has no entries between two examples.
#[derive(Debug, Clone, PartialEq)]
pub enum Curvature {
    /// The identity: the slope of the loss is `f - y`. That of the squared loss, and of no other:
    /// its flow is linear where the network is.
    Identity,
    /// The outputs of an example do not mix: one entry an output, `N x O`.
    Diagonal(DMatrix<f64>),
    /// A symmetric matrix `O x O` for every example.
    Blocks(Vec<DMatrix<f64>>),
}

impl Curvature {
    /// The product with a change of the outputs, `N x O`.
    ///
    /// # Panics
    /// If the shapes do not fit.
    #[must_use]
    pub fn times(&self, change: &DMatrix<f64>) -> DMatrix<f64> {
        match self {
            Self::Identity => change.clone(),
            Self::Diagonal(entries) => entries.component_mul(change),
            Self::Blocks(blocks) => {
                assert_eq!(blocks.len(), change.nrows(), "one block an example");
                let mut product = DMatrix::zeros(change.nrows(), change.ncols());
                for (i, block) in blocks.iter().enumerate() {
                    let row = block * change.row(i).transpose();
                    product.row_mut(i).copy_from(&row.transpose());
                }
                product
            }
        }
    }

    /// The symmetric root of its positive part, by an eigendecomposition for every block.
    ///
    /// # Errors
    /// [`MatrixError`] for entries that are not finite.
    pub fn root(&self) -> Result<Self, MatrixError> {
        let root = |value: f64| value.max(0.0).sqrt();
        Ok(match self {
            Self::Identity => Self::Identity,
            Self::Diagonal(entries) => Self::Diagonal(entries.map(root)),
            Self::Blocks(blocks) => {
                let roots = blocks.iter().map(|block| {
                    let spectrum = symmetric_spectrum(block)?;
                    let roots = DMatrix::from_diagonal(&spectrum.values.map(root));
                    Ok(&spectrum.vectors * roots * spectrum.vectors.transpose())
                });
                Self::Blocks(roots.collect::<Result<_, _>>()?)
            }
        })
    }
}
