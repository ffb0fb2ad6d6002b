//! Relevances as a probe.

use super::{Diagram, RelevanceOptions, relevance_diagrams, relevances};
use crate::probes::{Probe, ProbeError, Snapshot};

/// Components, loops and voids of the relevances of the last two layers of weights, as the source looks at
/// the last group of a network; of a network of one layer, of that.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct RelevanceProbe(
    /// What the complex is made of.
    pub RelevanceOptions,
);

impl Probe for RelevanceProbe {
    type Finding = [Diagram; 3];

    fn find(&self, snapshot: &dyn Snapshot) -> Result<[Diagram; 3], ProbeError> {
        let layers = snapshot.layers()?;
        let last = layers.len().saturating_sub(2);
        let weights: Vec<_> = layers
            .into_iter()
            .skip(last)
            .map(|layer| layer.matrix)
            .collect();
        Ok(relevance_diagrams(&relevances(&weights)?, self.0)?)
    }
}
