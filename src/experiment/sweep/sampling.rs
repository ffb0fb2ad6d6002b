//! The points of a sweep: grids crossed with each other, and random points in the ranges.

use std::fmt;

use rand::RngExt;

use super::{Axis, MOST_POINTS, SweepError, Values};
use crate::numerics::random::stream;

/// How points are drawn from ranges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sampling {
    /// So many independent points.
    Random(usize),
    /// So many points of a Latin hypercube: of as many equal strata of every range, each holds one point (`McKay`, Beckman
    /// and Conover 1979, doi:10.1080/00401706.1979.10489755).
    Latin(usize),
}

impl fmt::Display for Sampling {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Random(count) => write!(formatter, "{count} random points"),
            Self::Latin(count) => write!(formatter, "a Latin hypercube of {count} points"),
        }
    }
}

impl Sampling {
    fn count(self) -> usize {
        match self {
            Self::Random(count) | Self::Latin(count) => count,
        }
    }

    /// Shares of the way through the range of an axis, one a point; they depend on the seed and the key alone.
    fn shares(self, key: &str, seed: u64) -> Vec<f64> {
        let mut random = stream(seed, &format!("sweep over {key}"), 0);
        let count = self.count();
        let within: Vec<f64> = (0..count).map(|_| random.random()).collect();
        match self {
            Self::Random(_) => within,
            Self::Latin(_) => {
                // A permutation by the order of random numbers: no crate's shuffle, which may change.
                let marks: Vec<f64> = (0..count).map(|_| random.random()).collect();
                let mut strata: Vec<usize> = (0..count).collect();
                strata.sort_by(|a, b| marks[*a].total_cmp(&marks[*b]));
                let share =
                    |(stratum, within): (&usize, &f64)| (*stratum as f64 + within) / count as f64;
                strata.iter().zip(&within).map(share).collect()
            }
        }
    }
}

/// All points: every combination of listed values, each with every point of the sample; the last axis changes first.
pub(super) fn points(
    axes: &[Axis],
    sampling: Option<Sampling>,
    seed: u64,
) -> Result<Vec<Vec<f64>>, SweepError> {
    let ranged = axes
        .iter()
        .find(|axis| matches!(axis.values, Values::Range(..)));
    let sampled = match (ranged, sampling) {
        (Some(axis), None) => {
            let key = axis.key.clone();
            return Err(SweepError::Unsampled { key });
        }
        (None, Some(_)) => return Err(SweepError::NothingToSample),
        (Some(_), Some(Sampling::Random(0) | Sampling::Latin(0))) => {
            return Err(SweepError::NoPoints);
        }
        (_, sampling) => sampling,
    };
    let lengths = axes.iter().map(|axis| match &axis.values {
        Values::Listed(values) => values.len(),
        Values::Range(..) => 1,
    });
    let sample = sampled.map_or(1, Sampling::count);
    let product = lengths
        .chain([sample])
        .map(|length| length as f64)
        .product::<f64>();
    if product > MOST_POINTS as f64 {
        return Err(SweepError::TooMany {
            points: format!("{product:.0}"),
            most: MOST_POINTS,
        });
    }
    let mut points = vec![vec![]];
    for axis in axes {
        points = match &axis.values {
            Values::Listed(values) => {
                let longer = |point: &Vec<f64>| -> Vec<Vec<f64>> {
                    values
                        .iter()
                        .map(|value| [&point[..], &[*value]].concat())
                        .collect()
                };
                points.iter().flat_map(longer).collect()
            }
            Values::Range(..) => points
                .into_iter()
                .map(|point| [&point[..], &[f64::NAN]].concat())
                .collect(),
        };
    }
    let Some(sampling) = sampled else {
        return Ok(points);
    };
    let shares: Vec<Vec<f64>> = axes
        .iter()
        .map(|axis| sampling.shares(&axis.key, seed))
        .collect();
    let drawn = |point: Vec<f64>| -> Vec<Vec<f64>> {
        let at = |sample: usize| {
            let values = axes.iter().zip(&shares).zip(&point);
            values
                .map(|((axis, shares), value)| axis.at(shares[sample]).unwrap_or(*value))
                .collect()
        };
        (0..sampling.count()).map(at).collect()
    };
    Ok(points.into_iter().flat_map(drawn).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(texts: &[&str], sampling: Option<Sampling>, seed: u64) -> Vec<Vec<f64>> {
        let axes: Vec<Axis> = texts.iter().map(|text| Axis::read(text).unwrap()).collect();
        points(&axes, sampling, seed).unwrap()
    }

    #[test]
    fn grids_are_crossed_and_the_last_axis_changes_first() {
        let found = of(&["a=1,2", "b=3,4,5"], None, 1);
        assert_eq!(found[..4], [[1.0, 3.0], [1.0, 4.0], [1.0, 5.0], [2.0, 3.0]]);
        assert_eq!(found.len(), 6);
    }

    #[test]
    fn every_stratum_of_a_latin_hypercube_holds_one_point() {
        let found = of(&["a=0:1", "b=log:1:1024"], Some(Sampling::Latin(32)), 7);
        for (axis, stratum) in
            [(0, |x: f64| 32.0 * x), (1, |x: f64| 3.2 * x.log2())] as [(usize, fn(f64) -> f64); 2]
        {
            let mut strata: Vec<usize> = found
                .iter()
                .map(|point| stratum(point[axis]) as usize)
                .collect();
            strata.sort_unstable();
            assert_eq!(strata, (0..32).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_seed_alone_decides() {
        let texts = ["a=2:3", "k=1,2", "b=0:1"];
        let drawn = |seed| of(&texts, Some(Sampling::Random(5)), seed);
        assert_eq!(drawn(1), drawn(1));
        assert_ne!(drawn(1), drawn(2));
        let found = drawn(1);
        assert_eq!(found.len(), 10);
        assert!(
            found
                .iter()
                .all(|p| (2.0..3.0).contains(&p[0]) && (0.0..1.0).contains(&p[2]))
        );
        // The same sample with every listed value.
        assert_eq!(
            (found[0][0], found[0][1], found[5][1]),
            (found[5][0], 1.0, 2.0)
        );
    }

    #[test]
    fn what_does_not_fit_together_is_refused() {
        let axes = |texts: &[&str]| -> Vec<Axis> {
            texts.iter().map(|text| Axis::read(text).unwrap()).collect()
        };
        let error = points(&axes(&["a=0:1"]), None, 1).unwrap_err();
        assert!(error.help().contains("--latin"), "{error}");
        let sampled = points(&axes(&["a=0:1:3"]), Some(Sampling::Random(3)), 1);
        assert_eq!(sampled, Err(SweepError::NothingToSample));
        for none in [Sampling::Random(0), Sampling::Latin(0)] {
            let found = points(&axes(&["a=0:1"]), Some(none), 1);
            assert_eq!(found, Err(SweepError::NoPoints));
        }
        let many = axes(&["a=0:1:1000", "b=0:1:1000", "c=0:1:2"]);
        assert!(matches!(
            points(&many, None, 1),
            Err(SweepError::TooMany { .. })
        ));
    }
}
