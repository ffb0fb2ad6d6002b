//! Networks of impulse neurons with chemical synapses and electrical coupling.

use super::{Feedback, ImpulseParameters, Normalisation};
use crate::networks::{Coupling, NetworkError};
use crate::numerics::sigmoid::logistic;
use crate::solver::{
    DelayField, DelaySolver, Delayed, Engine, History, Options, Positive, RelayField, SolverError,
    panel_or_general,
};

/// A network of impulse neurons, in the logarithm `x_j = ln(u_j) / lambda` of the membrane
/// potential:
///
/// ```text
/// x_j' = F(x_j(t-1)) + b_j (c_j - x_j) sum_s w_js G(x_s(t-h)) + (d/lambda) sum_s (e^{lambda (x_s - x_j)} - 1)
/// E = e^{lambda x},   G = E^p / (1 + E^p),   F = (1 - E) / (1 + E/a)   or   (1 - a E) / (1 + E)
/// relay limit:   F -> 1 | -a,   G -> 0 | 1   for x <= 0 | x > 0
/// ```
///
/// Our reference model, not the published right-hand side: the impulse neuron and the chemical
/// synapse of the school of Glyzin and Kolesov, coupled with a synaptic delay `h`. It has the
/// properties that S. D. Glyzin and A. Yu. Kolesov, "Periodic modes of group dominance in fully
/// coupled neural networks", Izvestiya VUZ. Applied Nonlinear Dynamics 29(5), 775-798 (2021),
/// announce for theirs.
///
/// The same network is a [`DelayField`] for finite lambda and a [`RelayField`] in the limit.
/// Evaluating it costs `O(N)` for mean-field and ring coupling and `O(N^2)` for a weight matrix or
/// electrical coupling.
///
/// ```
/// use pulsatrix::networks::{ImpulseNetwork, ImpulseParameters};
///
/// let mut parameters = ImpulseParameters::homogeneous(3, 1.0, 0.5, -44.0, 3.3);
/// parameters.b[1] = 0.6;
/// parameters.lambda = 50.0;
/// let network = ImpulseNetwork::new(parameters)?;
/// assert_eq!(network.neurons(), 3);
/// # Ok::<(), pulsatrix::networks::NetworkError>(())
/// ```
#[derive(Debug, Clone)]
pub struct ImpulseNetwork {
    parameters: ImpulseParameters,
    /// `b_j` over the normalisation.
    strength: Vec<f64>,
    lags: [f64; 2],
}

impl ImpulseNetwork {
    /// A network from its parameters.
    ///
    /// # Errors
    /// [`NetworkError`], naming the parameter that is out of range or does not fit.
    pub fn new(parameters: ImpulseParameters) -> Result<Self, NetworkError> {
        parameters.validate()?;
        let neurons = parameters.a.len();
        let divisor = |j| match parameters.normalisation {
            Normalisation::Sum => 1.0,
            Normalisation::Mean => parameters.coupling.synapses(j, neurons).max(1) as f64,
        };
        let strength = parameters
            .b
            .iter()
            .enumerate()
            .map(|(j, b)| b / divisor(j))
            .collect();
        let lags = [1.0, parameters.h];
        Ok(Self {
            parameters,
            strength,
            lags,
        })
    }

    /// What defines the network.
    #[inline]
    #[must_use]
    pub fn parameters(&self) -> &ImpulseParameters {
        &self.parameters
    }

    /// Number of neurons.
    #[must_use]
    pub fn neurons(&self) -> usize {
        self.strength.len()
    }

    /// Strength of the synapses on neuron `j`: `b_j` over the normalisation.
    #[must_use]
    pub fn strength(&self, j: usize) -> f64 {
        self.strength[j]
    }

    pub(super) fn strengths(&self) -> &[f64] {
        &self.strength
    }

    /// Whether the network is in the relay limit.
    #[must_use]
    pub fn is_relay(&self) -> bool {
        self.parameters.lambda.is_infinite()
    }

    /// Whether neurons can be exchanged without changing the network.
    #[must_use]
    pub fn is_exchangeable(&self) -> bool {
        self.is_uniform() && self.parameters.coupling != Coupling::Ring
    }

    /// Whether all neurons have equal parameters and equal places in the coupling.
    #[must_use]
    pub fn is_uniform(&self) -> bool {
        let equal = |list: &[f64]| list.iter().all(|value| *value == list[0]);
        let ImpulseParameters { a, c, coupling, .. } = &self.parameters;
        !matches!(coupling, Coupling::Weights(_))
            && [a, &self.strength, c].into_iter().all(|list| equal(list))
    }

    /// `(a, b, c, h)` of the homogeneous all-to-all network without self-term that this one is,
    /// with `b` after normalisation; `None` for any other network.
    #[must_use]
    pub fn as_homogeneous(&self) -> Option<(f64, f64, f64, f64)> {
        let ImpulseParameters {
            a,
            c,
            h,
            coupling,
            electrical,
            ..
        } = &self.parameters;
        let all_to_all = *coupling == Coupling::AllToAll { self_term: false };
        (all_to_all && *electrical == 0.0 && self.is_uniform())
            .then(|| (a[0], self.strength[0], c[0], *h))
    }

