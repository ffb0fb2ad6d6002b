//! Results of parallel work in their order, the error among them.

use rayon::iter::ParallelIterator;

/// All results, or the first error in their order, so that a message does not depend on threads: collected in parallel
/// into a `Result`, that is the error which came first in time. All work is done, also behind an error.
pub(crate) fn in_order<T: Send, E: Send>(
    results: impl ParallelIterator<Item = Result<T, E>>,
) -> Result<Vec<T>, E> {
    let all: Vec<Result<T, E>> = results.collect();
    all.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use std::thread::sleep;
    use std::time::Duration;

    use rayon::prelude::*;

    use super::*;

    #[test]
    fn the_error_is_the_first_in_order_and_not_in_time() {
        let work = |item: u64| {
            sleep(Duration::from_micros(50 * (64 - item)));
            if item % 8 == 3 { Err(item) } else { Ok(item) }
        };
        for _ in 0..20 {
            assert_eq!(in_order((0..64).into_par_iter().map(work)), Err(3));
        }
        assert_eq!(
            in_order((0..3).into_par_iter().map(work)),
            Ok(vec![0, 1, 2])
        );
    }
}
