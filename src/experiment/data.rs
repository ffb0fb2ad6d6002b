//! Sets of labelled images, read from idx files and from arrays of NumPy.
//!
//! Reading files is the business of this room: the mathematics below it takes matrices. The idx
//! format is that of Y. `LeCun`'s MNIST pages: big-endian `u32` magic (2051 images, 2049 labels),
//! counts, then bytes; files may be compressed by gzip.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use flate2::read::MultiGzDecoder;
use nalgebra::DMatrix;
use thiserror::Error;

use super::files::bytes;
use super::memory_limit::MOST_BYTES;

/// Why data could not be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DataError {
    /// A file is missing or cannot be read.
    #[error("{}: {source}; {remedy}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
        /// What to fetch and where to put it.
        remedy: &'static str,
    },
    /// A file is not what its name promises.
    #[error("{}: {problem}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

const REMEDY: &str = "put the four MNIST files train-images-idx3-ubyte.gz, \
    train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz \
    (or a set of the same form) into that folder; data/mnist-small has a subset";

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
        let pixels = Idx::open(images, 2051)?;
        let marks = Idx::open(labels, 2049)?;
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
        let images = include_bytes!("../../data/digits8x8/digits-images-idx3-ubyte.gz");
        let labels = include_bytes!("../../data/digits8x8/digits-labels-idx1-ubyte.gz");
        let pixels = Idx::parse(images, 2051, path)?;
        let marks = Idx::parse(labels, 2049, path)?;
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
                include_bytes!(concat!("../../data/mnist-small/", $name, "-ubyte.gz"))
            };
        }
        // decoded once, since a program may read many models
        static DECODED: OnceLock<Option<[Idx; 4]>> = OnceLock::new();
        let path = Path::new("mnist-small");
        let decoded = DECODED.get_or_init(|| {
            let read = |file: &[u8], magic| Idx::parse(file, magic, path).ok();
            Some([
                read(file!("train-images-idx3"), 2051)?,
                read(file!("train-labels-idx1"), 2049)?,
                read(file!("t10k-images-idx3"), 2051)?,
                read(file!("t10k-labels-idx1"), 2049)?,
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

fn malformed(path: &Path, problem: impl Into<String>) -> DataError {
    DataError::Malformed {
        path: path.to_owned(),
        problem: problem.into(),
    }
}

/// The contents of an idx file of bytes.
struct Idx {
    sizes: Vec<usize>,
    bytes: Vec<u8>,
}

impl Idx {
    /// The first so many items.
    fn first(&self, count: usize) -> Self {
        let mut sizes = self.sizes.clone();
        let each: usize = sizes[1..].iter().product();
        sizes[0] = sizes[0].min(count);
        let bytes = self.bytes[..sizes[0] * each].to_vec();
        Self { sizes, bytes }
    }

    fn open(path: &Path, magic: u32) -> Result<Self, DataError> {
        let bytes = bytes(path).map_err(|source| DataError::Unreadable {
            path: path.to_owned(),
            source,
            remedy: REMEDY,
        })?;
        Self::parse(&bytes, magic, path)
    }

    fn parse(file: &[u8], magic: u32, path: &Path) -> Result<Self, DataError> {
        if file.starts_with(&[0x1f, 0x8b]) {
            Self::read(MultiGzDecoder::new(file), magic, path)
        } else {
            Self::read(file, magic, path)
        }
    }

    /// The header is read first, and no more is taken than it promises: a small file may inflate to
    /// anything.
    fn read(mut contents: impl Read, magic: u32, path: &Path) -> Result<Self, DataError> {
        let unreadable = |error: io::Error| match error.kind() {
            io::ErrorKind::UnexpectedEof => malformed(path, "the header is cut off"),
            _ => malformed(path, format!("the gzip stream is damaged: {error}")),
        };
        let mut word = || -> Result<u32, DataError> {
            let mut bytes = [0; 4];
            contents.read_exact(&mut bytes).map_err(unreadable)?;
            Ok(u32::from_be_bytes(bytes))
        };
        let found = word()?;
        if found != magic {
            return Err(malformed(
                path,
                format!("starts with {found} instead of the idx magic {magic}"),
            ));
        }
        // The last byte of the magic counts the dimensions.
        let dimensions = magic & 0xff;
        let sizes = (0..dimensions).map(|_| Ok(word()? as usize));
        let sizes = sizes.collect::<Result<Vec<usize>, DataError>>()?;
        let expected = sizes
            .iter()
            .try_fold(1_u64, |a, b| a.checked_mul(*b as u64));
        let promised = expected.filter(|bytes| (*bytes as f64) < MOST_BYTES);
        let Some(promised) = promised else {
            return Err(malformed(
                path,
                format!("the header promises {sizes:?} numbers, more than memory can hold"),
            ));
        };
        let mut bytes = Vec::new();
        let read = contents.take(promised + 1).read_to_end(&mut bytes);
        read.map_err(unreadable)?;
        if bytes.len() as u64 != promised {
            let problem = match bytes.len() as u64 {
                more if more > promised => format!("more bytes of data than fill {sizes:?}"),
                less => format!("{less} bytes of data do not fill {sizes:?}"),
            };
            return Err(malformed(path, problem));
        }
        Ok(Self { sizes, bytes })
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

    #[test]
    fn damaged_and_missing_files_are_named() {
        let path = Path::new("nowhere/train-images-idx3-ubyte.gz");
        let error = LabelledImages::open(path, path, 1.0)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("nowhere") && error.contains("data/mnist-small"),
            "{error}"
        );
        let error = Idx::parse(&[0, 0, 8, 3, 0, 0], 2051, path).err().unwrap();
        assert!(error.to_string().contains("cut off"), "{error}");
        let error = Idx::parse(&[0, 0, 8, 1, 0, 0, 0, 9, 1], 2049, path)
            .err()
            .unwrap();
        assert!(error.to_string().contains("do not fill [9]"), "{error}");
        let error = Idx::parse(b"GIF89a", 2049, path).err().unwrap();
        assert!(error.to_string().contains("magic 2049"), "{error}");
        let promise = [0, 0, 8, 1, 255, 255, 255, 255];
        let promise = [
            &[0, 0, 8, 3][..],
            &promise[4..],
            &promise[4..],
            &promise[4..],
        ]
        .concat();
        let error = Idx::parse(&promise, 2051, path).err().unwrap();
        assert!(error.to_string().contains("than memory"), "{error}");
    }

    /// Ten megabytes of zeros behind a header of nine bytes are not taken in.
    #[test]
    fn what_inflates_beyond_its_header_is_refused() {
        use flate2::{Compression, write::GzEncoder};
        use std::io::Write;
        let mut file = GzEncoder::new(Vec::new(), Compression::fast());
        file.write_all(&[0, 0, 8, 1, 0, 0, 0, 9]).unwrap();
        file.write_all(&vec![0; 10_000_000]).unwrap();
        let file = file.finish().unwrap();
        let error = Idx::parse(&file, 2049, Path::new("bomb")).err().unwrap();
        assert!(error.to_string().contains("more bytes"), "{error}");
    }
}
