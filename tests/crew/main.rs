//! Independent work, shared out among ranks that are threads.

#![cfg(feature = "experiment")]
#![allow(clippy::unwrap_used)]

mod together;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use pulsatrix::cluster::{Communicator, Crew, CrewError, LinkError, Tasks, Threads};
use pulsatrix::experiment::{ModelFile, Progress, RunError, Silent, read};

const LONG: Duration = Duration::from_secs(60);

/// More tasks of a millisecond than a machine that is busy with other things could finish unnoticed.
const MANY: usize = 100_000;

/// Squares of numbers, some of which are known, or fail, or take long.
#[derive(Default)]
struct Squares {
    count: usize,
    known: Vec<usize>,
    failing: Option<usize>,
    pause: Duration,
    computed: AtomicUsize,
    finished: AtomicUsize,
}

impl Tasks for Squares {
    fn count(&self) -> usize {
        self.count
    }

    fn known(&self, task: usize) -> Result<Option<Vec<u8>>, String> {
        Ok(self.known.contains(&task).then(|| square(task)))
    }

    fn compute(&self, task: usize) -> Result<Vec<u8>, String> {
        self.computed.fetch_add(1, Ordering::SeqCst);
        thread::sleep(self.pause);
        match self.failing {
            Some(failing) if failing == task => Err(format!("no square of {task}")),
            _ => Ok(square(task)),
        }
    }

