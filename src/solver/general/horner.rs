//! Many polynomials at one place: rows of coefficients, from the constant upwards, of all components.

/// Writes the polynomials with `TERMS` rows of coefficients at `theta`.
#[inline(always)]
pub(super) fn horner<const TERMS: usize>(coefficients: &[f64], theta: f64, state: &mut [f64]) {
    let n = state.len();
    let rows: [&[f64]; TERMS] = std::array::from_fn(|term| &coefficients[term * n..][..n]);
    for j in 0..n {
        let mut sum = rows[TERMS - 1][j];
        for term in (0..TERMS - 1).rev() {
            sum = rows[term][j] + theta * sum;
        }
        state[j] = sum;
    }
}

/// Writes `scale` times the slopes of the polynomials at `theta`.
#[inline(always)]
pub(super) fn horner_slope<const TERMS: usize>(
    coefficients: &[f64],
    theta: f64,
    scale: f64,
    slope: &mut [f64],
) {
    let n = slope.len();
    let rows: [&[f64]; TERMS] = std::array::from_fn(|term| &coefficients[term * n..][..n]);
    for j in 0..n {
        let mut sum = (TERMS - 1) as f64 * rows[TERMS - 1][j];
        for term in (1..TERMS - 1).rev() {
            sum = sum * theta + term as f64 * rows[term][j];
        }
        slope[j] = scale * sum;
    }
}

/// Writes some of the polynomials with `TERMS` rows of coefficients at `theta`.
#[inline]
pub(super) fn pick<const TERMS: usize>(
    coefficients: &[f64],
    n: usize,
    theta: f64,
    entries: &[(u32, u32)],
    values: &mut [f64],
) {
    let rows: [&[f64]; TERMS] = std::array::from_fn(|term| &coefficients[term * n..][..n]);
    for (component, place) in entries {
        let j = *component as usize;
        let mut sum = rows[TERMS - 1][j];
        for row in rows[..TERMS - 1].iter().rev() {
            sum = row[j] + theta * sum;
        }
        values[*place as usize] = sum;
    }
}
