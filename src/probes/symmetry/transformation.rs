//! Permutations, scales and flips of hidden neurons, and the search for them.

use nalgebra::{DMatrix, DVector};
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_distr::StandardNormal;
use serde::{Deserialize, Serialize};

use super::planes::{Plane, groups};
use super::two_layer::length;
use super::{SymmetryError, TwoLayerNetwork};
use crate::numerics::random::stream;

/// A map of the hidden neurons of one network one-to-one to those of another that computes the same.
///
/// Neuron `j` of the second is neuron `i = permutation[j]` of the first, with
/// `(w', b') = +- scales[j] (w, b)` and `a' = a / scales[j]`; the minus for `i` among `flips`, and then
/// `c' = c + sum a_i b_i` over the flips.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Transformation {
    /// For every neuron of the second network, which of the first it is; counted from 0.
    pub permutation: Vec<usize>,
    /// Positive scale of the weights into every neuron of the second network.
    pub scales: Vec<f64>,
    /// Neurons of the first network that change sides, ascending. Possible exactly if
    /// `sum a_i w_i^T = 0` over them.
    pub flips: Vec<usize>,
}

/// Why there is no [`Transformation`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
pub enum Obstacle {
    /// The functions differ.
    DifferentFunctions,
    /// The functions are equal, but the numbers of hidden neurons are not: one network is degenerate.
    NeuronCounts {
        /// Of the first network.
        first: usize,
        /// Of the second network.
        second: usize,
    },
    /// The functions are equal, but a neuron of the second network is none of the first, up to scale and
    /// side: both networks are degenerate, or one of them.
    NoPartner {
        /// The neuron of the second network, counted from 0.
        neuron: usize,
    },
}

impl Transformation {
    /// A random permutation of so many neurons with scales `exp(spread z)`, `z` normal, and without
    /// flips.
    #[must_use]
    pub fn random(neurons: usize, spread: f64, seed: u64) -> Self {
        let mut random = stream(seed, "random symmetry", 0);
        let mut permutation: Vec<usize> = (0..neurons).collect();
        permutation.shuffle(&mut random);
        let scale = |_| (spread * random.sample::<f64, _>(StandardNormal)).exp();
        Self {
            permutation,
            scales: (0..neurons).map(scale).collect(),
            flips: Vec::new(),
        }
    }

    /// The network that this makes of another, which is the same function.
    ///
    /// `sum a_i w_i^T` over the flips counts as zero up to `tolerance` of [`TwoLayerNetwork::size`].
    ///
    /// # Errors
    /// [`SymmetryError::Malformed`] if this is no map of these neurons, [`SymmetryError::NoFlipSet`] for
    /// neurons that cannot be flipped together.
    pub fn apply(
        &self,
        network: &TwoLayerNetwork,
        tolerance: f64,
    ) -> Result<TwoLayerNetwork, SymmetryError> {
        self.check(network.neurons())?;
        let (weights, read_out) = (network.weights(), network.read_out());
        let mut sum = DMatrix::zeros(read_out.nrows(), weights.ncols());
        let mut offsets = network.offsets().clone();
        let mut sides = vec![1.0; network.neurons()];
        for flip in self.flips.iter().copied() {
            sum += read_out.column(flip) * weights.row(flip);
            offsets += read_out.column(flip) * network.biases()[flip];
            sides[flip] = -1.0;
        }
        let (residual, allowed) = (sum.norm(), tolerance * network.size());
        if residual > allowed {
            return Err(SymmetryError::NoFlipSet { residual, allowed });
        }
        let from = |j: usize| self.permutation[j];
        let into = |j: usize| sides[from(j)] * self.scales[j];
        let (rows, columns) = weights.shape();
        TwoLayerNetwork::new(
            DMatrix::from_fn(rows, columns, |j, input| {
                into(j) * weights[(from(j), input)]
            }),
            DVector::from_fn(rows, |j, _| into(j) * network.biases()[from(j)]),
            DMatrix::from_fn(read_out.nrows(), rows, |output, j| {
                read_out[(output, from(j))] / self.scales[j]
            }),
            offsets,
        )
    }

    fn check(&self, neurons: usize) -> Result<(), SymmetryError> {
        let refuse = |what| Err(SymmetryError::Malformed { what, neurons });
        let mut sorted = self.permutation.clone();
        sorted.sort_unstable();
        if !sorted.into_iter().eq(0..neurons) {
            return refuse("the permutation does not hold every neuron once");
        }
        let sound = |scale: &f64| *scale > 0.0 && scale.is_finite();
        if self.scales.len() != neurons || !self.scales.iter().all(sound) {
            return refuse("the scales are not one positive number each");
        }
        let ascending = self.flips.windows(2).all(|pair| pair[0] < pair[1]);
        if !ascending || self.flips.last().is_some_and(|last| *last >= neurons) {
            return refuse("the flips are not an ascending list");
        }
        Ok(())
    }
}

