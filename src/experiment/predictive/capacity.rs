//! How many images predictive memories hold: completion and denoising of grey-level images.

use nalgebra::DMatrix;
use rand::RngExt;
use rand_distr::StandardNormal;
use serde::{Deserialize, Serialize};

use super::figures::PictureRow;
use crate::analysis::{NORMAL_95, wilson_interval};
use crate::experiment::ensemble::ensemble;
use crate::experiment::settings::{
    Choice, Count, NonEmpty, NonNegative, Positive, UnitInterval, require, settings,
};
use crate::experiment::{Diagnostic, LabelledImages, Progress, RunError, Table};
use crate::figures::{Axis, Lines, Look, Series};
use crate::networks::predictive::{
    Activation, CovarianceMemory, Feedback, PredictiveMemory, PredictiveNetwork, Reached,
    RelaxOptions,
};
use crate::numerics::random::stream;
use crate::training::predictive::{StoreOptions, Stored, store};

settings! {
    /// Section `[memory]`: predictive networks that store images.
    pub struct MemorySettings {
        /// Hidden neurons, one memory each.
        pub hidden: Vec<Count>,
        /// Of the values on their way to the next layer.
        pub activation: Choice<Activation> = Activation::default(),
        /// Variance of a pixel around its prediction.
        pub variance: Positive,
        /// Most steps of the weights.
        pub steps: Count,
        /// Their size, in units of `gamma`.
        pub rate: Positive,
        /// The mean squared error at which they end.
        pub enough: Positive,
        /// Decay of the weights: keeps directions that no image needs out of them.
        pub weight_decay: NonNegative = 0.0,
        /// Most rounds in which a noisy cue is cleaned. It is part of the protocol: stored images are
        /// not quite at rest themselves, and far more rounds drift away from them.
        pub rounds: Count = 30,
        /// What is added to the diagonal of the covariance, so that it can be inverted.
        pub ridge: Positive = 1e-6,
    }

    /// Section `[capacity]`: numbers of stored images, and the cues for each of them.
    pub struct CapacitySettings {
        /// Numbers of stored images.
        pub stored: NonEmpty<Count>,
        /// Shares of an image, from its top, that are shown.
        pub known: Vec<UnitInterval>,
        /// A completion is right below this mean squared error.
        pub right_known: Positive = 0.001,
        /// Variance of the noise on every pixel.
        pub noise: NonNegative,
        /// A cleaned image is right below this mean squared error.
        pub right_noise: Positive = 0.005,
    }
}

impl MemorySettings {
    /// Stores images in a memory with so many hidden neurons.
    pub fn store(
        &self,
        images: &DMatrix<f64>,
        hidden: usize,
        relaxation: RelaxOptions,
        seed: u64,
    ) -> Result<(PredictiveMemory, Stored), RunError> {
        let sizes = [images.nrows(), hidden];
        let activation = *self.activation;
        let network = PredictiveNetwork::random(&sizes, activation, Feedback::Tied, seed)?;
        let network = self.with_variances(network)?;
        let options = StoreOptions {
            steps: *self.steps,
            rate: *self.rate,
            weight_decay: *self.weight_decay,
            enough: *self.enough,
            rounds: *self.rounds,
            relaxation: RelaxOptions {
                keep_unconverged: false,
                ..relaxation
            },
        };
        Ok(store(network, images, &options)?)
    }

    /// A pixel varies around its prediction, and a hidden neuron around zero by 1.
    fn with_variances(&self, network: PredictiveNetwork) -> Result<PredictiveNetwork, RunError> {
        Ok(network.with_variances(&[*self.variance, 1.0])?)
    }

    /// The memory of a network that has stored its images.
    pub fn memory(
        &self,
        network: PredictiveNetwork,
        relaxation: RelaxOptions,
    ) -> Result<PredictiveMemory, RunError> {
        let network = self.with_variances(network)?;
        Ok(PredictiveMemory::new(network, relaxation, *self.rounds))
    }

    pub fn covariance(&self, images: &DMatrix<f64>) -> Result<CovarianceMemory, RunError> {
        Ok(CovarianceMemory::store(images, *self.ridge)?)
    }
}

impl CapacitySettings {
    /// Refuses more images than there are.
    pub fn check(&self, available: usize) -> Result<(), Diagnostic> {
        require(
            &self.stored,
            self.stored.iter().all(|count| **count <= available),
            format!("a number of stored images is not between 1 and {available}"),
            "these numbers",
            format!("store 1 to {available} images"),
        )
    }