    /// The engine that this network asks for, started from the constant history `state` at time 0:
    /// a relay engine in the limit, otherwise with `options` the panel engine where it
    /// [applies](Self::is_panel), and the general engine elsewhere or if `options` name a method.
    ///
    /// # Errors
    /// [`SolverError`] for a state that is not finite or has the wrong length, and for options out of
    /// their range.
    pub fn engine<'n>(
        &'n self,
        state: &[f64],
        options: Options,
    ) -> Result<Box<dyn Engine + 'n>, SolverError> {
        DelayField::engine(self, History::constant(state), 0.0, options)
    }

    /// `d/lambda sum_s (e^{lambda (x_s - x_j)} - 1)`, added to the derivative.
    fn add_electrical(&self, state: &[f64], derivative: &mut [f64]) {
        let ImpulseParameters {
            electrical, lambda, ..
        } = self.parameters;
        for (x, derivative) in state.iter().zip(derivative) {
            let flow: f64 = state
                .iter()
                .map(|other| (lambda * (other - x)).exp_m1())
                .sum();
            *derivative += electrical / lambda * flow;
        }
    }
}

impl ImpulseNetwork {
    /// Number of the lag at which a neuron hears the others; none at which it hears them at once.
    pub(super) fn heard_lag(&self) -> Option<usize> {
        let [own, heard] = self.lags;
        (heard > 0.0).then_some(usize::from(heard != own))
    }

    /// The states that a neuron hears.
    #[inline]
    pub(super) fn heard_state<'s>(&self, state: &'s [f64], delayed: Delayed<'s>) -> &'s [f64] {
        self.heard_lag().map_or(state, |lag| delayed.state(lag))
    }
}

impl DelayField for ImpulseNetwork {
    fn dimension(&self) -> usize {
        self.neurons()
    }

    fn lags(&self) -> &[f64] {
        // synapses without delay read the present state, those as late as the neurons the same one
        &self.lags[..if self.heard_lag() == Some(1) { 2 } else { 1 }]
    }

    fn engine<'a>(
        &'a self,
        history: History<'a>,
        begin: f64,
        options: Options,
    ) -> Result<Box<dyn Engine + 'a>, SolverError> {
        if self.is_relay() {
            return match history.as_constant() {
                Some(state) if begin == 0.0 => self.relay_engine(state),
                _ => Err(SolverError::RelayStart),
            };
        }
        if self.is_panel() {
            return panel_or_general(self, history, begin, options);
        }
        Ok(Box::new(DelaySolver::new(self, history, begin, options)?))
    }

    /// In the relay limit every state that a relay reads.
    fn switch_count(&self) -> usize {
        if self.is_relay() {
            2 * self.neurons()
        } else {
            0
        }
    }

    fn switches(&self, _: f64, state: &[f64], delayed: Delayed<'_>, values: &mut [f64]) {
        let (own, heard) = values.split_at_mut(self.neurons());
        own.copy_from_slice(delayed.state(0));
        heard.copy_from_slice(self.heard_state(state, delayed));
    }

    fn derivative(&self, _: f64, state: &[f64], delayed: Delayed<'_>, derivative: &mut [f64]) {
        let ImpulseParameters {
            a,
            c,
            lambda,
            feedback,
            synapse_exponent,
            ..
        } = &self.parameters;
        let heard = self.heard_state(state, delayed);
        if !self.is_relay() {
            let together = self.heard_lag() == Some(0) && *synapse_exponent == 1.0;
            let own = (!together).then(|| delayed.state(0));
            self.smooth_slopes(state, own, heard, derivative);
            if self.parameters.electrical > 0.0 {
                self.add_electrical(state, derivative);
            }
            return;
        }
        let steepness = lambda * synapse_exponent;
        for (gate, x) in derivative.iter_mut().zip(heard) {
            *gate = logistic(steepness * x);
        }
        self.parameters.coupling.gather(derivative);
        let own = delayed.state(0);
        for j in 0..derivative.len() {
            let gate = logistic(lambda * own[j]);
            let feedback = match feedback {
                Feedback::Threshold => (1.0 - 2.0 * gate) / (1.0 - gate * (1.0 - 1.0 / a[j])),
                Feedback::Mean => 1.0 - (1.0 + a[j]) * gate,
            };
            derivative[j] = feedback + self.strength[j] * (c[j] - state[j]) * derivative[j];
        }
    }

    fn jacobian(&self, _: f64, state: &[f64], delayed: Delayed<'_>, jacobian: &mut [f64]) {
        self.partial_derivatives(state, delayed, jacobian);
    }
}

impl RelayField for ImpulseNetwork {
    fn dimension(&self) -> usize {
        self.neurons()
    }

    fn lags(&self) -> &[f64] {
        &self.lags
    }

