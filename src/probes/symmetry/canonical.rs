//! The canonical form of a two-layer rectifier network.

use nalgebra::{DMatrix, DVector};

use super::degenerate::Degeneracy;
use super::planes::{Plane, groups};
use super::two_layer::length;
use super::{SymmetryError, TwoLayerNetwork};

/// What a two-layer rectifier network is as a function, free of the choice of its weights:
///
/// ```text
/// f(x) = 1/2 sum_h J_h |u_h . x + beta_h| + M x + m
/// ```
///
/// with distinct hyperplanes `h`, unit normals `u_h` and jumps `J_h` of the slope across them that are
/// not zero. Since the `|u . x + beta|` of distinct hyperplanes and the affine functions are linearly
/// independent on all of `R^d`, two networks are the same function there exactly if these data
/// agree. (On a part of `R^d` they may agree without that: hyperplanes that miss it act affinely.)
#[derive(Debug, Clone, PartialEq)]
pub struct CanonicalForm {
    /// The hyperplanes, in the order of their first neurons.
    pub hyperplanes: Vec<Hyperplane>,
    /// `M`, outputs x inputs.
    pub linear: DMatrix<f64>,
    /// `m`, one for each output.
    pub constant: DVector<f64>,
    /// Unit of the tolerance: [`TwoLayerNetwork::size`].
    pub size: f64,
    /// What is degenerate in the weights.
    pub degenerate: Vec<Degeneracy>,
}

/// One hyperplane at which the slope jumps.
#[derive(Debug, Clone, PartialEq)]
pub struct Hyperplane {
    /// `u`, of length 1; its first entry beyond the tolerance is positive.
    pub normal: DVector<f64>,
    /// `beta`: the hyperplane is `u . x + beta = 0`.
    pub offset: f64,
    /// `J`, one for each output: the change of the slope along `u`.
    pub jump: DVector<f64>,
    /// The hidden neurons that it is the kink of.
    pub neurons: Vec<usize>,
}

/// A hidden neuron with weights that are not zero, as one term of the canonical form.
struct Term {
    neuron: usize,
    plane: Plane,
    /// Whether the neuron is active on the side away from the normal.
    turned: bool,
    jump: DVector<f64>,
}

impl CanonicalForm {
    /// The canonical form of a network.
    ///
    /// By `relu(z) = (z + |z|) / 2`: a neuron `(w, b, a)` with `s = |w| > 0` adds `a w^T / 2` to `M`,
    /// `a b / 2` to `m` and `s a` to the jump at `(w, b) / s`; one with `w = 0` adds `a relu(b)` to `m`.
    /// Hyperplanes within `tolerance` of each other are one (offsets beyond 1 relative to themselves);
    /// jumps up to `tolerance` of [`TwoLayerNetwork::size`] are none.
    ///
    /// `O(m d log m)` for `m` neurons and `d` inputs.
    ///
    /// # Errors
    /// [`SymmetryError::Tolerance`] beyond (0, 0.1], [`SymmetryError::Overflow`].
    ///
    /// ```
    /// use nalgebra::{dmatrix, dvector};
    /// use pulsatrix::probes::symmetry::{CanonicalForm, TwoLayerNetwork};
    ///
    /// // 3 relu(2 x + 2) = 3 |x + 1| + 3 x + 3
    /// let network = TwoLayerNetwork::new(dmatrix![2.0], dvector![2.0], dmatrix![3.0], dvector![0.0])?;
    /// let form = CanonicalForm::new(&network, 1e-10)?;
    /// assert_eq!((form.hyperplanes[0].offset, form.hyperplanes[0].jump[0]), (1.0, 6.0));
    /// assert_eq!((form.linear[0], form.constant[0]), (3.0, 3.0));
    /// # Ok::<(), pulsatrix::probes::symmetry::SymmetryError>(())
    /// ```
    pub fn new(network: &TwoLayerNetwork, tolerance: f64) -> Result<Self, SymmetryError> {
        require_tolerance(tolerance)?;
        let size = network.size();
        let mut form = Self {
            hyperplanes: Vec::new(),
            linear: DMatrix::zeros(network.offsets().len(), network.weights().ncols()),
            constant: network.offsets().clone(),
            size,
            degenerate: Vec::new(),
        };
        let terms = form.take_neurons(network, tolerance);
        let finite = size.is_finite()
            && form.linear.iter().all(|entry| entry.is_finite())
            && form.constant.iter().all(|entry| entry.is_finite())
            && terms
                .iter()
                .all(|term| term.jump.iter().all(|entry| entry.is_finite()));
        if !finite {
            return Err(SymmetryError::Overflow);
        }
        form.merge(&terms, tolerance);
        Ok(form)
    }

