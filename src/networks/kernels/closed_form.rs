//! Closed duals and the step of the recursion, as loops that `pulp` compiles to vectors.

// Indices leave no iterator to inline, on which vector code depends.
#![allow(clippy::needless_range_loop)]

use pulp::NullaryFnOnce;
use std::f64::consts::{FRAC_2_PI, PI};

use crate::numerics::arc::{angle, determinant};

/// The rectifier `max(u, leak u)`: with `s = sqrt(ab - c^2)` and `theta = atan2(s, c)`,
/// `E phi' phi' = (1 + leak^2)/2 - (1 - leak)^2 theta / (2 pi)` and
/// `E phi phi = c E phi' phi' + (1 - leak)^2 s / (2 pi)`.
pub(super) struct Rectifier<'a> {
    pub leak: f64,
    pub a: &'a [f64],
    pub b: f64,
    pub c: &'a mut [f64],
    pub slope: &'a mut [f64],
}

impl Rectifier<'_> {
    /// `E phi' phi'` of two equal points.
    pub fn half(leak: f64) -> f64 {
        0.5 * leak.mul_add(leak, 1.0)
    }
}

impl NullaryFnOnce for Rectifier<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let half = Self::half(self.leak);
        let part = (1.0 - self.leak) * (1.0 - self.leak) / (2.0 * PI);
        let (a, slope) = (&self.a[..self.c.len()], &mut self.slope[..self.c.len()]);
        for i in 0..self.c.len() {
            let c = self.c[i];
            let s = determinant(a[i], self.b, c).max(0.0).sqrt();
            let acute = angle(s, c.abs());
            let theta = if c < 0.0 { PI - acute } else { acute };
            let product = (-part).mul_add(theta, half);
            slope[i] = product;
            self.c[i] = part.mul_add(s, c * product);
        }
    }
}

/// The error function, through the angle whose sine is `2c / sqrt(P)`.
pub(super) struct ErrorFunction<'a> {
    pub a: &'a [f64],
    pub b: f64,
    pub c: &'a mut [f64],
    pub slope: &'a mut [f64],
}

impl NullaryFnOnce for ErrorFunction<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let right = 2.0f64.mul_add(self.b, 1.0);
        let (a, slope) = (&self.a[..self.c.len()], &mut self.slope[..self.c.len()]);
        for i in 0..self.c.len() {
            let twice = 2.0 * self.c[i];
            // P - 4 c^2 >= 1 + 2a + 2b for every covariance.
            let rest = determinant(2.0f64.mul_add(a[i], 1.0), right, twice);
            let rest = rest.max(1.0).sqrt();
            slope[i] = 4.0 / PI / rest;
            self.c[i] = (FRAC_2_PI * angle(twice.abs(), rest)).copysign(twice);
        }
    }
}

/// One layer of the recursion: `K = weight k + bias` and `T = K + weight s T`.
pub(super) struct Combine<'a> {
    pub weight: f64,
    pub bias: f64,
    pub k: &'a mut [f64],
    pub s: &'a [f64],
    pub t: &'a mut [f64],
}

impl NullaryFnOnce for Combine<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let (s, t) = (&self.s[..self.k.len()], &mut self.t[..self.k.len()]);
        for i in 0..self.k.len() {
            let k = self.weight.mul_add(self.k[i], self.bias);
            self.k[i] = k;
            t[i] = (self.weight * s[i]).mul_add(t[i], k);
        }
    }
}
