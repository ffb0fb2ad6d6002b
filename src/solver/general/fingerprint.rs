//! A number that tells one history from another.

use crate::solver::{DelaySolver, Delayed};

/// Parts into which the reach of a lag before the initial time is cut by the times compared.
const PARTS: u32 = 16;

impl DelaySolver<'_> {
    /// Fowler, Noll and Vo's hash (FNV-1a, 64 bits) of what the history says at its end and before
    /// it, as far back as the constant lags and the first varying delayed times reach.
    pub(super) fn fingerprint(&self) -> u64 {
        let (history, begin) = (&self.memory.history, self.memory.begin());
        let n = self.dimension;
        let mut hash = Hash::default();
        let mut state = vec![0.0; n];
        if let Ok(initial) = history.initial_state(begin, n) {
            state.copy_from_slice(&initial);
            hash.add(&initial);
        }
        hash.add(history.breaking_points());
        let mut times = vec![0.0; self.memory.stretches.len()];
        self.field.delayed_times(begin, &state, &mut times);
        let constant = self.memory.lags.iter().map(|lag| begin - lag);
        let earliest = constant.chain(times).filter(|time| time.is_finite());
        let earliest = earliest.fold(begin, f64::min);
        let mut slope = vec![0.0; n];
        for part in 0..=PARTS {
            let time = begin - f64::from(part) / f64::from(PARTS) * (begin - earliest);
            let rounding = self.memory.rounding;
            history.evaluate_beside(time, time - rounding, rounding, &mut state);
            hash.add(&state);
            if self.memory.neutral {
                history.evaluate_slope(time, &mut slope);
                hash.add(&slope);
            }
        }
        hash.0
    }

    /// What the right-hand side says of the history at the initial time, looked at from the past: a
    /// fingerprint of the equation. A state that is not finite, or a lag of length zero, is as good as
    /// any other.
    pub(super) fn first_slope(&self) -> Vec<f64> {
        let (history, begin) = (&self.memory.history, self.memory.begin());
        let n = self.dimension;
        let mut present = vec![0.0; n];
        history.evaluate(begin, &mut present);
        let mut times = vec![0.0; self.memory.stretches.len()];
        self.field.delayed_times(begin, &present, &mut times);
        let constant = self.memory.lags.iter().map(|lag| begin - lag);
        let past: Vec<f64> = constant.chain(times).map(|time| time.min(begin)).collect();
        let mut slope = vec![0.0; n];
        let mut state = vec![0.0; n];
        let mut shown = Vec::with_capacity(self.memory.numbers_shown());
        let reads = self.memory.reads();
        for read in reads {
            let value = history.component(past[read.lag], read.component);
            shown.push(value.unwrap_or_else(|| {
                history.evaluate(past[read.lag], &mut state);
                state[read.component]
            }));
        }
        if reads.is_empty() {
            for time in &past {
                history.evaluate(*time, &mut state);
                shown.extend_from_slice(&state);
            }
            if self.memory.neutral {
                for time in &past {
                    history.evaluate_slope(*time, &mut state);
                    shown.extend_from_slice(&state);
                }
            }
        }
        let delayed = Delayed::split(&shown, n, self.memory.states_shown());
        self.field.derivative(begin, &present, delayed, &mut slope);
        // what is no number has no place in JSON
        for slope in slope.iter_mut().filter(|slope| !slope.is_finite()) {
            *slope = 0.0;
        }
        slope
    }
}

struct Hash(u64);

impl Default for Hash {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hash {
    fn add(&mut self, values: &[f64]) {
        for value in values {
            // one NaN, one zero
            let value = if value.is_nan() {
                f64::NAN
            } else {
                value + 0.0
            };
            for byte in value.to_bits().to_le_bytes() {
                self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
            }
        }
    }
}
