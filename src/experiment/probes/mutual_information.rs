//! Kind `mutual-information`: what one side of a user's pairs says about the other.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::estimator_settings::EstimatorSettings;
use super::sample_pairs::{PairSettings, Pairs};
use crate::experiment::memory_limit::{NUMBER, largest, require_memory, weights_between};
use crate::experiment::settings::{Mistakes, settings};
use crate::experiment::{Array, Block, Drawing, Header, Progress, RunError, Study, Table};
use crate::figures::{Axis, Direction, Lines, Look, Reference, Series};
use crate::numerics::random::member;
use crate::probes::information::{Estimate, Estimator, neural_bound, occupied_cells};

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// The pairs.
        pub data: PairSettings,
        /// How they are looked at.
        pub estimator: EstimatorSettings,
    }
}

/// Pairs, and an estimator.
pub struct MutualInformation {
    settings: Settings,
    pairs: Pairs,
    estimator: Estimator,
}

/// What is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// The mutual information, in nats.
    pub estimate: f64,
    /// Its standard error by the scatter of the samples' terms; a bias is not in it.
    pub standard_error: f64,
    /// Name of the estimator.
    pub estimator: String,
    /// The mutual information of the drawn pairs, noise included, by its closed form.
    pub truth: Option<f64>,
    /// The most that the estimator can say about so many samples.
    pub ceiling: f64,
    /// Pairs.
    pub samples: usize,
    /// Columns of both sides.
    pub columns: [usize; 2],
    /// Standard deviation of the noise added to y, over that of its column.
    pub noise: f64,
    /// Of bins: cells that hold a sample.
    pub cells: Option<usize>,
    /// Step whose critic was taken, the best on pairs held out for that choice.
    pub step: Option<usize>,
    /// What the number depends on: a row of step and bound on held-out pairs, neighbours and estimate, or bins
    /// and estimate.
    pub dependence: Array,
}

/// Neighbours that are tried beside the chosen number.
const NEIGHBOURS: [usize; 6] = [1, 2, 3, 5, 8, 10];

/// Bins that are tried, as powers of 2: up to where every sample of a thousand has a cell of its own.
const POWERS_OF_BINS: std::ops::RangeInclusive<u32> = 1..=10;

/// The same estimator with other settings that a number depends on.
fn variants(estimator: &Estimator) -> Vec<(usize, Estimator)> {
    let mut variants: Vec<(usize, Estimator)> = match estimator {
        Estimator::Ksg { .. } => NEIGHBOURS
            .map(|neighbours| (neighbours, Estimator::Ksg { neighbours }))
            .into(),
        Estimator::Binning { borders, .. } => POWERS_OF_BINS
            .map(|power| {
                let (bins, borders) = (1 << power, *borders);
                (bins, Estimator::Binning { bins, borders })
            })
            .collect(),
        Estimator::Critic { .. } => Vec::new(),
    };
    let chosen = match estimator {
        Estimator::Ksg { neighbours } => *neighbours,
        Estimator::Binning { bins, .. } => *bins,
        Estimator::Critic { .. } => return variants,
    };
    variants.retain(|(value, _)| *value != chosen);
    variants.push((chosen, estimator.clone()));
    variants.sort_by_key(|(value, _)| *value);
    variants
}

/// Estimates of all variants that the samples allow.
fn dependence(
    estimator: &Estimator,
    x: &DMatrix<f64>,
    y: &DMatrix<f64>,
) -> Result<(Estimate, Vec<f64>), RunError> {
    let found = estimator.estimate(x, y).map_err(RunError::numerical)?;
    let others = variants(estimator)
        .into_iter()
        .filter_map(|(value, variant)| {
            let nats = if variant == *estimator {
                found.nats
            } else {
                // Fewer neighbours may coincide where the chosen number does not, and more may not be there.
                variant.estimate(x, y).ok()?.nats
            };
            Some([value as f64, nats])
        });
    Ok((found, others.flatten().collect()))
}

impl Study for MutualInformation {
    const NAME: &'static str = "mutual-information";
    const SUMMARY: &'static str =
        "mutual information of pairs of samples by critics, nearest neighbours or bins";
    type Settings = Settings;
    type Findings = Findings;

    fn new(mut settings: Settings, header: &Header) -> Result<Self, Mistakes> {
        let mut mistakes = Mistakes::default();
        mistakes.note(settings.estimator.fill());
        let pairs = mistakes.note(settings.data.read(header.seed));
        let Some(pairs) = pairs else {
            return Err(mistakes);
        };
        mistakes.end()?;
        if let Some(widths) = &settings.estimator.widths {
            let sizes = [pairs.x.ncols() + pairs.y.ncols()].into_iter();
            let sizes = sizes.chain(widths.iter().map(|count| **count)).chain([1]);
            let bytes = NUMBER * weights_between(sizes);
            require_memory(&largest(widths), "the weights of the critic", bytes)?;
        }
        let seed = member(header.seed, "estimator", 0);
        let estimator = settings.estimator.estimator(seed);
        let checked = estimator.check(&pairs.x, &pairs.y);
        checked.map_err(|error| settings.data.refused(&error))?;
        Ok(Self {
            settings,
            pairs,
            estimator,
        })
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let Pairs { x, y, .. } = &self.pairs;
        vec![
            ("pairs".into(), self.settings.data.source()),
            (
                "samples".into(),
                format!("{}, of {} and {} columns", x.nrows(), x.ncols(), y.ncols()),
            ),
            ("noise of y".into(), self.settings.data.noise.to_string()),
            ("estimator".into(), self.estimator.name().into()),
        ]
    }

