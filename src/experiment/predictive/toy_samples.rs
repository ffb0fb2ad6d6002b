//! What networks of the kind `predictive-toy` learn: noisy class vectors, or one's own samples.

use nalgebra::DMatrix;
use rand::RngExt;
use rand_distr::StandardNormal;

use super::toy_settings::DataSettings;
use crate::experiment::data::learnt::without_tests;
use crate::experiment::settings::{Mistakes, Placed, Rows, require};
use crate::experiment::{DataStatement, Diagnostic, LabelledImages};
use crate::numerics::random::stream;

/// Class vectors, and the samples around them.
pub struct Samples {
    /// One class a column.
    pub class_vectors: DMatrix<f64>,
    /// Samples of a network.
    pub count: usize,
    /// One's own, where they are given.
    own: Option<(LabelledImages, DataStatement)>,
}

impl Samples {
    /// Reads one's own samples, or the class vectors.
    pub(super) fn read(data: &DataSettings) -> Result<Self, Mistakes> {
        let given = data.own.is_given()?;
        let place = match &data.class_vectors {
            Some(vectors) => vectors.place(),
            None => data.samples.place(),
        };
        require(
            &place,
            given != data.class_vectors.is_some(),
            "the samples are those of `class_vectors`, or one's own",
            "one of them, not both or none",
            "give `class_vectors = [[...], ...]`, or `inputs` with `targets` that are classes",
        )?;
        match &data.class_vectors {
            Some(vectors) => Self::around(vectors, data),
            None => Self::own(data),
        }
    }

    fn around(given: &Rows, data: &DataSettings) -> Result<Self, Mistakes> {
        let vectors: Vec<Vec<f64>> = given.iter().map(|(_, vector)| vector).collect();
        let pixels = vectors.first().map_or(0, Vec::len);
        require(
            given,
            pixels > 0 && vectors.iter().all(|vector| vector.len() == pixels),
            "the class vectors are empty or of unequal length",
            "these vectors",
            "give one list of numbers for each class, all of one length",
        )?;
        let Some(count) = data.samples else {
            let missing = Diagnostic::new("the key `samples` is missing");
            return Err(missing
                .at(given.place().bytes())
                .label("samples of these")
                .help("say how many samples of all classes there are, as in `samples = 300`")
                .into());
        };
        Ok(Self {
            class_vectors: DMatrix::from_iterator(
                pixels,
                vectors.len(),
                vectors.into_iter().flatten(),
            ),
            count: *count,
            own: None,
        })
    }

    fn own(data: &DataSettings) -> Result<Self, Mistakes> {
        data.own.refuse_tests()?;
        let there = data.own.available()?;
        let count = data.samples.map_or(there, |count| *count);
        let (samples, classes, statement) = data.own.labelled(&data.samples, count)?;
        let empty = (0..classes).find(|class| !samples.labels.contains(class));
        require(
            &data.samples,
            empty.is_none(),
            empty.map_or_else(String::new, |class| {
                format!("class {class} (from 0) has no sample among the first {count}")
            }),
            "too few",
            "take more samples, or put the classes in turn",
        )?;
        Ok(Self {
            class_vectors: samples.class_means(classes),
            count,
            own: Some((samples, without_tests(statement, there))),
        })
    }

    /// What a report says of one's own.
    pub fn statement(&self) -> Option<DataStatement> {
        self.own.as_ref().map(|(_, said)| said.clone())
    }

    /// The samples of one network, one a column, and their labels: class vectors in turn, or one's own, with noise of a
    /// deviation.
    pub fn of_network(&self, seed: u64, index: usize, noise: f64) -> (DMatrix<f64>, Vec<usize>) {
        let labels: Vec<usize> = match &self.own {
            Some((own, _)) => own.labels.clone(),
            None => (0..self.count)
                .map(|j| j % self.class_vectors.ncols())
                .collect(),
        };
        let mut random = stream(seed, "toy noise", index as u64);
        let images = DMatrix::from_fn(self.class_vectors.nrows(), self.count, |i, j| {
            let clean = match &self.own {
                Some((own, _)) => own.images[(i, j)],
                None => self.class_vectors[(i, labels[j])],
            };
            clean + noise * random.sample::<f64, _>(StandardNormal)
        });
        (images, labels)
    }
}
