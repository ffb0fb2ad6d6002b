//! Tiles of the last map of a group of layers, and what each needs of the maps before.
//!
//! Z. Zhao, K. M. Barijough, A. Gerstlauer, "`DeepThings`", IEEE Transactions on Computer-Aided Design 37(11), 2348-2359
//! (2018): fused tile partitioning. Each tile is computed through all layers on its own; what neighbours both need is
//! computed twice.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{Chain, Operation, PartitionError};
use crate::networks::deep::{Image, Padding};

/// A grid over the map behind the first layers of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tiling {
    /// The layers before this one are tiled.
    pub breakpoint: usize,
    /// Rows of tiles.
    pub rows: usize,
    /// Columns of tiles.
    pub columns: usize,
}

/// Some rows and columns of a map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// Rows of pixels.
    pub rows: Range<usize>,
    /// Columns of pixels.
    pub columns: Range<usize>,
}

impl Region {
    /// A whole image.
    #[must_use]
    pub fn whole(image: Image) -> Self {
        Self {
            rows: 0..image.height,
            columns: 0..image.width,
        }
    }

    /// Pixels.
    #[must_use]
    pub fn pixels(&self) -> usize {
        self.rows.len() * self.columns.len()
    }

    /// So many channels of it.
    #[must_use]
    pub fn image(&self, channels: usize) -> Image {
        Image {
            channels,
            height: self.rows.len(),
            width: self.columns.len(),
        }
    }
}

/// One tile on its way: the region of the input, then that behind every layer.
pub type Tile = Vec<Region>;

impl Tiling {
    /// All tiles, row after row.
    ///
    /// # Errors
    /// [`PartitionError::Layer`] for a layer that cannot be tiled, or more rows or columns of tiles than pixels.
    pub fn tiles(&self, chain: &Chain) -> Result<Vec<Tile>, PartitionError> {
        let refuse = |layer: usize, reason: String| PartitionError::Layer {
            layer,
            name: chain.name(layer),
            reason,
        };
        let layers = chain.layers().len();
        if self.breakpoint == 0 || self.breakpoint > layers {
            return Err(PartitionError::Length {
                found: self.breakpoint,
                layers,
            });
        }
        let last = self.breakpoint - 1;
        for layer in 0..self.breakpoint {
            let possible = match chain.layers()[layer].operation {
                Operation::Convolution { border, .. } => border == Padding::Zero,
                Operation::MaxPool { .. } | Operation::Pass => true,
                _ => false,
            };
            if !possible || chain.kept(layer) {
                let reason = "it needs pixels that no tile has; let the tiles end before it";
                return Err(refuse(layer, reason.into()));
            }
        }
        let map = chain.made(last);
        let down = cut(map.height, self.rows);
        let across = cut(map.width, self.columns);
        if down.len() != self.rows || across.len() != self.columns {
            let (high, wide) = (map.height, map.width);
            let reason = format!(
                "a grid of {} x {} leaves tiles of its {high} x {wide} pixels empty; give fewer",
                self.rows, self.columns
            );
            return Err(refuse(last, reason));
        }
        let tile = |rows: &Range<usize>, columns: &Range<usize>| {
            let mut regions = vec![Region {
                rows: rows.clone(),
                columns: columns.clone(),
            }];
            for layer in (0..self.breakpoint).rev() {
                let behind = &regions[regions.len() - 1];
                regions.push(needed(chain, layer, behind));
            }
            regions.reverse();
            regions
        };
        let tiles = down.iter().flat_map(|rows| {
            let row = across.iter();
            row.map(|columns| tile(rows, columns)).collect::<Vec<_>>()
        });
        Ok(tiles.collect())
    }

    /// The rank of a tile: in turn.
    #[must_use]
    pub fn owner(tile: usize, ranks: usize) -> usize {
        tile % ranks
    }

    /// Elements of the inputs of all tiles, and of their outputs.
    ///
    /// # Errors
    /// As [`Tiling::tiles`].
    pub fn elements(&self, chain: &Chain) -> Result<(u64, u64), PartitionError> {
        let tiles = self.tiles(chain)?;
        let inputs = tiles.iter().map(|tile| tile[0].pixels()).sum::<usize>();
        let outputs = chain.made(self.breakpoint - 1).numbers();
        let channels = chain.input().channels;
        Ok(((inputs * channels) as u64, outputs as u64))
    }

    /// Elements that are sent: inputs and outputs of the tiles that are not on rank 0.
    ///
    /// # Errors
    /// As [`Tiling::tiles`].
    pub fn sent(&self, chain: &Chain, ranks: usize) -> Result<u64, PartitionError> {
        let tiles = self.tiles(chain)?;
        let channels = (
            chain.input().channels,
            chain.made(self.breakpoint - 1).channels,
        );
        let elsewhere = tiles.iter().enumerate();
        let elsewhere = elsewhere.filter(|(tile, _)| Self::owner(*tile, ranks) != 0);
        let elements = elsewhere.map(|(_, tile)| {
            tile[0].pixels() * channels.0 + tile[self.breakpoint].pixels() * channels.1
        });
        Ok(elements.sum::<usize>() as u64)
    }
}

/// A length in pieces of `ceil(length / count)`, the last the rest; fewer where the rest is nothing.
fn cut(length: usize, count: usize) -> Vec<Range<usize>> {
    let step = length.div_ceil(count.max(1)).max(1);
    let starts = (0..length).step_by(step);
    starts
        .map(|start| start..(start + step).min(length))
        .collect()
}

/// What a layer must see of its input for a region of its output.
fn needed(chain: &Chain, layer: usize, made: &Region) -> Region {
    let seen = chain.seen(layer);
    let (kernel, stride, padding) = match chain.layers()[layer].operation {
        Operation::Convolution {
            kernel,
            stride,
            padding,
            ..
        } => (kernel, stride, padding),
        Operation::MaxPool { side, stride } => (side, stride, 0),
        _ => (1, 1, 0),
    };
    let along = |range: &Range<usize>, length: usize| {
        let first = (range.start * stride).saturating_sub(padding);
        let end = ((range.end - 1) * stride + kernel).saturating_sub(padding);
        first..end.min(length)
    };
    Region {
        rows: along(&made.rows, seen.height),
        columns: along(&made.columns, seen.width),
    }
}
