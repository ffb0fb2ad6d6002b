//! A network for texts: derivatives of its probabilities by all parameters.

use std::ops::Range;

use nalgebra::DMatrix;
use rand::RngExt;
use rand_distr::StandardNormal;
use rayon::prelude::*;

use super::architecture::Sized;
use super::number::{Dual, Number};
use super::pass::{Pass, Thinning};
use super::signal::{Signal, Words};
use super::tokens::word_numbers;
use super::{TextArchitecture, TextLayer};
use crate::networks::NetworkError;
use crate::networks::deep::{DifferentiableModel, Dropout, HiddenLayers, LossSlope};
use crate::numerics::random::{member, stream};

/// A network for texts without its parameters, which the caller keeps in one flat list: the embedding word after
/// word, then layer after layer.
///
/// Inputs have one row a text: the numbers of its words below the vocabulary's size, then
/// [`PADDING`](super::PADDING). Outputs are probabilities, so their loss is
/// [`LogProbability`](crate::training::flow::LogProbability).
///
/// `J v` is a forward pass in dual numbers, and a product with the Hessian a backward pass in them: both exact, at
/// three times the products of a plain pass. Texts are worked on sixteen at a time, on all threads, and
/// gradients are summed in one order.
#[derive(Debug, Clone, PartialEq)]
pub struct TextNetwork {
    architecture: TextArchitecture,
    layers: Vec<Sized>,
}

/// Texts of one pass: two passes for a batch of 32, one for each core of a small machine. Chosen.
pub(super) const AT_ONCE: usize = 16;

/// Standard deviation of an embedding's numbers at the start. Chosen: with it rectifiers see sums of order 0.1, and
/// Adam moves words by as much within an epoch.
const EMBEDDING: f64 = 0.1;

impl TextNetwork {
    /// The network of an architecture.
    ///
    /// # Errors
    /// Those of [`TextArchitecture::check`].
    pub fn new(architecture: TextArchitecture) -> Result<Self, NetworkError> {
        architecture.check()?;
        Ok(Self {
            layers: architecture.sized(),
            architecture,
        })
    }

    /// What the network looks like.
    #[must_use]
    pub fn architecture(&self) -> &TextArchitecture {
        &self.architecture
    }

    /// Where the parameters of the embedding and of every layer lie, in the order of the list.
    #[must_use]
    pub fn parameter_ranges(&self) -> Vec<Range<usize>> {
        let mut end = 0;
        let counts = self.layers.iter().map(Sized::parameters);
        let ranges = std::iter::once(self.table()).chain(counts).map(|count| {
            let start = end;
            end += count;
            start..end
        });
        ranges.collect()
    }

    pub(super) fn table(&self) -> usize {
        self.architecture.vocabulary * self.architecture.embedding
    }

    /// Parameters at random: embeddings of deviation 0.1, weights that keep the size of signals (K. He et al., ICCV
    /// 2015; through `tanh` and gates by half of their variance), biases of zero.
    #[must_use]
    pub fn initial(&self, seed: u64) -> Vec<f64> {
        let mut parameters = Vec::with_capacity(self.parameter_count());
        let mut normal = stream(seed, "text embedding", 0);
        parameters
            .extend((0..self.table()).map(|_| EMBEDDING * normal.sample::<f64, _>(StandardNormal)));
        for (index, layer) in self.layers.iter().enumerate() {
            let mut random = stream(seed, "text weights", index as u64);
            for (count, mean, deviation) in layer.start() {
                parameters.extend(
                    (0..count).map(|_| mean + deviation * random.sample::<f64, _>(StandardNormal)),
                );
            }
        }
        parameters
    }

    /// Probabilities at every position of one text, one row a position that the poolings leave.
    ///
    /// # Errors
    /// Those of [`DifferentiableModel::outputs`].
    pub fn positions(
        &self,
        parameters: &[f64],
        text: &[usize],
    ) -> Result<DMatrix<f64>, NetworkError> {
        let row = DMatrix::from_fn(1, text.len().max(1), |_, position| {
            text.get(position).map_or(0.0, |word| *word as f64)
        });
        self.check(parameters)?;
        let words = Words::new(&self.rows(&row)?, self.architecture.average);
        let (table, rest) = parameters.split_at(self.table());
        let form = (self.architecture.embedding, None);
        let found = Pass::new(&self.layers, (table, rest), &words, form).probabilities;
        let positions = found.segments.positions();
        Ok(DMatrix::from_row_slice(
            positions,
            found.channels,
            &found.numbers,
        ))
    }

