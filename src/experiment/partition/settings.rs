//! Settings of the kind `partition`.

use serde::{Deserialize, Serialize};
use toml_edit::Item;

use crate::experiment::Diagnostic;
use crate::experiment::memory_limit::{largest, require_memory};
use crate::experiment::settings::{
    Choice, Count, Given, Mistakes, NonNegative, Place, Placed, Positive, Setting, require,
    settings,
};
use crate::networks::Activation;
use crate::networks::deep::{Image, Padding};
use crate::partition::{
    Chain, Layer, Operation, PartitionError, Published, Ranks, Tiling, Topology,
};

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// What is shared.
        pub network: NetworkSettings,
        /// By whom.
        pub cluster: ClusterSettings,
        /// Tiles of the first layers, beside the plan without.
        pub tiles: Option<TileSettings>,
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

    /// One layer of one's own.
    pub struct LayerSettings {
        /// What it does.
        pub kind: Choice<LayerKind>,
        /// Numbers of its input, for a check; needed where a first layer is fully connected.
        pub inputs: Option<Count>,
        /// Units or channels.
        pub outputs: Option<Count>,
        /// Side of filters or windows.
        pub kernel: Count = 1,
        /// Distance of their places; of a pooling, the side of its windows if nothing is said.
        pub stride: Option<Count>,
        /// Pixels beyond each border; half the filter if nothing is said.
        pub padding: Option<Count<0>>,
        /// What is applied behind the sums.
        pub activation: Choice<Activation> = Activation::Relu,
        /// Whether every output has a factor, as a batch normalisation gives it.
        pub normalised: bool = false,
        /// The layers that a route reads.
        pub from: Option<Vec<Count<0>>>,
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

    /// Section `[run]`: ranks in threads beside the network on one rank.
    pub struct RunSettings {
        /// Whether anything is run.
        pub execute: bool = true,
        /// In which numbers.
        pub numbers: Choice<Numbers> = Numbers::F64,
        /// Of a network of the source: by what its channels and the sides of its image are divided.
        pub divisor: Count = 1,
    }
}

/// Layers of one's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LayerKind {
    /// Fully connected.
    Dense,
    /// Filters.
    Convolution,
    /// The largest of a window.
    MaxPool,
    /// The mean of every map.
    Average,
    /// Outputs of earlier layers.
    Route,
    /// Squares of pixels to channels.
    Reorganise,
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

/// One number for all ranks, or one each.
#[derive(Debug, Clone)]
pub struct PerRank {
    numbers: Vec<Positive>,
    listed: bool,
    place: Place,
}

impl From<f64> for PerRank {
    fn from(number: f64) -> Self {
        Self {
            numbers: vec![number.into()],
            listed: false,
            place: Place::NOWHERE,
        }
    }
}

impl Placed for PerRank {
    fn place(&self) -> Place {
        self.place
    }
}

impl Setting for PerRank {
    fn expected() -> String {
        "a number, or a list with one number a rank".into()
    }

    fn read(given: &Given<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let listed = given.list().is_some();
        let numbers = if listed {
            Vec::read(given, mistakes)?
        } else {
            given.expect(given.number(), &Self::expected(), mistakes)?;
            vec![Positive::read(given, mistakes)?]
        };
        Some(Self {
            numbers,
            listed,
            place: given.place(),
        })
    }

    fn write(&self) -> Item {
        if self.listed {
            self.numbers.write()
        } else {
            self.numbers[0].write()
        }
    }
}

