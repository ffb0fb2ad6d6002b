//! Looking back: history and record behind one moving cursor a lag.

use super::reading::Plan;
use super::record::{Pieces, Record};
use crate::solver::engine::RESOLUTION;
use crate::solver::{DelayField, History, Piece, Read};

/// Side from which a time is approached, where the solution or its slope may jump.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// The limit from earlier times: the end of a step.
    Before,
    /// No jump is near.
    Inside,
    /// The limit from later times: the start of a step.
    After,
}

/// Everything that a right-hand side may look back at. As a [`Piece`] it shows the newest one.
#[derive(Debug)]
pub(super) struct Memory<'a> {
    pub(super) history: History<'a>,
    pub(super) record: Record,
    /// The constant lags.
    pub(super) lags: Vec<f64>,
    /// The single values to be read at them instead of whole states.
    plan: Option<Plan>,
    /// Stretch of smoothness in which each varying delayed time lies.
    pub(super) stretches: Vec<(f64, f64)>,
    /// The varying delayed times asked for last.
    pub(super) arguments: Vec<f64>,
    /// Where on the piece under construction each varying lag was read last, if it was.
    places: Vec<Option<f64>>,
    /// Whether slopes are read too.
    pub(super) neutral: bool,
    longest_varying: f64,
    /// Time for which events look back.
    remembered: f64,
    shortest: f64,
    /// Initial time: the history ends and the record begins.
    begin: f64,
    /// Piece that each lag reaches at the start of the step.
    anchors: Vec<u64>,
    /// Piece that each lag reached last.
    cursors: Vec<u64>,
    /// Times closer than this are one time.
    pub(super) rounding: f64,
    /// Whether the piece under construction may be read.
    pub(super) overlapping: bool,
    /// Whether the piece under construction was read since the flag was lowered.
    pub(super) touched: bool,
    /// A varying lag that asked for what is no longer kept, and the time it asked for.
    pub(super) forgotten: Option<(usize, f64)>,
}

impl<'a> Memory<'a> {
    pub(super) fn new(
        history: History<'a>,
        field: &dyn DelayField,
        begin: f64,
        terms: usize,
    ) -> Self {
        let (lags, varying) = (field.lags().to_vec(), field.varying_lags());
        let mut memory = Self {
            history,
            record: Record::new(field.dimension(), terms),
            stretches: vec![(f64::NEG_INFINITY, f64::INFINITY); varying],
            arguments: vec![0.0; varying],
            places: vec![None; varying],
            neutral: field.is_neutral(),
            longest_varying: if varying > 0 {
                field.longest_varying_lag()
            } else {
                0.0
            },
            remembered: field.remembered(),
            shortest: shortest(&lags),
            begin,
            anchors: vec![0; lags.len() + varying],
            cursors: vec![0; lags.len() + varying],
            plan: Plan::new(&lags, field.reads(), field.dimension()),
            lags,
            rounding: 0.0,
            overlapping: false,
            touched: false,
            forgotten: None,
        };
        memory.move_to(begin);
        memory
    }

    /// Longest time that is looked back, infinite if a varying lag has no bound.
    pub(super) fn longest_lag(&self) -> f64 {
        let constant = self.lags.iter().copied().fold(0.0, f64::max);
        constant.max(self.longest_varying)
    }

    /// Shortest constant lag but zero, infinite if there is none.
    #[inline]
    pub(super) fn shortest_lag(&self) -> f64 {
        self.shortest
    }

    /// Number of whole states that the field is shown.
    #[inline]
    pub(super) fn states_shown(&self) -> usize {
        match self.plan {
            Some(_) => 0,
            None => self.lags.len() + self.stretches.len(),
        }
    }

    /// What the field lists as its reads.
    pub(super) fn reads(&self) -> &[Read] {
        self.plan.as_ref().map_or(&[], Plan::listed)
    }

