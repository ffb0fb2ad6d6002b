//! A run of the impulse network, told slice by slice while the solver goes.

mod events;
mod samples;

use std::time::{Duration, Instant};

use super::impulse::{ImpulseQuery, NEURONS, options, within};
use super::{Kick, Refusal, kicks};
use crate::analysis::{Activity, Criteria, Cycle, ReferenceNetwork, detect};
use crate::networks::{Cue, ImpulseNetwork, Pattern};
use crate::solver::{DelaySolver, Engine, History, RelaySolver, SolverError};
use samples::{SPACING, Samples};

pub use events::{
    StreamEnd, StreamKick, StreamQuery, StreamSettled, StreamSlice, StreamStart, Watched,
};

/// Longest run, in delays. Chosen: some seconds of computation at the largest steepness.
const LONGEST: f64 = 2000.0;

/// Where a run ends if nothing is said: all sizes of pattern of the shipped example have settled by 900 (measured).
const USUAL: f64 = 1000.0;

/// Slices a second when the run is paced. Chosen: smooth to the eye.
const RATE: f64 = 12.0;

/// Slowest pace: a slice every half second, far below the time after which a connection counts as idle. Chosen.
const SLOWEST: f64 = 0.1;

/// Longest time that a paced run may take, in seconds: it holds one of few places. Chosen.
const LASTING: f64 = 600.0;

/// First and later looks for a period, as in [`settle`](crate::analysis::settle).
const LOOK: f64 = 16.0;

/// A run that has been checked and can begin.
#[derive(Debug)]
pub(super) struct Run {
    network: ImpulseNetwork,
    criteria: Criteria,
    pattern: Pattern,
    state: Vec<f64>,
    kicks: Vec<Kick>,
    time: f64,
    from: f64,
    speed: f64,
}

impl Run {
    /// Checks a query.
    pub fn new(query: &StreamQuery) -> Result<Self, Refusal> {
        let StreamQuery {
            a, b, c, h, lambda, ..
        } = *query;
        if query.pattern.len() > NEURONS {
            let message = format!("a pattern of {} neurons", query.pattern.len());
            return Err(Refusal::content(message, "give 1 to 8 of them"));
        }
        let pattern: Pattern = query
            .pattern
            .parse()
            .map_err(|error| Refusal::content(format!("pattern: {error}"), "write it as in 110"))?;
        let parameters = ImpulseQuery { a, b, c, h, lambda };
        let network = parameters.network(pattern.len())?;
        let time = query.time.unwrap_or(USUAL);
        within("time", time, 0.0, LONGEST)?;
        let from = query.from.unwrap_or(0.0);
        within("from", from, 0.0, time)?;
        let speed = query.speed.unwrap_or(0.0);
        if speed != 0.0 {
            within("speed", speed, SLOWEST, 1000.0)?;
            let seconds = (time - from) / speed;
            if seconds > LASTING {
                let message =
                    format!("at this speed the run takes {seconds:.0} s; {LASTING} s is the most");
                return Err(Refusal::content(
                    message,
                    "choose a larger `speed` or a smaller `time`",
                ));
            }
        }
        let kicks = kicks(query.kicks.as_deref().unwrap_or(""), pattern.len());
        let kicks =
            kicks.map_err(|error| Refusal::content(error.to_string(), "see /api/openapi.json"))?;
        if let Some(late) = kicks.iter().find(|kick| kick.time >= time) {
            let message = format!("a kick at {}, and the run ends at {time}", late.time);
            return Err(Refusal::content(
                message,
                "choose an earlier kick or a larger `time`",
            ));
        }
        let levels = &network.parameters().c;
        Ok(Self {
            state: Cue::default().state(&pattern, levels, query.seed.unwrap_or(1), 0),
            criteria: parameters.criteria(),
            time,
            from,
            speed,
            network,
            pattern,
            kicks,
        })
    }

    /// Delays that are told in a second; as fast as possible at 0.
    fn slice(&self) -> f64 {
        if self.speed > 0.0 {
            (self.speed / RATE).max(SPACING)
        } else {
            2.0
        }
    }

    /// When a time of the run is due, after the first one that is told.
    pub fn due(&self, time: f64) -> Duration {
        if self.speed > 0.0 {
            Duration::from_secs_f64((time - self.from).max(0.0) / self.speed)
        } else {
            Duration::ZERO
        }
    }

