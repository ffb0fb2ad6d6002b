//! Everything that has learnt something before the page is served.

use std::path::Path;
use std::time::Instant;

use thiserror::Error;

use super::api::{Classified, ClassifyRequest, Erased, RecallRequest, Recalled};
use super::drawing::{DrawingError, SIDE, check_levels};
use super::{Classifier, Memories, Predictor, Refusal, centred};
use crate::experiment::readout::Machine;
use crate::experiment::readout::one_shot::OneShot;
use crate::experiment::{KeptRun, KeptRunError, ModelError, ModelFile, Progress, RunError, Study};
use crate::networks::NetworkError;

/// The read-out of images of 28 x 28: the features that the README states for MNIST, on the 6,000 digits that ship.
const LARGE: &str = r#"
title = "Digits of 28 x 28, for the page"
experiment = "one-shot"
[data]
images = "mnist-small"
training = 6000
[features]
laws = ["class-differences"]
field = 10
seeds = 1
precision = "single"
[readout]
neurons = [2048]
ridges = [1]
"#;

/// The read-out of images of 8 x 8.
const SMALL: &str = r#"
title = "Digits of 8 x 8, for the page"
experiment = "one-shot"
[data]
images = "digits8x8"
training = 1297
[features]
laws = ["class-differences"]
seeds = 1
[readout]
neurons = [500]
ridges = [0.1, 1]
"#;

/// The predictive-coding network of images of 28 x 28.
const LARGE_PREDICTIVE: &str = r#"
title = "Digits of 28 x 28, classified and drawn"
experiment = "predictive-images"
[data]
images = "mnist-small"
training = 3000
[network]
hidden = [100]
[training]
weight_decays = [0.05]
rate = 2.0
final_rate = 0.05
batch = 100
epochs = 5
[generation]
value_decay = 0.001
[relaxation]
tolerance = 1e-4
"#;

/// Why there is nothing to serve.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MachinesError {
    /// The folder is not that of a run of the kind `one-shot`.
    #[error(transparent)]
    Kept(#[from] KeptRunError),
    /// The model of a run cannot be read.
    #[error(transparent)]
    Model(#[from] Box<ModelError>),
    /// A training failed.
    #[error(transparent)]
    Run(#[from] RunError),
    /// Images that make no memories.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// Images of another size.
    #[error(
        "the images of this run have {pixels} pixels and {classes} classes; the page draws 784 or 64 pixels of up to ten classes"
    )]
    Unfit {
        /// Pixels of an image.
        pixels: usize,
        /// Classes.
        classes: usize,
    },
}

/// What is served for images of one size.
pub struct Machines {
    /// 28 x 28.
    pub(super) large: Classifier,
    /// 8 x 8.
    pub(super) small: Classifier,
    /// Of images of 28 x 28.
    pub(super) predictor: Predictor,
    pub(super) large_memories: Memories,
    pub(super) small_memories: Memories,
    /// Seconds that the training took.
    pub(super) seconds: f64,
}

/// Most classes: what the page has room for.
const CLASSES: usize = 10;

impl Machines {
    /// Trains everything on the digits that ship, which takes some seconds; a `run` of the kind `one-shot` gives its
    /// read-out for images of its size.
    ///
    /// # Errors
    /// [`MachinesError`] for a run that cannot be read, or whose images have another size.
    pub fn train(run: Option<&Path>, progress: &dyn Progress) -> Result<Self, MachinesError> {
        let start = Instant::now();
        let (mut large, mut small) = (None, None);
        if let Some(folder) = run {
            let machine = of_run(folder)?;
            let pixels = machine.tests.images.nrows();
            let classes = machine.classes();
            match pixels {
                _ if classes > CLASSES => return Err(MachinesError::Unfit { pixels, classes }),
                784 => large = Some(machine),
                64 => small = Some(machine),
                _ => return Err(MachinesError::Unfit { pixels, classes }),
            }
        }
        let trained = |kept: Option<Machine>, text: &str| match kept {
            Some(machine) => Ok(machine),
            None => train(text, progress),
        };
        let (large, small) = (trained(large, LARGE)?, trained(small, SMALL)?);
        let model = ModelFile::from_text("page", "the page", LARGE_PREDICTIVE.to_owned())?;
        let predictor = Predictor::train(&model, progress)?;
        Ok(Self {
            large_memories: Memories::new(&large.training, large.classes(), large.ink)?,
            small_memories: Memories::new(&small.training, small.classes(), small.ink)?,
            large: Classifier::new(large)?,
            small: Classifier::new(small)?,
            predictor,
            seconds: start.elapsed().as_secs_f64(),
        })
    }

