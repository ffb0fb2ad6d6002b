//! Which weights of a rectifier network are the same function.
//!
//! Two networks `f(x) = c + A relu(W x + b)` are compared by their [`CanonicalForm`]: the hyperplanes
//! at which the slope jumps, those jumps, and an affine remainder. [`compare`] decides whether they
//! are one function within a tolerance, how far apart they are, and gives the [`Transformation`]
//! (permutation, positive scales, flips) that takes one to the other, or the [`Obstacle`] in its way;
//! [`Degeneracy`] names what makes more transformations possible than these. [`orbit_distance`]
//! compares weights after permutations and scales are taken out.
//!
//! For deeper networks [`RectifierNetwork::normal_form`] takes out rescalings and permutations. That is
//! not all there is: [`hidden_kink`] is a network without any degenerate weight that has one more
//! continuous symmetry.
//!
//! Source: H. Petzka, M. Trimmel, C. Sminchisescu, "Notes on the symmetries of 2-layer `ReLU`-networks",
//! Proceedings of the Northern Lights Deep Learning Workshop 1 (2020), doi:10.7557/18.5150, of which the
//! abstract was read: two-layer networks have the two well-known symmetries, and others in degenerate
//! situations only. The algorithms, the distance and the example are ours.

mod apart;
mod canonical;
mod compare;
mod degenerate;
mod distance;
mod error;
mod hidden_kink;
mod normal_form;
mod orbit;
mod planes;
mod rectifier;
mod transformation;
mod two_layer;

pub use apart::Apart;
pub use canonical::{CanonicalForm, Hyperplane};
pub use compare::{Comparison, DEFAULT_TOLERANCE, compare};
pub use degenerate::Degeneracy;
pub use error::SymmetryError;
pub use hidden_kink::hidden_kink;
pub use orbit::{balanced, orbit_distance};
pub use rectifier::RectifierNetwork;
pub use transformation::{Obstacle, Transformation};
pub use two_layer::TwoLayerNetwork;
