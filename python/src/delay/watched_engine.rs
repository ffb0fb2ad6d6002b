//! An engine that can be stopped, and says how far it is.

use pulsatrix::solver::{Dense, Engine, EventMemory, Piece, Pulses, SolverError, Statistics};

use crate::watch::Watch;

/// Stages in which progress is told.
const STAGES: u64 = 100;

/// The engine `inner` on its way to `end`, if that is known.
pub struct WatchedEngine<'a> {
    inner: &'a mut dyn Engine,
    watch: &'a Watch,
    begin: f64,
    end: Option<f64>,
    told: u64,
}

impl<'a> WatchedEngine<'a> {
    pub fn new(inner: &'a mut dyn Engine, watch: &'a Watch, end: Option<f64>) -> Self {
        if end.is_some() {
            watch.begin("integrating", STAGES);
        }
        Self {
            begin: inner.time(),
            inner,
            watch,
            end,
            told: 0,
        }
    }
}

impl Engine for WatchedEngine<'_> {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn time(&self) -> f64 {
        self.inner.time()
    }

    fn state(&self) -> &[f64] {
        self.inner.state()
    }

    fn advance(&mut self, limit: f64) -> Result<&dyn Piece, SolverError> {
        let share = |end: f64| (self.inner.time() - self.begin) / (end - self.begin);
        let stage = (self.end.map_or(0.0, share) * STAGES as f64) as u64;
        if stage > self.told {
            self.watch.advance(stage - self.told);
            self.told = stage;
        } else {
            self.watch.check();
        }
        self.inner.advance(limit)
    }

    fn jump(&mut self, time: f64, state: &[f64]) -> Result<(), SolverError> {
        self.inner.jump(time, state)
    }

    fn go_back(&mut self, time: f64) -> Result<(), SolverError> {
        self.inner.go_back(time)
    }

    fn past(&self, component: usize, time: f64) -> f64 {
        self.inner.past(component, time)
    }

    fn pulses(&mut self) -> Option<&mut Pulses> {
        self.inner.pulses()
    }

    fn event_memory(&mut self) -> Option<&mut EventMemory> {
        self.inner.event_memory()
    }

    fn take_dense(&mut self) -> Option<Dense> {
        self.inner.take_dense()
    }

    fn resolution(&self) -> f64 {
        self.inner.resolution()
    }

    fn tolerances(&self) -> (f64, f64) {
        self.inner.tolerances()
    }

    fn renew(&mut self) -> Result<(), SolverError> {
        self.inner.renew()
    }

    fn statistics(&self) -> Statistics {
        self.inner.statistics()
    }
}