    /// Numbers that the field is shown.
    pub(super) fn numbers_shown(&self) -> usize {
        let states = self.states_shown() * self.history.dimension();
        match &self.plan {
            Some(plan) => plan.reads(),
            None => states * (1 + usize::from(self.neutral)),
        }
    }

    /// Whether some delayed times vary.
    #[inline]
    pub(super) fn varies(&self) -> bool {
        !self.stretches.is_empty()
    }

    /// Back to the start of the step.
    #[inline]
    pub(super) fn rewind(&mut self) {
        self.cursors.copy_from_slice(&self.anchors);
    }

    /// Moves the start of the step to `time` and forgets what no lag reaches any more.
    pub(super) fn move_to(&mut self, time: f64) {
        let longest = self.longest_lag();
        let scale = if longest.is_finite() { longest } else { 0.0 };
        self.rounding = RESOLUTION * time.abs().max(scale).max(self.begin.abs());
        for (anchor, lag) in self.anchors.iter_mut().zip(&self.lags) {
            let past = time - lag - 2.0 * self.rounding;
            while *anchor + 1 < self.record.next() && past >= self.record.end(*anchor) {
                *anchor += 1;
            }
        }
        let constant = self.lags.len();
        let newest = self.record.next().saturating_sub(1);
        // a jump may yet go back to the begin of the newest piece
        let earliest = self.record.newest_begin().unwrap_or(time);
        let kept = longest.max(self.remembered);
        self.record.forget(earliest - kept - 4.0 * self.rounding);
        let oldest = self.record.oldest();
        for (anchor, cursor) in self.anchors[constant..]
            .iter_mut()
            .zip(&self.cursors[constant..])
        {
            *anchor = (*cursor).clamp(oldest, newest);
        }
        self.rewind();
    }

    /// Goes back to `time` on the newest piece, which ends there from now on.
    pub(super) fn cut(&mut self, time: f64) {
        self.record.cut(time);
        self.anchors.fill(self.record.oldest());
        self.move_to(time);
    }

    /// Initial time of the run.
    pub(super) fn begin(&self) -> f64 {
        self.begin
    }

    /// Piece that each lag reaches at the start of the step.
    pub(super) fn anchors(&self) -> &[u64] {
        &self.anchors
    }

    /// Puts a saved past back, or says that it does not fit.
    pub(super) fn restore(&mut self, pieces: &Pieces, anchors: &[u64], rounding: f64) -> bool {
        self.anchors.copy_from_slice(anchors);
        self.rewind();
        self.rounding = rounding;
        self.record.restore(pieces)
    }

    /// Writes everything that `field` reads at `time` with `state` into `delayed`: the states of
    /// all lags, then, of a neutral field, the slopes.
    ///
    /// Times may only grow between two calls of [`rewind`](Self::rewind).
    #[inline]
    pub(super) fn look<const N: usize>(
        &mut self,
        field: &dyn DelayField,
        time: f64,
        state: &[f64],
        side: Side,
        delayed: &mut [f64],
    ) {
        if let Some(plan) = &mut self.plan {
            let readable = self.record.next() + u64::from(self.overlapping);
            let sought = super::reading::Sought {
                time,
                shift: shift_of(side, self.rounding),
                begin: self.begin,
                rounding: self.rounding,
                readable,
            };
            plan.read(&self.history, &self.record, &sought, state, delayed);
            return;
        }
        self.read::<N>(time, state, side, delayed);
        if self.varies() || self.neutral {
            self.look_further(field, time, state, side, delayed);
        }
    }

