//! The idx format of Y. `LeCun`'s MNIST pages: big-endian `u32` magic (2051 images, 2049 labels), counts, then bytes; files
//! may be compressed by gzip.

use std::io::{self, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::DataError;
use super::error::malformed;
use super::files::bytes;
use crate::experiment::memory_limit::MOST_BYTES;

/// Magic of a file of images: bytes in three dimensions.
pub(super) const IMAGES: u32 = 2051;

/// Magic of a file of labels: bytes in one dimension.
pub(super) const LABELS: u32 = 2049;

const REMEDY: &str = "put the four MNIST files train-images-idx3-ubyte.gz, \
    train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz \
    (or a set of the same form) into that folder; data/mnist-small has a subset";

/// The contents of an idx file of bytes.
pub(super) struct Idx {
    /// Length of every axis.
    pub sizes: Vec<usize>,
    /// The numbers, the last index fastest.
    pub bytes: Vec<u8>,
}

impl Idx {
    /// The first so many items.
    pub fn first(&self, count: usize) -> Self {
        let mut sizes = self.sizes.clone();
        let each: usize = sizes[1..].iter().product();
        sizes[0] = sizes[0].min(count);
        let bytes = self.bytes[..sizes[0] * each].to_vec();
        Self { sizes, bytes }
    }

    /// Reads a file, compressed or not.
    pub fn open(path: &Path, magic: Option<u32>) -> Result<Self, DataError> {
        let bytes = bytes(path).map_err(|source| DataError::Unreadable {
            path: path.to_owned(),
            source,
            remedy: REMEDY,
        })?;
        Self::parse(&bytes, magic, path)
    }

    /// Reads the bytes of a file, compressed or not.
    pub fn parse(file: &[u8], magic: Option<u32>, path: &Path) -> Result<Self, DataError> {
        if file.starts_with(&[0x1f, 0x8b]) {
            Self::read(MultiGzDecoder::new(file), magic, path)
        } else {
            Self::read(file, magic, path)
        }
    }

    /// The header is read first, and no more is taken than it promises: a small file may inflate to
    /// anything.
    fn read(mut contents: impl Read, magic: Option<u32>, path: &Path) -> Result<Self, DataError> {
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
        // bytes, in one to four dimensions
        if magic.is_some_and(|magic| magic != found) || !(0x801..=0x804).contains(&found) {
            let magic = magic.unwrap_or(IMAGES);
            return Err(malformed(
                path,
                format!("starts with {found} instead of the idx magic {magic}"),
            ));
        }
        // The last byte of the magic counts the dimensions.
        let dimensions = found & 0xff;
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
    use crate::experiment::LabelledImages;

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
        let error = Idx::parse(&[0, 0, 8, 3, 0, 0], Some(IMAGES), path)
            .err()
            .unwrap();
        assert!(error.to_string().contains("cut off"), "{error}");
        let error = Idx::parse(&[0, 0, 8, 1, 0, 0, 0, 9, 1], Some(LABELS), path)
            .err()
            .unwrap();
        assert!(error.to_string().contains("do not fill [9]"), "{error}");
        let error = Idx::parse(b"GIF89a", Some(LABELS), path).err().unwrap();
        assert!(error.to_string().contains("magic 2049"), "{error}");
        let promise = [0, 0, 8, 1, 255, 255, 255, 255];
        let promise = [
            &[0, 0, 8, 3][..],
            &promise[4..],
            &promise[4..],
            &promise[4..],
        ]
        .concat();
        let error = Idx::parse(&promise, Some(IMAGES), path).err().unwrap();
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
        let error = Idx::parse(&file, Some(LABELS), Path::new("bomb"))
            .err()
            .unwrap();
        assert!(error.to_string().contains("more bytes"), "{error}");
    }
}
