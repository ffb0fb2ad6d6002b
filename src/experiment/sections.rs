//! Sections that several kinds share: the solver, when a trajectory has settled, and what is saved.

use super::settings::{Count, Positive, Tolerance, settings};
use crate::analysis::{Criteria, Settling};
use crate::solver::Options;

settings! {
    /// Section `[solver]` of a network.
    pub struct SolverSettings {
        /// Relative and absolute tolerance of an integration; the relay engine is exact. The default is
        /// a thousandth of what settling asks for.
        pub tolerance: Tolerance = 1e-9,
    }

    /// Section `[analysis]`: when a trajectory has settled.
    pub struct SettlingSettings {
        /// Largest change from period to period of a settled mode; by default 1e-11 for the relay
        /// engine, some roundings of a long run, and a thousand times the solver's tolerance otherwise,
        /// since errors of a step add up over a period.
        pub tolerance: Option<Positive>,
        /// Largest distance between the onsets of a synchronous group; by default 1e-4 where all
        /// neurons are alike, and half a free impulse where they are not and cannot fire as one.
        pub synchrony: Option<Positive>,
        /// Time after which to give up: some hundred periods of the slowest shipped model.
        pub maximum_time: Positive = 10_000.0,
    }

    /// Section `[output]`.
    pub struct OutputSettings {
        /// Time span of the trajectory that is saved and drawn; chosen from the period if absent.
        pub t_end: Option<Positive>,
        /// Equidistant times at which it is saved: one for every pixel of a picture.
        pub samples: Count<2> = 2001,
    }
}

impl SolverSettings {
    /// Options of the engines.
    pub fn options(&self) -> Options {
        Options::with_tolerance(*self.tolerance)
    }
}

impl SettlingSettings {
    /// When a trajectory counts as settled, with the defaults for an engine that is exact or runs at
    /// `solver_tolerance`.
    pub fn settling(&self, exact: bool, solver_tolerance: f64, default_synchrony: f64) -> Settling {
        let default_tolerance = if exact { 1e-11 } else { 1e3 * solver_tolerance };
        Settling {
            criteria: Criteria {
                tolerance: self.tolerance.map_or(default_tolerance, |value| *value),
                synchrony: self.synchrony.map_or(default_synchrony, |value| *value),
            },
            maximum_time: *self.maximum_time,
        }
    }
}
