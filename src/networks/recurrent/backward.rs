//! Gradients by all weights: through the whole past, through some steps of it, or through none.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::ElmanPass;
use super::pass::add_product;
use super::spare::Spare;
use crate::networks::NetworkError;
use crate::numerics::matrix::{View, gemm, gemm_into};

/// How far an error is followed into the past.
///
/// With the slopes `E` of a loss by the outputs, `X` by the activations and `Z` by the sums:
///
/// ```text
/// X(k) = W_o^T E(k) + (1 - e) X(k+1) + C(k+1)
/// Z(k) = e f'(z(k)) o X(k)
/// C(k) = W_c^T Z(k) + a C(k+1)
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gradient {
    /// Not at all: what the past has left is an input like the others, `X(k) = W_o^T E(k)`. The gradient of
    /// Elman, and of the toolbox of MATLAB for his network ("staticderiv").
    Static,
    /// Every error through so many steps, its own counted, so that 1 is [`Gradient::Static`] and the length
    /// of the sequences is [`Gradient::Full`]. Costs as many products as steps, each over all sequences.
    Truncated(usize),
    /// Through all steps: the gradient of the loss, by back-propagation through time.
    #[default]
    Full,
    /// The dynamic back-propagation of Pham and Liu, transposed: the forward recursion
    /// `dx_j(k)/dw = f'_j (c_l(k) + a dx_j(k-1)/dw)` follows each unit through its own self-connection `a`
    /// alone, so that here `C(k) = a Z(k)` (our reading; the form was not available to us).
    PhamLiu,
}

/// Slopes of a loss behind a backward pass, one column a sequence and step.
pub(super) struct Adjoint {
    /// By the values of the nodes.
    pub values: Spare,
    /// By their sums.
    pub sums: Spare,
}

impl Gradient {
    /// # Errors
    /// [`NetworkError::OutOfRange`] for a truncation to no step.
    pub fn check(self) -> Result<(), NetworkError> {
        match self {
            Self::Truncated(0) => Err(NetworkError::OutOfRange {
                name: "truncated",
                value: 0.0,
                requirement: "an error is followed through at least one step, its own",
            }),
            _ => Ok(()),
        }
    }
}

