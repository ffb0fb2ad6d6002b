//! Kind `atlas`: every binary pattern of an impulse network, and which of them are memories.

use serde_json::{Value, json};

use super::course::{Course, drawing};
use super::dominance::describe;
use super::impulse::Impulse;
use super::rules::require;
use super::{
    Array, Block, Diagnostic, Drawing, Experiment, Kind, ModelFile, Outcome, Progress, RunError,
    Table, part,
};
use crate::analysis::{
    Atlas, AtlasSettings, Explorer, LARGEST_ATLAS, PatternRecord, Settling, pattern_text,
};
use crate::figures::{
    AtlasCell, AtlasOverview, AtlasRow, AtlasTable, MeasuredPeriods, PeriodByK, Verdict,
};
use crate::networks::ImpulseNetwork;

pub(super) const KIND: Kind = Kind {
    name: "atlas",
    summary: "every binary pattern of a network of impulse neurons: which are memories",
    read,
};

/// Patterns that are followed before what is known is kept for a resumed run.
const PART: usize = 4096;

/// Most records in `report.json`; beyond, they are in `patterns.csv` and the arrays alone.
const REPORTED: usize = 2 << 16;

/// Most patterns that are listed one by one on a terminal and in a figure.
const LISTED: usize = 63;

struct AtlasRun {
    impulse: Impulse,
    /// The pattern whose trajectory is drawn.
    drawn: Vec<bool>,
    settling: Settling,
    /// The relay limit, where it is followed beside a finite lambda.
    relay: Option<(ImpulseNetwork, Settling)>,
}

fn read(model: &ModelFile) -> Result<Box<dyn Experiment>, Diagnostic> {
    let impulse = Impulse::read(model)?;
    let neurons = impulse.network.neurons();
    let place = &impulse.settings.network.neurons;
    let message = format!("an atlas of {neurons} neurons would have 2^{neurons} - 1 patterns");
    let help = format!("choose `neurons` <= {LARGEST_ATLAS}, or `experiment = \"dominance\"`");
    require(
        place,
        neurons <= LARGEST_ATLAS,
        message,
        "too many neurons",
        help,
    )?;
    let first_two = || (0..neurons).map(|neuron| neuron < 2).collect();
    let drawn = impulse.pattern()?.unwrap_or_else(first_two);
    let settling = impulse.settling(&impulse.network)?;
    let limit = impulse
        .relay_limit()
        .filter(|_| impulse.settings.atlas.relay);
    let relay = match limit {
        Some(limit) => {
            let settling = impulse.settling(&limit)?;
            Some((limit, settling))
        }
        None => None,
    };
    Ok(Box::new(AtlasRun {
        impulse,
        drawn,
        settling,
        relay,
    }))
}

impl AtlasRun {
    /// The networks to explore, each with its name in tables: the relay limit first.
    fn networks(&self) -> Vec<(String, &ImpulseNetwork, Settling)> {
        let own = (
            column(&self.impulse.network),
            &self.impulse.network,
            self.settling,
        );
        let limit = self
            .relay
            .as_ref()
            .map(|(limit, settling)| (column(limit), limit, *settling));
        limit.into_iter().chain([own]).collect()
    }
}

fn column(network: &ImpulseNetwork) -> String {
    if network.is_relay() {
        "relay".into()
    } else {
        format!("λ = {}", network.parameters().lambda)
    }
}

/// One explored network.
struct Explored {
    column: String,
    atlas: Atlas,
}

impl Experiment for AtlasRun {
    fn resolved(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(&self.impulse.settings)
    }

    fn plan(&self) -> Vec<(String, String)> {
        let mut plan = self.impulse.plan();
        let patterns = (1u64 << self.impulse.network.neurons()) - 1;
        let columns: Vec<String> = self.networks().into_iter().map(|(name, ..)| name).collect();
        plan.push((
            "patterns".into(),
            format!("{patterns}, each with {}", columns.join(" and ")),
        ));
        plan.push(("drawn pattern".into(), pattern_text(&self.drawn)));
        plan
    }

