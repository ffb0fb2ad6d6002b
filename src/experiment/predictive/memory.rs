//! Kind `predictive-memory`: images remembered by predictive-coding networks, beside the covariance
//! memory, the Hopfield networks and the impulse network on the same cues.

use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_spanned::Spanned;

use super::capacity::{CapacitySettings, MemorySettings, measure};
use super::figures::pictures;
use super::{Reached, RelaxationSettings};
use crate::analysis::{AssociativeMemory, Corruption, RecallPoint, Settling, recall};
use crate::experiment::course::drawing;
use crate::experiment::impulse::settings::{AnalysisSettings, SolverSettings};
use crate::experiment::memory::figures as recall_figures;
use crate::experiment::memory::impulse::ImpulseSettings;
use crate::experiment::memory::tables;
use crate::experiment::rules::{at_least, between, non_negative, positive, require};
use crate::experiment::{
    Block, Diagnostic, Experiment, Kind, LabelledImages, ModelFile, Outcome, Progress, RunError,
};
use crate::networks::predictive::RelaxOptions;
use crate::networks::{Hopfield, ModernHopfield, Pattern};
use crate::solver::Options;

pub(in crate::experiment) const KIND: Kind = Kind {
    name: "predictive-memory",
    summary: "images remembered by predictive coding, beside Hopfield and impulse networks",
    read: |model| Ok(read(model)?),
    show: None,
};

/// Grey level above which a pixel of a binary digit is on.
const THRESHOLD: f64 = 0.5;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    memory: MemorySettings,
    capacity: CapacitySettings,
    binary: BinarySettings,
    impulse: ImpulseSettings,
    #[serde(default)]
    relaxation: RelaxationSettings,
    #[serde(default)]
    solver: SolverSettings,
    #[serde(default)]
    analysis: AnalysisSettings,
}

/// Binary digits for all memories, and their cues.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BinarySettings {
    /// One digit of each of the first so many classes.
    stored: Spanned<usize>,
    corruption: Corruption,
    amounts: Vec<Spanned<f64>>,
    cues: Spanned<usize>,
    /// Inverse temperature of the modern Hopfield network.
    beta: Spanned<f64>,
}

struct Memory {
    settings: Settings,
    digits: LabelledImages,
    /// The binary digits.
    patterns: Vec<Pattern>,
    relaxation: RelaxOptions,
    settling: Settling,
    options: Options,
    seed: u64,
}

fn read(model: &ModelFile) -> Result<Box<dyn Experiment>, Diagnostic> {
    let settings: Settings = model.settings()?;
    let digits = LabelledImages::digits().map_err(|error| Diagnostic::new(error.to_string()))?;
    settings.memory.check()?;
    settings.capacity.check(digits.len())?;
    let binary = &settings.binary;
    at_least("stored", &binary.stored, 1)?;
    require(
        &binary.stored,
        *binary.stored.get_ref() <= 10,
        "there are ten classes of digits",
        "too many",
        "store 1 to 10 of them",
    )?;
    at_least("cues", &binary.cues, 1)?;
    non_negative("amounts", &binary.amounts)?;
    if !matches!(binary.corruption, Corruption::Noise | Corruption::Phase) {
        between(
            "amounts",
            &binary.amounts,
            0.0,
            digits.images.nrows() as f64,
        )?;
    }
    positive("beta", &binary.beta)?;
    settings.impulse.check()?;
    let options = settings.solver.options()?;
    let relay = settings.impulse.lambda.is_relay();
    let settling = settings
        .analysis
        .settling(relay, options.relative_tolerance, 1e-4)?;
    let first = |class: usize| digits.labels.iter().position(|label| *label == class);
    let patterns = (0..*binary.stored.get_ref()).filter_map(first).map(|k| {
        let pixels = digits.images.column(k);
        pixels.iter().map(|level| *level > THRESHOLD).collect()
    });
    Ok(Box::new(Memory {
        patterns: patterns.collect(),
        relaxation: settings.relaxation.options()?,
        settling,
        options,
        seed: model.seed()?,
        digits,
        settings,
    }))
}

