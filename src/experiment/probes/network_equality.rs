//! Kind `network-equality`: are two rectifier networks the same function, and what takes one to the other?

use serde::{Deserialize, Serialize};

use super::symmetry_figures::{jumps, scales};
use super::weight_files::WeightFiles;
use crate::experiment::settings::{Mistakes, Placed, Tolerance, settings};
use crate::experiment::{
    Array, Block, Diagnostic, Drawing, Header, Progress, RunError, Study, Table,
};
use crate::figures::significant;
use crate::probes::symmetry::{
    DEFAULT_TOLERANCE, Degeneracy, Obstacle, Transformation, TwoLayerNetwork, compare,
};

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// A network.
        pub first: NetworkSettings,
        /// Another one.
        pub second: NetworkSettings,
        /// When they are equal.
        pub comparison: ComparisonSettings,
    }

    /// Sections `[first]` and `[second]`.
    pub struct NetworkSettings {
        /// The files of `W1`, `b1`, `W2` and `b2`.
        pub weights: WeightFiles,
    }

    /// Section `[comparison]`.
    pub struct ComparisonSettings {
        /// Relative difference up to which numbers are equal; `f32` weights want 1e-5.
        pub tolerance: Tolerance = DEFAULT_TOLERANCE,
    }
}

/// Two networks to compare.
pub struct NetworkEquality {
    settings: Settings,
    first: TwoLayerNetwork,
    second: TwoLayerNetwork,
}

/// What is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// Whether both are one function on all of `R^d`, within the tolerance.
    pub equal: bool,
    /// How far the functions are apart, as [`compare`] measures it.
    pub distance: f64,
    /// The largest part of either network, the unit of the tolerance.
    pub size: f64,
    /// The map of hidden neurons that takes the first network to the second, if there is one.
    pub transformation: Option<Transformation>,
    /// Why there is none.
    pub obstacle: Option<Obstacle>,
    /// What is degenerate.
    pub degenerate: Degenerate,
    /// The sizes of the jumps of both at every hyperplane of either.
    pub jumps: Array,
}

/// What is degenerate in two networks.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Degenerate {
    /// In the first.
    pub first: Vec<Degeneracy>,
    /// In the second.
    pub second: Vec<Degeneracy>,
}

impl Findings {
    /// The verdict in a sentence or two.
    fn verdict(&self, tolerance: f64) -> String {
        let word = if self.equal { "equal" } else { "different" };
        let distance = significant(self.distance, 4);
        let why = match (&self.transformation, &self.obstacle) {
            (Some(map), _) => format!(
                "the second is the first with its {} neurons permuted and rescaled, {} of them flipped",
                map.permutation.len(),
                map.flips.len()
            ),
            (None, Some(Obstacle::NeuronCounts { first, second })) => {
                format!("no one-to-one map: {first} neurons and {second}")
            }
            (None, Some(Obstacle::NoPartner { neuron })) => {
                format!(
                    "no one-to-one map: neuron {neuron} of the second network is none of the first"
                )
            }
            (None, _) => "no map of neurons takes one to the other".into(),
        };
        format!("{word} at the tolerance {tolerance:e}: the functions are {distance} apart; {why}")
    }
}

impl Study for NetworkEquality {
    const NAME: &'static str = "network-equality";
    const SUMMARY: &'static str =
        "whether two 2-layer rectifier networks are one function, and what takes one to the other";
    type Settings = Settings;
    type Findings = Findings;

    fn new(settings: Settings, _: &Header) -> Result<Self, Mistakes> {
        let mut mistakes = Mistakes::default();
        let first = mistakes.note(settings.first.weights.network());
        let second = mistakes.note(settings.second.weights.network());
        let (Some(first), Some(second)) = (first, second) else {
            return Err(mistakes);
        };
        let shape =
            |network: &TwoLayerNetwork| (network.weights().ncols(), network.offsets().len());
        let (ours, theirs) = (shape(&first), shape(&second));
        if ours != theirs {
            let message = format!(
                "the first network has {} inputs and {} outputs, the second {} and {}",
                ours.0, ours.1, theirs.0, theirs.1
            );
            return Err(Diagnostic::new(message)
                .at(settings.second.weights.place().bytes())
                .label("another shape")
                .help("compare networks of equal inputs and outputs; hidden neurons may differ")
                .into());
        }
        Ok(Self {
            settings,
            first,
            second,
        })
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let describe = |network: &TwoLayerNetwork| {
            let (inputs, outputs) = (network.weights().ncols(), network.offsets().len());
            format!(
                "{inputs} inputs, {} hidden neurons, {outputs} outputs",
                network.neurons()
            )
        };
        vec![
            ("first".into(), describe(&self.first)),
            ("second".into(), describe(&self.second)),
            (
                "tolerance".into(),
                self.settings.comparison.tolerance.to_string(),
            ),
        ]
    }

    fn find(&self, _: &dyn Progress) -> Result<Findings, RunError> {
        let tolerance = *self.settings.comparison.tolerance;
        let found = compare(&self.first, &self.second, tolerance).map_err(RunError::numerical)?;
        let [first, second] = found.degenerate;
        Ok(Findings {
            equal: found.equal,
            distance: found.distance,
            size: found.size,
            transformation: found.transformation,
            obstacle: found.obstacle,
            degenerate: Degenerate { first, second },
            jumps: Array::rows("jumps", 2, found.jumps.concat()).along(
                ["jump", "first network, second network"],
                "size of a jump of the gradient",
            ),
        })
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        let mut neurons = Table::new(["neuron of the second", "of the first", "scale", "flipped"]);
        if let Some(map) = &findings.transformation {
            for (j, (i, scale)) in map.permutation.iter().zip(&map.scales).enumerate() {
                let flipped = map.flips.binary_search(i).is_ok();
                neurons.push([j.into(), (*i).into(), (*scale).into(), flipped.into()]);
            }
        }
        let mut degenerate = Table::new(["network", "what is degenerate"]);
        let Degenerate { first, second } = &findings.degenerate;
        for (name, list) in [("first", first), ("second", second)] {
            for case in list {
                degenerate.push([name.into(), case.to_string().into()]);
            }
        }
        let tables = [("neurons", neurons), ("degenerate", degenerate)];
        let named = tables
            .into_iter()
            .filter(|(_, table)| !table.rows().is_empty());
        named.map(|(name, table)| (name.into(), table)).collect()
    }

    fn summary(settings: &Settings, findings: &Findings) -> Vec<Block> {
        let verdict = findings.verdict(*settings.comparison.tolerance);
        let tables = Self::tables(settings, findings).into_iter();
        let tables = tables.map(|(_, table)| Block::Table(table));
        [Block::Line(verdict)].into_iter().chain(tables).collect()
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        let subtitle = findings.verdict(*settings.comparison.tolerance);
        let subtitle = subtitle.split(';').next().unwrap_or_default();
        let pairs: Vec<(f64, f64)> = findings
            .jumps
            .values
            .as_chunks::<2>()
            .0
            .iter()
            .map(|[a, b]| (*a, *b))
            .collect();
        let scales = findings
            .transformation
            .as_ref()
            .map(|map| scales(map, subtitle));
        let jumps = jumps(pairs, subtitle);
        [scales, jumps].into_iter().flatten().collect()
    }
}
