//! Shifted and turned copies of images.

use nalgebra::DMatrix;

use crate::experiment::LabelledImages;

/// How a copy differs from its image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Change {
    /// By so many pixels, down and to the right; zeros come in.
    Shift(isize, isize),
    /// By so many degrees about the centre, between pixels by the four around (bilinear).
    Turn(f64),
}

/// The copies that a shift and a rotation ask for: none, four, two or six.
pub(super) fn changes(shift: usize, rotation: f64) -> Vec<Change> {
    let mut all = Vec::new();
    if let (true, Ok(by)) = (shift > 0, isize::try_from(shift)) {
        let ways = [(by, 0), (-by, 0), (0, by), (0, -by)];
        all.extend(ways.map(|(down, right)| Change::Shift(down, right)));
    }
    if rotation > 0.0 {
        all.extend([Change::Turn(rotation), Change::Turn(-rotation)]);
    }
    all
}

impl Change {
    /// Copies of all images, with their labels.
    pub(super) fn of(self, images: &LabelledImages) -> LabelledImages {
        let (height, width) = images.shape;
        let (sine, cosine) = match self {
            Self::Shift(..) => (0.0, 1.0),
            Self::Turn(degrees) => libm::sincos(degrees.to_radians()),
        };
        let middle = [height, width].map(|side| 0.5 * (side as f64 - 1.0));
        // Where a pixel of the copy comes from.
        let source = |row: usize, column: usize| match self {
            Self::Shift(down, right) => (row as f64 - down as f64, column as f64 - right as f64),
            Self::Turn(_) => {
                let (y, x) = (row as f64 - middle[0], column as f64 - middle[1]);
                (
                    middle[0] + cosine * y - sine * x,
                    middle[1] + sine * y + cosine * x,
                )
            }
        };
        // The pixels of the image that a pixel of the copy is made of, with their weights: one list for all images.
        let mut parts: Vec<Vec<(usize, f64)>> = Vec::with_capacity(height * width);
        for row in 0..height {
            for column in 0..width {
                let (y, x) = source(row, column);
                let (top, left) = (y.floor(), x.floor());
                let corners = [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)];
                let corners = corners.into_iter().filter_map(|(down, right)| {
                    let weight = (1.0 - (y - top - down).abs()) * (1.0 - (x - left - right).abs());
                    let (y, x) = (top + down, left + right);
                    let inside =
                        (0.0..height as f64).contains(&y) && (0.0..width as f64).contains(&x);
                    (inside && weight > 0.0).then(|| (y as usize * width + x as usize, weight))
                });
                parts.push(corners.collect());
            }
        }
        let copied = DMatrix::from_fn(height * width, images.len(), |pixel, image| {
            let parts = parts[pixel].iter();
            parts
                .map(|(from, weight)| weight * images.images[(*from, image)])
                .sum()
        });
        LabelledImages {
            images: copied,
            labels: images.labels.clone(),
            shape: images.shape,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image() -> LabelledImages {
        LabelledImages {
            images: DMatrix::from_fn(9, 1, |pixel, _| pixel as f64),
            labels: vec![4],
            shape: (3, 3),
        }
    }

    #[test]
    fn copies_are_shifted_and_turned() {
        let down = Change::Shift(1, 0).of(&image());
        assert_eq!(
            down.images.as_slice(),
            [0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
        );
        let left = Change::Shift(0, -1).of(&image());
        assert_eq!(
            left.images.as_slice(),
            [1.0, 2.0, 0.0, 4.0, 5.0, 0.0, 7.0, 8.0, 0.0]
        );
        assert_eq!(left.labels, [4]);
        let quarter = Change::Turn(90.0).of(&image());
        let expected = [6.0, 3.0, 0.0, 7.0, 4.0, 1.0, 8.0, 5.0, 2.0];
        let other = [2.0, 5.0, 8.0, 1.0, 4.0, 7.0, 0.0, 3.0, 6.0];
        let close = |to: &[f64; 9]| {
            quarter
                .images
                .iter()
                .zip(to)
                .all(|(a, b)| (a - b).abs() < 1e-12)
        };
        assert!(close(&expected) || close(&other));
        let twice = Change::Turn(90.0).of(&quarter);
        let half = Change::Turn(180.0).of(&image());
        assert!((twice.images - half.images).amax() < 1e-12);
        assert_eq!(changes(2, 5.0).len(), 6);
        assert!(changes(0, 0.0).is_empty());
    }
}