impl ElmanPass<'_> {
    /// `J^T c` as far as a gradient follows it: for [`Gradient::Full`] the gradient by the parameters of the
    /// sum of `c o y`. `cotangent` is shaped as the values of the outputs.
    ///
    /// # Errors
    /// [`NetworkError::BatchShape`] if the cotangent does not fit, and those of [`Gradient::check`].
    pub fn gradient(
        &self,
        cotangent: &DMatrix<f64>,
        gradient: Gradient,
    ) -> Result<Vec<f64>, NetworkError> {
        gradient.check()?;
        self.check_outputs("cotangent", cotangent)?;
        let weights = self.network.output_weights(self.parameters);
        let mut above = Spare::zeros(weights.columns(), cotangent.ncols());
        let across = View::from(cotangent);
        gemm(1.0, weights.transposed(), across, 0.0, &mut above);
        let steps = self.inputs.steps();
        let adjoint = match gradient {
            Gradient::Static => self.windowed(above, 1),
            Gradient::Truncated(reach) if reach < steps => self.windowed(above, reach),
            Gradient::Truncated(_) | Gradient::Full => self.backward(above, false),
            Gradient::PhamLiu => self.backward(above, true),
        };
        let mut found = vec![0.0; self.parameters.len()];
        self.add_gradient(&adjoint, cotangent, &mut found);
        Ok(found)
    }

    /// Step by step from the last to the first.
    pub(super) fn backward(&self, mut slopes: Spare, own_units_alone: bool) -> Adjoint {
        let shape = self.network.shape();
        let (context, leak, node) = (shape.context, shape.leak, shape.node);
        let shapes = self.shapes(self.parameters);
        let weights = self.network.context_weights(self.parameters).transposed();
        let width = self.width();
        let mut sums = Spare::zeros(slopes.nrows(), slopes.ncols());
        // What reaches the state before from the step behind: (1 - e) X + C, and C alone.
        let mut from_behind = vec![0.0; width];
        let mut by_context = vec![0.0; width];
        let steps = slopes.as_mut_slice().chunks_mut(width);
        let steps = steps.zip(sums.as_mut_slice().chunks_mut(width));
        let steps = steps.zip(self.sums.as_slice().chunks(width)).rev();
        for ((x, z), seen) in steps {
            for (place, more) in x.iter_mut().zip(&from_behind) {
                *place += more;
            }
            if leak != 1.0 {
                for (place, slope) in from_behind.iter_mut().zip(x.iter_mut()) {
                    *place = (1.0 - leak) * *slope;
                    *slope *= leak;
                }
            } else {
                from_behind.fill(0.0);
            }
            z.copy_from_slice(x);
            node.times_slope(shapes, seen, z);
            for c in &mut by_context {
                *c *= context;
            }
            if own_units_alone {
                for (c, z) in by_context.iter_mut().zip(z.iter()) {
                    *c = context * z;
                }
            } else {
                add_product(weights, z, &mut by_context);
            }
            for (place, c) in from_behind.iter_mut().zip(&by_context) {
                *place += c;
            }
        }
        Adjoint {
            values: slopes,
            sums,
        }
    }

    /// Every error through `reach` steps, all steps at once: one product for each step of the reach.
    fn windowed(&self, mut total: Spare, reach: usize) -> Adjoint {
        let shape = self.network.shape();
        let (context, leak, node) = (shape.context, shape.leak, shape.node);
        let shapes = self.shapes(self.parameters);
        let weights = self.network.context_weights(self.parameters).transposed();
        let (width, hidden) = (self.width(), shape.hidden);
        let mut slopes = vec![1.0; total.len()];
        node.times_slope(shapes, self.sums.as_slice(), &mut slopes);
        // Slopes of errors that are `age` steps ahead: the last `age` steps have none.
        let mut x = total.as_slice().to_vec();
        let mut by_context: Vec<f64> = Vec::new();
        for _ in 1..reach {
            let mut z = x.clone();
            for (place, slope) in z.iter_mut().zip(&slopes) {
                *place *= leak * slope;
            }
            let mut next: Vec<f64> = by_context.get(width..).unwrap_or_default().to_vec();
            next.resize(z.len(), 0.0);
            for c in &mut next {
                *c *= context;
            }
            let columns = View::column_major(&z, hidden, z.len() / hidden);
            gemm_into(1.0, weights, columns, 1.0, &mut next);
            by_context = next;
            // One step back.
            let earlier = x[width..].iter().zip(&by_context[width..]);
            x = earlier.map(|(x, c)| (1.0 - leak) * x + c).collect();
            for (place, more) in total.as_mut_slice().iter_mut().zip(&x) {
                *place += more;
            }
        }
        *total *= leak;
        let values = total;
        let mut sums = Spare::zeros(hidden, values.ncols());
        let products = values.iter().zip(&slopes);
        for (place, (value, slope)) in sums.iter_mut().zip(products) {
            *place = value * slope;
        }
        Adjoint { values, sums }
    }

    /// Adds to a gradient what slopes by sums, values and outputs make of all weights.
    pub(super) fn add_gradient(
        &self,
        adjoint: &Adjoint,
        cotangent: &DMatrix<f64>,
        gradient: &mut [f64],
    ) {
        let places = self.network.places();
        let node = self.network.shape().node;
        let mut product = |slopes: &DMatrix<f64>, read: &DMatrix<f64>, place| {
            let across = View::from(read).transposed();
            gemm_into(1.0, View::from(slopes), across, 1.0, &mut gradient[place]);
        };
        product(&adjoint.sums, self.inputs.values(), places.input);
        product(&adjoint.sums, &self.contexts, places.context);
        product(cotangent, self.states.values(), places.output);
        add_rows(&adjoint.sums, &mut gradient[places.bias]);
        add_rows(cotangent, &mut gradient[places.offset]);
        let (shapes, sums) = (self.shapes(self.parameters), self.sums.as_slice());
        let values = adjoint.values.as_slice();
        node.add_gradient(shapes, sums, values, &mut gradient[places.node]);
    }
}

/// Adds the sum of all columns.
pub(super) fn add_rows(slopes: &DMatrix<f64>, place: &mut [f64]) {
    for column in slopes.column_iter() {
        for (sum, slope) in place.iter_mut().zip(column.iter()) {
            *sum += slope;
        }
    }
}
