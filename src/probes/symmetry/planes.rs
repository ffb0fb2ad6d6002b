//! Hyperplanes, and which of a list are the same.

use nalgebra::DVector;
use rand::RngExt;
use rand_distr::StandardNormal;

use crate::numerics::random::stream;

/// The points with `normal . x + offset = 0`, for a unit normal; so it has two orientations.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plane {
    pub normal: DVector<f64>,
    pub offset: f64,
}

impl Plane {
    /// Whether two planes have one orientation; nearly parallel ones are meant.
    pub fn same_side(&self, other: &Self) -> bool {
        self.normal.dot(&other.normal) > 0.0
    }

    /// Turns it so that the first entry of the normal beyond `tolerance` is positive, and says whether it was
    /// turned. An entry that is zero but for rounding has no sign to go by.
    pub fn orient(&mut self, tolerance: f64) -> bool {
        let first = self.normal.iter().find(|entry| entry.abs() > tolerance);
        let turned = first.is_some_and(|entry| *entry < 0.0);
        if turned {
            self.normal.neg_mut();
            self.offset = -self.offset;
        }
        turned
    }

    /// Whether two planes agree, whatever their orientations: normals within `tolerance`, offsets within
    /// `tolerance` of the larger of 1 and themselves.
    fn is(&self, other: &Self, tolerance: f64) -> bool {
        let sign = if self.same_side(other) { 1.0 } else { -1.0 };
        let reach = self.offset.abs().max(other.offset.abs()).max(1.0);
        (self.offset - sign * other.offset).abs() <= tolerance * reach
            && (&self.normal - &other.normal * sign).norm() <= tolerance
    }

    /// Length of `(normal, offset)`, the plane as a vector.
    pub fn length(&self) -> f64 {
        self.offset.hypot(1.0)
    }
}

/// The planes that are the same, as lists of indices: every index once, groups in the order of their first
/// members, members ascending.
///
/// Planes are sorted by their distance from a random point of the sphere, which their orientation does
/// not change, and compared with the few whose distance is the same to the tolerance: `O(n d + n log n)`
/// but for coincidences. A plane joins a group if it agrees with the one that began it.
pub(super) fn groups(planes: &[&Plane], tolerance: f64) -> Vec<Vec<usize>> {
    let Some(dimension) = planes.first().map(|plane| plane.normal.len()) else {
        return Vec::new();
    };
    // One direction for all: the result does not depend on it.
    let mut random = stream(0, "direction that sorts hyperplanes", 0);
    let direction = DVector::from_fn(dimension, |_, _| random.sample::<f64, _>(StandardNormal));
    let height: f64 = random.sample(StandardNormal);
    let key = |plane: &Plane| {
        let along = direction.dot(&plane.normal) / plane.length();
        (along + height * (plane.offset / plane.length())).abs()
    };
    // Equal planes are points of the unit sphere at most two tolerances apart; twice that for rounding.
    let window = 4.0 * tolerance * direction.norm().hypot(height);
    let mut sorted: Vec<(f64, usize)> = planes.iter().map(|plane| key(plane)).zip(0..).collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut found: Vec<(f64, Vec<usize>)> = Vec::new();
    for (key, index) in sorted {
        let near = found.iter_mut().rev();
        let mut near = near.take_while(|(other, _)| key - other <= window);
        match near.find(|(_, members)| planes[members[0]].is(planes[index], tolerance)) {
            Some((_, members)) => members.push(index),
            None => found.push((key, vec![index])),
        }
    }
    let mut groups: Vec<Vec<usize>> = found.into_iter().map(|(_, members)| members).collect();
    for members in &mut groups {
        members.sort_unstable();
    }
    groups.sort_unstable();
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::dvector;

    #[test]
    fn planes_are_grouped_whatever_their_orientation() {
        let plane = |x: f64, y: f64, offset: f64| Plane {
            normal: dvector![x, y],
            offset,
        };
        let planes = [
            plane(0.6, 0.8, 2.0),
            plane(0.6, -0.8, 2.0),
            plane(-0.6, -0.8, -2.0),
            plane(0.6, 0.8, -2.0),
            plane(0.6, 0.8, 2.0 + 1e-12),
            plane(0.6, 0.8, 2.0 + 1e-8),
            // far away, offsets count by their own size
            plane(1.0, 0.0, 1e6),
            plane(1.0, 0.0, 1e6 + 1e-5),
            // a first entry that is zero but for rounding, with both signs
            plane(1e-17, 1.0, 0.5),
            plane(1e-17, -1.0, -0.5),
        ];
        let planes: Vec<&Plane> = planes.iter().collect();
        let expected = [
            vec![0, 2, 4],
            vec![1],
            vec![3],
            vec![5],
            vec![6, 7],
            vec![8, 9],
        ];
        assert_eq!(groups(&planes, 1e-10), expected);
    }
}
