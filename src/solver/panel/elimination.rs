//! The solution of a panel by elimination.

use super::collocation::STAGES;
use super::solve::Coefficients;
use crate::numerics::lanes::Lane;

/// `x_i = x_0 + sum_j A_ij (p_j - q_j x_j)`, by elimination without pivoting.
///
/// Two unknowns go at a time: half as many divisions in a row, each of which all that follows waits
/// for; their determinants are sums of positive parts. Row by row, so that little is at work at once: a
/// tenth faster, measured, than from a matrix in memory.
#[inline(always)]
pub(super) fn collocate<R: Lane>(
    integral: &[[f64; STAGES]; STAGES],
    coefficients: &Coefficients<R>,
    start: R,
) -> [R; STAGES] {
    let mut elimination = Elimination {
        upper: [[start; STAGES]; STAGES],
        slopes: [start; STAGES],
    };
    elimination.pair::<0>(integral, coefficients, start);
    elimination.pair::<2>(integral, coefficients, start);
    elimination.pair::<4>(integral, coefficients, start);
    elimination.pair::<6>(integral, coefficients, start);
    elimination.insert::<5>();
    elimination.insert::<3>();
    elimination.insert::<1>();
    let mut states = [start; STAGES];
    for j in 0..STAGES {
        for i in 0..STAGES {
            let weight = start.like(integral[j][i]);
            states[i] = elimination.slopes[j].mul_add(weight, states[i]);
        }
    }
    states
}

/// Slopes that are being found: `slopes_i` less `upper_ij` times the slopes of later pairs `j`.
struct Elimination<R> {
    upper: [[R; STAGES]; STAGES],
    slopes: [R; STAGES],
}

impl<R: Lane> Elimination<R> {
    /// Adds the equations of stages `K` and `K + 1`.
    #[inline(always)]
    fn pair<const K: usize>(
        &mut self,
        integral: &[[f64; STAGES]; STAGES],
        [constants, rates]: &Coefficients<R>,
        start: R,
    ) {
        let mut rows = [[start; STAGES]; 2];
        let mut sides = [start; 2];
        for r in 0..2 {
            let rate = rates[K + r];
            for j in 0..STAGES {
                rows[r][j] = rate * integral[j][K + r];
            }
            rows[r][K + r] = rows[r][K + r] + 1.0;
            sides[r] = (-rate).mul_add(start, constants[K + r]);
            for p in 0..K {
                let factor = -rows[r][p];
                sides[r] = factor.mul_add(self.slopes[p], sides[r]);
                for j in p / 2 * 2 + 2..STAGES {
                    rows[r][j] = factor.mul_add(self.upper[p][j], rows[r][j]);
                }
            }
        }
        let [a, b] = [rows[0][K], rows[0][K + 1]];
        let [c, d] = [rows[1][K], rows[1][K + 1]];
        let factor = start.like(1.0) / a.mul_add(d, -(b * c));
        let (a, b, c, d) = (a * factor, -b * factor, -c * factor, d * factor);
        self.slopes[K] = d.mul_add(sides[0], b * sides[1]);
        self.slopes[K + 1] = c.mul_add(sides[0], a * sides[1]);
        for j in K + 2..STAGES {
            self.upper[K][j] = d.mul_add(rows[0][j], b * rows[1][j]);
            self.upper[K + 1][j] = c.mul_add(rows[0][j], a * rows[1][j]);
        }
    }

    /// Inserts the slopes of stages up to that after `LAST` into the equations of stages up to it.
    #[inline(always)]
    fn insert<const LAST: usize>(&mut self) {
        for i in 0..=LAST {
            for j in [LAST + 1, LAST + 2] {
                self.slopes[i] = (-self.upper[i][j]).mul_add(self.slopes[j], self.slopes[i]);
            }
        }
    }
}
