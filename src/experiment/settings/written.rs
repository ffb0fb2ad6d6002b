//! Numbers as a person would write them.

use toml_edit::Value;

/// A number in TOML: `1e-9` for `0.000000001`.
pub(super) fn number(value: f64) -> Value {
    let size = value.abs();
    let extreme = size != 0.0 && size.is_finite() && !(1e-4..1e15).contains(&size);
    let short = extreme.then(|| format!("{value:e}").parse().ok()).flatten();
    short.unwrap_or_else(|| value.into())
}

/// A number in a file name: as short as it is written.
pub(crate) fn short(value: f64) -> String {
    number(value)
        .to_string()
        .trim()
        .trim_end_matches(".0")
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extreme_numbers_are_short_and_read_back() {
        for (value, text) in [
            (1e-9, "1e-9"),
            (1.5, "1.5"),
            (20.0, "20.0"),
            (-2.5e-7, "-2.5e-7"),
            (f64::INFINITY, "inf"),
            (0.0, "0.0"),
        ] {
            let written = number(value).to_string();
            assert_eq!(written.trim(), text);
            assert_eq!(written.parse::<Value>().unwrap().as_float(), Some(value));
        }
    }
}
