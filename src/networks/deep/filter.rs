//! Sizes of filters.

use serde::{Deserialize, Serialize};

use super::Image;
use crate::networks::NetworkError;

/// Sides of the filters of a convolution, both odd, so that a filter has a centre: `3.into()` is a square one,
/// `Filter { height: 1, width: 5 }` sees along the rows alone. In files a number, or height and width `[1, 5]`.
///
/// ```
/// use pulsatrix::networks::deep::Filter;
///
/// assert_eq!(serde_json::from_str::<Filter>("[1, 5]")?.pixels(), 5);
/// assert_eq!(serde_json::from_str::<Filter>("3")?, Filter::from(3));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Sides", into = "Sides")]
pub struct Filter {
    /// Rows of pixels.
    pub height: usize,
    /// Columns of pixels.
    pub width: usize,
}

/// A filter in a file.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Sides {
    Square(usize),
    Rectangle([usize; 2]),
}

impl From<Sides> for Filter {
    fn from(sides: Sides) -> Self {
        match sides {
            Sides::Square(side) => side.into(),
            Sides::Rectangle([height, width]) => Self { height, width },
        }
    }
}

impl From<Filter> for Sides {
    fn from(Filter { height, width }: Filter) -> Self {
        if height == width {
            Self::Square(height)
        } else {
            Self::Rectangle([height, width])
        }
    }
}

impl From<usize> for Filter {
    fn from(side: usize) -> Self {
        Self {
            height: side,
            width: side,
        }
    }
}

impl Filter {
    /// Pixels that it sees.
    #[must_use]
    pub fn pixels(self) -> usize {
        self.height * self.width
    }

    /// Rows and columns from its first pixel to those of the filter, row after row.
    pub(in crate::networks) fn offsets(self) -> impl Iterator<Item = (usize, usize)> {
        (0..self.pixels()).map(move |pixel| (pixel / self.width, pixel % self.width))
    }

    /// Whether it has a centre and fits an image.
    ///
    /// # Errors
    /// [`NetworkError::OutOfRange`] for the first side that is even or longer than that of the image.
    pub fn check(self, image: Image) -> Result<(), NetworkError> {
        for (side, length) in [(self.height, image.height), (self.width, image.width)] {
            if side.is_multiple_of(2) || side > length {
                return Err(NetworkError::OutOfRange {
                    name: "kernel",
                    value: side as f64,
                    requirement: "it is odd and at most the sides of the image",
                });
            }
        }
        Ok(())
    }
}

impl std::fmt::Display for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} × {}", self.height, self.width)
    }
}
