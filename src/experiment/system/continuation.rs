//! A steady state followed along a parameter.

use serde::{Deserialize, Serialize};

use crate::analysis::{AxisCrossing, CharacteristicRoot, axis_crossings, rightmost_roots};
use crate::experiment::{RunError, Table};
use crate::language::SystemText;

/// A steady state along a parameter, with its stability.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Continuation {
    /// The parameter.
    pub parameter: String,
    /// Its values, in the order of following.
    pub points: Vec<Point>,
    /// Where the rightmost root passes the imaginary axis: at a Hopf point with a frequency, at frequency 0
    /// where a real root passes.
    pub crossings: Vec<AxisCrossing>,
    /// Why it was not followed to the end.
    pub failure: Option<String>,
}

/// A steady state at one value of a parameter.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Point {
    /// The value.
    pub value: f64,
    /// The steady state.
    pub state: Vec<f64>,
    /// Its rightmost characteristic root.
    pub root: CharacteristicRoot,
}

/// Follows the steady state near `guess` over these values of a parameter, each from the one before.
pub(super) fn follow(
    text: &SystemText,
    parameter: &str,
    values: &[f64],
    guess: &[f64],
) -> Result<Continuation, RunError> {
    let at = |value: f64, guess: &[f64]| {
        let system = text.clone().parameter(parameter, value).compile();
        let system = system.map_err(RunError::numerical)?;
        // one root may have a partner of the same real part
        let (state, roots) =
            rightmost_roots(&system.field(), guess, 2).map_err(RunError::numerical)?;
        let root = roots[0];
        Ok::<_, RunError>(Point { value, state, root })
    };
    let mut points: Vec<Point> = Vec::new();
    let mut failure = None;
    for value in values {
        let guess = points.last().map_or(guess, |point| &point.state);
        match at(*value, guess) {
            Ok(point) => points.push(point),
            Err(error) => {
                failure = Some(format!("at {parameter} = {value}: {error}"));
                break;
            }
        }
    }
    let rates: Vec<(f64, f64)> = points.iter().map(|p| (p.value, p.root.re)).collect();
    let nearest = |value: f64| {
        let far = |point: &&Point| (point.value - value).abs();
        points.iter().min_by(|a, b| far(a).total_cmp(&far(b)))
    };
    let crossings = axis_crossings(&rates, |value| {
        let guess = nearest(value).map_or(guess, |point| &point.state);
        at(value, guess).map(|point| CharacteristicRoot {
            im: point.root.im.abs(),
            ..point.root
        })
    })?;
    Ok(Continuation {
        parameter: parameter.to_owned(),
        points,
        crossings,
        failure,
    })
}

impl Continuation {
    /// A row a value.
    pub(super) fn table(&self, components: &[String]) -> Table {
        let names = [self.parameter.as_str(), "re", "im"].map(str::to_owned);
        let dimension = self.points.first().map_or(0, |point| point.state.len());
        let columns = names
            .into_iter()
            .chain(components.iter().take(dimension).cloned());
        let mut table = Table::new(columns);
        for point in &self.points {
            let head = [point.value, point.root.re, point.root.im.abs()];
            let numbers = head.into_iter().chain(point.state.iter().copied());
            table.push(numbers.map(Into::into));
        }
        table
    }

    /// What was found, a line each.
    pub(super) fn words(&self) -> Vec<String> {
        let name = &self.parameter;
        let mut lines: Vec<String> = self
            .crossings
            .iter()
            .map(|crossing| match crossing.frequency {
                f if f > 0.0 => format!(
                    "Hopf point at {name} = {:.10}, angular frequency {f:.10}",
                    crossing.value
                ),
                _ => format!("a real root passes zero at {name} = {:.10}", crossing.value),
            })
            .collect();
        if self.crossings.is_empty() && self.failure.is_none() {
            lines.push(format!(
                "the steady state neither gains nor loses stability along {name}"
            ));
        }
        lines.extend(self.failure.clone());
        lines
    }
}
