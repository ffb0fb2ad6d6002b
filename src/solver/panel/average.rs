//! Components whose rates are nearly the same: what they share is solved once for all of them.
//!
//! With `q = Q + d`, where `Q` is the rate of an average component, `x = e^(-D) y` with `D` the
//! integral of `d` from the start turns `x' = p - q x` into `y' = p e^D - Q y`. The matrix that solves this is
//! that of the panel; two products with matrices and an exponential of small numbers are left to
//! each component: two thirds of the operations of an elimination, and no divisions to wait for. As
//! `D` is the integral of the polynomial through `d` at the nodes, the order stays that of the method.

use super::LANES;
use super::collocation::STAGES;
use super::elimination::collocate;
use super::field::PanelField;
use super::solve::Coefficients;
use super::task::Sums;
use crate::numerics::lanes::{Kernel, Register};

/// Largest `|D|`: the series of its exponential, broken off, are then right to 3e-13.
const LARGEST: f64 = 0.25;

/// The solution of a panel as a linear map: from the constants at each stage and the start to the
/// states.
#[derive(Debug, Clone, Default)]
pub(super) struct Average {
    rates: [f64; STAGES],
    /// Effect of each constant on each stage: constant, then stage.
    pub(super) constants: [[f64; STAGES]; STAGES],
    /// Effect of the start.
    pub(super) start: [f64; STAGES],
}

/// Finds the map of these rates.
pub(super) struct Solution<'t> {
    pub(super) rates: [f64; STAGES],
    /// The integrals of the method, over the panel.
    pub(super) integral: &'t [[f64; STAGES]; STAGES],
}

impl Kernel for Solution<'_> {
    type Output = Average;

    #[inline(always)]
    fn run<R: Register>(self, token: R::Token) -> Average {
        let mut average = Average {
            rates: self.rates,
            ..Average::default()
        };
        let zero = R::splat(token, 0.0);
        let rates = self.rates.map(
            #[inline(always)]
            |rate| R::splat(token, rate),
        );
        for first in (0..STAGES).step_by(R::WIDTH) {
            let mut constants = [zero; STAGES];
            for lane in 0..R::WIDTH.min(STAGES - first) {
                let mut unit = [0.0; LANES];
                unit[lane] = 1.0;
                constants[first + lane] = R::load(token, &unit[..]);
            }
            let states = collocate(self.integral, &[constants, rates], zero);
            for stage in 0..STAGES {
                let mut row = [0.0; LANES];
                states[stage].store(&mut row[..R::WIDTH]);
                for lane in 0..R::WIDTH.min(STAGES - first) {
                    average.constants[first + lane][stage] = row[lane];
                }
            }
        }
        // a state of one stays so if constants and rates are equal
        for stage in 0..STAGES {
            let effects = average.constants.iter().map(|effects| effects[stage]);
            let rest = effects.zip(&self.rates).map(|(effect, rate)| effect * rate);
            average.start[stage] = 1.0 - rest.sum::<f64>();
        }
        average
    }
}

/// Finds the average component of a panel: its own gates stand halfway.
pub(super) struct Averaging<'t, F, const LAGS: usize, const PARAMETERS: usize> {
    pub(super) field: &'t F,
    pub(super) integral: &'t [[f64; STAGES]; STAGES],
    pub(super) times: &'t [f64; STAGES],
    /// Sums of the gates through each lag; zero where they are not heard.
    pub(super) sums: &'t Sums<LAGS>,
}

impl<F: PanelField<LAGS, PARAMETERS>, const LAGS: usize, const PARAMETERS: usize> Kernel
    for Averaging<'_, F, LAGS, PARAMETERS>
{
    type Output = Average;

    #[inline(always)]
    fn run<R: Register>(self, token: R::Token) -> Average {
        let parameters = self.field.parameters(0);
        let mut rates = [0.0; STAGES];
        for stage in 0..STAGES {
            let mut inputs = [0.0; LAGS];
            for lag in 0..LAGS {
                inputs[lag] = self.sums[lag][stage][0];
            }
            let (time, gates) = (self.times[stage], [0.5; LAGS]);
            let rate = self.field.affine(parameters, time, gates, inputs).rate;
            // no gate need ever stand halfway
            rates[stage] = if rate.is_finite() { rate } else { 0.0 };
        }
        let integral = self.integral;
        Solution { rates, integral }.run::<R>(token)
    }
}

