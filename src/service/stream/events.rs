//! What is asked of a run, and what is told of it.

use crate::service::schema::api;

api! {
    /// A pattern that is shown to a network, and how its run is told.
    pub struct StreamQuery {
        /// The pattern: a character a neuron, `1` active or `0` silent, 1 to 8 of them.
        pub pattern: String,
        /// Depth of the after-hyperpolarisation, 0.1 to 10.
        pub a: f64,
        /// Strength of the synapses, 0.001 to 10.
        pub b: f64,
        /// Level that they pull to, -500 to 10.
        pub c: f64,
        /// Their delay, 0, or 0.01 to 20.
        pub h: f64,
        /// Steepness, 1 to 1000; the relay limit if nothing is said.
        pub lambda: Option<f64>,
        /// Where the run ends, in delays of a neuron, up to 2000; 1000 if nothing is said, within which the shipped example
        /// settles.
        pub time: Option<f64>,
        /// Delays told in a second, 0.1 to 1000, so that the run takes ten minutes at most; as fast as the solver goes if
        /// nothing is said or 0.
        pub speed: Option<f64>,
        /// What happens before this time is computed, but not told; up to the end.
        pub from: Option<f64>,
        /// Up to 16 kicks in order of time, before the end, such as `12.5:2:-0.4`: time, neuron (from 1) and change of `x`.
        pub kicks: Option<String>,
        /// Seed of the noise in the first state.
        pub seed: Option<u64>,
    }

    /// Event `start`: what runs.
    pub struct StreamStart {
        /// `relay` or `general`.
        pub engine: String,
        /// The pattern shown.
        pub pattern: String,
        /// The first state.
        pub state: Vec<f64>,
        /// Where the run ends.
        pub time: f64,
    }

    /// Event `slice`: the next stretch of the curves.
    pub struct StreamSlice {
        /// Times, ascending.
        pub t: Vec<f64>,
        /// `x` of every neuron at these times.
        pub x: Vec<Vec<f64>>,
    }

    /// Event `kick`: a neuron was kicked.
    pub struct StreamKick {
        /// When.
        pub time: f64,
        /// Which, from 1.
        pub neuron: usize,
        /// By how much.
        pub size: f64,
    }

    /// Event `settled`: the network is in a periodic mode; beside it the closed form of the relay limit.
    pub struct StreamSettled {
        /// When this was seen.
        pub time: f64,
        /// The kind of the mode.
        pub verdict: String,
        /// Whether the very pattern that was shown fires, all at once.
        pub recalled: bool,
        /// The neurons that fire.
        pub pattern: String,
        /// Period.
        pub period: f64,
        /// Its estimated error.
        pub period_error: f64,
        /// Period by the closed form, where there is one.
        pub period_formula: Option<f64>,
        /// Largest value of a silent neuron.
        pub silent_maximum: Option<f64>,
        /// The same by the closed form.
        pub silent_maximum_formula: Option<f64>,
        /// Measured factor by which differences between active neurons change in a period.
        pub multiplier: Option<f64>,
        /// The same by the closed form.
        pub multiplier_formula: Option<f64>,
    }

    /// Event `end`, the last one.
    pub struct StreamEnd {
        /// Time reached.
        pub time: f64,
        /// `done`, `stopped`, or what the solver reports.
        pub reason: String,
    }
}

/// What is told of a run.
#[derive(Debug, Clone, PartialEq)]
pub enum Watched {
    /// It begins.
    Start(StreamStart),
    /// It goes on.
    Slice(StreamSlice),
    /// A neuron is kicked.
    Kick(StreamKick),
    /// It has settled.
    Settled(StreamSettled),
    /// It is over.
    End(StreamEnd),
}
