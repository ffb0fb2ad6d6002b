//! Where ticks sit and how numbers are written: no `0.30000004`, a true minus sign.

/// Ticks at multiples of 1, 2 or 5 times a power of ten, about `wanted` of them inside the range.
pub(super) fn linear_ticks(low: f64, high: f64, wanted: usize, whole: bool) -> Vec<(f64, String)> {
    let rough = (high - low) / wanted.max(1) as f64;
    let mut power = rough.log10().floor() as i32;
    let head = rough / 10f64.powi(power);
    let mut head = match head {
        h if h < 1.5 => 1,
        h if h < 3.5 => 2,
        h if h < 7.5 => 5,
        _ => {
            power += 1;
            1
        }
    };
    if whole && power < 0 {
        (power, head) = (0, 1);
    }
    // Multiples of an integer, scaled once, carry no rounding error that a label could show.
    let value = |index: i64| {
        let units = (index * head) as f64;
        if power < 0 {
            units / 10f64.powi(-power)
        } else {
            units * 10f64.powi(power)
        }
    };
    let step = value(1);
    let slack = 1e-9 * (high - low);
    let first = ((low - slack) / step).ceil() as i64;
    let last = ((high + slack) / step).floor() as i64;
    let largest = low.abs().max(high.abs());
    let ticks = (first..=last).map(value);
    if !(1e-3..1e5).contains(&largest) {
        // All labels share the exponent of the largest.
        let exponent = largest.log10().floor() as i32;
        let digits = (exponent - power).max(0) as usize;
        let unit = format!("·10{}", superscript(exponent));
        ticks
            .map(|t| {
                let label = if t == 0.0 {
                    "0".to_owned()
                } else {
                    fixed(t / 10f64.powi(exponent), digits) + &unit
                };
                (t, label)
            })
            .collect()
    } else {
        let decimals = (-power).max(0) as usize;
        ticks.map(|t| (t, fixed(t, decimals))).collect()
    }
}

/// Ticks of a logarithmic axis: powers of ten, thinned out over many decades and with 2 and 5
/// between them over few.
pub(super) fn logarithmic_ticks(low: f64, high: f64, wanted: usize) -> Vec<(f64, String)> {
    let (first, last) = (
        (low.log10() - 1e-9).floor() as i32,
        (high.log10() + 1e-9).ceil() as i32,
    );
    let decades = (high / low).log10();
    let heads: &[f64] = if decades < 1.0 {
        &[1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]
    } else if decades < 3.0 {
        &[1.0, 2.0, 5.0]
    } else {
        &[1.0]
    };
    let every = ((decades / wanted.max(1) as f64).ceil() as i32).max(1);
    let plain = low >= 0.5e-3 && high <= 2e4;
    (first..=last)
        .filter(|exponent| exponent.rem_euclid(every) == 0)
        .flat_map(|exponent| heads.iter().map(move |head| (*head, exponent)))
        .map(|(head, exponent)| {
            let value = head * 10f64.powi(exponent);
            let label = if plain {
                let decimals = (i32::from(head.fract() != 0.0) - exponent).max(0) as usize;
                fixed(value, decimals)
            } else if head == 1.0 {
                format!("10{}", superscript(exponent))
            } else {
                format!("{head}·10{}", superscript(exponent))
            };
            (value, label)
        })
        .filter(|(value, _)| *value >= low * (1.0 - 1e-9) && *value <= high * (1.0 + 1e-9))
        .collect()
}

/// A number with a fixed number of decimals and a true minus sign; never `−0`.
pub(super) fn fixed(value: f64, decimals: usize) -> String {
    let digits = format!("{:.decimals$}", value.abs());
    let is_zero = digits.bytes().all(|b| b == b'0' || b == b'.');
    if value < 0.0 && !is_zero {
        format!("−{digits}")
    } else {
        digits
    }
}

/// A number with so many significant digits, as in tables: `32.10658`, `−0.2642411`.
///
/// Numbers at or above 10^7 or below 10^-3 in size are written with a power of ten.
#[must_use]
pub fn significant(value: f64, digits: usize) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let digits = digits.max(1);
    // Rust rounds correctly here, so that 9.9996 to four digits knows that it is 10.00.
    let written = format!("{:.*e}", digits - 1, value.abs());
    let exponent = written
        .split_once('e')
        .and_then(|(_, exponent)| exponent.parse::<i32>().ok())
        .unwrap_or(0);
    if (-3..7).contains(&exponent) {
        fixed(value, (digits as i32 - 1 - exponent).max(0) as usize)
    } else {
        let head = value / 10f64.powi(exponent);
        format!("{}·10{}", fixed(head, digits - 1), superscript(exponent))
    }
}

/// A count with its thousands apart: `65,535`.
#[must_use]
pub fn grouped(value: usize) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A whole number in superscript digits.
pub(super) fn superscript(value: i32) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    value
        .to_string()
        .chars()
        .map(|c| c.to_digit(10).map_or('⁻', |d| DIGITS[d as usize]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: &[(f64, String)]) -> Vec<&str> {
        ticks.iter().map(|(_, label)| label.as_str()).collect()
    }

    #[test]
    fn linear_labels_are_clean() {
        let ticks = linear_ticks(-0.4, 0.4, 8, false);
        assert_eq!(
            labels(&ticks),
            [
                "−0.4", "−0.3", "−0.2", "−0.1", "0.0", "0.1", "0.2", "0.3", "0.4"
            ]
        );
        assert_eq!(ticks[7].0, 0.3);
        assert_eq!(labels(&linear_ticks(1.0, 3.0, 9, true)), ["1", "2", "3"]);
        assert_eq!(
            labels(&linear_ticks(0.0, 2.0e6, 4, false)),
            ["0", "0.5·10⁶", "1.0·10⁶", "1.5·10⁶", "2.0·10⁶"]
        );
    }

    #[test]
    fn logarithmic_labels_use_powers() {
        assert_eq!(
            labels(&logarithmic_ticks(1e-9, 1.0, 5)),
            ["10⁻⁸", "10⁻⁶", "10⁻⁴", "10⁻²", "10⁰"]
        );
        assert_eq!(
            labels(&logarithmic_ticks(0.1, 10.0, 6)),
            ["0.1", "0.2", "0.5", "1", "2", "5", "10"]
        );
        let ticks = logarithmic_ticks(110.0, 420.0, 6);
        assert_eq!(labels(&ticks), ["150", "200", "300", "400"]);
    }

    #[test]
    fn tables_show_significant_digits() {
        assert_eq!(significant(32.106_58, 7), "32.10658");
        assert_eq!(significant(-0.264_241_1, 7), "−0.2642411");
        assert_eq!(significant(9.999_96, 4), "10.00");
        assert_eq!(significant(1.5e-9, 2), "1.5·10⁻⁹");
        assert_eq!(fixed(-0.000_1, 2), "0.00");
    }
}