    fn run(&self, progress: &dyn Progress) -> Result<Outcome, RunError> {
        let Impulse {
            network,
            options,
            settings,
            cue,
            seed,
            ..
        } = &self.impulse;
        let patterns = (1u64 << network.neurons()) - 1;
        let mut explored = Vec::new();
        for (column, network, settling) in self.networks() {
            progress.begin(&format!("patterns, {column}"), patterns);
            let atlas_settings = AtlasSettings {
                certify: settings.atlas.certify,
                cue: *cue,
                settling,
                options: *options,
                seed: *seed,
            };
            let explorer = Explorer::new(network, atlas_settings).map_err(RunError::numerical)?;
            let mut records = Vec::new();
            for start in explorer.codes().step_by(PART) {
                let end = explorer.codes().end.min(start + PART as u32);
                let name = format!(
                    "patterns-{}-{start}",
                    if network.is_relay() { "relay" } else { "own" }
                );
                records.extend(part(progress, &name, || {
                    Ok(explorer.follow(start..end, &|| progress.advance(1)))
                })?);
            }
            explored.push(Explored {
                column,
                atlas: Atlas { patterns: records },
            });
        }

        let all: Vec<&PatternRecord> = explored
            .iter()
            .flat_map(|part| &part.atlas.patterns)
            .collect();
        let memories: serde_json::Map<String, serde_json::Value> = explored
            .iter()
            .map(|part| {
                (
                    part.atlas.patterns[0].engine.clone(),
                    part.atlas.memories().into(),
                )
            })
            .collect();
        let mut outcome = Outcome {
            report: json!({
                "neurons": network.neurons(),
                "parameters": network.parameters(),
                "memories": memories,
                "patterns": if all.len() <= REPORTED { json!(all) } else { Value::Null },
            }),
            summary: summary(&explored),
            tables: vec![("patterns".into(), listing(&all))],
            arrays: explored.iter().flat_map(by_code).collect(),
            ..Outcome::default()
        };
        outcome.report["parameters"]["lambda"] = json!(settings.network.lambda);

        let longest = all
            .iter()
            .filter(|record| record.pattern == pattern_text(&self.drawn));
        let period = longest
            .filter_map(|record| record.period)
            .fold(4.0, f64::max);
        let end = settings
            .output
            .t_end
            .as_ref()
            .map_or(4.0 * period, |end| *end.get_ref());
        let state = cue.state(
            &self.drawn,
            &network.parameters().c,
            *seed,
            code(&self.drawn),
        );
        let mut engine = network.engine(&state, *options)?;
        let samples = *settings.output.samples.get_ref();
        let course = Course::record(engine.as_mut(), end, samples, self.drawn.clone())?;
        outcome.statistics = json!({ "drawn_pattern": engine.statistics() });
        let title = format!(
            "The memory {} of {} impulse neurons",
            pattern_text(&self.drawn),
            network.neurons()
        );
        course.add_to(&mut outcome, &title, &describe(network));
        outcome
            .figures
            .extend(figures(&explored, &describe(network)));
        Ok(outcome)
    }
}

/// Number of a pattern in the atlas: neuron 1 is the lowest bit.
fn code(pattern: &[bool]) -> u64 {
    pattern
        .iter()
        .rev()
        .fold(0, |code, active| code << 1 | u64::from(*active))
}

/// Period, silent maximum and multiplier as arrays whose entry `n` is the pattern with the binary
/// number `n`, lowest bit first; NaN where there is none. Entry 0, the empty pattern, is NaN.
fn by_code(part: &Explored) -> Vec<(String, Array)> {
    let records = &part.atlas.patterns;
    let engine = &records[0].engine;
    let array = |name: &str, value: fn(&PatternRecord) -> Option<f64>| {
        let known = records
            .iter()
            .map(|record| value(record).unwrap_or(f64::NAN));
        let values: Vec<f64> = std::iter::once(f64::NAN).chain(known).collect();
        (
            format!("{name}-{engine}"),
            Array {
                shape: vec![values.len()],
                values,
            },
        )
    };
    vec![
        array("period", |record| record.period.filter(|_| record.recalled)),
        array("silent-maximum", |record| {
            record.silent_maximum.filter(|_| record.recalled)
        }),
        array("leading-multiplier", |record| record.leading_multiplier),
        array("multiplier", |record| {
            record.synchrony_multiplier.filter(|_| record.recalled)
        }),
    ]
}

