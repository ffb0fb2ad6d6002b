//! Laws of random input weights.

use nalgebra::DMatrix;
use rand::RngExt;
use rand_distr::StandardNormal;
use serde::{Deserialize, Serialize};

use crate::networks::deep::haar;
use crate::numerics::random::Stream;

/// How the weights of a feature are drawn. All laws are scaled alike: the mean square length of the weights
/// of a feature is that of the scale.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FeatureLaw {
    /// Independent normal numbers.
    #[default]
    Gaussian,
    /// Independent numbers, uniform between two signs of one size.
    Uniform,
    /// Orthonormal columns, or rows where there are more features than inputs, uniform among all such.
    Orthogonal,
    /// Differences of two examples of different classes, over their length: "computed" or "constrained"
    /// weights (W. Zhu, J. Miao, L. Qing, "Constrained extreme learning machine", IJCNN 2014; M. D. `McDonnell`
    /// et al., PLOS ONE 10(8), e0134254, 2015, whose program divides by the length and multiplies by a
    /// scale). Both examples are drawn anew for every feature until their classes differ.
    ClassDifferences,
}

impl FeatureLaw {
    /// `inputs x count` weights of the laws that need no examples, or none.
    pub(super) fn draw(
        self,
        (inputs, count): (usize, usize),
        scale: f64,
        random: &mut Stream,
    ) -> Option<DMatrix<f64>> {
        let deviation = scale / (inputs as f64).sqrt();
        Some(match self {
            Self::Gaussian => DMatrix::from_fn(inputs, count, |_, _| {
                deviation * random.sample::<f64, _>(StandardNormal)
            }),
            Self::Uniform => DMatrix::from_fn(inputs, count, |_, _| {
                // a uniform number between -1 and 1 has the variance 1/3
                3.0_f64.sqrt() * deviation * (2.0 * random.random::<f64>() - 1.0)
            }),
            Self::Orthogonal => {
                let share = inputs.max(count) as f64 / inputs as f64;
                haar(inputs, count, random) * (scale * share.sqrt())
            }
            Self::ClassDifferences => return None,
        })
    }
}
