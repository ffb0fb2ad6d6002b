//! Smooth impulse networks in the form that the panel engine takes.

use crate::networks::{Coupling, Feedback, ImpulseNetwork};
use crate::numerics::lanes::Lane;
use crate::solver::{Affine, Input, PanelField};

impl ImpulseNetwork {
    /// Whether the panel engine can solve this network: a finite lambda, a synaptic delay, no
    /// electrical coupling, and one sigmoid for feedback and synapse (exponent 1).
    #[must_use]
    pub fn is_panel(&self) -> bool {
        let parameters = self.parameters();
        !self.is_relay()
            && parameters.h > 0.0
            && parameters.electrical == 0.0
            && parameters.synapse_exponent == 1.0
    }
}

/// Parameters `a`, `b` over the normalisation, and `c`.
///
/// Refused unless [`ImpulseNetwork::is_panel`] says so.
impl PanelField<2, 3> for ImpulseNetwork {
    fn dimension(&self) -> usize {
        self.neurons()
    }

    fn lags(&self) -> [f64; 2] {
        [1.0, self.parameters().h]
    }

    fn parameters(&self, neuron: usize) -> [f64; 3] {
        let parameters = self.parameters();
        [
            parameters.a[neuron],
            self.strength(neuron),
            parameters.c[neuron],
        ]
    }

    #[inline(always)]
    fn gate<R: Lane>(&self, _: [R; 3], state: R) -> R {
        (state * self.parameters().lambda).logistic()
    }

    #[inline(always)]
    fn affine<R: Lane>(
        &self,
        [a, strength, c]: [R; 3],
        _: R,
        gates: [R; 2],
        inputs: [R; 2],
    ) -> Affine<R> {
        let (gate, one) = (gates[0], a.like(1.0));
        let feedback = match self.parameters().feedback {
            Feedback::Threshold => (one - gate * 2.0) / (one - gate * (one - one / a)),
            Feedback::Mean => one - (a + 1.0) * gate,
        };
        let heard = match self.parameters().coupling {
            Coupling::AllToAll { self_term: false } => inputs[1] - gates[1],
            _ => inputs[1],
        };
        let rate = strength * heard;
        Affine {
            constant: rate.mul_add(c, feedback),
            rate,
        }
    }

    fn input(&self, lag: usize) -> Input {
        match (lag, &self.parameters().coupling) {
            (0, _) | (_, Coupling::None) => Input::None,
            (_, Coupling::AllToAll { .. }) => Input::Sum,
            _ => Input::Gathered,
        }
    }

    fn gather(&self, _: usize, gates: &mut [f64]) {
        self.parameters().coupling.gather(gates);
    }

    fn has_common_rate(&self) -> bool {
        let all = matches!(
            self.parameters().coupling,
            Coupling::None | Coupling::AllToAll { .. }
        );
        all && self
            .strengths()
            .iter()
            .all(|strength| *strength == self.strength(0))
    }

    fn steepness(&self) -> f64 {
        self.parameters().lambda
    }

    fn has_panel_form(&self) -> bool {
        self.is_panel()
    }

    fn is_alike(&self, other: &Self) -> bool {
        let (one, two) = (self.parameters(), other.parameters());
        self.is_panel()
            && other.is_panel()
            && one.lambda == two.lambda
            && one.h == two.h
            && one.feedback == two.feedback
            && one.coupling == two.coupling
    }
}
