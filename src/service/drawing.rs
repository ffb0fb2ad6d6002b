//! Drawings, made to look as the digits of MNIST do.

use thiserror::Error;

/// Side of an image of MNIST.
pub(super) const SIDE: usize = 28;

/// Side of the box into which its digits are scaled before they are centred: Y. `LeCun`'s description of the set.
const BOX: usize = 20;

/// Ink below this is no part of a digit: the rim that a soft pen leaves. Chosen, a tenth of full ink.
const RIM: f64 = 0.1;

/// Why a drawing cannot be used.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum DrawingError {
    /// Not a square.
    #[error("{found} pixels; give {wanted}")]
    Pixels {
        /// How many there are.
        found: usize,
        /// What is allowed.
        wanted: &'static str,
    },
    /// A grey level out of range.
    #[error("pixel {place} is {level}; grey levels go from 0 (paper) to 1 (ink)")]
    Level {
        /// Its place, from 0.
        place: usize,
        /// The level.
        level: f64,
    },
    /// Nothing is drawn.
    #[error("the drawing is blank")]
    Blank,
}

/// Refuses grey levels outside 0 to 1.
pub(super) fn check_levels(pixels: &[f64]) -> Result<(), DrawingError> {
    let wrong = |(_, level): &(usize, &f64)| !(0.0..=1.0).contains(*level);
    match pixels.iter().enumerate().find(wrong) {
        Some((place, &level)) => Err(DrawingError::Level { place, level }),
        None => Ok(()),
    }
}

/// A square drawing of `side x side` grey levels from 0 (paper) to 1 (ink), 8 to 140 a side, as an image of 28 x 28 in the
/// way of MNIST: the box around its ink is scaled to fit 20 x 20, keeping its proportions, and its centre of mass is moved
/// to the centre by whole pixels. Every new pixel is the mean of the drawing under it, so that the order of pen and page is kept.
///
/// # Errors
/// [`DrawingError`] for another number of pixels, levels out of range, and for a blank drawing.
///
/// ```
/// use pulsatrix::service::centred;
///
/// let mut drawing = vec![0.0; 56 * 56];
/// for row in 5..25 {
///     drawing[row * 56 + 3] = 1.0; // a stroke in a corner
/// }
/// let image = centred(&drawing)?;
/// let ink: f64 = image.iter().sum();
/// let row: f64 = (0..784).map(|place| (place / 28) as f64 * image[place]).sum();
/// assert!((row / ink - 13.5).abs() < 0.1);
/// # Ok::<(), pulsatrix::service::DrawingError>(())
/// ```
pub fn centred(pixels: &[f64]) -> Result<Vec<f64>, DrawingError> {
    let side = pixels.len().isqrt();
    if side * side != pixels.len() || !(8..=140).contains(&side) {
        return Err(DrawingError::Pixels {
            found: pixels.len(),
            wanted: "a square of 8 to 140 pixels a side",
        });
    }
    check_levels(pixels)?;
    let inked = |place: &usize| pixels[*place] > RIM;
    let all = || (0..pixels.len()).filter(inked);
    let (rows, columns) = (all().map(|p| p / side), all().map(|p| p % side));
    let bounds = |places: &mut dyn Iterator<Item = usize>| {
        places.fold((usize::MAX, 0), |(low, high), place| {
            (low.min(place), high.max(place + 1))
        })
    };
    let (top, bottom) = bounds(&mut rows.into_iter());
    let (left, right) = bounds(&mut columns.into_iter());
    if top >= bottom {
        return Err(DrawingError::Blank);
    }
    let longest = (bottom - top).max(right - left) as f64;
    // pixels of the drawing in one of the image
    let scale = longest / BOX as f64;
    let (mut mass, mut row, mut column) = (0.0, 0.0, 0.0);
    for place in all() {
        let ink = pixels[place];
        mass += ink;
        row += ink * ((place / side) as f64 + 0.5);
        column += ink * ((place % side) as f64 + 0.5);
    }
    // The box lies on whole pixels, and so does its way to the centre: nothing is blurred that fits. All of the first 500
    // tests of MNIST have their centre of mass from 14 up to 15 pixels from the edge, so that they stay where they are.
    let origin = |first: usize, sum: f64| {
        let inside = (sum / mass - first as f64) / scale;
        first as f64 - (SIDE as f64 / 2.0 - inside).ceil() * scale
    };
    let (first_row, first_column) = (origin(top, row), origin(left, column));
    let across = shares(first_column, scale, side);
    let mut image = Vec::with_capacity(SIDE * SIDE);
    for down in shares(first_row, scale, side) {
        for along in &across {
            let sum = |row: usize| -> f64 {
                let line = &pixels[row * side..][..side];
                along
                    .iter()
                    .map(|(column, share)| share * line[*column])
                    .sum()
            };
            let level: f64 = down.iter().map(|(row, share)| share * sum(*row)).sum();
            image.push(level.clamp(0.0, 1.0));
        }
    }
    Ok(image)
}

