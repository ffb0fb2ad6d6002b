//! A model: where it comes from, its text, its overrides, its settings.

use std::io::Read;
use std::ops::Range;
use std::path::Path;
use std::{fs, io};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue, Deserializer};

use super::diagnostic::{nearest, quoted_list};
use super::overrides::{self, Override};
use super::{Diagnostic, ModelError, shipped_models, shipped_text};

/// The seed of a model that gives none.
pub const DEFAULT_SEED: u64 = 1;

/// Top-level keys that every kind of experiment shares.
const HEADER_KEYS: [&str; 4] = ["title", "experiment", "source", "seed"];

/// A model file with the overrides of the command line.
#[derive(Debug, Clone)]
pub struct ModelFile {
    name: String,
    origin: String,
    given: String,
    text: String,
    overrides: Vec<Override>,
}

/// What every model file says first.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Header {
    /// One line on what this model shows.
    #[serde(default)]
    pub title: String,
    /// Name of the kind of experiment.
    pub experiment: Spanned<String>,
    /// Citation of where the equation and its numbers come from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Seed of every random stream of the run.
    #[serde(default = "default_seed")]
    pub seed: u64,
}

fn default_seed() -> u64 {
    DEFAULT_SEED
}

impl ModelFile {
    /// Opens a path, a shipped name, or `-` for standard input. A file wins over a shipped name.
    ///
    /// # Errors
    /// If there is neither, or it cannot be read, or it is not TOML, or it contains a NaN.
    pub fn open(model: &str) -> Result<Self, Box<ModelError>> {
        let path = Path::new(model);
        let unreadable = |error: &io::Error| {
            let problem = Diagnostic::new(format!("cannot read the model: {error}"));
            refusal(model, problem.help("give a path, a shipped name, or `-`"))
        };
        if model == "-" {
            let mut text = String::new();
            io::stdin()
                .read_to_string(&mut text)
                .map_err(|error| unreadable(&error))?;
            return Self::from_text("stdin", "<stdin>", text);
        }
        if path.is_file() {
            let text = fs::read_to_string(path).map_err(|error| unreadable(&error))?;
            let name = path.file_stem().unwrap_or(path.as_os_str());
            return Self::from_text(&name.to_string_lossy(), model, text);
        }
        Self::open_shipped(model)
    }

    /// Opens a shipped model, whatever files there are.
    ///
    /// # Errors
    /// If none of that name is shipped.
    pub fn open_shipped(name: &str) -> Result<Self, Box<ModelError>> {
        if let Some(text) = shipped_text(name) {
            return Self::from_text(name, &format!("{name}.toml"), text.to_owned());
        }
        let shipped = shipped_models();
        let list = quoted_list(&shipped);
        let suggestion = match nearest(name, &shipped) {
            Some(near) => format!("did you mean `{near}`? "),
            None => String::new(),
        };
        let problem = Diagnostic::new(format!("there is no model `{name}`")).help(format!(
            "{suggestion}Give the path of a file, `-` for standard input, or one of {list}"
        ));
        Err(refusal(name, problem))
    }

    /// A model from its text: `name` names its run directory, `origin` its place in messages.
    ///
    /// # Errors
    /// If the text is not TOML, or contains a NaN.
    pub fn from_text(name: &str, origin: &str, text: String) -> Result<Self, Box<ModelError>> {
        let model = Self {
            name: name.to_owned(),
            origin: origin.to_owned(),
            given: text.clone(),
            text,
            overrides: Vec::new(),
        };
        model.check()?;
        Ok(model)
    }

    /// Applies one `key=value`; the value is TOML, or else a text without quotes.
    ///
    /// # Errors
    /// If it is no assignment to a single value, or the value is NaN.
    pub fn set(&mut self, assignment: &str) -> Result<(), Box<ModelError>> {
        let (text, edit) =
            overrides::apply(&self.text, assignment).map_err(|problem| self.error(problem))?;
        self.text = text;
        self.overrides.push(edit);
        self.check()
    }

    /// Name without folder and extension; `stdin` for standard input.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the model is called in messages.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The text as it was given, before any override.
    #[must_use]
    pub fn given(&self) -> &str {
        &self.given
    }

