//! What memories make of the same cues: typed, for reports, tables and pictures.

use serde::{Deserialize, Serialize};

use crate::analysis::{Basin, RecallPoint};
use crate::networks::Pattern;

/// How one memory recalls, over the amount of corruption.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RecallCurve {
    /// Its name.
    pub memory: String,
    /// What its times are counted in.
    pub time_unit: String,
    /// Every amount.
    pub points: Vec<RecallPoint>,
}

/// The basins of one memory.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Basins {
    /// Its name.
    pub memory: String,
    /// Random starts that were followed.
    pub starts: usize,
    /// The largest first.
    pub basins: Vec<Basin>,
}

/// One stored pattern, its cue, and the answers of the memories: pictures side by side.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Answered {
    /// What was stored.
    pub stored: Pattern,
    /// Levels of the cue, 0 where it is unknown.
    pub cue: Vec<f64>,
    /// Answer of each memory; `None` for one that does not settle.
    pub answers: Vec<Option<Pattern>>,
}

/// Such rows at one amount of corruption.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Gallery {
    /// Pixels in a row of a picture.
    pub width: usize,
    /// Amount of corruption.
    pub amount: f64,
    /// Names of the memories.
    pub memories: Vec<String>,
    /// One row a pattern.
    pub rows: Vec<Answered>,
}
