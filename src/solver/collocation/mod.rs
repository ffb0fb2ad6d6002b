//! Periodic orbits of smooth delay equations by collocation, and their Floquet multipliers.
//!
//! The orbit is a continuous piecewise polynomial on a mesh of one period; it satisfies the equation at
//! the Gauss points of every interval, delayed states being read from the orbit itself. Newton's
//! method finds it together with its period. Because a delay only looks back, the linearised equations are
//! solved interval by interval from the part of the orbit that the longest lag reaches; what is left, that
//! this part comes back, is the identity minus the monodromy operator, which smooths, and is solved
//! by GMRES. The same passes give the multipliers.
//!
//! K. Engelborghs, T. Luzyanina, K. J. in 't Hout, D. Roose, "Collocation methods for the computation of
//! periodic solutions of delay differential equations", SIAM J. Sci. Comput. 22(5), 1593-1609 (2001),
//! doi:10.1137/S1064827599363381.

mod basis;
mod elimination;
mod multipliers;
mod orbit;

pub(crate) use basis::gauss_rule;
pub use orbit::{CollocationError, CollocationOptions, OrbitPiece, PeriodicOrbit, periodic_orbit};