    /// The network whose separable layers are written as ordinary ones, and the parameters with which it is the same
    /// map: the kernel of a channel read and a channel written is `D_{j,c} P_{c,o}`.
    ///
    /// # Errors
    /// [`NetworkError::ParameterCount`] for a list of another length.
    pub fn ordinary(&self, parameters: &[f64]) -> Result<(Self, Vec<f64>), NetworkError> {
        self.check(parameters)?;
        let mut architecture = self.architecture.clone();
        for layer in &mut architecture.layers {
            if let TextLayer::Separable { kernel, channels } = *layer {
                *layer = TextLayer::Convolution { kernel, channels };
            }
        }
        let (table, mut rest) = parameters.split_at(self.table());
        let mut same = table.to_vec();
        for layer in &self.layers {
            let (own, behind) = rest.split_at(layer.parameters());
            rest = behind;
            match layer {
                Sized::Separable(layer) => same.extend(layer.ordinary(own)),
                _ => same.extend(own),
            }
        }
        Ok((Self::new(architecture)?, same))
    }

    /// The model as a step of training sees it.
    fn with(&self, thinning: Option<(Dropout, u64)>) -> Thinned<'_> {
        Thinned {
            network: self,
            thinning,
        }
    }

    pub(super) fn layers(&self) -> &[Sized] {
        &self.layers
    }

    pub(super) fn check(&self, parameters: &[f64]) -> Result<(), NetworkError> {
        let expected = self.parameter_count();
        if parameters.len() != expected {
            return Err(NetworkError::ParameterCount {
                name: "parameters",
                found: parameters.len(),
                expected,
            });
        }
        Ok(())
    }

    /// Rows as numbers of words.
    pub(super) fn rows(&self, inputs: &DMatrix<f64>) -> Result<Vec<Vec<usize>>, NetworkError> {
        word_numbers(inputs, self.architecture.vocabulary)
    }
}

/// A [`TextNetwork`], or what one step of training with dropout sees of it.
#[derive(Debug, Clone, Copy)]
struct Thinned<'a> {
    network: &'a TextNetwork,
    thinning: Option<(Dropout, u64)>,
}

