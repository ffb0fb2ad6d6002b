//! Random streams that do not depend on the number of threads.
//!
//! Every stream is derived from a seed, a purpose and an index, so that item 17 of a sweep draws
//! the same numbers whether it runs first, last or alone.

use rand::SeedableRng;
pub use rand::rngs::ChaCha8Rng as Stream;

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