impl PerRank {
    /// One number a rank.
    fn each(&self, ranks: usize) -> Result<Vec<f64>, Diagnostic> {
        if !self.listed {
            return Ok(vec![*self.numbers[0]; ranks]);
        }
        require(
            self,
            self.numbers.len() == ranks,
            format!("{} numbers for {ranks} ranks", self.numbers.len()),
            "one a rank",
            format!("give {ranks} numbers, or one for all"),
        )?;
        Ok(self.numbers.iter().map(|number| **number).collect())
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
            (None, Some(layers)) => own_chain(layers, image.as_deref()),
            (name, layers) => {
                let place = name.map_or(self.cluster.ranks.place(), |name| name.place());
                let found = if layers.is_some() { "both" } else { "neither" };
                Err(Diagnostic::new(format!(
                    "{found} of `name` and `layers` in `[network]`"
                ))
                .at(place.bytes())
                .label("one network is needed")
                .help("give `name = \"yolov2\"` (or vgg16, extraction, alexnet), or `layers = [...]`, one of the two"))
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
        let bytes = match *self.run.numbers {
            Numbers::F32 => 4.0,
            Numbers::F64 => 8.0,
        };
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

fn own_chain(layers: &[LayerSettings], image: Option<&[Count]>) -> Result<Chain, Diagnostic> {
    let Some(first) = layers.first() else {
        return Err(Diagnostic::new("`layers` is empty").help("give at least one layer"));
    };
    let input = match (image, first.inputs) {
        (Some([channels, height, width]), _) => Image {
            channels: **channels,
            height: **height,
            width: **width,
        },
        (Some(other), _) => {
            return Err(
                Diagnostic::new(format!("`image` has {} numbers", other.len()))
                    .at(other.first().map_or(Place::NOWHERE, Placed::place).bytes())
                    .label("an image has three")
                    .help("give `image = [channels, rows, columns]`"),
            );
        }
        (None, Some(inputs)) if *first.kind == LayerKind::Dense => Image::vector(*inputs),
        (None, _) => {
            return Err(Diagnostic::new("nothing says what the first layer sees")
                .at(first.kind.place().bytes())
                .label("the first layer")
                .help("give a dense layer `inputs`, or `[network]` an `image = [channels, rows, columns]`"));
        }
    };
    let mut made = Vec::new();
    for layer in layers {
        made.push(own_layer(layer)?);
    }
    let chain = Chain::new(input, made).map_err(|error| {
        let layer = match &error {
            PartitionError::Layer { layer, .. } => layers.get(*layer),
            _ => None,
        };
        let place = layer.map_or(Place::NOWHERE, |layer| layer.kind.place());
        refused(&error, place, "this layer")
    })?;
    for (place, layer) in layers.iter().enumerate() {
        let seen = chain.seen(place);
        let sees = match *layer.kind {
            LayerKind::Dense => seen.numbers(),
            _ => seen.channels,
        };
        let said = layer.inputs.map_or(sees, |inputs| *inputs);
        require(
            &layer.inputs,
            said == sees,
            format!("layer {place} says {said} inputs and sees {sees}"),
            "not what stands before it",
            format!("write `inputs = {sees}`, or leave it out"),
        )?;
    }
    Ok(chain)
}

fn own_layer(settings: &LayerSettings) -> Result<Layer, Diagnostic> {
    let outputs = || {
        settings.outputs.map(|outputs| *outputs).ok_or_else(|| {
            Diagnostic::new("a layer with weights has no `outputs`")
                .at(settings.kind.place().bytes())
                .label("how many outputs?")
                .help("give it `outputs = ...`")
        })
    };
    let kernel = *settings.kernel;
    let stride = settings.stride.map(|stride| *stride);
    let operation = match *settings.kind {
        LayerKind::Dense => Operation::Dense {
            outputs: outputs()?,
        },
        LayerKind::Convolution => Operation::Convolution {
            outputs: outputs()?,
            kernel,
            stride: stride.unwrap_or(1),
            padding: settings.padding.map_or(kernel / 2, |padding| *padding),
            border: Padding::Zero,
        },
        LayerKind::MaxPool => Operation::MaxPool {
            side: kernel,
            stride: stride.unwrap_or(kernel),
        },
        LayerKind::Average => Operation::Average,
        LayerKind::Reorganise => Operation::Reorganise {
            stride: stride.unwrap_or(kernel),
        },
        LayerKind::Route => Operation::Route {
            from: settings.from.iter().flatten().map(|from| **from).collect(),
        },
    };
    require(
        &settings.activation,
        *settings.activation != Activation::Softmax,
        "softmax couples the outputs of a layer",
        "no activation of one number",
        "choose another activation, `identity` for the last layer",
    )?;
    Ok(Layer {
        normalised: settings.normalised,
        ..Layer::new(operation, *settings.activation)
    })
}
