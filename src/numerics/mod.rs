//! Ground floor: elementary functions, root finding and random streams. The only room that knows
//! which crate is under it.

pub(crate) mod arc;
mod assignment;
pub mod contour;
pub mod elementary;
pub mod gmres;
pub(crate) mod in_order;
pub mod interval;
pub mod lanes;
pub mod matrix;
pub mod quasi_newton;
pub mod random;
pub mod root;
pub(crate) mod several;
pub mod sigmoid;
pub mod worst;

pub use assignment::assign;
