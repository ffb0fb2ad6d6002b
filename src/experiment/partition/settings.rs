//! Settings of the kind `partition`.

use serde::{Deserialize, Serialize};

use super::layers::{LayerSettings, chain_of};
use super::per_rank::PerRank;
use super::trained::TrainedSettings;
use crate::experiment::Diagnostic;
use crate::experiment::data::images::ImageSettings;
use crate::experiment::memory_limit::{largest, require_memory};
use crate::experiment::settings::{
    Choice, Count, NonNegative, Place, Placed, Positive, require, settings,
};
use crate::partition::{Chain, PartitionError, Published, Ranks, Tiling, Topology};

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// What is shared.
        pub network: NetworkSettings,
        /// By whom.
        pub cluster: ClusterSettings,
        /// Tiles of the first layers, beside the plan without.
        pub tiles: Option<TileSettings>,
        /// A network of the crate that learns first, instead of `[network]`.
        pub trained: Option<TrainedSettings>,
        /// Images that the ranks are shown; one that is made up if there is no such section.
        pub data: Option<ImageSettings>,
        /// What is run.
        pub run: RunSettings,
    }

    /// Section `[network]`: a network of the source, or layers of one's own.
    pub struct NetworkSettings {
        /// A network of the source.
        pub name: Option<Choice<Published>>,
        /// Layers of one's own, from the input on.
        pub layers: Option<Vec<LayerSettings>>,
        /// Channels, rows and columns of the input, for layers that begin with a convolution.
        pub image: Option<Vec<Count>>,
    }

    /// Section `[cluster]`.
    pub struct ClusterSettings {
        /// Ranks.
        pub ranks: Count,
        /// Megabits a second through one link.
        pub link_mbit_s: Positive = 100.0,
        /// Seconds that a message takes beside its bytes.
        pub latency_s: NonNegative = 1e-3,
        /// Bytes that a rank has, all alike or one number a rank.
        pub memory_bytes: Option<PerRank>,
        /// Shares of the ranks; equal if nothing is said, or as their memory where that is unequal.
        pub shares: Option<PerRank>,
        /// Billions of operations a second (two for a multiply-add), all alike or one number a rank.
        pub speed_gflop_s: PerRank = 4.0,
        /// Who talks to whom.
        pub topology: Choice<Topology> = Topology::Root,
    }

    /// Section `[tiles]`.
    pub struct TileSettings {
        /// The layers before this one are tiled.
        pub breakpoint: Count,
        /// Rows of tiles.
        pub rows: Count,
        /// Columns of tiles.
        pub columns: Count,
    }

    /// Section `[run]`: ranks in threads, or in processes under mpirun, beside the network on one rank.
    pub struct RunSettings {
        /// Whether anything is run.
        pub execute: bool = true,
        /// In which numbers.
        pub numbers: Choice<Numbers> = Numbers::F64,
        /// Of a network of the source: by what its channels and the sides of its image are divided.
        pub divisor: Count = 1,
        /// With `[data]`: so many of the test images are shown, the first ones.
        pub images: Count = 20,
    }
}

/// Kinds of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Numbers {
    /// Single precision.
    F32,
    /// Double precision.
    F64,
}

impl Numbers {
    /// Bytes of one.
    pub(super) fn bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    /// What a report calls them.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F64 => "f64",
        }
    }
}

impl Settings {
    /// The network.
    pub(super) fn chain(&self) -> Result<Chain, Diagnostic> {
        let NetworkSettings {
            name,
            layers,
            image,
        } = &self.network;
        match (name, layers) {
            (Some(name), None) => {
                require(
                    &image.as_ref().and_then(|image| image.first().copied()),
                    image.is_none(),
                    "`image` beside a network of the source",
                    "its image is known",
                    "remove `image`, or give `layers` instead of `name`",
                )?;
                let made = name.chain();
                made.map_err(|error| refused(&error, name.place(), "this network"))
            }
            (None, Some(layers)) => chain_of(layers, image.as_deref()),
            (name, layers) => {
                let place = name.map_or(self.cluster.ranks.place(), |name| name.place());
                let found = if layers.is_some() { "both" } else { "neither" };
                Err(Diagnostic::new(format!(
                    "{found} of `name` and `layers` in `[network]`"
                ))
                .at(place.bytes())
                .label("one network is needed")
                .help("give `name = \"yolov2\"` (or vgg16, extraction, alexnet), or `layers = [...]`, or a section `[trained]`"))
            }
        }
    }

    /// The ranks.
    pub(super) fn ranks(&self) -> Result<Ranks, Diagnostic> {
        let cluster = &self.cluster;
        let count = *cluster.ranks;
        let most = crate::partition::MOST_RANKS;
        require(
            &cluster.ranks,
            count <= most,
            format!("{count} ranks"),
            "too many",
            format!("give at most {most}"),
        )?;
        let memory = cluster.memory_bytes.as_ref();
        let memory = memory.map(|memory| memory.each(count)).transpose()?;
        let shares = match (&cluster.shares, &memory) {
            (Some(shares), _) => shares.each(count)?,
            (None, Some(memory)) => memory.clone(),
            (None, None) => vec![1.0; count],
        };
        let speeds = cluster.speed_gflop_s.each(count)?;
        // Two operations make a multiply-add.
        let speeds = speeds.iter().map(|gigaflops| 0.5e9 * gigaflops).collect();
        let memory = memory.unwrap_or(vec![f64::INFINITY; count]);
        let made = Ranks::new(shares, memory, speeds);
        made.map_err(|error| refused(&error, cluster.ranks.place(), "these ranks"))
    }

    /// The tiles.
    pub(super) fn tiling(&self) -> Option<Tiling> {
        self.tiles.as_ref().map(|tiles| Tiling {
            breakpoint: *tiles.breakpoint,
            rows: *tiles.rows,
            columns: *tiles.columns,
        })
    }

    /// Whether a run of it fits into memory.
    pub(super) fn require_memory(&self, run: &Chain) -> Result<(), Diagnostic> {
        let sizes = run.sizes();
        let weights: f64 = sizes.iter().map(|size| size.weights as f64).sum();
        let maps = sizes.iter().map(|size| (size.inputs + size.outputs) as f64);
        let bytes = self.run.numbers.bytes() as f64;
        // The weights whole and in slices; the maps of one layer on every rank.
        let ranks = *self.cluster.ranks as f64;
        let all = 2.0 * weights + ranks * maps.fold(0.0, f64::max);
        let layers = self.network.layers.iter().flatten();
        let outputs: Vec<Count> = layers.filter_map(|layer| layer.outputs).collect();
        let place = largest(&outputs).place();
        let place = if place == Place::NOWHERE {
            self.cluster.ranks.place()
        } else {
            place
        };
        require_memory(&place, "weights and maps of the run", bytes * all)
    }
}

/// A refusal by the room below.
pub(super) fn refused(error: &PartitionError, place: Place, label: &str) -> Diagnostic {
    let help = match error {
        PartitionError::TooManyRanks { .. } => {
            "give fewer `ranks`, more equal `shares`, or layers with more channels"
        }
        PartitionError::DoesNotFit { .. } => {
            "give more `memory_bytes`, other `shares`, or more `ranks`"
        }
        _ => "mend what the message says",
    };
    Diagnostic::new(error.to_string())
        .at(place.bytes())
        .label(label)
        .help(help)
}
