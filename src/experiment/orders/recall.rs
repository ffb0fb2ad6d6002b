//! Kind `order-recall`: which order comes of starts that are not quite right.

use serde::{Deserialize, Serialize};

use super::recall_figures;
use super::start::StartSettings;
use crate::analysis::{
    OrderCorruption, OrderCues, OrderExplorer, OrderRecall, Settling, Staggered,
};
use crate::experiment::ensemble::in_turn;
use crate::experiment::impulse::network::{CouplingSettings, NetworkSettings, Topology};
use crate::experiment::sections::{SettlingSettings, SolverSettings};
use crate::experiment::settings::{
    Choice, Count, Mistakes, NonEmpty, NonNegative, require, settings,
};
use crate::experiment::{Block, Cell, Drawing, Header, Progress, RunError, Study, Table};
use crate::networks::{CyclicOrder, ImpulseNetwork};

/// Returns before the order that is looked at first is certified.
const RETURNS: usize = 60;

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// The neurons and their synapses.
        pub network: NetworkSettings,
        /// Who hears whom.
        pub coupling: CouplingSettings,
        /// How an order begins, before it is spoilt.
        pub start: StartSettings,
        /// How orders are spoilt.
        pub recall: RecallSettings,
        /// How a network of finite lambda is integrated.
        pub solver: SolverSettings,
        /// When it has settled.
        pub analysis: SettlingSettings,
    }

    /// Section `[recall]`.
    pub struct RecallSettings {
        /// How: `jitter` of phases, `missing` neurons, `swapped` pairs, and a `displaced` state (relay limit); the first three
        /// by default.
        pub corruptions: NonEmpty<Choice<OrderCorruption>> = STARTS.map(Choice::from),
        /// Standard deviations of the jitter, in distances between neighbours.
        pub jitter: NonEmpty<NonNegative> = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0].map(NonNegative::from),
        /// Distances by which a state is displaced, in a random direction.
        pub distance: NonEmpty<NonNegative> = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0].map(NonNegative::from),
        /// Most neurons that are missing, and most pairs that change places.
        pub most: Count = 3,
        /// Starts for each degree.
        pub trials: Count = 400,
    }
}

/// The ways to spoil the start of an order.
const STARTS: [OrderCorruption; 3] = [
    OrderCorruption::Jitter,
    OrderCorruption::Missing,
    OrderCorruption::Swapped,
];

/// A network and what its orders are shown.
pub struct OrdersRecalled {
    settings: Settings,
    network: ImpulseNetwork,
    start: Staggered,
    settling: Settling,
    seed: u64,
}

/// What is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// Number of neurons.
    pub neurons: usize,
    /// Number of orders.
    pub orders: u64,
    /// Modulus of the leading multiplier of the order of the numbers, where that is a memory.
    pub leading_multiplier: Option<f64>,
    /// Recall by way of spoiling.
    pub curves: Vec<Curve>,
}

/// Recall from starts spoilt in one way.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Curve {
    /// The way.
    pub corruption: OrderCorruption,
    /// By degree.
    pub points: Vec<OrderRecall>,
}

impl OrdersRecalled {
    /// The degrees to which orders are spoilt in one way.
    fn strengths(&self, corruption: OrderCorruption) -> Vec<f64> {
        let recall = &self.settings.recall;
        match corruption {
            OrderCorruption::Jitter => recall.jitter.iter().map(|value| **value).collect(),
            OrderCorruption::Displaced => recall.distance.iter().map(|value| **value).collect(),
            _ => (0..=*recall.most).map(|count| count as f64).collect(),
        }
    }
}

impl Study for OrdersRecalled {
    const NAME: &'static str = "order-recall";
    const SUMMARY: &'static str = "orders of an impulse network recalled from starts with wrong phases, missing or swapped neurons";
    type Settings = Settings;
    type Findings = Findings;

