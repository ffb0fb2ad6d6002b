//! What a probe is.

use super::{ProbeError, Snapshot};

/// An observable of a network: what it finds in a snapshot.
///
/// A probe reads from the snapshot what it needs: activations or outputs on inputs of its own, weights.
/// Two probes in a pair are one that finds both.
///
/// ```
/// use pulsatrix::probes::{Probe, ProbeError, Snapshot};
///
/// /// The length of all weights.
/// struct Length;
///
/// impl Probe for Length {
///     type Finding = f64;
///
///     fn find(&self, snapshot: &dyn Snapshot) -> Result<f64, ProbeError> {
///         let squares: f64 = snapshot.parameters()?.iter().map(|weight| weight * weight).sum();
///         Ok(squares.sqrt())
///     }
/// }
/// ```
pub trait Probe {
    /// What it gives: a number, several, a diagram.
    type Finding;

    /// What it finds in a snapshot.
    ///
    /// # Errors
    /// [`ProbeError::NotShown`] if the snapshot does not show what the probe reads, and those of its
    /// own.
    fn find(&self, snapshot: &dyn Snapshot) -> Result<Self::Finding, ProbeError>;
}

impl<P: Probe, Q: Probe> Probe for (P, Q) {
    type Finding = (P::Finding, Q::Finding);

    fn find(&self, snapshot: &dyn Snapshot) -> Result<Self::Finding, ProbeError> {
        Ok((self.0.find(snapshot)?, self.1.find(snapshot)?))
    }
}
