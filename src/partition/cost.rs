//! What a plan costs, exactly: layers alone and beside their neighbours, by the [formulas](super::formulas).

use serde::{Deserialize, Serialize};

use super::formulas::{Elements, Price, RootSlices, build};
use super::{Chain, Cut, LayerCosts, LayerSize, PartitionError, Ranks, slices};

/// Who talks to whom.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topology {
    /// All through rank 0, as in the source.
    #[default]
    Root,
    /// All to all, each rank to its neighbour.
    Ring,
}

/// What is counted besides the slices themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CostOptions {
    /// Who talks to whom.
    pub topology: Topology,
    /// Whether the way back of the gradients is counted, too.
    pub training: bool,
    /// Examples at a time.
    pub batch: u64,
    /// Whether a layer may stay on rank 0 whole, which costs nothing (root topology alone).
    pub whole: bool,
}

impl Default for CostOptions {
    fn default() -> Self {
        Self {
            topology: Topology::Root,
            training: false,
            batch: 1,
            whole: false,
        }
    }
}

/// Costs of all layers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Costs {
    pub(super) layers: Vec<LayerCosts>,
    /// Units of one element.
    pub(super) parts: u64,
}

impl Costs {
    /// The source's formulas, as if every number of channels could be divided by the ranks.
    #[must_use]
    pub fn published(sizes: &[LayerSize], ranks: usize) -> Self {
        Self::divided(sizes, ranks, CostOptions::default())
    }

    /// The same with the options.
    #[must_use]
    pub fn divided(sizes: &[LayerSize], ranks: usize, options: CostOptions) -> Self {
        let price = Elements {
            batch: i128::from(options.batch),
        };
        Self::priced(sizes, ranks, options, &price)
    }

    /// As [`Costs::divided`] at another price.
    pub(super) fn priced(
        sizes: &[LayerSize],
        ranks: usize,
        options: CostOptions,
        price: &impl Price,
    ) -> Self {
        let root = |size: &LayerSize| (i128::from(size.inputs), i128::from(size.outputs));
        let slices: Vec<RootSlices> = sizes.iter().map(root).collect();
        let may = vec![(true, true); sizes.len()];
        build(sizes, ranks, ranks as u64, &slices, &may, options, price)
    }

    /// Of slices of whole channels by the shares of the ranks. What would leave a rank without a channel is not
    /// allowed.
    ///
    /// # Errors
    /// [`PartitionError::TooManyRanks`] for a layer that then cannot be run at all.
    pub fn sliced(
        chain: &Chain,
        ranks: &Ranks,
        options: CostOptions,
    ) -> Result<Self, PartitionError> {
        Self::sliced_behind(chain, ranks, options, 0)
    }

    /// As [`Costs::sliced`], where the first layers are not cut.
    pub(super) fn sliced_behind(
        chain: &Chain,
        ranks: &Ranks,
        options: CostOptions,
        breakpoint: usize,
    ) -> Result<Self, PartitionError> {
        let price = Elements {
            batch: i128::from(options.batch),
        };
        Self::sliced_at(chain, ranks, options, breakpoint, &price)
    }

    /// As [`Costs::sliced_behind`] at another price.
    pub(super) fn sliced_at(
        chain: &Chain,
        ranks: &Ranks,
        options: CostOptions,
        breakpoint: usize,
        price: &impl Price,
    ) -> Result<Self, PartitionError> {
        let sizes = chain.sizes();
        let n = ranks.count();
        let of = |channels: usize| slices(channels, ranks.shares());
        let mut roots = Vec::new();
        let mut may = Vec::new();
        for (layer, size) in sizes.iter().enumerate() {
            let (seen, made) = (chain.seen(layer), chain.made(layer));
            let (from, to) = (of(seen.channels), of(made.channels));
            let full = |slices: &[std::ops::Range<usize>]| slices.iter().all(|s| !s.is_empty());
            let allowed = (full(&to), full(&from));
            let cut = size.weighted && layer >= breakpoint;
            if cut && !allowed.0 && !allowed.1 && !options.whole {
                return Err(PartitionError::TooManyRanks {
                    layer,
                    name: chain.name(layer),
                    ranks: n,
                    inputs: seen.channels,
                    outputs: made.channels,
                });
            }
            roots.push((
                (from[0].len() * seen.pixels()) as i128,
                (to[0].len() * made.pixels()) as i128,
            ));
            may.push(allowed);
        }
        Ok(build(&sizes, n, 1, &roots, &may, options, price))
    }