/// Recall curves of one memory after the other.
type Curves = Vec<(String, &'static str, Vec<RecallPoint>)>;

impl Memory {
    /// All memories of the binary digits on the same cues: curves and pictures.
    fn beside(&self, progress: &dyn Progress) -> Result<(Curves, recall_figures::Rows), RunError> {
        let columns = self.patterns.iter().flat_map(Pattern::levels);
        let pixels = self.digits.images.nrows();
        let stored = nalgebra::DMatrix::from_iterator(pixels, self.patterns.len(), columns);
        let hidden = self
            .settings
            .memory
            .hidden
            .iter()
            .map(|h| *h.get_ref())
            .max()
            .unwrap_or(pixels);
        let (predictive, _) =
            self.settings
                .memory
                .store(&stored, hidden, self.relaxation, self.seed)?;
        let covariance = self.settings.memory.covariance(&stored)?;
        let network = self.settings.impulse.network(&self.patterns)?;
        let impulse = self
            .settings
            .impulse
            .memory(&network, self.settling, self.options);
        let hebb = Hopfield::hebb(&self.patterns)?;
        let pseudo_inverse = Hopfield::pseudo_inverse(&self.patterns)?;
        let modern = ModernHopfield::new(&self.patterns, *self.settings.binary.beta.get_ref())?;
        let memories: [(&str, &dyn AssociativeMemory); 6] = [
            ("predictive", &predictive),
            ("covariance", &covariance),
            ("impulse", &impulse),
            ("Hopfield, Hebb", &hebb),
            ("Hopfield, pseudo-inverse", &pseudo_inverse),
            ("modern Hopfield", &modern),
        ];
        let binary = &self.settings.binary;
        progress.begin("recalling", (memories.len() * binary.amounts.len()) as u64);
        let mut curves = Vec::new();
        for (name, memory) in memories {
            let mut curve = Vec::new();
            for amount in &binary.amounts {
                let (amount, cues) = (*amount.get_ref(), *binary.cues.get_ref());
                let point = recall(
                    memory,
                    &self.patterns,
                    binary.corruption,
                    amount,
                    cues,
                    self.seed,
                );
                curve.push(point);
                progress.advance(1);
            }
            curves.push((name.to_owned(), memory.time_unit(), curve));
        }
        let amount = binary
            .amounts
            .get(binary.amounts.len() / 2)
            .map_or(0.0, |a| *a.get_ref());
        let rows = self.patterns.iter().enumerate().map(|(n, pattern)| {
            let cue = binary
                .corruption
                .apply(pattern, amount, self.seed, n as u64);
            let answers = memories
                .iter()
                .map(|(_, memory)| memory.answer(&cue).pattern);
            (pattern.clone(), cue.levels.clone(), answers.collect())
        });
        let rows = recall_figures::Rows {
            width: self.digits.shape.1,
            amount,
            rows: rows.collect(),
        };
        Ok((curves, rows))
    }
}

impl Experiment for Memory {
    fn resolved(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(&self.settings)
    }

    fn plan(&self) -> Vec<(String, String)> {
        let pair = |name: &str, value: String| (name.to_owned(), value);
        let hidden = self
            .settings
            .memory
            .hidden
            .iter()
            .map(|h| h.get_ref().to_string());
        vec![
            pair("hidden neurons", hidden.collect::<Vec<_>>().join(", ")),
            pair("binary digits", self.patterns.len().to_string()),
            pair(
                "cues",
                format!("{} for each amount and memory", self.settings.binary.cues),
            ),
        ]
    }

    fn run(&self, progress: &dyn Progress) -> Result<Outcome, RunError> {
        let Settings {
            memory, capacity, ..
        } = &self.settings;
        let found = measure(
            memory,
            capacity,
            &self.digits,
            self.relaxation,
            self.seed,
            progress,
        )?;
        let (curves, rows) = self.beside(progress)?;
        let recalled = tables::points(&curves);
        let reached = found
            .points
            .iter()
            .map(|p| p.reached)
            .fold(Reached::default(), Reached::and);
        let table = found.table();
        let names: Vec<&str> = curves.iter().map(|(name, _, _)| name.as_str()).collect();
        let mut figures = vec![
            drawing("pictures", rows.grid(&names)),
            drawing(
                "recall",
                recall_figures::curves(
                    &curves,
                    self.settings.binary.corruption,
                    self.patterns.len(),
                ),
            ),
            drawing(
                "completions",
                pictures(
                    "Stored digits that come back from parts and from noise",
                    "the largest number of stored images",
                    self.digits.shape,
                    &found.pictures,
                ),
            ),
        ];
        for (name, lines) in found.curves() {
            figures.push(drawing(&format!("capacity-{name}"), lines));
        }
        Ok(Outcome {
            report: json!({
                "equilibria": reached.report(),
                "capacity": found.points,
                "curves": curves.iter().map(|(memory, _, points)| json!({
                    "memory": memory, "points": points,
                })).collect::<Vec<_>>(),
            }),
            summary: vec![
                Block::Table(table.clone()),
                Block::Line(format!("equilibria of recall: {}", reached.words())),
                Block::Table(recalled.clone()),
            ],
            tables: vec![("capacity".into(), table), ("recall".into(), recalled)],
            figures,
            ..Outcome::default()
        })
    }
}
