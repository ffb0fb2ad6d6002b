//! The general engine: any right-hand side, stiff or not, with lags that are constant or depend on
//! time and state, neutral or not.
//!
//! [`DelaySolver`] holds the state; one step is an attempt by a [method](Method) ([`step`], with
//! [`explicit`], [`order_eight`] and [`implicit`]), judged by the [`control`]ler, cut at switches and
//! [`breaking`] points, and kept in the [`memory`] that delayed terms read.

mod advance;
mod branch;
mod breaking;
mod control;
mod coupling;
mod delay;
mod explicit;
mod fingerprint;
mod horner;
mod implicit;
mod jacobian;
mod judged;
mod jump;
mod memory;
mod methods;
mod order_eight;
mod passage;
mod reading;
mod record;
mod saved;
mod step;
mod stiffness;
mod switch;

pub use delay::DelaySolver;
pub use methods::Method;
pub use saved::SavedRun;