    /// Writes `y(time - lag)` for every constant lag, one state after the other.
    #[inline]
    fn read<const N: usize>(&mut self, time: f64, present: &[f64], side: Side, states: &mut [f64]) {
        let n = if N == 0 { self.history.dimension() } else { N };
        let shift = self.shift(side);
        let readable = self.record.next() + u64::from(self.overlapping);
        for number in 0..self.lags.len() {
            let (before, rest) = states.split_at_mut(number * n);
            let state = &mut rest[..n];
            if number > 0 && self.lags[number] == self.lags[number - 1] {
                // two names of one lag
                state.copy_from_slice(&before[(number - 1) * n..]);
                self.cursors[number] = self.cursors[number - 1];
                continue;
            }
            let (lag, cursor) = (&self.lags[number], &mut self.cursors[number]);
            let past = time - lag;
            let selected = past + shift;
            if *lag == 0.0 {
                state.copy_from_slice(&present[..n]);
            } else if selected < self.begin {
                let past = past.min(self.begin);
                let rounding = 2.0 * self.rounding;
                self.history
                    .evaluate_beside(past, selected, rounding, state);
            } else {
                while *cursor + 1 < readable && selected >= self.record.end(*cursor) {
                    *cursor += 1;
                }
                self.record.read::<N>(*cursor, past, state);
            }
        }
    }

    fn shift(&self, side: Side) -> f64 {
        shift_of(side, self.rounding)
    }

    /// The states at varying delayed times, and all slopes of a neutral field.
    fn look_further(
        &mut self,
        field: &dyn DelayField,
        time: f64,
        state: &[f64],
        side: Side,
        delayed: &mut [f64],
    ) {
        let n = self.history.dimension();
        let (constant, varying) = (self.lags.len(), self.stretches.len());
        let (states, slopes) = delayed.split_at_mut((constant + varying) * n);
        let shift = self.shift(side);
        if self.neutral {
            for lag in 0..constant {
                let past = time - self.lags[lag];
                let slope = &mut slopes[lag * n..][..n];
                if past + shift < self.begin {
                    self.history.evaluate_slope(past.min(self.begin), slope);
                } else {
                    let piece = self.cursors[lag];
                    self.touched |= piece == self.record.next();
                    self.record.read_slope(piece, past, slope);
                }
            }
        }
        field.delayed_times(time, state, &mut self.arguments);
        for lag in 0..varying {
            let place = (constant + lag) * n;
            let slope = if self.neutral {
                &mut slopes[place..][..n]
            } else {
                &mut []
            };
            self.read_varying(lag, time, state, &mut states[place..][..n], slope);
        }
    }

    /// State, and slope unless that is empty, at one varying delayed time.
    fn read_varying(
        &mut self,
        lag: usize,
        time: f64,
        present: &[f64],
        state: &mut [f64],
        slope: &mut [f64],
    ) {
        let argument = self.arguments[lag];
        let (low, high) = match self.stretches[lag] {
            // a delayed time that is not followed, or that there is no break to follow past
            (f64::NEG_INFINITY, f64::INFINITY) if argument < self.begin => {
                (f64::NEG_INFINITY, self.begin)
            }
            stretch => stretch,
        };
        self.places[lag] = None;
        if argument.is_nan() {
            state.fill(f64::NAN);
            return;
        }
        let in_history = high <= self.begin;
        // strictly inside the stretch, where the side does not matter
        let (low, high) = (low + self.rounding, high - self.rounding);
        let selected = argument.min(high).max(low);
        if in_history {
            // the history has no continuation to offer
            self.history.evaluate(selected, state);
            if !slope.is_empty() {
                self.history.evaluate_slope(selected, slope);
            }
            return;
        }
        let readable = self.record.next() + u64::from(self.overlapping);
        if readable == 0 {
            state.copy_from_slice(present);
            if !slope.is_empty() {
                self.history.evaluate_slope(self.begin, slope);
            }
            return;
        }
        let cursor = &mut self.cursors[self.lags.len() + lag];
        let oldest = self.record.oldest();
        *cursor = (*cursor).clamp(oldest, readable - 1);
        while *cursor + 1 < readable && selected >= self.record.end(*cursor) {
            *cursor += 1;
        }
        while *cursor > oldest && selected < self.record.begin(*cursor) {
            *cursor -= 1;
        }
        let piece = *cursor;
        if piece == oldest && oldest > 0 && selected < self.record.begin(piece) - self.rounding {
            self.forgotten = Some((lag, argument));
        }
        let (piece, at) = self.continuation(piece, argument.min(time), (low, high));
        if piece == self.record.next() {
            self.touched = true;
            self.places[lag] = Some(at);
        }
        self.record.read::<0>(piece, at, state);
        if !slope.is_empty() {
            self.record.read_slope(piece, at, slope);
        }
    }

