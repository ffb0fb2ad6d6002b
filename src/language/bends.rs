//! Where a solution bends, for the windows over it.

use super::graph::Id;

/// Bends of a lower order than this are cut out (chosen: the rule of eight points misses a jump of the sixth derivative by
/// a few parts in 1e10 of its size, times the sixth power of the window).
const SMOOTH: u32 = 6;

/// Cuts of a window (chosen: every one costs eight delayed states).
const MOST_CUTS: usize = 40;

/// The windows of a system.
#[derive(Debug, Clone, Default)]
pub(super) struct Windows {
    /// Times at which the solution bends; none where the points are constant lags.
    pub(super) cuts: Option<Vec<f64>>,
    /// Lags of all edges.
    pub(super) edges: Vec<f64>,
    /// Lags that stand outside of windows.
    pub(super) lags: Vec<f64>,
    /// Whether delayed times outside of windows vary.
    pub(super) others_vary: bool,
    /// The point that is being laid out.
    pub(super) point: Option<Id>,
}

impl Windows {
    /// The farthest edge.
    pub(super) fn farthest(&self) -> f64 {
        self.edges.iter().copied().fold(0.0, f64::max)
    }

    /// The times at which the solution bends, from those at which it bends by itself, each with the lowest
    /// derivative that jumps. A lag carries a bend on and smooths it once, the edge of a window twice.
    ///
    /// # Errors
    /// How many there are at least, and how many may be, if there are too many.
    pub(super) fn bends(&self, origins: &[(f64, u32)]) -> Result<Vec<f64>, (usize, usize)> {
        let mut found: Vec<(f64, u32)> = Vec::new();
        let mut open = origins.to_vec();
        while let Some((time, order)) = open.pop() {
            let near =
                |other: &&mut (f64, u32)| (other.0 - time).abs() <= 1e-13 * time.abs().max(1.0);
            match found.iter_mut().find(near) {
                Some(known) if known.1 <= order => continue,
                Some(known) => known.1 = order,
                None => found.push((time, order)),
            }
            if found.len() > 100 * MOST_CUTS {
                break;
            }
            let lags = self.lags.iter().map(|lag| (lag, 1));
            let edges = self.edges.iter().map(|edge| (edge, 2));
            let carried = lags.chain(edges).filter(|(lag, _)| **lag > 0.0);
            let carried = carried.map(|(lag, by)| (time + lag, order + by));
            open.extend(carried.filter(|(_, order)| *order < SMOOTH));
        }
        let mut times: Vec<f64> = found.iter().map(|(time, _)| *time).collect();
        if times.len() > MOST_CUTS {
            return Err((times.len(), MOST_CUTS));
        }
        times.sort_by(f64::total_cmp);
        Ok(times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bends_are_carried_by_lags_and_edges_until_they_are_smooth() {
        let windows = Windows {
            edges: vec![1.0, 0.0],
            ..Windows::default()
        };
        assert_eq!(windows.bends(&[(0.0, 1)]), Ok(vec![0.0, 1.0, 2.0]));
        let windows = Windows {
            edges: vec![1.0],
            lags: vec![0.25],
            ..Windows::default()
        };
        let found = windows.bends(&[(5.0, 1)]).unwrap();
        assert_eq!(found, [5.0, 5.25, 5.5, 5.75, 6.0, 6.25, 6.5, 7.0]);
        let windows = Windows {
            edges: vec![1.0],
            lags: vec![0.1, 0.23, 0.37, 0.41, 0.57],
            ..Windows::default()
        };
        assert!(windows.bends(&[(0.0, 1)]).is_err());
    }
}
