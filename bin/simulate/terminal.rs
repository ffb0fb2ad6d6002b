//! What the program prints: data to standard output, progress and complaints to standard error.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use pulsatrix::experiment::{ModelError, Problem, Progress};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::options::Format;

/// How much prose goes to standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Errors only.
    Quiet,
    /// Where the results are kept.
    Brief,
    /// What runs and where it is kept.
    Normal,
    /// Everything.
    Verbose,
}

/// Data to standard output.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    output.write_all(text.as_bytes())?;
    Ok(output.flush()?)
}

/// Prose to standard error; that nobody reads it is no reason to stop.
fn say(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// The last words of a program that is stopped from outside; the exit code is that of shells.
pub fn interrupted(words: &str) {
    say(&format!("\n{words}"));
    std::process::exit(130);
}

/// Colours and bars: on a terminal, unless `NO_COLOR` is set.
fn colours() -> bool {
    let unset = |name: &str| std::env::var_os(name).is_none_or(|value| value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    io::stderr().is_terminal() && unset("NO_COLOR") && !dumb
}

/// The error on standard error, in the form asked for.
pub fn complain(failure: &Failure, format: Format) {
    match format {
        Format::Json => say(&json!({ "error": as_json(failure) }).to_string()),
        Format::Text => say(&as_text(failure)),
    }
}

fn as_json(failure: &Failure) -> Value {
    match failure {
        Failure::Model(error) => error.to_json(),
        Failure::Usage(message, help) => json!({ "message": message, "help": help }),
        Failure::Run(error, kept) => json!({ "message": error.to_string(), "kept": kept }),
        Failure::Write(message) => json!({ "message": message }),
        Failure::BrokenPipe => Value::Null,
    }
}

fn as_text(failure: &Failure) -> String {
    let (message, remarks) = match failure {
        Failure::Model(error) => return pointed(error),
        Failure::Usage(message, help) => (message.clone(), Some(help.clone())),
        Failure::Run(error, kept) => {
            let kept = kept
                .as_ref()
                .map(|kept| format!("the settings are kept in {kept}"));
            (error.to_string(), kept)
        }
        Failure::Write(message) => (message.clone(), None),
        Failure::BrokenPipe => return String::new(),
    };
    let group = Level::ERROR.primary_title(message);
    let group = group.elements(remarks.map(|remark| Level::HELP.message(remark)));
    renderer().render(&[group])
}

/// Every message, with the line of the model that is at fault, and the remedy.
fn pointed(error: &ModelError) -> String {
    let problems = error.problems.iter().map(|problem| point(error, problem));
    problems.collect::<Vec<_>>().join("\n\n")
}

fn point(error: &ModelError, problem: &Problem) -> String {
    let diagnostic = &problem.diagnostic;
    let title = Level::ERROR.primary_title(diagnostic.message.as_str());
    let snippet = diagnostic.span.as_ref().map(|span| {
        let length = error.text.len();
        let span = span.start.min(length)..span.end.min(length);
        let mark = AnnotationKind::Primary
            .span(span)
            .label(diagnostic.label.as_str());
        Snippet::source(error.text.as_str())
            .path(error.origin.as_str())
            .annotation(mark)
    });
    let note = problem.note().map(|note| Level::NOTE.message(note));
    let help = (!diagnostic.help.is_empty()).then(|| Level::HELP.message(diagnostic.help.as_str()));
    let group = title.elements(snippet).elements(note).elements(help);
    renderer().render(&[group])
}

fn renderer() -> Renderer {
    let renderer = if colours() {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    renderer.decor_style(DecorStyle::Ascii)
}

/// Shows progress on standard error.
pub struct Watcher {
    verbosity: Verbosity,
    bar: Mutex<Option<ProgressBar>>,
    checkpoint: Option<PathBuf>,
}

impl Watcher {
    /// A watcher that has seen nothing yet; `checkpoint` is where long work keeps what is done.
    pub fn new(verbosity: Verbosity, checkpoint: Option<PathBuf>) -> Self {
        let bar = Mutex::new(None);
        Self {
            verbosity,
            bar,
            checkpoint,
        }
    }

    /// A line of prose, unless quiet.
    pub fn note(&self, line: &str) {
        if self.verbosity >= Verbosity::Normal {
            self.suspended(line);
        }
    }

    /// Where the results are, unless quiet.
    pub fn kept(&self, place: &str, elapsed: Duration) {
        if self.verbosity >= Verbosity::Brief {
            self.suspended(&format!("kept in {place} ({:.2} s)", elapsed.as_secs_f64()));
        }
    }

    /// The run is over: the bar disappears.
    pub fn finish(&self) {
        if let Some(bar) = self.bar().take() {
            bar.finish_and_clear();
        }
    }

    fn bar(&self) -> std::sync::MutexGuard<'_, Option<ProgressBar>> {
        self.bar.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn suspended(&self, line: &str) {
        match &*self.bar() {
            Some(bar) => bar.suspend(|| say(line)),
            None => say(line),
        }
    }
}

impl Progress for Watcher {
    fn begin(&self, what: &str, total: u64) {
        self.finish();
        if self.verbosity < Verbosity::Normal || !colours() {
            return;
        }
        let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}");
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
        let bar = bar.with_message(what.to_owned());
        *self.bar() = Some(match style {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        });
    }

    fn advance(&self, items: u64) {
        if let Some(bar) = &*self.bar() {
            bar.inc(items);
        }
    }

    fn message(&self, line: &str) {
        if self.verbosity == Verbosity::Verbose {
            self.suspended(line);
        }
    }

    fn checkpoint(&self) -> Option<&Path> {
        self.checkpoint.as_deref()
    }
}