/// The measured multiplier, or the leading one of a certified cycle.
fn shown_multiplier(record: &PatternRecord) -> Option<f64> {
    record.synchrony_multiplier.or(record.leading_multiplier)
}

/// How a record reads in a table.
fn fate(record: &PatternRecord) -> String {
    match &record.settles_in {
        _ if record.recalled => "memory".into(),
        _ if record.stability.as_deref() == Some("unstable") => "unstable".into(),
        Some(end) if *end != record.pattern => format!("lost to {end}"),
        _ => record.verdict.clone(),
    }
}

/// The terminal's view: the count, then every pattern, or every `k` where they are many.
fn summary(explored: &[Explored]) -> Vec<Block> {
    let mut blocks: Vec<Block> = explored
        .iter()
        .map(|part| {
            let (found, all) = (part.atlas.memories(), part.atlas.patterns.len());
            Block::Line(format!(
                "{}: {found} of {all} patterns are memories",
                part.column
            ))
        })
        .collect();
    let table = if explored[0].atlas.patterns.len() <= LISTED {
        by_pattern(explored)
    } else {
        by_k(explored)
    };
    blocks.push(Block::Table(table));
    blocks
}

fn by_pattern(explored: &[Explored]) -> Table {
    let periods = explored.iter().map(|part| format!("T, {}", part.column));
    let forms = [
        "T, formula",
        "silent max",
        "formula",
        "multiplier",
        "formula",
    ];
    let differs = |index: usize| {
        let fates = explored
            .iter()
            .map(|part| fate(&part.atlas.patterns[index]));
        fates.collect::<std::collections::BTreeSet<_>>().len() > 1
    };
    let agree = !(0..explored[0].atlas.patterns.len()).any(differs);
    let told = if agree { &explored[..1] } else { explored };
    let fates = told.iter().map(|part| {
        if agree {
            "fate".to_owned()
        } else {
            format!("fate, {}", part.column)
        }
    });
    let heads = ["pattern".to_owned(), "k".to_owned()].into_iter();
    let heads = heads
        .chain(periods)
        .chain(forms.map(String::from))
        .chain(fates);
    let mut table = Table::new(heads);
    let reference = &explored[0].atlas.patterns;
    for (index, record) in reference.iter().enumerate() {
        let same = || explored.iter().map(|part| &part.atlas.patterns[index]);
        let start = [record.pattern.as_str().into(), record.k.into()];
        let periods = same().map(|record| record.period.into());
        let forms = [
            record.period_formula.into(),
            record.silent_maximum.into(),
            record.silent_maximum_formula.into(),
            shown_multiplier(record).into(),
            record.synchrony_multiplier_formula.into(),
        ];
        let fates = told
            .iter()
            .map(|part| fate(&part.atlas.patterns[index]).into());
        table.push(start.into_iter().chain(periods).chain(forms).chain(fates));
    }
    table
}

fn by_k(explored: &[Explored]) -> Table {
    let mut table = Table::new([
        "k",
        "engine",
        "patterns",
        "memories",
        "shortest period",
        "longest",
        "closed form",
    ]);
    let largest = explored[0]
        .atlas
        .patterns
        .iter()
        .map(|record| record.k)
        .max()
        .unwrap_or(0);
    for k in 1..=largest {
        for part in explored {
            let of_k = || {
                part.atlas
                    .patterns
                    .iter()
                    .filter(move |record| record.k == k)
            };
            let recalled = || of_k().filter(|record| record.recalled);
            let periods = || recalled().filter_map(|record| record.period);
            table.push([
                k.into(),
                part.column.as_str().into(),
                of_k().count().into(),
                recalled().count().into(),
                periods().reduce(f64::min).into(),
                periods().reduce(f64::max).into(),
                of_k().find_map(|record| record.period_formula).into(),
            ]);
        }
    }
    table
}

