//! Kind `predictive-memory`: images remembered by predictive-coding networks, beside the covariance
//! memory, the Hopfield networks and the impulse network on the same cues.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::RelaxationSettings;
use super::capacity::{Capacity, CapacitySettings, MemorySettings, measure};
use super::figures::pictures;
use super::kept_memory;
pub use super::kept_memory::{CueSettings, KeptSettings, Recalled};
use crate::analysis::{AssociativeMemory, Corruption, Settling, recall};
use crate::experiment::data::own::OwnSettings;
use crate::experiment::memory::curves::{Answered, Gallery, RecallCurve};
use crate::experiment::memory::impulse::ImpulseSettings;
use crate::experiment::memory::recall::check_amounts;
use crate::experiment::memory::{figures, tables};
use crate::experiment::memory_limit::{NUMBER, largest, require_memory};
use crate::experiment::sections::{SettlingSettings, SolverSettings};
use crate::experiment::settings::{
    Choice, Count, Mistakes, NonNegative, Positive, require, settings,
};
use crate::experiment::{
    Array, Block, DataStatement, Drawing, Header, LabelledImages, Progress, RunError, Study, Table,
};
use crate::networks::predictive::{PredictiveMemory, Reached};
use crate::networks::{Hopfield, ModernHopfield, Pattern};

/// Grey level above which a pixel of a binary digit is on: half of its range.
const THRESHOLD: f64 = 0.5;

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// One's own images instead of the digits that ship.
        pub data: OwnSettings,
        /// A predictive memory of the binary digits that a run has kept, in place of one that stores them; left out where there is no such folder.
        pub published: Option<KeptSettings>,
        /// One's own cues for that memory.
        pub cues: Option<CueSettings>,
        /// The predictive memories.
        pub memory: MemorySettings,
        /// How many grey-level images they hold.
        pub capacity: CapacitySettings,
        /// Binary digits for all memories, and their cues.
        pub binary: BinarySettings,
        /// The impulse network.
        pub impulse: ImpulseSettings,
        /// When a sample is at equilibrium.
        pub relaxation: RelaxationSettings,
        /// How the impulse network is integrated.
        pub solver: SolverSettings,
        /// When it has settled.
        pub analysis: SettlingSettings,
    }

    /// Section `[binary]`.
    pub struct BinarySettings {
        /// One digit of each of the first so many classes.
        pub stored: Count,
        /// How cues are corrupted.
        pub corruption: Choice<Corruption>,
        /// How much.
        pub amounts: Vec<NonNegative>,
        /// Cues for each amount and memory.
        pub cues: Count,
        /// Inverse temperature of the modern Hopfield network.
        pub beta: Positive,
    }
}

/// Memories of digits.
pub struct Memory {
    settings: Settings,
    digits: LabelledImages,
    statement: DataStatement,
    /// The binary digits.
    patterns: Vec<Pattern>,
    /// One's own cues, one a column.
    cues: Option<DMatrix<f64>>,
    settling: Settling,
    seed: u64,
}

/// What is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// What came of the relaxations of recall.
    pub equilibria: Reached,
    /// How many grey-level images come back.
    pub capacity: Capacity,
    /// Height and width of an image.
    pub shape: (usize, usize),
    /// How cues of binary digits were corrupted.
    pub corruption: Corruption,
    /// Weights and bias of the predictive memory of the binary digits: the folder of the run can be given back as
    /// `published.weights`.
    pub weights: Vec<Array>,
    /// Where that memory came from, if it was kept by a run, or why it was not.
    pub notes: Vec<String>,
    /// What one's own cues brought back.
    pub recalled: Option<Recalled>,
    /// Recall of binary digits by every memory.
    pub curves: Vec<RecallCurve>,
    /// Cues and answers at the middle amount.
    pub pictures: Gallery,
}

impl Memory {
    /// The binary digits, one a column.
    fn stored(&self) -> DMatrix<f64> {
        let levels = self.patterns.iter().flat_map(Pattern::levels);
        DMatrix::from_iterator(self.digits.images.nrows(), self.patterns.len(), levels)
    }

