//! Time as an integer count of ticks, so that panels one lag apart match exactly.

/// Ticks in the shortest lag.
pub(super) const TICKS: i64 = 1 << 40;

/// A lag as whole ticks and the rest, which is less than one tick.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct TickLag {
    pub(super) ticks: i64,
    pub(super) rest: f64,
}

/// The tick of an engine and its beginning.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    begin: f64,
    tick: f64,
}

impl Clock {
    /// A clock that stands at zero at `begin`, for lags of which `shortest` is the shortest.
    pub(super) fn new(begin: f64, shortest: f64) -> Self {
        Self {
            begin,
            tick: shortest / TICKS as f64,
        }
    }

    /// A duration in ticks, as a real number.
    #[inline]
    pub(super) fn real_ticks(&self, duration: f64) -> f64 {
        duration / self.tick
    }

    /// A duration in whole ticks, the nearest.
    pub(super) fn ticks(&self, duration: f64) -> i64 {
        self.real_ticks(duration).round() as i64
    }

    /// The time of a tick.
    #[inline]
    pub(super) fn time(&self, ticks: i64) -> f64 {
        self.begin + self.duration(ticks)
    }

    /// The duration of some ticks.
    #[inline]
    pub(super) fn duration(&self, ticks: i64) -> f64 {
        ticks as f64 * self.tick
    }

    /// Ticks since the beginning, as a real number.
    pub(super) fn since_begin(&self, time: f64) -> f64 {
        self.real_ticks(time - self.begin)
    }

    pub(super) fn lag(&self, lag: f64) -> TickLag {
        let ticks = self.ticks(lag);
        TickLag {
            ticks,
            rest: self.real_ticks(lag) - ticks as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lags_are_kept_to_rounding() {
        let clock = Clock::new(3.0, 1.0);
        assert_eq!(
            clock.lag(1.0),
            TickLag {
                ticks: TICKS,
                rest: 0.0
            }
        );
        let lag = clock.lag(3.3);
        assert!(lag.rest.abs() <= 0.5);
        let whole = (lag.ticks as f64 + lag.rest) / TICKS as f64;
        assert!((whole - 3.3).abs() < 1e-15);
        assert_eq!(clock.time(5 * TICKS / 2), 5.5);
    }
}
