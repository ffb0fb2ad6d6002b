//! Binary patterns as attractors: the atlas of all of them, their recall from corrupted cues, and the
//! basins around them.

mod atlas;
mod basins;
mod count;
mod explorer;
mod fate;
mod impulse_memory;
mod iterated;
mod lifetime;
mod noisy_memory;
mod proved;
mod recall;
mod stepped_relays;

pub use atlas::{Atlas, AtlasError, AtlasSettings, Evidence, LARGEST_ATLAS, PatternRecord};
pub use basins::{Basin, basins};
pub use count::{SizeCount, count_memories, size_margin};
pub use explorer::Explorer;
pub use fate::Fate;
pub use impulse_memory::ImpulseMemory;
pub use iterated::IteratedNetwork;
pub use lifetime::{Barrier, EXPONENTIAL_5, Lifetime};
pub use noisy_memory::{Escape, LifetimeSettings, NoisyMemory, Reading};
pub use proved::{Enclosures, ProofRecord, ProofVerdict};
pub use recall::{
    Answer, AssociativeMemory, Corruption, CueLevels, NORMAL_95, RecallPoint, Verdict, recall,
    wilson_interval,
};
