//! What the ranks are shown, and with which weights.

use super::layers::LayerSettings;
use super::settings::Settings;
use crate::experiment::data::files::{ArraySource, checksum, refuse_file};
use crate::experiment::data::images::ImageData;
use crate::experiment::settings::{Mistakes, Place, Placed, Words, require};
use crate::experiment::{Diagnostic, LabelledImages};
use crate::networks::deep::Image;
use crate::partition::run::{LayerWeights, Number, Tensor, Weights};
use crate::partition::{Chain, Layer, Operation};

/// Weights and inputs of a run.
pub(super) struct Shown {
    /// Trained weights; others are drawn.
    weights: Option<Weights<f64>>,
    /// Images with their classes; another input is made up.
    pub images: Option<LabelledImages>,
}

impl Shown {
    /// Reads what the settings name; of images, those that are asked for.
    pub fn read(
        settings: &Settings,
        data: Option<ImageData>,
        chain: &Chain,
    ) -> Result<Self, Mistakes> {
        let mut mistakes = Mistakes::default();
        let layers = settings.network.layers.as_deref().unwrap_or_default();
        let weights = mistakes.note(weights(layers, chain));
        let images = mistakes.note(images(settings, data, chain));
        mistakes.end()?;
        Ok(Self {
            weights: weights.flatten(),
            images: images.flatten(),
        })
    }

    /// What tells what was read, and is learnt, from others; none if nothing was.
    pub fn checksum(&self, learnt: Option<&LabelledImages>) -> Option<u32> {
        let layers = self.weights.iter().flat_map(Weights::layers).flatten();
        let numbers = layers.flat_map(|l| l.matrix.iter().chain(l.biases.iter().flatten()));
        let pixels = self.images.iter().flat_map(|images| images.images.iter());
        let learnt_pixels = learnt.into_iter().flat_map(|images| images.images.iter());
        let all = [self.images.as_ref(), learnt];
        let labels = all.into_iter().flatten().flat_map(|images| &images.labels);
        let labels: Vec<f64> = labels.map(|label| *label as f64).collect();
        let read = self.weights.is_some() || self.images.is_some();
        read.then(|| checksum(numbers.chain(pixels).chain(learnt_pixels).chain(&labels)))
    }

    /// The weights of a chain.
    pub fn weights<T: Number>(&self, chain: &Chain, seed: u64) -> Weights<T> {
        match &self.weights {
            Some(weights) => weights.converted(),
            None => Weights::random(chain, seed),
        }
    }

    /// The inputs of a chain, pixel after pixel.
    pub fn inputs<T: Number>(&self, chain: &Chain) -> Vec<Vec<T>> {
        let Some(images) = &self.images else {
            return vec![made_up(chain.input().numbers())];
        };
        let images = images.images.column_iter();
        let tensor = |image: nalgebra::DVectorView<'_, f64>| {
            let planes: Vec<T> = image.iter().map(|level| T::from_double(*level)).collect();
            Tensor::from_planes(chain.input(), &planes).numbers
        };
        images.map(tensor).collect()
    }
}

/// Any input will do that differs everywhere.
fn made_up<T: Number>(count: usize) -> Vec<T> {
    let number = |index: usize| {
        let phase = (index % 10_007) as f64 / 10_007.0;
        T::from_double(4.0 * phase * (1.0 - phase) - 0.5)
    };
    (0..count).map(number).collect()
}

/// The test images that are asked for.
fn images(
    settings: &Settings,
    read: Option<ImageData>,
    chain: &Chain,
) -> Result<Option<LabelledImages>, Diagnostic> {
    let (Some(data), Some(read)) = (&settings.data, read) else {
        return Ok(None);
    };
    let ImageData { test, classes, .. } = read;
    let (height, width) = test.shape;
    let input = chain.input();
    let fits = input.numbers() == height * width
        && (input.pixels() == 1 || (input.height, input.width) == (height, width));
    require(
        data,
        fits,
        format!(
            "images of {height} x {width} grey levels where the network sees {} channels of {} x {}",
            input.channels, input.height, input.width
        ),
        "these images",
        format!(
            "give `image = [1, {height}, {width}]` beside layers that begin with a convolution, or a dense layer `inputs = {}`",
            height * width
        ),
    )?;
    let outputs = chain.output().numbers();
    require(
        data,
        classes <= outputs,
        format!("{classes} classes where the network has {outputs} outputs"),
        "more classes than outputs",
        format!("give the last layer `outputs = {classes}`, or other images"),
    )?;
    let count = *settings.run.images;
    require(
        &settings.run.images,
        count <= test.len(),
        format!(
            "{count} images of {} that are there behind those for training",
            test.len()
        ),
        "more than there are",
        "give fewer, or `training` in `[data]` a smaller value",
    )?;
    Ok(Some(test.range(0, count)))
}