    /// The predictive memory of the binary digits, one that a run has kept or one that stores them now, and a word on that.
    fn predictive(&self) -> Result<(PredictiveMemory, Vec<String>), RunError> {
        let Settings {
            published,
            memory,
            relaxation,
            ..
        } = &self.settings;
        let (stored, options) = (self.stored(), relaxation.options());
        let mut notes = Vec::new();
        if let Some(published) = published {
            let folder = &*published.weights;
            if let Some(kept) = kept_memory::open(published, memory, options, stored.nrows())? {
                notes.push(format!(
                    "the predictive memory of binary digits is that of {folder}"
                ));
                return Ok((kept, notes));
            }
            notes.push(format!(
                "the predictive memory stores anew: there is no folder {folder} (set `published.weights`)"
            ));
        }
        let hidden = memory.hidden.iter().map(|hidden| **hidden).max();
        let hidden = hidden.unwrap_or(stored.nrows());
        let (stored, _) = memory.store(&stored, hidden, options, self.seed)?;
        Ok((stored, notes))
    }

    /// All memories of the binary digits on the same cues: curves and pictures.
    fn beside(
        &self,
        predictive: &PredictiveMemory,
        progress: &dyn Progress,
    ) -> Result<(Vec<RecallCurve>, Gallery), RunError> {
        let Settings {
            memory,
            binary,
            impulse,
            solver,
            ..
        } = &self.settings;
        let stored = self.stored();
        let covariance = memory.covariance(&stored)?;
        let network = impulse.network(&self.patterns)?;
        let impulse = impulse.memory(&network, self.settling, solver.options());
        let hebb = Hopfield::hebb(&self.patterns)?;
        let pseudo_inverse = Hopfield::pseudo_inverse(&self.patterns)?;
        let modern = ModernHopfield::new(&self.patterns, *binary.beta)?;
        let memories: [(&str, &dyn AssociativeMemory); 6] = [
            ("predictive", predictive),
            ("covariance", &covariance),
            ("impulse", &impulse),
            ("Hopfield, Hebb", &hebb),
            ("Hopfield, pseudo-inverse", &pseudo_inverse),
            ("modern Hopfield", &modern),
        ];
        progress.begin("recalling", (memories.len() * binary.amounts.len()) as u64);
        let corruption = *binary.corruption;
        let curve = |(name, memory): &(&str, &dyn AssociativeMemory)| {
            let point = |amount: &NonNegative| {
                let (amount, cues) = (**amount, *binary.cues);
                let point = recall(*memory, &self.patterns, corruption, amount, cues, self.seed);
                progress.advance(1);
                point
            };
            RecallCurve {
                memory: (*name).to_owned(),
                time_unit: memory.time_unit().to_owned(),
                points: binary.amounts.iter().map(point).collect(),
            }
        };
        let curves = memories.iter().map(curve).collect();
        let amount = binary.amounts.get(binary.amounts.len() / 2);
        let amount = amount.map_or(0.0, |amount| **amount);
        let row = |(n, pattern): (usize, &Pattern)| {
            let cue = corruption.apply(pattern, amount, self.seed, n as u64);
            let answers = memories.iter();
            Answered {
                stored: pattern.clone(),
                answers: answers
                    .map(|(_, memory)| memory.answer(&cue).pattern)
                    .collect(),
                cue: cue.levels,
            }
        };
        let gallery = Gallery {
            width: self.digits.shape.1,
            amount,
            memories: memories
                .iter()
                .map(|(name, _)| (*name).to_owned())
                .collect(),
            rows: self.patterns.iter().enumerate().map(row).collect(),
        };
        Ok((curves, gallery))
    }
}

impl Study for Memory {
    const NAME: &'static str = "predictive-memory";
    const SUMMARY: &'static str =
        "images remembered by predictive coding, beside Hopfield and impulse networks";
    type Settings = Settings;
    type Findings = Findings;

