//! Systems without delays, for the solver of ordinary equations.

use super::system::{System, SystemField};
use crate::solver::{DelayField, Delayed, OrdinaryField};

/// The right-hand side of a [`System`] that reads the present alone: made by [`System::ordinary`].
#[derive(Debug)]
pub struct OrdinarySystem<'s>(SystemField<'s>);

impl System {
    /// The right-hand side for [`solve_ordinary`](crate::solver::solve_ordinary); none if the system has delays.
    ///
    /// That solver knows nothing of switches, corners of inputs and events: for systems that have any, take
    /// the [field](Self::field).
    ///
    /// ```
    /// use pulsatrix::language::SystemText;
    /// use pulsatrix::solver::{Options, OrdinaryMethod, Save, solve_ordinary};
    ///
    /// let text = SystemText::new().equation("y", "-y").start("y", "1");
    /// let system = text.compile()?;
    /// let field = system.ordinary().ok_or("it has delays")?;
    /// let options = Options::with_tolerance(1e-10);
    /// let start = system.initial_state(0.0);
    /// let method = OrdinaryMethod::Dop853;
    /// let end = solve_ordinary(&field, &start, (0.0, 1.0), method, &options, &Save::Last)?;
    /// assert!((end.last()[0] - (-1f64).exp()).abs() < 1e-10);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn ordinary(&self) -> Option<OrdinarySystem<'_>> {
        self.is_ordinary().then(|| OrdinarySystem(self.field()))
    }
}

impl OrdinaryField for OrdinarySystem<'_> {
    fn dimension(&self) -> usize {
        DelayField::dimension(&self.0)
    }

    fn derivative(&self, time: f64, state: &[f64], derivative: &mut [f64]) {
        let delayed = Delayed::new(&[], state.len());
        DelayField::derivative(&self.0, time, state, delayed, derivative);
    }
}
