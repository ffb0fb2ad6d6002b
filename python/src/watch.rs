//! Long work on a thread of its own, while the thread of Python listens for Ctrl-C and shows progress.
//!
//! Work stops where it tells of its progress: [`Watch::check`] unwinds there. Files of runs appear whole or not at
//! all, so that it may stop anywhere.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use pulsatrix::experiment::Progress;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

/// How often signals are looked at: below what a person notices.
const LOOK: Duration = Duration::from_millis(50);

/// How long an interrupted call waits for its work to stop; work that tells nothing for longer goes on unheard to its end.
const PATIENCE: Duration = Duration::from_secs(2);

/// Stack of the thread: that of a main thread, for which the crate is tested.
const STACK: usize = 8 << 20;

/// The process in which threads may have been started to share work; 0 before.
static THREADS_OF: AtomicU32 = AtomicU32::new(0);

/// Refuses work that is shared by threads in a process that was forked from one which had them: a fork does not take threads
/// along, and would wait for them for ever.
fn check_fork() -> PyResult<()> {
    let here = process::id();
    let first = THREADS_OF.compare_exchange(0, here, Ordering::Relaxed, Ordering::Relaxed);
    match first {
        Err(other) if other != here => Err(PyRuntimeError::new_err(
            "this process was forked after pulsatrix had started its threads, which a fork does not take along: start processes \
             by multiprocessing.get_context(\"spawn\"), or use pulsatrix in the forked ones alone",
        )),
        _ => Ok(()),
    }
}

/// What unwinds through work that is to stop.
struct Stopped;

enum News {
    Begin(String, u64),
    Advance(u64),
    Message(String),
}

/// What work is told by, and tells.
pub struct Watch {
    stop: Arc<AtomicBool>,
    news: Option<Sender<News>>,
    /// Held for its end: that it is gone says that the work is done.
    _done: Sender<News>,
}

impl Watch {
    /// Goes no further if the caller has stopped listening.
    pub fn check(&self) {
        if self.stop.load(Ordering::Relaxed) {
            resume_unwind(Box::new(Stopped));
        }
    }

    /// A stage of `total` items begins.
    pub fn begin(&self, what: &str, total: u64) {
        self.check();
        self.tell(|| News::Begin(what.to_owned(), total));
    }

    /// `items` more of it are done.
    pub fn advance(&self, items: u64) {
        self.check();
        if items > 0 {
            self.tell(|| News::Advance(items));
        }
    }

    fn tell(&self, news: impl FnOnce() -> News) {
        if let Some(sender) = &self.news {
            // Nobody listens any more: the next check says so.
            let _ = sender.send(news());
        }
    }

    /// The same as the crate's runs tell it, with a folder for parts that are done.
    pub fn progress(&self, checkpoint: Option<PathBuf>) -> Told<'_> {
        Told {
            watch: self,
            checkpoint,
        }
    }
}

/// A [`Watch`] as a run of the crate sees it.
pub struct Told<'a> {
    watch: &'a Watch,
    checkpoint: Option<PathBuf>,
}

impl Progress for Told<'_> {
    fn begin(&self, what: &str, total: u64) {
        self.watch.begin(what, total);
    }

    fn advance(&self, items: u64) {
        self.watch.advance(items);
    }

    fn message(&self, line: &str) {
        self.watch.check();
        self.watch.tell(|| News::Message(line.to_owned()));
    }

    fn checkpoint(&self) -> Option<&Path> {
        self.checkpoint.as_deref()
    }
}

/// How far a stage is, for the callback.
#[derive(Default)]
struct Stage {
    what: String,
    done: u64,
    total: u64,
}

impl Stage {
    /// Takes news, and calls back for the last state of every stage among them.
    fn hear(
        &mut self,
        progress: Option<&Bound<'_, PyAny>>,
        all: impl Iterator<Item = News>,
    ) -> PyResult<()> {
        let mut told = false;
        for news in all {
            if told && matches!(news, News::Begin(..)) {
                self.show(progress)?;
            }
            match news {
                News::Begin(what, total) => {
                    *self = Self {
                        what,
                        done: 0,
                        total,
                    }
                }
                News::Advance(items) => self.done += items,
                News::Message(line) => self.what = line,
            }
            told = true;
        }
        if told { self.show(progress) } else { Ok(()) }
    }

    fn show(&self, progress: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let shown = (self.what.as_str(), self.done, self.total);
        progress.map_or(Ok(()), |callback| callback.call1(shown).map(|_| ()))
    }
}

/// Does `work` without the GIL; `progress(what, done, total)` is called as it goes on.
///
/// # Errors
/// `KeyboardInterrupt`, what the callback raises, a fault of the crate, and a process that was forked too late.
pub fn watched<T: Send + 'static>(
    py: Python<'_>,
    progress: Option<&Bound<'_, PyAny>>,
    work: impl FnOnce(&Watch) -> T + Send + 'static,
) -> PyResult<T> {
    check_fork()?;
    watched_alone(py, progress, work)
}

/// The same for work of one thread, which any process can do.
pub fn watched_alone<T: Send + 'static>(
    py: Python<'_>,
    progress: Option<&Bound<'_, PyAny>>,
    work: impl FnOnce(&Watch) -> T + Send + 'static,
) -> PyResult<T> {
    let (sender, mut receiver) = mpsc::channel();
    let stop = Arc::new(AtomicBool::new(false));
    let watch = Watch {
        stop: Arc::clone(&stop),
        news: progress.map(|_| sender.clone()),
        _done: sender,
    };
    let worker = thread::Builder::new()
        .name("pulsatrix".into())
        .stack_size(STACK)
        .spawn(move || catch_unwind(AssertUnwindSafe(|| work(&watch))))?;
    let mut stage = Stage::default();
    loop {
        let heard;
        (receiver, heard) = py.detach(move || {
            let heard = receiver.recv_timeout(LOOK);
            (receiver, heard)
        });
        let news = match heard {
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => None,
            Ok(news) => Some(news),
        };
        let shown = stage.hear(progress, news.into_iter().chain(receiver.try_iter()));
        if let Err(error) = shown.and_then(|()| py.check_signals()) {
            stop.store(true, Ordering::Relaxed);
            py.detach(|| wait(&worker));
            return Err(error);
        }
    }
    let joined = py.detach(|| worker.join());
    joined
        .and_then(|result| result)
        .map_err(|panic| fault(&*panic))
}

fn wait<T>(worker: &JoinHandle<T>) {
    let begin = Instant::now();
    while !worker.is_finished() && begin.elapsed() < PATIENCE {
        thread::sleep(Duration::from_millis(1));
    }
}

/// A panic is a fault of ours; its place stands on standard error.
fn fault(panic: &(dyn std::any::Any + Send)) -> PyErr {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    let text = text.unwrap_or("no reason given");
    PyRuntimeError::new_err(format!("a fault of pulsatrix, please report it: {text}"))
}
