//! What the newest panels tell of those that will read them, one lag later.

use super::LANES;
use super::collocation::STAGES;
use super::field::PanelField;
use super::history::TILE;
use super::solver::PanelSolver;
use super::step::{GROWTH, NOTHING, ratio};

/// Part of what was learned of readable gates that is left after a panel: measured; between 0.8 and
/// 0.95 the number of panels hardly changes, without forgetting every sixth is rejected as before.
const FORGET: f64 = 0.9;
/// Part of the usual panel in which a switch is brief, so that it might be overlooked.
const BRIEF: f64 = 0.25;

impl<F: PanelField<LAGS, PARAMETERS>, const LAGS: usize, const PARAMETERS: usize>
    PanelSolver<'_, F, LAGS, PARAMETERS>
{
    /// Notes where a layer begins or has ended.
    pub(super) fn look_ahead(&mut self) {
        match (self.calendar.longest_panel(self.now), self.before_layer) {
            (Some(_), None) => self.before_layer = Some(self.wanted),
            (None, Some(wanted)) => {
                self.wanted = self.wanted.max(wanted);
                self.before_layer = None;
            }
            _ => {}
        }
    }

    /// Enters the switches of the newest panel into the calendar.
    pub(super) fn foresee(&mut self) {
        let Some(search) = &self.search else { return };
        let (newest, dimension) = (self.course.panels.newest(), self.field.dimension());
        let panel = self.course.panels.panel(newest);
        let sharp = self.sharp((panel.end - panel.begin) as f64);
        let mut layers = Vec::new();
        for (tile, outcome) in self.outcomes.iter().enumerate() {
            if outcome.switches {
                let (first, last) = (tile * TILE * LANES, (tile + 1) * TILE * LANES);
                for component in first..last.min(dimension) {
                    let points = self.course.panels.points(newest, component);
                    if search.concerns(&points, sharp) {
                        search.layers((panel.begin, panel.end), &points, &mut layers);
                    }
                }
            }
        }
        for layer in layers {
            for lag in &self.whole_lags {
                self.calendar.add(layer.after(*lag), self.now);
            }
        }
    }

    /// Range of a state, over a panel of `length` ticks that comes near its switch, from which the
    /// switching needs to be foreseen: because it is over in a small part of the panels that are
    /// otherwise wanted.
    pub(super) fn sharp(&self, length: f64) -> f64 {
        let Some(search) = &self.search else {
            return f64::INFINITY;
        };
        let usual = self.wanted.max(self.before_layer.unwrap_or(0.0));
        if length < BRIEF * usual {
            return -1.0;
        }
        2.0 * search.band() * length / (BRIEF * usual)
    }

    /// Learns what width of a gate may be read, from a panel of `length` ticks and its error: at least
    /// what this one could have read.
    pub(super) fn learn(&mut self, length: i64, error: f64) {
        let mut met = 0.0_f64;
        for lag in (0..LAGS).filter(|lag| self.same[*lag] == *lag) {
            let from = self.now - self.lags[lag].ticks;
            let mut number = self.cursors[lag];
            while number <= self.course.panels.newest() {
                let panel = self.course.panels.panel(number);
                if panel.begin >= from + length {
                    break;
                }
                met = met.max(panel.sharpness);
                number += 1;
            }
        }
        if met > 0.0 && error.is_finite() {
            // a panel without error says that more may be read, not how much
            let (longer, kept) = if error < NOTHING {
                (GROWTH, 1.0)
            } else {
                (ratio(error), FORGET)
            };
            let width = met * length as f64 * longer;
            self.width = if self.width.is_finite() {
                width.max(kept * self.width)
            } else {
                width
            };
        }
    }

    /// The part of `wanted` ticks in which no gate that is read passes through too much of its width.
    pub(super) fn foreseen(&self, mut wanted: f64) -> f64 {
        for lag in (0..LAGS).filter(|lag| self.same[*lag] == *lag) {
            let from = self.now - self.lags[lag].ticks;
            let mut number = self.cursors[lag];
            while number <= self.course.panels.newest() {
                let panel = self.course.panels.panel(number);
                let offset = (panel.begin - from).max(0) as f64;
                if offset >= wanted {
                    break;
                }
                let longest = self.width / panel.sharpness;
                if longest < wanted {
                    wanted = longest.max(offset);
                }
                number += 1;
            }
        }
        wanted
    }

    /// Sorts the components by phase when that pays.
    pub(super) fn sort(&mut self) {
        let longest = self.whole_lags.iter().copied().max().unwrap_or(0);
        // what is read before the initial time lies in the order of the components
        if self.bound == f64::INFINITY || self.now <= longest {
            return;
        }
        let blocks = self.outcomes.iter().map(|outcome| outcome.blocks).sum();
        let standing = self.outcomes.iter().map(|outcome| outcome.standing).sum();
        let (components, panels) = (self.field.dimension(), self.course.panels.len());
        if !self
            .course
            .order
            .is_due(blocks, standing, components, panels)
        {
            return;
        }
        let (panels, marks) = (&self.course.panels, &self.marks);
        let (newest, layout) = (panels.newest(), panels.layout());
        let state = |place: usize| {
            let slope = marks[layout.index(2, 1, place)];
            (panels.stage(newest, place, STAGES - 1), slope)
        };
        let from = self.course.order.sort(state, components);
        self.course.panels.rearrange(&from);
        for (values, rows) in [(&mut self.parameters, PARAMETERS), (&mut self.marks, 2)] {
            if values.len() < rows * components {
                // parameters of which all components have the same
                continue;
            }
            let mut new = vec![0.0; values.len()];
            layout.rearrange((values, &mut new), rows, &from);
            *values = new;
        }
    }
}