    fn new(settings: Settings, header: &Header) -> Result<Self, Mistakes> {
        let neurons = &settings.network.neurons;
        require(
            neurons,
            (3..=20).contains(&**neurons),
            format!("{neurons} neurons"),
            "from 3 to 20 neurons",
            "two neurons have one order, and the orders of more than 20 cannot be numbered",
        )?;
        require(
            &settings.recall.most,
            *settings.recall.most <= **neurons,
            format!(
                "{} of {neurons} neurons cannot be missing",
                settings.recall.most
            ),
            "more than there are",
            format!("choose `most` up to {neurons}"),
        )?;
        require(
            &settings.coupling.topology,
            *settings.coupling.topology != Topology::Ring,
            "random orders are started, and a ring holds only those of equal steps",
            "a ring",
            "leave `topology` out; for the orders of a ring see the kind `orders`",
        )?;
        for way in settings.recall.corruptions.iter() {
            require(
                way,
                **way != OrderCorruption::Displaced || settings.network.lambda.is_relay(),
                "a state is displaced in the relay limit, whose engine can jump",
                "not at a finite lambda",
                "set `lambda = \"infinity\"`, or leave `displaced` out",
            )?;
        }
        let network = settings.network.network(&settings.coupling, header.seed)?;
        let tolerance = *settings.solver.tolerance;
        Ok(Self {
            start: settings.start.staggered(&network, None)?,
            settling: settings
                .analysis
                .settling(network.is_relay(), tolerance, 1e-4),
            network,
            seed: header.seed,
            settings,
        })
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let recall = &self.settings.recall;
        let ways = recall.corruptions.iter().map(|way| way.label());
        vec![
            ("neurons".into(), self.network.neurons().to_string()),
            ("spoilt by".into(), ways.collect::<Vec<_>>().join("; ")),
            ("starts for each degree".into(), recall.trials.to_string()),
        ]
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        let recall = &self.settings.recall;
        let cues = OrderCues {
            network: &self.network,
            start: self.start,
            settling: self.settling,
            options: self.settings.solver.options(),
            seed: self.seed,
        };
        let jobs: Vec<(OrderCorruption, f64)> = recall
            .corruptions
            .iter()
            .flat_map(|way| {
                self.strengths(**way)
                    .into_iter()
                    .map(|strength| (**way, strength))
            })
            .collect();
        progress.begin("recalling", jobs.len() as u64);
        let names: Vec<String> = (0..jobs.len()).map(|job| format!("recall-{job}")).collect();
        let points = in_turn(progress, &names, |job: usize| {
            let (way, strength) = jobs[job];
            Ok(cues.recall(way, strength, *recall.trials))
        })?;
        let curves = recall.corruptions.iter().map(|way| Curve {
            corruption: **way,
            points: jobs
                .iter()
                .zip(&points)
                .filter(|((other, _), _)| *other == **way)
                .map(|(_, point)| *point)
                .collect(),
        });
        let neurons = self.network.neurons();
        let explorer = OrderExplorer::new(&self.network, self.start, RETURNS);
        let first = explorer.explore(&CyclicOrder::from_number(0, neurons));
        Ok(Findings {
            neurons,
            orders: CyclicOrder::count(neurons).unwrap_or(u64::MAX),
            leading_multiplier: first.leading_multiplier.filter(|_| first.is_memory()),
            curves: curves.collect(),
        })
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        let mut table = Table::new([
            "spoilt_by",
            "degree",
            "starts",
            "recalled",
            "share",
            "low",
            "high",
            "as_started",
            "lost",
        ]);
        for (curve, point) in all(findings) {
            table.push([
                word(curve.corruption).into(),
                point.strength.into(),
                point.trials.into(),
                point.recalled.into(),
                point.share.into(),
                point.interval.0.into(),
                point.interval.1.into(),
                point.as_started.into(),
                Cell::from(point.lost),
            ]);
        }
        vec![("recall".into(), table)]
    }

    fn summary(_: &Settings, findings: &Findings) -> Vec<Block> {
        let mut table = Table::new([
            "spoilt by",
            "degree",
            "recalled",
            "95 % interval",
            "in the spoilt order",
            "in no order",
        ]);
        for (curve, point) in all(findings) {
            let share = |count: usize| format!("{:.3}", count as f64 / point.trials as f64);
            table.push([
                word(curve.corruption).into(),
                point.strength.into(),
                share(point.recalled).into(),
                format!("{:.3} to {:.3}", point.interval.0, point.interval.1).into(),
                share(point.as_started).into(),
                Cell::from(share(point.lost)),
            ]);
        }
        let mut summary = vec![Block::Table(table)];
        let displaced = |curve: &&Curve| curve.corruption == OrderCorruption::Displaced;
        if let Some(curve) = findings.curves.iter().find(displaced) {
            let all = curve
                .points
                .iter()
                .take_while(|point| point.recalled == point.trials);
            let all = all.last().map_or(0.0, |point| point.strength);
            let half = half(&curve.points).map_or_else(
                || "more than half of them at every distance".to_owned(),
                |half| format!("half of them up to {half:.2}"),
            );
            summary.push(Block::Line(format!(
                "Of states displaced in a random direction all come back up to a distance of {all}, and {half}."
            )));
        }
        summary
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        recall_figures::figures(settings, findings)
    }
}

/// The degree at which half of the starts are recalled, between two that were tried.
fn half(points: &[OrderRecall]) -> Option<f64> {
    let pair = points
        .windows(2)
        .find(|pair| pair[0].share >= 0.5 && pair[1].share < 0.5)?;
    let part = (pair[0].share - 0.5) / (pair[0].share - pair[1].share);
    Some(pair[0].strength + part * (pair[1].strength - pair[0].strength))
}

/// All points with the curve that they belong to.
fn all(findings: &Findings) -> impl Iterator<Item = (&Curve, &OrderRecall)> {
    let curves = findings.curves.iter();
    curves.flat_map(|curve| curve.points.iter().map(move |point| (curve, point)))
}

/// A way to spoil an order, in a word.
pub(super) fn word(corruption: OrderCorruption) -> &'static str {
    match corruption {
        OrderCorruption::Jitter => "jitter",
        OrderCorruption::Missing => "missing",
        OrderCorruption::Swapped => "swapped",
        OrderCorruption::Displaced => "displaced",
    }
}
