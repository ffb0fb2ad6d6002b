//! Kind `atlas`: every binary pattern of an impulse network, and which of them are memories.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::atlas_columns::{Columns, SizeFormula};
use super::experiment::{Impulse, Settings};
use super::{atlas_figures, atlas_tables};
use crate::analysis::{AtlasSettings, Explorer, LARGEST_ATLAS, PatternRecord, Settling};
use crate::experiment::course::Course;
use crate::experiment::ensemble::each;
use crate::experiment::settings::{Mistakes, require};
use crate::experiment::{Block, Cell, Drawing, Header, Progress, RunError, Study, Table};
use crate::networks::{ImpulseNetwork, ImpulseParameters, Pattern};
use crate::solver::Statistics;

/// Patterns that are followed before what is known is kept for a resumed run: a fraction of a second of work, and what
/// several ranks share out.
const PART: u32 = 256;

/// Most records in `report.json`; beyond, it would be of megabytes, and the arrays say the same.
const REPORTED: usize = 4096;

/// Shortest period that decides how much of the drawn trajectory is shown: that of a free neuron.
const FREE: f64 = 4.0;

/// Periods that are drawn.
const PERIODS: f64 = 4.0;

/// Every pattern of a network.
pub struct Atlas {
    impulse: Impulse,
    /// The pattern whose trajectory is drawn.
    drawn: Pattern,
    /// The relay limit, where it is followed beside a finite lambda.
    relay: Option<ImpulseNetwork>,
}

/// A table for what [`lookup`] finds.
pub fn lookup_table() -> Table {
    atlas_tables::table()
}

/// What is known of the pattern with a number, one row for each network.
pub fn lookup(findings: &Findings, number: usize) -> impl Iterator<Item = Vec<Cell>> {
    (0..findings.networks.len()).map(move |place| atlas_tables::row(findings, place, number))
}

/// What is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// Number of neurons.
    pub neurons: usize,
    /// What defines the network.
    pub parameters: ImpulseParameters,
    /// When a pattern counts as a memory.
    pub criterion: String,
    /// Number of memories by each engine.
    pub memories: BTreeMap<String, usize>,
    /// Each network with all its patterns: the relay limit first.
    pub networks: Vec<Columns>,
    /// The closed form by size, where there is one.
    pub formulas: Vec<SizeFormula>,
    /// All that is known of every pattern, unless they are too many to be listed one by one.
    pub patterns: Vec<PatternRecord>,
    /// The trajectory of one pattern.
    pub course: Course,
    /// Its cost.
    pub statistics: Statistics,
}

impl Atlas {
    /// The networks to explore, each with its name in tables: the relay limit first.
    fn networks(&self) -> Vec<(String, &ImpulseNetwork, Settling)> {
        let all = self.relay.iter().chain([&self.impulse.network]);
        let named = all.map(|network| {
            let name = if network.is_relay() {
                "relay".into()
            } else {
                format!("λ = {}", network.parameters().lambda)
            };
            (name, network, self.impulse.settling(network))
        });
        named.collect()
    }

    /// Follows all patterns of a network, part by part.
    fn explore(
        &self,
        network: &ImpulseNetwork,
        settling: Settling,
        progress: &dyn Progress,
    ) -> Result<Vec<PatternRecord>, RunError> {
        let Settings {
            atlas,
            history,
            solver,
            ..
        } = &self.impulse.settings;
        let settings = AtlasSettings {
            certify: atlas.certify,
            prove: atlas.proves(),
            trap: atlas.trap,
            cue: history.cue(),
            settling,
            options: solver.options(),
            seed: self.impulse.seed,
        };
        let explorer = Explorer::new(network, settings).map_err(RunError::numerical)?;
        let engine = if network.is_relay() { "relay" } else { "own" };
        let codes = explorer.codes();
        let starts: Vec<u32> = codes.clone().step_by(PART as usize).collect();
        let end = |start: u32| codes.end.min(start + PART);
        let name = |start: &u32| format!("patterns-{engine}-{start}-{}", end(*start));
        let names: Vec<String> = starts.iter().map(name).collect();
        // nothing is done before a part is, but whoever wants the run to stop is heard before every pattern
        let heard = || progress.advance(0);
        let follow = |part: usize| Ok(explorer.follow(starts[part]..end(starts[part]), &heard));
        let parts = each(
            progress,
            &names,
            follow,
            |_, records: &Vec<PatternRecord>| {
                progress.advance(records.len() as u64);
                Ok(())
            },
        )?;
        Ok(parts.into_iter().flatten().collect())
    }

    /// In words, when a pattern counts as a memory.
    fn criterion(&self) -> String {
        let Settings {
            atlas, analysis, ..
        } = &self.impulse.settings;
        let limits = self.relay.is_none() && self.impulse.network.is_relay();
        if atlas.certify || atlas.proves() && limits {
            return "a dominance cycle of the pattern, closed by Newton's method, all of whose Floquet \
                    multipliers but the trivial one lie inside the unit circle"
                .into();
        }
        let synchrony = analysis.synchrony.map_or(1e-4, |value| *value);
        let attracts = if self.impulse.network.is_exchangeable() {
            "their measured differences shrink from period to period"
        } else if self.impulse.network.is_relay() {
            "all Floquet multipliers but the trivial one lie inside the unit circle"
        } else if self.relay.is_none() {
            "a second cue, with other noise, ends on the same cycle"
        } else {
            "a second cue, with other noise, ends on the same cycle (in the relay limit: all Floquet \
             multipliers but the trivial one lie inside the unit circle)"
        };
        format!(
            "the neurons of the pattern fire once a period within {synchrony}, all others are silent, \
             and {attracts}"
        )
    }
}

