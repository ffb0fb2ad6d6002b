//! Zero contours of functions of two variables.

use std::collections::BTreeMap;

use super::root::bracketed_root;

/// The curves on which `function` changes sign over the grid of the ascending `x` and `y`, as
/// polylines whose points lie on the grid lines, exact to rounding there.
///
/// Marching squares: a sign change between two neighbouring grid points is located by
/// [`bracketed_root`], so that the function may jump; two curves through one cell are told apart
/// arbitrarily, and what is smaller than a cell is not seen. Zero counts as negative; next to a NaN
/// there is no sign change. Cost: one value
/// a grid point and about ten for every point of a curve.
///
/// ```
/// use pulsatrix::numerics::contour::zero_contours;
///
/// let grid: Vec<f64> = (-10..=10).map(|n| 0.15 * f64::from(n)).collect();
/// let circle = zero_contours(|x, y| x * x + y * y - 1.0, &grid, &grid);
/// assert_eq!(circle.len(), 1);
/// assert!(circle[0].iter().all(|(x, y)| (x.hypot(*y) - 1.0).abs() < 1e-14));
/// assert_eq!(circle[0].first(), circle[0].last());
/// ```
#[must_use]
pub fn zero_contours(
    function: impl Fn(f64, f64) -> f64,
    x: &[f64],
    y: &[f64],
) -> Vec<Vec<(f64, f64)>> {
    let value: Vec<Vec<f64>> = y
        .iter()
        .map(|y| x.iter().map(|x| function(*x, *y)).collect())
        .collect();
    let differ = |one: f64, two: f64| !one.is_nan() && !two.is_nan() && (one > 0.0) != (two > 0.0);
    // An edge is named by its lower left grid point and whether it runs upwards.
    type Edge = (usize, usize, bool);
    let mut points: BTreeMap<Edge, (f64, f64)> = BTreeMap::new();
    for (row, line) in value.iter().enumerate() {
        for (column, &here) in line.iter().enumerate() {
            let right = line.get(column + 1).filter(|v| differ(**v, here));
            if let Some(&there) = right {
                let along = |at| function(at, y[row]);
                let ends = ((x[column], here), (x[column + 1], there));
                let root = bracketed_root(along, ends.0, ends.1, 0.0);
                points.insert((row, column, false), (root, y[row]));
            }
            let above = value.get(row + 1).map(|line| line[column]);
            if let Some(there) = above.filter(|v| differ(*v, here)) {
                let along = |at| function(x[column], at);
                let ends = ((y[row], here), (y[row + 1], there));
                let root = bracketed_root(along, ends.0, ends.1, 0.0);
                points.insert((row, column, true), (x[column], root));
            }
        }
    }
    // Every edge belongs to at most two cells, in each of which it has one partner.
    let mut partners: BTreeMap<Edge, Vec<Edge>> = BTreeMap::new();
    for row in 0..y.len().saturating_sub(1) {
        for column in 0..x.len().saturating_sub(1) {
            let sides = [
                (row, column, false),
                (row, column + 1, true),
                (row + 1, column, false),
                (row, column, true),
            ];
            let crossed: Vec<Edge> = sides
                .into_iter()
                .filter(|edge| points.contains_key(edge))
                .collect();
            for pair in crossed.chunks_exact(2) {
                partners.entry(pair[0]).or_default().push(pair[1]);
                partners.entry(pair[1]).or_default().push(pair[0]);
            }
        }
    }
    let mut curves = Vec::new();
    // Open curves from one of their ends, then closed ones from anywhere.
    for ends in [1, 2] {
        while let Some(start) = partners
            .iter()
            .find(|(_, near)| near.len() == ends)
            .map(|(edge, _)| *edge)
        {
            let mut curve = vec![points[&start]];
            let mut here = start;
            while let Some(next) = partners.get_mut(&here).and_then(Vec::pop) {
                if let Some(back) = partners.get_mut(&next)
                    && let Some(place) = back.iter().position(|edge| *edge == here)
                {
                    back.remove(place);
                }
                curve.push(points[&next]);
                here = next;
            }
            partners.retain(|_, near| !near.is_empty());
            curves.push(curve);
        }
    }
    curves
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_cross_the_grid_from_edge_to_edge() {
        let grid: Vec<f64> = (0..=7).map(f64::from).collect();
        let found = zero_contours(|x, _| x - 2.5, &grid, &grid);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].len(), 8);
        assert!(found[0].iter().all(|(x, _)| *x == 2.5));
        assert!(zero_contours(|_, _| 1.0, &grid, &grid).is_empty());
        // A jump is found as well as a zero.
        let jump = zero_contours(|_, y| if y < 3.25 { -1.0 } else { 1.0 }, &grid, &grid);
        assert!(jump[0].iter().all(|(_, y)| (y - 3.25).abs() < 1e-14));
    }

    #[test]
    fn two_curves_stay_two() {
        let grid: Vec<f64> = (0..=40).map(|n| 0.1 * f64::from(n)).collect();
        let found = zero_contours(|x, y| (x - 1.03) * (y - x - 1.51), &grid, &grid);
        assert!(found.len() >= 2, "{}", found.len());
        let total: usize = found.iter().map(Vec::len).sum();
        assert!(total > 41 + 20);
    }
}
