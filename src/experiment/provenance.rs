//! Where a result comes from: which code, built how, run on what and when.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

/// The build and the machine, for `run.json`.
#[derive(Debug, Clone, Serialize)]
pub struct Provenance {
    /// Version of this crate.
    pub version: &'static str,
    /// Commit of the checkout that it was built from; `None` outside a checkout.
    pub commit: Option<&'static str>,
    /// Whether the sources differed from that commit.
    pub dirty: Option<bool>,
    /// Compiler.
    pub rustc: &'static str,
    /// Optimised build or not.
    pub profile: &'static str,
    /// Operating system and instruction set.
    pub target: String,
    /// Model of the processor, as far as the system tells.
    pub cpu: String,
    /// Threads that a parallel part uses.
    pub threads: usize,
}

impl Provenance {
    /// Of this process; `threads` is the size of the pool in use.
    #[must_use]
    pub fn here() -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION"),
            commit: option_env!("PULSATRIX_COMMIT"),
            dirty: option_env!("PULSATRIX_DIRTY").map(|dirty| dirty == "true"),
            rustc: option_env!("PULSATRIX_RUSTC").unwrap_or("unknown"),
            profile: if cfg!(debug_assertions) {
                "debug"
            } else {
                "release"
            },
            target: format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS),
            cpu: cpu(),
            threads: rayon::current_num_threads(),
        }
    }
}

fn cpu() -> String {
    fs::read_to_string("/proc/cpuinfo")
        .ok()
        .and_then(|text| {
            let line = text.lines().find(|line| line.starts_with("model name"))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        })
        .unwrap_or_else(|| "unknown".to_owned())
}

/// A time as `2021-09-30T12:00:00Z`.
///
/// Days are turned into a date by H. Hinnant's `civil_from_days`
/// (<https://howardhinnant.github.io/date_algorithms.html>).
#[must_use]
pub fn timestamp(time: SystemTime) -> String {
    let seconds = time
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let (days, second) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn timestamps_of_known_instants() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_210_096, "2024-02-29T12:34:56Z"),
            (4_102_444_799, "2099-12-31T23:59:59Z"),
        ] {
            assert_eq!(timestamp(UNIX_EPOCH + Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn this_build_knows_its_version() {
        assert_eq!(Provenance::here().version, env!("CARGO_PKG_VERSION"));
        assert!(Provenance::here().threads > 0);
    }
}
