//! `sweep.csv` while the sweep runs: a line a point, in the order in which they come.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::row::{Row, Rows};
use crate::experiment::{RunError, Table};

/// A table that grows.
pub(super) struct Ledger {
    path: PathBuf,
    draft: PathBuf,
    state: Mutex<State>,
}

struct State {
    rows: Rows,
    /// Names of the scalars, once a row is written.
    names: Vec<String>,
    file: Option<File>,
}

impl Ledger {
    pub fn new(folder: &Path, keys: Vec<String>) -> Self {
        Self {
            path: folder.join("sweep.csv"),
            draft: folder.join(".sweep.csv.draft"),
            state: Mutex::new(State {
                rows: Rows {
                    keys,
                    ..Rows::default()
                },
                names: Vec::new(),
                file: None,
            }),
        }
    }

    /// Appends a row. The first one, and one with scalars that none before has had, write the table anew.
    pub fn add(&self, point: usize, at: &[f64], row: &Row) -> Result<(), RunError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let failure = |error: std::io::Error| RunError::Write {
            path: self.path.display().to_string(),
            reason: error.to_string(),
        };
        let State { rows, names, file } = &mut *state;
        rows.rows.insert(point, (at.to_vec(), row.clone()));
        let known = row
            .names()
            .all(|name| names.iter().any(|known| known == name));
        if let (true, Some(file)) = (known, file.as_mut()) {
            let mut table = Table::new(Rows::heads(&rows.keys, names));
            table.push(row.cells(point, at, names));
            let text = table.to_csv();
            let line = text.split_once('\n').map_or("", |(_, line)| line);
            return file.write_all(line.as_bytes()).map_err(failure);
        }
        *names = rows.names();
        fs::write(&self.draft, rows.table().to_csv())
            .and_then(|()| fs::rename(&self.draft, &self.path))
            .map_err(failure)?;
        *file = Some(
            OpenOptions::new()
                .append(true)
                .open(&self.path)
                .map_err(failure)?,
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lines_are_appended_as_they_come() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::new(folder.path(), vec!["k".into()]);
        let text = || fs::read_to_string(folder.path().join("sweep.csv")).unwrap();
        ledger.add(2, &[1.0], &Row::of(&json!({"a": 1}))).unwrap();
        ledger.add(0, &[0.0], &Row::of(&json!({"a": 3}))).unwrap();
        assert_eq!(text(), "point,k,a,error\n2,1.0,1,\n0,0.0,3,\n");
        ledger.add(1, &[0.5], &Row::of(&json!({"b": 0.5}))).unwrap();
        ledger.add(3, &[1.5], &Row::failed("no")).unwrap();
        assert_eq!(
            text(),
            "point,k,a,b,error\n0,0.0,3,,\n1,0.5,,0.5,\n2,1.0,1,,\n3,1.5,,,no\n"
        );
    }
}
