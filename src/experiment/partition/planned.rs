//! What the formulas say of a plan: bytes, memory and times.

use super::findings::{Findings, LayerFinding, Tiled, TimeFinding};
use super::study::PartitionStudy;
use crate::partition::{
    Chain, CostOptions, Costs, Links, PartitionError, Plan, PlanOptions, Ranks, Topology,
    breakpoints, front, least_breakpoint, letters,
};

/// Bytes of an element that is sent: single precision, as the source counts.
pub(super) const BYTES: usize = 4;

/// Megabits a second of the links of the source's cluster.
const LINKS: [f64; 3] = [10.0, 100.0, 1000.0];

/// Most ranks of which times are told one by one.
const MOST_TIMES: usize = 32;

/// The plan of least communication: that of the formulas, if its slices are whole channels, else the best of slices.
pub(super) fn least(
    chain: &Chain,
    ranks: &Ranks,
    options: PlanOptions,
) -> Result<Plan, PartitionError> {
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
        let fits = |plan: &Plan| {
            options
                .bytes
                .is_none_or(|bytes| plan.check_memory(bytes).is_ok())
        };
        if plan.as_ref().is_ok_and(fits) {
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

    /// Bytes of a number in the memory of a rank: those of the run.
    pub(super) fn bytes(&self) -> usize {
        self.settings.run.numbers.bytes()
    }

    /// What the formulas say of the plan.
    pub(super) fn planned(&self) -> Result<Findings, PartitionError> {
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
            memory_bytes_of_ranks: memory(&self.plan, self.bytes()),
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
                let fits = |plan: &Plan| plan.check_memory(self.bytes()).is_ok();
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
}

/// Bytes of every rank.
pub(super) fn memory(plan: &Plan, bytes: usize) -> Vec<f64> {
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
