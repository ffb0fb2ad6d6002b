//! Section `[data]` of the kinds that learn labelled images, and the images that it names.

use nalgebra::DMatrix;

use super::classes::{image_shape, numbered, words_of};
use super::examples::Parts;
use super::files::{checksum, locate};
use super::numbers::Numbers;
use super::own::OwnSettings;
use super::pictures::Pictures;
use super::{DataError, DataStatement, LabelledImages, Scaling};
use crate::experiment::Diagnostic;
use crate::experiment::settings::{Count, Flat, Place, Placed, Positive, Words, require, settings};

/// The sets of images that ship with the crate.
pub(super) const SHIPPED: &str = "digits8x8";
const SMALL_MNIST: &str = "mnist-small";

/// Training images of the latter.
const SMALL_TRAINING: usize = 6000;

/// Levels of a byte: what MNIST is divided by in the code of Sun and Orchard.
const BYTES: f64 = 256.0;

/// Levels of the digits that ship.
const DIGITS: f64 = 16.0;

settings! {
    /// Section `[data]`.
    pub struct ImageSettings {
        /// `"digits8x8"`, `"mnist-small"` (the first 6,000 and 2,000 of MNIST), a folder with the four files of MNIST or of a set of the same form, or a folder with a folder of pictures for each class.
        pub images: Option<Words>,
        /// One's own images instead: inputs, and targets that are classes.
        pub own: Flat<OwnSettings>,
        /// The first so many images are for training; those after them, or the test files, for tests.
        pub training: Count,
        /// What grey levels are divided by: by default 256 for bytes, 16 for the digits that ship, and 1 for numbers.
        pub scale: Option<Positive>,
    }
}

impl Placed for ImageSettings {
    fn place(&self) -> Place {
        self.images
            .as_ref()
            .map_or(self.own.inputs.place(), Placed::place)
    }
}

/// A training part and a test part.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageData {
    /// The images that are learnt.
    pub training: LabelledImages,
    /// The others.
    pub test: LabelledImages,
    /// One more than the largest label.
    pub classes: usize,
    /// Where they came from, and what was done to them.
    pub statement: DataStatement,
}

impl ImageData {
    /// Two parts of which nothing more is said.
    pub fn of(training: LabelledImages, test: LabelledImages, classes: usize) -> Self {
        let statement = DataStatement {
            inputs: String::new(),
            targets: String::new(),
            shape: vec![training.shape.0, training.shape.1],
            columns: Vec::new(),
            classes: Vec::new(),
            training: training.len(),
            tests: test.len(),
            split: String::new(),
            divided_by: 1.0,
            scaling: Scaling::None,
            checksum: 0,
        };
        let mut data = Self {
            training,
            test,
            classes,
            statement,
        };
        data.statement.checksum = data.checksum();
        data
    }

    /// What a report says: with as many tests as a study has kept.
    pub fn said(&self) -> DataStatement {
        DataStatement {
            training: self.training.len(),
            tests: self.test.len(),
            checksum: self.checksum(),
            ..self.statement.clone()
        }
    }

    /// What tells these images and labels from others.
    pub fn checksum(&self) -> u32 {
        let parts = [&self.training, &self.test];
        let labels = parts.iter().flat_map(|part| &part.labels);
        let labels: Vec<f64> = labels.map(|label| *label as f64).collect();
        let pixels = parts.iter().flat_map(|part| part.images.iter());
        checksum(pixels.chain(&labels))
    }
}

/// What a set is divided into before it is scaled.
struct Set {
    training: LabelledImages,
    test: LabelledImages,
    names: Vec<String>,
    split: String,
}

impl ImageSettings {
    /// What the images are called.
    pub fn name(&self) -> String {
        let own = || {
            self.own
                .inputs
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default()
        };
        self.images.as_ref().map_or_else(own, ToString::to_string)
    }

