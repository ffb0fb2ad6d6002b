//! Intervals that contain the truth: outward rounding, elementary functions with proven bounds, and what verifies
//! zeros and multipliers with them.
//!
//! An [`Interval`] `[low, high]` stands for a real number somewhere in it. Every operation returns an interval that
//! contains the result for *all* numbers of its operands. IEEE 754 rounds `+ - * /` and the square root correctly, to
//! the nearest number; the truth therefore lies between the two neighbours of what is computed, which
//! [`f64::next_down`] and [`f64::next_up`] give. No rounding mode is changed, and nothing is taken from a
//! mathematical library: `exp` and `ln` are Taylor polynomials whose every operation is rounded outwards, and whose
//! remainder is enclosed.
//!
//! What is no number gives the whole line, never a narrow interval.
//!
//! R. E. Moore, R. B. Kearfott, M. J. Cloud, "Introduction to Interval Analysis", SIAM (2009); S. M. Rump,
//! "Verification methods", Acta Numerica 19 (2010).

mod arithmetic;
mod elementary;
mod jet;
mod krawczyk;
mod spectrum;

pub use arithmetic::Interval;
pub use jet::{Jet, mean_value};
pub use krawczyk::{Evaluation, NotVerified, System, Verified, krawczyk};
pub use spectrum::{Disc, Spectrum, spectrum};
