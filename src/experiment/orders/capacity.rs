//! Kind `order-capacity`: how many given orders programmed weights hold, and what else.

use serde::{Deserialize, Serialize};

use super::atlas::MOST_RETURNS;
use crate::analysis::{OrderCapacity, StoredOrders};
use crate::experiment::ensemble::in_turn;
use crate::experiment::impulse::network::{CouplingSettings, NetworkSettings, Topology};
use crate::experiment::settings::{Count, Mistakes, NonEmpty, Positive, Real, require, settings};
use crate::experiment::{Block, Cell, Drawing, Header, Progress, RunError, Study, Table};
use crate::figures::{Axis, Lines, Look, Series, grouped};
use crate::networks::{CyclicOrder, ImpulseParameters};

/// Most neurons: all orders of every network are followed, 720 of seven neurons.
const LARGEST: usize = 7;

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// The neurons and their synapses.
        pub network: NetworkSettings,
        /// Whose weights are written; nothing else may be said of it.
        pub coupling: CouplingSettings,
        /// What is stored.
        pub capacity: CapacitySettings,
    }

    /// Section `[capacity]`.
    pub struct CapacitySettings {
        /// Numbers of orders that are stored at once.
        pub stored: NonEmpty<Count> = [1, 2, 3, 4, 5, 6].map(Count::from),
        /// How much weaker than others the synapse from a predecessor is: parts of it, up to 1.
        pub contrast: NonEmpty<Positive> = [0.4, 0.8].map(Positive::from),
        /// Networks for each.
        pub draws: Count = 20,
        /// Level of the first neuron at the start of an order.
        pub first: Real = -0.5,
        /// Returns before an order is certified.
        pub returns: Count = 60,
        /// Neurons of the asymmetric Hopfield network beside it.
        pub pattern_neurons: Count = 200,
    }
}

/// A network into which orders are written.
pub struct OrdersStored {
    settings: Settings,
    parameters: ImpulseParameters,
    seed: u64,
}

/// What is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// Number of neurons.
    pub neurons: usize,
    /// Number of orders.
    pub orders: u64,
    /// By contrast, and by the number of stored orders.
    pub points: Vec<OrderCapacity>,
}

impl Study for OrdersStored {
    const NAME: &'static str = "order-capacity";
    const SUMMARY: &'static str =
        "how many given orders programmed weights of an impulse network hold, and what else";
    type Settings = Settings;
    type Findings = Findings;

    fn new(settings: Settings, header: &Header) -> Result<Self, Mistakes> {
        let neurons = &settings.network.neurons;
        require(
            neurons,
            (3..=LARGEST).contains(&**neurons) && settings.network.lambda.is_relay(),
            format!("{neurons} neurons of lambda {}", settings.network.lambda),
            "from 3 to 7 neurons in the relay limit",
            "all orders of every network are followed: choose fewer neurons, and `lambda = \"infinity\"`",
        )?;
        require(
            &settings.coupling.topology,
            *settings.coupling.topology == Topology::AllToAll && !settings.coupling.self_term,
            "the weights are what this kind writes",
            "not here",
            "leave [coupling] out",
        )?;
        let CapacitySettings {
            stored,
            contrast,
            first,
            returns,
            ..
        } = &settings.capacity;
        let orders = CyclicOrder::count(**neurons).unwrap_or(u64::MAX);
        for stored in stored.iter() {
            require(
                stored,
                **stored as u64 <= orders,
                format!("{stored} of {orders} orders"),
                "more than there are",
                format!("choose up to {orders}"),
            )?;
        }
        for contrast in contrast.iter() {
            require(
                contrast,
                **contrast <= 1.0,
                "a contrast above 1",
                "too much",
                "choose up to 1",
            )?;
        }
        require(
            first,
            **first < 0.0,
            "`first` is not below the threshold",
            "must be negative",
            "as -0.5",
        )?;
        require(
            returns,
            **returns <= MOST_RETURNS,
            format!("{returns} returns of each order"),
            "too many",
            format!("choose `returns` <= {MOST_RETURNS}"),
        )?;
        let network = settings.network.network(&settings.coupling, header.seed)?;
        Ok(Self {
            parameters: network.parameters().clone(),
            settings,
            seed: header.seed,
        })
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let asked = &self.settings.capacity;
        let networks = asked.stored.len() * asked.contrast.len() * *asked.draws;
        let orders = CyclicOrder::count(*self.settings.network.neurons).unwrap_or(u64::MAX);
        vec![
            ("networks".into(), networks.to_string()),
            (
                "orders of each".into(),
                format!("{orders}, each followed and certified"),
            ),
        ]
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        let asked = &self.settings.capacity;
        let stored = StoredOrders {
            parameters: self.parameters.clone(),
            first: *asked.first,
            returns: *asked.returns,
            pattern_neurons: *asked.pattern_neurons,
            seed: self.seed,
        };
        let jobs: Vec<(f64, usize)> = asked
            .contrast
            .iter()
            .flat_map(|contrast| asked.stored.iter().map(|count| (**contrast, **count)))
            .collect();
        progress.begin("storing", jobs.len() as u64);
        let names: Vec<String> = (0..jobs.len())
            .map(|job| format!("capacity-{job}"))
            .collect();
        let points = in_turn(progress, &names, |job: usize| {
            let (contrast, count) = jobs[job];
            stored
                .measure(count, contrast, *asked.draws)
                .map_err(RunError::numerical)
        })?;
        let neurons = *self.settings.network.neurons;
        Ok(Findings {
            neurons,
            orders: CyclicOrder::count(neurons).unwrap_or(u64::MAX),
            points,
        })
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        let mut table = Table::new([
            "contrast",
            "stored",
            "draws",
            "held",
            "share",
            "low",
            "high",
            "other_memories",
            "asymmetric_hopfield",
        ]);
        for point in &findings.points {
            table.push([
                point.contrast.into(),
                point.stored.into(),
                point.draws.into(),
                point.held.into(),
                point.share.into(),
                point.interval.0.into(),
                point.interval.1.into(),
                point.others.into(),
                Cell::from(point.hopfield),
            ]);
        }
        vec![("capacity".into(), table)]
    }

