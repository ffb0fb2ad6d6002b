//! Kind `recall`: four memories of the same patterns, shown the same corrupted cues.

use serde::{Deserialize, Serialize};

use super::curves::{Answered, Basins, Gallery, RecallCurve};
use super::impulse::ImpulseSettings;
use super::memories::{Memories, ModernSettings, NAMES};
use super::{figures, tables};
use crate::analysis::{AssociativeMemory, Corruption, Settling, basins, recall};
use crate::experiment::memory_limit::{NUMBER, require_memory};
use crate::experiment::pattern_settings::PatternSettings;
use crate::experiment::sections::{SettlingSettings, SolverSettings};
use crate::experiment::settings::{Choice, Count, Mistakes, NonNegative, require, settings};
use crate::experiment::{Block, Diagnostic, Drawing, Header, Progress, RunError, Study, Table};
use crate::networks::{Pattern, is_maximal_clique, maximal_cliques};

/// Most predicted memories that are listed.
const MOST_MEMORIES: usize = 10_000;

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// What is stored.
        pub patterns: PatternSettings,
        /// The impulse network.
        pub impulse: ImpulseSettings,
        /// The modern Hopfield network.
        pub modern: ModernSettings,
        /// The cues.
        pub recall: RecallSettings,
        /// How the impulse network is integrated.
        pub solver: SolverSettings,
        /// When it has settled.
        pub analysis: SettlingSettings,
    }

    /// Section `[recall]`.
    pub struct RecallSettings {
        /// How cues are corrupted.
        pub corruption: Choice<Corruption>,
        /// Bits for `flipped`, `missing` and `hidden`, a standard deviation for `noise`, a time for
        /// `phase`.
        pub amounts: Vec<NonNegative>,
        /// Cues for each amount and memory.
        pub cues: Count,
        /// Random starts from which the volumes of the basins are estimated.
        pub starts: Count<0> = 0,
    }
}

/// Four memories and their cues.
pub struct Recall {
    settings: Settings,
    stored: Vec<Pattern>,
    memories: Memories,
    settling: Settling,
    seed: u64,
}

/// What is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// The patterns.
    pub stored: Vec<Pattern>,
    /// How cues were corrupted.
    pub corruption: Corruption,
    /// What the programmed inhibition can hold.
    pub programmed: Programmed,
    /// Recall by every memory that the patterns make.
    pub curves: Vec<RecallCurve>,
    /// Their basins, if random starts were asked for.
    pub basins: Vec<Basins>,
    /// Cues and answers at the middle amount, where the patterns are pictures.
    pub pictures: Option<Gallery>,
}

/// What the programmed inhibition can hold: the maximal cliques of the graph of neurons that share a
/// pattern.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Programmed {
    /// Their number, or the number from which they are no longer counted.
    pub maximal_cliques: usize,
    /// Stored patterns among them.
    pub stored_among_them: usize,
    /// Sets that were never stored.
    pub spurious: usize,
    /// Whether all are counted.
    pub complete: bool,
}

/// Refuses amounts that are more bits than there are.
pub(in crate::experiment) fn check_amounts(
    corruption: Corruption,
    amounts: &[NonNegative],
    neurons: usize,
    mistakes: &mut Mistakes,
) {
    let bits = !matches!(corruption, Corruption::Noise | Corruption::Phase);
    for amount in amounts {
        mistakes.note(require(
            amount,
            !bits || **amount <= neurons as f64,
            format!("`amounts` holds {amount}, but there are {neurons} bits"),
            "more than there are",
            format!("corrupt 0 to {neurons} bits"),
        ));
    }
}

impl Recall {
    /// A cue for every stored pattern at the middle amount, and what each memory answers.
    fn gallery(&self) -> Option<Gallery> {
        let width = self.settings.patterns.width()?;
        let RecallSettings {
            corruption,
            amounts,
            ..
        } = &self.settings.recall;
        let amount = **amounts.get(amounts.len() / 2)?;
        let options = self.settings.solver.options();
        let row = |(n, pattern): (usize, &Pattern)| {
            let cue = corruption.apply(pattern, amount, self.seed, n as u64);
            let answer = |_: &str, memory: Option<&dyn AssociativeMemory>| {
                memory.and_then(|memory| memory.answer(&cue).pattern)
            };
            Answered {
                stored: pattern.clone(),
                answers: self.memories.each(self.settling, options, answer).to_vec(),
                cue: cue.levels,
            }
        };
        Some(Gallery {
            width,
            amount,
            memories: NAMES.map(String::from).to_vec(),
            rows: self.stored.iter().enumerate().map(row).collect(),
        })
    }

    /// What the inhibition can hold.
    fn programmed(&self) -> Result<Programmed, RunError> {
        let stored = &self.stored;
        let sets = maximal_cliques(stored, MOST_MEMORIES)?;
        Ok(Programmed {
            maximal_cliques: sets.len(),
            stored_among_them: stored
                .iter()
                .filter(|p| is_maximal_clique(stored, p))
                .count(),
            spurious: sets.iter().filter(|set| !stored.contains(set)).count(),
            complete: sets.len() < MOST_MEMORIES,
        })
    }
}

