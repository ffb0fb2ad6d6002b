//! Three ranks share out the rows of a sum that is known: 1/1² + 1/2² + ... tends to pi²/6. Tasks go one by one to whoever is
//! free; here ranks are threads, under `mpirun` the same crew is of processes.

use std::time::Duration;

use pulsatrix::cluster::{Crew, Tasks, Threads};

/// Task `t` sums a million terms behind the first `t` million.
struct Stretches;

const LENGTH: usize = 1_000_000;

impl Tasks for Stretches {
    fn count(&self) -> usize {
        8
    }

    fn compute(&self, task: usize) -> Result<Vec<u8>, String> {
        let terms = task * LENGTH + 1..=(task + 1) * LENGTH;
        // The small terms first, so that rounding leaves no more than it must.
        let sum: f64 = terms.rev().map(|k| (k as f64).powi(-2)).sum();
        Ok(sum.to_le_bytes().to_vec())
    }
}

fn main() {
    std::thread::scope(|scope| {
        for rank in Threads::linked(3, Duration::from_secs(60)) {
            scope.spawn(move || {
                let found = Crew::new(rank)
                    .hand_out(&Stretches, 1)
                    .expect("all ranks live");
                let part =
                    |bytes: &[u8]| f64::from_le_bytes(bytes.try_into().expect("eight bytes"));
                let sum: f64 = found.iter().rev().map(|bytes| part(bytes)).sum();
                let rest = 1.0 / (Stretches.count() * LENGTH) as f64; // of the terms that are left, to first order
                let error = sum + rest - std::f64::consts::PI.powi(2) / 6.0;
                println!(
                    "a rank knows all eight parts: {sum:.12}, with the rest off by {error:.1e}"
                );
                assert!(error.abs() < 1e-13, "the sum over all squares is pi²/6");
            });
        }
    });
}
