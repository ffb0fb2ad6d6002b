//! Kind `partition`: one network on several ranks, planned and run.

use super::settings::{Numbers, refused};
use super::{figures, tables};
use crate::experiment::settings::{Mistakes, Placed};
use crate::experiment::{Block, Drawing, Header, Progress, RunError, Study, Table, part};
use crate::partition::run::{Number, Weights, forward, infer};
use crate::partition::{
    Chain, CostOptions, Costs, Links, PartitionError, Plan, PlanOptions, Ranks, Topology,
    breakpoints, front, least_breakpoint, letters,
};

pub use super::findings::{Findings, LayerFinding, RunFinding, Tiled, TimeFinding};
pub use super::settings::Settings;

/// A chain and the ranks that share it.
pub struct PartitionStudy {
    settings: Settings,
    plan: Plan,
    /// The same with tiles.
    tiled: Option<Plan>,
    /// What is run: the plan, and that with tiles, of the chain at the size of the run.
    runs: Vec<Plan>,
    seed: u64,
}

/// Bytes of an element of a plan: single precision, as the source counts.
pub(super) const BYTES: usize = 4;

/// Megabits a second of the links of the source's cluster.
const LINKS: [f64; 3] = [10.0, 100.0, 1000.0];

/// Most ranks of which times are told one by one.
const MOST_TIMES: usize = 32;

/// Numbers of an output that a report holds.
const SHOWN: usize = 10;

/// The plan of least communication: that of the formulas, if its slices are whole channels, else the best of slices.
fn least(chain: &Chain, ranks: &Ranks, options: PlanOptions) -> Result<Plan, PartitionError> {
    let fractional = Costs::divided(
        &chain.sizes(),
        ranks.count(),
        CostOptions {
            topology: options.topology,
            ..CostOptions::default()
        },
    );
    let equal = ranks
        .shares()
        .iter()
        .all(|share| *share == ranks.shares()[0]);
    if let (true, Some(cheapest), None) = (equal, fractional.cheapest(), options.tiling) {
        let plan = Plan::with_cuts(chain.clone(), ranks.clone(), cheapest.cuts, options);
        if plan.is_ok() {
            return plan;
        }
    }
    Plan::cheapest(chain.clone(), ranks.clone(), options)
}

impl PartitionStudy {
    fn options(&self) -> PlanOptions {
        PlanOptions {
            topology: self.plan.topology(),
            ..PlanOptions::default()
        }
    }

    /// What the formulas say of the plan.
    fn planned(&self) -> Result<Findings, PartitionError> {
        let (chain, ranks) = (self.plan.chain(), self.plan.ranks());
        let sizes = chain.sizes();
        let count = ranks.count();
        let cost_options = CostOptions {
            topology: self.plan.topology(),
            ..CostOptions::default()
        };
        let equal = ranks
            .shares()
            .iter()
            .all(|share| *share == ranks.shares()[0]);
        let costs = if equal {
            Costs::divided(&sizes, count, cost_options)
        } else {
            Costs::sliced(chain, ranks, cost_options)?
        };
        let elements = |units: i128| costs.elements(units);
        let each = costs.each(self.plan.cuts()).unwrap_or_default();
        let layers = each.iter().enumerate().map(|(layer, units)| LayerFinding {
            name: chain.name(layer),
            kind: self.plan.cuts()[layer].letter().to_string(),
            cost: costs.elements(*units),
            bytes: BYTES as f64 * costs.elements(*units),
            weights: sizes[layer].weights,
        });
        let held = breakpoints(&sizes, count);
        let breakpoint = least_breakpoint(&held);
        let bytes = |units: u128, ranks: usize| BYTES as f64 * units as f64 / ranks as f64;
        let training = Costs::divided(
            &sizes,
            count,
            CostOptions {
                training: true,
                ..cost_options
            },
        );
        let trained = training.cheapest();
        let grid = self.tiled.as_ref().and_then(Plan::tiling);
        let grid = grid.map(|tiling| (tiling.rows, tiling.columns));
        Ok(Findings {
            ranks: count,
            plan: self.plan.letters(),
            communication: elements(each.iter().sum()),
            communication_all_lop: costs.all_outputs_without_reuse().map(elements),
            communication_all_lop_reuse: costs.all_outputs().map(elements),
            communication_of_slices: self.plan.communication(),
            memory_bytes: bytes(held[breakpoint], count),
            breakpoint,
            memory_bytes_alone: bytes(breakpoints(&sizes, 1)[0], 1),
            memory_bytes_of_ranks: memory(&self.plan, BYTES),
            layers: layers.collect(),
            training: trained.map(|best| (letters(&best.cuts), training.elements(best.units))),
            tiled: self
                .tiled
                .as_ref()
                .map(|plan| tiled(plan, &held))
                .transpose()?,
            times: self.times(),
            // Long fronts are no reason to go without the rest.
            front: front(chain, count, grid).unwrap_or_default(),
            run: None,
            run_tiled: None,
        })
    }

