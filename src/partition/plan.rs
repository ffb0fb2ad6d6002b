//! A plan that can be run: a chain, its cuts, and whose slices are whose.

use std::ops::Range;

use super::allowed::check_letters;
use super::memory::Holdings;
use super::{
    Chain, CostOptions, Costs, Cut, LayerSize, PartitionError, Ranks, Tile, Tiling, Topology,
    letters, slices,
};

/// Everything that every rank must know of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    chain: Chain,
    cuts: Vec<Cut>,
    ranks: Ranks,
    topology: Topology,
    tiling: Option<Tiling>,
    /// Elements that each layer sends.
    elements: Vec<u64>,
}

/// How a plan is chosen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PlanOptions {
    /// Who talks to whom.
    pub topology: Topology,
    /// Whether layers may stay whole on rank 0.
    pub whole: bool,
    /// Tiles of the first layers, if any (root topology alone).
    pub tiling: Option<Tiling>,
    /// Bytes of a number, if the plan must fit into the memory of the ranks.
    pub bytes: Option<usize>,
}

impl Plan {
    /// The plan that sends the fewest elements, with [`PlanOptions::bytes`] of those that fit.
    ///
    /// A cut of a layer is left out if its maps and weights do not fit on a rank beside the least weights of all other layers.
    /// That is exact where all cuts of a layer share its weights alike; where slices are uneven or layers stay whole, a plan
    /// may be missed that a search through all sums of weights would find, and none is given that does not fit.
    ///
    /// # Errors
    /// [`PartitionError::TooManyRanks`] for a layer that leaves a rank without work, [`PartitionError::DoesNotFit`] with the
    /// first layer that does not fit, and those of [`Tiling::tiles`].
    pub fn cheapest(
        chain: Chain,
        ranks: Ranks,
        options: PlanOptions,
    ) -> Result<Self, PartitionError> {
        let costs = costs(&chain, &ranks, options)?;
        let plan = Self::with_cuts(chain, ranks, cheapest_cuts(&costs, options)?, options)?;
        let Some(bytes) = options.bytes else {
            return Ok(plan);
        };
        let Err(error) = plan.check_memory(bytes) else {
            return Ok(plan);
        };
        // Without a way through the cuts that fit, the plan that sends least says what does not.
        let fitting = Holdings::new(&plan.chain, &plan.ranks, options)?.fitting(costs, bytes);
        let cuts = cheapest_cuts(&fitting, options).map_err(|_| error)?;
        let plan = Self::with_cuts(plan.chain, plan.ranks, cuts, options)?;
        plan.check_memory(bytes)?;
        Ok(plan)
    }

    /// A plan of a user's own cuts.
    ///
    /// # Errors
    /// [`PartitionError::Length`] and [`PartitionError::Letter`] for cuts that are no plan of this chain,
    /// [`PartitionError::TooManyRanks`] for a cut that leaves a rank without work, and those of [`Tiling::tiles`].
    pub fn with_cuts(
        chain: Chain,
        ranks: Ranks,
        cuts: Vec<Cut>,
        options: PlanOptions,
    ) -> Result<Self, PartitionError> {
        let breakpoint = options.tiling.map_or(0, |tiling| tiling.breakpoint);
        if cuts.len() != chain.layers().len() {
            return Err(PartitionError::Length {
                found: cuts.len(),
                layers: chain.layers().len(),
            });
        }
        let costs = costs(&chain, &ranks, options)?;
        check_letters(&chain, &ranks, &cuts, breakpoint, &costs)?;
        let tail = costs.from(breakpoint).each(&cuts[breakpoint..]);
        let mut elements = vec![0; breakpoint];
        if let Some(tiling) = &options.tiling {
            elements[0] = tiling.sent(&chain, ranks.count())?;
        }
        let tail = tail.unwrap_or_default().into_iter();
        elements.extend(tail.map(|units| units as u64));
        Ok(Self {
            chain,
            cuts,
            ranks,
            topology: options.topology,
            tiling: options.tiling,
            elements,
        })
    }

    /// The plan of letters; see [`Cut`].
    ///
    /// # Errors
    /// As [`Plan::with_cuts`].
    pub fn of_letters(
        chain: Chain,
        ranks: Ranks,
        letters: &str,
        options: PlanOptions,
    ) -> Result<Self, PartitionError> {
        let read = |(layer, letter): (usize, char)| {
            Cut::of_letter(letter).ok_or_else(|| PartitionError::Letter {
                layer,
                name: if layer < chain.layers().len() {
                    chain.name(layer)
                } else {
                    "no layer".into()
                },
                letter,
                reason: "it is none of o, i, f, s, w, t and .",
            })
        };
        let cuts: Result<Vec<Cut>, _> = letters.chars().enumerate().map(read).collect();
        Self::with_cuts(chain, ranks, cuts?, options)
    }

