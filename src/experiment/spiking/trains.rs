//! Kind `spiking`: the spikes of integrate-and-fire neurons that hear each other late.

use serde::{Deserialize, Serialize};

use super::settings::Settings;
use crate::experiment::settings::Mistakes;
use crate::experiment::{Array, Block, Drawing, Header, Progress, RunError, Study, Table, part};
use crate::figures::{Raster, RasterRow};
use crate::networks::{SpikeTrain, SpikingNetwork};

/// Spikes that the table holds; arrays hold all of them.
const SHOWN: usize = 10_000;

/// Neurons that a raster tells apart.
const MOST_ROWS: usize = 60;

/// Width of the bar of a spike, as part of the time span.
const BAR: f64 = 1.0 / 800.0;

/// A network to be followed from spike to spike.
pub struct SpikeTrains {
    settings: Settings,
    network: SpikingNetwork,
    start: Vec<f64>,
}

/// What is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// Number of neurons.
    pub neurons: usize,
    /// Synapses of weight other than zero.
    pub synapses: usize,
    /// Time at the end.
    pub end: f64,
    /// Spikes of each neuron.
    pub counts: Vec<usize>,
    /// Mean time between the spikes of each neuron over the later half of them; none of fewer than three spikes.
    pub intervals: Vec<Option<f64>>,
    /// Potentials at the end.
    pub potentials: Vec<f64>,
    /// Times of the spikes, in order.
    pub spike_times: Array,
    /// Neuron of each of them.
    pub spike_neurons: Array,
}

impl Findings {
    fn spikes(&self) -> impl Iterator<Item = (f64, usize)> + '_ {
        let pairs = self
            .spike_times
            .values
            .iter()
            .zip(&self.spike_neurons.values);
        pairs.map(|(time, neuron)| (*time, *neuron as usize))
    }
}

/// Mean of the later half of the intervals between these times.
fn interval(times: &[f64]) -> Option<f64> {
    let count = times.len().checked_sub(1).filter(|count| *count > 1)?;
    let late = &times[count / 2..];
    Some((late[late.len() - 1] - late[0]) / (late.len() - 1) as f64)
}

impl Study for SpikeTrains {
    const NAME: &'static str = "spiking";
    const SUMMARY: &'static str =
        "exact spikes of leaky or quadratic integrate-and-fire neurons with delays";
    type Settings = Settings;
    type Findings = Findings;

    fn new(settings: Settings, _: &Header) -> Result<Self, Mistakes> {
        let (network, start) = settings.network()?;
        Ok(Self {
            settings,
            network,
            start,
        })
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let count: usize = (0..self.network.neurons())
            .map(|neuron| self.network.outgoing(neuron).len())
            .sum();
        vec![
            ("neurons".into(), self.network.neurons().to_string()),
            ("synapses".into(), count.to_string()),
            (
                "time span".into(),
                format!("0 to {}", self.settings.run.t_end),
            ),
        ]
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        progress.begin("spikes", 1);
        let end = *self.settings.run.t_end;
        let train: SpikeTrain = part(progress, "spikes", || {
            Ok(self.network.spikes(&self.start, end)?)
        })?;
        progress.advance(1);
        let neurons = self.network.neurons();
        let mut each: Vec<Vec<f64>> = vec![Vec::new(); neurons];
        for spike in &train.spikes {
            each[spike.neuron].push(spike.time);
        }
        let times = train.spikes.iter().map(|spike| spike.time);
        let numbers = train.spikes.iter().map(|spike| spike.neuron as f64);
        Ok(Findings {
            neurons,
            synapses: (0..neurons)
                .map(|neuron| self.network.outgoing(neuron).len())
                .sum(),
            end,
            counts: each.iter().map(Vec::len).collect(),
            intervals: each.iter().map(|times| interval(times)).collect(),
            spike_times: Array::list("spike_times", times.collect()),
            spike_neurons: Array::list("spike_neurons", numbers.collect()),
            potentials: train.potentials,
        })
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        let mut neurons = Table::new(["neuron", "spikes", "interval", "potential at the end"]);
        for neuron in 0..findings.neurons {
            neurons.push([
                neuron.into(),
                findings.counts[neuron].into(),
                findings.intervals[neuron].into(),
                findings.potentials[neuron].into(),
            ]);
        }
        let mut spikes = Table::new(["t", "neuron"]);
        for (time, neuron) in findings.spikes().take(SHOWN) {
            spikes.push([time.into(), neuron.into()]);
        }
        vec![("neurons".into(), neurons), ("spikes".into(), spikes)]
    }