    /// Predicted times for 1 to all ranks, behind the links of the source and those of the model.
    fn times(&self) -> Vec<TimeFinding> {
        let cluster = &self.settings.cluster;
        let mut rates = LINKS.to_vec();
        if !rates.contains(&cluster.link_mbit_s) {
            rates.push(*cluster.link_mbit_s);
        }
        let (chain, all) = (self.plan.chain(), self.plan.ranks());
        let mut times = Vec::new();
        for mbit_s in rates {
            let links = Links {
                bandwidth: 1e6 / 8.0 * mbit_s,
                latency: *cluster.latency_s,
                bytes: BYTES,
            };
            let alone = least(chain, &all.first(1), self.options());
            let Ok(alone) = alone.map(|plan| links.predict(&plan).seconds()) else {
                continue;
            };
            for count in 1..=all.count().min(MOST_TIMES) {
                let ranks = all.first(count);
                let Ok(plan) = least(chain, &ranks, self.options()) else {
                    continue;
                };
                let predicted = links.predict(&plan);
                let seconds = predicted.seconds();
                let fastest = links.fastest(chain.clone(), ranks);
                let fits = |plan: &Plan| plan.check_memory(BYTES).is_ok();
                let fastest = fastest.ok().filter(fits).map(|fastest| {
                    let faster = alone / links.predict(&fastest).seconds();
                    (fastest.letters(), faster)
                });
                times.push(TimeFinding {
                    mbit_s,
                    bound: predicted.bound(),
                    speed_up: alone / seconds,
                    over_outputs: over_outputs(&plan, &links),
                    fastest,
                    plan: predicted,
                });
            }
        }
        times
    }

    /// Runs a plan beside the single run.
    fn run<T: Number>(&self, plan: &Plan, name: &str) -> Result<RunFinding, RunError> {
        let weights = Weights::<T>::random(plan.chain(), self.seed);
        // Any input will do that differs everywhere.
        let numbers = (0..plan.chain().input().numbers()).map(|index| {
            let phase = (index % 10_007) as f64 / 10_007.0;
            T::from_double(4.0 * phase * (1.0 - phase) - 0.5)
        });
        let input: Vec<T> = numbers.collect();
        let single = forward(plan.chain(), &weights, &input).map_err(RunError::numerical)?;
        let found = infer(plan, &weights, &input).map_err(RunError::numerical)?;
        let largest = |numbers: &mut dyn Iterator<Item = f64>| {
            numbers.fold(0.0, |most: f64, number| most.max(number.abs()))
        };
        let off = single.iter().zip(&found.output);
        let off = largest(&mut off.map(|(a, b)| a.to_double() - b.to_double()));
        let size = largest(&mut single.iter().map(|y| y.to_double()));
        let bytes = T::BYTES as u64;
        Ok(RunFinding {
            numbers: name.into(),
            plan: plan.letters(),
            difference: if off == 0.0 { 0.0 } else { off / size },
            sent: found.sent,
            planned: plan.elements().iter().map(|e| bytes * e).collect(),
            planned_memory: memory(plan, T::BYTES),
            held: found
                .most_held
                .iter()
                .map(|held| (held * T::BYTES) as f64)
                .collect(),
            output: found
                .output
                .iter()
                .take(SHOWN)
                .map(|y| y.to_double())
                .collect(),
        })
    }
}

/// Bytes of every rank.
fn memory(plan: &Plan, bytes: usize) -> Vec<f64> {
    let ranks = 0..plan.ranks().count();
    ranks
        .map(|rank| (plan.memory(rank).elements() * bytes as u64) as f64)
        .collect()
}

/// How much faster a plan is than all layers cut by outputs, with reuse and without.
fn over_outputs(plan: &Plan, links: &Links) -> Option<(f64, f64)> {
    let costs = Costs::published(&plan.chain().sizes(), plan.ranks().count());
    let options = PlanOptions {
        topology: plan.topology(),
        ..PlanOptions::default()
    };
    let cuts = costs.outputs_everywhere();
    let outputs =
        Plan::with_cuts(plan.chain().clone(), plan.ranks().clone(), cuts, options).ok()?;
    let seconds = links.predict(plan).seconds();
    let reuse = links.predict(&outputs);
    // Without reuse the same work, and more elements.
    let more = costs.elements(costs.all_outputs_without_reuse()? - costs.all_outputs()?);
    let without = match plan.topology() {
        Topology::Root => reuse.seconds() + more * links.bytes as f64 / links.bandwidth,
        Topology::Ring => reuse.seconds(),
    };
    Some((reuse.seconds() / seconds, without / seconds))
}

