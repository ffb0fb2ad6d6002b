//! A plan that can be run: a chain, its cuts, and whose slices are whose.

use std::ops::Range;

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
}

/// Elements that a rank holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RankMemory {
    /// Of weights, without biases.
    pub weights: u64,
    /// Of the input and output of one layer, where they are most.
    pub maps: u64,
}

impl RankMemory {
    /// Both.
    #[must_use]
    pub fn elements(self) -> u64 {
        self.weights + self.maps
    }
}

impl Plan {
    /// The plan that sends the fewest elements.
    ///
    /// Memory is no part of the choice: all cuts share the weights alike. What does not fit is an error of
    /// [`Plan::check_memory`].
    ///
    /// # Errors
    /// [`PartitionError::TooManyRanks`] for a layer that leaves a rank without work, and those of [`Tiling::tiles`].
    pub fn cheapest(
        chain: Chain,
        ranks: Ranks,
        options: PlanOptions,
    ) -> Result<Self, PartitionError> {
        let costs = costs(&chain, &ranks, options)?;
        let breakpoint = options.tiling.map_or(0, |tiling| tiling.breakpoint);
        let tail = costs.from(breakpoint);
        let mut cuts = vec![Cut::Tiles; breakpoint];
        match tail.cheapest() {
            Some(cheapest) => cuts.extend(cheapest.cuts),
            None if breakpoint == chain.layers().len() => {}
            // Each layer alone can be cut, but a slice of it is needed where it is not.
            None => {
                return Err(PartitionError::Length {
                    found: 0,
                    layers: chain.layers().len(),
                });
            }
        }
        Self::with_cuts(chain, ranks, cuts, options)
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

    /// What a rank holds. With tiles the input and output of a layer are those of the rank's largest tile, but of rank 0,
    /// which also holds the whole image and the map that it collects.
    #[must_use]
    pub fn memory(&self, rank: usize) -> RankMemory {
        let (weights, maps) = self.holds(rank);
        RankMemory {
            weights: weights.iter().sum(),
            maps: maps.into_iter().max().unwrap_or(0),
        }
    }

    /// Weights and maps of every layer on one rank.
    fn holds(&self, rank: usize) -> (Vec<u64>, Vec<u64>) {
        let sizes = self.chain.sizes();
        let tiles = self.tiles().unwrap_or_default();
        let root = rank == 0;
        let layer = |(layer, size): (usize, &LayerSize)| {
            let (seen, made) = (self.chain.seen(layer), self.chain.made(layer));
            let share = |of: u64, slice: &Range<usize>, channels: usize| {
                of / channels as u64 * slice.len() as u64
            };
            let to = &self.made_slices(layer)[rank];
            let from = &self.seen_slices(layer)[rank];
            let everywhere = self.topology == Topology::Ring;
            let whole = size.inputs + size.outputs;
            let (weights, maps) = match self.cuts[layer] {
                Cut::Outputs | Cut::First => (
                    share(size.weights, to, made.channels),
                    size.inputs + share(size.outputs, to, made.channels),
                ),
                Cut::Inputs | Cut::Second => (
                    share(size.weights, from, seen.channels),
                    share(size.inputs, from, seen.channels) + size.outputs,
                ),
                Cut::Whole if root => (size.weights, whole),
                Cut::Tiles => {
                    let own = tiles.iter().enumerate();
                    let own =
                        own.filter(|(tile, _)| Tiling::owner(*tile, self.ranks.count()) == rank);
                    let held = own.map(|(_, tile)| {
                        tile[layer].pixels() * seen.channels
                            + tile[layer + 1].pixels() * made.channels
                    });
                    (size.weights, held.max().unwrap_or(0) as u64)
                }
                Cut::Local if root || everywhere => (0, whole),
                Cut::Local | Cut::Whole => (0, 0),
            };
            // Inputs and outputs pass rank 0 whole, and every rank of a ring; what is fused does not.
            let gathered = matches!(self.cuts[layer], Cut::Outputs | Cut::Inputs);
            let maps = if gathered && (root || everywhere) {
                whole
            } else {
                maps
            };
            (weights, maps)
        };
        let (weights, mut maps): (Vec<u64>, Vec<u64>) = sizes.iter().enumerate().map(layer).unzip();
        if let (Some(tiling), true) = (&self.tiling, root) {
            let ends = sizes[0].inputs + sizes[tiling.breakpoint - 1].outputs;
            maps[0] = maps[0].max(ends);
        }
        (weights, maps)
    }

    /// Whether every rank can hold its part, in numbers of so many bytes.
    ///
    /// # Errors
    /// [`PartitionError::DoesNotFit`] with the first rank that cannot, and the first layer up to which it cannot.
    pub fn check_memory(&self, bytes: usize) -> Result<(), PartitionError> {
        for (rank, there) in self.ranks.memory().iter().enumerate() {
            let (weights, maps) = self.holds(rank);
            let all = weights.iter().sum::<u64>() + maps.iter().max().unwrap_or(&0);
            let (mut sum, mut most) = (0, 0);
            for layer in 0..weights.len() {
                sum += weights[layer];
                most = most.max(maps[layer]);
                let needed = (sum + most) as f64 * bytes as f64;
                if needed > *there {
                    return Err(PartitionError::DoesNotFit {
                        layer,
                        name: self.chain.name(layer),
                        rank,
                        needed,
                        whole: all as f64 * bytes as f64,
                        there: *there,
                    });
                }
            }
        }
        Ok(())
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

impl Costs {
    /// Those of the layers from one on.
    #[must_use]
    pub fn from(&self, layer: usize) -> Self {
        Self {
            layers: self.layers[layer.min(self.layers.len())..].to_vec(),
            parts: self.parts,
        }
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

/// Whether every letter may stand where it stands.
fn check_letters(
    chain: &Chain,
    ranks: &Ranks,
    cuts: &[Cut],
    breakpoint: usize,
    costs: &Costs,
) -> Result<(), PartitionError> {
    for (layer, cut) in cuts.iter().enumerate() {
        let before = layer.checked_sub(1).map(|before| cuts[before]);
        let weighted = chain.layers()[layer].weighted();
        let pair = cuts.get(layer + 1) == Some(&Cut::Second);
        let reason = if (*cut == Cut::Tiles) != (layer < breakpoint) {
            Some("tiles are the layers before the breakpoint, and no others")
        } else if *cut == Cut::Tiles {
            None
        } else if weighted == (*cut == Cut::Local) {
            Some("layers with weights are cut, and no others")
        } else if !cut.follows(before) || (*cut == Cut::First && !pair) {
            Some("f and s stand side by side, and never alone")
        } else if *cut == Cut::First && chain.kept(layer) {
            Some("a later route needs its output whole")
        } else if *cut == Cut::Whole && costs.own(layer, *cut).is_none() {
            Some("whole layers must be allowed, and there are none in a ring")
        } else {
            None
        };
        if let Some(reason) = reason {
            return Err(PartitionError::Letter {
                layer,
                name: chain.name(layer),
                letter: cut.letter(),
                reason,
            });
        }
        if *cut != Cut::Tiles && costs.own(layer, *cut).is_none() {
            return Err(PartitionError::TooManyRanks {
                layer,
                name: chain.name(layer),
                ranks: ranks.count(),
                inputs: chain.seen(layer).channels,
                outputs: chain.made(layer).channels,
            });
        }
    }
    Ok(())
}