    fn finished(&self, task: usize, result: &[u8], known: bool) -> Result<(), String> {
        assert_eq!(result, square(task));
        assert_eq!(known, self.known.contains(&task));
        self.finished.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

fn square(task: usize) -> Vec<u8> {
    (task * task).to_string().into_bytes()
}

/// What `work` gives on every rank.
fn on_ranks<R: Send>(ranks: usize, patience: Duration, work: impl Fn(Crew) -> R + Sync) -> Vec<R> {
    on_links(Threads::linked(ranks, patience), work)
}

fn on_links<R: Send>(
    links: Vec<impl Communicator + 'static>,
    work: impl Fn(Crew) -> R + Sync,
) -> Vec<R> {
    thread::scope(|scope| {
        let started = links
            .into_iter()
            .map(|link| scope.spawn(|| work(Crew::new(link))));
        let started: Vec<_> = started.collect();
        started
            .into_iter()
            .map(|rank| rank.join().unwrap())
            .collect()
    })
}

#[test]
fn every_task_is_computed_once_and_every_rank_gets_all_results() {
    for ranks in 1..=4 {
        for count in [0, 1, 50] {
            let tasks = Squares {
                count,
                known: vec![3, 4],
                ..Squares::default()
            };
            let expected: Vec<Vec<u8>> = (0..count).map(square).collect();
            let found = on_ranks(ranks, LONG, |crew| {
                // Twice: a crew goes from one hand-out to the next.
                let first = crew.hand_out(&tasks, 2);
                assert_eq!(crew.hand_out(&tasks, 1), first);
                let said = crew.tell(|| Ok(vec![crew.rank() as u8]));
                assert_eq!(said.unwrap(), [0], "rank 0 speaks");
                crew.leave(None).unwrap();
                first.unwrap()
            });
            assert!(
                found.iter().all(|found| *found == expected),
                "{ranks} ranks"
            );
            let fresh = (0..count)
                .filter(|task| !tasks.known.contains(task))
                .count();
            assert_eq!(tasks.computed.into_inner(), 2 * fresh);
            assert_eq!(tasks.finished.into_inner(), 2 * count);
        }
    }
}

#[test]
fn a_task_that_fails_ends_all_ranks_and_what_is_finished_is_kept() {
    let tasks = Squares {
        count: MANY,
        failing: Some(20),
        pause: Duration::from_millis(1),
        ..Squares::default()
    };
    let found = on_ranks(3, LONG, |crew| {
        let found = crew.hand_out(&tasks, 1).unwrap_err();
        crew.leave(Some("it failed")).unwrap();
        found
    });
    let CrewError::Task { message, .. } = &found[0] else {
        panic!("{}", found[0]);
    };
    assert_eq!(message, "no square of 20");
    assert!(
        found[1..].iter().all(|error| *error == CrewError::Stopped),
        "{found:?}"
    );
    let computed = tasks.computed.into_inner();
    assert_eq!(tasks.finished.into_inner(), computed - 1);
    assert!(computed < MANY);
}

/// A rank that ends after some messages.
struct Mortal {
    link: Option<Threads>,
    rank: usize,
    ranks: usize,
    left: usize,
}

impl Communicator for Mortal {
    fn rank(&self) -> usize {
        self.rank
    }

    fn ranks(&self) -> usize {
        self.ranks
    }

    fn send(&mut self, to: usize, message: Vec<u8>) -> Result<(), LinkError> {
        if self.left == 0 {
            self.link = None;
        }
        self.left = self.left.saturating_sub(1);
        self.link
            .as_mut()
            .ok_or(LinkError::Alone)?
            .send(to, message)
    }

    fn receive(&mut self, from: usize) -> Result<Vec<u8>, LinkError> {
        self.link.as_mut().ok_or(LinkError::Alone)?.receive(from)
    }

    fn receive_any(&mut self) -> Result<(usize, Vec<u8>), LinkError> {
        self.link.as_mut().ok_or(LinkError::Alone)?.receive_any()
    }

    fn patience(&self) -> Duration {
        self.link.as_ref().map_or(LONG, Communicator::patience)
    }

    fn has_ended(&self, rank: usize) -> bool {
        self.link.as_ref().is_some_and(|link| link.has_ended(rank))
    }
}

#[test]
fn a_rank_that_dies_is_named_and_what_is_finished_is_kept() {
    for (ranks, dying, messages) in [(2, 1, 0), (2, 1, 3), (3, 1, 2), (4, 3, 5)] {
        let links = Threads::linked(ranks, LONG).into_iter().enumerate();
        let links = links.map(|(rank, link)| Mortal {
            link: Some(link),
            rank,
            ranks,
            left: if rank == dying { messages } else { usize::MAX },
        });
        let tasks = Squares {
            count: MANY,
            pause: Duration::from_millis(1),
            ..Squares::default()
        };
        let found = on_links(links.collect(), |crew| {
            let found = crew.hand_out(&tasks, 1).unwrap_err();
            // The others are sent away; nobody waits for the dead.
            crew.leave(None).ok();
            found
        });
        assert!(
            matches!(found[0], CrewError::Lost { rank, .. } if rank == dying),
            "{ranks} {messages}: {:?}",
            found[0]
        );
        assert!(found[0].to_string().contains(&format!("rank {dying} ")));
        let finished = tasks.finished.into_inner();
        assert!(finished > 0 && finished < MANY);
    }
}

#[test]
fn a_rank_that_says_nothing_is_named_and_one_that_works_for_long_is_not() {
    let patience = Duration::from_secs(2);
    let tasks = Squares {
        count: 2,
        pause: 2 * patience,
        ..Squares::default()
    };
    let found = on_ranks(2, patience, |crew| crew.hand_out(&tasks, 1));
    assert!(found.iter().all(Result::is_ok), "{found:?}");
    let silent = on_ranks(2, patience, |crew| match crew.rank() {
        0 => crew.hand_out(&tasks, 1).unwrap_err(),
        _ => {
            thread::sleep(2 * patience);
            CrewError::Stopped
        }
    });
    assert!(
        matches!(silent[0], CrewError::Lost { rank: 1, .. }),
        "{silent:?}"
    );
}

#[test]
fn ranks_that_do_different_things_are_told_apart() {
    let tasks = Squares {
        count: 3,
        ..Squares::default()
    };
    let found = on_ranks(2, LONG, |crew| {
        if crew.rank() == 1 {
            crew.leave(Some("the data are not there")).unwrap();
            return CrewError::Stopped;
        }
        crew.hand_out(&tasks, 1).unwrap_err()
    });
    let words = "rank 1 has left the run: the data are not there";
    assert_eq!(found[0].to_string(), words);
}

/// A run of a crew; rank 0 keeps its parts.
struct Watched<'a> {
    crew: &'a Crew,
    folder: Option<PathBuf>,
}

impl Progress for Watched<'_> {
    fn begin(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
    fn message(&self, _: &str) {}
    fn checkpoint(&self) -> Option<&Path> {
        self.folder.as_deref()
    }
    fn crew(&self) -> Option<&Crew> {
        Some(self.crew)
    }
}

fn report(model: &str, changes: &[&str], progress: &dyn Progress) -> Result<String, RunError> {
    let mut model = ModelFile::open_shipped(model).unwrap();
    for change in changes {
        model.set(change).unwrap();
    }
    let prepared = read(&model).unwrap();
    let outcome = prepared.experiment().run(progress)?;
    // Arrays are not in the report.
    Ok(format!("{}{:?}", prepared.report(&outcome), outcome.arrays))
}

#[test]
fn three_ranks_report_what_one_process_reports_and_their_parts_serve_it() {
    let models: [(&str, &[&str]); 5] = [
        (
            "group-dominance",
            &["network.neurons=4", "network.lambda=infinity"],
        ),
        (
            "memory-regions",
            &["region.horizontal.points=5", "region.vertical.points=4"],
        ),
        ("ntk-width", &["network.widths=[8,16]", "study.networks=3"]),
        (
            "memory-capacity",
            &[
                "capacity.neurons=[16]",
                "capacity.patterns=[1,2]",
                "capacity.cues=5",
            ],
        ),
        (
            "mackey-glass-stability",
            &[
                "sweep.points=3",
                "lyapunov.duration=200",
                "lyapunov.transient=50",
            ],
        ),
    ];
    for (model, changes) in models {
        let alone = report(model, changes, &Silent).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let on_three = || {
            on_ranks(3, LONG, |crew| {
                let folder = (crew.rank() == 0).then(|| folder.path().to_owned());
                let progress = Watched {
                    crew: &crew,
                    folder,
                };
                let found = report(model, changes, &progress).unwrap();
                crew.leave(None).unwrap();
                found
            })
        };
        assert!(on_three().iter().all(|found| *found == alone), "{model}");
        let parts = std::fs::read_dir(folder.path()).unwrap().count();
        assert!(parts > 0, "{model} shares nothing");
        // From the parts that were kept.
        assert!(on_three().iter().all(|found| *found == alone), "{model}");
    }
}