    /// The cues by name: which pixels are known, and the bound of the mean squared error.
    fn cues(&self, pixels: usize) -> Vec<(String, Option<Vec<bool>>, f64)> {
        let known = self.known.iter().map(|share| {
            let shown = (**share * pixels as f64).round() as usize;
            let mask = (0..pixels).map(|i| i < shown).collect();
            (format!("known {share}"), Some(mask), *self.right_known)
        });
        let noise = (format!("noise {}", self.noise), None, *self.right_noise);
        known.chain([noise]).collect()
    }
}

/// How one memory of so many images did on one kind of cue.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CapacityPoint {
    /// Its name.
    pub memory: String,
    /// Images that it holds.
    pub stored: usize,
    /// The kind of cue.
    pub cue: String,
    /// Images that came back.
    pub right: usize,
    /// Mean over the images of the mean squared error of a pixel.
    pub error: f64,
    /// Mean squared error of a pixel of the stored images themselves.
    pub storing_error: Option<f64>,
    /// Largest change of a pixel in the last of the rounds that clean a noisy cue.
    pub last_change: Option<f64>,
    /// What came of the relaxations.
    pub reached: Reached,
}

/// What memories of grey-level images hold.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Capacity {
    /// Every memory, number of images and kind of cue.
    pub points: Vec<CapacityPoint>,
    /// What the largest of them made of the first images.
    pub pictures: Vec<Completed>,
}

/// A row of pictures.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Completed {
    /// What it shows.
    pub name: String,
    /// Grey levels, one list a picture.
    pub images: Vec<Vec<f64>>,
}

impl Completed {
    fn of(name: String, images: &DMatrix<f64>) -> Self {
        let columns = images.column_iter();
        let images = columns.map(|image| image.iter().copied().collect());
        Self {
            name,
            images: images.collect(),
        }
    }
}

/// What one memory gives: its points, and what it makes of the cues.
type Measured = (Vec<CapacityPoint>, Vec<Completed>);

/// Cues of stored images with noise of a variance.
fn noisy(images: &DMatrix<f64>, variance: f64, seed: u64) -> DMatrix<f64> {
    let mut random = stream(seed, "noise on stored images", 0);
    images.map(|level| level + variance.sqrt() * random.sample::<f64, _>(StandardNormal))
}

/// Measures every memory at every number of stored images.
pub(super) fn measure(
    memory: &MemorySettings,
    settings: &CapacitySettings,
    digits: &LabelledImages,
    relaxation: RelaxOptions,
    seed: u64,
    progress: &dyn Progress,
) -> Result<Capacity, RunError> {
    let counts: Vec<usize> = settings.stored.iter().map(|count| **count).collect();
    let hidden: Vec<Option<usize>> = memory
        .hidden
        .iter()
        .map(|h| Some(**h))
        .chain([None])
        .collect();
    progress.begin(
        "storing and recalling",
        (counts.len() * hidden.len()) as u64,
    );
    let tasks: Vec<(Option<usize>, usize)> = hidden
        .iter()
        .flat_map(|hidden| counts.iter().map(move |count| (*hidden, *count)))
        .collect();
    let label = |hidden: Option<usize>| {
        hidden.map_or("covariance".to_owned(), |h| format!("{h} hidden neurons"))
    };
    let key = |(hidden, count): &(Option<usize>, usize)| {
        format!("capacity-{}-{count}", label(*hidden).replace(' ', "-"))
    };
    let names: Vec<String> = tasks.iter().map(key).collect();
    let found: Vec<Measured> = ensemble(progress, &names, |task| {
        let (hidden, count) = tasks[task];
        let images = digits.images.columns(0, count).into_owned();
        let name = label(hidden);
        one(memory, settings, &images, hidden, &name, relaxation, seed)
    })?;
    let (points, pictures): (Vec<_>, Vec<_>) = found.into_iter().unzip();
    let shown = digits
        .images
        .columns(0, counts.iter().copied().max().unwrap_or(1).min(10))
        .into_owned();
    let mut rows = vec![Completed::of("stored".into(), &shown)];
    let most = counts.iter().copied().max().unwrap_or(0);
    let largest = pictures
        .into_iter()
        .flatten()
        .filter(|row| row.name.contains(&format!(" of {most} ")));
    rows.extend(largest);
    Ok(Capacity {
        points: points.into_iter().flatten().collect(),
        pictures: rows,
    })
}

