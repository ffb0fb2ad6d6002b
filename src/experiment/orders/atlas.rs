//! Kind `orders`: every cyclic order of the neurons of an impulse network, and which of them are memories.

pub use super::atlas_findings::Findings;
use super::packets::PacketSettings;
use super::start::StartSettings;
use super::{atlas_figures, atlas_tables};
use crate::analysis::{
    OrderExplorer, OrderRecord, Staggered, WaveNetwork, coexisting_waves, ring_orders,
};
use crate::experiment::course::Course;
use crate::experiment::ensemble::each;
use crate::experiment::impulse::network::{CouplingSettings, NetworkSettings};
use crate::experiment::memory_limit::{NUMBER, require_memory};
use crate::experiment::sections::OutputSettings;
use crate::experiment::settings::{Choice, Count, Mistakes, require, settings};
use crate::experiment::{Array, Block, Cell, Drawing, Header, Progress, RunError, Study, Table};
use crate::networks::{CyclicOrder, DelayedRelays, ImpulseNetwork, Pattern};
use crate::solver::{Engine, Options};

/// Most neurons whose orders are started one by one: the 362,880 orders of ten take about a quarter of an hour on two cores
/// (2 ms each at nine), those of eleven would take three hours.
const LARGEST: usize = 10;

/// Most returns: a cycle with a multiplier of 0.999 has settled after as many.
pub(super) const MOST_RETURNS: usize = 10_000;

/// Orders that are followed before what is known is kept for a resumed run: about half a second of work, and what
/// several ranks share out.
const PART: u64 = 240;

/// Most records in `report.json`; beyond, it would be of megabytes, and the arrays say the same.
const REPORTED: usize = 4096;

/// Periods that are drawn: on the first half one sees the start settle.
const PERIODS: f64 = 8.0;

/// Period that decides how much is drawn of an order that has none: that of a free neuron with `a = 1`.
const FREE: f64 = 4.0;

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// The neurons and their synapses.
        pub network: NetworkSettings,
        /// Who hears whom.
        pub coupling: CouplingSettings,
        /// A second feedback, with which every neuron fires packets of impulses.
        pub packets: Option<PacketSettings>,
        /// How an order begins.
        pub start: StartSettings,
        /// What the atlas does.
        pub orders: OrderSettings,
        /// What is saved of the order that is drawn.
        pub output: OutputSettings,
    }

    /// Section `[orders]`.
    pub struct OrderSettings {
        /// Returns before a cycle is closed by Newton's method: enough to come close at a multiplier of 0.9.
        pub returns: Count<2> = 60,
        /// The order that is drawn; by default the one of the numbers.
        pub drawn: Option<Choice<CyclicOrder>>,
    }
}

/// Every order of a network.
pub struct Orders {
    settings: Settings,
    network: ImpulseNetwork,
    /// The network with packets, if they are asked for.
    relays: Option<DelayedRelays>,
    start: Staggered,
    drawn: CyclicOrder,
}

/// A table for what [`lookup`] finds.
pub fn lookup_table() -> Table {
    Table::new(atlas_tables::COLUMNS)
}

/// What is known of the order with a number.
pub fn lookup(findings: &Findings, number: usize) -> Vec<Cell> {
    atlas_tables::row(findings, number)
}

impl Study for Orders {
    const NAME: &'static str = "orders";
    const SUMMARY: &'static str =
        "every cyclic order of a network of impulse neurons: which are memories";
    type Settings = Settings;
    type Findings = Findings;

