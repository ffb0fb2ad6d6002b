//! Layers of one's own.

use serde::{Deserialize, Serialize};

use super::settings::refused;
use crate::experiment::Diagnostic;
use crate::experiment::settings::{Choice, Count, Place, Placed, Words, require, settings};
use crate::networks::Activation;
use crate::networks::deep::{Image, Padding};
use crate::partition::{Chain, Layer, Operation, PartitionError};

settings! {
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
        /// A file of trained weights: `outputs x inputs` of a dense layer, `outputs x channels x rows x columns` of filters.
        pub weights: Option<Words>,
        /// A file of its biases; none if nothing is said.
        pub biases: Option<Words>,
    }
}

/// What a layer of one's own does.
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

/// The chain of these layers.
pub(super) fn chain_of(
    layers: &[LayerSettings],
    image: Option<&[Count]>,
) -> Result<Chain, Diagnostic> {
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
