//! The trajectory as the caller sees it: pieces of panels, cut where limits cut them.

use super::clock::Clock;
use super::collocation::{Collocation, POINTS};
use super::field::Chart;
use super::history::Panels;
use super::order::Order;
use crate::solver::Piece;

/// The panels of a run, and the last piece shown of the newest one.
#[derive(Debug)]
pub(super) struct Course {
    pub(super) panels: Panels,
    pub(super) clock: Clock,
    pub(super) order: Order,
    chart: Chart,
    dimension: usize,
    span: (f64, f64),
}

impl Course {
    pub(super) fn new(panels: Panels, order: Order, clock: Clock, chart: Chart) -> Self {
        let begin = clock.time(0);
        let dimension = panels.layout().components();
        Self {
            panels,
            clock,
            order,
            chart,
            dimension,
            span: (begin, begin),
        }
    }

    /// Time shown so far.
    pub(super) fn time(&self) -> f64 {
        self.span.1
    }

    /// End of the newest panel.
    fn end(&self) -> f64 {
        self.clock.time(self.panels.panel(self.panels.newest()).end)
    }

    /// Whether all of the newest panel has been shown.
    pub(super) fn is_shown(&self) -> bool {
        self.end() <= self.span.1
    }

    /// Shows the next piece, at most up to `limit`.
    pub(super) fn show(&mut self, limit: f64) {
        self.span = (self.span.1, limit.min(self.end()));
    }

    /// Takes back what was shown after `time` of the piece shown last, if it lies on that.
    pub(super) fn go_back(&mut self, time: f64) -> bool {
        let (begin, end) = self.span;
        let inside = time >= begin && time <= end;
        if inside {
            self.span.1 = time;
        }
        inside
    }

    /// The state at the end of what has been shown.
    pub(super) fn reached(&self) -> Vec<f64> {
        let mut state = vec![0.0; self.dimension];
        if self.span.1 < self.end() {
            self.state(self.span.1, &mut state);
            return state;
        }
        let newest = self.panels.panel(self.panels.newest());
        let (layout, places) = (self.panels.layout(), self.order.places());
        newest
            .precision
            .end(layout, &newest.states, places, &mut state);
        self.to_states(&mut state);
        state
    }

    fn to_states(&self, values: &mut [f64]) {
        if self.chart == Chart::Logarithm {
            for value in values {
                *value = value.exp();
            }
        }
    }

    /// Place of a time on the newest panel, from 0 to 1.
    fn place(&self, time: f64) -> f64 {
        let panel = self.panels.panel(self.panels.newest());
        panel.place(0, self.clock.since_begin(time))
    }

    fn weights(&self, time: f64) -> [f64; POINTS] {
        Collocation::get().weights(self.place(time))
    }
}

impl Piece for Course {
    fn span(&self) -> (f64, f64) {
        self.span
    }

    fn dimension(&self) -> usize {
        self.dimension
    }

    fn value(&self, component: usize, time: f64) -> f64 {
        let newest = self.panels.newest();
        let place = self.order.place(component);
        let value = self.panels.value(newest, place, &self.weights(time));
        match self.chart {
            Chart::State => value,
            Chart::Logarithm => value.exp(),
        }
    }

    fn slope(&self, component: usize, time: f64) -> f64 {
        let newest = self.panels.newest();
        let panel = self.panels.panel(newest);
        let weights = Collocation::get().slope_weights(self.place(time));
        let place = self.order.place(component);
        let slope = self.panels.value(newest, place, &weights)
            / self.clock.duration(panel.end - panel.begin);
        match self.chart {
            Chart::State => slope,
            Chart::Logarithm => slope * self.value(component, time),
        }
    }

    fn stretches(&self) -> u32 {
        3
    }

    fn state(&self, time: f64, state: &mut [f64]) {
        let (newest, weights) = (self.panels.newest(), self.weights(time));
        for (component, value) in state.iter_mut().enumerate() {
            let place = self.order.place(component);
            *value = self.panels.value(newest, place, &weights);
        }
        self.to_states(state);
    }
}