impl Study for Atlas {
    const NAME: &'static str = "atlas";
    const SUMMARY: &'static str =
        "every binary pattern of a network of impulse neurons: which are memories";
    type Settings = Settings;
    type Findings = Findings;

    fn new(settings: Settings, header: &Header) -> Result<Self, Mistakes> {
        let neurons = settings.network.neurons;
        require(
            &neurons,
            *neurons <= LARGEST_ATLAS,
            format!("an atlas of {neurons} neurons would have 2^{neurons} - 1 patterns"),
            "too many neurons",
            format!("choose `neurons` <= {LARGEST_ATLAS}, or `experiment = \"dominance\"`"),
        )?;
        let impulse = Impulse::new(settings, header)?;
        let first_two = || (0..*neurons).map(|neuron| neuron < 2).collect();
        let drawn = impulse.settings.history.pattern(*neurons)?;
        let limit = impulse.relay_limit();
        let relay = limit.filter(|_| impulse.settings.atlas.relay);
        require(
            &neurons,
            !impulse.settings.atlas.proves() || impulse.network.is_relay() || relay.is_some(),
            "`atlas.prove` needs a relay limit: of a finite lambda nothing is proved",
            "neurons of a finite lambda, whose relay limit is not followed",
            "set `lambda = \"infinity\"`, or `atlas.relay = true` without electrical coupling",
        )?;
        Ok(Self {
            relay,
            drawn: drawn.unwrap_or_else(first_two),
            impulse,
        })
    }

    fn settings(&self) -> &Settings {
        &self.impulse.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let mut plan = self.impulse.plan();
        let patterns = (1u64 << self.impulse.network.neurons()) - 1;
        let names: Vec<String> = self.networks().into_iter().map(|(name, ..)| name).collect();
        let each = format!("{patterns}, each with {}", names.join(" and "));
        plan.push(("patterns".into(), each));
        plan.push(("a memory is".into(), self.criterion()));
        plan.push(("drawn pattern".into(), self.drawn.to_string()));
        plan
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        let Impulse {
            network,
            settings,
            seed,
        } = &self.impulse;
        let neurons = network.neurons();
        let mut patterns = Vec::new();
        let mut networks = Vec::new();
        for (name, network, settling) in self.networks() {
            progress.begin(&format!("patterns, {name}"), (1 << neurons) - 1);
            let records = self.explore(network, settling, progress)?;
            networks.push(Columns::of(&name, &records));
            patterns.extend(records);
        }
        let of_size = |k: usize| {
            let record = patterns.iter().find(|record| record.k == k)?;
            Some(SizeFormula {
                k,
                period: record.period_formula,
                silent_maximum: record.silent_maximum_formula,
                synchrony_multiplier: record.synchrony_multiplier_formula,
            })
        };
        let formulas = (1..=neurons).filter_map(of_size).collect();

        let drawn = patterns
            .iter()
            .filter(|record| record.pattern == self.drawn);
        let period = drawn
            .filter_map(|record| record.period)
            .fold(FREE, f64::max);
        let end = settings.output.t_end.map_or(PERIODS * period, |end| *end);
        let cue = settings.history.cue();
        let code = self.drawn.code().unwrap_or(0);
        let state = cue.state(&self.drawn, &network.parameters().c, *seed, code);
        let mut engine = network.engine(&state, settings.solver.options())?;
        let samples = *settings.output.samples;
        let course = Course::record(engine.as_mut(), end, samples, self.drawn.clone())?;

        if patterns.len() > REPORTED {
            patterns.clear();
        }
        let memories = networks
            .iter()
            .map(|found| (found.engine.clone(), found.memories));
        Ok(Findings {
            neurons,
            parameters: network.parameters().clone(),
            criterion: self.criterion(),
            memories: memories.collect(),
            networks,
            formulas,
            patterns,
            course,
            statistics: engine.statistics(),
        })
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        let mut tables = vec![("patterns".into(), atlas_tables::listing(findings))];
        tables.extend(findings.course.tables());
        tables
    }

    fn summary(_: &Settings, findings: &Findings) -> Vec<Block> {
        atlas_tables::summary(findings)
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        let subtitle = settings.network.describe(&[]);
        let drawn = &findings.course.active;
        let title = format!("The memory {drawn} of {} impulse neurons", findings.neurons);
        let course = findings.course.figures(&title, &subtitle);
        let overview = atlas_figures::figures(findings, &subtitle);
        // Of many patterns, the whole says more than the one that is drawn.
        if findings.networks[0].fate.values.len() > atlas_tables::LISTED + 1 {
            overview.into_iter().chain(course).collect()
        } else {
            course.into_iter().chain(overview).collect()
        }
    }
}
