//! Weights of a chain, whole or the slices of one rank.

use rand::RngExt;
use rayon::prelude::*;

use super::Number;
use crate::networks::deep::Image;
use crate::numerics::matrix::Real;
use crate::numerics::random::stream;
use crate::partition::{Chain, Cut, PartitionError, Plan, Topology};

/// The weights of one layer: `y = factors * (matrix x) + biases`.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerWeights<T> {
    /// Outputs.
    pub rows: usize,
    /// Numbers that one output sees: the channels of the first pixel of its window first, row after row of pixels.
    pub columns: usize,
    /// Column after column.
    pub matrix: Vec<T>,
    /// One factor an output, of a batch normalisation.
    pub factors: Option<Vec<T>>,
    /// One bias an output.
    pub biases: Option<Vec<T>>,
}

/// The weights of all layers; none for a layer without.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights<T> {
    layers: Vec<Option<LayerWeights<T>>>,
}

impl<T: Real> Weights<T> {
    /// Weights of these layers.
    #[must_use]
    pub fn new(layers: Vec<Option<LayerWeights<T>>>) -> Self {
        Self { layers }
    }

    /// Those of all layers, in their order.
    #[must_use]
    pub fn layers(&self) -> &[Option<LayerWeights<T>>] {
        &self.layers
    }

    /// Those of one layer.
    #[must_use]
    pub fn layer(&self, layer: usize) -> Option<&LayerWeights<T>> {
        self.layers.get(layer)?.as_ref()
    }

    /// The same in other numbers.
    #[must_use]
    pub fn converted<U: Real>(&self) -> Weights<U> {
        let layers = self.layers.iter();
        let layers = layers.map(|layer| layer.as_ref().map(LayerWeights::converted));
        Weights::new(layers.collect())
    }

    /// Numbers in all.
    #[must_use]
    pub fn count(&self) -> usize {
        let count = |layer: &LayerWeights<T>| {
            let extra =
                [&layer.factors, &layer.biases].map(|list| list.as_ref().map_or(0, Vec::len));
            layer.matrix.len() + extra[0] + extra[1]
        };
        self.layers.iter().flatten().map(count).sum()
    }

    /// Whether they are those of a chain.
    ///
    /// # Errors
    /// [`PartitionError::Weights`] with the first layer that differs.
    pub fn check(&self, chain: &Chain) -> Result<(), PartitionError> {
        for (place, layer) in chain.layers().iter().enumerate() {
            let (rows, columns) = chain.weight_shape(place);
            let expected = if layer.weighted() { rows * columns } else { 0 };
            let own = self.layer(place);
            let found = own.map_or(0, |own| own.matrix.len());
            let shaped = own.is_none_or(|own| {
                let fits = |list: &Option<Vec<T>>| list.as_ref().is_none_or(|l| l.len() == rows);
                (own.rows, own.columns) == (rows, columns)
                    && fits(&own.factors)
                    && fits(&own.biases)
            });
            if found != expected || !shaped {
                return Err(PartitionError::Weights {
                    layer: place,
                    name: chain.name(place),
                    found,
                    expected,
                });
            }
        }
        Ok(())
    }
}

impl<T: Number> Weights<T> {
    /// Weights drawn for a chain, the same for a seed whatever the number of threads: uniform with variance `2 / n` for
    /// the `n` numbers that an output sees, so that rectifiers keep the size of what passes; biases between -0.1 and 0.1, factors
    /// between 0.9 and 1.1.
    #[must_use]
    pub fn random(chain: &Chain, seed: u64) -> Self {
        let draw = |layer: usize| {
            let own = &chain.layers()[layer];
            if !own.weighted() {
                return None;
            }
            let (rows, columns) = chain.weight_shape(layer);
            // A uniform number between -a and a has the variance a^2 / 3.
            let reach = (6.0 / columns as f64).sqrt();
            let mut random = stream(seed, "partition weights", layer as u64);
            let mut list = |count: usize, middle: f64, reach: f64| -> Vec<T> {
                let mut one = || {
                    T::from_double(middle + reach * (2.0 * f64::from(random.random::<f32>()) - 1.0))
                };
                (0..count).map(|_| one()).collect()
            };
            Some(LayerWeights {
                rows,
                columns,
                matrix: list(rows * columns, 0.0, reach),
                factors: own.normalised.then(|| list(rows, 1.0, 0.1)),
                biases: own.bias.then(|| list(rows, 0.0, 0.1)),
            })
        };
        let layers = (0..chain.layers().len()).into_par_iter().map(draw);
        Self::new(layers.collect())
    }

