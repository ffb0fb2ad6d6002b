//! Kind `recall`: four memories of the same patterns, shown the same corrupted cues.

use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_spanned::Spanned;

use super::course::drawing;
use super::impulse_settings::{AnalysisSettings, SolverSettings};
use super::pattern_settings::PatternSettings;
use super::recall_impulse::ImpulseSettings;
use super::rules::{at_least, between, non_negative, positive, unwritten};
use super::{Block, Diagnostic, Experiment, Kind, ModelFile, Outcome, Progress, RunError};
use super::{Table, recall_figures};
use crate::analysis::{
    AssociativeMemory, Corruption, ImpulseMemory, RecallPoint, Settling, pattern_text, recall,
};
use crate::networks::{Hopfield, ImpulseNetwork, ModernHopfield, maximal_cliques};
use crate::solver::Options;

pub(super) const KIND: Kind = Kind {
    name: "recall",
    summary: "recall of corrupted patterns by an impulse network and three Hopfield networks",
    read,
};

/// Most predicted memories that are listed.
const MOST_MEMORIES: usize = 10_000;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    patterns: PatternSettings,
    impulse: ImpulseSettings,
    #[serde(default)]
    modern: ModernSettings,
    recall: RecallSettings,
    #[serde(default)]
    solver: SolverSettings,
    #[serde(default)]
    analysis: AnalysisSettings,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ModernSettings {
    beta: Spanned<f64>,
}

