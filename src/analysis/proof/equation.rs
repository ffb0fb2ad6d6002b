//! Relay equations with intervals for parameters.

use crate::networks::{BurstingNeuron, Coupling, ImpulseNetwork, Normalisation};
use crate::numerics::interval::Interval;
use crate::solver::RelayField;

/// `x_j' = R_j + strength_j (level_j - x_j) S_j` in intervals: `x' = R + r (level - x)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Equation {
    /// Lag of the drive, and lag of what is heard.
    pub(super) lags: [Interval; 2],
    pub(super) units: Vec<Unit>,
}

/// One component.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Unit {
    /// `R` while the own sign, a lag 0 ago, is negative, and while it is positive.
    pub drive: [Interval; 2],
    /// What is added to it while the own sign, a lag 1 ago, is positive.
    pub recovery: Option<Interval>,
    pub strength: Interval,
    pub level: Interval,
    /// Who is heard through lag 1, with which weight; none is 0.
    pub heard: Vec<(usize, f64)>,
    /// Whether all weights are 1, so that their sums are exact.
    pub counts: bool,
}

impl Unit {
    /// What a source adds to `r` while it is open.
    pub(super) fn share(&self, weight: f64) -> Interval {
        if self.counts {
            self.strength
        } else {
            self.strength * Interval::point(weight)
        }
    }

    /// `r`, for the sources that are open.
    pub(super) fn rate(&self, open: &[bool]) -> Interval {
        let heard = self.heard.iter().filter(|(source, _)| open[*source]);
        if self.counts {
            // Exact below 2^53.
            return match heard.count() {
                0 => Interval::ZERO,
                1 => self.strength,
                count => self.strength * Interval::point(count as f64),
            };
        }
        let sum = heard.fold(Interval::ZERO, |sum, (_, w)| sum + Interval::point(*w));
        self.strength * sum
    }

    /// `R`, for the own signs at both lags.
    pub(super) fn constant(&self, own: bool, late: bool) -> Interval {
        let drive = self.drive[usize::from(own)];
        match self.recovery {
            Some(recovery) if late => drive + recovery,
            _ => drive,
        }
    }
}

/// A relay equation whose cycles can be proved.
pub trait Provable: RelayField {
    /// The equation in intervals; `None` where it is not that of a relay limit.
    fn equation(&self) -> Option<Equation>;
}

impl Provable for ImpulseNetwork {
    fn equation(&self) -> Option<Equation> {
        if !self.is_relay() {
            return None;
        }
        let parameters = self.parameters();
        let neurons = self.neurons();
        let coupling = &parameters.coupling;
        let heard = |j: usize| -> Vec<(usize, f64)> {
            match coupling {
                Coupling::None => Vec::new(),
                Coupling::AllToAll { self_term } => {
                    let sources = (0..neurons).filter(|s| *self_term || *s != j);
                    sources.map(|s| (s, 1.0)).collect()
                }
                Coupling::Ring => vec![((j + neurons - 1) % neurons, 1.0)],
                Coupling::Weights(weights) => {
                    let row = weights.row(j);
                    let known = row.iter().copied().enumerate();
                    known.filter(|(_, weight)| *weight != 0.0).collect()
                }
            }
        };
        let unit = |j: usize| {
            let b = Interval::point(parameters.b[j]);
            let strength = match parameters.normalisation {
                Normalisation::Sum => b,
                Normalisation::Mean => {
                    b / Interval::point(coupling.synapses(j, neurons).max(1) as f64)
                }
            };
            let heard = if b == Interval::ZERO {
                Vec::new()
            } else {
                heard(j)
            };
            Unit {
                drive: [Interval::ONE, Interval::point(-parameters.a[j])],
                recovery: None,
                strength,
                level: Interval::point(parameters.c[j]),
                counts: heard.iter().all(|(_, weight)| *weight == 1.0),
                heard,
            }
        };
        Some(Equation {
            lags: [Interval::ONE, Interval::point(parameters.h)],
            units: (0..neurons).map(unit).collect(),
        })
    }
}

impl Provable for BurstingNeuron {
    fn equation(&self) -> Option<Equation> {
        let [a, b] = self.depths();
        let unit = Unit {
            drive: [Interval::ONE, Interval::point(-a)],
            recovery: Some(Interval::point(-b)),
            strength: Interval::ZERO,
            level: Interval::ZERO,
            heard: Vec::new(),
            counts: true,
        };
        let lags = RelayField::lags(self);
        self.is_relay().then(|| Equation {
            lags: [Interval::point(lags[0]), Interval::point(lags[1])],
            units: vec![unit],
        })
    }
}
