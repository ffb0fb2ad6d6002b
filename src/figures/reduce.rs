//! Reduction of long curves to what the page can show.
//!
//! Curves that run from left to right keep first, lowest, highest and last point of every narrow
//! column, so that no spike is lost; then, as for all curves, points that lie on the line between
//! their neighbours are left out (U. Ramer, Comput. Graph. Image Process. 1(3), 244-256 (1972),
//! doi:10.1016/S0146-664X(72)80017-0).

use super::scene::Point;

/// Width of a column, and least distance of points, in units of the page.
const COLUMN: f64 = 0.5;
/// How far the drawn line may lie from the full one.
const TOLERANCE: f64 = 0.1;

/// The points of a curve that can be told apart on the page, ends included.
///
/// # Cost
/// O(n log n) as a rule, O(n^2) at worst in the number left after the first pass.
pub(super) fn reduced(points: &[Point]) -> Vec<Point> {
    let rightwards = points.windows(2).all(|pair| pair[1].0 >= pair[0].0);
    let coarse = if rightwards {
        column_extremes(points)
    } else {
        spaced(points)
    };
    straightened(&coarse)
}

fn column_extremes(points: &[Point]) -> Vec<Point> {
    let column = |p: &Point| (p.0 / COLUMN).floor();
    let mut kept = Vec::new();
    for group in points.chunk_by(|a, b| column(a) == column(b)) {
        if group.len() <= 4 {
            kept.extend_from_slice(group);
            continue;
        }
        let (mut lowest, mut highest) = (0, 0);
        for (index, point) in group.iter().enumerate() {
            if point.1 < group[lowest].1 {
                lowest = index;
            }
            if point.1 > group[highest].1 {
                highest = index;
            }
        }
        let mut indices = [0, lowest.min(highest), lowest.max(highest), group.len() - 1].to_vec();
        indices.dedup();
        kept.extend(indices.into_iter().map(|index| group[index]));
    }
    kept
}

fn spaced(points: &[Point]) -> Vec<Point> {
    let mut kept: Vec<Point> = Vec::new();
    for (index, point) in points.iter().enumerate() {
        let is_far = kept
            .last()
            .is_none_or(|last| (point.0 - last.0).hypot(point.1 - last.1) >= 0.5 * COLUMN);
        if is_far || index + 1 == points.len() {
            kept.push(*point);
        }
    }
    kept
}

fn straightened(points: &[Point]) -> Vec<Point> {
    if points.len() < 3 {
        return points.to_vec();
    }
    let mut keep = vec![false; points.len()];
    keep[0] = true;
    keep[points.len() - 1] = true;
    // Long runs are cut first: this bounds the worst case and changes next to nothing.
    const RUN: usize = 512;
    let mut open: Vec<(usize, usize)> = (0..points.len() - 1)
        .step_by(RUN)
        .map(|from| (from, (from + RUN).min(points.len() - 1)))
        .collect();
    for &(from, _) in &open {
        keep[from] = true;
    }
    while let Some((from, to)) = open.pop() {
        let farthest = (from + 1..to)
            .map(|index| (index, distance(points[index], points[from], points[to])))
            .max_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((index, distance)) = farthest
            && distance > TOLERANCE
        {
            keep[index] = true;
            open.push((from, index));
            open.push((index, to));
        }
    }
    let kept = points.iter().zip(keep).filter(|(_, keep)| *keep);
    kept.map(|(point, _)| *point).collect()
}

/// Distance of a point from the stretch between two others.
fn distance(p: Point, a: Point, b: Point) -> f64 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let square = dx * dx + dy * dy;
    let share = if square > 0.0 {
        (((p.0 - a.0) * dx + (p.1 - a.1) * dy) / square).clamp(0.0, 1.0)
    } else {
        0.0
    };
    (p.0 - a.0 - share * dx).hypot(p.1 - a.1 - share * dy)
}

/// The stretches of a curve inside a rectangle given by its left top and right bottom corners
/// (Y.-D. Liang, B. A. Barsky, ACM Trans. Graph. 3(1), 1-22 (1984), doi:10.1145/357332.357333).
pub(super) fn clipped(points: &[Point], low: Point, high: Point) -> Vec<Vec<Point>> {
    let mut pieces: Vec<Vec<Point>> = Vec::new();
    let mut joined = false;
    for pair in points.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
        let mut outside = false;
        for (direction, room) in [
            (-dx, a.0 - low.0),
            (dx, high.0 - a.0),
            (-dy, a.1 - low.1),
            (dy, high.1 - a.1),
        ] {
            if direction == 0.0 {
                outside |= room < 0.0;
            } else if direction < 0.0 {
                enter = enter.max(room / direction);
            } else {
                leave = leave.min(room / direction);
            }
        }
        if outside || enter > leave {
            joined = false;
            continue;
        }
        let at = |share: f64| (a.0 + share * dx, a.1 + share * dy);
        match pieces.last_mut() {
            Some(piece) if joined && enter == 0.0 => piece.push(at(leave)),
            _ => pieces.push(vec![at(enter), at(leave)]),
        }
        joined = leave == 1.0;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_spike_survives() {
        let mut points: Vec<Point> = (0..100_000)
            .map(|i| (f64::from(i) * 6e-3, (f64::from(i) * 1e-4).sin()))
            .collect();
        points[43_210].1 = 77.0;
        let short = reduced(&points);
        assert!(short.len() < 200, "{} points", short.len());
        assert!(short.contains(&points[43_210]));
        assert_eq!(
            (short[0], short[short.len() - 1]),
            (points[0], points[99_999])
        );
    }

    #[test]
    fn closed_curves_stay_within_the_tolerance() {
        let circle: Vec<Point> = (0..=10_000)
            .map(|i| f64::from(i) * std::f64::consts::TAU / 1e4)
            .map(|angle| (100.0 * angle.cos(), 100.0 * angle.sin()))
            .collect();
        let short = reduced(&circle);
        assert!(short.len() < 120, "{} points", short.len());
        for pair in short.windows(2) {
            let middle = (0.5 * (pair[0].0 + pair[1].0)).hypot(0.5 * (pair[0].1 + pair[1].1));
            assert!((middle - 100.0).abs() < 2.0 * TOLERANCE);
        }
    }

    #[test]
    fn curves_are_cut_at_the_frame() {
        let zigzag = [(-1.0, 1.0), (3.0, 1.0), (3.0, 5.0), (1.0, 1.0)];
        let pieces = clipped(&zigzag, (0.0, 0.0), (2.0, 2.0));
        assert_eq!(
            pieces,
            [vec![(0.0, 1.0), (2.0, 1.0)], vec![(1.5, 2.0), (1.0, 1.0)],]
        );
    }
}
