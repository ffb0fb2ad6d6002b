//! The impulse network of the page: parameters in a query, the closed form over a plane, and the atlas.

use std::time::Instant;

use super::Refusal;
use super::schema::api;
use crate::analysis::{
    AtlasSettings, Criteria, DominanceCycle, Explorer, ReferenceNetwork, Settling,
};
use crate::networks::{Cue, ImpulseNetwork, ImpulseParameters};
use crate::solver::Options;

/// Most neurons of the page.
pub(super) const NEURONS: usize = 8;

/// Most neurons of an atlas at a finite steepness, where a pattern takes a thousand times as long as in the relay limit.
const SMOOTH_NEURONS: usize = 5;

/// Error of the solver at a finite steepness: curves need less, multipliers need as much.
pub(super) const TOLERANCE: f64 = 1e-8;

/// Points of the plane of existence, in `b` and in `c`. Chosen: cells of a few pixels.
const GRID: (usize, usize) = (56, 40);

/// Range of `b` in the plane, in equal ratios, and of `c`. Chosen: around the shipped models.
const PLANE: ((f64, f64), (f64, f64)) = ((0.02, 2.0), (-60.0, -1.0));

api! {
    /// A network of equal impulse neurons, and how long it is followed.
    pub struct ImpulseQuery {
        /// Depth of the after-hyperpolarisation, 0.1 to 10.
        pub a: f64,
        /// Strength of the synapses, 0.001 to 10.
        pub b: f64,
        /// Level that they pull to, -500 to 0.
        pub c: f64,
        /// Their delay, 0, or 0.01 to 20.
        pub h: f64,
        /// Steepness, 1 to 1000; the relay limit if nothing is said.
        pub lambda: Option<f64>,
    }

    /// A network in the relay limit, of which the closed form speaks.
    pub struct RegionQuery {
        /// Neurons, 1 to 8.
        pub neurons: usize,
        /// Depth of the after-hyperpolarisation, 0.1 to 10.
        pub a: f64,
        /// Strength of the synapses, 0.001 to 10.
        pub b: f64,
        /// Level that they pull to, -500 to 0.
        pub c: f64,
        /// Their delay, 0, or 0.01 to 20.
        pub h: f64,
    }

    /// What the closed form says of a network, and of all others with the same `a` and `h`.
    pub struct Region {
        /// Length of a free impulse.
        pub impulse: f64,
        /// Period of a free neuron.
        pub free_period: f64,
        /// Whether the form applies: the delay lies between these two, `b` is positive and `c` negative.
        pub applies: bool,
        /// Memories among all patterns that are not empty, by the closed form.
        pub memories: usize,
        /// The cycle of every number of active neurons, from 1.
        pub cycles: Vec<RegionCycle>,
        /// Values of `b`, ascending.
        pub b: Vec<f64>,
        /// Values of `c`, ascending.
        pub c: Vec<f64>,
        /// Sizes of patterns that are memories, at every `c` (row) and `b` (column).
        pub sizes: Vec<Vec<usize>>,
    }

    /// A cycle in which some neurons fire together and the others are silent, by the closed form.
    pub struct RegionCycle {
        /// Active neurons.
        pub k: usize,
        /// Period.
        pub period: Option<f64>,
        /// Largest value of a silent neuron, which has to stay below 0; none where no neuron is silent.
        pub silent_maximum: Option<f64>,
        /// Factor by which a difference between active neurons changes in a period; none for one neuron.
        pub multiplier: Option<f64>,
        /// Whether it exists and attracts.
        pub memory: bool,
    }

    /// A network whose patterns are all to be followed.
    pub struct AtlasQuery {
        /// Neurons, 1 to 8; up to 5 at a finite steepness.
        pub neurons: usize,
        /// Depth of the after-hyperpolarisation, 0.1 to 10.
        pub a: f64,
        /// Strength of the synapses, 0.001 to 10.
        pub b: f64,
        /// Level that they pull to, -500 to 0.
        pub c: f64,
        /// Their delay, 0, or 0.01 to 20.
        pub h: f64,
        /// Steepness, 1 to 1000; the relay limit if nothing is said.
        pub lambda: Option<f64>,
    }

    /// Where every pattern of a network settles.
    pub struct AtlasAnswer {
        /// Patterns that are memories.
        pub memories: usize,
        /// One row a pattern, in the order of their numbers.
        pub patterns: Vec<AtlasRow>,
        /// Time of the computation, without transport and waiting.
        pub milliseconds: f64,
    }

    /// Where one pattern settles, beside the closed form of the relay limit.
    pub struct AtlasRow {
        /// The pattern, neuron 1 first.
        pub pattern: String,
        /// Its active neurons.
        pub k: usize,
        /// What becomes of it: `memory`, `lost`, ...
        pub fate: String,
        /// The neurons that fire in the end.
        pub settles_in: Option<String>,
        /// Measured period.
        pub period: Option<f64>,
        /// Period by the closed form.
        pub period_formula: Option<f64>,
        /// Largest value of a silent neuron.
        pub silent_maximum: Option<f64>,
        /// The same by the closed form.
        pub silent_maximum_formula: Option<f64>,
        /// Measured factor by which differences between active neurons shrink.
        pub multiplier: Option<f64>,
        /// The same by the closed form.
        pub multiplier_formula: Option<f64>,
    }
}

