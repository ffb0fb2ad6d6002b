//! What a trainer goes back to when a batch fails.

use nalgebra::DMatrix;

use super::Stepper;
use super::optimiser::copy;
use crate::networks::predictive::{Feedback, PredictiveNetwork};

/// Weights and moments as they were before a batch. Its memory is kept from batch to batch; it is part
/// of no saved training, and two trainers are equal whatever it holds.
#[derive(Debug, Default)]
pub(super) struct Backup {
    weights: Vec<Vec<f64>>,
    stepper: Option<Stepper>,
}

impl Clone for Backup {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Backup {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Backup {
    pub fn keep(&mut self, network: &PredictiveNetwork, stepper: &Stepper) {
        let free = network.feedback_kind() == Feedback::Free;
        let lists = (0..network.last()).flat_map(|layer| {
            let feedback = free.then(|| network.feedback(layer).as_slice());
            let matrix = network.prediction(layer).as_slice();
            [Some(matrix), Some(network.bias(layer).as_slice()), feedback]
        });
        let lists: Vec<&[f64]> = lists.flatten().collect();
        self.weights.resize_with(lists.len(), Vec::new);
        for (from, to) in lists.into_iter().zip(&mut self.weights) {
            copy(from, to);
        }
        self.stepper
            .get_or_insert_with(|| stepper.clone())
            .copy_from(stepper);
    }

    /// Puts back what was kept last.
    pub fn restore(&self, network: &mut PredictiveNetwork, stepper: &mut Stepper) {
        let free = network.feedback_kind() == Feedback::Free;
        let mut lists = self.weights.iter();
        let mut next = |numbers: &mut [f64]| {
            if let Some(list) = lists.next() {
                numbers.copy_from_slice(list);
            }
        };
        for layer in 0..network.last() {
            network.update(layer, |m: &mut DMatrix<f64>, w, b| {
                next(m.as_mut_slice());
                next(b.as_mut_slice());
                if free {
                    next(w.as_mut_slice());
                }
            });
        }
        if let Some(kept) = &self.stepper {
            stepper.copy_from(kept);
        }
    }
}