    /// The text with the overrides applied; every span counts its bytes.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The keys that every kind shares.
    ///
    /// # Errors
    /// If one of them has a wrong type or `experiment` is missing.
    pub fn header(&self) -> Result<Header, Diagnostic> {
        let root = self.parse()?;
        let whole = root.span();
        Header::deserialize(Deserializer::from(root)).map_err(|error| {
            let problem = Diagnostic::from_toml(&error);
            if problem.span == Some(whole) || problem.span.is_none() {
                let kinds: Vec<&str> = super::kinds().iter().map(|kind| kind.name).collect();
                let help = format!("add `experiment = ...` at the top: {}", quoted_list(&kinds));
                return Diagnostic::new("the key `experiment` is missing").help(help);
            }
            problem
        })
    }

    /// The settings of a kind: everything but the keys that all kinds share.
    ///
    /// `T` holds one field a section, and denies unknown fields in itself and in its sections.
    ///
    /// # Errors
    /// For unknown, missing and mistyped keys, with their places.
    pub fn settings<T: DeserializeOwned>(&self) -> Result<T, Diagnostic> {
        let mut root = self.parse()?;
        let whole = root.span();
        let experiment = root.get_ref().get("experiment").map_or(0..0, Spanned::span);
        for key in HEADER_KEYS {
            root.get_mut().remove(key);
        }
        let top: Vec<Range<usize>> = root.get_ref().keys().map(Spanned::span).collect();
        T::deserialize(Deserializer::from(root)).map_err(|error| {
            let mut problem = Diagnostic::from_toml(&error);
            let message = problem.message.clone();
            let word = message.split('`').nth(1).unwrap_or_default();
            let place = problem.span.clone();
            if place.as_ref().is_none_or(|place| *place == whole) {
                return problem
                    .at(experiment)
                    .label(format!("this experiment needs `{word}`"))
                    .help(format!("add a section `[{word}]`"));
            }
            if message.starts_with("unknown key") && place.is_some_and(|place| top.contains(&place))
            {
                let own: Vec<&str> = error.message().split('`').skip(3).step_by(2).collect();
                let allowed: Vec<&str> = HEADER_KEYS.into_iter().chain(own).collect();
                let span = problem.span.take().unwrap_or_default();
                return Diagnostic::unknown("key", word, span, &allowed);
            }
            problem
        })
    }

    /// A diagnostic with this model's text around it.
    #[must_use]
    pub fn error(&self, diagnostic: Diagnostic) -> Box<ModelError> {
        let set = diagnostic.span.as_ref().and_then(|span| {
            let root = DeTable::parse(&self.text).ok()?;
            let wrote = |edit: &&Override| edit.wrote(root.get_ref(), span);
            let edit = self.overrides.iter().rev().find(wrote)?;
            Some(edit.assignment.clone())
        });
        Box::new(ModelError {
            origin: self.origin.clone(),
            text: self.text.clone(),
            diagnostic,
            set,
        })
    }

    fn parse(&self) -> Result<Spanned<DeTable<'_>>, Diagnostic> {
        DeTable::parse(&self.text).map_err(|error| {
            let problem = Diagnostic::from_toml(&error);
            if problem.span.is_some() {
                return problem;
            }
            problem.at(broken_line(&self.text))
        })
    }

    fn check(&self) -> Result<(), Box<ModelError>> {
        let root = self.parse().map_err(|problem| self.error(problem))?;
        root.get_ref()
            .values()
            .try_for_each(no_nan)
            .map_err(|problem| self.error(problem))
    }
}

/// The line from which on no beginning of a text is TOML: where something was left open.
fn broken_line(text: &str) -> Range<usize> {
    let mut sound = 0;
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        end += line.len();
        if text
            .get(..end)
            .is_some_and(|head| DeTable::parse(head).is_ok())
        {
            sound = end;
        }
    }
    let rest = &text[sound..];
    let first = sound + rest.len() - rest.trim_start().len();
    let length = text[first..].lines().next().map_or(0, str::len);
    first..first + length
}

fn refusal(origin: &str, diagnostic: Diagnostic) -> Box<ModelError> {
    Box::new(ModelError {
        origin: origin.to_owned(),
        text: String::new(),
        diagnostic,
        set: None,
    })
}

