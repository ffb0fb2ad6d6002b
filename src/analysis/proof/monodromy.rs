//! The derivative of the return map in the shifts of the crossings, without the trivial direction.

use nalgebra::DMatrix;

use super::orbit::{Course, Orbit, Period};
use crate::numerics::interval::Interval;

/// The matrix whose eigenvalues are all multipliers of the neurons that fire but the trivial one.
///
/// Coordinates at the section are the levels of these neurons, and the shifts of those crossings of the `p`-th period
/// before that are felt later. One period carries them to the next section; a shift of time is an eigenvector
/// of that with eigenvalue 1, and what is returned acts on the quotient by it.
pub(super) fn transverse(orbit: &Orbit<'_>, found: &Period) -> DMatrix<Interval> {
    let coordinates = Coordinates::of(orbit, found);
    let size = coordinates.size;
    let unit = |place: usize| {
        let mut row = vec![Interval::ZERO; size];
        row[place] = Interval::ONE;
        row
    };
    let mut rows: Vec<Vec<Interval>> = vec![Vec::new(); orbit.events.len()];
    let mut where_in: Vec<(usize, usize)> = vec![(0, 0); orbit.events.len()];
    for (course, Course { unit, .. }) in found.courses.iter().enumerate() {
        for (place, event) in orbit.of_unit[*unit].iter().enumerate() {
            where_in[*event] = (course, place);
        }
    }
    let shifted = |sum: &mut [Interval],
                   rows: &[Vec<Interval>],
                   (event, back, value): (usize, usize, Interval)| {
        if back == 0 {
            for (sum, entry) in sum.iter_mut().zip(&rows[event]) {
                *sum += value * *entry;
            }
        } else {
            sum[coordinates.shift(event, back)] += value;
        }
    };
    // A crossing feels only earlier ones: what has been told is known.
    for event in coordinates.order(found) {
        let (course, place) = where_in[event];
        let Course { unit, legs } = &found.courses[course];
        let leg = &legs[place];
        let mut sum = vec![Interval::ZERO; size];
        if place == 0 {
            sum[course] = leg.decay;
        } else {
            let before = orbit.of_unit[*unit][place - 1];
            shifted(&mut sum, &rows, (before, 0, -leg.start_slope * leg.decay));
        }
        for shift in &leg.shifts {
            shifted(&mut sum, &rows, *shift);
        }
        let slope = leg.crossing_slope;
        rows[event] = sum.iter().map(|entry| -(*entry / slope)).collect();
    }

    let mut matrix = DMatrix::from_element(size, size, Interval::ZERO);
    let mut trivial = vec![Interval::ONE; size];
    for (course, Course { unit, legs }) in found.courses.iter().enumerate() {
        let own = &orbit.of_unit[*unit];
        let last = &legs[own.len()];
        let mut sum = vec![Interval::ZERO; size];
        let from = (own[own.len() - 1], 0, -last.start_slope * last.decay);
        shifted(&mut sum, &rows, from);
        for shift in &last.shifts {
            shifted(&mut sum, &rows, *shift);
        }
        trivial[course] = -last.end_slope;
        for (column, entry) in sum.into_iter().enumerate() {
            matrix[(course, column)] = entry;
        }
    }
    for (event, first) in coordinates.first.iter().enumerate() {
        for back in 1..=coordinates.backs[event] {
            let row = if back == 1 {
                rows[event].clone()
            } else {
                unit(first + back - 2)
            };
            for (column, entry) in row.into_iter().enumerate() {
                matrix[(first + back - 1, column)] = entry;
            }
        }
    }
    quotient(&matrix, &trivial)
}

/// The matrix on the quotient by an eigenvector.
fn quotient(matrix: &DMatrix<Interval>, vector: &[Interval]) -> DMatrix<Interval> {
    let size = vector.len();
    if size == 0 {
        return matrix.clone();
    }
    // The entry that is farthest from 0; the first of several.
    let distance = |i: usize| vector[i].abs().low();
    let pivot = (0..size).fold(0, |best, i| {
        if distance(i) > distance(best) {
            i
        } else {
            best
        }
    });
    let others: Vec<usize> = (0..size).filter(|i| *i != pivot).collect();
    DMatrix::from_fn(size - 1, size - 1, |i, j| {
        let (i, j) = (others[i], others[j]);
        matrix[(i, j)] - vector[i] / vector[pivot] * matrix[(pivot, j)]
    })
}

/// Where the coordinates are: levels first, then the shifts of each crossing, period by period.
struct Coordinates {
    size: usize,
    /// For each crossing, how many periods ago it may still be felt, and where its shifts begin.
    backs: Vec<usize>,
    first: Vec<usize>,
}

impl Coordinates {
    fn of(orbit: &Orbit<'_>, found: &Period) -> Self {
        let mut backs = vec![0; orbit.events.len()];
        for leg in found.courses.iter().flat_map(|course| &course.legs) {
            for (event, back, _) in &leg.shifts {
                backs[*event] = backs[*event].max(*back);
            }
        }
        let mut size = found.courses.len();
        let mut first = Vec::with_capacity(backs.len());
        for back in &backs {
            first.push(size);
            size += back;
        }
        Self { size, backs, first }
    }

    fn shift(&self, event: usize, back: usize) -> usize {
        self.first[event] + back - 1
    }

    /// Crossings by their times. Those that cannot be told apart do not feel each other.
    fn order(&self, found: &Period) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.backs.len()).collect();
        order.sort_by(|a, b| found.times[*a].low().total_cmp(&found.times[*b].low()));
        order
    }
}
