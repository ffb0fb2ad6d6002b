//! Mistakes of formulas as mistakes of the model file.

use super::events::EventSettings;
use super::formulas::{Formulas, within};
use super::settings::Settings;
use crate::experiment::Diagnostic;
use crate::experiment::settings::{Mistakes, Placed, Words};
use crate::language::{Source, TextError, TextErrors};

/// All of them, in their places.
pub(super) fn mistakes(settings: &Settings, errors: &TextErrors) -> Mistakes {
    let mut mistakes = Mistakes::default();
    for error in &errors.0 {
        mistakes.add(diagnostic(settings, error));
    }
    mistakes
}

fn diagnostic(settings: &Settings, error: &TextError) -> Diagnostic {
    let words = error.mistake.to_string();
    let (words, help) = match words.split_once("; did you mean ") {
        Some((words, near)) => (words.to_owned(), format!("did you mean {near}")),
        None => match words.split_once(": ") {
            Some((words, help)) => (words.to_owned(), help.to_owned()),
            None => (words, error.mistake.remedy().to_owned()),
        },
    };
    let (line, column) = error.line_column();
    let text = &error.source.text;
    let mut label = format!("column {column} of the formula");
    if text.contains('\n') {
        label = format!("line {line}, {label}");
    }
    let mut help = help;
    if error.source.part == "history" && text.is_empty() {
        label = "needs a history".into();
        help = "add a formula of `t` for it to the section `[history]`, or to `[start]`".into();
    }
    if matches!(
        error.source.part,
        "parameters" | "sizes" | "data" | "inputs"
    ) {
        label = "this name".into();
    }
    if error.source.part == "equations" && text.is_empty() {
        // there is none
        return Diagnostic::new(words)
            .at(settings.system.equations.1.bytes())
            .label("no equation here")
            .help("write one for each variable, as in `equations = { x = \"-x\" }`");
    }
    let shown = place(settings, &error.source);
    let found = Diagnostic::new(words).label(label).help(help);
    match shown {
        Some(shown) if &**shown == text.as_str() => found.at(within(shown, &error.span)),
        Some(shown) => found.at(shown.place().bytes()),
        None => found,
    }
}

/// The text that a mistake is in: a formula, or the key of one.
fn place<'s>(settings: &'s Settings, source: &Source) -> Option<&'s Words> {
    let system = &settings.system;
    let formula = |formulas: &'s Formulas| formulas.get(source);
    let named = |name: &'s Words| (**name == *source.key).then_some(name);
    match source.part {
        "equations" => formula(&system.equations),
        "functions" => formula(&system.functions),
        "history" => {
            let variable = || {
                let keys = system.equations.0.iter().map(|formula| &formula.key);
                let mut keys = keys.filter(|key| {
                    let rest = key.strip_prefix(source.key.as_str());
                    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
                });
                keys.next()
            };
            formula(&settings.history).or_else(variable)
        }
        "start" => formula(&settings.start),
        "observables" => formula(&settings.output.observables),
        "parameters" => system.parameters.0.iter().find_map(|(name, _)| named(name)),
        "sizes" => system.sizes.0.iter().find_map(|(name, _)| named(name)),
        "data" => system.data.0.iter().find_map(|(name, _)| named(name)),
        "inputs" => system.inputs.0.iter().find_map(|(name, _)| named(name)),
        "noise" => formula(&settings.noise),
        _ => {
            let event = settings
                .events
                .0
                .iter()
                .find(|(name, _)| **name == *source.key);
            event.map(|(name, event)| event.get(source).unwrap_or(name))
        }
    }
}

impl Formulas {
    fn get(&self, source: &Source) -> Option<&Words> {
        let formula = self.0.iter().find(|formula| *formula.key == *source.key)?;
        let of_key = *formula.key == *source.text && *formula.text != *source.text;
        Some(if of_key { &formula.key } else { &formula.text })
    }
}

impl EventSettings {
    fn get(&self, source: &Source) -> Option<&Words> {
        let set = self
            .set
            .0
            .iter()
            .flat_map(|formula| [&formula.key, &formula.text]);
        let emit = self.emit.iter();
        let emit = emit.flat_map(|pulse| [&pulse.target, &pulse.after, &pulse.change]);
        let mut all = self.when.iter().chain(set).chain(emit);
        all.find(|words| ***words == *source.text)
    }
}
