//! What the program prints: data to standard output, progress and complaints to standard error.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use pulsatrix::cluster::Crew;
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

/// Columns of the terminal that standard output is, if it is one.
pub fn width() -> Option<usize> {
    let (_, columns) = console::Term::stdout().size_checked()?;
    Some(usize::from(columns)).filter(|columns| *columns > 0)
}

/// Prose to standard error; that nobody reads it is no reason to stop.
pub fn say(text: &str) {
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
        Failure::BrokenPipe | Failure::Elsewhere | Failure::Differ => Value::Null,
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
        Failure::BrokenPipe | Failure::Elsewhere | Failure::Differ => return String::new(),
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
    log: Mutex<Option<Log>>,
    checkpoint: Option<PathBuf>,
    crew: Option<Arc<Crew>>,
}

/// Progress where there is no terminal: a line now and then.
struct Log {
    what: String,
    done: u64,
    total: u64,
    begun: Instant,
    /// When the last line was written.
    said: Instant,
}

/// Time between two lines of a log: some hundred lines a job of an hour.
const BETWEEN_LINES: Duration = Duration::from_secs(30);

impl Log {
    /// A line, if one is due.
    fn advance(&mut self, items: u64) -> Option<String> {
        self.done += items;
        if self.said.elapsed() < BETWEEN_LINES || self.done == 0 {
            return None;
        }
        self.said = Instant::now();
        let (done, total) = (self.done, self.total);
        let share = total.saturating_sub(done) as f64 / done as f64;
        let left = self.begun.elapsed().mul_f64(share).as_secs();
        Some(format!("{}: {done} of {total}, {left} s left", self.what))
    }
}

impl Watcher {
    /// A watcher that has seen nothing yet; `checkpoint` is where long work keeps what is done.
    pub fn new(verbosity: Verbosity, checkpoint: Option<PathBuf>) -> Self {
        Self {
            verbosity,
            bar: Mutex::new(None),
            log: Mutex::new(None),
            checkpoint,
            crew: None,
        }
    }

    /// The same for one of several ranks.
    pub fn with_crew(self, crew: Option<&Arc<Crew>>) -> Self {
        Self {
            crew: crew.map(Arc::clone),
            ..self
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

    fn log(&self) -> std::sync::MutexGuard<'_, Option<Log>> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
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
        if self.verbosity < Verbosity::Normal {
            return;
        }
        if !colours() {
            let now = Instant::now();
            *self.log() = Some(Log {
                what: what.to_owned(),
                done: 0,
                total,
                begun: now,
                said: now,
            });
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
        let line = self.log().as_mut().and_then(|log| log.advance(items));
        if let Some(line) = line {
            say(&line);
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

    fn crew(&self) -> Option<&Crew> {
        self.crew.as_deref()
    }
}
