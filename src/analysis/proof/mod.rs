//! Memories that are theorems: existence, local uniqueness and stability of cycles of relay networks, proved by
//! computer.
//!
//! # What is proved
//!
//! Of the relay equation `x_j' = R_j(x_j(t-1)) + b_j (c_j - x_j) sum_s w_js H(x_s(t-h))`, whose parameters are the very
//! numbers that the network holds, [`prove`] shows, if it succeeds:
//!
//! 1. *Existence*: there is a periodic solution whose period, crossings of the threshold, silent maximum and slopes lie
//!    in the intervals of the [`Proof`]. Exactly the neurons of its pattern fire; all others stay strictly below the
//!    threshold; every crossing has a slope different from 0.
//! 2. *Local uniqueness*: up to a shift in time it is the only one whose crossings lie in the box that was tried.
//! 3. *Stability*: the derivative of its return map, in the coordinates that decide the future (levels, and crossings that
//!    are still to be felt), has the trivial multiplier 1, and all others lie strictly inside the unit circle
//!    ([`Proved::Stable`]: it attracts all that begins close by), or one lies strictly outside ([`Proved::Unstable`]).
//!
//! 4. *Cues*: [`prove_trap`] gives a box of constant histories, all of which fall to that cycle: an inner estimate of its
//!    basin.
//! 5. *Regions*: [`prove_region`] shows of boxes of two parameters, for all real values in them at once, that equal neurons have all
//!    `2^m - 1` cycles, stable, or that those of some size are lost; see [`ParameterBox::verdict`].
//!
//! It is a theorem on the reference model in the relay limit. At a finite lambda cycles are certified numerically
//! ([`certify_any`](super::certify_any)), and what a trajectory settles on is observed.
//!
//! # How
//!
//! The unknowns are the times `t_e` of all crossings in a period, the first one fixed, and the period `T`. The
//! equations say that a neuron which leaves the threshold at one of its crossings is there again at the next. Between two
//! switches that it feels it follows a closed form, so that the equations and their derivatives are finite
//! compositions of `exp` and the four operations, evaluated in [intervals](crate::numerics::interval).
//! Krawczyk's operator then encloses a zero and shows that it is the only one. Over its box everything that was taken for
//! granted is checked: no crossing coincides with a switch that its neuron feels, signs between crossings are
//! strict, slopes are none of them 0. A silent neuron obeys a scalar linear equation with periodic coefficients, whose
//! periodic solution is a quotient.
//!
//! *Neurons that fire at one time.* Whoever hears two switches whose times cannot be told apart is carried over both by
//! the integral of its equation, `x(v) = x(u) + int R + int r (c - x)`, in which their order does not matter: its enclosure is
//! wrong by the square of the width of the window alone. Values and first derivatives are continuous across
//! an exchange of the two, because coefficients are sums over the signs. So the box has room for
//! every order, holds one cycle, and as exchanging equal neurons maps that cycle to one in the box, it is the synchronous
//! one: their crossings are one, in the intersection of their intervals. Stability is that in the full space.
//!
//! *Multipliers.* The shifts of the crossings obey a linear recursion with interval coefficients, in which a neuron's shift
//! is a sum over the switches that it has felt. The shift of all by one time is an exact eigenvector; the others
//! are the eigenvalues on the quotient by it, enclosed by [`spectrum`](crate::numerics::interval::spectrum). Silent neurons
//! send no switches, and add `exp(-int r)` each.
//!
//! *Cues.* The end of a neuron's way is on the threshold for every trajectory from the box, so that by the mean value theorem
//! the shift of a crossing is a sum over those of the crossings that were felt, with coefficients in intervals. Followed from
//! the levels at the beginning it encloses the crossings of all trajectories; followed from the shifts of one period it shows that they
//! come closer to each other: a common shift stays a common shift, so that the coefficients of a row sum to 1, and what
//! shrinks the distance of the farthest two is the ergodic coefficient of the rows. An impulse that is heard as a whole is
//! taken as one, because its two ends do much, and nearly the opposite. Silent neurons are compared with a level that no period leads
//! beyond.
//!
//! *Regions.* The closed form of equal neurons is derived in [`ParameterBox::verdict`]; its inequalities are decided with derivatives in
//! intervals (the [mean value form](crate::numerics::interval::mean_value)), and where they are not, the box is halved.
//!
//! # What has to be trusted
//!
//! The text above and the programme that follows it; that `+ - * /` and the square root of `f64` are those of IEEE 754,
//! rounded to nearest, in the compiler and in the machine; nothing of a mathematical library, no eigenvalue and no
//! inverse, which are only guesses that are verified. Ours; for the tools see R. E. Moore, R. B. Kearfott, M. J. Cloud,
//! "Introduction to Interval Analysis", SIAM (2009), and W. Tucker, "Validated Numerics", Princeton (2011).

mod equation;
mod failure;
mod flow;
mod leg;
mod monodromy;
mod neighbourhood;
mod orbit;
mod recursion;
mod region;
mod shifts;
mod symmetry;
mod synchrony;
mod theorem;
mod trap;
mod walk;

pub use equation::{Equation, Provable};
pub use failure::NotProved;
pub use region::{MOST_HALVINGS, Piece, Varied, prove_region};
pub use synchrony::{ParameterBox, RegionVerdict};
pub use theorem::{Proof, Proved, certify_and_prove, prove, prove_orbit};
pub use trap::{Trap, prove_trap};
