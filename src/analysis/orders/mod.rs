//! Orders as attractors: neurons that fire one after another, every order of them a cycle of its own.

mod capacity;
mod course;
mod explorer;
mod large;
mod modes;
mod recall;
mod ring;
mod state;
mod wave;
mod waves;

pub use capacity::{OrderCapacity, OrderProgramme, StoredOrders};
pub use explorer::{OrderExplorer, OrderRecord, Staggered};
pub use large::{LargeStart, LargeWave, LargeWaveError, follow_large_wave};
pub use modes::WaveMultipliers;
pub use recall::{OrderCorruption, OrderCues, OrderRecall};
pub use ring::{RingOrder, ring_orders};
pub use wave::{Wave, WaveNetwork};
pub use waves::{CoexistingWave, WaveLoss, best_wave, coexisting_waves};