impl ImpulseQuery {
    /// A network of so many neurons.
    pub(super) fn network(&self, neurons: usize) -> Result<ImpulseNetwork, Refusal> {
        check_neurons(neurons, NEURONS)?;
        let Self { a, b, c, h, lambda } = *self;
        within("a", a, 0.1, 10.0)?;
        within("b", b, 0.001, 10.0)?;
        within("c", c, -500.0, 0.0)?;
        if h != 0.0 {
            within("h", h, 0.01, 20.0)?;
        }
        if let Some(lambda) = lambda {
            within("lambda", lambda, 1.0, 1000.0)?;
        }
        Ok(ImpulseNetwork::new(ImpulseParameters {
            lambda: lambda.unwrap_or(f64::INFINITY),
            ..ImpulseParameters::homogeneous(neurons, a, b, c, h)
        })?)
    }

    /// When a trajectory counts as settled: as in the studies of the crate.
    pub(super) fn criteria(&self) -> Criteria {
        match self.lambda {
            None => Criteria {
                tolerance: 1e-10,
                synchrony: 1e-6,
            },
            Some(_) => Criteria {
                tolerance: 1e3 * TOLERANCE,
                synchrony: 1e-3,
            },
        }
    }
}

fn check_neurons(neurons: usize, most: usize) -> Result<(), Refusal> {
    if (1..=most).contains(&neurons) {
        return Ok(());
    }
    let message = format!("{neurons} neurons; there are 1 to {most}");
    let help = match neurons {
        0 => "give one neuron at least",
        _ => "choose a smaller network, or no `lambda`",
    };
    Err(Refusal::content(message, help))
}

pub(super) fn within(name: &str, value: f64, least: f64, most: f64) -> Result<(), Refusal> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    let message = format!("{name} = {value:?}; it lies between {least} and {most}");
    Err(Refusal::content(message, "choose a value in that range"))
}

