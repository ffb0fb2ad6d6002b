//! Vector fields: networks of impulse neurons and their relatives.

mod bursting;
mod coupling;
mod cue;
mod error;
mod impulse;
mod large;
mod scalar;

pub use bursting::BurstingNeuron;
pub use coupling::Coupling;
pub use cue::{Cue, random_state};
pub use error::NetworkError;
pub use impulse::{Feedback, ImpulseNetwork, ImpulseParameters, Normalisation};
pub use scalar::{Hutchinson, MackeyGlass};