    /// Those of the layers from one on.
    #[must_use]
    pub fn from(&self, layer: usize) -> Self {
        Self {
            layers: self.layers[layer.min(self.layers.len())..].to_vec(),
            parts: self.parts,
        }
    }

    /// What each layer of a plan costs, in units; none if the plan is not allowed.
    ///
    /// What a reused layer sends out is its own cost, as in the source.
    #[must_use]
    pub fn each(&self, cuts: &[Cut]) -> Option<Vec<i128>> {
        if cuts.len() != self.layers.len() || cuts.last() == Some(&Cut::First) {
            return None;
        }
        let step = |layer: usize| {
            let before = layer.checked_sub(1).map(|before| cuts[before]);
            let cut = cuts[layer];
            if !cut.follows(before) {
                return None;
            }
            let own = self.own(layer, cut)?;
            let next = cuts.get(layer + 1).copied();
            let dropped = match before {
                Some(before) if before.reused_by(Some(cut)) => self.layers[layer].reuse_drops,
                _ => 0,
            };
            Some(own + self.added(layer, cut, next) - dropped)
        };
        (0..cuts.len()).map(step).collect()
    }

    /// What a layer costs alone.
    pub(super) fn own(&self, layer: usize, cut: Cut) -> Option<i128> {
        let costs = &self.layers[layer];
        match cut {
            Cut::Local => costs.local.then_some(0),
            Cut::Tiles => None,
            _ => costs.of[cut as usize],
        }
    }

    /// What the next layer adds to it.
    fn added(&self, layer: usize, cut: Cut, next: Option<Cut>) -> i128 {
        let costs = &self.layers[layer];
        if cut.reused_by(next) {
            costs.reuse_adds
        } else if cut.scattered_to(next) {
            -costs.scatter_saves
        } else {
            0
        }
    }

    /// What a pair of neighbours costs beyond the two alone.
    pub(super) fn pair(&self, layer: usize, cut: Cut, next: Cut) -> i128 {
        let dropped = if cut.reused_by(Some(next)) {
            self.layers[layer + 1].reuse_drops
        } else {
            0
        };
        self.added(layer, cut, Some(next)) - dropped
    }

    /// The sum of [`Costs::each`].
    #[must_use]
    pub fn total(&self, cuts: &[Cut]) -> Option<i128> {
        Some(self.each(cuts)?.into_iter().sum())
    }

    /// Every layer cut by outputs, with reuse between neighbours, in units.
    #[must_use]
    pub fn all_outputs(&self) -> Option<i128> {
        self.total(&self.outputs_everywhere())
    }

    /// The same without reuse.
    #[must_use]
    pub fn all_outputs_without_reuse(&self) -> Option<i128> {
        let cuts = self.outputs_everywhere();
        let own = cuts.iter().enumerate();
        own.map(|(layer, cut)| self.own(layer, *cut)).sum()
    }

    /// Cuts by outputs wherever there is something to cut.
    #[must_use]
    pub fn outputs_everywhere(&self) -> Vec<Cut> {
        let cut = |layer: &LayerCosts| {
            if layer.local {
                Cut::Local
            } else {
                Cut::Outputs
            }
        };
        self.layers.iter().map(cut).collect()
    }

    /// Units as elements.
    #[must_use]
    pub fn elements(&self, units: i128) -> f64 {
        units as f64 / self.parts as f64
    }

    /// Units of one element.
    #[must_use]
    pub fn parts(&self) -> u64 {
        self.parts
    }
}
