//! Stiff delay equations.

use super::KnownAnswer;
use pulsatrix::solver::{History, closure_field};

/// Robertson's reaction with a late autocatalyst, lag 0.01: N. Guglielmi, E. Hairer, "Implementing
/// Radau IIA methods for stiff delay differential equations", Computing 67, 1-12 (2001),
/// doi:10.1007/s006070170013.
pub fn robertson(end: f64, answer: [f64; 3]) -> KnownAnswer {
    KnownAnswer {
        name: "delayed Robertson",
        field: Box::new(closure_field(3, &[0.01], |_, y, delayed, dy| {
            let (slow, fast) = (
                0.04 * y[0] - 1e4 * delayed.state(0)[1] * y[2],
                3e7 * y[1] * y[1],
            );
            dy[0] = -slow;
            dy[1] = slow - fast;
            dy[2] = fast;
        })),
        history: || History::constant(&[1.0, 0.0, 0.0]),
        begin: 0.0,
        end,
        answer: answer.to_vec(),
    }
}
