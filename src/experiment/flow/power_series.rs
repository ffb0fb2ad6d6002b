//! Measurements over a size, and the powers of it that they follow.

use crate::analysis::{PowerLaw, Spread};
use crate::experiment::ensemble::curve;
use crate::figures::{Look, Series};

/// A power law of the size through `values[size][network]`, where there is one.
pub(super) fn power(sizes: &[f64], values: &[Vec<f64>]) -> Option<PowerLaw> {
    let networks = values.first().map_or(0, Vec::len);
    let row = |network: usize| values.iter().map(|v| v[network]).collect();
    let rows: Vec<Vec<f64>> = (0..networks).map(row).collect();
    PowerLaw::fit(sizes, &rows)
}

/// What the markers of [`power_series`] are, for the subtitle of a picture.
pub(super) const MARKS: &str = "geometric means, bars: standard errors";

/// Geometric means of `values[size][network]`, which the law is fitted to, and their standard errors as
/// markers, and the law as a line of the same style number. Where nothing is fitted, means and a line from
/// marker to marker.
pub(super) fn power_series(
    label: &str,
    style: usize,
    sizes: &[f64],
    values: &[Vec<f64>],
    law: Option<&PowerLaw>,
) -> Vec<Series> {
    let style = Some(style);
    let Some(law) = law else {
        return vec![Series {
            style,
            ..curve(label, sizes, values)
        }];
    };
    let logarithms = values.iter().map(|values| {
        let logarithms: Vec<f64> = values.iter().map(|value| value.ln()).collect();
        Spread::of(&logarithms)
    });
    let means = logarithms.clone().map(|spread| spread.mean.exp());
    let named = format!(
        "{label}: ∝ n{} (± {:.2})",
        superscript(law.exponent),
        law.error
    );
    let points = sizes.iter().copied().zip(means).collect();
    let markers = Series {
        style,
        ..Series::new(named, points, Look::Markers)
            .with_errors(logarithms.map(|spread| spread.mean.exp() * spread.error))
    };
    let at = |size: &f64| (*size, law.prefactor * size.powf(law.exponent));
    let line = Series {
        style,
        ..Series::new("", sizes.iter().map(at).collect(), Look::Line)
    };
    vec![markers, line]
}

/// A number with two decimals as an exponent.
fn superscript(value: f64) -> String {
    let raised = |character: char| match character {
        '-' => '⁻',
        '.' => '·',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        digit => char::from_u32('⁰' as u32 + digit.to_digit(10).unwrap_or(0)).unwrap_or(digit),
    };
    format!("{value:.2}").chars().map(raised).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponents_are_raised() {
        assert_eq!(superscript(-1.203), "⁻¹·²⁰");
        assert_eq!(superscript(0.456_789), "⁰·⁴⁶");
    }

    #[test]
    fn a_law_is_drawn_where_it_lies() {
        let (sizes, values) = ([1.0, 4.0], [vec![8.0, 8.0], vec![4.0, 4.0]]);
        let law = power(&sizes, &values).unwrap();
        let series = power_series("Gaussian", 3, &sizes, &values, Some(&law));
        assert_eq!(series[0].label, "Gaussian: ∝ n⁻⁰·⁵⁰ (± 0.00)");
        for (found, expected) in series[1].points.iter().zip(&series[0].points) {
            assert!((found.0 - expected.0).abs() < 1e-14 && (found.1 - expected.1).abs() < 1e-13);
        }
        assert_eq!(series[1].style, series[0].style);
    }
}
