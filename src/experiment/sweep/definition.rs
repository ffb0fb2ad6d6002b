//! A sweep as a text that can be read back.

use toml_edit::{Array, DocumentMut, Value, value};

use super::{Sampling, SweepError};
use crate::experiment::ModelFile;

/// What is asked for beside the model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Definition {
    /// Axes as texts.
    pub over: Vec<String>,
    /// How points are drawn from ranges.
    pub sampling: Option<Sampling>,
    /// Seed of the drawn points; that of the model is its own.
    pub seed: u64,
    /// Scalars of the report that are drawn; the first ones that vary, if none is named.
    pub draw: Vec<String>,
}

impl Definition {
    /// The sweep with its model, as TOML.
    pub(super) fn text(&self, model: &ModelFile) -> String {
        let mut document = DocumentMut::new();
        let list = |texts: &[String]| value(texts.iter().map(String::as_str).collect::<Array>());
        document["over"] = list(&self.over);
        match self.sampling {
            Some(Sampling::Random(count)) => document["random"] = value(count as i64),
            Some(Sampling::Latin(count)) => document["latin"] = value(count as i64),
            None => {}
        }
        document["seed"] = value(self.seed as i64);
        document["draw"] = list(&self.draw);
        document["name"] = value(model.name());
        document["origin"] = value(model.origin());
        document["model"] = value(model.text());
        document.to_string()
    }

    /// The sweep of a text, and its model.
    pub(super) fn read(text: &str) -> Result<(ModelFile, Self), SweepError> {
        let refuse = |why: &str| SweepError::Text(why.to_owned());
        let document: DocumentMut = text.parse().map_err(|_| refuse("it is not TOML"))?;
        let word = |key: &str| {
            let found = document.get(key).and_then(|item| item.as_str());
            found
                .map(str::to_owned)
                .ok_or_else(|| refuse(&format!("`{key}` is missing")))
        };
        let list = |key: &str| {
            let found = document.get(key).and_then(|item| item.as_array());
            let found = found.ok_or_else(|| refuse(&format!("`{key}` is missing")))?;
            let words = found.iter().map(Value::as_str);
            let words: Option<Vec<&str>> = words.collect();
            let words = words.ok_or_else(|| refuse(&format!("`{key}` is no list of words")))?;
            Ok::<_, SweepError>(words.into_iter().map(str::to_owned).collect())
        };
        let count = |key: &str| {
            let found = document.get(key)?.as_integer()?;
            usize::try_from(found).ok()
        };
        let definition = Self {
            over: list("over")?,
            sampling: count("random")
                .map(Sampling::Random)
                .or_else(|| count("latin").map(Sampling::Latin)),
            seed: count("seed").ok_or_else(|| refuse("`seed` is missing"))? as u64,
            draw: list("draw")?,
        };
        let model = ModelFile::from_text(&word("name")?, &word("origin")?, word("model")?)?;
        Ok((model, definition))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sweep_is_read_as_it_was_written() {
        let text = "experiment = 'equation' # \"quoted\"\n\n[solver]\ntolerance = 1e-6\n";
        let model = ModelFile::from_text("m", "folder/m.toml", text.to_owned()).unwrap();
        for sampling in [None, Some(Sampling::Random(3)), Some(Sampling::Latin(9))] {
            let definition = Definition {
                over: vec!["a.b=1:2".into(), "c=1,2".into()],
                sampling,
                seed: 12,
                draw: vec!["period.value".into()],
            };
            let (again, read) = Definition::read(&definition.text(&model)).unwrap();
            assert_eq!(
                (again.text(), again.origin()),
                (model.text(), model.origin())
            );
            assert_eq!(read, definition);
        }
        assert!(Definition::read("over = 3").is_err());
    }
}
