//! What an event must say to be followed.

use super::SolverError;
use super::event::{Event, Trigger};

impl Event<'_> {
    /// Refuses an event that cannot be followed in a state of so many components.
    pub(super) fn check(&self, dimension: usize) -> Result<(), SolverError> {
        let refuse = |name, value, requirement| {
            Err(SolverError::InvalidArgument {
                name,
                value,
                requirement,
            })
        };
        if !(self.refractory >= 0.0 && self.refractory.is_finite()) {
            let requirement = "it must be zero or positive, and finite";
            return refuse("refractory time", self.refractory, requirement);
        }
        match &self.trigger {
            Trigger::Extremum(component) if *component >= dimension => {
                let requirement = "an extremum is that of a component, counted from 0";
                refuse("component", *component as f64, requirement)
            }
            Trigger::Times(times) => {
                let ordered = times
                    .windows(2)
                    .find(|pair| pair[0].total_cmp(&pair[1]).is_ge());
                let wrong = ordered.map(|pair| pair[1]);
                match wrong.or_else(|| times.iter().copied().find(|time| !time.is_finite())) {
                    Some(time) => {
                        refuse("time of an event", time, "times must ascend and be finite")
                    }
                    None => Ok(()),
                }
            }
            Trigger::Every { first, .. } if !first.is_finite() => {
                refuse("first time of an event", *first, "it must be finite")
            }
            Trigger::Every { period, .. } if !(*period > 0.0 && period.is_finite()) => refuse(
                "period of an event",
                *period,
                "it must be positive and finite",
            ),
            // A time that rounding does not tell from the one before would end the train in silence.
            Trigger::Every { first, period } if first + period == *first => refuse(
                "period of an event",
                *period,
                "it must be above the rounding of the first time",
            ),
            _ => Ok(()),
        }
    }
}