impl Thinned<'_> {
    /// What is made of the passes of sixteen texts each, in order.
    fn each<'p, T: Number, R: Send>(
        &'p self,
        parameters: &'p [T],
        rows: &[Vec<usize>],
        made: impl Fn(Words, Pass<'p, T>) -> R + Sync,
    ) -> Vec<R> {
        let network = self.network;
        let (table, rest) = parameters.split_at(network.table());
        let chunks = rows.par_chunks(AT_ONCE).enumerate().map(|(index, rows)| {
            let words = Words::new(rows, network.architecture.average);
            let thinning = self.thinning.map(|(dropout, step)| Thinning {
                dropout,
                random: stream(
                    member(dropout.seed, "text dropout", step as usize),
                    "texts",
                    index as u64,
                ),
            });
            let form = (network.architecture.embedding, thinning);
            let pass = Pass::new(&network.layers, (table, rest), &words, form);
            made(words, pass)
        });
        chunks.collect()
    }

    /// All passes, for a way back.
    fn passes<'p, T: Number>(
        &'p self,
        parameters: &'p [T],
        rows: &[Vec<usize>],
    ) -> Vec<(Words, Pass<'p, T>)> {
        self.each(parameters, rows, |words, pass| (words, pass))
    }

    /// The outputs, without keeping what they were made of.
    fn forward<T: Number>(&self, parameters: &[T], rows: &[Vec<usize>]) -> Vec<T> {
        self.each(parameters, rows, |_, pass| pass.outputs().numbers)
            .concat()
    }

    /// The gradient from that by the outputs, those of a text together.
    fn backward<T: Number>(&self, passes: &[(Words, Pass<'_, T>)], slope: &[T]) -> Vec<T> {
        let (network, count) = (self.network, self.parameter_count());
        let (table, outputs) = (network.table(), self.output_count());
        let slopes = slope.par_chunks(AT_ONCE * outputs);
        let found: Vec<(Vec<T>, Signal<T>)> = (slopes, passes)
            .into_par_iter()
            .map(|(slope, (_, pass))| {
                let mut cotangent = pass.outputs();
                cotangent.numbers.copy_from_slice(slope);
                let mut gradient = vec![T::default(); count - table];
                let by_words = pass.backward(&cotangent, &mut gradient);
                (gradient, by_words)
            })
            .collect();
        let mut gradient = vec![T::default(); count];
        let embedding = network.architecture.embedding;
        for ((part, by_words), (words, _)) in found.into_iter().zip(passes) {
            for (sum, part) in gradient[table..].iter_mut().zip(part) {
                *sum += part;
            }
            let slopes = by_words.numbers.chunks_exact(embedding);
            for (slope, word) in slopes.zip(&words.numbers) {
                let own = &mut gradient[word * embedding..][..embedding];
                for (sum, part) in own.iter_mut().zip(slope) {
                    *sum += *part;
                }
            }
        }
        gradient
    }

    fn matrix(&self, numbers: &[f64]) -> Result<DMatrix<f64>, NetworkError> {
        if numbers.iter().any(|number| !number.is_finite()) {
            return Err(NetworkError::NotFinite { name: "outputs" });
        }
        let columns = self.output_count();
        Ok(DMatrix::from_row_slice(
            numbers.len() / columns,
            columns,
            numbers,
        ))
    }

    /// The directions beside the parameters.
    fn along(&self, parameters: &[f64], direction: &[f64]) -> Result<Vec<Dual>, NetworkError> {
        self.network.check(parameters)?;
        self.network.check(direction)?;
        Ok(Dual::pair(parameters, direction))
    }

    fn cotangent(&self, found: &DMatrix<f64>, texts: usize) -> Result<(), NetworkError> {
        let expected = (texts, self.output_count());
        if found.shape() != expected {
            return Err(NetworkError::BatchShape {
                name: "cotangents",
                found: found.shape(),
                expected,
            });
        }
        Ok(())
    }
}

/// Probabilities of all texts, those of a text together.
fn outputs<T: Number>(passes: &[(Words, Pass<'_, T>)]) -> Vec<T> {
    let found: Vec<Vec<T>> = passes
        .iter()
        .map(|(_, pass)| pass.outputs().numbers)
        .collect();
    found.concat()
}

impl DifferentiableModel for Thinned<'_> {
    fn parameter_count(&self) -> usize {
        self.network.table()
            + self
                .network
                .layers
                .iter()
                .map(Sized::parameters)
                .sum::<usize>()
    }

    fn output_count(&self) -> usize {
        self.network.architecture.outputs
    }

    fn outputs(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
    ) -> Result<DMatrix<f64>, NetworkError> {
        self.network.check(parameters)?;
        self.matrix(&self.forward(parameters, &self.network.rows(inputs)?))
    }

    fn jvp(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
        direction: &[f64],
    ) -> Result<DMatrix<f64>, NetworkError> {
        let parameters = self.along(parameters, direction)?;
        let found = self.forward(&parameters, &self.network.rows(inputs)?);
        self.matrix(&Dual::split(&found).1)
    }

    fn vjp(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
        cotangent: &DMatrix<f64>,
    ) -> Result<Vec<f64>, NetworkError> {
        self.network.check(parameters)?;
        self.cotangent(cotangent, inputs.nrows())?;
        let passes = self.passes(parameters, &self.network.rows(inputs)?);
        Ok(self.backward(&passes, cotangent.transpose().as_slice()))
    }

    fn gradient(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
        loss: &dyn Fn(&DMatrix<f64>) -> DMatrix<f64>,
    ) -> Result<(DMatrix<f64>, Vec<f64>), NetworkError> {
        self.network.check(parameters)?;
        let passes = self.passes(parameters, &self.network.rows(inputs)?);
        let outputs = self.matrix(&outputs(&passes))?;
        let slope = loss(&outputs);
        self.cotangent(&slope, inputs.nrows())?;
        let gradient = self.backward(&passes, slope.transpose().as_slice());
        Ok((outputs, gradient))
    }

    fn hvp(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
        direction: &[f64],
        loss: &LossSlope<'_>,
    ) -> Result<Vec<f64>, NetworkError> {
        let parameters = self.along(parameters, direction)?;
        let passes = self.passes(&parameters, &self.network.rows(inputs)?);
        let (values, changes) = Dual::split(&outputs(&passes));
        let (slope, change) = loss(&self.matrix(&values)?, &self.matrix(&changes)?);
        self.cotangent(&slope, inputs.nrows())?;
        self.cotangent(&change, inputs.nrows())?;
        let by_text = Dual::pair(slope.transpose().as_slice(), change.transpose().as_slice());
        Ok(Dual::split(&self.backward(&passes, &by_text)).1)
    }
}

impl DifferentiableModel for TextNetwork {
    fn parameter_count(&self) -> usize {
        self.with(None).parameter_count()
    }

    fn output_count(&self) -> usize {
        self.architecture.outputs
    }

    fn outputs(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
    ) -> Result<DMatrix<f64>, NetworkError> {
        self.with(None).outputs(parameters, inputs)
    }

    fn jvp(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
        direction: &[f64],
    ) -> Result<DMatrix<f64>, NetworkError> {
        self.with(None).jvp(parameters, inputs, direction)
    }

    fn vjp(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
        cotangent: &DMatrix<f64>,
    ) -> Result<Vec<f64>, NetworkError> {
        self.with(None).vjp(parameters, inputs, cotangent)
    }

    fn gradient(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
        loss: &dyn Fn(&DMatrix<f64>) -> DMatrix<f64>,
    ) -> Result<(DMatrix<f64>, Vec<f64>), NetworkError> {
        self.with(None).gradient(parameters, inputs, loss)
    }

    fn hvp(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
        direction: &[f64],
        loss: &LossSlope<'_>,
    ) -> Result<Vec<f64>, NetworkError> {
        self.with(None).hvp(parameters, inputs, direction, loss)
    }

    /// `dropout.words` leaves out whole words, `dropout.dense` numbers that the last convolution reads.
    fn thinned(
        &self,
        dropout: Dropout,
        step: u64,
    ) -> Result<Box<dyn DifferentiableModel + '_>, NetworkError> {
        dropout.check()?;
        Ok(Box::new(self.with(Some((dropout, step)))))
    }

    fn hidden_layers(&self) -> Option<&dyn HiddenLayers> {
        Some(self)
    }
}
