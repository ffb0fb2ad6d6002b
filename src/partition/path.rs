//! The cheapest plan: a shortest path, exact for a chain.
//!
//! All reuse is a saving between two neighbours, so that a plan is a path through one choice a layer (ours: the source
//! solves an integer program).

use super::{Costs, Cut};

/// A plan and what it costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cheapest {
    /// One cut a layer.
    pub cuts: Vec<Cut>,
    /// Its cost in units.
    pub units: i128,
}

impl Costs {
    /// The cheapest plan, none if there is none. Of equal ones the first in the order of [`Cut`], from the first layer
    /// on. At most 25 steps a layer.
    ///
    /// ```
    /// use pulsatrix::networks::Activation;
    /// use pulsatrix::partition::{Chain, Costs, letters};
    ///
    /// let chain = Chain::dense(&[4, 8, 16, 4, 4], Activation::Relu)?;
    /// let costs = Costs::published(&chain.sizes(), 2);
    /// let cheapest = costs.cheapest().expect("every layer can be cut");
    /// assert_eq!(letters(&cheapest.cuts), "ofso");
    /// assert_eq!(costs.elements(cheapest.units), 22.0);
    /// # Ok::<(), pulsatrix::partition::PartitionError>(())
    /// ```
    #[must_use]
    pub fn cheapest(&self) -> Option<Cheapest> {
        let count = self.layers.len();
        // Least cost from a layer on, of every way to run it.
        let mut rest: Vec<Vec<(Cut, i128)>> = vec![Vec::new(); count];
        for layer in (0..count).rev() {
            let choices = self.choices(layer).into_iter().filter_map(|cut| {
                let own = self.own(layer, cut)?;
                if layer + 1 == count {
                    return (cut != Cut::First).then_some((cut, own));
                }
                let next = rest[layer + 1].iter();
                let next = next.filter(|(next, _)| next.follows(Some(cut)));
                let least = next.map(|(next, cost)| self.pair(layer, cut, *next) + cost);
                Some((cut, own + least.min()?))
            });
            rest[layer] = choices.collect();
        }
        let mut cuts: Vec<Cut> = Vec::with_capacity(count);
        let start = rest.first()?.iter().filter(|(cut, _)| cut.follows(None));
        let units = start.map(|(_, cost)| *cost).min()?;
        let mut left = units;
        for (layer, choices) in rest.iter().enumerate() {
            let before = cuts.last().copied();
            let pair = |cut: Cut| before.map_or(0, |before| self.pair(layer - 1, before, cut));
            let fitting = choices.iter().filter(|(cut, _)| cut.follows(before));
            let (cut, _) = fitting
                .filter(|(cut, cost)| pair(*cut) + cost == left)
                .min_by_key(|(cut, _)| *cut)?;
            left -= pair(*cut) + self.own(layer, *cut)?;
            cuts.push(*cut);
        }
        Some(Cheapest { cuts, units })
    }

    /// The ways to run a layer that are allowed.
    pub(super) fn choices(&self, layer: usize) -> Vec<Cut> {
        if self.layers[layer].local {
            return vec![Cut::Local];
        }
        let choices = Cut::CHOICES.into_iter();
        choices
            .filter(|cut| self.own(layer, *cut).is_some())
            .collect()
    }
}
