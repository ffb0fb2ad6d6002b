//! What the newest panels tell of those that will read them, one lag later.

use super::LANES;
use super::clock::TICKS;
use super::collocation::STAGES;
use super::field::PanelField;
use super::history::TILE;
use super::passage::Passages;
use super::solver::PanelSolver;

/// Range of a state over a panel, in states of its poles, from which its passages are searched for between
/// the stages: measured, between 80 and 200 the number of panels hardly changes.
pub(super) const SHARP: f64 = 100.0;

impl<F: PanelField<LAGS, PARAMETERS>, const LAGS: usize, const PARAMETERS: usize>
    PanelSolver<'_, F, LAGS, PARAMETERS>
{
    /// Enters the passages of the newest panel among the poles of those that will read it.
    pub(super) fn foresee(&mut self) {
        let Some(search) = &self.search else { return };
        let (newest, dimension) = (self.course.panels.newest(), self.field.dimension());
        let panel = self.course.panels.panel(newest);
        let span = (panel.begin, panel.end);
        let mut together = Passages::new();
        for passage in self
            .outcomes
            .iter()
            .flat_map(|outcome| outcome.passages.all())
        {
            together.note(*passage);
        }
        for passage in together.all() {
            self.poles.add(span, passage);
        }
        let mut found = Vec::new();
        for (tile, outcome) in self.outcomes.iter().enumerate() {
            if outcome.switching > 0 {
                let (first, last) = (tile * TILE * LANES, (tile + 1) * TILE * LANES);
                let switches = |place: &usize| outcome.switching >> (place % LANES) & 1 == 1;
                for component in (first..last.min(dimension)).filter(switches) {
                    let points = self.course.panels.points(newest, component);
                    if search.concerns(&points, SHARP * self.level) {
                        search.passages(&points, &mut found);
                    }
                }
            }
        }
        // in their order a panel that one cuts short does not reach the next
        found.sort_by(|one, other| one.first.total_cmp(&other.first));
        for passage in &found {
            self.poles.add(span, passage);
        }
        self.switches += found.len() as u64;
        let longest = self.whole_lags.iter().copied().max().unwrap_or(0);
        self.poles.forget(self.now - longest - 2 * TICKS);
    }

    /// The part of `wanted` ticks that the poles of the gates that are read allow.
    pub(super) fn foreseen(&mut self, wanted: f64) -> f64 {
        let lags = (0..LAGS).filter(|lag| self.same[*lag] == *lag);
        let starts = lags.map(|lag| self.now - self.lags[lag].ticks);
        self.poles.longest(starts, wanted)
    }

    /// Sorts the components by phase when that pays.
    pub(super) fn sort(&mut self) {
        let longest = self.whole_lags.iter().copied().max().unwrap_or(0);
        // what is read before the initial time stays where it is
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
        let from = self.course.order.sort_by_phase(state, components);
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
