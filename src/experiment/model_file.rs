//! A model: where it comes from, its text, its overrides, its settings.

use std::io::Read;
use std::ops::Range;
use std::path::Path;
use std::{fs, io};

use toml_edit::{Document, Item, TomlError, Value};

use super::diagnostic::{nearest, quoted_list};
use super::overrides::{self, Override};
use super::settings::{Mistakes, Opened, Place, Section, Words, settings};
use super::{Diagnostic, ModelError, Problem, shipped_models, shipped_text};

/// The seed of a model that gives none.
pub const DEFAULT_SEED: u64 = 1;

/// A model file with the overrides of the command line.
#[derive(Debug, Clone)]
pub struct ModelFile {
    name: String,
    origin: String,
    given: String,
    text: String,
    overrides: Vec<Override>,
}

settings! {
    /// What every model file says first.
    pub struct Header {
        /// One line on what this model shows.
        pub title: Words = "",
        /// Name of the kind of experiment.
        pub experiment: Words,
        /// Citation of where the equation and its numbers come from.
        pub source: Option<Words>,
        /// Seed of every random stream of the run.
        pub seed: u64 = DEFAULT_SEED,
    }
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
        if path.is_dir() {
            let resolved = path.join("resolved.toml");
            let help = if resolved.is_file() {
                format!(
                    "it is the folder of a run: give its model, {}",
                    resolved.display()
                )
            } else {
                "give the path of a file in it".to_owned()
            };
            let problem = Diagnostic::new(format!("{model} is a folder, and no model"));
            return Err(refusal(model, problem.help(help)));
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
        // seventy names on one line would hide the nearest of them
        let help = match nearest(name, &shipped_models()) {
            Some(near) => format!("did you mean `{near}`? `simulate models` lists what is shipped"),
            None => "give the path of a file, `-` for standard input, or a shipped name, as `simulate models` lists them".to_owned(),
        };
        let problem = Diagnostic::new(format!("there is no model `{name}`")).help(help);
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

    /// What stands under a key like `network.h`, as it is written there.
    #[must_use]
    pub fn value(&self, path: &str) -> Option<String> {
        let document = self.parse().ok()?;
        let mut item = document.as_item();
        for name in path.split('.') {
            item = item.get(name)?;
        }
        let value = item.as_value()?;
        self.text.get(value.span()?).map(str::to_owned)
    }

    /// The keys that every kind shares.
    ///
    /// # Errors
    /// If one of them has a wrong type or `experiment` is missing.
    pub fn header(&self) -> Result<Header, Mistakes> {
        let document = self.parse()?;
        let table = document.as_table();
        if !table.contains_key("experiment") {
            let kinds: Vec<&str> = super::kinds().iter().map(|kind| kind.name).collect();
            let help = format!("add `experiment = ...` at the top: {}", quoted_list(&kinds));
            return Err(Diagnostic::new("the key `experiment` is missing")
                .help(help)
                .into());
        }
        read_keys(&Opened::new(table, Place::NOWHERE))
    }

    /// The sections of a study: everything but the keys that all kinds share.
    ///
    /// # Errors
    /// All unknown, missing and unsound keys, with their places.
    pub fn sections<S: Section>(&self) -> Result<S, Mistakes> {
        let document = self.parse()?;
        let table = document.as_table();
        let head = table.get("experiment").and_then(Item::span);
        let allowed = [Header::keys(), S::keys()].concat();
        let opened = Opened::new(table, head.into());
        let mut mistakes = Mistakes::default();
        opened.refuse_others(&allowed, &mut mistakes);
        match mistakes.note(read_keys(&opened)) {
            Some(sections) => mistakes.end().map(|()| sections),
            None => Err(mistakes),
        }
    }

    /// What is wrong with this model, with its text around it.
    #[must_use]
    pub fn error(&self, mistakes: impl Into<Mistakes>) -> Box<ModelError> {
        let document = Document::parse(self.text.as_str()).ok();
        let came_from = |span: &Range<usize>| {
            let root = document.as_ref()?.as_table();
            let mut overrides = self.overrides.iter().rev();
            let edit = overrides.find(|edit| edit.wrote(root, span))?;
            Some(edit.assignment.clone())
        };
        let mut mistakes = mistakes.into().into_list();
        mistakes.sort_by_key(|mistake| mistake.span.as_ref().map(|span| span.start));
        let problems = mistakes.into_iter().map(|diagnostic| Problem {
            set: diagnostic.span.as_ref().and_then(came_from),
            diagnostic,
        });
        Box::new(ModelError {
            origin: self.origin.clone(),
            problems: problems.collect(),
            text: self.text.clone(),
        })
    }

    fn parse(&self) -> Result<Document<&str>, Diagnostic> {
        Document::parse(self.text.as_str()).map_err(|error| not_toml(&error, &self.text))
    }

    fn check(&self) -> Result<(), Box<ModelError>> {
        let document = self.parse().map_err(|problem| self.error(problem))?;
        no_nan(document.as_item()).map_err(|problem| self.error(problem))
    }
}

/// The keys that a section reads, or all that is wrong with them.
fn read_keys<S: Section>(opened: &Opened<'_>) -> Result<S, Mistakes> {
    let mut mistakes = Mistakes::default();
    match S::read_keys(opened, &mut mistakes) {
        Some(section) => mistakes.end().map(|()| section),
        None => Err(mistakes),
    }
}

/// The words of the TOML reader, with a remedy.
fn not_toml(error: &TomlError, text: &str) -> Diagnostic {
    let message = error.message();
    let span = error
        .span()
        .filter(|span| !span.is_empty() && span.end <= text.trim_end().len());
    let help = if message.starts_with("duplicate key") {
        "keep one of the two"
    } else {
        "this is not TOML: one `key = value` a line, text in quotes, `[section]` in brackets"
    };
    Diagnostic::new(message)
        .at(span.unwrap_or_else(|| broken_line(text)))
        .label("here")
        .help(help)
}

/// The line from which on no beginning of a text is TOML: where something was left open.
fn broken_line(text: &str) -> Range<usize> {
    let mut sound = 0;
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        end += line.len();
        if text
            .get(..end)
            .is_some_and(|head| Document::parse(head).is_ok())
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
        problems: vec![Problem {
            diagnostic,
            set: None,
        }],
    })
}