    /// Classifies a drawing.
    ///
    /// # Errors
    /// [`Refusal`] for what is no drawing.
    pub fn classify(&self, request: &ClassifyRequest) -> Result<Classified, Refusal> {
        let start = Instant::now();
        let centre = request.centre.unwrap_or(false);
        let (mut image, side) = seen(&request.pixels, centre)?;
        erase(&mut image, side, request.erased.unwrap_or_default());
        let classifier = if side == SIDE {
            &self.large
        } else {
            &self.small
        };
        let (class, scores) = classifier.classify(&image)?;
        let predictive = match request.predictive {
            Some(true) if side == SIDE => Some(self.predictor.predict(&image)?),
            Some(true) => {
                return Err(Refusal::content(
                    "the predictive-coding network has learnt images of 784 pixels alone",
                    "give 784 pixels, or leave `predictive` out",
                ));
            }
            _ => None,
        };
        let best = scores[class];
        let mut unlike = Vec::new();
        if best < classifier.usual_score() {
            unlike.push(format!(
                "its best score, {best:.2}, is below the {:.2} that 99 % of the tests reach",
                classifier.usual_score()
            ));
        }
        let ink = image.iter().sum::<f64>() / image.len() as f64;
        let [least, most] = classifier.usual_ink();
        if !(least..=most).contains(&ink) {
            unlike.push(format!(
                "it has {:.1} % ink, and 99 % of the tests have {:.1} to {:.1} %",
                100.0 * ink,
                100.0 * least,
                100.0 * most
            ));
        }
        if let Some(found) = &predictive {
            let least = found.energies.iter().copied().fold(f64::INFINITY, f64::min);
            if least > found.usual_energy {
                unlike.push(format!(
                    "its least energy, {least:.3}, is above the {:.3} that 99 % of the tests keep to",
                    found.usual_energy
                ));
            }
        }
        Ok(Classified {
            class,
            scores,
            unlike: (!unlike.is_empty()).then(|| unlike.join("; ")),
            usual_score: classifier.usual_score(),
            image: centre.then(|| {
                image
                    .iter()
                    .map(|level| (level * 1e4).round() / 1e4)
                    .collect()
            }),
            predictive,
            milliseconds: 1e3 * start.elapsed().as_secs_f64(),
        })
    }

    /// Shows a drawing to the memories.
    ///
    /// # Errors
    /// [`Refusal`] for what is no drawing.
    pub fn recall(&self, request: &RecallRequest) -> Result<Recalled, Refusal> {
        let start = Instant::now();
        let (image, side) = seen(&request.pixels, request.centre.unwrap_or(false))?;
        let memories = if side == SIDE {
            &self.large_memories
        } else {
            &self.small_memories
        };
        let cue = memories.cue(&image, request.erased.unwrap_or_default());
        let character = |level: &f64| match *level {
            level if level > 0.0 => '1',
            level if level < 0.0 => '0',
            _ => '?',
        };
        Ok(Recalled {
            cue: cue.levels.iter().map(character).collect(),
            memories: memories.recall(&cue),
            milliseconds: 1e3 * start.elapsed().as_secs_f64(),
        })
    }
}

/// The image in a request, and its side.
fn seen(pixels: &[f64], centre: bool) -> Result<(Vec<f64>, usize), DrawingError> {
    if centre {
        return Ok((centred(pixels)?, SIDE));
    }
    let side = match pixels.len() {
        784 => SIDE,
        64 => 8,
        found => {
            return Err(DrawingError::Pixels {
                found,
                wanted: "784 of 28 x 28 or 64 of 8 x 8, or any square with `centre`",
            });
        }
    };
    check_levels(pixels)?;
    Ok((pixels.to_vec(), side))
}

fn erase(image: &mut [f64], side: usize, erased: Erased) {
    for (place, level) in image.iter_mut().enumerate() {
        if erased.hides(place / side, place % side, side) {
            *level = 0.0;
        }
    }
}

fn train(text: &str, progress: &dyn Progress) -> Result<Machine, MachinesError> {
    let model = ModelFile::from_text("page", "the page", text.to_owned())?;
    let study: OneShot = model.study()?;
    let findings = study.find(progress)?;
    Ok(study.machine(&findings)?)
}

fn of_run(folder: &Path) -> Result<Machine, MachinesError> {
    let run = KeptRun::open(folder)?;
    let model = run.model().clone();
    let (_, findings) = run.findings::<OneShot>()?;
    Ok(model.study::<OneShot>()?.machine(&findings)?)
}
