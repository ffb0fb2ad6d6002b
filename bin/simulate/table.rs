//! Tables on a terminal: numbers to the right, words to the left, one rule under the names.

use pulsatrix::experiment::{Cell, Table};

/// The table as lines of text.
pub fn render(table: &Table) -> String {
    let rows: Vec<Vec<String>> = table
        .rows()
        .iter()
        .map(|row| row.iter().map(shown).collect())
        .collect();
    let mut widths = Vec::new();
    let mut right = Vec::new();
    for (column, name) in table.columns().iter().enumerate() {
        let cells = rows.iter().map(|row| row[column].chars().count());
        widths.push(cells.chain([name.chars().count()]).max().unwrap_or(0));
        let numeric = |row: &Vec<Cell>| !matches!(row[column], Cell::Text(_));
        right.push(table.rows().iter().all(numeric));
    }
    let line = |cells: &[String]| {
        let cells: Vec<String> = cells
            .iter()
            .zip(widths.iter().zip(&right))
            .map(|(cell, (&width, &right))| {
                if right {
                    format!("{cell:>width$}")
                } else {
                    format!("{cell:<width$}")
                }
            })
            .collect();
        format!("{}\n", cells.join("  ").trim_end())
    };
    let rule = "─".repeat(widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1));
    let mut text = line(table.columns());
    text.push_str(&format!("{rule}\n"));
    text.extend(rows.iter().map(|row| line(row)));
    text
}

fn shown(cell: &Cell) -> String {
    match cell {
        Cell::Empty => "-".to_owned(),
        Cell::Text(text) => text.clone(),
        Cell::Integer(count) => count.to_string(),
        Cell::Number(value) => significant(*value),
    }
}

/// A number with seven significant digits, like C's `%.7g` but keeping no needless zeros.
fn significant(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let scientific = format!("{value:.6e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trimmed = |text: &str| {
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text.to_owned()
        }
    };
    if (-5..7).contains(&exponent) {
        let decimals = usize::try_from(6 - exponent).unwrap_or(0);
        trimmed(&format!("{value:.decimals$}"))
    } else {
        format!("{}e{exponent}", trimmed(digits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seven_significant_digits() {
        for (value, text) in [
            (0.0, "0"),
            (4.0, "4"),
            (-38.836_051_2, "-38.83605"),
            (0.000_123_456_78, "0.0001234568"),
            (1.5e-9, "1.5e-9"),
            (9_999_999.6, "1e7"),
            (123_456.78, "123456.8"),
            (f64::INFINITY, "inf"),
        ] {
            assert_eq!(significant(value), text);
        }
    }

    #[test]
    fn numbers_are_right_aligned() {
        let mut table = Table::new(["name", "period"]);
        table.push(["a".into(), 4.0.into()]);
        table.push(["bcdef".into(), 32.10658.into()]);
        assert_eq!(
            render(&table),
            "name     period\n───────────────\na             4\nbcdef  32.10658\n"
        );
    }
}