    fn new(settings: Settings, header: &Header) -> Result<Self, Mistakes> {
        let there = settings.data.available()?;
        let (digits, classes, statement) =
            settings.data.labelled(&settings.capacity.stored, there)?;
        let binary = &settings.binary;
        let mut mistakes = Mistakes::default();
        mistakes.note(settings.capacity.check(there));
        mistakes.note(require(
            &binary.stored,
            *binary.stored <= classes,
            format!("there are {classes} classes of images"),
            "too many",
            format!("store 1 to {classes} of them"),
        ));
        let pixels = digits.images.nrows();
        check_amounts(*binary.corruption, &binary.amounts, pixels, &mut mistakes);
        // Optimisers keep as much again, and inference needs products between hidden neurons.
        let hidden = largest(&settings.memory.hidden);
        let (units, rows) = (*hidden as f64, pixels as f64);
        let weights = NUMBER * units * (rows + units);
        mistakes.note(require_memory(&hidden, "the weights of a network", weights));
        mistakes.end()?;
        let first = |class: usize| digits.labels.iter().position(|label| *label == class);
        let pattern = |k: usize| {
            let levels = digits.images.column(k);
            levels.iter().map(|level| *level > THRESHOLD).collect()
        };
        let cues = settings.cues.as_ref().map(|cues| cues.read(pixels));
        let relay = settings.impulse.lambda.is_relay();
        let tolerance = *settings.solver.tolerance;
        Ok(Self {
            patterns: (0..*binary.stored).filter_map(first).map(pattern).collect(),
            cues: cues.transpose()?,
            settling: settings.analysis.settling(relay, tolerance, 1e-4),
            seed: header.seed,
            digits,
            statement,
            settings,
        })
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let Settings { memory, binary, .. } = &self.settings;
        vec![
            ("hidden neurons".into(), format!("{:?}", memory.hidden)),
            ("binary digits".into(), self.patterns.len().to_string()),
            (
                "cues".into(),
                format!("{} for each amount and memory", binary.cues),
            ),
        ]
    }

    fn data(&self) -> Option<u32> {
        self.data_statement().map(|said| said.checksum)
    }

    fn data_statement(&self) -> Option<DataStatement> {
        Some(self.statement.clone())
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        let Settings {
            memory,
            capacity,
            relaxation,
            ..
        } = &self.settings;
        let options = relaxation.options();
        let capacity = measure(memory, capacity, &self.digits, options, self.seed, progress)?;
        let (predictive, notes) = self.predictive()?;
        let (curves, pictures) = self.beside(&predictive, progress)?;
        let asked = self.settings.cues.as_ref().zip(self.cues.as_ref());
        let recalled = asked.map(|(asked, cues)| asked.ask(&predictive, cues));
        let reached = capacity.points.iter().map(|point| point.reached);
        Ok(Findings {
            equilibria: reached.fold(Reached::default(), Reached::and),
            capacity,
            shape: self.digits.shape,
            corruption: *self.settings.binary.corruption,
            weights: kept_memory::keep(&predictive),
            notes,
            recalled: recalled.transpose()?,
            curves,
            pictures,
        })
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        vec![
            ("capacity".into(), findings.capacity.table()),
            ("recall".into(), tables::points(&findings.curves)),
        ]
    }

    fn summary(_: &Settings, findings: &Findings) -> Vec<Block> {
        let line = format!("equilibria of recall: {}", findings.equilibria.words());
        let asked = findings.recalled.iter().map(|found| {
            let (count, words) = (found.cues.shape[0], found.reached.words());
            format!(
                "{count} cues of {}: equilibria {words}, answers in answers.npy",
                found.from
            )
        });
        let notes = findings.notes.iter().cloned().chain(asked);
        [
            Block::Table(findings.capacity.table()),
            Block::Line(line),
            Block::Table(tables::points(&findings.curves)),
        ]
        .into_iter()
        .chain(notes.map(Block::Line))
        .collect()
    }

    fn figures(_: &Settings, findings: &Findings) -> Vec<Drawing> {
        let patterns = findings.pictures.rows.len();
        let recalled = figures::curves(&findings.curves, findings.corruption, patterns);
        let completions = pictures(
            "Stored digits that come back from parts and from noise",
            "the largest number of stored images",
            findings.shape,
            &findings.capacity.rows(),
            None,
        );
        let mut drawings = vec![
            Drawing::of("pictures", findings.pictures.grid()),
            Drawing::of("recall", recalled),
            Drawing::of("completions", completions),
        ];
        let curves = findings.capacity.curves().into_iter();
        drawings.extend(curves.map(|(name, lines)| Drawing::of(format!("capacity-{name}"), lines)));
        drawings
    }
}
