//! The cheapest one-to-one assignment.

use nalgebra::DMatrix;

/// The permutation with the least sum of costs: row `i` goes to column `assign(costs)[i]`. `None` unless
/// the matrix is square and its entries are finite.
///
/// By shortest augmenting paths with potentials, `O(n^3)`: H. W. Kuhn, Naval Research Logistics
/// Quarterly 2, 83-97 (1955), doi:10.1002/nav.3800020109, in the form of R. Jonker, A. Volgenant,
/// Computing 38, 325-340 (1987), doi:10.1007/BF02278710, without its initialisation.
///
/// ```
/// use nalgebra::dmatrix;
/// use pulsatrix::numerics::assign;
///
/// // The cheapest of each row would send the first two rows to one column.
/// let costs = dmatrix![1.0, 2.0, 9.0; 1.0, 4.0, 9.0; 5.0, 5.0, 5.0];
/// assert_eq!(assign(&costs), Some(vec![1, 0, 2]));
/// ```
#[must_use]
pub fn assign(costs: &DMatrix<f64>) -> Option<Vec<usize>> {
    let n = costs.nrows();
    if n != costs.ncols() || !costs.iter().all(|cost| cost.is_finite()) {
        return None;
    }
    // Column `n` is where a path begins that looks for a column for a new row.
    let (mut rows, mut columns) = (vec![0.0; n], vec![0.0; n + 1]);
    let mut owner: Vec<Option<usize>> = vec![None; n + 1];
    for row in 0..n {
        owner[n] = Some(row);
        let mut column = n;
        let mut length = vec![f64::INFINITY; n];
        let mut before = vec![n; n];
        let mut visited = vec![false; n + 1];
        while let Some(here) = owner[column] {
            visited[column] = true;
            let (mut step, mut next) = (f64::INFINITY, n);
            for other in (0..n).filter(|other| !visited[*other]) {
                let reduced = costs[(here, other)] - rows[here] - columns[other];
                if reduced < length[other] {
                    length[other] = reduced;
                    before[other] = column;
                }
                if length[other] < step {
                    (step, next) = (length[other], other);
                }
            }
            if next == n {
                // Costs so large that their differences are not finite.
                return None;
            }
            for other in 0..=n {
                if visited[other] {
                    columns[other] -= step;
                    if let Some(owner) = owner[other] {
                        rows[owner] += step;
                    }
                } else {
                    length[other] -= step;
                }
            }
            column = next;
        }
        while column != n {
            owner[column] = owner[before[column]];
            column = before[column];
        }
    }
    let mut partners = vec![0; n];
    for (column, owner) in owner[..n].iter().enumerate() {
        partners[(*owner)?] = column;
    }
    Some(partners)
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::numerics::random::stream;

    /// The least sum over all permutations, one by one.
    fn least(costs: &DMatrix<f64>, row: usize, free: &mut Vec<usize>) -> f64 {
        if row == costs.nrows() {
            return 0.0;
        }
        let mut best = f64::INFINITY;
        for place in 0..free.len() {
            let column = free.swap_remove(place);
            best = best.min(costs[(row, column)] + least(costs, row + 1, free));
            free.push(column);
            let last = free.len() - 1;
            free.swap(place, last);
        }
        best
    }

    #[test]
    fn no_permutation_is_cheaper() {
        let mut random = stream(1, "costs", 0);
        for n in 1..8 {
            for _ in 0..20 {
                let costs = DMatrix::from_fn(n, n, |_, _| random.random::<f64>() - 0.3);
                let partners = assign(&costs).unwrap();
                let mut sorted = partners.clone();
                sorted.sort_unstable();
                assert!(sorted.into_iter().eq(0..n));
                let sum: f64 = partners
                    .iter()
                    .enumerate()
                    .map(|(i, j)| costs[(i, *j)])
                    .sum();
                let best = least(&costs, 0, &mut (0..n).collect());
                assert!((sum - best).abs() < 1e-12, "{n}: {sum} {best}");
            }
        }
    }

    #[test]
    fn what_is_no_matrix_of_costs_is_refused() {
        assert_eq!(assign(&DMatrix::zeros(2, 3)), None);
        assert_eq!(assign(&DMatrix::from_element(2, 2, f64::NAN)), None);
        assert_eq!(assign(&DMatrix::zeros(0, 0)), Some(vec![]));
    }
}