/// What the closed form says.
pub(super) fn region(query: &RegionQuery) -> Result<Region, Refusal> {
    let RegionQuery {
        neurons,
        a,
        b,
        c,
        h,
    } = *query;
    ImpulseQuery {
        a,
        b,
        c,
        h,
        lambda: None,
    }
    .network(neurons)?;
    let reference = ReferenceNetwork::new(a, b, c, h);
    let is_memory = |network: ReferenceNetwork, k: usize| {
        network
            .margin(k, neurons)
            .is_some_and(|margin| margin > 0.0)
    };
    let cycles: Vec<RegionCycle> = (1..=neurons)
        .map(|k| {
            let cycle = reference.and_then(|network| network.cycle(k));
            let silent = |cycle: DominanceCycle| (k < neurons).then_some(cycle.silent_maximum);
            RegionCycle {
                k,
                period: cycle.map(|cycle| cycle.period),
                silent_maximum: cycle.and_then(silent),
                multiplier: cycle.and_then(|cycle| cycle.synchrony_multiplier),
                memory: reference.is_some_and(|network| is_memory(network, k)),
            }
        })
        .collect();
    let part = |index: usize, count: usize| index as f64 / (count - 1) as f64;
    let ((low, high), (bottom, top)) = PLANE;
    let across: Vec<f64> = (0..GRID.0)
        .map(|i| low * (high / low).powf(part(i, GRID.0)))
        .collect();
    let up: Vec<f64> = (0..GRID.1)
        .map(|i| bottom + (top - bottom) * part(i, GRID.1))
        .collect();
    let sizes = |c: f64, b: f64| {
        let network = ReferenceNetwork::new(a, b, c, h);
        network.map_or(0, |network| {
            (1..=neurons).filter(|k| is_memory(network, *k)).count()
        })
    };
    Ok(Region {
        impulse: 1.0 + 1.0 / a,
        free_period: 2.0 + a + 1.0 / a,
        applies: reference.is_some(),
        memories: cycles
            .iter()
            .filter(|cycle| cycle.memory)
            .map(|cycle| choose(neurons, cycle.k))
            .sum(),
        cycles,
        sizes: up
            .iter()
            .map(|c| across.iter().map(|b| sizes(*c, *b)).collect())
            .collect(),
        b: across,
        c: up,
    })
}

/// Patterns with `k` active neurons of so many.
fn choose(neurons: usize, k: usize) -> usize {
    (0..k).fold(1, |count, j| count * (neurons - j) / (j + 1))
}

/// Follows every pattern, a few at a time, until it is told to stop.
pub(super) fn atlas(
    query: &AtlasQuery,
    stop: &dyn Fn() -> bool,
    deadline: Instant,
) -> Result<AtlasAnswer, Refusal> {
    let start = Instant::now();
    let AtlasQuery {
        neurons,
        a,
        b,
        c,
        h,
        lambda,
    } = *query;
    let query = ImpulseQuery { a, b, c, h, lambda };
    check_neurons(
        neurons,
        if lambda.is_some() {
            SMOOTH_NEURONS
        } else {
            NEURONS
        },
    )?;
    let network = query.network(neurons)?;
    let settings = AtlasSettings {
        cue: Cue::default(),
        settling: Settling {
            criteria: query.criteria(),
            maximum_time: 2000.0,
        },
        options: options(),
        certify: false,
        prove: false,
        trap: false,
        seed: 1,
    };
    let explorer = Explorer::new(&network, settings)
        .map_err(|error| Refusal::content(error.to_string(), "choose a smaller network"))?;
    let mut records = Vec::new();
    let codes = explorer.codes();
    // as many at a time as run side by side: between them it can be stopped
    let side_by_side =
        u32::try_from(rayon::current_num_threads()).map_or(1, |threads| threads.max(1));
    let mut first = codes.start;
    while first < codes.end {
        if stop() {
            return Err(Refusal::busy("the atlas was stopped"));
        }
        if Instant::now() > deadline {
            return Err(Refusal::busy("the atlas took too long"));
        }
        let last = (first + side_by_side).min(codes.end);
        records.extend(explorer.follow(first..last, &|| ()));
        first = last;
    }
    Ok(AtlasAnswer {
        memories: records.iter().filter(|record| record.is_memory()).count(),
        patterns: records
            .into_iter()
            .map(|record| AtlasRow {
                pattern: record.pattern.to_string(),
                k: record.k,
                fate: record.fate.word().to_owned(),
                settles_in: record.settles_in.map(|pattern| pattern.to_string()),
                period: record.period,
                period_formula: record.period_formula,
                silent_maximum: record.silent_maximum,
                silent_maximum_formula: record.silent_maximum_formula,
                multiplier: record.synchrony_multiplier,
                multiplier_formula: record.synchrony_multiplier_formula,
            })
            .collect(),
        milliseconds: 1e3 * start.elapsed().as_secs_f64(),
    })
}