    /// Adds the affine part of every neuron, and gives back the others.
    fn take_neurons(&mut self, network: &TwoLayerNetwork, tolerance: f64) -> Vec<Term> {
        let mut terms = Vec::new();
        for neuron in 0..network.neurons() {
            let (w, b) = (network.weights().row(neuron), network.biases()[neuron]);
            let a = network.read_out().column(neuron);
            let s = length(w.iter());
            let offset = b / s;
            // Weights so small beside the bias that the kink is beyond all numbers are none.
            if s == 0.0 || !offset.is_finite() {
                self.constant += a * b.max(0.0);
                self.degenerate.push(Degeneracy::Constant { neuron });
                continue;
            }
            self.linear += a * w * 0.5;
            self.constant += a * (0.5 * b);
            let mut plane = Plane {
                normal: w.transpose() / s,
                offset,
            };
            let turned = plane.orient(tolerance);
            let jump = a * s;
            if length(jump.iter()) <= tolerance * self.size {
                self.degenerate.push(Degeneracy::Dead { neuron });
            }
            terms.push(Term {
                neuron,
                plane,
                turned,
                jump,
            });
        }
        terms
    }

    /// Makes one hyperplane of those that are the same.
    fn merge(&mut self, terms: &[Term], tolerance: f64) {
        let negligible = tolerance * self.size;
        let planes: Vec<&Plane> = terms.iter().map(|term| &term.plane).collect();
        for members in groups(&planes, tolerance) {
            let first = &terms[members[0]];
            let mut jump = DVector::zeros(first.jump.len());
            let (mut neurons, mut alive, mut sides) = (Vec::new(), Vec::new(), [false; 2]);
            for term in members.iter().map(|member| &terms[*member]) {
                jump += &term.jump;
                neurons.push(term.neuron);
                if length(term.jump.iter()) > negligible {
                    alive.push(term.neuron);
                    // Two turned planes may still be opposite, where the first entry is rounding alone.
                    let side = term.turned == first.plane.same_side(&term.plane);
                    sides[usize::from(side)] = true;
                }
            }
            let vanishes = length(jump.iter()) <= negligible;
            if alive.len() > 1 {
                let neurons = alive.clone();
                self.degenerate.push(if sides == [true, true] {
                    Degeneracy::OppositeSides { neurons }
                } else {
                    Degeneracy::SameSide { neurons }
                });
                if vanishes {
                    let neurons = alive;
                    self.degenerate
                        .push(Degeneracy::CancellingJumps { neurons });
                }
            }
            if !vanishes {
                self.hyperplanes.push(Hyperplane {
                    normal: first.plane.normal.clone(),
                    offset: first.plane.offset,
                    jump,
                    neurons,
                });
            }
        }
    }

    /// The function, one row an example, for inputs with one row an example: what the network
    /// computes, but for rounding and what was negligible.
    ///
    /// # Errors
    /// [`SymmetryError::Unlike`] for inputs of another length.
    pub fn outputs(&self, inputs: &DMatrix<f64>) -> Result<DMatrix<f64>, SymmetryError> {
        super::rectifier::require_alike("inputs", self.linear.ncols(), inputs.ncols())?;
        let mut outputs = inputs * self.linear.transpose();
        for (mut row, input) in outputs.row_iter_mut().zip(inputs.row_iter()) {
            row += self.constant.transpose();
            for hyperplane in &self.hyperplanes {
                let height = input.transpose().dot(&hyperplane.normal) + hyperplane.offset;
                row += hyperplane.jump.transpose() * (0.5 * height.abs());
            }
        }
        Ok(outputs)
    }
}

/// Refuses a tolerance that separates nothing.
pub(super) fn require_tolerance(value: f64) -> Result<(), SymmetryError> {
    if value > 0.0 && value <= 0.1 {
        return Ok(());
    }
    Err(SymmetryError::Tolerance { value })
}
