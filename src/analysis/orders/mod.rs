//! Orders as attractors: neurons that fire one after another, every order of them a cycle of its own.

mod capacity;
mod course;
mod explorer;
mod modes;
mod recall;
mod state;
mod wave;
mod waves;

pub use capacity::{OrderCapacity, StoredOrders};
pub use explorer::{OrderExplorer, OrderRecord, Staggered};
pub use modes::WaveMultipliers;
pub use recall::{OrderCorruption, OrderCues, OrderRecall};
pub use wave::{Wave, WaveNetwork};
pub use waves::{CoexistingWave, WaveLoss, best_wave, coexisting_waves};