    fn summary(_: &Settings, findings: &Findings) -> Vec<Block> {
        let mut table = Table::new([
            "contrast",
            "stored",
            "held",
            "95 % interval",
            "other memories",
            "asymmetric Hopfield",
        ]);
        for point in &findings.points {
            table.push([
                point.contrast.into(),
                point.stored.into(),
                format!("{:.3}", point.share).into(),
                format!("{:.3} to {:.3}", point.interval.0, point.interval.1).into(),
                format!("{:.1} of {}", point.others, findings.orders).into(),
                Cell::from(format!("{:.3}", point.hopfield)),
            ]);
        }
        vec![Block::Table(table)]
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        let x = || Axis {
            whole: true,
            ..Axis::linear("orders stored at once")
        };
        let contrasts = || settings.capacity.contrast.iter().map(|contrast| **contrast);
        let of = |contrast: f64| {
            findings
                .points
                .iter()
                .filter(move |point| point.contrast == contrast)
        };
        let curve = |contrast: f64, value: fn(&OrderCapacity) -> f64| {
            of(contrast)
                .map(|point| (point.stored as f64, value(point)))
                .collect::<Vec<_>>()
        };
        let half = |point: &OrderCapacity| 0.5 * (point.interval.1 - point.interval.0);
        let held = contrasts().map(|contrast| Series {
            errors: of(contrast).map(half).collect(),
            ..Series::new(
                format!("contrast {contrast}"),
                curve(contrast, |point| point.share),
                Look::LineAndMarkers,
            )
        });
        let hopfield = contrasts().take(1).map(|contrast| {
            Series::new(
                "asymmetric Hopfield network",
                curve(contrast, |point| point.hopfield),
                Look::LineAndHollowMarkers,
            )
        });
        let others = contrasts().map(|contrast| {
            Series::new(
                format!("contrast {contrast}"),
                curve(contrast, |point| point.others),
                Look::LineAndMarkers,
            )
        });
        let subtitle = settings.network.describe(&[]);
        let capacity = Lines {
            title: "Stored orders that are memories".into(),
            subtitle: subtitle.clone(),
            x: x(),
            y: Axis {
                range: Some((0.0, 1.0)),
                ..Axis::linear("share of the stored orders")
            },
            series: held.chain(hopfield).collect(),
            ..Lines::default()
        };
        let spurious = Lines {
            title: format!(
                "Other memories among {} orders",
                grouped(findings.orders as usize)
            ),
            subtitle,
            x: x(),
            y: Axis::linear("orders that nobody has stored"),
            series: others.collect(),
            ..Lines::default()
        };
        vec![
            Drawing::of("held", capacity),
            Drawing::of("others", spurious),
        ]
    }
}