/// The weights that layers name, if they name any.
fn weights(layers: &[LayerSettings], chain: &Chain) -> Result<Option<Weights<f64>>, Mistakes> {
    let named = layers.iter().filter_map(|layer| layer.weights.as_ref());
    let Some(first) = named.map(Placed::place).next() else {
        let biases = layers.iter().find_map(|layer| layer.biases.as_ref());
        let place = biases.map_or(Place::NOWHERE, Placed::place);
        require(
            &place,
            biases.is_none(),
            "`biases` without `weights`",
            "these biases",
            "give every layer `weights`, or no layer `biases`",
        )?;
        return Ok(None);
    };
    let mut mistakes = Mistakes::default();
    let mut read = Vec::new();
    for (place, (settings, layer)) in layers.iter().zip(chain.layers()).enumerate() {
        let own = match (&settings.weights, layer.weighted()) {
            (Some(file), true) => {
                let own = of_layer(file, settings.biases.as_ref(), layer, chain, place);
                mistakes.note(own).map(Some)
            }
            (None, false) if settings.biases.is_none() => Some(None),
            (None, true) => mistakes.note(Err(Diagnostic::new(format!(
                "layer {place} ({}) has no `weights`, and others have",
                chain.name(place)
            ))
            .at(settings.kind.place().bytes())
            .label("this layer")
            .help("give every layer that has weights a file, or none"))),
            _ => mistakes.note(Err(Diagnostic::new(format!(
                "layer {place} ({}) has no weights to be read",
                chain.name(place)
            ))
            .at(settings.kind.place().bytes())
            .label("this layer")
            .help("remove its `weights` and `biases`"))),
        };
        mistakes.note(require(
            &first,
            !settings.normalised,
            format!("layer {place} is normalised, and has `weights` of a file"),
            "factors are not read",
            "multiply the factors into the weights, and leave `normalised` out",
        ));
        read.push(own);
    }
    mistakes.end()?;
    Ok(Some(Weights::new(read.into_iter().flatten().collect())))
}

/// The weights of one layer.
fn of_layer(
    weights: &Words,
    biases: Option<&Words>,
    layer: &Layer,
    chain: &Chain,
    place: usize,
) -> Result<LayerWeights<f64>, Diagnostic> {
    let (seen, outputs) = (chain.seen(place), chain.made(place).channels);
    let (window, shape) = match layer.operation {
        Operation::Convolution { kernel, .. } => {
            let window = Image {
                channels: seen.channels,
                height: kernel,
                width: kernel,
            };
            (window, vec![outputs, seen.channels, kernel, kernel])
        }
        _ => (seen, vec![outputs, seen.numbers()]),
    };
    let what = format!("layer {place} ({})", chain.name(place));
    let numbers = numbers(weights, &shape, &what)?;
    let biases = biases.map(|file| self::numbers(file, &[outputs], &what));
    Ok(LayerWeights::from_planes(
        window,
        &numbers,
        biases.transpose()?,
    ))
}

/// The finite numbers of an array of this shape.
fn numbers(file: &Words, shape: &[usize], what: &str) -> Result<Vec<f64>, Diagnostic> {
    let (found, numbers) = file.array()?;
    let help = format!(
        "{what} needs an array of shape {shape:?}: outputs first, then what one output sees, channel after channel"
    );
    if found != shape {
        let problem = format!("an array of shape {found:?} where {shape:?} is due");
        return Err(refuse_file(file, &problem, &help));
    }
    match numbers.iter().position(|number| !number.is_finite()) {
        Some(index) => {
            let problem = format!("number {index} is {}", numbers[index]);
            Err(refuse_file(
                file,
                &problem,
                "save weights that are finite numbers",
            ))
        }
        None => Ok(numbers),
    }
}