impl Average {
    /// The states of components with these coefficients; none if some rate is too different.
    #[inline(always)]
    pub(super) fn apply<R: Register>(
        &self,
        token: R::Token,
        integral: &[[f64; STAGES]; STAGES],
        [constants, rates]: &Coefficients<R>,
        start: R,
    ) -> Option<[R; STAGES]> {
        let zero = R::splat(token, 0.0);
        let mut own = [zero; STAGES];
        for j in 0..STAGES {
            let rate = rates[j] - self.rates[j];
            for i in 0..STAGES {
                own[i] = rate.mul_add(R::splat(token, integral[j][i]), own[i]);
            }
        }
        let mut largest = zero;
        let (mut falls, mut driven) = ([zero; STAGES], [zero; STAGES]);
        for i in 0..STAGES {
            let square = own[i] * own[i];
            largest = largest.larger(square);
            // even and odd part: with them e^D and e^(-D) come together
            let (mut even, mut odd) = (zero + EVEN[0], zero + ODD[0]);
            for k in 1..ODD.len() {
                even = even.mul_add(square, zero + EVEN[k]);
                odd = odd.mul_add(square, zero + ODD[k]);
            }
            let even = even.mul_add(square, zero + 1.0);
            let odd = (odd * square).mul_add(own[i], own[i]);
            falls[i] = even - odd;
            driven[i] = (even + odd) * constants[i];
        }
        if largest.any_above(LARGEST * LARGEST) {
            return None;
        }
        let mut states = [zero; STAGES];
        for i in 0..STAGES {
            states[i] = start * self.start[i];
        }
        for j in 0..STAGES {
            for i in 0..STAGES {
                let effect = R::splat(token, self.constants[j][i]);
                states[i] = driven[j].mul_add(effect, states[i]);
            }
        }
        for i in 0..STAGES {
            states[i] = states[i] * falls[i];
        }
        Some(states)
    }
}

/// `(cosh(D) - 1) / D^2` in powers of `D^2`, the highest first.
const EVEN: [f64; 4] = [1.0 / 40_320.0, 1.0 / 720.0, 1.0 / 24.0, 0.5];
/// `(sinh(D) / D - 1) / D^2`.
const ODD: [f64; 4] = [1.0 / 362_880.0, 1.0 / 5_040.0, 1.0 / 120.0, 1.0 / 6.0];

#[cfg(test)]
mod tests {
    use super::super::collocation::Collocation;
    use super::*;

    /// `x' = p - (Q + d) x` with constant numbers, whose solution is known.
    fn found(
        start: f64,
        (average, own): (f64, f64),
        step: f64,
    ) -> (Option<[f64; STAGES]>, [f64; STAGES]) {
        let constant = 0.8;
        let method = Collocation::get();
        let integral = method.integral.map(|row| row.map(|weight| step * weight));
        let rates = [average; STAGES];
        let shared = Solution {
            rates,
            integral: &integral,
        }
        .run::<f64>(());
        let rate = average + own;
        let coefficients = [[constant; STAGES], [rate; STAGES]];
        let states = shared.apply((), &integral, &coefficients, start);
        let rest = constant / rate;
        let exact = method
            .nodes
            .map(|node| rest + (start - rest) * (-rate * step * node).exp());
        (states, exact)
    }

    #[test]
    fn components_follow_from_the_average_one() {
        for (average, own, step) in [(0.0, 0.9, 0.2), (1.0, -0.5, 0.3), (0.7, 0.4, 0.5)] {
            let (states, exact) = found(-1.5, (average, own), step);
            for (state, exact) in states.unwrap().iter().zip(exact) {
                assert!(
                    (state - exact).abs() < 1e-12,
                    "{average} {own}: {state} {exact}"
                );
            }
        }
        // stiff, and at rest
        let (states, exact) = found(0.8 / 4000.8, (4e3, 0.8), 0.2);
        for (state, exact) in states.unwrap().iter().zip(exact) {
            assert!((state / exact - 1.0).abs() < 1e-10, "{state} {exact}");
        }
    }

    #[test]
    fn rates_that_are_too_different_are_left_to_elimination() {
        assert!(found(-1.5, (1.0, 1.2), 0.2).0.is_some());
        assert!(found(-1.5, (1.0, 1.3), 0.2).0.is_none());
        assert!(found(-1.5, (1.0, -1.3), 0.2).0.is_none());
    }
}