    fn new(settings: Settings, header: &Header) -> Result<Self, Mistakes> {
        let neurons = &settings.network.neurons;
        let orders = CyclicOrder::count(**neurons);
        let words = orders.map_or("more than 2^64".to_owned(), |count| count.to_string());
        require(
            neurons,
            (2..=LARGEST).contains(&**neurons),
            format!("{neurons} neurons have {words} orders"),
            "from 2 to 10 neurons",
            format!("choose `neurons` from 2 to {LARGEST}"),
        )?;
        let returns = &settings.orders.returns;
        require(
            returns,
            **returns <= MOST_RETURNS,
            format!("{returns} returns of each order"),
            "too many",
            format!("choose `returns` <= {MOST_RETURNS}"),
        )?;
        let network = settings.network.network(&settings.coupling, header.seed)?;
        let samples = &settings.output.samples;
        require_memory(
            samples,
            "the saved trajectory",
            NUMBER * **samples as f64 * **neurons as f64,
        )?;
        let packets = settings.packets.as_ref();
        let relays = packets
            .map(|packets| packets.relays(&network))
            .transpose()?;
        let alone = packets.and_then(|packets| packets.alone(&network));
        let start = settings
            .start
            .staggered(&network, alone.map(|(_, period)| period))?;
        let drawn = match &settings.orders.drawn {
            None => CyclicOrder::from_number(0, **neurons),
            Some(order) => {
                require(
                    order,
                    order.len() == **neurons,
                    format!(
                        "`{}` orders {} neurons, and there are {neurons}",
                        **order,
                        order.len()
                    ),
                    "another number of neurons",
                    format!(
                        "name each of 1 to {neurons} once, as in \"{}\"",
                        CyclicOrder::from_number(0, **neurons)
                    ),
                )?;
                (**order).clone()
            }
        };
        Ok(Self {
            settings,
            network,
            relays,
            start,
            drawn,
        })
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let neurons = self.network.neurons();
        let count = CyclicOrder::count(neurons).unwrap_or(u64::MAX);
        let method = if self.network.is_relay() {
            "Newton's method on the return map"
        } else {
            "collocation, some tenths of a second each"
        };
        vec![
            ("neurons".into(), neurons.to_string()),
            (
                "orders".into(),
                format!("{count}, each certified by {method}"),
            ),
            (
                "starts".into(),
                format!("from {} down, {} apart", self.start.first, self.start.apart),
            ),
            ("drawn order".into(), self.drawn.to_string()),
        ]
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        let neurons = self.network.neurons();
        let count = CyclicOrder::count(neurons).unwrap_or(0);
        let returns = *self.settings.orders.returns;
        let explorer = match &self.relays {
            None => OrderExplorer::new(&self.network, self.start, returns),
            Some(relays) => OrderExplorer::of_relays(relays, self.start, returns),
        };
        progress.begin("orders", count);
        let starts: Vec<u64> = (0..count).step_by(PART as usize).collect();
        let end = |start: u64| count.min(start + PART);
        let names: Vec<String> = starts
            .iter()
            .map(|start| format!("orders-{start}-{}", end(*start)))
            .collect();
        let follow = |part: usize| Ok(explorer.follow(starts[part]..end(starts[part])));
        let parts = each(progress, &names, follow, |_, records: &Vec<OrderRecord>| {
            progress.advance(records.len() as u64);
            Ok(())
        })?;
        let mut records: Vec<OrderRecord> = parts.into_iter().flatten().collect();

        let drawn = explorer.explore(&self.drawn);
        let period = drawn.period.unwrap_or(FREE);
        let end = self
            .settings
            .output
            .t_end
            .map_or(PERIODS * period, |end| *end);
        let state = self.start.state(&self.drawn, drawn.begin);
        let mut engine: Box<dyn Engine + '_> = match &self.relays {
            None => self.network.engine(&state, Options::default())?,
            Some(relays) => Box::new(relays.engine(&state)?),
        };
        let samples = *self.settings.output.samples;
        let firing = drawn
            .pattern
            .clone()
            .unwrap_or_else(|| Pattern::all(neurons));
        let course = Course::record(engine.as_mut(), end, samples, firing)?;

        // Theory is for single impulses.
        let alone = self.relays.is_none().then_some(&self.network);
        let waves = alone.and_then(WaveNetwork::of);
        let waves = waves.map(|theory| coexisting_waves(&theory, neurons));
        let waves = waves.transpose().map_err(RunError::numerical)?;
        let ring = alone.map(ring_orders).transpose();
        let ring = ring.map_err(RunError::numerical)?.flatten();
        let packets = self.settings.packets.as_ref();
        let column = |name: &str, value: fn(&OrderRecord) -> Option<f64>| {
            let values = records
                .iter()
                .map(|record| value(record).unwrap_or(f64::NAN));
            Array::list(name, values.collect())
                .along(["order, as in the table"], "in units of the model's time")
        };
        let findings = Findings {
            neurons,
            parameters: self.network.parameters().clone(),
            start: self.start,
            orders: records.len(),
            memories: records.iter().filter(|record| record.is_memory()).count(),
            waves: waves.unwrap_or_default(),
            ring,
            packets: packets.and_then(|packets| packets.alone(&self.network)),
            fate: column("fate", |record| Some(record.fate.number() as f64)),
            settles_in: column("settles-in", |record| {
                record
                    .settles_in
                    .as_ref()
                    .map(|order| order.number() as f64)
            }),
            period: column("period", |record| record.period),
            unevenness: column("unevenness", |record| record.unevenness),
            leading_multiplier: column("leading-multiplier", |record| record.leading_multiplier),
            records: Vec::new(),
            drawn,
            course,
        };
        if records.len() > REPORTED {
            records.clear();
        }
        Ok(Findings {
            records,
            ..findings
        })
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        let mut tables = vec![("orders".into(), atlas_tables::listing(findings))];
        if !findings.waves.is_empty() {
            tables.push(("waves".into(), atlas_tables::waves(findings)));
        }
        if let Some(ring) = &findings.ring {
            tables.push(("ring".into(), atlas_tables::ring(ring)));
        }
        tables.extend(findings.course.tables());
        tables
    }

    fn summary(_: &Settings, findings: &Findings) -> Vec<Block> {
        atlas_tables::summary(findings)
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        let packets = settings.packets.as_ref().map(PacketSettings::describe);
        let subtitle = settings.network.describe(&[]) + &packets.unwrap_or_default();
        atlas_figures::figures(findings, &subtitle)
    }
}
