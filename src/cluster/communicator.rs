//! The one interface to ranks in threads and ranks in processes.

use std::time::Duration;

use super::LinkError;

/// One rank's end of the links between all of them. Messages between two ranks arrive in the order in which they
/// were sent, and none is lost or cut.
pub trait Communicator: Send {
    /// This rank, counted from 0.
    fn rank(&self) -> usize;

    /// How many there are.
    fn ranks(&self) -> usize;

    /// Sends a message; may return before it has arrived.
    ///
    /// # Errors
    /// If the other rank is gone or is this rank itself.
    fn send(&mut self, to: usize, message: Vec<u8>) -> Result<(), LinkError>;

    /// The next message of one rank; waits for it.
    ///
    /// # Errors
    /// If that rank is gone, or silent for longer than the communicator allows.
    fn receive(&mut self, from: usize) -> Result<Vec<u8>, LinkError>;

    /// The next message of whoever sends first, and who that was.
    ///
    /// # Errors
    /// If no message can come any more, or none came in time.
    fn receive_any(&mut self) -> Result<(usize, Vec<u8>), LinkError>;

    /// How long it waits for a message before it gives up. Who works for longer gives signs of life in between.
    fn patience(&self) -> Duration {
        Duration::from_secs(300)
    }

    /// Whether a rank is known to have ended; false if that cannot be known.
    fn has_ended(&self, _rank: usize) -> bool {
        false
    }
}