/// Every record as a row of `patterns.csv`.
fn listing(records: &[&PatternRecord]) -> Table {
    let mut table = Table::new([
        "pattern",
        "k",
        "engine",
        "verdict",
        "settles_in",
        "recalled",
        "period",
        "period_error",
        "period_formula",
        "silent_maximum",
        "silent_maximum_formula",
        "synchrony_multiplier",
        "synchrony_multiplier_formula",
        "spread",
        "residual",
        "time",
        "stability",
        "leading_multiplier",
        "failure",
    ]);
    for record in records {
        table.push([
            record.pattern.as_str().into(),
            record.k.into(),
            record.engine.as_str().into(),
            record.verdict.as_str().into(),
            record.settles_in.clone().into(),
            record.recalled.into(),
            record.period.into(),
            record.period_error.into(),
            record.period_formula.into(),
            record.silent_maximum.into(),
            record.silent_maximum_formula.into(),
            record.synchrony_multiplier.into(),
            record.synchrony_multiplier_formula.into(),
            record.spread.into(),
            record.residual.into(),
            record.time.into(),
            record.stability.clone().into(),
            record.leading_multiplier.into(),
            record.failure.clone().into(),
        ]);
    }
    table
}

fn figures(explored: &[Explored], subtitle: &str) -> Vec<Drawing> {
    let first = &explored[0].atlas.patterns;
    let verdict = |index: usize| {
        let mut records = explored.iter().map(|part| &part.atlas.patterns[index]);
        let unstable = |record: &PatternRecord| record.stability.as_deref() == Some("unstable");
        if records.clone().all(|record| record.recalled) {
            Verdict::Stable
        } else if records.any(unstable) {
            Verdict::Unstable
        } else {
            Verdict::NotFound
        }
    };
    let found = (0..first.len())
        .filter(|index| verdict(*index) == Verdict::Stable)
        .count();
    let title = format!("{found} of {} patterns are memories", first.len());
    let mut figures = Vec::new();
    if first.len() <= LISTED {
        let row = |index: usize| AtlasRow {
            pattern: first[index].pattern.chars().map(|bit| bit == '1').collect(),
            periods: explored
                .iter()
                .map(|part| part.atlas.patterns[index].period)
                .collect(),
            closed_form: first[index].period_formula,
            silent_maximum: first[index].silent_maximum,
            multiplier: shown_multiplier(&first[index]),
            verdict: verdict(index),
        };
        let mut rows: Vec<AtlasRow> = (0..first.len()).map(row).collect();
        rows.sort_by_key(|row| row.pattern.iter().filter(|active| **active).count());
        let period_columns = explored.iter().map(|part| part.column.clone()).collect();
        let table = AtlasTable {
            title,
            subtitle: subtitle.to_owned(),
            period_columns,
            rows,
        };
        figures.push(drawing("atlas", table));
    } else {
        let cell = |index: usize| AtlasCell {
            k: first[index].k,
            period: first[index].period,
            verdict: verdict(index),
        };
        let cells = (0..first.len()).map(cell).collect();
        figures.push(drawing(
            "atlas",
            AtlasOverview {
                title,
                subtitle: subtitle.to_owned(),
                cells,
            },
        ));
    }
    let periods = period_by_k(explored, subtitle);
    if periods
        .measured
        .iter()
        .any(|measured| !measured.points.is_empty())
    {
        figures.push(drawing("period-by-k", periods));
    }
    figures
}

fn period_by_k(explored: &[Explored], subtitle: &str) -> PeriodByK {
    let mut closed_form: Vec<(usize, f64)> = explored[0]
        .atlas
        .patterns
        .iter()
        .filter_map(|record| Some((record.k, record.period_formula?)))
        .collect();
    closed_form.sort_by_key(|(k, _)| *k);
    closed_form.dedup();
    let measured = explored
        .iter()
        .map(|part| {
            let recalled = part.atlas.patterns.iter().filter(|record| record.recalled);
            let points = recalled
                .filter_map(|record| Some((record.k, record.period?)))
                .collect();
            MeasuredPeriods {
                label: part.column.clone(),
                points,
            }
        })
        .collect();
    PeriodByK {
        title: "Period of the dominance cycles".into(),
        subtitle: subtitle.to_owned(),
        closed_form,
        measured,
    }
}
