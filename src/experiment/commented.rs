//! Model files with a comment at every key, which run as they are.

use toml_edit::{DocumentMut, Item, Table};

use super::settings::KeyAbout;
use super::{Kind, ModelFile, read, shipped_models};

/// Signs of a line of comment.
const WIDTH: usize = 100;

/// Models of kinds of which none ships, since their data are somebody's own.
const WRITTEN: &[(&str, &str)] = &[
    ("homology", include_str!("../../models/new/homology.toml")),
    (
        "network-equality",
        include_str!("../../models/new/network-equality.toml"),
    ),
];

impl Kind {
    /// The first shipped model of this kind that can be read here: its name.
    #[must_use]
    pub fn shipped(&self) -> Option<&'static str> {
        shipped_models().into_iter().find(|name| {
            let model = ModelFile::open_shipped(name);
            model.is_ok_and(|model| {
                model
                    .header()
                    .is_ok_and(|header| &*header.experiment == self.name)
                    && read(&model).is_ok()
            })
        })
    }

    /// A model of this kind in which every key stands, with its meaning, and that runs as it is: the values are those of a
    /// shipped model.
    #[must_use]
    pub fn commented(&self) -> String {
        let written = WRITTEN.iter().find(|(name, _)| *name == self.name);
        let (from, model) = match (self.shipped(), written) {
            (Some(name), _) => (
                format!("those of the shipped model `{name}`"),
                ModelFile::open_shipped(name),
            ),
            (None, Some((name, text))) => (
                "examples".to_owned(),
                ModelFile::from_text(name, "new.toml", (*text).to_owned()),
            ),
            (None, None) => return String::new(),
        };
        let resolved = model
            .and_then(|model| read(&model))
            .map(|prepared| prepared.resolved());
        let Some(mut document) = resolved
            .ok()
            .and_then(|text| text.parse::<DocumentMut>().ok())
        else {
            return String::new();
        };
        let keys = self.keys();
        explain(document.as_table_mut(), &keys);
        let head = format!(
            "{}. Every key that counts is written here, also where it has its default; the values are {from}.",
            self.summary
        );
        format!("{}\n{document}", comment(&capital(&head)))
    }
}

/// Writes the meaning of every key over it, and names the keys that are not there.
fn explain(table: &mut Table, keys: &[KeyAbout]) {
    for (mut name, item) in table.iter_mut() {
        let Some(key) = keys.iter().find(|key| key.name == name.get()) else {
            continue;
        };
        let needed = if key.needed { " Must be given." } else { "" };
        let default = key.default_text().map(|text| format!(" Default {text}."));
        let rule = key.rule.map(|rule| format!(" Must be {rule}."));
        let about = [
            key.about.as_str(),
            &rule.unwrap_or_default(),
            &default.unwrap_or_default(),
            needed,
        ]
        .concat();
        match item {
            Item::Table(inner) => {
                let more = absent(inner, &key.inner);
                inner
                    .decor_mut()
                    .set_prefix(format!("\n{}{more}", comment(&key.about)));
                explain(inner, &key.inner);
            }
            Item::ArrayOfTables(list) => {
                if let Some(first) = list.iter_mut().next() {
                    let more = absent(first, &key.inner);
                    first
                        .decor_mut()
                        .set_prefix(format!("\n{}{more}", comment(&key.about)));
                    explain(first, &key.inner);
                }
            }
            _ => name.leaf_decor_mut().set_prefix(comment(&about)),
        }
    }
}

/// The keys of a section that are not written in it.
fn absent(table: &Table, keys: &[KeyAbout]) -> String {
    let absent = keys.iter().filter(|key| !table.contains_key(key.name));
    let lines = absent.map(|key| {
        comment(&format!(
            "May also have `{}`, {}: {}",
            key.name, key.expected, key.about
        ))
    });
    lines.collect()
}

/// Lines of comment.
fn comment(text: &str) -> String {
    let mut lines = vec![String::from("#")];
    for word in text.split_whitespace() {
        let last = lines.last().map_or(0, |line| line.chars().count());
        if last > 1 && last + 1 + word.chars().count() > WIDTH {
            lines.push(String::from("#"));
        }
        if let Some(line) = lines.last_mut() {
            line.push(' ');
            line.push_str(word);
        }
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    first
        .into_iter()
        .chain([letters.as_str().to_owned()])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::kinds;

    #[test]
    fn a_new_model_of_every_kind_can_be_read_and_is_commented() {
        for kind in kinds() {
            let text = kind.commented();
            let model = ModelFile::from_text("new", "new.toml", text.clone());
            let model = model.unwrap_or_else(|error| panic!("{}: {error}\n{text}", kind.name));
            let prepared =
                read(&model).unwrap_or_else(|error| panic!("{}: {error}\n{text}", kind.name));
            assert_eq!(prepared.kind().name, kind.name);
            assert!(
                text.starts_with("# ") && text.matches("\n# ").count() > 4,
                "{text}"
            );
        }
    }
}
