//! Ranks that work together: a [`Communicator`] carries messages between them, whatever they are.
//!
//! [`Threads`] are ranks in one process, `Mpi` (feature `mpi`) are processes on one machine or many; [`Counting`] counts what a
//! rank sends. A message is bytes; who sends numbers says how they are written. A [`Crew`] shares out independent tasks over
//! any communicator.

mod communicator;
mod counting;
mod crew;
mod error;
mod launcher;
#[cfg(feature = "mpi")]
mod mpi;
mod threads;

#[cfg(feature = "mpi")]
pub use self::mpi::{Mpi, MpiError};
pub use communicator::Communicator;
pub use counting::Counting;
pub use crew::{Crew, CrewError, Tasks};
pub use error::LinkError;
pub use launcher::launched;
pub use threads::Threads;