    fn find(&self, _: &dyn Progress) -> Result<Findings, RunError> {
        let Pairs { x, y, truth } = &self.pairs;
        let (found, step, dependence) = match &self.estimator {
            Estimator::Critic { bound, options } => {
                let found = neural_bound(x, y, *bound, options).map_err(RunError::numerical)?;
                let rows = found.course.iter();
                let rows = rows
                    .flat_map(|(step, nats)| [*step as f64, *nats])
                    .collect();
                (found.estimate, Some(found.step), rows)
            }
            estimator => {
                let (found, rows) = dependence(estimator, x, y)?;
                (found, None, rows)
            }
        };
        Ok(Findings {
            estimate: found.nats,
            standard_error: found.standard_error,
            estimator: self.estimator.name().into(),
            truth: *truth,
            ceiling: self.estimator.ceiling(x.nrows()),
            samples: x.nrows(),
            columns: [x.ncols(), y.ncols()],
            noise: *self.settings.data.noise,
            cells: match &self.estimator {
                Estimator::Binning { bins, borders } => Some(occupied_cells(x, y, *bins, *borders)),
                _ => None,
            },
            step,
            dependence: Array::rows("dependence", 2, dependence)
                .along(["sample", "x, y"], "first number of each side"),
        })
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        let mut table = Table::new([
            "estimator",
            "estimate (nats)",
            "standard error",
            "truth",
            "ceiling",
            "samples",
            "noise of y",
        ]);
        table.push([
            findings.estimator.as_str().into(),
            findings.estimate.into(),
            findings.standard_error.into(),
            findings.truth.into(),
            findings.ceiling.into(),
            findings.samples.into(),
            findings.noise.into(),
        ]);
        vec![("estimate".into(), table)]
    }

    fn summary(settings: &Settings, findings: &Findings) -> Vec<Block> {
        let tables = Self::tables(settings, findings).into_iter();
        let tables = tables.map(|(_, table)| Block::Table(table));
        let near = findings.estimate > 0.9 * findings.ceiling;
        let warning = near.then(|| {
            Block::Line(format!(
                "the estimate is at the ceiling {:.3}, the most that {} can say about {} samples: the truth may be \
                 anything above",
                findings.ceiling, findings.estimator, findings.samples
            ))
        });
        let sparse = findings.cells.filter(|cells| 2 * cells > findings.samples);
        let sparse = sparse.map(|cells| {
            Block::Line(format!(
                "{} samples lie in {cells} cells: bins so fine find information where there is none; give fewer `bins`, \
                 or take `name = \"ksg\"`",
                findings.samples
            ))
        });
        tables.chain(warning).chain(sparse).collect()
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        vec![Drawing::of("dependence", picture(settings, findings))]
    }
}

/// The estimate over what it depends on.
fn picture(settings: &Settings, findings: &Findings) -> Lines {
    let (name, label, x) = match findings.estimator.as_str() {
        "ksg" => ("neighbours", "estimate", Axis::linear("neighbours k")),
        "binning" => ("bins", "estimate", Axis::logarithmic("bins of a column")),
        _ => (
            "training",
            "bound on pairs held out",
            Axis::linear("step of the critic"),
        ),
    };
    let points: Vec<(f64, f64)> = findings
        .dependence
        .values
        .as_chunks::<2>()
        .0
        .iter()
        .map(|[value, nats]| (*value, *nats))
        .collect();
    let horizontal = |label: &str, at: f64| Reference {
        label: label.into(),
        at,
        direction: Direction::Horizontal,
    };
    // A ceiling far above would press the curve flat.
    let top = points
        .iter()
        .fold(findings.estimate, |top, point| top.max(point.1));
    let near = top > 0.5 * findings.ceiling;
    let references = [
        findings.truth.map(|truth| horizontal("truth", truth)),
        findings
            .truth
            .is_none()
            .then(|| horizontal("estimate", findings.estimate)),
        near.then(|| horizontal("ceiling", findings.ceiling)),
    ];
    let noise = match findings.noise {
        0.0 => String::new(),
        noise => format!("; y with noise of {noise} deviations"),
    };
    Lines {
        title: format!(
            "Mutual information by {}, over its {name}",
            settings.estimator.estimator(0).title()
        ),
        subtitle: format!(
            "{}, {} samples{noise}; reported {:.4} ± {:.4} nats",
            settings.data.source(),
            findings.samples,
            findings.estimate,
            findings.standard_error
        ),
        x,
        y: Axis::linear("mutual information (nats)"),
        series: vec![Series::new(label, points, Look::LineAndMarkers)],
        references: references.into_iter().flatten().collect(),
        ..Lines::default()
    }
}
