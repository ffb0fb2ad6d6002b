//! How much memory networks and their kernels take, told from counts before there is any network.

use super::deep::ConvolutionSettings;
use crate::experiment::memory_limit::{NUMBER, largest, require_memory};
use crate::experiment::settings::{Count, Mistakes, Placed};
use crate::networks::deep::{Image, ReadOut};

/// A network of equal hidden layers that learns some examples.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size<'a> {
    /// Shape of an example.
    pub image: Image,
    /// Filters, if it is convolutional.
    pub convolution: Option<&'a ConvolutionSettings>,
    /// Units or channels of every hidden layer.
    pub width: Count,
    /// Hidden layers.
    pub depth: Count,
    /// Numbers of the read-out.
    pub outputs: usize,
    /// The examples.
    pub examples: Count,
}

impl Size<'_> {
    /// Weights of the network; biases are few beside them.
    fn weights(&self) -> f64 {
        let (width, depth) = (*self.width as f64, *self.depth as f64);
        let outputs = self.outputs as f64;
        let (filter, channels, seen) = match self.convolution {
            None => (1.0, self.image.numbers() as f64, width),
            Some(convolution) => {
                let pixels = match *convolution.read_out {
                    ReadOut::Flatten => self.image.pixels() as f64,
                    ReadOut::GlobalAverage => 1.0,
                };
                let filter = convolution.kernel.height as f64 * convolution.kernel.width as f64;
                (filter, self.image.channels as f64, pixels * width)
            }
        };
        filter * width * (channels + (depth - 1.0) * width) + seen * outputs
    }

    /// Values of all hidden units for all examples.
    fn values(&self) -> f64 {
        let pixels = self.convolution.map_or(1, |_| self.image.pixels());
        pixels as f64 * *self.width as f64 * *self.depth as f64 * *self.examples as f64
    }

    /// Refuses weights, values, or so many tangent kernels of so many examples, that would not fit.
    pub fn require(&self, kernels: usize, examples: usize, mistakes: &mut Mistakes) {
        let largest = largest(&[self.width, self.depth]);
        let weights = NUMBER * self.weights();
        mistakes.note(require_memory(
            &largest,
            "the weights of a network",
            weights,
        ));
        let values = NUMBER * self.values();
        let what = "the values of all units for all examples";
        mistakes.note(require_memory(&largest, what, values));
        let kernel = (examples as f64 * self.outputs as f64).powi(2);
        let kernels = NUMBER * kernel * kernels as f64;
        let what = "the tangent kernels of the examples";
        mistakes.note(require_memory(&self.examples, what, kernels));
    }
}

/// Refuses so many runs that a list of what they find would not fit: `numbers` for each of `runs`, and
/// its name.
pub(super) fn require_runs(
    setting: &impl Placed,
    runs: f64,
    numbers: f64,
    mistakes: &mut Mistakes,
) {
    // A name is a string on the heap of some 25 letters.
    let name = (std::mem::size_of::<String>() + 25) as f64;
    let bytes = runs * (name + NUMBER * numbers);
    mistakes.note(require_memory(setting, "what all networks find", bytes));
}
