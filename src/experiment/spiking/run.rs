//! Kind `spiking`: a network of integrate-and-fire neurons, its spikes and what they are like.

use super::figures::figures;
use super::findings::{Course, Findings};
use super::settings::{Settings, SpikingEngine};
use crate::experiment::data::files::checksum;
use crate::experiment::settings::Mistakes;
use crate::experiment::{Array, Block, Drawing, Header, Progress, RunError, Study, Table, part};
use crate::networks::{Spike, SpikingNetwork};
use crate::solver::{DelaySolver, History, Options, Save, SolverError, solve};

/// A network of integrate-and-fire neurons.
pub struct Spiking {
    settings: Settings,
    network: SpikingNetwork,
    start: Vec<f64>,
}

impl Spiking {
    /// Times at which potentials are saved.
    fn times(&self) -> Vec<f64> {
        let simulation = &self.settings.simulation;
        let last = *simulation.samples - 1;
        let share = |k: usize| {
            if k == last {
                1.0
            } else {
                k as f64 / last as f64
            }
        };
        (0..=last).map(|k| share(k) * *simulation.t_end).collect()
    }

    fn course(&self, times: &[f64]) -> Result<Course, SolverError> {
        let simulation = &self.settings.simulation;
        let (end, limit) = (*simulation.t_end, *simulation.maximum_spikes);
        if *simulation.engine == SpikingEngine::Exact {
            let (train, potentials) =
                self.network
                    .sampled_spikes(&self.start, end, limit, times)?;
            let spikes = train.spikes;
            return Ok(Course { spikes, potentials });
        }
        let options = Options::with_tolerance(*simulation.tolerance);
        let history = History::constant(&self.network.state(&self.start));
        let mut solver = DelaySolver::new(&self.network, history, 0.0, options)?;
        let save = Save::At(times.to_vec());
        let run = solve(&mut solver, end, &save, &self.network.events())?;
        let neurons = self.network.neurons();
        let spikes = run.events.iter().filter(|event| event.event < neurons);
        let spikes = spikes.map(|event| Spike {
            time: event.time,
            neuron: event.event,
        });
        let states = run.states.chunks_exact(run.dimension);
        Ok(Course {
            spikes: spikes.collect(),
            potentials: states.flat_map(|state| state[..neurons].to_vec()).collect(),
        })
    }
}

impl Study for Spiking {
    const NAME: &'static str = "spiking";
    const SUMMARY: &'static str =
        "a network of integrate-and-fire neurons with delays: spikes, rates, synchrony";
    type Settings = Settings;
    type Findings = Findings;

    fn new(settings: Settings, header: &Header) -> Result<Self, Mistakes> {
        let mut mistakes = Mistakes::default();
        mistakes.note(settings.check());
        let built = settings.network.network(&settings.synapses, header.seed);
        let built = mistakes.note(built);
        mistakes.end()?;
        let (network, start) = built.ok_or_else(Mistakes::default)?;
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
        let simulation = &self.settings.simulation;
        let synapses = (0..self.network.neurons()).map(|sender| self.network.outgoing(sender));
        let synapses = synapses.map(<[_]>::len).sum::<usize>();
        let engine = match *simulation.engine {
            SpikingEngine::Exact => "exact, from spike to spike".to_owned(),
            SpikingEngine::General => {
                format!("general, tolerance {:e}", *simulation.tolerance)
            }
        };
        vec![
            ("neurons".into(), self.settings.network.describe()),
            ("coupling".into(), self.settings.synapses.describe()),
            ("synapses".into(), synapses.to_string()),
            ("time span".into(), format!("0 to {}", simulation.t_end)),
            ("engine".into(), engine),
            ("samples".into(), simulation.samples.to_string()),
        ]
    }

    fn data(&self) -> Option<u32> {
        // whatever files said ends up in the synapses
        let all = (0..self.network.neurons()).flat_map(|sender| self.network.outgoing(sender));
        let numbers: Vec<f64> = all
            .flat_map(|synapse| [synapse.target as f64, synapse.weight, synapse.delay])
            .collect();
        self.settings
            .synapses
            .reads_files()
            .then(|| checksum(numbers.iter()))
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        progress.begin("spikes", 1);
        let times = self.times();
        let course = part(progress, "course", || Ok(self.course(&times)?))?;
        progress.advance(1);
        Ok(Findings::of(&self.settings, &self.network, times, course))
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        let mut spikes = Table::new(["time", "neuron"]);
        let pairs = findings
            .spike_times
            .values
            .iter()
            .zip(&findings.spike_neurons.values);
        for (time, neuron) in pairs {
            spikes.push([(*time).into(), (*neuron as usize).into()]);
        }
        let mut neurons = Table::new(["neuron", "rate", "mean_interval", "cv"]);
        let found = |array: &Array, neuron: usize| -> Option<f64> {
            let value = array.values[neuron];
            value.is_finite().then_some(value)
        };
        for neuron in 0..findings.rates.values.len() {
            let numbers = [&findings.rates, &findings.mean_intervals, &findings.cvs];
            let numbers = numbers.map(|array| found(array, neuron).into());
            neurons.push([neuron.into()].into_iter().chain(numbers));
        }
        vec![("neurons".into(), neurons), ("spikes".into(), spikes)]
    }

    fn summary(_: &Settings, findings: &Findings) -> Vec<Block> {
        let mut table = Table::new(["neuron", "first spikes", "", "", ""]);
        for (neuron, train) in findings.first_spikes.iter().enumerate() {
            let times = train.iter().take(4).map(|time| (*time).into());
            table.push([neuron.into()].into_iter().chain(times));
        }
        let neurons = findings.rates.values.len();
        let mut blocks = vec![Block::Table(table)];
        let rest = neurons - findings.first_spikes.len();
        if rest > 0 {
            blocks.push(Block::Line(format!("and {rest} more, in spikes.csv")));
        }
        let mut line = format!(
            "{} spikes over {} synapses; {} of {neurons} neurons fire, mean rate {:.4}",
            findings.spikes, findings.synapses, findings.firing_neurons, findings.mean_rate
        );
        if let Some(cv) = findings.mean_cv {
            line += &format!(", mean CV of the intervals {cv:.4}");
        }
        if let Some(chi) = findings.synchrony {
            line += &format!(", synchrony {chi:.4}");
        }
        blocks.push(Block::Line(line));
        blocks
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        figures(settings, findings)
    }
}
