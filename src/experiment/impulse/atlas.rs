//! Kind `atlas`: every binary pattern of an impulse network, and which of them are memories.

use serde_json::{Value, json};

use super::Impulse;
use super::atlas_figures::figures;
use super::atlas_tables::{by_code, listing, summary};
use super::dominance::describe;
use crate::analysis::{Atlas, AtlasSettings, Explorer, LARGEST_ATLAS, PatternRecord, Settling};
use crate::experiment::array::named;
use crate::experiment::course::Course;
use crate::experiment::rules::require;
use crate::experiment::{
    Diagnostic, Experiment, Kind, ModelFile, Outcome, Progress, RunError, part,
};
use crate::networks::{ImpulseNetwork, Pattern};

pub(in crate::experiment) const KIND: Kind = Kind {
    name: "atlas",
    summary: "every binary pattern of a network of impulse neurons: which are memories",
    read: |model| Ok(read(model)?),
    show: None,
};

/// Patterns that are followed before what is known is kept for a resumed run.
const PART: usize = 4096;

/// Most records in `report.json`; beyond, they are in `patterns.csv` and the arrays alone.
const REPORTED: usize = 2 << 16;

/// Most patterns that are listed one by one on a terminal and in a figure.
pub(super) const LISTED: usize = 63;

struct AtlasRun {
    impulse: Impulse,
    /// The pattern whose trajectory is drawn.
    drawn: Pattern,
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
pub(super) struct Explored {
    /// Its name in tables.
    pub column: String,
    pub atlas: Atlas,
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
        plan.push(("drawn pattern".into(), self.drawn.to_string()));
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
            arrays: named(explored.iter().flat_map(by_code).collect()),
            ..Outcome::default()
        };
        outcome.report["parameters"]["lambda"] = json!(settings.network.lambda);

        let longest = all.iter().filter(|record| record.pattern == self.drawn);
        let period = longest
            .filter_map(|record| record.period)
            .fold(4.0, f64::max);
        let end = settings
            .output
            .t_end
            .as_ref()
            .map_or(4.0 * period, |end| *end.get_ref());
        // An atlas has fewer than 64 neurons; the cue is that of the atlas.
        let code = self.drawn.code().unwrap_or_default();
        let state = cue.state(&self.drawn, &network.parameters().c, *seed, code);
        let mut engine = network.engine(&state, *options)?;
        let samples = *settings.output.samples.get_ref();
        let course = Course::record(engine.as_mut(), end, samples, self.drawn.clone())?;
        outcome.statistics = json!({ "drawn_pattern": engine.statistics() });
        let title = format!(
            "The memory {} of {} impulse neurons",
            self.drawn,
            network.neurons()
        );
        course.add_to(&mut outcome, &title, &describe(network));
        let overview = figures(&explored, &describe(network));
        // of many patterns, the whole says more than the one that is drawn
        let many = explored[0].atlas.patterns.len() > LISTED;
        let place = if many { 0 } else { outcome.figures.len() };
        outcome.figures.splice(place..place, overview);
        Ok(outcome)
    }
}
