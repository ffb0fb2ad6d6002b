//! Breaking points: what is known of them one lag ahead.

use std::collections::BTreeMap;

use super::collocation::STAGES;

/// Smoothness from which a break no longer matters to the polynomials of a panel.
const SMOOTH: u32 = 2 * STAGES as u32;

/// Times, in ticks, at which panels have to end.
#[derive(Debug, Clone, Default)]
pub(super) struct Calendar {
    /// Smoothness of the solution there: the lowest derivative that may jump.
    points: BTreeMap<i64, u32>,
}

impl Calendar {
    /// Sends a break of given smoothness, at `tick`, through all lags.
    pub(super) fn spread(&mut self, tick: i64, smoothness: u32, lags: &[i64]) {
        if smoothness >= SMOOTH {
            return;
        }
        for lag in lags {
            let point = self.points.entry(tick + lag).or_insert(smoothness + 1);
            *point = (*point).min(smoothness + 1);
        }
    }

    /// The next point at which a panel has to end.
    pub(super) fn next(&self) -> Option<i64> {
        self.points.keys().next().copied()
    }

    /// Moves to `now`; breaking points passed are sent through the lags. Returns the least
    /// smoothness among them: the slope may jump where it is below 2.
    pub(super) fn pass(&mut self, now: i64, lags: &[i64]) -> Option<u32> {
        let mut passed = None;
        while let Some(entry) = self
            .points
            .first_entry()
            .filter(|entry| *entry.key() <= now)
        {
            let (tick, smoothness) = entry.remove_entry();
            self.spread(tick, smoothness, lags);
            passed = Some(passed.map_or(smoothness, |least: u32| least.min(smoothness)));
        }
        passed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_come_back_smoother_until_they_are_gone() {
        let mut calendar = Calendar::default();
        calendar.spread(0, 0, &[10]);
        let mut times = Vec::new();
        while let Some(point) = calendar.next() {
            times.push(point);
            assert!(calendar.pass(point, &[10]).is_some());
        }
        assert_eq!(times.len(), SMOOTH as usize);
        assert_eq!(times[2], 30);
    }
}
