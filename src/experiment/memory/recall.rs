//! Kind `recall`: four memories of the same patterns, shown the same corrupted cues.

use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_spanned::Spanned;

use super::figures::{self, Rows};
use super::impulse::ImpulseSettings;
use super::memories::{self, Memories, ModernSettings, NAMES};
use super::tables;
use crate::analysis::{Basin, Corruption, RecallPoint, Settling, basins, recall};
use crate::experiment::course::drawing;
use crate::experiment::impulse::settings::{AnalysisSettings, SolverSettings};
use crate::experiment::pattern_settings::PatternSettings;
use crate::experiment::rules::{at_least, between, non_negative, unwritten};
use crate::experiment::{
    Block, Diagnostic, Experiment, Kind, ModelFile, Outcome, Progress, RunError, Table,
};
use crate::networks::{Pattern, is_maximal_clique, maximal_cliques};
use crate::solver::Options;

pub(in crate::experiment) const KIND: Kind = Kind {
    name: "recall",
    summary: "recall of corrupted patterns by an impulse network and three Hopfield networks",
    read: |model| Ok(read(model)?),
    show: None,
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
#[serde(deny_unknown_fields)]
struct RecallSettings {
    corruption: Corruption,
    /// Bits for `flipped`, `missing` and `hidden`, a standard deviation for `noise`, a time for `phase`.
    amounts: Vec<Spanned<f64>>,
    /// Cues for each amount and memory.
    cues: Spanned<usize>,
    /// Random starts from which the volumes of the basins are estimated; none by default.
    #[serde(default = "no_starts")]
    starts: Spanned<usize>,
}

fn no_starts() -> Spanned<usize> {
    unwritten(0)
}

struct Recall {
    settings: Settings,
    stored: Vec<Pattern>,
    memories: Memories,
    settling: Settling,
    options: Options,
    seed: u64,
}

fn read(model: &ModelFile) -> Result<Box<dyn Experiment>, Diagnostic> {
    let settings: Settings = model.settings()?;
    let stored = settings.patterns.patterns()?;
    memories::check(&settings.impulse, &settings.modern)?;
    let wanted = &settings.recall;
    at_least("cues", &wanted.cues, 1)?;
    non_negative("amounts", &wanted.amounts)?;
    if !matches!(wanted.corruption, Corruption::Noise | Corruption::Phase) {
        between("amounts", &wanted.amounts, 0.0, stored[0].len() as f64)?;
    }
    let options = settings.solver.options()?;
    let exact = settings.impulse.lambda.is_relay();
    let settling = settings
        .analysis
        .settling(exact, options.relative_tolerance, 1e-4)?;
    let memories = Memories::new(&stored, &settings.impulse, &settings.modern)
        .map_err(|error| Diagnostic::new(error.to_string()).at(settings.patterns.place()))?;
    let seed = model.seed()?;
    Ok(Box::new(Recall {
        memories,
        settings,
        stored,
        settling,
        options,
        seed,
    }))
}

impl Recall {
    /// A cue for every stored pattern at the middle amount, and what each memory answers.
    fn gallery(&self) -> Option<Rows> {
        let width = self.settings.patterns.width()?;
        let amounts = &self.settings.recall.amounts;
        let amount = *amounts.get(amounts.len() / 2)?.get_ref();
        let rows = self.stored.iter().enumerate().map(|(n, pattern)| {
            let corruption = self.settings.recall.corruption;
            let cue = corruption.apply(pattern, amount, self.seed, n as u64);
            let answer = |_: &str, memory: Option<&dyn crate::analysis::AssociativeMemory>| {
                memory.and_then(|memory| memory.answer(&cue).pattern)
            };
            let answers = self.memories.each(self.settling, self.options, answer);
            (pattern.clone(), cue.levels.clone(), answers.to_vec())
        });
        Some(Rows {
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
            pair("random starts", recall.starts.to_string()),
        ]
    }

    fn run(&self, progress: &dyn Progress) -> Result<Outcome, RunError> {
        let RecallSettings {
            corruption,
            amounts,
            cues,
            starts,
        } = &self.settings.recall;
        let starts = *starts.get_ref();
        let stages = amounts.len() + usize::from(starts > 0);
        progress.begin("recalling", (NAMES.len() * stages) as u64);
        let mut curves: Vec<(String, &str, Vec<RecallPoint>)> = Vec::new();
        let mut volumes: Vec<(String, Vec<Basin>)> = Vec::new();
        self.memories
            .each(self.settling, self.options, |name, memory| {
                let Some(memory) = memory else {
                    progress.advance(stages as u64);
                    return;
                };
                let point = |amount: &Spanned<f64>| {
                    let (amount, count) = (*amount.get_ref(), *cues.get_ref());
                    let point = recall(memory, &self.stored, *corruption, amount, count, self.seed);
                    progress.advance(1);
                    point
                };
                let points = amounts.iter().map(point).collect();
                curves.push((name.to_owned(), memory.time_unit(), points));
                if starts > 0 {
                    volumes.push((name.to_owned(), basins(memory, starts, self.seed)));
                    progress.advance(1);
                }
            });
        let predicted =
            maximal_cliques(&self.stored, MOST_MEMORIES).map_err(RunError::numerical)?;
        let stored = self.stored.iter();
        let kept = stored
            .filter(|p| is_maximal_clique(&self.stored, p))
            .count();
        let spurious = predicted
            .iter()
            .filter(|set| !self.stored.contains(set))
            .count();
        let report = json!({
            "stored": self.stored,
            "corruption": corruption,
            "programmed": {
                "maximal_cliques": predicted.len(),
                "stored_among_them": kept,
                "spurious": spurious,
                "complete": predicted.len() < MOST_MEMORIES,
            },
            "curves": curves.iter().map(|(memory, unit, points)| json!({
                "memory": memory, "time_unit": unit, "points": points,
            })).collect::<Vec<_>>(),
            "basins": volumes.iter().map(|(memory, basins)| json!({
                "memory": memory, "starts": starts, "basins": basins,
            })).collect::<Vec<_>>(),
        });
        let line = format!(
            "inhibition programmed for {} patterns allows {}{} active sets: {kept} stored, {spurious} spurious",
            self.stored.len(),
            if predicted.len() < MOST_MEMORIES {
                ""
            } else {
                "at least "
            },
            predicted.len()
        );
        let table = tables::points(&curves);
        let mut summary = vec![Block::Line(line), Block::Table(table.clone())];
        let mut tables: Vec<(String, Table)> = vec![("recall".into(), table)];
        let mut figures = vec![
            drawing(
                "recall",
                figures::curves(&curves, *corruption, self.stored.len()),
            ),
            drawing("spurious", figures::spurious(&curves, *corruption)),
        ];
        if let Some(times) = figures::times(&curves, *corruption) {
            figures.push(drawing("times", times));
        }
        if !volumes.is_empty() {
            let (basins, totals) = tables::basins(&volumes, &self.stored);
            tables.push(("basins".into(), basins));
            summary.push(Block::Table(totals));
            figures.push(drawing("basins", figures::volumes(&volumes, &self.stored)));
        }
        if let Some(rows) = self.gallery() {
            figures.insert(0, drawing("pictures", rows.grid(&NAMES)));
        }
        Ok(Outcome {
            report,
            summary,
            tables,
            figures,
            ..Outcome::default()
        })
    }
}
