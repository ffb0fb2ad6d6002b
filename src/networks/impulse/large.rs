//! Impulse networks in the relay limit, in the form that the engines for many neurons take.

use crate::networks::{Coupling, ImpulseNetwork};
use crate::solver::{
    Engine, MeanField, MeanFieldSolver, RelaySolver, RelayUnit, SolverError, SparseRelay,
    SparseSolver,
};

/// Neurons up to which the plain relay engine serves: its cost is then that of its bookkeeping, and
/// ties between neurons come in the order of their numbers.
const FEW: usize = 32;

impl ImpulseNetwork {
    /// Neuron `j` as a relay component: `R` is 1 or `-a_j`, the synapses pull to `c_j` with `b_j` after
    /// normalisation.
    fn unit(&self, j: usize) -> RelayUnit {
        RelayUnit {
            drive: [1.0, -self.parameters().a[j]],
            strength: self.strength(j),
            level: self.parameters().c[j],
        }
    }

    /// The relay limit as a mean field: neurons of equal parameters are one group.
    ///
    /// `None` unless lambda is infinite, the coupling is all-to-all or absent, and no `b_j` is
    /// negative.
    #[must_use]
    pub fn mean_field(&self) -> Option<MeanField> {
        let self_term = match self.parameters().coupling {
            Coupling::AllToAll { self_term } => self_term,
            Coupling::None => true,
            _ => return None,
        };
        let silent = self.parameters().coupling == Coupling::None;
        let units: Vec<_> = (0..self.neurons())
            .map(|j| RelayUnit {
                strength: if silent { 0.0 } else { self.strength(j) },
                ..self.unit(j)
            })
            .collect();
        let field = MeanField::from_units(&units, [1.0, self.parameters().h], self_term).ok()?;
        self.is_relay().then_some(field)
    }

    /// The relay limit by its synapses, for a ring or a weight matrix; `None` for another coupling or
    /// a finite lambda.
    #[must_use]
    pub fn sparse_relay(&self) -> Option<SparseRelay> {
        if !self.is_relay() {
            return None;
        }
        let neurons = self.neurons();
        let synapses: Vec<(usize, usize, f64)> = match &self.parameters().coupling {
            Coupling::Ring => (0..neurons)
                .map(|j| (j, (j + neurons - 1) % neurons, 1.0))
                .collect(),
            Coupling::Weights(weights) => (0..neurons)
                .flat_map(|s| (0..neurons).map(move |j| (j, s, weights[(j, s)])))
                .filter(|(_, _, weight)| *weight != 0.0)
                .collect(),
            _ => return None,
        };
        let units = (0..neurons).map(|j| self.unit(j)).collect();
        SparseRelay::new(units, synapses, [1.0, self.parameters().h]).ok()
    }

    /// The relay engine that costs least for this network: one of those for many neurons where it
    /// applies and there are more than a few, else the plain one.
    ///
    /// # Errors
    /// [`SolverError`] for a state that is not finite or has the wrong length.
    pub fn relay_engine<'n>(&'n self, state: &[f64]) -> Result<Box<dyn Engine + 'n>, SolverError> {
        if self.neurons() > FEW {
            if let Some(field) = self.mean_field() {
                return Ok(Box::new(MeanFieldSolver::new(&field, state, 0.0)?));
            }
            if let Some(field) = self.sparse_relay() {
                return Ok(Box::new(SparseSolver::new(field, state, 0.0)?));
            }
        }
        Ok(Box::new(RelaySolver::new(self, state, 0.0)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::networks::{ImpulseParameters, Normalisation};

    /// Every coupling, through the engine that the network chooses and through the plain one.
    #[test]
    fn the_chosen_engine_agrees_with_the_plain_one() {
        let neurons = 40;
        let banded = nalgebra::DMatrix::from_fn(neurons, neurons, |j, s| {
            f64::from(u8::from((s + neurons - j) % neurons < 4 && s != j))
        });
        for coupling in [
            Coupling::None,
            Coupling::AllToAll { self_term: false },
            Coupling::AllToAll { self_term: true },
            Coupling::Ring,
            Coupling::Weights(banded),
        ] {
            let mut parameters = ImpulseParameters::homogeneous(neurons, 1.0, 0.6, -9.0, 2.6);
            parameters.coupling = coupling;
            parameters.normalisation = Normalisation::Mean;
            let state: Vec<f64> = (0..neurons).map(|j| -0.1 - 0.07 * j as f64).collect();
            let network = ImpulseNetwork::new(parameters).unwrap();
            let mut chosen = network.relay_engine(&state).unwrap();
            let mut plain = RelaySolver::new(&network, &state, 0.0).unwrap();
            for engine in [chosen.as_mut(), &mut plain] {
                while engine.time() < 20.0 {
                    engine.advance(20.0).unwrap();
                }
            }
            for (x, y) in chosen.state().iter().zip(plain.state()) {
                assert!((x - y).abs() < 1e-11, "{:?}", network.parameters().coupling);
            }
        }
    }
}
