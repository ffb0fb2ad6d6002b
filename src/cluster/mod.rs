//! Ranks that work together: a [`Communicator`] carries messages between them, whatever they are.
//!
//! [`Threads`] are ranks in one process; [`Counting`] counts what a rank sends. A message is bytes; who sends numbers says how they are written.

mod communicator;
mod counting;
mod error;
mod threads;

pub use communicator::Communicator;
pub use counting::Counting;
pub use error::LinkError;
pub use threads::Threads;