/// No number of a model may be NaN: it would spread silently.
fn no_nan(item: &Item) -> Result<(), Diagnostic> {
    if let Some(table) = item.as_table_like() {
        return table.iter().try_for_each(|(_, item)| no_nan(item));
    }
    if let Some(tables) = item.as_array_of_tables() {
        let mut items = tables.iter().flat_map(|table| table.iter());
        return items.try_for_each(|(_, item)| no_nan(item));
    }
    item.as_value().map_or(Ok(()), no_nan_in)
}

fn no_nan_in(value: &Value) -> Result<(), Diagnostic> {
    match value {
        Value::Float(number) if number.value().is_nan() => {
            Err(Diagnostic::new("NaN is not a value that a model can have")
                .at(value.span().unwrap_or_default())
                .label("not a number")
                .help("give a number, or remove the key to get its default"))
        }
        Value::Array(list) => list.iter().try_for_each(no_nan_in),
        Value::InlineTable(table) => table.iter().try_for_each(|(_, value)| no_nan_in(value)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::settings::{Count, Placed, Positive};

    settings! {
        struct Settings {
            solver: Solver,
        }

        struct Solver {
            tolerance: Positive,
            steps: Count = 10,
        }
    }

    fn model(text: &str) -> ModelFile {
        ModelFile::from_text("test", "test.toml", text.to_owned()).unwrap()
    }

    fn place(error: &ModelError) -> String {
        error.place(&error.problems[0])
    }

    fn failure(text: &str) -> Box<ModelError> {
        let model = model(text);
        model.error(model.sections::<Settings>().unwrap_err())
    }

    #[test]
    fn settings_keep_their_places() {
        let model = model("experiment = 'x'\n[solver]\ntolerance = 1e-6\n");
        let settings: Settings = model.sections().unwrap();
        let place = settings.solver.tolerance.place();
        assert_eq!(&model.text()[place.bytes()], "1e-6");
        assert_eq!(*settings.solver.steps, 10);
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
            assert_eq!(self::place(&found), place, "{found}");
            assert!(!found.problems[0].diagnostic.help.is_empty());
        }
    }

    #[test]
    fn unknown_keys_list_the_allowed_ones() {
        let found = failure("experiment = 'x'\n[solver]\ntolerence = 1\n");
        assert_eq!(place(&found), "test.toml:3:1");
        assert!(
            found.problems[0]
                .diagnostic
                .help
                .contains("did you mean `tolerance`")
        );
        let found = failure("experiment = 'x'\nseeed = 1\n[solver]\ntolerance = 1\n");
        assert_eq!(place(&found), "test.toml:2:1");
        assert!(
            found.problems[0]
                .diagnostic
                .help
                .contains("did you mean `seed`")
        );
        assert!(found.problems[0].diagnostic.help.contains("`solver`"));
    }

    #[test]
    fn all_mistakes_are_reported_at_once_from_top_to_bottom() {
        let text = "experiment = 'x'\nseed = -1\n[solver]\ntolerance = 0\nsteps = 1.5\nspeed = 1\n";
        let found = failure(text);
        let places: Vec<String> = found.problems.iter().map(|p| found.place(p)).collect();
        let expected = [
            "test.toml:2:8",
            "test.toml:4:13",
            "test.toml:5:9",
            "test.toml:6:1",
        ];
        assert_eq!(places[..], expected[1..], "{found}");
        assert!(found.to_string().contains("positive and finite"), "{found}");
    }

    #[test]
    fn missing_keys_point_at_their_section() {
        let found = failure("experiment = 'x'\n[solver]\n");
        assert_eq!(
            found.line_column(&found.problems[0]).unwrap().0,
            2,
            "{found}"
        );
        assert!(found.to_string().contains("`tolerance` is missing"));
        let found = failure("title = 'y'\nexperiment = 'x'\n");
        assert_eq!(place(&found), "test.toml:2:14");
        assert!(
            found.problems[0].diagnostic.help.contains("[solver]"),
            "{found}"
        );
    }

    #[test]
    fn an_error_in_an_override_says_so() {
        let mut model = model("experiment = 'x'\n[solver]\ntolerance = 1\n");
        model.set("solver.tolerance=tight").unwrap();
        let found = model.error(model.sections::<Settings>().unwrap_err());
        assert_eq!(
            found.problems[0].set.as_deref(),
            Some("solver.tolerance=tight")
        );
        assert_eq!(place(&found), "test.toml:3:13");
        let mut other = model.clone();
        other.set("solver.tolerance=1").unwrap();
        other.set("solvr.tolerance=1").unwrap();
        let found = other.error(other.sections::<Settings>().unwrap_err());
        assert_eq!(found.problems[0].set.as_deref(), Some("solvr.tolerance=1"));
        let found = model.set("solver.tolerance=nan").unwrap_err();
        assert_eq!(
            found.problems[0].set.as_deref(),
            Some("solver.tolerance=nan")
        );
    }

    #[test]
    fn an_unknown_model_lists_the_shipped_ones() {
        let found = ModelFile::open("hutchinsn").unwrap_err();
        assert!(
            found.problems[0]
                .diagnostic
                .help
                .contains("did you mean `hutchinson`")
        );
    }
}