    /// The time on the piece under construction at which a lag was read last, for `time`, if it was
    /// read there at all.
    pub(super) fn place(&self, lag: usize, time: f64) -> Option<f64> {
        match lag.checked_sub(self.lags.len()) {
            Some(varying) => self.places[varying],
            None => {
                let past = time - self.lags[lag];
                let open = match self.plan {
                    None => self.cursors[lag] == self.record.next() && past >= self.begin,
                    Some(_) => past >= self.record.newest_end().unwrap_or(self.begin),
                };
                Some(past).filter(|_| open && self.overlapping && self.lags[lag] > 0.0)
            }
        }
    }

    /// The piece, and the time on it, that continues a stretch to `time` beyond one of its ends.
    ///
    /// A short piece says little about what comes long after it, so the nearest one that is as long
    /// as the way beyond the end is asked, and never further than twice its length.
    fn continuation(&self, mut piece: u64, time: f64, stretch: (f64, f64)) -> (u64, f64) {
        const FURTHEST: f64 = 2.0;
        let (low, high) = stretch;
        let length = |piece| self.record.end(piece) - self.record.begin(piece);
        if time > high {
            let beyond = time - high;
            while length(piece) < beyond
                && piece > self.record.oldest()
                && self.record.begin(piece) > low + self.rounding
            {
                piece -= 1;
            }
            (piece, time.min(high + FURTHEST * length(piece)))
        } else if time < low {
            let beyond = low - time;
            while length(piece) < beyond
                && piece + 1 < self.record.next()
                && self.record.end(piece) < high - self.rounding
            {
                piece += 1;
            }
            (piece, time.max(low - FURTHEST * length(piece)))
        } else {
            (piece, time)
        }
    }
}

/// How far beside a time the piece is chosen.
#[inline]
fn shift_of(side: Side, rounding: f64) -> f64 {
    match side {
        Side::Before => -rounding,
        Side::Inside => 0.0,
        Side::After => rounding,
    }
}

/// Shortest lag but zero, infinite if there is none.
fn shortest(lags: &[f64]) -> f64 {
    let late = lags.iter().copied().filter(|lag| *lag > 0.0);
    late.fold(f64::INFINITY, f64::min)
}

impl Piece for Memory<'_> {
    fn span(&self) -> (f64, f64) {
        self.record.span()
    }

    fn dimension(&self) -> usize {
        self.record.dimension()
    }

    fn value(&self, component: usize, time: f64) -> f64 {
        self.record.value(component, time)
    }

    fn slope(&self, component: usize, time: f64) -> f64 {
        self.record.slope(component, time)
    }

    fn past(&self, component: usize, time: f64) -> f64 {
        let record = &self.record;
        if time <= self.begin || record.next() == 0 {
            let mut state = vec![0.0; record.dimension()];
            self.history.evaluate(time.min(self.begin), &mut state);
            return state.get(component).copied().unwrap_or(f64::NAN);
        }
        let (_, end) = record.span();
        let held = time >= record.begin(record.oldest()) && time <= end + self.rounding;
        if held && component < record.dimension() {
            record.component(record.find(time), component, time)
        } else {
            f64::NAN
        }
    }

    fn state(&self, time: f64, state: &mut [f64]) {
        self.record.state(time, state);
    }
}
