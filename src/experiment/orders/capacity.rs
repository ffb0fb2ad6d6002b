//! Kind `order-capacity`: how many given orders programmed weights or delays hold, and what else.

use serde::{Deserialize, Serialize};

use super::atlas::MOST_RETURNS;
use super::capacity_figures;
use crate::analysis::{OrderCapacity, OrderProgramme, StoredOrders};
use crate::experiment::ensemble::in_turn;
use crate::experiment::impulse::network::{CouplingSettings, NetworkSettings, Topology};
use crate::experiment::settings::{Count, Mistakes, NonEmpty, Positive, Real, require, settings};
use crate::experiment::{Block, Cell, Drawing, Header, Progress, RunError, Study, Table};
use crate::networks::{CyclicOrder, ImpulseParameters};
use crate::solver::LEAST_LAG;

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
        /// How much later than others the synapse from a predecessor is heard, for networks that hold orders by delays;
        /// negative for earlier.
        pub shift: Option<NonEmpty<Real>>,
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

impl CapacitySettings {
    /// All ways to write orders, weights first.
    pub(super) fn programmes(&self) -> Vec<OrderProgramme> {
        let contrasts = self.contrast.iter();
        let weights = contrasts.map(|contrast| OrderProgramme::Weights {
            contrast: **contrast,
        });
        let shifts = self.shift.iter().flat_map(|list| list.iter());
        let delays = shifts.map(|shift| OrderProgramme::Delays { shift: **shift });
        weights.chain(delays).collect()
    }
}

/// The way in two words.
pub(super) fn words(programme: OrderProgramme) -> (&'static str, f64) {
    match programme {
        OrderProgramme::Weights { contrast } => ("weights", contrast),
        OrderProgramme::Delays { shift } => ("delays", shift),
    }
}

impl Study for OrdersStored {
    const NAME: &'static str = "order-capacity";
    const SUMMARY: &'static str = "how many given orders programmed weights or delays of an impulse network hold, and what else";
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
        for shift in settings.capacity.shift.iter().flat_map(|list| list.iter()) {
            let delay = *settings.network.h + **shift;
            require(
                shift,
                delay == 0.0 || delay >= LEAST_LAG,
                format!("a synapse would have the delay {delay}"),
                "before it fires",
                "choose a shift above -h",
            )?;
        }
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
        let networks = asked.stored.len() * asked.programmes().len() * *asked.draws;
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
        let jobs: Vec<(OrderProgramme, usize)> = asked
            .programmes()
            .into_iter()
            .flat_map(|programme| asked.stored.iter().map(move |count| (programme, **count)))
            .collect();
        progress.begin("storing", jobs.len() as u64);
        let names: Vec<String> = (0..jobs.len())
            .map(|job| format!("capacity-{job}"))
            .collect();
        let points = in_turn(progress, &names, |job: usize| {
            let (programme, count) = jobs[job];
            stored
                .measure(count, programme, *asked.draws)
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
            "written_into",
            "by",
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
            let (into, by) = words(point.programme);
            table.push([
                into.into(),
                by.into(),
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
            "written into",
            "by",
            "stored",
            "held",
            "95 % interval",
            "other memories",
            "asymmetric Hopfield",
        ]);
        for point in &findings.points {
            let (into, by) = words(point.programme);
            table.push([
                into.into(),
                by.into(),
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
        capacity_figures::figures(settings, findings)
    }
}