    fn engine(&self) -> Result<Box<dyn Engine + '_>, SolverError> {
        Ok(if self.network.is_relay() {
            Box::new(RelaySolver::new(&self.network, &self.state, 0.0)?)
        } else {
            // the general engine can be kicked, the faster one cannot
            let history = History::constant(&self.state);
            Box::new(DelaySolver::new(&self.network, history, 0.0, options())?)
        })
    }

    /// Follows the run; `tell` is called with everything that happens, in order, and `alive` asked at every step.
    pub fn follow(&self, alive: &dyn Fn() -> bool, tell: &mut dyn FnMut(Watched)) {
        let end = match self.engine() {
            Ok(mut engine) => {
                tell(Watched::Start(StreamStart {
                    engine: engine.name().to_owned(),
                    pattern: self.pattern.to_string(),
                    state: self.state.clone(),
                    time: self.time,
                }));
                let reason = match self.advance(engine.as_mut(), alive, tell) {
                    Ok(true) => "done".to_owned(),
                    Ok(false) => "stopped".to_owned(),
                    Err(error) => error.to_string(),
                };
                let time = engine.time();
                StreamEnd { time, reason }
            }
            Err(error) => StreamEnd {
                time: 0.0,
                reason: error.to_string(),
            },
        };
        tell(Watched::End(end));
    }

    /// Whether the end was reached.
    fn advance(
        &self,
        engine: &mut dyn Engine,
        alive: &dyn Fn() -> bool,
        tell: &mut dyn FnMut(Watched),
    ) -> Result<bool, SolverError> {
        let mut kicks = self.kicks.iter().peekable();
        let mut watch = Some(Activity::new(0.0, engine.state()));
        let (mut begun, mut look) = (0.0, LOOK);
        let mut samples = Samples::new(engine.state());
        while engine.time() < self.time {
            let slice = engine.time() + self.slice();
            let kick = kicks
                .peek()
                .map_or(f64::INFINITY, |kick| kick.time.max(engine.time()));
            let stop = slice.min(kick).min(self.time);
            while engine.time() < stop {
                if !alive() {
                    return Ok(false);
                }
                let piece = engine.advance(stop)?;
                if let Some(activity) = &mut watch {
                    activity.watch(piece);
                }
                samples.take(piece);
            }
            let time = engine.time();
            if time >= self.from
                && let Some(slice) = samples.slice()
            {
                tell(Watched::Slice(slice));
            } else {
                samples.slice();
            }
            if let Some(activity) = &watch
                && time - begun >= look
            {
                if let Ok(cycle) = detect(activity, self.criteria) {
                    if time >= self.from {
                        tell(Watched::Settled(self.settled(time, &cycle)));
                    }
                    watch = None;
                }
                look = (1.05 * look).max(look + 4.0);
            }
            while let Some(kick) = kicks.next_if(|kick| kick.time <= time && time < self.time) {
                let mut state = engine.state().to_vec();
                state[kick.neuron] += kick.size;
                engine.jump(time, &state)?;
                watch = Some(Activity::new(time, &state));
                (begun, look) = (time, LOOK);
                if time >= self.from {
                    tell(Watched::Kick(StreamKick {
                        time,
                        neuron: kick.neuron + 1,
                        size: kick.size,
                    }));
                }
            }
        }
        Ok(true)
    }

    fn settled(&self, time: f64, cycle: &Cycle) -> StreamSettled {
        let neurons = self.pattern.len();
        let reference = self.network.as_homogeneous();
        let reference = reference.and_then(|(a, b, c, h)| ReferenceNetwork::new(a, b, c, h));
        let formula = reference.and_then(|network| network.cycle(cycle.pattern.k()));
        let formula = formula.filter(|formula| formula.exists_among(neurons));
        let silent = cycle.pattern.k() < neurons;
        StreamSettled {
            time,
            verdict: cycle.mode.name().to_owned(),
            recalled: cycle.mode == crate::analysis::Mode::Dominance
                && cycle.pattern == self.pattern,
            pattern: cycle.pattern.to_string(),
            period: cycle.period,
            period_error: cycle.period_error,
            period_formula: formula.map(|formula| formula.period),
            silent_maximum: cycle.silent_maximum,
            silent_maximum_formula: formula
                .filter(|_| silent)
                .map(|formula| formula.silent_maximum),
            multiplier: cycle.synchrony_multiplier,
            multiplier_formula: formula.and_then(|formula| formula.synchrony_multiplier),
        }
    }
}

