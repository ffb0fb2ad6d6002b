//! The sections of the kind, and the network that they make up.

use nalgebra::DMatrix;

use crate::experiment::Diagnostic;
use crate::experiment::settings::{
    Choice, Mistakes, NonNegative, Placed, Positive, Real, require, settings,
};
use crate::networks::{SpikingNetwork, SpikingNeuron, SpikingParameters, Synapse};

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// Neurons and synapses.
        pub network: NetworkSettings,
        /// Where potentials begin.
        pub start: StartSettings,
        /// How long they are followed.
        pub run: RunSettings,
    }

    /// Section `[network]`.
    pub struct NetworkSettings {
        /// `leaky` or `quadratic`.
        pub neuron: Choice<SpikingNeuron> = SpikingNeuron::Leaky,
        /// Inputs `I_j`, one a neuron.
        pub inputs: Vec<Real>,
        /// Time constants, one for all or one a neuron.
        pub time_constants: Vec<Positive> = vec![Positive::from(1.0)],
        /// Potentials at whose rise neurons fire.
        pub thresholds: Vec<Real> = vec![Real::from(1.0)],
        /// Potentials to which they fall back.
        pub resets: Vec<Real> = vec![Real::from(0.0)],
        /// Who hears whom.
        pub synapses: Vec<SynapseSettings> = Vec::<SynapseSettings>::new(),
    }

    /// A synapse; neurons are counted from 0.
    pub struct SynapseSettings {
        /// Who fires.
        pub from: NonNegative,
        /// Who hears it.
        pub to: NonNegative,
        /// What is added to the potential.
        pub weight: Real,
        /// How much later.
        pub delay: NonNegative,
    }

    /// Section `[start]`.
    pub struct StartSettings {
        /// Potentials at time 0, one for all or one a neuron.
        pub potentials: Vec<Real> = vec![Real::from(0.0)],
    }

    /// Section `[run]`.
    pub struct RunSettings {
        /// Time at the end.
        pub t_end: Positive,
    }
}

/// One number a neuron from one for all.
fn each(
    name: &str,
    place: &impl Placed,
    numbers: Vec<f64>,
    neurons: usize,
) -> Result<Vec<f64>, Diagnostic> {
    require(
        place,
        numbers.len() == 1 || numbers.len() == neurons,
        format!(
            "`{name}` has {} entries for {neurons} neurons",
            numbers.len()
        ),
        "this list",
        "give one number for all neurons, or one for each",
    )?;
    Ok(match numbers[..] {
        [one] => vec![one; neurons],
        _ => numbers,
    })
}

impl Settings {
    /// The network, and the potentials at its start.
    pub(super) fn network(&self) -> Result<(SpikingNetwork, Vec<f64>), Mistakes> {
        let network = &self.network;
        let neurons = network.inputs.len();
        let end = &self.run.t_end;
        require(
            end,
            neurons > 0,
            "`network.inputs` is empty",
            "nothing happens until then",
            "give `network.inputs` one number a neuron",
        )?;
        let mut mistakes = Mistakes::default();
        let first = &network.inputs[0];
        let real = |list: &[Real]| list.iter().map(|number| **number).collect::<Vec<f64>>();
        let mut list = |name, numbers: Vec<f64>| {
            let found = each(name, first, numbers, neurons);
            mistakes.note(found).unwrap_or_else(|| vec![1.0; neurons])
        };
        let constants = network.time_constants.iter().map(|number| **number);
        let time_constants = list("time_constants", constants.collect());
        let thresholds = list("thresholds", real(&network.thresholds));
        let resets = list("resets", real(&network.resets));
        let start = list("start.potentials", real(&self.start.potentials));
        let mut synapses = Vec::new();
        for synapse in &network.synapses {
            let mut neuron = |name: &str, number: &NonNegative| {
                let known = number.fract() == 0.0 && **number < neurons as f64;
                mistakes.note(require(
                    number,
                    known,
                    format!(
                        "`{name}` is {number}, but the neurons are 0 to {}",
                        neurons - 1
                    ),
                    "no neuron",
                    "name a neuron by its number, counted from 0",
                ));
                **number as usize
            };
            synapses.push(Synapse {
                sender: neuron("from", &synapse.from),
                target: neuron("to", &synapse.to),
                weight: *synapse.weight,
                delay: *synapse.delay,
            });
        }
        mistakes.end()?;
        let parameters = SpikingParameters {
            neuron: *network.neuron,
            time_constants,
            inputs: real(&network.inputs),
            thresholds,
            resets,
            weights: DMatrix::zeros(0, 0),
            delays: DMatrix::zeros(0, 0),
        };
        let above = start.iter().zip(&parameters.thresholds);
        let above = above
            .into_iter()
            .position(|(start, threshold)| start > threshold);
        let place = self
            .start
            .potentials
            .first()
            .map_or(first.place(), Placed::place);
        if let Some(neuron) = above {
            let words = format!(
                "neuron {neuron} starts at {}, above its threshold",
                start[neuron]
            );
            return Err(Diagnostic::new(words)
                .at(place.bytes())
                .label("these potentials")
                .help("start at or below the thresholds")
                .into());
        }
        let network = SpikingNetwork::with_synapses(parameters, synapses).map_err(|error| {
            Diagnostic::new(error.to_string())
                .at(first.place().bytes())
                .label("this network")
                .help("give the network values that it allows")
        })?;
        Ok((network, start))
    }
}