    /// The chain.
    #[must_use]
    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    /// One cut a layer.
    #[must_use]
    pub fn cuts(&self) -> &[Cut] {
        &self.cuts
    }

    /// The ranks.
    #[must_use]
    pub fn ranks(&self) -> &Ranks {
        &self.ranks
    }

    /// Who talks to whom.
    #[must_use]
    pub fn topology(&self) -> Topology {
        self.topology
    }

    /// The tiles, if there are any.
    #[must_use]
    pub fn tiling(&self) -> Option<&Tiling> {
        self.tiling.as_ref()
    }

    /// The tiles with their regions; none without.
    pub(super) fn tiles(&self) -> Result<Vec<Tile>, PartitionError> {
        match &self.tiling {
            Some(tiling) => tiling.tiles(&self.chain),
            None => Ok(Vec::new()),
        }
    }

    /// One letter a layer.
    #[must_use]
    pub fn letters(&self) -> String {
        letters(&self.cuts)
    }

    /// Elements that each layer sends, all ranks together; those of all tiles stand at layer 0.
    #[must_use]
    pub fn elements(&self) -> &[u64] {
        &self.elements
    }

    /// Elements that are sent in all.
    #[must_use]
    pub fn communication(&self) -> u64 {
        self.elements.iter().sum()
    }

    /// The cut of the layer behind one.
    pub(super) fn next(&self, layer: usize) -> Option<Cut> {
        self.cuts.get(layer + 1).copied()
    }

    /// Channels of the output of a layer, by rank.
    #[must_use]
    pub fn made_slices(&self, layer: usize) -> Vec<Range<usize>> {
        slices(self.chain.made(layer).channels, self.ranks.shares())
    }

    /// Channels of its input, by rank.
    #[must_use]
    pub fn seen_slices(&self, layer: usize) -> Vec<Range<usize>> {
        slices(self.chain.seen(layer).channels, self.ranks.shares())
    }

    /// Multiply-adds of every layer on one rank.
    #[must_use]
    pub fn work(&self, rank: usize) -> Vec<u64> {
        let sizes = self.chain.sizes();
        let tiles = self.tiles().unwrap_or_default();
        let layer = |(layer, size): (usize, &LayerSize)| {
            let part = |slices: &[Range<usize>], channels: usize| {
                size.work / channels as u64 * slices[rank].len() as u64
            };
            let (seen, made) = (self.chain.seen(layer), self.chain.made(layer));
            match self.cuts[layer] {
                Cut::Outputs | Cut::First => part(&self.made_slices(layer), made.channels),
                Cut::Inputs | Cut::Second => part(&self.seen_slices(layer), seen.channels),
                Cut::Whole if rank == 0 => size.work,
                Cut::Tiles => {
                    let own = tiles.iter().enumerate();
                    let own =
                        own.filter(|(tile, _)| Tiling::owner(*tile, self.ranks.count()) == rank);
                    let pixels: usize = own.map(|(_, tile)| tile[layer + 1].pixels()).sum();
                    size.weights * pixels as u64
                }
                Cut::Whole | Cut::Local => 0,
            }
        };
        sizes.iter().enumerate().map(layer).collect()
    }
}

/// The costs that a plan with these options goes by.
fn costs(chain: &Chain, ranks: &Ranks, options: PlanOptions) -> Result<Costs, PartitionError> {
    if options.tiling.is_some() && options.topology == Topology::Ring {
        return Err(PartitionError::Ranks {
            what: "the topology",
            reason:
                "tiles are sent out and collected by rank 0; choose the root topology, or no tiles"
                    .into(),
        });
    }
    let cost_options = CostOptions {
        topology: options.topology,
        whole: options.whole,
        ..CostOptions::default()
    };
    let breakpoint = options.tiling.map_or(0, |tiling| tiling.breakpoint);
    if let Some(tiling) = &options.tiling {
        tiling.tiles(chain)?;
    }
    Costs::sliced_behind(chain, ranks, cost_options, breakpoint)
}

/// The cheapest cuts, tiles before them.
fn cheapest_cuts(costs: &Costs, options: PlanOptions) -> Result<Vec<Cut>, PartitionError> {
    let breakpoint = options.tiling.map_or(0, |tiling| tiling.breakpoint);
    let mut cuts = vec![Cut::Tiles; breakpoint];
    let layers = costs.layers.len();
    match costs.from(breakpoint).cheapest() {
        Some(cheapest) => cuts.extend(cheapest.cuts),
        None if breakpoint == layers => {}
        // Each layer alone can be cut, but a slice of it is needed where it is not.
        None => return Err(PartitionError::Length { found: 0, layers }),
    }
    Ok(cuts)
}