/// For every pixel of a side of the image, the pixels of the drawing that it covers, each with its share of it.
fn shares(first: f64, scale: f64, side: usize) -> Vec<Vec<(usize, f64)>> {
    let covered = |index: usize| {
        let (from, to) = (
            first + index as f64 * scale,
            first + (index + 1) as f64 * scale,
        );
        let begin = from.floor().clamp(0.0, side as f64) as usize;
        let end = to.ceil().clamp(0.0, side as f64) as usize;
        (begin..end)
            .map(|place| {
                let overlap = to.min((place + 1) as f64) - from.max(place as f64);
                (place, overlap.max(0.0) / scale)
            })
            .collect()
    };
    (0..SIDE).map(covered).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A filled rectangle `rows x columns` in a square of `side`.
    fn rectangle(
        side: usize,
        rows: std::ops::Range<usize>,
        columns: std::ops::Range<usize>,
    ) -> Vec<f64> {
        let ink =
            |place: usize| rows.contains(&(place / side)) && columns.contains(&(place % side));
        (0..side * side)
            .map(|place| f64::from(u8::from(ink(place))))
            .collect()
    }

    fn extent(image: &[f64]) -> (usize, usize) {
        let lines = |index: fn(usize) -> usize| {
            let mut on = [false; SIDE];
            for place in (0..SIDE * SIDE).filter(|place| image[*place] > 0.5) {
                on[index(place)] = true;
            }
            on.iter().filter(|on| **on).count()
        };
        (lines(|place| place / SIDE), lines(|place| place % SIDE))
    }

    /// Wherever and however large: the longer side is 20 pixels, the centre of mass is in the middle, ink is kept.
    #[test]
    fn place_and_size_do_not_matter() {
        for (side, rows, columns) in [
            (112, 3..83, 60..100),
            (56, 10..50, 30..50),
            (28, 4..24, 9..19),
        ] {
            let image = centred(&rectangle(side, rows, columns)).unwrap();
            assert_eq!(extent(&image), (20, 10));
            assert!((image.iter().sum::<f64>() - 200.0).abs() < 1e-9);
            let mean = |index: fn(usize) -> usize| -> f64 {
                (0..784).map(|p| index(p) as f64 * image[p]).sum::<f64>() / 200.0
            };
            assert!((mean(|p| p / SIDE) - 13.5).abs() < 1e-9);
            assert!((mean(|p| p % SIDE) - 13.5).abs() < 1e-9);
        }
    }

    /// An image that is already as MNIST's are stays as it is.
    #[test]
    fn a_centred_box_of_twenty_pixels_is_kept() {
        let image = rectangle(28, 4..24, 4..24);
        let same = centred(&image).unwrap();
        assert!(image.iter().zip(&same).all(|(a, b)| (a - b).abs() < 1e-12));
    }

    #[test]
    fn what_is_no_drawing_is_refused() {
        let blank = centred(&[0.0; 784]).unwrap_err();
        assert_eq!(blank, DrawingError::Blank);
        assert!(matches!(
            centred(&[1.0; 783]),
            Err(DrawingError::Pixels { found: 783, .. })
        ));
        assert!(matches!(
            centred(&[1.0; 9]),
            Err(DrawingError::Pixels { .. })
        ));
        let mut dark = vec![0.5; 784];
        dark[9] = 1.5;
        assert_eq!(
            centred(&dark),
            Err(DrawingError::Level {
                place: 9,
                level: 1.5
            })
        );
        dark[9] = f64::NAN;
        assert!(matches!(
            centred(&dark),
            Err(DrawingError::Level { place: 9, .. })
        ));
        // a single spot, too, has a size
        let mut spot = vec![0.0; 784];
        spot[0] = 1.0;
        assert!((centred(&spot).unwrap().iter().sum::<f64>() - 400.0).abs() < 1e-9);
    }
}
