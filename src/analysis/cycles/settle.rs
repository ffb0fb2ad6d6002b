//! Driving an engine until its trajectory has settled on a periodic mode.

use serde::{Deserialize, Serialize};

use crate::analysis::{Activity, Criteria, Cycle, detect};
use crate::solver::{Engine, SolverError, Statistics};

/// How long to wait for a periodic mode, and when to believe in it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Settling {
    /// When a mode counts as periodic and as synchronous.
    pub criteria: Criteria,
    /// Time after which to give up.
    pub maximum_time: f64,
}

/// Where a trajectory has gone.
#[derive(Debug, Clone)]
pub struct Settled {
    /// The periodic mode, or how far the trajectory still moves in one period (infinite where no two
    /// periods could be compared).
    pub outcome: Result<Cycle, f64>,
    /// Impulses and maxima up to then.
    pub activity: Activity,
    /// Cost.
    pub statistics: Statistics,
}

impl Settled {
    /// The verdict in words, as in reports.
    #[must_use]
    pub fn verdict(&self) -> &'static str {
        self.outcome
            .as_ref()
            .map_or("not settled", |cycle| cycle.mode.name())
    }

    /// How far the trajectory moves in one period.
    #[must_use]
    pub fn residual(&self) -> f64 {
        self.outcome
            .as_ref()
            .map_or_else(|residual| *residual, |cycle| cycle.residual)
    }
}

/// Advances `engine` until its activity is periodic or the time is up.
///
/// The activity is examined at times that grow by a twentieth, so the cost of looking stays small
/// beside that of going.
///
/// # Errors
/// Those of the engine.
pub fn settle(engine: &mut dyn Engine, settling: Settling) -> Result<Settled, SolverError> {
    let start = engine.time();
    let mut activity = Activity::new(start, engine.state());
    let mut outcome = Err(f64::INFINITY);
    let mut look = 16.0_f64;
    while outcome.is_err() && engine.time() - start < settling.maximum_time {
        let limit = start + look.min(settling.maximum_time);
        while engine.time() < limit {
            activity.watch(engine.advance(limit)?);
        }
        outcome = detect(&activity, settling.criteria);
        look = (1.05 * look).max(look + 4.0);
    }
    Ok(Settled {
        outcome,
        activity,
        statistics: engine.statistics(),
    })
}
