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

use super::{CostOptions, Costs, Cut, LayerSize, Topology};

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
pub(super) struct Elements {
    pub batch: i128,
}

impl Price for Elements {
    fn sent(&self, units: i128, _: i128) -> i128 {
        self.batch * units
    }

    fn work(&self, _: usize, _: Cut) -> i128 {
        0
    }
}

/// The costs of all layers, from `(outputs, inputs)` that may be cut.
pub(super) fn build(
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