    fn summary(settings: &Settings, findings: &Findings) -> Vec<Block> {
        /// Neurons that a screen holds.
        const MOST: usize = 20;
        let line = Block::Line(format!(
            "{} spikes of {} neurons with {} synapses",
            findings.spike_times.values.len(),
            findings.neurons,
            findings.synapses
        ));
        if findings.neurons > MOST {
            return vec![line];
        }
        let tables = Self::tables(settings, findings).into_iter();
        let table = tables.take(1).map(|(_, table)| Block::Table(table));
        table.chain([line]).collect()
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        let bar = BAR * findings.end;
        let mut rows: Vec<RasterRow> = (0..findings.neurons.min(MOST_ROWS))
            .map(|neuron| RasterRow {
                label: neuron.to_string(),
                impulses: Vec::new(),
                active: true,
            })
            .collect();
        for (time, neuron) in findings.spikes() {
            if let Some(row) = rows.get_mut(neuron) {
                row.impulses.push((time, time + bar));
            }
        }
        let kind = match *settings.network.neuron {
            crate::networks::SpikingNeuron::Leaky => "leaky",
            crate::networks::SpikingNeuron::Quadratic => "quadratic",
        };
        let raster = Raster {
            title: "Spikes".into(),
            subtitle: format!(
                "{} {kind} neurons, {} synapses",
                findings.neurons, findings.synapses
            ),
            time_axis: "time t".into(),
            span: (0.0, findings.end),
            rows,
        };
        vec![Drawing::of("raster", raster)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{ModelFile, Silent, read};

    fn shipped(set: &[&str]) -> ModelFile {
        let mut model = ModelFile::open_shipped("spiking-pair").unwrap();
        for assignment in set {
            model.set(assignment).unwrap();
        }
        model
    }

    #[test]
    fn the_shipped_pair_fires_at_the_known_times() {
        let study = shipped(&["run.t_end=5"]).study::<SpikeTrains>().unwrap();
        let found = study.find(&Silent).unwrap();
        let known = [
            [1.098612289, 2.083787533, 3.031891959, 4.068824264],
            [1.203972804, 2.453787533, 3.698824264, 4.989347584],
        ];
        for (neuron, known) in known.iter().enumerate() {
            let own = found.spikes().filter(|(_, found)| *found == neuron);
            let own: Vec<f64> = own.map(|(time, _)| time).collect();
            assert_eq!(own.len(), 4);
            for (time, known) in own.iter().zip(known) {
                assert!((time - known).abs() < 1e-9, "{time} for {known}");
            }
        }
        assert_eq!((found.neurons, found.synapses), (2, 2));
    }

    /// One quadratic neuron, `V' = V^2 + 1` from -1 to 1 and back: every spike takes `pi/2`.
    #[test]
    fn a_quadratic_neuron_fires_with_its_period() {
        let set = [
            "network.neuron=quadratic",
            "network.inputs=[1.0]",
            "network.resets=[-1.0]",
            "network.synapses=[]",
            "start.potentials=[-1.0]",
            "run.t_end=20",
        ];
        let study = shipped(&set).study::<SpikeTrains>().unwrap();
        let found = study.find(&Silent).unwrap();
        assert_eq!(found.counts, [12]);
        let interval = found.intervals[0].unwrap();
        assert!(
            (interval - std::f64::consts::FRAC_PI_2).abs() < 1e-12,
            "{interval}"
        );
    }

    #[test]
    fn networks_that_are_none_are_refused_with_their_place() {
        for (set, words) in [
            (
                "network.thresholds=[1.0,1.0,1.0]",
                "`thresholds` has 3 entries for 2 neurons",
            ),
            (
                "network.synapses=[{ from = 0, to = 2, weight = 0.1, delay = 0 }]",
                "`to` is 2, but the neurons are 0 to 1",
            ),
            (
                "start.potentials=[2.0]",
                "neuron 0 starts at 2, above its threshold",
            ),
            ("network.resets=[1.0]", "a reset lies below its threshold"),
        ] {
            let error = read(&shipped(&[set])).err().unwrap();
            let found = &error.problems[0].diagnostic;
            assert!(found.message.contains(words), "{}", found.message);
        }
    }
}
