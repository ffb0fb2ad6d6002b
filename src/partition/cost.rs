//! What every way to run a layer costs, exactly.
//!
//! With `M` numbers in, `K` numbers out and `N` ranks of equal slices, in elements that are sent
//! (Stahl et al. 2021, by its public scripts):
//!
//! ```text
//! outputs        M (N - 1) + K (N - 1) / N
//! ... reused     M (N - 1) + K (N - 1),  and the next layer does not pay its M (N - 1)
//! inputs         M (N - 1) / N + K (N - 1)
//! first          M (N - 1)
//! second         K (N - 1)
//! ```
//!
//! Rank 0 holds the input of every layer and gets its output back. With slices of unequal lengths `M / N` and `K / N` are the
//! slices of rank 0, which are not sent. Costs are whole numbers of units of `1 / N`, so that thirds are exact.
//!
//! Ours: the ring, in which every rank holds every input, slices are gathered all to all (`K (N - 1)` in total) and partial
//! sums reduced all to all (`2 K (N - 1)`), or scattered where the next layer needs slices alone (`K (N - 1)`); it starts by
//! giving the input to every rank. And training: backwards the cut by outputs costs what that by inputs costs forwards with
//! `M` and `K` exchanged, and the reverse, a fused pair the same both ways; what is reused forwards between outputs is
//! reused backwards between inputs. Gradients of weights are made where the weights are.

use serde::{Deserialize, Serialize};

use super::{Chain, Cut, LayerSize, PartitionError, Ranks, slices};

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

/// Costs of one layer in units; none for what is not allowed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LayerCosts {
    /// Of every [`Cut`] that a plan may choose, in their order.
    pub of: [Option<i128>; 5],
    /// Whether it has no weights: it costs nothing, and nothing is chosen.
    pub local: bool,
    /// What is added if it is cut by outputs and the next layer reuses them.
    pub reuse_adds: i128,
    /// What is dropped if it reuses the outputs of the layer before.
    pub reuse_drops: i128,
    /// What is saved if its sums are wanted by the next layer in slices alone.
    pub scatter_saves: i128,
}

/// Costs of all layers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Costs {
    pub(super) layers: Vec<LayerCosts>,
    /// Units of one element.
    pub(super) parts: u64,
}

/// Slices of rank 0 of input and output, in units.
pub(super) type RootSlices = (i128, i128);

/// How elements, messages and work become a cost.
pub(super) trait Price {
    /// Of units that are sent and messages.
    fn sent(&self, units: i128, messages: i128) -> i128;
    /// Of the work on a layer, if it is cut like this.
    fn work(&self, layer: usize, cut: Cut) -> i128;
}

/// The elements alone.
struct Elements {
    batch: i128,
}

impl Price for Elements {
    fn sent(&self, units: i128, _: i128) -> i128 {
        self.batch * units
    }

    fn work(&self, _: usize, _: Cut) -> i128 {
        0
    }
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

/// The costs of all layers, from `(outputs, inputs)` that may be cut.
fn build(
    sizes: &[LayerSize],
    ranks: usize,
    parts: u64,
    roots: &[RootSlices],
    may: &[(bool, bool)],
    options: CostOptions,
    price: &impl Price,
) -> Costs {
    let others = ranks as i128 - 1;
    let layer = |layer: usize| {
        let size = &sizes[layer];
        if !size.weighted {
            return LayerCosts {
                local: true,
                ..LayerCosts::default()
            };
        }
        // Everything to or from every other rank, and every slice but that of rank 0 once.
        let inputs = i128::from(size.inputs) * i128::from(parts);
        let outputs = i128::from(size.outputs) * i128::from(parts);
        let all = (inputs * others, outputs * others);
        let once = (inputs - roots[layer].0, outputs - roots[layer].1);
        let back = i128::from(options.training);
        // Units and messages of first, second, outputs and inputs, and what pairs change.
        let (of, adds, drops, saves) = match options.topology {
            Topology::Root => (
                [
                    (all.0 * (1 + back), 1 + back),
                    (all.1 * (1 + back), 1 + back),
                    (all.0 + once.1 + back * (all.0 + once.1), 2 * (1 + back)),
                    (once.0 + all.1 + back * (all.1 + once.0), 2 * (1 + back)),
                ],
                (all.1 - once.1, 1),
                (all.0, 1),
                (back * once_of_next(sizes, roots, parts, layer), 0),
            ),
            Topology::Ring => (
                [
                    (back * 2 * all.0, 2 * back),
                    (2 * all.1, 2),
                    (all.1 + back * 2 * all.0, 1 + 2 * back),
                    (2 * all.1 + back * all.0, 2 + back),
                ],
                (0, 0),
                (back * all.0, back),
                (all.1, 1),
            ),
        };
        let start = match options.topology {
            Topology::Ring if layer == first_weighted(sizes) => price.sent(
                i128::from(sizes[0].inputs) * i128::from(parts) * others,
                others,
            ),
            _ => 0,
        };
        let sent = |(units, messages): (i128, i128)| price.sent(units, messages * others);
        let (by_outputs, by_inputs) = may[layer];
        let next = sizes.get(layer + 1);
        let before = layer.checked_sub(1).map(|before| &sizes[before]);
        // A first needs a second behind it, and its output is nowhere whole.
        let first = by_outputs && next.is_some_and(|next| next.weighted) && !size.kept;
        let second = by_inputs && before.is_some_and(|before| before.weighted && !before.kept);
        let cost = |index: usize, allowed: bool, cut: Cut| {
            allowed.then(|| sent(of[index]) + start + price.work(layer, cut))
        };
        let whole = options.topology == Topology::Root && options.whole;
        LayerCosts {
            of: [
                cost(0, first, Cut::First),
                cost(1, second, Cut::Second),
                cost(2, by_outputs, Cut::Outputs),
                cost(3, by_inputs, Cut::Inputs),
                whole.then(|| price.work(layer, Cut::Whole)),
            ],
            local: false,
            reuse_adds: sent(adds),
            reuse_drops: sent(drops),
            scatter_saves: sent(saves),
        }
    };
    Costs {
        layers: (0..sizes.len()).map(layer).collect(),
        parts,
    }
}

/// All slices of the next layer's input but that of rank 0: what two gradients in slices share.
fn once_of_next(sizes: &[LayerSize], roots: &[RootSlices], parts: u64, layer: usize) -> i128 {
    match sizes.get(layer + 1) {
        Some(next) => i128::from(next.inputs) * i128::from(parts) - roots[layer + 1].0,
        None => 0,
    }
}

/// The first layer that is cut; the length if there is none.
fn first_weighted(sizes: &[LayerSize]) -> usize {
    let first = sizes.iter().position(|size| size.weighted);
    first.unwrap_or(sizes.len())
}