fn one(
    memory: &MemorySettings,
    settings: &CapacitySettings,
    images: &DMatrix<f64>,
    hidden: Option<usize>,
    name: &str,
    relaxation: RelaxOptions,
    seed: u64,
) -> Result<Measured, RunError> {
    let (pixels, count) = images.shape();
    let network = hidden
        .map(|hidden| memory.store(images, hidden, relaxation, seed))
        .transpose()?;
    let covariance = memory.covariance(images)?;
    let noise = *settings.noise;
    let mut points = Vec::new();
    let mut pictures = Vec::new();
    for (cue, known, bound) in settings.cues(pixels) {
        let mut last_change = None;
        let (answer, reached) = match (&network, &known) {
            (Some((network, _)), Some(known)) => {
                let found = network.complete(images, known)?;
                (found.images, Reached::of(&found.relaxation))
            }
            (Some((network, _)), None) => {
                let found = network.denoise(&noisy(images, noise, seed))?;
                last_change = Some(found.change);
                (found.images, Reached::of(&found.relaxation))
            }
            (None, Some(known)) => (covariance.complete(images, known)?, Reached::exact(count)),
            (None, None) => (
                covariance.denoise(&noisy(images, noise, seed), noise)?,
                Reached::exact(count),
            ),
        };
        let errors: Vec<f64> = (0..count)
            .map(|k| (answer.column(k) - images.column(k)).norm_squared() / pixels as f64)
            .collect();
        points.push(CapacityPoint {
            memory: name.to_owned(),
            stored: count,
            right: errors.iter().filter(|error| **error < bound).count(),
            error: errors.iter().sum::<f64>() / count as f64,
            storing_error: network.as_ref().map(|(_, stored)| stored.error),
            last_change,
            reached,
            cue: cue.clone(),
        });
        let title = format!("{name} of {count} images, {cue}");
        let shown = answer.columns(0, count.min(10)).into_owned();
        pictures.push(Completed::of(title, &shown));
    }
    Ok((points, pictures))
}

impl Capacity {
    /// The pictures, one column an image.
    pub(super) fn rows(&self) -> Vec<PictureRow> {
        let row = |row: &Completed| {
            let pixels = row.images.first().map_or(0, Vec::len);
            let levels = row.images.iter().flatten().copied();
            (
                row.name.clone(),
                DMatrix::from_iterator(pixels, row.images.len(), levels),
            )
        };
        self.pictures.iter().map(row).collect()
    }

    pub(super) fn table(&self) -> Table {
        let columns = ["memory", "stored", "cue", "right", "share", "low", "high"];
        let more = [
            "mean_squared_error",
            "storing_error",
            "last_change",
            "equilibria",
        ];
        let mut table = Table::new(columns.into_iter().chain(more));
        for p in &self.points {
            let (low, high) = wilson_interval(p.right, p.stored, NORMAL_95);
            table.push([
                p.memory.clone().into(),
                p.stored.into(),
                p.cue.clone().into(),
                p.right.into(),
                (p.right as f64 / p.stored as f64).into(),
                low.into(),
                high.into(),
                p.error.into(),
                p.storing_error.into(),
                p.last_change.into(),
                p.reached.words().into(),
            ]);
        }
        table
    }

    /// Share of right answers against the number of stored images, for one kind of cue.
    pub(super) fn curves(&self) -> Vec<(String, Lines)> {
        let mut cues: Vec<&str> = Vec::new();
        for point in &self.points {
            if !cues.contains(&point.cue.as_str()) {
                cues.push(&point.cue);
            }
        }
        cues.into_iter()
            .map(|cue| (cue.replace(' ', "-"), self.curve(cue)))
            .collect()
    }

    fn curve(&self, cue: &str) -> Lines {
        let mut series: Vec<Series> = Vec::new();
        for point in self.points.iter().filter(|point| point.cue == cue) {
            let at = (
                point.stored as f64,
                point.right as f64 / point.stored as f64,
            );
            match series
                .iter_mut()
                .find(|series| series.label == point.memory)
            {
                Some(series) => series.points.push(at),
                None => series.push(Series::new(&point.memory, vec![at], Look::LineAndMarkers)),
            }
        }
        Lines {
            title: format!("Recall of stored digits, {cue}"),
            subtitle:
                "8 x 8 digits in grey levels; right below the mean squared error of the protocol"
                    .into(),
            x: Axis::logarithmic("stored images"),
            y: Axis {
                range: Some((0.0, 1.0)),
                ..Axis::linear("share of images that come back")
            },
            series,
            ..Lines::default()
        }
    }
}