    fn coefficients(&self, positive: Positive<'_>, constant: &mut [f64], rate: &mut [f64]) {
        for (gate, on) in rate.iter_mut().zip(positive.at(1)) {
            *gate = f64::from(u8::from(*on));
        }
        self.parameters.coupling.gather(rate);
        let ImpulseParameters { a, c, .. } = &self.parameters;
        for (j, on) in positive.at(0).iter().enumerate() {
            rate[j] *= self.strength[j];
            constant[j] = if *on { -a[j] } else { 1.0 } + rate[j] * c[j];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn derivative(network: &ImpulseNetwork, state: &[f64], delayed: &[f64]) -> Vec<f64> {
        let mut derivative = vec![0.0; state.len()];
        network.derivative(
            0.0,
            state,
            Delayed::new(delayed, state.len()),
            &mut derivative,
        );
        derivative
    }

    /// The logarithmic form against the equation in `u`, term by term, at a moderate lambda.
    #[test]
    fn the_logarithmic_form_is_the_equation_in_u() {
        let mut parameters = ImpulseParameters::homogeneous(3, 2.0, 0.7, -1.5, 0.5);
        parameters.lambda = 3.0;
        parameters.electrical = 0.2;
        parameters.synapse_exponent = 2.0;
        let (state, delayed) = ([0.1, -0.4, 0.3], [0.2, -0.1, 0.05, -0.3, 0.25, 0.4]);
        let u = |x: f64| (3.0 * x).exp();
        for feedback in [Feedback::Threshold, Feedback::Mean] {
            parameters.feedback = feedback;
            let network = ImpulseNetwork::new(parameters.clone()).unwrap();
            let found = derivative(&network, &state, &delayed);
            for j in 0..3 {
                let own = u(delayed[j]);
                let f = match feedback {
                    Feedback::Threshold => (1.0 - own) / (1.0 + own / 2.0),
                    Feedback::Mean => (1.0 - 2.0 * own) / (1.0 + own),
                };
                let synapse =
                    |s: usize| u(delayed[3 + s]).powi(2) / (1.0 + u(delayed[3 + s]).powi(2));
                let others = (0..3).filter(|s| *s != j);
                let input: f64 = others.clone().map(synapse).sum();
                let flow: f64 = others.map(|s| u(state[s]) - u(state[j])).sum();
                let relative = 3.0 * f
                    + 0.7 * ((-1.5 * 3.0) - 3.0 * state[j]) * input
                    + 0.2 * flow / u(state[j]);
                assert!(
                    (found[j] - relative / 3.0).abs() < 1e-14,
                    "{feedback:?} {j}"
                );
            }
        }
    }

    #[test]
    fn a_huge_lambda_does_not_overflow() {
        let mut parameters = ImpulseParameters::homogeneous(2, 1.0, 0.5, -44.0, 3.3);
        parameters.lambda = 1e5;
        let network = ImpulseNetwork::new(parameters).unwrap();
        let found = derivative(&network, &[-1.0, -44.0], &[1.0, -44.0, 1.0, -44.0]);
        assert_eq!(found, [-1.0, 1.0]);
    }

    #[test]
    fn the_mean_divides_by_the_number_of_synapses() {
        let mut parameters = ImpulseParameters::homogeneous(5, 1.0, 0.8, -44.0, 3.3);
        parameters.normalisation = Normalisation::Mean;
        let network = ImpulseNetwork::new(parameters).unwrap();
        assert_eq!(network.as_homogeneous(), Some((1.0, 0.2, -44.0, 3.3)));
    }

    #[test]
    fn mismatch_keeps_its_range_and_repeats() {
        let even = ImpulseParameters::homogeneous(50, 1.0, 0.5, -44.0, 3.3);
        let spread = |mismatch| {
            let mut parameters = even.clone();
            parameters.spread(mismatch, 7);
            parameters
        };
        assert_eq!(spread(0.0), even);
        assert_eq!(spread(0.1), spread(0.1));
        let uneven = spread(0.1);
        assert!(uneven.c.iter().all(|c| (-48.4..=-39.6).contains(c)));
        assert!(uneven.c.iter().any(|c| (c + 44.0).abs() > 3.5) && uneven.a != uneven.b);
    }

    #[test]
    fn parameters_out_of_range_are_named() {
        let good = ImpulseParameters::homogeneous(2, 1.0, 0.5, -44.0, 3.3);
        let check = |change: fn(&mut ImpulseParameters)| {
            let mut parameters = good.clone();
            change(&mut parameters);
            ImpulseNetwork::new(parameters).unwrap_err().to_string()
        };
        assert_eq!(
            check(|p| p.a[1] = 0.0),
            "a = 0 is not allowed: a is positive and finite"
        );
        assert!(check(|p| p.h = -1.0).starts_with("h = -1 is not allowed"));
        assert!(check(|p| p.c[0] = f64::NAN).starts_with("c = NaN is not allowed"));
        assert_eq!(check(|p| p.b = vec![1.0]), "b has 1 entries for 2 neurons");
        assert!(check(|p| p.electrical = 1.0).contains("use a finite lambda"));
        assert_eq!(
            check(|p| *p = ImpulseParameters::homogeneous(0, 1.0, 1.0, 1.0, 1.0)),
            "a network needs at least one neuron"
        );
    }
}
