//! The Hessian of a loss times a direction, through time.

use nalgebra::DMatrix;

use super::ElmanPass;
use super::backward::{Adjoint, add_rows};
use super::pass::add_product;
use crate::networks::NetworkError;
use crate::numerics::matrix::{View, gemm_into, multiply};

/// The slopes of a loss by the outputs, and their change, from the outputs and their change.
pub(super) type Slopes<'a> =
    dyn Fn(&DMatrix<f64>, &DMatrix<f64>) -> (DMatrix<f64>, DMatrix<f64>) + 'a;

impl ElmanPass<'_> {
    /// By differentiating the backward pass along the direction (B. A. Pearlmutter, Neural Computation 6,
    /// 147-160, 1994). Matrices are shaped as the values of the outputs. Cost: about seven runs.
    pub(super) fn hvp(
        &self,
        direction: &[f64],
        loss: &Slopes<'_>,
    ) -> Result<Vec<f64>, NetworkError> {
        let tangent = self.tangent(direction)?;
        let (slopes, slope_changes) = loss(self.outputs().values(), &tangent.outputs);
        self.check_outputs("slopes of the loss", &slopes)?;
        self.check_outputs("changes of the slopes of the loss", &slope_changes)?;
        let network = self.network;
        let (parameters, places) = (self.parameters, network.places());
        let [now, along] = [parameters, direction].map(|list| network.output_weights(list));
        let above = multiply(now.transposed(), View::from(&slopes));
        let mut above_change = multiply(now.transposed(), View::from(&slope_changes));
        above_change += multiply(along.transposed(), View::from(&slopes));

        let adjoint = self.backward(above.into(), false);
        let change = self.backward_change(direction, &adjoint, &tangent.sums, above_change);
        let mut product = vec![0.0; parameters.len()];
        let mut add = |slopes: &DMatrix<f64>, read: &DMatrix<f64>, place| {
            let across = View::from(read).transposed();
            gemm_into(1.0, View::from(slopes), across, 1.0, &mut product[place]);
        };
        add(&change.sums, self.inputs.values(), places.input);
        add(&change.sums, &self.contexts, places.context.clone());
        add(&adjoint.sums, &tangent.contexts, places.context);
        add(
            &slope_changes,
            self.states().values(),
            places.output.clone(),
        );
        add(&slopes, &tangent.states, places.output);
        add_rows(&change.sums, &mut product[places.bias]);
        add_rows(&slope_changes, &mut product[places.offset]);
        let (node, shapes) = (network.shape().node, self.shapes(parameters));
        let place = &mut product[places.node];
        let sums = self.sums.as_slice();
        node.add_gradient(shapes, sums, change.values.as_slice(), place);
        let pair = (shapes, self.shapes(direction));
        let seen = (sums, tangent.sums.as_slice());
        node.add_gradient_change(pair, seen, adjoint.values.as_slice(), place);
        Ok(product)
    }

    /// How the slopes of a backward pass change along a direction.
    fn backward_change(
        &self,
        direction: &[f64],
        adjoint: &Adjoint,
        sum_changes: &DMatrix<f64>,
        mut slopes: DMatrix<f64>,
    ) -> Adjoint {
        let shape = self.network.shape();
        let (context, leak, node) = (shape.context, shape.leak, shape.node);
        let shapes = self.shapes(self.parameters);
        let weights = self.network.context_weights(self.parameters).transposed();
        let along = self.network.context_weights(direction).transposed();
        let seen = (self.sums.as_slice(), sum_changes.as_slice());
        let mut bent = node.slope_change(shapes, self.shapes(direction), seen.0, seen.1);
        for (place, slope) in bent.iter_mut().zip(adjoint.values.iter()) {
            *place *= slope;
        }
        let width = self.width();
        let mut sums = DMatrix::zeros(slopes.nrows(), slopes.ncols());
        let (mut from_behind, mut by_context) = (vec![0.0; width], vec![0.0; width]);
        for step in (0..self.inputs.steps()).rev() {
            let place = step * width..(step + 1) * width;
            let x = &mut slopes.as_mut_slice()[place.clone()];
            for (slope, more) in x.iter_mut().zip(&mut from_behind) {
                *slope += *more;
                *more = (1.0 - leak) * *slope;
                *slope *= leak;
            }
            let z = &mut sums.as_mut_slice()[place.clone()];
            z.copy_from_slice(x);
            node.times_slope(shapes, &seen.0[place.clone()], z);
            for (z, bent) in z.iter_mut().zip(&bent[place.clone()]) {
                *z += bent;
            }
            for c in &mut by_context {
                *c *= context;
            }
            add_product(weights, z, &mut by_context);
            add_product(along, &adjoint.sums.as_slice()[place], &mut by_context);
            for (more, c) in from_behind.iter_mut().zip(&by_context) {
                *more += c;
            }
        }
        Adjoint {
            values: slopes.into(),
            sums: sums.into(),
        }
    }
}
