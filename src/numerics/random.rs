//! Random streams that do not depend on the number of threads.
//!
//! Every stream is derived from a seed, a purpose and an index, so that item 17 of a sweep draws
//! the same numbers whether it runs first, last or alone.

pub use rand::rngs::ChaCha8Rng as Stream;
use rand::{RngExt, SeedableRng};

/// The random stream of one item: the same `(seed, purpose, index)` always gives the same numbers.
///
/// `purpose` separates the uses of one seed (`"history"`, `"weights"`, ...); it is folded into the
/// seed by the 64-bit FNV-1a hash, and `index` selects one of the 2^64 streams of `ChaCha8`.
///
/// ```
/// use pulsatrix::numerics::random::stream;
/// use rand::RngExt;
///
/// let first: f64 = stream(1, "history", 3).random();
/// assert_eq!(first, stream(1, "history", 3).random::<f64>());
/// assert_ne!(first, stream(1, "history", 4).random::<f64>());
/// assert_ne!(first, stream(1, "weights", 3).random::<f64>());
/// ```
#[must_use]
pub fn stream(seed: u64, purpose: &str, index: u64) -> Stream {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in seed.to_le_bytes().iter().chain(purpose.as_bytes()) {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    let mut stream = Stream::seed_from_u64(hash);
    stream.set_stream(index);
    stream
}

/// The seed of one member of an ensemble, for what takes a seed of its own: drawn from the stream of
/// `(seed, purpose, index)`, so that the members of two seeds have nothing in common, as those of
/// `seed + index` would have.
///
/// ```
/// use pulsatrix::numerics::random::member;
///
/// assert_ne!(member(1, "network", 1), member(2, "network", 0));
/// ```
#[must_use]
pub fn member(seed: u64, purpose: &str, index: usize) -> u64 {
    stream(seed, purpose, index as u64).random()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_of_neighbouring_seeds_have_nothing_in_common() {
        let of = |seed: u64| (0..100).map(move |index| member(seed, "network", index));
        let all: std::collections::BTreeSet<u64> = (0..100).flat_map(of).collect();
        assert_eq!(all.len(), 100 * 100);
    }
}
