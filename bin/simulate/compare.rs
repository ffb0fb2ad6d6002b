//! `simulate compare RUN RUN`: what differs between two finished runs.

use std::path::PathBuf;

use clap::Args;
use pulsatrix::experiment::{Cell, Comparison, Difference, Table, compare};
use serde_json::json;

use crate::failure::Failure;
use crate::options::{Format, FormatOption};
use crate::{table, terminal};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder of a finished run
    first: PathBuf,
    /// Folder of another one
    second: PathBuf,
    /// Numbers that differ by no more than this share of the larger one count as equal
    #[arg(long, default_value_t = 0.0, value_name = "SHARE")]
    tolerance: f64,
    #[command(flatten)]
    format: FormatOption,
}

impl Arguments {
    pub fn format(&self) -> Format {
        self.format.format()
    }
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    if !(0.0..1.0).contains(&arguments.tolerance) {
        return Err(Failure::Usage(
            format!("the tolerance is {}", arguments.tolerance),
            "give a share from 0 to below 1, as in `--tolerance 1e-9`".into(),
        ));
    }
    let found = compare(&arguments.first, &arguments.second, arguments.tolerance)?;
    let text = match arguments.format() {
        Format::Json => format!("{:#}\n", json!(found)),
        Format::Text => words(&found),
    };
    terminal::print(&text)?;
    if found.is_empty() {
        Ok(())
    } else {
        Err(Failure::Differ)
    }
}

/// Digits of numbers that differ early on.
const LEAST_DIGITS: i32 = 4;

/// Two values with as many digits as tell them apart, if they are numbers with more of them.
fn told_apart(one: &str, other: &str) -> [String; 2] {
    let whole = [one.to_owned(), other.to_owned()];
    let numbers = [one, other].map(|text| text.parse::<f64>().ok().filter(|v| v.is_finite()));
    let [Some(a), Some(b)] = numbers else {
        return whole;
    };
    // counts are shown as they are
    if a == b || (a.fract() == 0.0 && b.fract() == 0.0) {
        return whole;
    }
    let power = |value: f64| value.abs().log10().floor() as i32;
    // the last digit is that of the first digit of the difference
    let needed = power(a.abs().max(b.abs())) - power(a - b) + 1;
    let digits = needed.clamp(LEAST_DIGITS, 17) as usize;
    [(one, a), (other, b)].map(|(text, value)| {
        let short = table::significant(value, digits);
        // a number that was given in few digits stays as it was
        if text.len() < short.len() {
            text.to_owned()
        } else {
            short
        }
    })
}

fn words(found: &Comparison) -> String {
    if found.is_empty() {
        return "settings and findings are the same\n".into();
    }
    let mut rows = Table::new(["of", "key", "first", "second", "difference"]);
    for (of, all) in [("settings", &found.settings), ("report", &found.report)] {
        for Difference {
            key,
            first,
            second,
            largest,
        } in all
        {
            let cell = |text: Option<String>| text.map_or(Cell::Empty, Cell::from);
            let [one, other] = match (first, second) {
                (Some(one), Some(other)) => told_apart(one, other).map(Some),
                _ => [first.clone(), second.clone()],
            };
            // two numbers are known by their digits, a difference by its size
            let difference = largest.map(|largest| table::significant(largest, 3));
            rows.push([
                of.into(),
                key.as_str().into(),
                cell(one),
                cell(other),
                cell(difference),
            ]);
        }
    }
    table::render(&rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_that_tell_them_apart() {
        for (one, other, shown) in [
            ("2.1", "2.5", ["2.1", "2.5"]),
            (
                "4.54161567244601",
                "4.54161598244612",
                ["4.5416157", "4.541616"],
            ),
            ("3.20261135494686", "3.5", ["3.203", "3.5"]),
            (
                "0.000123456789",
                "0.000123456788",
                ["0.000123456789", "0.000123456788"],
            ),
            ("5359", "36012", ["5359", "36012"]),
            ("hebb", "1.25", ["hebb", "1.25"]),
            ("1.000000000001e-20", "3.2", ["1e-20", "3.2"]),
        ] {
            assert_eq!(told_apart(one, other), shown, "{one} {other}");
        }
    }
}
