//! Looking a pattern up in the atlas that a run has kept.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use thiserror::Error;

use crate::experiment::Table;

/// Why a pattern cannot be looked up.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum QueryError {
    /// The folder holds no atlas.
    #[error(
        "{path} cannot be read: {reason}; give the folder of a finished run of `simulate atlas`"
    )]
    Unreadable {
        /// The table of patterns.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// The atlas does not know the pattern.
    #[error("the atlas has no pattern `{pattern}`; its patterns look like `{example}`")]
    Unknown {
        /// The pattern asked for.
        pattern: String,
        /// One that there is.
        example: String,
    },
}

/// The rows of the given `patterns` (`"1011"`, neuron 1 first) in the atlas of a run: period, silent
/// maximum, multipliers, verdict and the rest of `patterns.csv`, one row for each engine.
///
/// The file is read once, line by line, and never held as a whole; a million patterns take about a second.
///
/// # Errors
/// [`QueryError`] if there is no atlas, or not that pattern.
pub fn query_atlas(folder: &Path, patterns: &[String]) -> Result<Table, QueryError> {
    let path = folder.join("patterns.csv");
    let unreadable = |reason: String| QueryError::Unreadable {
        path: path.display().to_string(),
        reason,
    };
    let file = File::open(&path).map_err(|error| unreadable(error.to_string()))?;
    let mut lines = BufReader::new(file).lines();
    let mut next = || lines.next().transpose();
    let heads = next().map_err(|error| unreadable(error.to_string()))?;
    let heads = fields(&heads.unwrap_or_default());
    if heads.first().map(String::as_str) != Some("pattern") {
        return Err(unreadable("it is not a table of patterns".into()));
    }
    let mut found: Vec<Vec<Vec<String>>> = vec![Vec::new(); patterns.len()];
    let mut example = String::new();
    while let Some(line) = next().map_err(|error| unreadable(error.to_string()))? {
        let name = line.split(',').next().unwrap_or_default();
        if example.is_empty() {
            name.clone_into(&mut example);
        }
        for (wanted, rows) in patterns.iter().zip(&mut found) {
            if wanted == name {
                rows.push(fields(&line));
            }
        }
    }
    // names and patterns are no numbers, though `0110` reads like one
    let texts = ["pattern", "settles_in", "multipliers", "failure"];
    let is_text: Vec<bool> = heads.iter().map(|h| texts.contains(&h.as_str())).collect();
    let mut table = Table::new(heads);
    for (pattern, rows) in patterns.iter().zip(found) {
        if rows.is_empty() {
            return Err(QueryError::Unknown {
                pattern: pattern.clone(),
                example,
            });
        }
        for row in rows {
            let cells = row.into_iter().zip(&is_text);
            table.push(cells.map(|(text, is_text)| match text.parse::<f64>() {
                _ if text.is_empty() => None::<f64>.into(),
                Ok(value) if !is_text => value.into(),
                _ => text.into(),
            }));
        }
    }
    Ok(table)
}

/// The fields of a line of CSV.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let (mut quoted, mut letters) = (false, line.chars().peekable());
    while let Some(letter) = letters.next() {
        let last = fields.len() - 1;
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                fields[last].push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            _ => fields[last].push(letter),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_not_numbers() {
        let file = tempfile::tempdir().unwrap();
        std::fs::write(
            file.path().join("patterns.csv"),
            "pattern,settles_in,period\n1100,0110,4.5\n",
        )
        .unwrap();
        let table = query_atlas(file.path(), &["1100".into()]).unwrap();
        assert_eq!(table.to_csv().lines().last(), Some("1100,0110,4.5"));
    }

    #[test]
    fn fields_may_be_quoted() {
        assert_eq!(fields("a,,1.5"), ["a", "", "1.5"]);
        assert_eq!(fields("x,\"a, \"\"b\"\"\",y"), ["x", "a, \"b\"", "y"]);
    }
}
