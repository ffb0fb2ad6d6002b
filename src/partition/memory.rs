//! What every rank holds of a plan, and which cuts of a layer fit.

use std::ops::Range;

use super::{
    Chain, Costs, Cut, LayerSize, PartitionError, Plan, PlanOptions, Ranks, Tile, Tiling, Topology,
    slices,
};
use crate::networks::deep::Image;

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

/// What the ranks would hold of a layer, by its cut.
pub(super) struct Holdings<'a> {
    chain: &'a Chain,
    ranks: &'a Ranks,
    topology: Topology,
    sizes: Vec<LayerSize>,
    /// Slices of the input and of the output of every layer, by rank.
    slices: Vec<[Vec<Range<usize>>; 2]>,
    tiling: Option<Tiling>,
    tiles: Vec<Tile>,
}

impl<'a> Holdings<'a> {
    /// Those of plans with these options.
    ///
    /// # Errors
    /// Those of [`Tiling::tiles`].
    pub fn new(
        chain: &'a Chain,
        ranks: &'a Ranks,
        options: PlanOptions,
    ) -> Result<Self, PartitionError> {
        let tiles = options
            .tiling
            .map(|tiling| tiling.tiles(chain))
            .transpose()?;
        let of = |image: Image| slices(image.channels, ranks.shares());
        let layers = 0..chain.layers().len();
        Ok(Self {
            chain,
            ranks,
            topology: options.topology,
            sizes: chain.sizes(),
            slices: layers
                .map(|layer| [of(chain.seen(layer)), of(chain.made(layer))])
                .collect(),
            tiling: options.tiling,
            tiles: tiles.unwrap_or_default(),
        })
    }

    /// Weights and maps of one layer on one rank. With tiles the input and output of a layer are those of the rank's largest
    /// tile, but of rank 0, which also holds the whole image and the map that it collects.
    fn of(&self, layer: usize, cut: Cut, rank: usize) -> RankMemory {
        let size = &self.sizes[layer];
        let (seen, made) = (self.chain.seen(layer), self.chain.made(layer));
        let [from, to] = self.slices[layer]
            .each_ref()
            .map(|slices| slices[rank].len() as u64);
        let (seen_by, made_by) = (seen.channels as u64, made.channels as u64);
        let root = rank == 0;
        let everywhere = self.topology == Topology::Ring;
        let whole = size.inputs + size.outputs;
        let (weights, maps) = match cut {
            Cut::Outputs | Cut::First => (
                size.weights / made_by * to,
                size.inputs + size.outputs / made_by * to,
            ),
            Cut::Inputs | Cut::Second => (
                size.weights / seen_by * from,
                size.inputs / seen_by * from + size.outputs,
            ),
            Cut::Whole if root => (size.weights, whole),
            Cut::Tiles => {
                let own = self.tiles.iter().enumerate();
                let own = own.filter(|(tile, _)| Tiling::owner(*tile, self.ranks.count()) == rank);
                let held = own.map(|(_, tile)| {
                    tile[layer].pixels() * seen.channels + tile[layer + 1].pixels() * made.channels
                });
                (size.weights, held.max().unwrap_or(0) as u64)
            }
            Cut::Local if root || everywhere => (0, whole),
            Cut::Local | Cut::Whole => (0, 0),
        };
        // Inputs and outputs pass rank 0 whole, and every rank of a ring; what is fused does not.
        let gathered = matches!(cut, Cut::Outputs | Cut::Inputs) && (root || everywhere);
        let maps = if gathered { whole } else { maps };
        match self.tiling {
            Some(tiling) if root && layer == 0 => {
                let ends = size.inputs + self.sizes[tiling.breakpoint - 1].outputs;
                RankMemory {
                    weights,
                    maps: maps.max(ends),
                }
            }
            _ => RankMemory { weights, maps },
        }
    }

    /// Costs without the cuts that do not fit, in numbers of so many bytes. What is left out on one rank is no hope for another:
    /// again until nothing changes.
    pub fn fitting(&self, mut costs: Costs, bytes: usize) -> Costs {
        loop {
            let before = costs.clone();
            for rank in 0..self.ranks.count() {
                self.leave_out(&mut costs, rank, bytes);
            }
            if costs == before {
                return costs;
            }
        }
    }

    /// Leaves out what does not fit on one rank beside the least of all other layers.
    fn leave_out(&self, costs: &mut Costs, rank: usize, bytes: usize) {
        let breakpoint = self.tiling.map_or(0, |tiling| tiling.breakpoint);
        let least = |layer: usize| {
            let cuts = match layer < breakpoint {
                true => vec![Cut::Tiles],
                false => costs.choices(layer),
            };
            let held = || cuts.iter().map(|cut| self.of(layer, *cut, rank));
            let (weights, maps) = (held().map(|m| m.weights), held().map(|m| m.maps));
            (weights.min().unwrap_or(0), maps.min().unwrap_or(0))
        };
        let least: Vec<(u64, u64)> = (0..self.sizes.len()).map(least).collect();
        let all: u64 = least.iter().map(|layer| layer.0).sum();
        let maps = least.iter().map(|layer| layer.1).max().unwrap_or(0);
        for (layer, (weights, _)) in least.iter().enumerate().skip(breakpoint) {
            for cut in Cut::CHOICES {
                let held = self.of(layer, cut, rank);
                let most = all - weights + held.weights + held.maps.max(maps);
                if most as f64 * bytes as f64 > self.ranks.memory()[rank] {
                    costs.layers[layer].of[cut as usize] = None;
                }
            }
        }
    }
}

impl Plan {
    /// What a rank holds. With tiles the input and output of a layer are those of the rank's largest tile, but of rank 0,
    /// which also holds the whole image and the map that it collects.
    #[must_use]
    pub fn memory(&self, rank: usize) -> RankMemory {
        let held = self.holds(rank);
        RankMemory {
            weights: held.iter().map(|layer| layer.weights).sum(),
            maps: held.iter().map(|layer| layer.maps).max().unwrap_or(0),
        }
    }

    /// What a rank holds of every layer.
    fn holds(&self, rank: usize) -> Vec<RankMemory> {
        let options = PlanOptions {
            topology: self.topology(),
            tiling: self.tiling().copied(),
            ..PlanOptions::default()
        };
        // The tiles of a plan are there: it was made with them.
        let Ok(held) = Holdings::new(self.chain(), self.ranks(), options) else {
            return Vec::new();
        };
        let cuts = self.cuts().iter().enumerate();
        cuts.map(|(layer, cut)| held.of(layer, *cut, rank))
            .collect()
    }

    /// Whether every rank can hold its part, in numbers of so many bytes.
    ///
    /// # Errors
    /// [`PartitionError::DoesNotFit`] with the first rank that cannot, and the first layer up to which it cannot.
    pub fn check_memory(&self, bytes: usize) -> Result<(), PartitionError> {
        for (rank, there) in self.ranks().memory().iter().enumerate() {
            if there.is_infinite() {
                continue;
            }
            let whole = self.memory(rank).elements() as f64 * bytes as f64;
            let (mut weights, mut maps) = (0, 0);
            for (layer, held) in self.holds(rank).iter().enumerate() {
                weights += held.weights;
                maps = maps.max(held.maps);
                let needed = (weights + maps) as f64 * bytes as f64;
                if needed > *there {
                    return Err(PartitionError::DoesNotFit {
                        layer,
                        name: self.chain().name(layer),
                        rank,
                        needed,
                        whole,
                        there: *there,
                    });
                }
            }
        }
        Ok(())
    }
}