    /// Fills in what depends on the set, and reads the images.
    pub fn read(&mut self) -> Result<ImageData, Diagnostic> {
        let own = self.own.is_given()?;
        require(
            self,
            own != self.images.is_some(),
            "the images are given not at all, or twice",
            "one of two ways",
            "give `images = \"digits8x8\"` (or another set), or your own `inputs = \"x.npy\"` and `targets = \"y.npy\"`",
        )?;
        let folder = self.images.as_ref().filter(|name| {
            !matches!(&***name, SHIPPED | SMALL_MNIST) && Pictures::are_in(&locate(name))
        });
        let pictures = folder.cloned().map(|name| OwnSettings {
            inputs: Some(Numbers::File(name)),
            ..self.own.0.clone()
        });
        let set = match pictures.or_else(|| own.then(|| self.own.0.clone())) {
            Some(own) => self.own(&own)?,
            None => self.set()?,
        };
        let Set {
            training,
            test,
            names,
            split,
        } = set;
        let (learnt, tested) = (training.shape, test.shape);
        require(
            self,
            test.is_empty() || learnt == tested,
            format!(
                "training images are {} x {} pixels, tests {} x {}",
                learnt.0, learnt.1, tested.0, tested.1
            ),
            "these images",
            "give files of one size",
        )?;
        let labels = training.labels.iter().chain(&test.labels);
        let classes = labels.max().map_or(0, |label| label + 1);
        let mut data = ImageData::of(training, test, classes);
        let scaling = *self.own.scaling;
        if scaling != Scaling::None {
            let rows = |images: &LabelledImages| images.images.transpose();
            let (mut a, mut b) = (rows(&data.training), rows(&data.test));
            scaling.apply(&mut a, &mut b);
            data.training.images = a.transpose();
            data.test.images = b.transpose();
        }
        data.statement = DataStatement {
            inputs: self.name(),
            targets: if own {
                self.own.target_words()
            } else {
                "the labels of the set".into()
            },
            classes: names,
            split,
            divided_by: self.scale.map_or(1.0, |scale| *scale),
            scaling,
            checksum: data.checksum(),
            ..data.statement
        };
        Ok(data)
    }

    /// A set that ships, or a folder with the four files of MNIST.
    fn set(&mut self) -> Result<Set, Diagnostic> {
        let name = self.name();
        let shipped = name == SHIPPED;
        let scale = **self
            .scale
            .get_or_insert(if shipped { DIGITS } else { BYTES }.into());
        require(
            &self.scale,
            !shipped || scale == DIGITS,
            format!("the digits that ship have {DIGITS} grey levels, not {scale}"),
            "another scale",
            "leave it out",
        )?;
        let count = *self.training;
        let at = |error: DataError| {
            Diagnostic::new(error.to_string())
                .at(self.place().bytes())
                .label("these images")
                .help(
                    "give `digits8x8`, `mnist-small`, a folder with the four files of MNIST or with a folder of pictures \
                     for each class, or your own `inputs` and `targets`",
                )
        };
        let (all, test, there) = if shipped {
            let all = LabelledImages::digits().map_err(at)?;
            let test = all.range(count, all.len());
            let there = all.len();
            (all, test, there)
        } else if name == SMALL_MNIST {
            let (all, test) = LabelledImages::small_mnist(scale, count).map_err(at)?;
            (all, test, SMALL_TRAINING)
        } else {
            let folder = locate(&name);
            let all = LabelledImages::training(&folder, scale).map_err(at)?;
            let there = all.len();
            let test = LabelledImages::test(&folder, scale).map_err(at)?;
            (all, test, there)
        };
        self.require_training(there)?;
        let behind = if shipped {
            "those behind them are the tests"
        } else {
            "the test files are the tests"
        };
        Ok(Set {
            training: all.range(0, count),
            test,
            names: Vec::new(),
            split: format!("the first {count} of {there} images are learnt, {behind}"),
        })
    }

    fn require_training(&self, there: usize) -> Result<(), Diagnostic> {
        let count = *self.training;
        require(
            &self.training,
            count <= there,
            format!("{count} images for training of {there} that there are"),
            "more than there are",
            format!("give `training` a value up to {there}"),
        )
    }

