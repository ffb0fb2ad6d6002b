//! Tables on a terminal: numbers to the right, words to the left, one rule under the names.

use pulsatrix::experiment::{Cell, Table};

use crate::terminal;

/// The table as lines of text. Where it is wider than the terminal, its columns go on in further blocks below, each with the columns that name its
/// rows; a pipe gets every row on one line, for the programs that read it.
pub fn render(table: &Table) -> String {
    within(table, terminal::width())
}

fn within(table: &Table, room: Option<usize>) -> String {
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
    let room = room.unwrap_or(usize::MAX);
    let all: Vec<usize> = (0..widths.len()).collect();
    // a last column of words goes on below itself, if there is room for some of them
    if let Some((last, others)) = all.split_last() {
        let left = room.saturating_sub(total(&widths, others) + 2);
        if !right[*last] && widths[*last] > left && left >= FEW_WORDS {
            return hanging(table, &rows, &widths[..*last], &right, left);
        }
    }
    let line = |cells: &[String], columns: &[usize]| {
        let cells = columns
            .iter()
            .map(|&column| padded(&cells[column], widths[column], right[column]));
        let cells: Vec<String> = cells.collect();
        format!("{}\n", cells.join("  ").trim_end())
    };
    let block = |columns: &[usize]| {
        let mut text = line(table.columns(), columns);
        text.push_str(&format!("{}\n", "─".repeat(total(&widths, columns))));
        text.extend(rows.iter().map(|row| line(row, columns)));
        text
    };
    let blocks = blocks(&rows, &widths, room);
    let blocks: Vec<String> = blocks.iter().map(|columns| block(columns)).collect();
    // what follows shall not look like one more of them
    let end = if blocks.len() > 1 { "\n" } else { "" };
    blocks.join("\n") + end
}

fn padded(cell: &str, width: usize, right: bool) -> String {
    if right {
        format!("{cell:>width$}")
    } else {
        format!("{cell:<width$}")
    }
}

/// Least width of a column of words that is broken into lines (chosen).
const FEW_WORDS: usize = 30;

/// A table whose last column, of words, has so much room for its lines.
fn hanging(
    table: &Table,
    rows: &[Vec<String>],
    widths: &[usize],
    right: &[bool],
    left: usize,
) -> String {
    let indent: usize = widths.iter().map(|width| width + 2).sum();
    let row = |cells: &[String]| {
        let cells_before = cells.iter().zip(widths.iter().zip(right));
        let mut text: String = cells_before
            .map(|(cell, (width, right))| padded(cell, *width, *right) + "  ")
            .collect();
        let mut used = 0;
        for word in cells.last().map_or("", String::as_str).split_whitespace() {
            let length = word.chars().count();
            if used > 0 && used + 1 + length > left {
                text = format!("{}\n{}", text.trim_end(), " ".repeat(indent));
                used = 0;
            } else if used > 0 {
                text.push(' ');
                used += 1;
            }
            text.push_str(word);
            used += length;
        }
        format!("{}\n", text.trim_end())
    };
    let rule = "─".repeat(indent + left);
    let body: String = rows.iter().map(|cells| row(cells)).collect();
    format!("{}{rule}\n{body}", row(table.columns()))
}

/// Width of columns side by side.
fn total(widths: &[usize], columns: &[usize]) -> usize {
    let all = columns.iter().map(|&column| widths[column]);
    all.sum::<usize>() + 2 * columns.len().saturating_sub(1)
}

/// Columns block by block, so that each finds room: the first ones that tell all rows apart, and some of the others.
fn blocks(rows: &[Vec<String>], widths: &[usize], room: usize) -> Vec<Vec<usize>> {
    let count = widths.len();
    let all: Vec<usize> = (0..count).collect();
    if total(widths, &all) <= room {
        return vec![all];
    }
    let different = |names: usize| {
        let mut seen: Vec<&[String]> = rows.iter().map(|row| &row[..names]).collect();
        seen.sort();
        seen.windows(2).all(|pair| pair[0] != pair[1])
    };
    // names that take more than half of the room would leave none for what they name
    let names = (1..count).find(|&names| different(names));
    let names = names.filter(|&names| 2 * total(widths, &all[..names]) <= room);
    let names = &all[..names.unwrap_or(1)];
    let mut blocks: Vec<Vec<usize>> = Vec::new();
    for column in names.len()..count {
        match blocks.last_mut() {
            Some(last) if total(widths, last) + 2 + widths[column] <= room => last.push(column),
            _ => blocks.push(names.iter().copied().chain([column]).collect()),
        }
    }
    blocks
}

fn shown(cell: &Cell) -> String {
    match cell {
        Cell::Empty => "-".to_owned(),
        Cell::Text(text) => text.clone(),
        Cell::Integer(count) => count.to_string(),
        Cell::Number(value) => significant(*value, 7),
    }
}

/// A number with so many significant digits, like C's `%g` but keeping no needless zeros.
pub fn significant(value: f64, digits: usize) -> String {
    let last = digits.saturating_sub(1);
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let scientific = format!("{value:.last$e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trimmed = |text: &str| {
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text.to_owned()
        }
    };
    let most = i32::try_from(digits.max(7)).unwrap_or(7);
    if (-5..most).contains(&exponent) {
        let decimals = usize::try_from(i32::try_from(last).unwrap_or(6) - exponent).unwrap_or(0);
        trimmed(&format!("{value:.decimals$}"))
    } else {
        format!("{}e{exponent}", trimmed(mantissa))
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
            assert_eq!(significant(value, 7), text);
        }
    }

    #[test]
    fn a_table_wider_than_the_terminal_goes_on_below_with_the_names_of_its_rows() {
        let mut table = Table::new(["kind", "n", "first", "second"]);
        table.push(["a".into(), 1.0.into(), 1.5.into(), 2.5.into()]);
        table.push(["a".into(), 2.0.into(), 3.5.into(), 4.5.into()]);
        let whole = "kind  n  first  second\n──────────────────────\n\
                     a     1    1.5     2.5\na     2    3.5     4.5\n";
        assert_eq!(within(&table, None), whole);
        assert_eq!(within(&table, Some(22)), whole);
        assert_eq!(
            within(&table, Some(21)),
            "kind  n  first\n──────────────\na     1    1.5\na     2    3.5\n\n\
             kind  n  second\n───────────────\na     1     2.5\na     2     4.5\n\n"
        );
        // a terminal too narrow for the names keeps the first of them, and loses nothing
        let narrow = within(&table, Some(8));
        for name in ["n\n", "first\n", "second\n"] {
            assert!(narrow.contains(name), "{narrow}");
        }
    }

    #[test]
    fn a_last_column_of_words_goes_on_below_itself() {
        let mut table = Table::new(["name", "title"]);
        table.push([
            "a".into(),
            "some words that are longer than the line is".into(),
        ]);
        let found = within(&table, Some(36));
        let rows: Vec<&str> = found.lines().collect();
        let expected = [
            "name  title",
            "────────────────────────────────────",
            "a     some words that are longer",
            "      than the line is",
        ];
        assert_eq!(rows, expected);
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
