//! Learning as a flow: the weights of a predictive-coding network as a state.

use std::cell::RefCell;

use nalgebra::DMatrix;

use super::{Rule, RuleOutcome};
use crate::networks::NetworkError;
use crate::networks::predictive::{Dynamics, Feedback, PredictiveNetwork};
use crate::solver::OrdinaryField;

/// `M_l' = direction of a rule` on one batch, for a network with tied feedback.
///
/// With [`Rule::Equilibrium`] this is the gradient flow of the equilibrated energy, the mean over the
/// batch of `min over values of E`; with [`Rule::Backpropagation`] that of the mean of
/// `|e_0|^2 / (2 Sigma_0)`. Biases stay as they are.
///
/// The state holds the matrices from the image side on, each column after column: the list of
/// weights of the [`DeepNetwork`](crate::networks::deep::DeepNetwork) that computes the same classes
/// in the standard parameterisation, so that both rooms share their trajectories.
pub struct LearningFlow<'a> {
    network: RefCell<PredictiveNetwork>,
    rule: Rule,
    dynamics: Dynamics,
    image: &'a DMatrix<f64>,
    class: &'a DMatrix<f64>,
    dimension: usize,
}

impl<'a> LearningFlow<'a> {
    /// The flow of a network on images (`n_L x B`) and their classes (`n_0 x B`), a sample a column.
    ///
    /// # Errors
    /// [`NetworkError::Contradiction`] for free feedback, and those of the rule on this batch.
    pub fn new(
        network: PredictiveNetwork,
        rule: Rule,
        dynamics: Dynamics,
        image: &'a DMatrix<f64>,
        class: &'a DMatrix<f64>,
    ) -> Result<Self, NetworkError> {
        if network.feedback_kind() == Feedback::Free {
            return Err(NetworkError::Contradiction {
                first: "free feedback",
                second: "a flow of the weights",
                reason: "two lists of weights learn there; tie the feedback",
            });
        }
        rule.apply(&network, image, class, dynamics, false)?;
        let sizes = network.sizes().windows(2);
        Ok(Self {
            dimension: sizes.map(|pair| pair[0] * pair[1]).sum(),
            network: RefCell::new(network),
            rule,
            dynamics,
            image,
            class,
        })
    }

    /// The weights of a network as a state.
    #[must_use]
    pub fn state(network: &PredictiveNetwork) -> Vec<f64> {
        let layers = (0..network.last()).rev();
        layers
            .flat_map(|layer| network.prediction(layer).iter().copied())
            .collect()
    }

    /// The network at a state.
    ///
    /// # Panics
    /// If the state has another length.
    #[must_use]
    pub fn network(&self, state: &[f64]) -> PredictiveNetwork {
        assert_eq!(state.len(), self.dimension, "one number a weight");
        self.set(state);
        self.network.borrow().clone()
    }

    fn set(&self, state: &[f64]) {
        let mut network = self.network.borrow_mut();
        let mut rest = state;
        for layer in (0..network.last()).rev() {
            let size = network.prediction(layer).len();
            let (weights, after) = rest.split_at(size);
            network.update(layer, |m, _, _| m.copy_from_slice(weights));
            rest = after;
        }
    }

    /// What the rule makes of the batch at a state: the energy that it lowers, and the directions.
    ///
    /// # Errors
    /// [`NetworkError::ParameterCount`] for a state of another length, and those of the rule, above
    /// all a relaxation that does not reach its tolerance.
    pub fn outcome(&self, state: &[f64]) -> Result<RuleOutcome, NetworkError> {
        if state.len() != self.dimension {
            return Err(NetworkError::ParameterCount {
                name: "numbers of the state",
                found: state.len(),
                expected: self.dimension,
            });
        }
        self.set(state);
        let network = self.network.borrow();
        self.rule
            .apply(&network, self.image, self.class, self.dynamics, false)
    }
}

impl OrdinaryField for LearningFlow<'_> {
    fn dimension(&self) -> usize {
        self.dimension
    }

    /// Not a number where the rule fails, which every solver reports.
    fn derivative(&self, _: f64, state: &[f64], derivative: &mut [f64]) {
        match self.outcome(state) {
            Ok(outcome) => {
                let terms = outcome.gradient.prediction.iter().rev();
                for (slope, term) in derivative
                    .iter_mut()
                    .zip(terms.flat_map(|term| term.iter()))
                {
                    *slope = *term;
                }
            }
            Err(_) => derivative.fill(f64::NAN),
        }
    }
}
