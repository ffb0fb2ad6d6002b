//! What a model asks for must fit into memory, and is refused before anything is allocated.

use super::Diagnostic;
use super::settings::{Count, Placed, require};

/// Bytes that one array of a run may take: what a laptop of today has to spare (chosen).
pub const MOST_BYTES: f64 = 8e9;

/// Bytes of one number.
pub const NUMBER: f64 = 8.0;

/// Refuses `what` if it takes more than [`MOST_BYTES`]. The bytes are an `f64`, in which no product of
/// counts overflows.
///
/// A run keeps several arrays of the largest kind: what is refused here is sure not to fit, what passes
/// is not sure to.
///
/// # Errors
/// At the place of the setting that asks for most of it.
pub fn require_memory(setting: &impl Placed, what: &str, bytes: f64) -> Result<(), Diagnostic> {
    let gigabytes = match bytes / 1e9 {
        few if few < 1e5 => format!("{few:.0}"),
        many => format!("{many:.0e}"),
    };
    require(
        setting,
        bytes <= MOST_BYTES,
        format!("{what} would take {gigabytes} GB of memory"),
        "asks for most of it",
        format!(
            "choose smaller numbers, so that it is at most {:.0} GB",
            MOST_BYTES / 1e9
        ),
    )
}

/// The largest of several counts, where it stands.
pub fn largest<const MIN: usize>(counts: &[Count<MIN>]) -> Count<MIN> {
    let largest = counts.iter().copied().max_by_key(|count| **count);
    largest.unwrap_or(MIN.into())
}

/// Numbers in the weights between the layers of a fully connected network, from its `sizes`.
pub fn weights_between(sizes: impl Iterator<Item = usize> + Clone) -> f64 {
    let pairs = sizes.clone().zip(sizes.skip(1));
    pairs.map(|(from, to)| from as f64 * to as f64).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_fit_is_refused_in_gigabytes() {
        let count = Count::<1>::from(1_000_000_000);
        assert!(require_memory(&count, "a list", NUMBER * *count as f64).is_ok());
        let square = NUMBER * (*count as f64).powi(2);
        let refused = require_memory(&count, "the kernel", square).unwrap_err();
        assert_eq!(refused.message, "the kernel would take 8e9 GB of memory");
        let list = require_memory(&count, "the list", 12.4e9).unwrap_err();
        assert_eq!(list.message, "the list would take 12 GB of memory");
    }
}