impl Default for ModernSettings {
    fn default() -> Self {
        Self {
            beta: unwritten(1.0),
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecallSettings {
    corruption: Corruption,
    /// Bits for `flipped` and `missing`, a standard deviation for `noise`, a time for `phase`.
    amounts: Vec<Spanned<f64>>,
    /// Cues for each amount and memory.
    cues: Spanned<usize>,
}

struct Recall {
    settings: Settings,
    stored: Vec<Vec<bool>>,
    impulse: ImpulseNetwork,
    hebb: Hopfield,
    pseudo_inverse: Hopfield,
    modern: ModernHopfield,
    settling: Settling,
    options: Options,
    seed: u64,
}

fn read(model: &ModelFile) -> Result<Box<dyn Experiment>, Diagnostic> {
    let settings: Settings = model.settings()?;
    let stored = settings.patterns.patterns()?;
    let neurons = stored[0].len();
    let impulse = &settings.impulse;
    impulse.check()?;
    positive("beta", &settings.modern.beta)?;
    at_least("cues", &settings.recall.cues, 1)?;
    non_negative("amounts", &settings.recall.amounts)?;
    if matches!(
        settings.recall.corruption,
        Corruption::Flipped | Corruption::Missing | Corruption::Occluded
    ) {
        between("amounts", &settings.recall.amounts, 0.0, neurons as f64)?;
    }
    let options = settings.solver.options()?;
    let lambda = impulse.lambda;
    let settling =
        settings
            .analysis
            .settling(lambda.is_relay(), options.relative_tolerance, 1e-4)?;
    let refuse = |error: crate::networks::NetworkError| {
        Diagnostic::new(error.to_string()).at(settings.patterns.stored.span())
    };
    let seed = model.header()?.seed;
    Ok(Box::new(Recall {
        impulse: impulse.network(&stored).map_err(refuse)?,
        hebb: Hopfield::hebb(&stored).map_err(refuse)?,
        pseudo_inverse: Hopfield::pseudo_inverse(&stored).map_err(refuse)?,
        modern: ModernHopfield::new(&stored, *settings.modern.beta.get_ref()).map_err(refuse)?,
        settings,
        stored,
        settling,
        options,
        seed,
    }))
}

impl Recall {
    fn impulse_memory(&self) -> ImpulseMemory<'_> {
        self.settings
            .impulse
            .memory(&self.impulse, self.settling, self.options)
    }

    /// A cue for every stored pattern at the middle amount, and what each memory answers.
    fn gallery(&self, memories: &[(&str, &dyn AssociativeMemory)]) -> Option<recall_figures::Rows> {
        let width = *self.settings.patterns.width.as_ref()?.get_ref();
        let amounts = &self.settings.recall.amounts;
        let amount = *amounts.get(amounts.len() / 2)?.get_ref();
        let rows = self.stored.iter().enumerate().map(|(n, pattern)| {
            let corruption = self.settings.recall.corruption;
            let cue = corruption.apply(pattern, amount, self.seed, n as u64);
            let answers = memories
                .iter()
                .map(|(_, memory)| memory.answer(&cue).pattern);
            (pattern.clone(), cue.levels.clone(), answers.collect())
        });
        Some(recall_figures::Rows {
            width,
            amount,
            rows: rows.collect(),
        })
    }
}

impl Experiment for Recall {
    fn resolved(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(&self.settings)
    }

    fn plan(&self) -> Vec<(String, String)> {
        let recall = &self.settings.recall;
        let amounts: Vec<String> = recall.amounts.iter().map(ToString::to_string).collect();
        let pair = |name: &str, value: String| (name.to_owned(), value);
        vec![
            pair("neurons", self.stored[0].len().to_string()),
            pair("patterns", self.stored.len().to_string()),
            pair(
                "corruption",
                format!("{:?}: {}", recall.corruption, amounts.join(", ")),
            ),
            pair(
                "cues",
                format!("{} for each amount and memory", recall.cues),
            ),
        ]
    }

    fn run(&self, progress: &dyn Progress) -> Result<Outcome, RunError> {
        let impulse = self.impulse_memory();
        let memories: [(&str, &dyn AssociativeMemory); 4] = [
            ("impulse", &impulse),
            ("Hopfield, Hebb", &self.hebb),
            ("Hopfield, pseudo-inverse", &self.pseudo_inverse),
            ("modern Hopfield", &self.modern),
        ];
        let RecallSettings {
            corruption,
            amounts,
            cues,
        } = &self.settings.recall;
        progress.begin("recalling", (memories.len() * amounts.len()) as u64);
        let mut curves: Vec<(String, Vec<RecallPoint>)> = Vec::new();
        let mut table = Table::new(recall_figures::COLUMNS);
        for (name, memory) in memories {
            let mut curve = Vec::new();
            for amount in amounts {
                let amount = *amount.get_ref();
                let count = *cues.get_ref();
                let point = recall(memory, &self.stored, *corruption, amount, count, self.seed);
                table.push(recall_figures::row(name, &point, memory.time_unit()));
                curve.push(point);
                progress.advance(1);
            }
            curves.push((name.to_owned(), curve));
        }
        let predicted =
            maximal_cliques(&self.stored, MOST_MEMORIES).map_err(RunError::numerical)?;
        let kept = self
            .stored
            .iter()
            .filter(|pattern| predicted.contains(pattern))
            .count();
        let spurious = predicted
            .iter()
            .filter(|set| !self.stored.contains(set))
            .count();
        let texts = |list: &[Vec<bool>]| list.iter().map(|p| pattern_text(p)).collect::<Vec<_>>();
        let report = json!({
            "stored": texts(&self.stored),
            "corruption": corruption,
            "programmed": {
                "maximal_cliques": predicted.len(),
                "stored_among_them": kept,
                "spurious": spurious,
                "complete": predicted.len() < MOST_MEMORIES,
            },
            "curves": curves.iter().map(|(memory, points)| json!({
                "memory": memory, "points": points,
            })).collect::<Vec<_>>(),
        });
        let line = format!(
            "inhibition programmed for {} patterns allows {} active sets: {kept} stored, {spurious} spurious",
            self.stored.len(),
            predicted.len()
        );
        let mut figures = vec![drawing(
            "recall",
            recall_figures::curves(&curves, *corruption, self.stored.len()),
        )];
        if let Some(rows) = self.gallery(&memories) {
            let names: Vec<&str> = memories.iter().map(|(name, _)| *name).collect();
            figures.insert(0, drawing("pictures", rows.grid(&names)));
        }
        Ok(Outcome {
            report,
            summary: vec![Block::Line(line), Block::Table(table.clone())],
            tables: vec![("recall".into(), table)],
            figures,
            ..Outcome::default()
        })
    }
}
