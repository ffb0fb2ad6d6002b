//! What is known of the ranks.

use super::PartitionError;

/// Ranks with their shares of the work, their memory and their speed.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranks {
    shares: Vec<f64>,
    memory: Vec<f64>,
    speeds: Vec<f64>,
}

/// Multiply-adds a second of a rank of which nothing is said: about what a core of a small board does in single
/// precision (chosen; half of 4 GFLOP/s).
pub const DEFAULT_SPEED: f64 = 2e9;

/// Most ranks of a plan (chosen: ten times the largest cluster that the scripts of the source know, and room).
pub const MOST_RANKS: usize = 1024;

impl Ranks {
    /// Equal ranks without limits.
    ///
    /// # Errors
    /// [`PartitionError::Ranks`] for none or more than [`MOST_RANKS`].
    pub fn equal(count: usize) -> Result<Self, PartitionError> {
        Self::new(
            vec![1.0; count],
            vec![f64::INFINITY; count],
            vec![DEFAULT_SPEED; count],
        )
    }

    /// Ranks with these shares, bytes of memory and multiply-adds a second.
    ///
    /// # Errors
    /// [`PartitionError::Ranks`] for lists of different lengths, none or too many ranks, or numbers that are not positive.
    pub fn new(
        shares: Vec<f64>,
        memory: Vec<f64>,
        speeds: Vec<f64>,
    ) -> Result<Self, PartitionError> {
        let count = shares.len();
        let refuse = |what, reason: String| Err(PartitionError::Ranks { what, reason });
        if !(1..=MOST_RANKS).contains(&count) {
            let reason = format!("there are {count}; give from 1 to {MOST_RANKS}");
            return refuse("the number", reason);
        }
        for (what, list, infinite) in [
            ("the shares", &shares, false),
            ("the memory", &memory, true),
            ("the speeds", &speeds, false),
        ] {
            if list.len() != count {
                let reason = format!("{} numbers for {count} ranks; give one a rank", list.len());
                return refuse(what, reason);
            }
            let wrong = |value: &&f64| !(**value > 0.0 && (infinite || value.is_finite()));
            if let Some(value) = list.iter().find(wrong) {
                let reason = format!("{value} is among them; give positive numbers");
                return refuse(what, reason);
            }
        }
        Ok(Self {
            shares,
            memory,
            speeds,
        })
    }

    /// How many.
    #[must_use]
    pub fn count(&self) -> usize {
        self.shares.len()
    }

    /// Their shares of every layer, up to a common factor.
    #[must_use]
    pub fn shares(&self) -> &[f64] {
        &self.shares
    }

    /// Bytes that each has.
    #[must_use]
    pub fn memory(&self) -> &[f64] {
        &self.memory
    }

    /// Multiply-adds a second of each.
    #[must_use]
    pub fn speeds(&self) -> &[f64] {
        &self.speeds
    }

    /// The first so many of them.
    #[must_use]
    pub fn first(&self, count: usize) -> Self {
        let cut = |list: &[f64]| list[..count.clamp(1, list.len())].to_vec();
        Self {
            shares: cut(&self.shares),
            memory: cut(&self.memory),
            speeds: cut(&self.speeds),
        }
    }
}
