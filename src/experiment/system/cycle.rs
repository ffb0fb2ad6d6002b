//! The cycle that a trajectory has reached, and its multipliers.

use serde::{Deserialize, Serialize};

use crate::solver::{CollocationOptions, DelayField, Trajectory, periodic_orbit};

/// Intervals of the first mesh (chosen: it is refined where the orbit needs it).
const INTERVALS: u32 = 24;

/// A cycle by collocation.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct CycleFound {
    /// Its period.
    pub period: Option<f64>,
    /// Floquet multipliers `(re, im)`, the largest in modulus first, the trivial one among them.
    pub multipliers: Vec<(f64, f64)>,
    /// Largest defect of the equation on one interval.
    pub defect: Option<f64>,
    /// Intervals of the mesh.
    pub intervals: usize,
    /// Why there is none.
    pub failure: Option<String>,
}

/// The cycle near the end of a run.
pub(super) fn cycle(field: &dyn DelayField, run: &Trajectory) -> CycleFound {
    match found(field, run) {
        Ok(cycle) => cycle,
        Err(failure) => CycleFound {
            failure: Some(failure),
            ..CycleFound::default()
        },
    }
}

fn found(field: &dyn DelayField, run: &Trajectory) -> Result<CycleFound, String> {
    let dimension = field.dimension();
    let rows = run.times.len();
    let late = rows / 2..rows;
    let range = |component: usize| {
        let values = late.clone().map(|row| run.state(row)[component]);
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        (low, high)
    };
    let width = |component: &usize| {
        let (low, high) = range(*component);
        high - low
    };
    let all = 0..dimension;
    let section = all
        .max_by(|a, b| width(a).total_cmp(&width(b)))
        .unwrap_or(0);
    let (low, high) = range(section);
    let middle = 0.5 * (low + high);
    let value = |row: usize| run.state(row)[section] - middle;
    let rises: Vec<f64> = late
        .clone()
        .skip(1)
        .filter(|row| value(row - 1) <= 0.0 && value(*row) > 0.0)
        .map(|row| {
            let part = value(row - 1) / (value(row - 1) - value(row));
            run.times[row - 1] + part * (run.times[row] - run.times[row - 1])
        })
        .collect();
    let [.., first, last] = rises[..] else {
        return Err(
            "the later half of the run holds no whole turn of a cycle: raise `t_end`".into(),
        );
    };
    let guess = |time: f64, state: &mut [f64]| {
        let time = first + time;
        let behind = run.times.partition_point(|saved| *saved <= time);
        let behind = behind.clamp(1, rows - 1);
        let (from, to) = (run.times[behind - 1], run.times[behind]);
        let part = (time - from) / (to - from);
        let pairs = run.state(behind - 1).iter().zip(run.state(behind));
        for (state, (before, after)) in state.iter_mut().zip(pairs) {
            *state = before + part * (after - before);
        }
    };
    let mesh: Vec<f64> = (0..=INTERVALS)
        .map(|n| f64::from(n) / f64::from(INTERVALS))
        .collect();
    let options = CollocationOptions::default();
    let orbit = periodic_orbit(field, &guess, last - first, &mesh, section, options)
        .map_err(|error| error.to_string())?;
    let multipliers = orbit
        .multipliers(field)
        .map_err(|error| error.to_string())?;
    Ok(CycleFound {
        period: Some(orbit.period),
        multipliers,
        defect: Some(orbit.defect),
        intervals: orbit.intervals(),
        failure: None,
    })
}

impl CycleFound {
    /// What was found, in a line.
    pub(super) fn words(&self) -> String {
        let Some(period) = self.period else {
            let failure = self.failure.as_deref().unwrap_or("");
            return format!("no cycle: {failure}");
        };
        // the trivial multiplier is the one next to 1
        let far = |(re, im): &(f64, f64)| (re - 1.0).hypot(*im);
        let trivial = self
            .multipliers
            .iter()
            .enumerate()
            .min_by(|(_, a), (_, b)| far(a).total_cmp(&far(b)));
        let trivial = trivial.map(|(place, _)| place);
        let mut others = self.multipliers.iter().enumerate();
        match others.find(|(place, _)| Some(*place) != trivial) {
            Some((_, (re, im))) => {
                let word = if re.hypot(*im) < 1.0 {
                    "stable"
                } else {
                    "unstable"
                };
                let im = im.abs();
                format!(
                    "a {word} cycle of period {period:.10}, leading multiplier {re:.8} ± {im:.8} i"
                )
            }
            None => format!(
                "a stable cycle of period {period:.10}, all multipliers but the trivial one below 0.001"
            ),
        }
    }
}
