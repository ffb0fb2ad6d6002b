//! What lies between the words of a text and its classes.

use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;

use super::TextNetwork;
use super::architecture::Sized;
use super::network::AT_ONCE;
use super::pass::Pass;
use super::pooling::mean;
use super::signal::Words;
use crate::networks::NetworkError;
use crate::networks::deep::{HiddenLayers, LayerWeights};

impl Sized {
    /// The matrix of a layer and its biases, written as `LayerWeights` says; none of a layer without parameters.
    fn weights(&self, parameters: &[f64]) -> Option<LayerWeights> {
        let (rows, split) = match self {
            Self::Separable(layer) => {
                let same = Self::Convolution(layer.same());
                return same.weights(&layer.ordinary(parameters));
            }
            Self::Convolution(layer) => (layer.outputs, layer.multiplications()),
            Self::Recurrent(layer) => (layer.sums(), layer.inputs * layer.sums()),
            Self::MaxPool(_) | Self::Mean => return None,
        };
        let (below, rest) = parameters.split_at(split);
        let (biases, recurrent) = rest.split_at(rows);
        Some(LayerWeights {
            matrix: DMatrix::from_vec(rows, (split + recurrent.len()) / rows, {
                [below, recurrent].concat()
            }),
            bias: Some(DVector::from_column_slice(biases)),
        })
    }
}

/// The embedding is the first layer, and poolings are none.
impl HiddenLayers for TextNetwork {
    /// Means over the positions of every text, a column a channel: positions of different texts are no unit that could
    /// be compared.
    fn activations(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
    ) -> Result<Vec<DMatrix<f64>>, NetworkError> {
        self.check(parameters)?;
        let (table, rest) = parameters.split_at(self.table());
        let (rows, embedding) = (self.rows(inputs)?, self.architecture().embedding);
        let chunks = rows.par_chunks(AT_ONCE).map(|rows| {
            let words = Words::new(rows, self.architecture().average);
            let pass = Pass::new(self.layers(), (table, rest), &words, (embedding, None));
            let kept = pass.signals.iter().enumerate().filter(|(index, _)| {
                let layer = index.checked_sub(1).map(|before| self.layers()[before]);
                layer.is_none_or(|layer| layer.parameters() > 0)
            });
            kept.map(|(_, signal)| mean(signal)).collect::<Vec<_>>()
        });
        let chunks: Vec<_> = chunks.collect();
        let layers = chunks.first().map_or(0, Vec::len);
        let whole = (0..layers).map(|layer| {
            let parts: Vec<f64> = chunks
                .iter()
                .flat_map(|chunk| chunk[layer].numbers.iter().copied())
                .collect();
            DMatrix::from_row_slice(rows.len(), parts.len() / rows.len(), &parts)
        });
        Ok(whole.collect())
    }

    /// Of the embedding a column a word; of a separable layer the kernel of the ordinary one that is the same map, tap
    /// after tap; of a recurrent layer `[W U]`, the gates first.
    fn layer_weights(&self, parameters: &[f64]) -> Result<Vec<LayerWeights>, NetworkError> {
        self.check(parameters)?;
        let ranges = self.parameter_ranges();
        let architecture = self.architecture();
        let embedding = LayerWeights {
            matrix: DMatrix::from_column_slice(
                architecture.embedding,
                architecture.vocabulary,
                &parameters[ranges[0].clone()],
            ),
            bias: None,
        };
        let layers = self.layers().iter().zip(&ranges[1..]);
        let layers = layers.filter_map(|(layer, range)| layer.weights(&parameters[range.clone()]));
        Ok(std::iter::once(embedding).chain(layers).collect())
    }
}