impl Study for Recall {
    const NAME: &'static str = "recall";
    const SUMMARY: &'static str =
        "recall of corrupted patterns by an impulse network and three Hopfield networks";
    type Settings = Settings;
    type Findings = Findings;

    fn new(settings: Settings, header: &Header) -> Result<Self, Mistakes> {
        let stored = settings.patterns.patterns()?;
        let RecallSettings {
            corruption,
            amounts,
            ..
        } = &settings.recall;
        let mut mistakes = Mistakes::default();
        check_amounts(**corruption, amounts, stored[0].len(), &mut mistakes);
        let bytes = NUMBER * stored[0].len() as f64;
        let (cues, starts) = (&settings.recall.cues, &settings.recall.starts);
        mistakes.note(require_memory(cues, "the cues", bytes * **cues as f64));
        mistakes.note(require_memory(
            starts,
            "the starts",
            bytes * **starts as f64,
        ));
        mistakes.end()?;
        let refused = |error: crate::networks::NetworkError| {
            Diagnostic::new(error.to_string()).at(settings.patterns.place().bytes())
        };
        let memories = Memories::new(&stored, &settings.impulse, &settings.modern);
        let exact = settings.impulse.lambda.is_relay();
        let tolerance = *settings.solver.tolerance;
        Ok(Self {
            memories: memories.map_err(refused)?,
            settling: settings.analysis.settling(exact, tolerance, 1e-4),
            stored,
            settings,
            seed: header.seed,
        })
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let RecallSettings {
            corruption,
            amounts,
            cues,
            starts,
        } = &self.settings.recall;
        vec![
            ("neurons".into(), self.stored[0].len().to_string()),
            ("patterns".into(), self.stored.len().to_string()),
            (
                "corruption".into(),
                format!("{:?}: {amounts:?}", **corruption),
            ),
            ("cues".into(), format!("{cues} for each amount and memory")),
            ("random starts".into(), starts.to_string()),
        ]
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        let RecallSettings {
            corruption,
            amounts,
            cues,
            starts,
        } = &self.settings.recall;
        let stages = amounts.len() + usize::from(**starts > 0);
        progress.begin("recalling", (NAMES.len() * stages) as u64);
        let (mut curves, mut volumes) = (Vec::new(), Vec::new());
        let options = self.settings.solver.options();
        self.memories.each(self.settling, options, |name, memory| {
            let Some(memory) = memory else {
                progress.advance(stages as u64);
                return;
            };
            let point = |amount: &NonNegative| {
                let point = recall(
                    memory,
                    &self.stored,
                    **corruption,
                    **amount,
                    **cues,
                    self.seed,
                );
                progress.advance(1);
                point
            };
            curves.push(RecallCurve {
                memory: name.to_owned(),
                time_unit: memory.time_unit().to_owned(),
                points: amounts.iter().map(point).collect(),
            });
            if **starts > 0 {
                volumes.push(Basins {
                    memory: name.to_owned(),
                    starts: **starts,
                    basins: basins(memory, **starts, self.seed),
                });
                progress.advance(1);
            }
        });
        Ok(Findings {
            stored: self.stored.clone(),
            corruption: **corruption,
            programmed: self.programmed()?,
            curves,
            basins: volumes,
            pictures: self.gallery(),
        })
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        let mut tables = vec![("recall".into(), tables::points(&findings.curves))];
        if !findings.basins.is_empty() {
            let (basins, _) = tables::basins(&findings.basins, &findings.stored);
            tables.push(("basins".into(), basins));
        }
        tables
    }

    fn summary(_: &Settings, findings: &Findings) -> Vec<Block> {
        let Programmed {
            maximal_cliques,
            stored_among_them,
            spurious,
            complete,
        } = findings.programmed;
        let line = format!(
            "inhibition programmed for {} patterns allows {}{maximal_cliques} active sets: \
             {stored_among_them} stored, {spurious} spurious",
            findings.stored.len(),
            if complete { "" } else { "at least " },
        );
        let recalled = Block::Table(tables::points(&findings.curves));
        let mut summary = vec![Block::Line(line), recalled];
        if !findings.basins.is_empty() {
            let (_, totals) = tables::basins(&findings.basins, &findings.stored);
            summary.push(Block::Table(totals));
        }
        summary
    }

    fn figures(_: &Settings, findings: &Findings) -> Vec<Drawing> {
        let (curves, corruption) = (&findings.curves, findings.corruption);
        let recalled = figures::curves(curves, corruption, findings.stored.len());
        let mut drawings: Vec<Drawing> = Vec::new();
        let pictures = findings.pictures.as_ref();
        drawings.extend(pictures.map(|rows| Drawing::of("pictures", rows.grid())));
        drawings.push(Drawing::of("recall", recalled));
        drawings.push(Drawing::of(
            "spurious",
            figures::spurious(curves, corruption),
        ));
        let times = figures::times(curves, corruption);
        drawings.extend(times.map(|times| Drawing::of("times", times)));
        if !findings.basins.is_empty() {
            let volumes = figures::volumes(&findings.basins, &findings.stored);
            drawings.push(Drawing::of("basins", volumes));
        }
        drawings
    }
}