    /// One's own images and classes.
    fn own(&mut self, own: &OwnSettings) -> Result<Set, Diagnostic> {
        let Parts {
            training,
            all,
            tests,
            split,
        } = own.parts(Some(&self.training))?;
        let scale = **self
            .scale
            .get_or_insert(if all.levels { BYTES } else { 1.0 }.into());
        let shape = image_shape(own, &all)?;
        let at = own.inputs.place();
        let mut words = words_of(own, own.targets.as_ref(), &all, at)?;
        let known = words.len();
        if let Some(tests) = &tests {
            words.extend(words_of(
                own,
                own.test_targets.as_ref(),
                tests,
                own.test_inputs.place(),
            )?);
        }
        let (labels, names) = numbered(&words);
        let part = |rows: &DMatrix<f64>, labels: &[usize]| LabelledImages {
            images: rows.transpose() / scale,
            labels: labels.to_vec(),
            shape,
        };
        let whole = part(&all.rows, &labels[..known]);
        let test = match &tests {
            Some(tests) => part(&tests.rows, &labels[known..]),
            None => whole.range(training, known),
        };
        Ok(Set {
            training: whole.range(0, training),
            test,
            names,
            split,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::experiment::ModelFile;

    settings! {
        struct Model {
            data: ImageSettings,
        }
    }

    fn read(data: &str) -> Result<ImageData, String> {
        let text = format!("experiment = 'x'\n[data]\n{data}\n");
        let model = ModelFile::from_text("t", "t.toml", text).unwrap();
        let sections = model.sections::<Model>();
        let mut sections = sections.map_err(|error| model.error(error).to_string())?;
        sections
            .data
            .read()
            .map_err(|error| model.error(error).to_string())
    }

    #[test]
    fn rows_and_folders_of_pictures_are_the_same_images() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().display().to_string();
        for (class, name, text) in [
            ("a", "1.pgm", "P2 3 2 255 0 51 102 153 204 255"),
            ("b", "1.pgm", "P2 3 2 255 255 0 0 0 0 0"),
        ] {
            fs::create_dir_all(folder.path().join(class)).unwrap();
            fs::write(folder.path().join(class).join(name), text).unwrap();
        }
        let pictures = read(&format!("images = '{root}'\ntraining = 1\nscale = 255")).unwrap();
        assert_eq!((pictures.training.shape, pictures.classes), ((2, 3), 2));
        assert_eq!(pictures.statement.classes, ["a", "b"]);
        let rows = "inputs = [[0, 51, 102, 153, 204, 255], [255, 0, 0, 0, 0, 0]]\nscale = 255\ntraining = 1";
        let table = format!("{root}/t.csv");
        fs::write(
            &table,
            "p,q,r,s,t,u,kind\n0,51,102,153,204,255,a\n255,0,0,0,0,0,b\n",
        )
        .unwrap();
        for text in [
            format!("{rows}\nshape = [2, 3]\ntargets = [0, 1]"),
            format!("{rows}\nshape = [2, 3]\ntargets = [[1, 0], [0, 1]]"),
            format!("{rows}\nshape = [2, 3]\ntargets = [-7, 12]"),
            format!(
                "inputs = '{table}'\ntarget_columns = ['kind']\nshape = [2, 3]\nscale = 255\ntraining = 1"
            ),
            format!("inputs = '{root}'\nscale = 255\ntraining = 1"),
        ] {
            let found = read(&text).unwrap();
            assert_eq!(found.training, pictures.training, "{text}");
            assert_eq!(found.test, pictures.test, "{text}");
        }

        let ranged =
            read("inputs = [[1, 5], [3, 5]]\ntargets = [0, 1]\nscaling = 'range'\ntraining = 2")
                .unwrap();
        assert_eq!(ranged.training.images.as_slice(), [0.0, 0.0, 1.0, 0.0]);
        assert_eq!(ranged.training.shape, (1, 2));
    }

    #[test]
    fn what_is_no_set_of_images_is_refused() {
        for (data, what) in [
            ("training = 1", "not at all, or twice"),
            (
                "images = 'digits8x8'\ninputs = [[1]]\ntraining = 1",
                "not at all, or twice",
            ),
            (
                "images = 'digits8x8'\ntargets = [1]\ntraining = 1",
                "belongs to `inputs`",
            ),
            ("inputs = [[1, 2]]\ntraining = 1", "no classes"),
            (
                "inputs = [[1, 2]]\ntargets = [0.5]\ntraining = 1",
                "is no class",
            ),
            (
                "inputs = [[1, 2]]\ntargets = [[1, 1]]\ntraining = 1",
                "is no class",
            ),
            (
                "inputs = [[1, 2, 3]]\ntargets = [0]\nshape = [2, 2]\ntraining = 1",
                "product is 3",
            ),
            (
                "inputs = [[1, 2]]\ntargets = [0]\ntraining = 2",
                "2 examples for training of 1",
            ),
            ("images = 'nowhere'\ntraining = 1", "four MNIST files"),
        ] {
            let said = read(data).unwrap_err();
            assert!(said.contains(what), "{data}: {said}");
        }
    }
}
