//! Which waves live in one network, and how far they are from being lost.

use serde::{Deserialize, Serialize};

use super::wave::{Wave, WaveNetwork};
use crate::numerics::matrix::MatrixError;

/// A wave among the neurons of a network.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CoexistingWave {
    /// The wave.
    pub wave: Wave,
    /// Modulus of its largest multiplier but the trivial one, silent neurons included.
    pub leading_multiplier: f64,
    /// How many cycles of this kind the network has: choices of the neurons that fire, of their clusters, and of a
    /// cyclic order of these.
    pub cycles: f64,
}

impl CoexistingWave {
    /// Whether these cycles attract.
    #[must_use]
    pub fn is_stable(&self) -> bool {
        self.leading_multiplier < 1.0
    }

    /// How far these cycles are from being lost, positive where they attract: the smaller of the wave's margin and one less
    /// the modulus of its leading multiplier, and which of the two it is.
    #[must_use]
    pub fn margin(&self) -> (f64, WaveLoss) {
        let stable = 1.0 - self.leading_multiplier;
        if stable < self.wave.margin {
            (stable, WaveLoss::Multiplier)
        } else {
            (self.wave.margin, WaveLoss::Grazing)
        }
    }
}

/// How a wave is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WaveLoss {
    /// A neuron grazes the threshold: the wave is no more.
    Grazing,
    /// A multiplier leaves the unit circle.
    Multiplier,
}

/// All waves of clusters of equal size among `neurons` neurons, sets (one cluster) and orders (clusters of one neuron)
/// among them; of several with the same clusters the one that attracts most. Ours.
///
/// Cost: [`WaveNetwork::waves`] for about `neurons ln neurons` kinds.
///
/// # Errors
/// [`MatrixError`] if eigenvalues do not converge.
pub fn coexisting_waves(
    network: &WaveNetwork,
    neurons: usize,
) -> Result<Vec<CoexistingWave>, MatrixError> {
    let mut found = Vec::new();
    for firing in 1..=neurons {
        for size in (1..=firing).filter(|size| firing % size == 0) {
            let clusters = firing / size;
            if let Some(wave) = best_wave(network, clusters, size, neurons)? {
                found.push(wave);
            }
        }
    }
    Ok(found)
}

/// The wave of `clusters` clusters of `size` among `neurons` neurons that attracts most; `None` where there is none.
///
/// # Errors
/// [`MatrixError`] if eigenvalues do not converge.
pub fn best_wave(
    network: &WaveNetwork,
    clusters: usize,
    size: usize,
    neurons: usize,
) -> Result<Option<CoexistingWave>, MatrixError> {
    let mut best: Option<CoexistingWave> = None;
    for wave in network.waves(clusters, size) {
        if !wave.exists_among(neurons) {
            continue;
        }
        let leading_multiplier = network.multipliers(&wave)?.leading(neurons);
        if best.is_none_or(|best| leading_multiplier < best.leading_multiplier) {
            best = Some(CoexistingWave {
                wave,
                leading_multiplier,
                cycles: cycles(neurons, clusters, size),
            });
        }
    }
    Ok(best)
}

/// `m! / ((m - n d)! d!^n n)`: so many cycles of `n` clusters of `d` neurons have `m` neurons.
fn cycles(neurons: usize, clusters: usize, size: usize) -> f64 {
    let firing = clusters * size;
    let chosen: f64 = (neurons - firing + 1..=neurons).map(|n| n as f64).product();
    let within: f64 = (1..=size).map(|n| n as f64).product();
    (chosen / within.powi(clusters as i32) / clusters as f64).round()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sets: the binomials; orders of all: (m - 1)!; pairs of pairs among four: three.
    #[test]
    fn cycles_are_counted() {
        assert_eq!(cycles(5, 1, 2), 10.0);
        assert_eq!(cycles(5, 5, 1), 24.0);
        assert_eq!(cycles(4, 2, 2), 3.0);
        assert_eq!(cycles(4, 3, 1), 8.0);
        assert_eq!(cycles(9, 9, 1), 40_320.0);
    }
}