/// Tolerances at a finite steepness, and steps enough for the longest run that is allowed.
pub(super) fn options() -> Options {
    Options {
        maximum_steps: 5_000_000,
        ..Options::with_tolerance(TOLERANCE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(neurons: usize) -> RegionQuery {
        RegionQuery {
            neurons,
            a: 1.0,
            b: 0.5,
            c: -44.0,
            h: 3.3,
        }
    }

    /// The numbers of `models/group-dominance.toml`.
    #[test]
    fn the_closed_form_of_three_neurons() {
        let found = region(&query(3)).unwrap();
        assert!(found.applies && found.memories == 7);
        assert_eq!((found.impulse, found.free_period), (2.0, 4.0));
        let periods: Vec<f64> = found
            .cycles
            .iter()
            .filter_map(|cycle| cycle.period)
            .collect();
        assert!((periods[1] - 32.10658).abs() < 1e-5 && (periods[2] - 42.57532).abs() < 1e-5);
        assert_eq!(found.cycles[2].silent_maximum, None);
        assert_eq!(
            (found.sizes.len(), found.sizes[0].len()),
            (found.c.len(), found.b.len())
        );
        let late = region(&RegionQuery { h: 4.5, ..query(3) }).unwrap();
        assert!(!late.applies && late.memories == 0 && late.cycles[0].period.is_none());
    }

    #[test]
    fn an_atlas_stands_beside_the_closed_form() {
        let RegionQuery {
            neurons,
            a,
            b,
            c,
            h,
        } = query(3);
        let atlas_query = AtlasQuery {
            neurons,
            a,
            b,
            c,
            h,
            lambda: None,
        };
        let far = Instant::now() + std::time::Duration::from_secs(60);
        let found = atlas(&atlas_query, &|| false, far).unwrap();
        assert_eq!((found.memories, found.patterns.len()), (7, 7));
        for row in &found.patterns {
            let pair = row.period.zip(row.period_formula).unwrap();
            assert!(
                (pair.0 - pair.1).abs() < 1e-8 && row.fate == "memory",
                "{row:?}"
            );
        }
        let stopped = atlas(&atlas_query, &|| true, far).unwrap_err();
        assert_eq!(stopped.status(), 503);
        let smooth = AtlasQuery {
            neurons: 6,
            lambda: Some(50.0),
            ..atlas_query
        };
        assert_eq!(atlas(&smooth, &|| false, far).unwrap_err().status(), 422);
    }

    #[test]
    fn parameters_out_of_range_are_named() {
        let good = ImpulseQuery {
            a: 1.0,
            b: 0.5,
            c: -44.0,
            h: 3.3,
            lambda: None,
        };
        for (wrong, name) in [
            (
                ImpulseQuery {
                    a: 0.0,
                    ..good.clone()
                },
                "a = 0",
            ),
            (
                ImpulseQuery {
                    b: f64::NAN,
                    ..good.clone()
                },
                "b = NaN",
            ),
            (
                ImpulseQuery {
                    c: 1e9,
                    ..good.clone()
                },
                "c = 1000000000",
            ),
            (
                ImpulseQuery {
                    h: 1e-9,
                    ..good.clone()
                },
                "h = 1e-9",
            ),
            (
                ImpulseQuery {
                    lambda: Some(1e9),
                    ..good.clone()
                },
                "lambda",
            ),
        ] {
            let refusal = wrong.network(3).unwrap_err();
            assert!(refusal.message().starts_with(name), "{refusal:?}");
        }
        assert!(good.network(9).is_err() && good.network(0).is_err());
        assert!(good.network(8).is_ok());
    }
}