/// What tiles before the slices give.
fn tiled(plan: &Plan, held: &[u128]) -> Result<Tiled, PartitionError> {
    let Some(tiling) = plan.tiling() else {
        return Err(PartitionError::Length {
            found: 0,
            layers: plan.cuts().len(),
        });
    };
    let ranks = plan.ranks().count();
    let behind = Costs::published(&plan.chain().sizes(), ranks).from(tiling.breakpoint);
    let elements = |units: Option<i128>| units.map_or(0.0, |units| behind.elements(units));
    let best = elements(behind.cheapest().map(|cheapest| cheapest.units));
    let outputs = elements(behind.all_outputs());
    let tiles = tiling.elements(plan.chain())?;
    let both = (tiles.0 + tiles.1) as f64;
    Ok(Tiled {
        breakpoint: tiling.breakpoint,
        tiles,
        behind: (best, outputs),
        saved: 1.0 - (best + both) / (outputs + both),
        plan: plan.letters(),
        communication_of_slices: plan.communication(),
        memory_bytes: BYTES as f64 * held[tiling.breakpoint] as f64 / ranks as f64,
    })
}

impl Study for PartitionStudy {
    const NAME: &'static str = "partition";
    const SUMMARY: &'static str = "one network on several ranks: slices of weights and tiles, their messages, memory and time, and the run";
    type Settings = Settings;
    type Findings = Findings;

    fn new(settings: Settings, header: &Header) -> Result<Self, Mistakes> {
        let mut mistakes = Mistakes::default();
        let chain = mistakes.note(settings.chain());
        let ranks = mistakes.note(settings.ranks());
        let (Some(chain), Some(ranks)) = (chain, ranks) else {
            return Err(mistakes);
        };
        mistakes.end()?;
        let cluster = &settings.cluster;
        let place = cluster.ranks.place();
        let options = PlanOptions {
            topology: *cluster.topology,
            ..PlanOptions::default()
        };
        let with_tiles = settings.tiling().map(|tiling| PlanOptions {
            tiling: Some(tiling),
            ..options
        });
        let tile_place = settings
            .tiles
            .as_ref()
            .map(|tiles| tiles.breakpoint.place());
        let tile_place = tile_place.unwrap_or(place);
        let at_ranks = |error| refused(&error, place, "these ranks");
        let at_tiles = |error| refused(&error, tile_place, "these tiles");
        let plans = |chain: &Chain| -> Result<(Plan, Option<Plan>), Mistakes> {
            let plan = least(chain, &ranks, options).map_err(at_ranks)?;
            let tiled = with_tiles.map(|options| least(chain, &ranks, options));
            Ok((plan, tiled.transpose().map_err(at_tiles)?))
        };
        let (plan, tiled) = plans(&chain)?;
        let memory = cluster.memory_bytes.as_ref().map_or(place, Placed::place);
        let fits = plan.check_memory(BYTES);
        fits.map_err(|error| refused(&error, memory, "the memory of the ranks"))?;
        let mut runs = Vec::new();
        if settings.run.execute {
            let chain = match settings.network.name {
                Some(name) if *settings.run.divisor > 1 => {
                    let scaled = name.scaled(*settings.run.divisor);
                    let place = settings.run.divisor.place();
                    scaled.map_err(|error| refused(&error, place, "this divisor"))?
                }
                _ => chain,
            };
            settings.require_memory(&chain)?;
            let (plan, tiled) = plans(&chain)?;
            runs.push(plan);
            runs.extend(tiled);
        }
        Ok(Self {
            settings,
            plan,
            tiled,
            runs,
            seed: header.seed,
        })
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let cluster = &self.settings.cluster;
        let sizes = self.plan.chain().sizes();
        let weights: u64 = sizes.iter().map(|size| size.weights).sum();
        let runs: Vec<String> = self.runs.iter().map(Plan::letters).collect();
        vec![
            (
                "network".into(),
                format!("{} layers, {weights} weights", sizes.len()),
            ),
            (
                "ranks".into(),
                format!(
                    "{}, {} Mbit/s, {} s a message",
                    cluster.ranks, cluster.link_mbit_s, cluster.latency_s
                ),
            ),
            ("plan".into(), self.plan.letters()),
            (
                "run in threads".into(),
                if runs.is_empty() {
                    "nothing".into()
                } else {
                    runs.join(", ")
                },
            ),
        ]
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        progress.begin("plans and runs", 1 + self.runs.len() as u64);
        let mut findings = self.planned().map_err(RunError::numerical)?;
        progress.advance(1);
        for (index, plan) in self.runs.iter().enumerate() {
            let run = part(progress, &format!("run-{index}"), || {
                match *self.settings.run.numbers {
                    Numbers::F32 => self.run::<f32>(plan, "f32"),
                    Numbers::F64 => self.run::<f64>(plan, "f64"),
                }
            })?;
            progress.advance(1);
            match index {
                0 => findings.run = Some(run),
                _ => findings.run_tiled = Some(run),
            }
        }
        Ok(findings)
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        tables::all(findings)
    }

    fn summary(settings: &Settings, findings: &Findings) -> Vec<Block> {
        tables::summary(settings, findings)
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        figures::all(settings, findings)
    }
}