    /// What one rank holds of them under a plan.
    ///
    /// Factors and biases go with slices of outputs; behind partial sums they are needed where the sums are added.
    ///
    /// # Errors
    /// [`PartitionError::Weights`] for weights of another chain.
    ///
    /// # Panics
    /// If there is no such rank.
    pub fn slice(&self, plan: &Plan, rank: usize) -> Result<Self, PartitionError> {
        self.check(plan.chain())?;
        let layers = self.layers.iter().enumerate();
        let layers = layers.map(|(place, layer)| {
            let layer = layer.as_ref()?;
            let cut = plan.cuts()[place];
            match cut {
                Cut::Tiles => Some(layer.clone()),
                Cut::Outputs | Cut::First => Some(layer.of_rows(&plan.made_slices(place)[rank])),
                Cut::Inputs | Cut::Second => {
                    let channels = plan.chain().seen(place).channels;
                    let mut own = layer.of_channels(&plan.seen_slices(place)[rank], channels);
                    if plan.topology() == Topology::Ring {
                        if cut.scattered_to(plan.next(place)) {
                            own.keep(&plan.made_slices(place)[rank]);
                        }
                    } else if rank != 0 {
                        (own.factors, own.biases) = (None, None);
                    }
                    Some(own)
                }
                Cut::Whole => (rank == 0).then(|| layer.clone()),
                Cut::Local => None,
            }
        });
        Ok(Self::new(layers.collect()))
    }
}

impl<T: Real> LayerWeights<T> {
    /// Weights that stand output after output, where an output counts what it sees (the window of a filter, or the whole image)
    /// channel after channel, as [`Image`] does and most programs.
    ///
    /// # Panics
    /// If they are not those of whole outputs.
    #[must_use]
    pub fn from_planes(seen: Image, planes: &[T], biases: Option<Vec<T>>) -> Self {
        let (columns, pixels) = (seen.numbers(), seen.pixels());
        let rows = planes.len() / columns;
        assert_eq!(planes.len(), rows * columns, "weights of whole outputs");
        let entry = |index: usize| {
            let (column, row) = (index / rows, index % rows);
            let place = column % seen.channels * pixels + column / seen.channels;
            planes[row * columns + place]
        };
        Self {
            rows,
            columns,
            matrix: (0..planes.len()).map(entry).collect(),
            factors: None,
            biases,
        }
    }

    /// The same in other numbers.
    fn converted<U: Real>(&self) -> LayerWeights<U> {
        let list = |list: &[T]| list.iter().map(|w| U::from_double(w.to_double())).collect();
        LayerWeights {
            rows: self.rows,
            columns: self.columns,
            matrix: list(&self.matrix),
            factors: self.factors.as_deref().map(list),
            biases: self.biases.as_deref().map(list),
        }
    }
}

impl<T: Number> LayerWeights<T> {
    /// Some outputs.
    fn of_rows(&self, range: &std::ops::Range<usize>) -> Self {
        let columns = self.matrix.chunks_exact(self.rows);
        let matrix = columns.flat_map(|column| &column[range.clone()]);
        let mut own = Self {
            rows: range.len(),
            columns: self.columns,
            matrix: matrix.copied().collect(),
            factors: self.factors.clone(),
            biases: self.biases.clone(),
        };
        own.keep(range);
        own
    }

    /// Keeps the factors and biases of some outputs.
    fn keep(&mut self, range: &std::ops::Range<usize>) {
        for list in [&mut self.factors, &mut self.biases].into_iter().flatten() {
            *list = list[range.clone()].to_vec();
        }
    }

    /// Some of the channels that are seen, at every pixel.
    fn of_channels(&self, range: &std::ops::Range<usize>, channels: usize) -> Self {
        let pixels = self.matrix.chunks_exact(self.rows * channels);
        let within = range.start * self.rows..range.end * self.rows;
        let matrix = pixels.flat_map(|pixel| &pixel[within.clone()]);
        Self {
            rows: self.rows,
            columns: self.columns / channels * range.len(),
            matrix: matrix.copied().collect(),
            factors: self.factors.clone(),
            biases: self.biases.clone(),
        }
    }
}
