//! Ready-made solutions of a panel for fields whose rates do not change.

use pulp::Arch;

use super::LANES;
use super::average::{Average, Solution};
use super::collocation::{Collocation, STAGES};
use super::field::PanelField;
use super::layout::Layout;
use crate::numerics::lanes::{Register, dispatch};

/// Lengths of panels that are kept ready.
const KEPT: usize = 32;
/// What has an effect on the stages: the constant of each, and the start.
const CAUSES: usize = STAGES + 1;

/// The linear map from start and constants of a panel to the states of its stages:
/// `x = (1 + step q A)^-1 (x_0 + step A p)`.
#[derive(Debug, Clone)]
pub(super) struct Propagator {
    /// Length of the panel in ticks.
    length: i64,
    /// The effect of each constant, then of the start, on each stage: a row each.
    effects: Vec<f64>,
}

impl Propagator {
    fn new<F: PanelField<LAGS, PARAMETERS>, const LAGS: usize, const PARAMETERS: usize>(
        (field, layout, arch): (&F, Layout, Arch),
        length: i64,
        step: f64,
    ) -> Self {
        let mut effects = vec![0.0; CAUSES * STAGES * layout.places()];
        let integral = Collocation::get()
            .integral
            .map(|row| row.map(|weight| step * weight));
        for place in 0..layout.places() {
            let parameters = field.parameters(layout.filled(place));
            let (none, time) = ([0.0; LAGS], 0.0);
            let rates = [field.affine(parameters, time, none, none).rate; STAGES];
            let solution = Solution {
                rates,
                integral: &integral,
            };
            let Average {
                constants, start, ..
            } = dispatch(arch, LANES, solution);
            for (cause, stages) in constants.iter().chain([&start]).enumerate() {
                for (stage, effect) in stages.iter().enumerate() {
                    let row = cause * STAGES + stage;
                    effects[layout.index(CAUSES * STAGES, row, place)] = *effect;
                }
            }
        }
        Self { length, effects }
    }

    /// The states of a part of a block: from lane `lane` on.
    #[inline(always)]
    pub(super) fn apply<R: Register>(
        &self,
        token: R::Token,
        (block, lane): (usize, usize),
        constants: &[R; STAGES],
        start: R,
    ) -> [R; STAGES] {
        let blocks = self.effects.as_chunks::<{ CAUSES * STAGES * LANES }>().0;
        let rows = blocks[block].as_chunks::<LANES>().0;
        let mut states = [R::splat(token, 0.0); STAGES];
        for cause in 0..CAUSES {
            let value = if cause < STAGES {
                constants[cause]
            } else {
                start
            };
            for stage in 0..STAGES {
                let effect = R::load(token, &rows[cause * STAGES + stage][lane..]);
                states[stage] = effect.mul_add(value, states[stage]);
            }
        }
        states
    }

    /// The states of a single component.
    #[inline(always)]
    pub(super) fn along<R: Register>(
        &self,
        token: R::Token,
        constants: &[f64; STAGES],
        start: f64,
    ) -> [f64; STAGES] {
        let rows = self.effects.as_chunks::<STAGES>().0;
        let mut states = [0.0; STAGES];
        for at in (0..STAGES).step_by(R::WIDTH) {
            // two sums, so that half as many additions wait for each other
            let mut sums = [R::splat(token, 0.0); 2];
            for cause in 0..CAUSES {
                let value = if cause < STAGES {
                    constants[cause]
                } else {
                    start
                };
                let effect = R::load(token, &rows[cause][at..]);
                sums[cause % 2] = effect.mul_add(R::splat(token, value), sums[cause % 2]);
            }
            (sums[0] + sums[1]).store(&mut states[at..][..R::WIDTH]);
        }
        states
    }
}

/// The propagators of the lengths used last.
#[derive(Debug, Clone, Default)]
pub(super) struct Propagators {
    kept: Vec<Propagator>,
    /// The one to be replaced next.
    next: usize,
}

impl Propagators {
    /// The propagator of panels of `length` ticks.
    pub(super) fn get<
        F: PanelField<LAGS, PARAMETERS>,
        const LAGS: usize,
        const PARAMETERS: usize,
    >(
        &mut self,
        field: (&F, Layout, Arch),
        length: i64,
        step: f64,
    ) -> &Propagator {
        let found = self.kept.iter().position(|one| one.length == length);
        let at = found.unwrap_or_else(|| {
            let fresh = Propagator::new(field, length, step);
            let at = self.next;
            self.next = (at + 1) % KEPT;
            match self.kept.get_mut(at) {
                Some(old) => *old = fresh,
                None => self.kept.push(fresh),
            }
            at
        });
        &self.kept[at]
    }
}
