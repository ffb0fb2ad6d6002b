//! The slopes of a smooth impulse network, several neurons at a time.

use pulp::Arch;

use super::Feedback;
use crate::networks::{Coupling, ImpulseNetwork};
use crate::numerics::lanes::{Kernel, Register, dispatch};

impl ImpulseNetwork {
    /// `F(own) + b (c - x) sum G(heard)` into `slopes`; finite lambda, no electrical coupling.
    ///
    /// `own` is none if each neuron feels itself as late as the others, through the same sigmoid: one
    /// sigmoid a neuron then does.
    pub(super) fn smooth_slopes(
        &self,
        state: &[f64],
        own: Option<&[f64]>,
        heard: &[f64],
        slopes: &mut [f64],
    ) {
        let parameters = self.parameters();
        let arch = Arch::new();
        let neurons = slopes.len();
        let gates = Gates {
            steepness: parameters.lambda * parameters.synapse_exponent,
            states: heard,
            gates: slopes,
        };
        dispatch(arch, neurons, gates);
        let (own, total) = match parameters.coupling {
            Coupling::AllToAll { self_term } => (own, Some((sum(slopes), self_term))),
            _ => {
                self.parameters().coupling.gather(slopes);
                // the gates are gone
                (Some(own.unwrap_or(heard)), None)
            }
        };
        let kernel = Slopes {
            network: self,
            state,
            own,
            total,
            slopes,
        };
        dispatch(arch, neurons, kernel);
    }
}

/// A sum in an order of its own: eight chains, so that no addition waits for the one before.
fn sum(values: &[f64]) -> f64 {
    let mut chains = [0.0; 8];
    let mut eights = values.chunks_exact(8);
    for eight in &mut eights {
        for (chain, value) in chains.iter_mut().zip(eight) {
            *chain += value;
        }
    }
    let rest: f64 = eights.remainder().iter().sum();
    let [a, b, c, d, e, f, g, h] = chains;
    (((a + b) + (c + d)) + ((e + f) + (g + h))) + rest
}

/// `G(x) = 1 / (1 + exp(-steepness x))`.
struct Gates<'v> {
    steepness: f64,
    states: &'v [f64],
    gates: &'v mut [f64],
}

impl Kernel for Gates<'_> {
    type Output = ();

    #[inline(always)]
    fn run<R: Register>(self, token: R::Token) {
        let rows = self.gates.chunks_mut(R::WIDTH);
        for (gates, states) in rows.zip(self.states.chunks(R::WIDTH)) {
            let gate = (R::load(token, states) * self.steepness).logistic();
            gate.store(gates);
        }
    }
}

/// The slopes, in place of the gates that are heard, or of what the coupling has made of them.
struct Slopes<'v> {
    network: &'v ImpulseNetwork,
    state: &'v [f64],
    /// States that each neuron feels itself; none if their gates are those that are heard.
    own: Option<&'v [f64]>,
    /// Sum of the gates and whether a neuron hears itself, if all hear all.
    total: Option<(f64, bool)>,
    slopes: &'v mut [f64],
}

impl Kernel for Slopes<'_> {
    type Output = ();

    #[inline(always)]
    fn run<R: Register>(self, token: R::Token) {
        let parameters = self.network.parameters();
        let (a, c) = (&parameters.a[..], &parameters.c[..]);
        let strengths = self.network.strengths();
        for (number, slopes) in self.slopes.chunks_mut(R::WIDTH).enumerate() {
            let begin = number * R::WIDTH;
            let row = |values: &[f64]| R::load(token, &values[begin..]);
            let gate = R::load(token, slopes);
            let heard = match self.total {
                None => gate,
                Some((total, true)) => R::splat(token, total),
                Some((total, false)) => R::splat(token, total) - gate,
            };
            let gate = match self.own {
                None => gate,
                Some(own) => (row(own) * parameters.lambda).logistic(),
            };
            let one = R::splat(token, 1.0);
            let feedback = match parameters.feedback {
                Feedback::Threshold => (one - gate * 2.0) / (one - gate * (one - one / row(a))),
                Feedback::Mean => one - (row(a) + 1.0) * gate,
            };
            let pull = row(strengths) * (row(c) - row(self.state));
            pull.mul_add(heard, feedback).store(slopes);
        }
    }
}
