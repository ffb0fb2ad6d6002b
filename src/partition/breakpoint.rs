//! Where tiles end and slices of weights begin, by memory.

use super::LayerSize;

/// What the fullest of equal devices holds for every breakpoint, in units of `1 / N` elements:
///
/// ```text
/// F(b) = max_l a_l + sum_l w_l,   a_l = (M + K) / N before b and M + K from b on (layers with weights alone),
///                                 w_l = W before b and W / N from b on
/// ```
///
/// Tiles share the maps and copy the weights, slices the reverse. Entry `b` is for tiles in the layers before `b`; there is
/// one entry more than layers. The source minimises this by an integer program; a list is exact. The first entries are
/// equal as long as layers without weights stand there.
#[must_use]
pub fn breakpoints(sizes: &[LayerSize], ranks: usize) -> Vec<u128> {
    let n = ranks as u128;
    let held = |breakpoint: usize| {
        let weighted = sizes.iter().enumerate().filter(|(_, size)| size.weighted);
        let mut most = 0;
        let mut weights = 0;
        for (layer, size) in weighted {
            let factors = if layer < breakpoint { (1, n) } else { (n, 1) };
            most = most.max(factors.0 * u128::from(size.inputs + size.outputs));
            weights += factors.1 * u128::from(size.weights);
        }
        most + weights
    };
    (0..=sizes.len()).map(held).collect()
}

/// The breakpoint of least memory; of equal ones the last, behind a pooling rather than before it, where the map that is
/// collected is smaller.
#[must_use]
pub fn least_breakpoint(held: &[u128]) -> usize {
    let least = held.iter().min();
    held.iter()
        .rposition(|units| Some(units) == least)
        .unwrap_or(0)
}