/// No number of a model may be NaN: it would spread silently.
fn no_nan(value: &Spanned<DeValue<'_>>) -> Result<(), Diagnostic> {
    match value.get_ref() {
        DeValue::Float(number) if number.as_str().ends_with("nan") => {
            Err(Diagnostic::new("NaN is not a value that a model can have")
                .at(value.span())
                .label("not a number")
                .help("give a number, or remove the key to get its default"))
        }
        DeValue::Array(list) => list.iter().try_for_each(no_nan),
        DeValue::Table(table) => table.values().try_for_each(no_nan),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Settings {
        solver: Solver,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Solver {
        tolerance: Spanned<f64>,
    }

    fn model(text: &str) -> ModelFile {
        ModelFile::from_text("test", "test.toml", text.to_owned()).unwrap()
    }

    fn failure(text: &str) -> Box<ModelError> {
        let model = model(text);
        model.error(model.settings::<Settings>().unwrap_err())
    }

    #[test]
    fn settings_keep_their_places() {
        let model = model("experiment = 'x'\n[solver]\ntolerance = 1e-6\n");
        let settings: Settings = model.settings().unwrap();
        assert_eq!(&model.text()[settings.solver.tolerance.span()], "1e-6");
        assert_eq!(model.header().unwrap().seed, DEFAULT_SEED);
    }

    #[test]
    fn syntax_duplicates_and_nan_have_places() {
        for (text, place) in [
            ("a = 1\nb = = 2\n", "test.toml:2:5"),
            ("a = 1\na = 2\n", "test.toml:2:1"),
            ("a = 1\n\n[b\nc = 1\n", "test.toml:3:1"),
            ("a = 1\nb = [1,\n2", "test.toml:2:1"),
            ("a = 1\nb =\n", "test.toml:2:1"),
            ("a = 1\nb = [1, nan]\n", "test.toml:2:9"),
            ("[a]\nb = -nan\n", "test.toml:2:5"),
        ] {
            let found = ModelFile::from_text("test", "test.toml", text.into()).unwrap_err();
            assert_eq!(found.place(), place, "{found}");
            assert!(!found.diagnostic.help.is_empty());
        }
    }

    #[test]
    fn unknown_keys_list_the_allowed_ones() {
        let found = failure("experiment = 'x'\n[solver]\ntolerence = 1\n");
        assert_eq!(found.place(), "test.toml:3:1");
        assert!(found.diagnostic.help.contains("did you mean `tolerance`"));
        let found = failure("experiment = 'x'\nseeed = 1\n[solver]\ntolerance = 1\n");
        assert_eq!(found.place(), "test.toml:2:1");
        assert!(found.diagnostic.help.contains("did you mean `seed`"));
        assert!(found.diagnostic.help.contains("`solver`"));
    }

    #[test]
    fn missing_keys_point_at_their_section() {
        let found = failure("experiment = 'x'\n[solver]\n");
        assert_eq!(found.line_column().unwrap().0, 2, "{found}");
        assert!(found.to_string().contains("`tolerance` is missing"));
        let found = failure("title = 'y'\nexperiment = 'x'\n");
        assert_eq!(found.place(), "test.toml:2:14");
        assert!(found.diagnostic.help.contains("[solver]"), "{found}");
    }

    #[test]
    fn an_error_in_an_override_says_so() {
        let mut model = model("experiment = 'x'\n[solver]\ntolerance = 1\n");
        model.set("solver.tolerance=tight").unwrap();
        let found = model.error(model.settings::<Settings>().unwrap_err());
        assert_eq!(found.set.as_deref(), Some("solver.tolerance=tight"));
        assert_eq!(found.place(), "test.toml:3:13");
        let mut other = model.clone();
        other.set("solver.tolerance=1").unwrap();
        other.set("solvr.tolerance=1").unwrap();
        let found = other.error(other.settings::<Settings>().unwrap_err());
        assert_eq!(found.set.as_deref(), Some("solvr.tolerance=1"));
        let found = model.set("solver.tolerance=nan").unwrap_err();
        assert_eq!(found.set.as_deref(), Some("solver.tolerance=nan"));
    }

    #[test]
    fn an_unknown_model_lists_the_shipped_ones() {
        let found = ModelFile::open("hutchinsn").unwrap_err();
        assert!(found.diagnostic.help.contains("did you mean `hutchinson`"));
    }
}