/// Follows a run to its end, for tests and programs: everything that is told, in order.
///
/// # Errors
/// [`Refusal`] for a query out of range.
///
/// ```
/// use pulsatrix::service::{StreamQuery, Watched, run};
///
/// let query = StreamQuery {
///     pattern: "110".into(),
///     a: 1.0, b: 0.5, c: -44.0, h: 3.3, lambda: None,
///     time: Some(900.0), speed: None, from: None, kicks: None, seed: None,
/// };
/// let settled = run(&query)?.into_iter().find_map(|told| match told {
///     Watched::Settled(found) => Some(found),
///     _ => None,
/// });
/// let found = settled.expect("a periodic mode");
/// assert!(found.recalled && (found.period - 32.10658).abs() < 1e-5);
/// # Ok::<(), pulsatrix::service::Refusal>(())
/// ```
pub fn run(query: &StreamQuery) -> Result<Vec<Watched>, Refusal> {
    let run = Run::new(query)?;
    let mut told = Vec::new();
    let begun = Instant::now();
    let patience = Duration::from_secs(60);
    run.follow(&|| begun.elapsed() < patience, &mut |watched| {
        told.push(watched);
    });
    Ok(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(pattern: &str) -> StreamQuery {
        StreamQuery {
            pattern: pattern.into(),
            a: 1.0,
            b: 0.5,
            c: -44.0,
            h: 3.3,
            lambda: None,
            time: Some(1200.0),
            speed: None,
            from: None,
            kicks: None,
            seed: None,
        }
    }

    fn settled(told: &[Watched]) -> Vec<&StreamSettled> {
        let settled = told.iter().filter_map(|watched| match watched {
            Watched::Settled(settled) => Some(settled),
            _ => None,
        });
        settled.collect()
    }

    /// Periods, silent maxima and multipliers of `models/group-dominance.toml`.
    #[test]
    fn patterns_settle_on_the_closed_form() {
        for (pattern, period) in [("100", 4.0), ("110", 32.10658), ("111", 42.57532)] {
            let told = run(&query(pattern)).unwrap();
            let all = settled(&told);
            let found = all.first().expect("settled");
            assert!(found.recalled && found.pattern == pattern, "{found:?}");
            assert!((found.period - period).abs() < 1e-5, "{found:?}");
            let (found, formula) = (found.silent_maximum, found.silent_maximum_formula);
            assert_eq!(found.is_some(), pattern != "111");
            assert!(found.zip(formula).is_none_or(|(a, b)| (a - b).abs() < 1e-6));
            let Some(Watched::End(end)) = told.last() else {
                panic!("no end")
            };
            assert_eq!((end.time, end.reason.as_str()), (1200.0, "done"));
        }
    }

    /// The curves of a paced run are those of any other, and none is lost between slices.
    #[test]
    fn slices_join() {
        let curve = |speed, from| {
            let query = StreamQuery {
                speed,
                from,
                time: Some(30.0),
                ..query("10")
            };
            let told = run(&query).unwrap().into_iter();
            let slices = told.filter_map(|watched| match watched {
                Watched::Slice(slice) => Some(slice),
                _ => None,
            });
            slices.fold((Vec::new(), Vec::new()), |(mut t, mut x), slice| {
                t.extend(slice.t);
                x.extend_from_slice(&slice.x[0]);
                (t, x)
            })
        };
        let (t, x) = curve(None, None);
        assert_eq!((t.len(), t[0], t[600]), (601, 0.0, 30.0));
        assert_eq!(curve(Some(7.0), None), (t.clone(), x.clone()));
        let (late, _) = curve(None, Some(20.0));
        assert!(late[0] > 17.0 && late[0] <= 20.0 && late.last() == t.last());
    }

    /// A kick across a neuron's whole range changes the memory; a small one is forgotten. At a finite steepness, too.
    #[test]
    fn kicks_change_a_memory_or_are_forgotten() {
        for lambda in [None, Some(50.0)] {
            let kicked = |kicks: &str| {
                let kicks = Some(kicks.to_owned());
                let told = run(&StreamQuery {
                    kicks,
                    lambda,
                    time: Some(2000.0),
                    ..query("110")
                });
                let told = told.unwrap();
                assert!(
                    told.iter()
                        .any(|watched| matches!(watched, Watched::Kick(_)))
                );
                let all = settled(&told);
                assert_eq!(all.len(), 2, "{all:?}");
                (
                    all[0].pattern.clone(),
                    all[1].pattern.clone(),
                    all[1].period,
                )
            };
            let (before, after, period) = kicked("1000:1:-0.2");
            assert_eq!((before.as_str(), after.as_str()), ("110", "110"));
            assert!((period - 32.107).abs() < 1e-2, "{period}");
            let (before, after, _) = kicked("1000:1:-40");
            assert_eq!(before, "110");
            assert_ne!(after, "110");
        }
    }

    #[test]
    fn a_run_ends_when_nobody_listens() {
        let run = Run::new(&query("110")).unwrap();
        let mut last = None;
        run.follow(&|| false, &mut |watched| last = Some(watched));
        let Some(Watched::End(end)) = last else {
            panic!("no end")
        };
        assert_eq!(end.reason, "stopped");
    }

    #[test]
    fn queries_out_of_range_are_refused() {
        let wrong = [
            StreamQuery {
                pattern: "".into(),
                ..query("1")
            },
            StreamQuery {
                pattern: "111111111".into(),
                ..query("1")
            },
            StreamQuery {
                pattern: "1x".into(),
                ..query("1")
            },
            StreamQuery {
                time: Some(1e9),
                ..query("1")
            },
            StreamQuery {
                speed: Some(f64::NAN),
                ..query("1")
            },
            StreamQuery {
                speed: Some(1e-300),
                ..query("1")
            },
            StreamQuery {
                speed: Some(0.2),
                time: Some(2000.0),
                ..query("1")
            },
            StreamQuery {
                from: Some(-1.0),
                ..query("1")
            },
            StreamQuery {
                from: Some(40.0),
                time: Some(30.0),
                ..query("1")
            },
            StreamQuery {
                kicks: Some("1e300:1:1".into()),
                ..query("1")
            },
            StreamQuery {
                c: 1.0,
                ..query("1")
            },
            StreamQuery {
                kicks: Some("1:2:1".into()),
                ..query("1")
            },
            StreamQuery {
                a: -1.0,
                ..query("1")
            },
        ];
        for query in wrong {
            assert_eq!(Run::new(&query).unwrap_err().status(), 422, "{query:?}");
        }
    }
}
