//! What a hidden unit does with its sum.

use serde::{Deserialize, Serialize};

use crate::networks::{Activation, NetworkError, Order};
use crate::numerics::elementary::tanh;

/// The function of a hidden unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Node {
    /// An activation without weights of its own.
    Plain(Activation),
    /// `f(z) = A tanh(B z) + D z`, with three weights a unit that learn, from 1, 1 and 0 on: our reading of
    /// the "extended nonlinear node function" of Lv, Liu and Jia 2011, whose formula was not available to us.
    ///
    /// `A` and `B` add nothing to what a network can express: they are `A` in the weights that read the
    /// unit and `B` in those that it reads. The term `D z` is a linear path through the unit.
    Extended,
}

impl Default for Node {
    fn default() -> Self {
        Self::Plain(Activation::Tanh)
    }
}

/// Weights of all units: `A`, then `B`, then `D`; empty for plain nodes.
pub(super) type Shapes<'a> = &'a [f64];

/// The three weights of unit `j` of `n`.
fn of(shapes: Shapes<'_>, j: usize) -> [f64; 3] {
    let n = shapes.len() / 3;
    [shapes[j], shapes[n + j], shapes[2 * n + j]]
}

/// `tanh(B z)` of all sums, unit after unit within a column.
fn saturated(shapes: Shapes<'_>, sums: &[f64]) -> Vec<f64> {
    let n = shapes.len() / 3;
    let mut t: Vec<f64> = sums.to_vec();
    for column in t.chunks_mut(n) {
        for (z, b) in column.iter_mut().zip(&shapes[n..]) {
            *z *= b;
        }
    }
    tanh(&mut t);
    t
}

impl Node {
    /// Weights that every unit has of its own.
    pub(super) fn weights(self) -> usize {
        match self {
            Self::Plain(_) => 0,
            Self::Extended => 3,
        }
    }

    /// # Errors
    /// For an activation that couples the units of a layer.
    pub(super) fn check(self) -> Result<(), NetworkError> {
        match self {
            Self::Plain(Activation::Softmax) => Err(NetworkError::Contradiction {
                first: "a hidden unit",
                second: "softmax",
                reason: "softmax couples the units of a layer; choose tanh, logistic or identity",
            }),
            _ => Ok(()),
        }
    }

    /// Writes `f` of all sums.
    pub(super) fn value(self, shapes: Shapes<'_>, sums: &[f64], values: &mut [f64]) {
        match self {
            Self::Plain(activation) => activation.write(sums, values),
            Self::Extended => {
                let n = shapes.len() / 3;
                values.copy_from_slice(&saturated(shapes, sums));
                for (index, (value, z)) in values.iter_mut().zip(sums).enumerate() {
                    let [a, _, d] = of(shapes, index % n);
                    *value = a * *value + d * z;
                }
            }
        }
    }

    /// Multiplies by `df/dz`.
    pub(super) fn times_slope(self, shapes: Shapes<'_>, sums: &[f64], factors: &mut [f64]) {
        match self {
            Self::Plain(activation) => activation.multiply(Order::Slope, sums, factors),
            Self::Extended => {
                let n = shapes.len() / 3;
                let t = saturated(shapes, sums);
                for (index, (factor, t)) in factors.iter_mut().zip(t).enumerate() {
                    let [a, b, d] = of(shapes, index % n);
                    *factor *= a * b * (1.0 - t) * (1.0 + t) + d;
                }
            }
        }
    }

    /// Turns changes of the sums into those of the values, along a change of the units' own weights.
    pub(super) fn tangent(
        self,
        shapes: Shapes<'_>,
        changes: Shapes<'_>,
        sums: &[f64],
        tangent: &mut [f64],
    ) {
        self.times_slope(shapes, sums, tangent);
        if self == Self::Extended {
            let n = shapes.len() / 3;
            let t = saturated(shapes, sums);
            for (index, place) in tangent.iter_mut().enumerate() {
                let [a, _, _] = of(shapes, index % n);
                let [da, db, dd] = of(changes, index % n);
                let (t, z) = (t[index], sums[index]);
                *place += da * t + db * a * z * (1.0 - t) * (1.0 + t) + dd * z;
            }
        }
    }

    /// How `df/dz` changes, for changes of the sums and of the units' own weights.
    pub(super) fn slope_change(
        self,
        shapes: Shapes<'_>,
        changes: Shapes<'_>,
        sums: &[f64],
        sum_changes: &[f64],
    ) -> Vec<f64> {
        let mut found = sum_changes.to_vec();
        match self {
            Self::Plain(activation) => activation.multiply(Order::Curvature, sums, &mut found),
            Self::Extended => {
                let n = shapes.len() / 3;
                let t = saturated(shapes, sums);
                for (index, place) in found.iter_mut().enumerate() {
                    let [a, b, _] = of(shapes, index % n);
                    let [da, db, dd] = of(changes, index % n);
                    let (t, z, dz) = (t[index], sums[index], sum_changes[index]);
                    let slope = (1.0 - t) * (1.0 + t);
                    *place = -2.0 * a * b * b * t * slope * dz
                        + b * slope * da
                        + (a * slope - 2.0 * a * b * z * t * slope) * db
                        + dd;
                }
            }
        }
        found
    }

    /// Adds the gradient by the units' own weights, for slopes by the values.
    pub(super) fn add_gradient(
        self,
        shapes: Shapes<'_>,
        sums: &[f64],
        slopes: &[f64],
        gradient: &mut [f64],
    ) {
        if self == Self::Extended {
            let n = shapes.len() / 3;
            let t = saturated(shapes, sums);
            for (index, v) in slopes.iter().enumerate() {
                let j = index % n;
                let (t, z) = (t[index], sums[index]);
                gradient[j] += v * t;
                gradient[n + j] += v * shapes[j] * z * (1.0 - t) * (1.0 + t);
                gradient[2 * n + j] += v * z;
            }
        }
    }

    /// Adds how that gradient changes, apart from the changes of the slopes.
    pub(super) fn add_gradient_change(
        self,
        (shapes, changes): (Shapes<'_>, Shapes<'_>),
        (sums, sum_changes): (&[f64], &[f64]),
        slopes: &[f64],
        gradient: &mut [f64],
    ) {
        if self == Self::Extended {
            let n = shapes.len() / 3;
            let t = saturated(shapes, sums);
            for (index, v) in slopes.iter().enumerate() {
                let j = index % n;
                let [a, b, _] = of(shapes, j);
                let [da, db, _] = of(changes, j);
                let (t, z, dz) = (t[index], sums[index], sum_changes[index]);
                let slope = (1.0 - t) * (1.0 + t);
                gradient[j] += v * slope * (b * dz + z * db);
                let bent = -2.0 * a * z * t * slope;
                gradient[n + j] += v * (slope * (a * dz + z * da) + bent * (b * dz + z * db));
                gradient[2 * n + j] += v * dz;
            }
        }
    }
}