/// A hidden neuron as scales leave it: where it is active, and how strongly.
struct Neuron {
    side: Side,
    /// `|(w, b)| a` for a plane or a constant; `a` itself for a neuron that is never active.
    strength: DVector<f64>,
    /// Length of `w`, or of `b` without `w`.
    scale: f64,
}

enum Side {
    Half(Plane),
    Everywhere,
    Nowhere,
}

impl Neuron {
    fn of(network: &TwoLayerNetwork, index: usize) -> Self {
        let (w, b) = (network.weights().row(index), network.biases()[index]);
        let a = network.read_out().column(index);
        let s = length(w.iter());
        let offset = b / s;
        let (side, scale) = if s > 0.0 && offset.is_finite() {
            let normal = w.transpose() / s;
            (Side::Half(Plane { normal, offset }), s)
        } else if b > 0.0 {
            (Side::Everywhere, b)
        } else {
            // Nothing comes of it, whatever its scale.
            (Side::Nowhere, 1.0)
        };
        Self {
            side,
            strength: a * scale,
            scale,
        }
    }

    /// Its place among equal ones: planes by their group, the others by their kind.
    fn plane(&self) -> Option<&Plane> {
        match &self.side {
            Side::Half(plane) => Some(plane),
            _ => None,
        }
    }

    /// Whether both are active on the same points, if their planes are the same.
    fn same_side(&self, other: &Self) -> bool {
        match (&self.side, &other.side) {
            (Side::Half(plane), Side::Half(other)) => plane.same_side(other),
            (Side::Everywhere, Side::Everywhere) | (Side::Nowhere, Side::Nowhere) => true,
            _ => false,
        }
    }
}

/// The transformation that takes the first network to the second, which is the same function to the
/// tolerance; `size` is the unit of strengths.
///
/// Neurons are matched hyperplane by hyperplane: first those on one side, then those that are left, as
/// flips. That their `a w^T` add up to zero need not be searched for: it is the equality of the `M`
/// of both canonical forms. `O(m d log m)` without common hyperplanes.
pub(super) fn find(
    first: &TwoLayerNetwork,
    second: &TwoLayerNetwork,
    tolerance: f64,
    size: f64,
) -> Result<Transformation, Obstacle> {
    let count = first.neurons();
    if count != second.neurons() {
        return Err(Obstacle::NeuronCounts {
            first: count,
            second: second.neurons(),
        });
    }
    let ours = (0..count).map(|index| Neuron::of(first, index));
    let all: Vec<Neuron> = ours
        .chain((0..count).map(|index| Neuron::of(second, index)))
        .collect();
    let (mut places, mut planes, mut rest) = (Vec::new(), Vec::new(), Vec::new());
    for (index, neuron) in all.iter().enumerate() {
        match neuron.plane() {
            Some(plane) => {
                places.push(index);
                planes.push(plane);
            }
            None => rest.push(index),
        }
    }
    let mut found = Partial {
        partner: vec![None; count],
        taken: vec![false; count],
        flips: Vec::new(),
    };
    let mut lists = groups(&planes, tolerance);
    for list in &mut lists {
        list.iter_mut().for_each(|member| *member = places[*member]);
    }
    lists.push(rest);
    for list in &lists {
        let split = list.partition_point(|index| *index < count);
        let (ours, theirs) = list.split_at(split);
        found.pair(ours, theirs, &all, tolerance * size, true);
        found.pair(ours, theirs, &all, tolerance * size, false);
    }
    let mut permutation = Vec::with_capacity(count);
    for (neuron, partner) in found.partner.iter().enumerate() {
        permutation.push(partner.ok_or(Obstacle::NoPartner { neuron })?);
    }
    let scale = |(j, i): (usize, &usize)| all[count + j].scale / all[*i].scale;
    let scales = permutation.iter().enumerate().map(scale).collect();
    found.flips.sort_unstable();
    Ok(Transformation {
        permutation,
        scales,
        flips: found.flips,
    })
}

/// A map that is being found.
struct Partial {
    /// Which neuron of the first network each of the second is.
    partner: Vec<Option<usize>>,
    /// Whether a neuron of the first network has a partner.
    taken: Vec<bool>,
    flips: Vec<usize>,
}

impl Partial {
    /// Pairs what is left of two lists with one hyperplane: neurons of equal strength, on the same side or on
    /// the other one.
    fn pair(&mut self, ours: &[usize], theirs: &[usize], all: &[Neuron], allowed: f64, same: bool) {
        let count = self.taken.len();
        for their in theirs {
            let (slot, neuron) = (their - count, &all[*their]);
            if self.partner[slot].is_some() {
                continue;
            }
            let fits = |our: &&usize| {
                let candidate = &all[**our];
                let flippable = same || candidate.plane().is_some();
                !self.taken[**our]
                    && flippable
                    && candidate.same_side(neuron) == same
                    && (&candidate.strength - &neuron.strength).norm() <= allowed
            };
            if let Some(our) = ours.iter().find(fits) {
                self.partner[slot] = Some(*our);
                self.taken[*our] = true;
                if !same {
                    self.flips.push(*our);
                }
            }
        }
    }
}
