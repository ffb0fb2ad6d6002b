//! Ready-made solutions of a panel for fields whose rates do not change.

use nalgebra::{SMatrix, SVector};

use super::collocation::{Collocation, STAGES};
use super::field::PanelField;
use crate::numerics::lanes::Register;

/// Lengths of panels that are kept ready.
const KEPT: usize = 32;

type Square = SMatrix<f64, STAGES, STAGES>;

/// The linear map from start and constants of a panel to the states of its stages:
/// `x = (1 + step q A)^-1 (x_0 + step A p)`.
#[derive(Debug, Clone)]
pub(super) struct Propagator {
    /// Length of the panel in ticks.
    length: i64,
    components: usize,
    /// `STAGES + 1` times `STAGES` rows of components: the effect of each constant, then of the
    /// start, on each stage.
    effects: Vec<f64>,
}

impl Propagator {
    fn new<F: PanelField<LAGS, PARAMETERS>, const LAGS: usize, const PARAMETERS: usize>(
        field: &F,
        length: i64,
        step: f64,
    ) -> Self {
        let components = field.dimension();
        let mut effects = vec![0.0; (STAGES + 1) * STAGES * components];
        let integral = &Collocation::get().integral;
        let matrix = step * Square::from_fn(|i, j| integral[j][i]);
        for component in 0..components {
            let rate = field
                .affine(field.parameters(component), 0.0, [0.0; LAGS], [0.0; LAGS])
                .rate;
            let inverse = (Square::identity() + rate * matrix).try_inverse();
            let inverse = inverse.unwrap_or_else(|| Square::repeat(f64::NAN));
            let (constants, start) = (inverse * matrix, inverse * SVector::repeat(1.0));
            for i in 0..STAGES {
                for j in 0..STAGES {
                    effects[(j * STAGES + i) * components + component] = constants[(i, j)];
                }
                effects[(STAGES * STAGES + i) * components + component] = start[i];
            }
        }
        Self {
            length,
            components,
            effects,
        }
    }

    /// The states of a block of components from `first` on.
    #[inline(always)]
    pub(super) fn apply<R: Register>(
        &self,
        token: R::Token,
        first: usize,
        constants: &[R; STAGES],
        start: R,
    ) -> [R; STAGES] {
        let n = self.components;
        let mut states = [R::splat(token, 0.0); STAGES];
        for j in 0..=STAGES {
            let value = if j < STAGES { constants[j] } else { start };
            let rows = &self.effects[j * STAGES * n..][..STAGES * n];
            for i in 0..STAGES {
                let effect = R::load(token, &rows[i * n + first..(i + 1) * n]);
                states[i] = effect.mul_add(value, states[i]);
            }
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
        field: &F,
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
