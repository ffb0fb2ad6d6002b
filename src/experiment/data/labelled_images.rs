//! Sets of labelled images, and those that ship with the crate.

use std::path::Path;
use std::sync::OnceLock;

use nalgebra::DMatrix;

use super::DataError;
use super::error::malformed;
use super::idx::{IMAGES, Idx, LABELS};

/// Labelled images, one column an image.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelledImages {
    /// Grey levels, `(height * width) x N`, row by row, divided by the scale that was asked for.
    pub images: DMatrix<f64>,
    /// Class of every image.
    pub labels: Vec<usize>,
    /// Height and width of an image.
    pub shape: (usize, usize),
}

impl LabelledImages {
    /// Reads a pair of idx files, compressed or not; grey levels are divided by `scale`.
    ///
    /// # Errors
    /// [`DataError`] if a file is missing, is no idx file, or the counts differ.
    pub fn open(images: &Path, labels: &Path, scale: f64) -> Result<Self, DataError> {
        let pixels = Idx::open(images, Some(IMAGES))?;
        let marks = Idx::open(labels, Some(LABELS))?;
        Self::join(&pixels, marks, images, scale)
    }

    /// The training part of a folder with the four files of MNIST.
    ///
    /// # Errors
    /// As [`LabelledImages::open`].
    pub fn training(folder: &Path, scale: f64) -> Result<Self, DataError> {
        Self::part(folder, "train", scale)
    }

    /// The test part of a folder with the four files of MNIST.
    ///
    /// # Errors
    /// As [`LabelledImages::open`].
    pub fn test(folder: &Path, scale: f64) -> Result<Self, DataError> {
        Self::part(folder, "t10k", scale)
    }

    fn part(folder: &Path, part: &str, scale: f64) -> Result<Self, DataError> {
        Self::open(
            &folder.join(format!("{part}-images-idx3-ubyte.gz")),
            &folder.join(format!("{part}-labels-idx1-ubyte.gz")),
            scale,
        )
    }

    /// The 1,797 digits of 8 x 8 pixels that ship with the crate, levels 0 to 1.
    ///
    /// E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning
    /// Repository (1998), doi:10.24432/C50P49.
    ///
    /// # Errors
    /// None, unless the crate was built from damaged files.
    ///
    /// ```
    /// use pulsatrix::experiment::LabelledImages;
    ///
    /// let digits = LabelledImages::digits()?;
    /// assert_eq!((digits.images.shape(), digits.shape), ((64, 1797), (8, 8)));
    /// # Ok::<(), pulsatrix::experiment::DataError>(())
    /// ```
    pub fn digits() -> Result<Self, DataError> {
        let path = Path::new("digits8x8");
        let images = include_bytes!("../../../data/digits8x8/digits-images-idx3-ubyte.gz");
        let labels = include_bytes!("../../../data/digits8x8/digits-labels-idx1-ubyte.gz");
        let pixels = Idx::parse(images, Some(IMAGES), path)?;
        let marks = Idx::parse(labels, Some(LABELS), path)?;
        Self::join(&pixels, marks, path, 16.0)
    }

    /// The first `count` of the 6,000 training images of MNIST that ship with the crate, and its first 2,000 tests;
    /// grey levels are divided by `scale`.
    ///
    /// Y. `LeCun`, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits" (CC BY-SA 3.0).
    ///
    /// # Errors
    /// None, unless the crate was built from damaged files.
    pub fn small_mnist(scale: f64, count: usize) -> Result<(Self, Self), DataError> {
        macro_rules! file {
            ($name:literal) => {
                include_bytes!(concat!("../../../data/mnist-small/", $name, "-ubyte.gz"))
            };
        }
        // decoded once, since a program may read many models
        static DECODED: OnceLock<Option<[Idx; 4]>> = OnceLock::new();
        let path = Path::new("mnist-small");
        let decoded = DECODED.get_or_init(|| {
            let read = |file: &[u8], magic| Idx::parse(file, Some(magic), path).ok();
            Some([
                read(file!("train-images-idx3"), IMAGES)?,
                read(file!("train-labels-idx1"), LABELS)?,
                read(file!("t10k-images-idx3"), IMAGES)?,
                read(file!("t10k-labels-idx1"), LABELS)?,
            ])
        });
        let damaged = || malformed(path, "the files in this program are damaged");
        let [images, labels, tests, marks] = decoded.as_ref().ok_or_else(damaged)?;
        Ok((
            Self::join(&images.first(count), labels.first(count), path, scale)?,
            Self::join(tests, marks.first(usize::MAX), path, scale)?,
        ))
    }

    fn join(pixels: &Idx, marks: Idx, path: &Path, scale: f64) -> Result<Self, DataError> {
        if pixels.sizes[0] != marks.sizes[0] {
            return Err(malformed(
                path,
                format!("{} images, {} labels", pixels.sizes[0], marks.sizes[0]),
            ));
        }
        let (height, width) = (pixels.sizes[1], pixels.sizes[2]);
        if height * width == 0 {
            return Err(malformed(
                path,
                format!("images of {height} x {width} pixels"),
            ));
        }
        let levels = pixels.bytes.iter().map(|byte| f64::from(*byte) / scale);
        Ok(Self {
            images: DMatrix::from_iterator(height * width, pixels.sizes[0], levels),
            labels: marks.bytes.into_iter().map(usize::from).collect(),
            shape: (height, width),
        })
    }

    /// Number of images.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The images from `from` up to `to`, both cut to what there is.
    #[must_use]
    pub fn range(&self, from: usize, to: usize) -> Self {
        let to = to.min(self.len());
        let from = from.min(to);
        Self {
            images: self.images.columns(from, to - from).into_owned(),
            labels: self.labels[from..to].to_vec(),
            shape: self.shape,
        }
    }

    /// Mean image of every class, one column a class; zero for a class without images.
    #[must_use]
    pub fn class_means(&self, classes: usize) -> DMatrix<f64> {
        let mut means = DMatrix::zeros(self.images.nrows(), classes);
        let mut counts = vec![0.0_f64; classes];
        for (image, &label) in self.images.column_iter().zip(&self.labels) {
            if label < classes {
                let mut mean = means.column_mut(label);
                mean += image;
                counts[label] += 1.0;
            }
        }
        for (mut mean, count) in means.column_iter_mut().zip(counts) {
            mean /= count.max(1.0);
        }
        means
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_digits_are_complete() {
        let digits = LabelledImages::digits().unwrap();
        let mut counts = [0; 10];
        for label in &digits.labels {
            counts[*label] += 1;
        }
        assert_eq!(counts, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
        assert!(
            digits
                .images
                .iter()
                .all(|level| (0.0..=1.0).contains(level))
        );
        // Nearest class mean on the last 500, as stated beside the data.
        let (train, test) = (digits.range(0, 1297), digits.range(1297, 1797));
        let means = train.class_means(10);
        let right = test
            .images
            .column_iter()
            .zip(&test.labels)
            .filter(|(image, label)| {
                let distance = |k: usize| (image - means.column(k)).norm();
                let nearest = (0..10).min_by(|a, b| distance(*a).total_cmp(&distance(*b)));
                nearest == Some(**label)
            });
        assert_eq!(right.count(), 435);
    }
}
