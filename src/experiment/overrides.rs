//! `--set key=value`: edits of the model text that keep its comments and places.

use std::ops::Range;

use toml_edit::{DocumentMut, Item, Key, Table, TableLike, Value};

use super::Diagnostic;

/// One override, as given and as applied.
#[derive(Debug, Clone)]
pub(super) struct Override {
    /// `key=value` as given.
    pub assignment: String,
    /// The key, split at its dots.
    path: Vec<String>,
    /// Number of leading sections of `path` that were there before.
    existing: usize,
}

/// Applies one `key=value` to a text that is valid TOML.
///
/// The value is read as TOML; what is not TOML is taken as text, so that `experiment=atlas` needs
/// no quotes.
pub(super) fn apply(text: &str, assignment: &str) -> Result<(String, Override), Diagnostic> {
    let example = "for example `--set solver.tolerance=1e-9`";
    let refuse =
        |why: String| Diagnostic::new(format!("`--set {assignment}`: {why}")).help(example);
    let (key, value) = assignment
        .split_once('=')
        .ok_or_else(|| refuse("there is no `=`".into()))?;
    let path = Key::parse(key.trim()).map_err(|_| refuse(format!("`{key}` is not a key")))?;
    let value = value.trim();
    let value: Value = value.parse().unwrap_or_else(|_| Value::from(value));
    let mut document: DocumentMut = text
        .parse()
        .map_err(|_| refuse("the model is not valid TOML".into()))?;

    let Some((last, sections)) = path.split_last() else {
        return Err(refuse("the key is empty".into()));
    };
    let mut table: &mut dyn TableLike = document.as_table_mut();
    let mut existing = 0;
    for section in sections {
        existing += usize::from(table.contains_key(section.get()));
        table = table
            .entry(section.get())
            .or_insert_with(|| Item::Table(Table::new()))
            .as_table_like_mut()
            .ok_or_else(|| refuse(format!("`{}` is not a section", section.get())))?;
    }
    match table.get_mut(last.get()).and_then(Item::as_value_mut) {
        Some(old) => {
            let decor = old.decor().clone();
            *old = value;
            *old.decor_mut() = decor;
        }
        None => {
            table.insert(last.get(), Item::Value(value));
        }
    }
    let path = path.iter().map(|key| key.get().to_owned()).collect();
    let assignment = assignment.to_owned();
    let edit = Override {
        assignment,
        path,
        existing,
    };
    Ok((document.to_string(), edit))
}

impl Override {
    /// Whether `span` lies in a key or value that this override wrote.
    pub fn wrote(&self, root: &Table, span: &Range<usize>) -> bool {
        let inside = |place: Option<Range<usize>>| {
            place.is_some_and(|place| place.start <= span.start && span.end <= place.end)
        };
        let mut table: &dyn TableLike = root;
        for (depth, name) in self.path.iter().enumerate() {
            let Some((key, item)) = table.get_key_value(name) else {
                return false;
            };
            if depth >= self.existing && inside(key.span()) {
                return true;
            }
            match item.as_table_like() {
                Some(inner) if depth + 1 < self.path.len() => table = inner,
                _ => return inside(item.span()),
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODEL: &str =
        "experiment = 'equation'\n\n[solver] # how\ntolerance = 1e-6 # the paper's\n";

    #[test]
    fn comments_stay_and_only_the_value_changes() {
        let (text, _) = apply(MODEL, "solver.tolerance=1e-9").unwrap();
        assert_eq!(text, MODEL.replace("1e-6", "1e-9"));
    }

    #[test]
    fn words_need_no_quotes() {
        let (text, _) = apply(MODEL, "experiment=atlas").unwrap();
        assert!(text.starts_with("experiment = \"atlas\""), "{text}");
    }

    #[test]
    fn new_sections_are_made() {
        let (text, edit) = apply(MODEL, "history.value=[1, 2]").unwrap();
        assert!(text.ends_with("[history]\nvalue = [1, 2]\n"), "{text}");
        let document = toml_edit::Document::parse(text.as_str()).unwrap();
        let root = document.as_table();
        let start = text.find("[1").unwrap();
        assert!(edit.wrote(root, &(start..start + 6)));
        assert!(edit.wrote(root, &(start + 1..start + 2)));
        let section = text.find("history").unwrap();
        assert!(edit.wrote(root, &(section..section + 7)));
        assert!(!edit.wrote(root, &(0..3)));
    }

    #[test]
    fn nonsense_is_refused_with_an_example() {
        for bad in ["tolerance", "=3", "a b=3", "experiment.x=3"] {
            let found = apply(MODEL, bad).unwrap_err();
            assert!(found.help.contains("for example"), "{found:?}");
        }
    }
}
