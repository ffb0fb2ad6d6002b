//! What rank 0 does: hand out, compute, keep, answer.

use std::collections::VecDeque;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use rayon::Scope;

use super::messages::{Answer, Request};
use super::{CrewError, State, Tasks, attempt};
use crate::cluster::LinkError;

/// Tasks and results while they are handed out.
struct Board<'a> {
    tasks: &'a dyn Tasks,
    now: Mutex<Now>,
}

struct Now {
    /// Tasks that nobody has taken.
    open: VecDeque<usize>,
    results: Vec<Option<Vec<u8>>>,
    missing: usize,
    failure: Option<CrewError>,
}

/// Hands out all tasks that have no known result.
pub(super) fn hand_out(
    state: &mut State,
    tasks: &dyn Tasks,
    slots: usize,
) -> Result<Vec<Vec<u8>>, CrewError> {
    let board = Board::new(tasks)?;
    let served = rayon::in_place_scope(|scope| {
        for _ in 0..slots {
            board.work(scope);
        }
        serve(state, &board)
    });
    served?;
    let Now {
        results, failure, ..
    } = board
        .now
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    match failure {
        Some(failure) => Err(failure),
        // None is missing, or somebody would still be waiting.
        None => Ok(results.into_iter().flatten().collect()),
    }
}

impl<'a> Board<'a> {
    fn new(tasks: &'a dyn Tasks) -> Result<Self, CrewError> {
        let refuse = |message| CrewError::Task { rank: 0, message };
        let (mut open, mut results) = (VecDeque::new(), Vec::new());
        for task in 0..tasks.count() {
            let known = tasks.known(task).map_err(refuse)?;
            match &known {
                Some(result) => tasks.finished(task, result, true).map_err(refuse)?,
                None => open.push_back(task),
            }
            results.push(known);
        }
        let now = Mutex::new(Now {
            missing: open.len(),
            open,
            results,
            failure: None,
        });
        Ok(Self { tasks, now })
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next task, if there is one and nothing has failed.
    fn take(&self) -> Option<usize> {
        let mut now = self.now();
        if now.failure.is_some() {
            return None;
        }
        now.open.pop_front()
    }

    /// A result of a rank; it is kept before anybody hears of it.
    fn put(&self, rank: usize, task: usize, result: Result<Vec<u8>, String>) {
        let kept = result.and_then(|result| {
            self.tasks.finished(task, &result, false)?;
            Ok(result)
        });
        let mut now = self.now();
        match kept {
            Ok(result) => {
                if let Some(place @ None) = now.results.get_mut(task) {
                    *place = Some(result);
                    now.missing -= 1;
                }
            }
            Err(message) => now.fail(CrewError::Task { rank, message }),
        }
    }

    /// Computes one task after the other here.
    fn work<'s>(&'s self, scope: &Scope<'s>) {
        if let Some(task) = self.take() {
            scope.spawn(move |scope| {
                self.put(0, task, attempt(self.tasks, task));
                self.work(scope);
            });
        }
    }

    /// What a rank that asks is told, and whether that is a task and whether the phase is over for it.
    fn answer(&self) -> Reply {
        let mut now = self.now();
        if now.failure.is_some() {
            return Reply::over(Answer::Stop.to_bytes(), true);
        }
        if now.missing == 0 {
            let results = now.results.iter().flatten().map(Vec::as_slice);
            return Reply::over(Answer::all(results), false);
        }
        let task = now.open.pop_front();
        Reply {
            answer: task.map_or(Answer::Wait, Answer::Task).to_bytes(),
            gives_task: task.is_some(),
            ends_phase: false,
            ends_run: false,
        }
    }
}

/// An answer, and what it means.
struct Reply {
    answer: Vec<u8>,
    gives_task: bool,
    ends_phase: bool,
    ends_run: bool,
}

impl Reply {
    fn over(answer: Vec<u8>, ends_run: bool) -> Self {
        Self {
            answer,
            gives_task: false,
            ends_phase: true,
            ends_run,
        }
    }
}

impl Now {
    /// The first failure counts.
    fn fail(&mut self, failure: CrewError) {
        self.failure.get_or_insert(failure);
    }
}

/// Answers until every other rank has all results, or has been sent away and has nothing under way.
fn serve(state: &mut State, board: &Board<'_>) -> Result<(), CrewError> {
    let ranks = state.link.ranks();
    // Who knows that this phase is over, how many tasks each has, and when it was last heard.
    let mut told = state.left.clone();
    let mut under_way = vec![0_usize; ranks];
    let mut heard = vec![Instant::now(); ranks];
    if let Some(rank) = (1..ranks).find(|rank| told[*rank]) {
        board.now().fail(CrewError::OutOfStep { rank });
    }
    for from in mem::take(&mut state.early) {
        let reply = board.answer();
        under_way[from] += usize::from(reply.gives_task);
        told[from] |= reply.ends_phase;
        state.left[from] |= reply.ends_run;
        state.link.send(from, reply.answer)?;
    }
    while (0..ranks).any(|rank| !told[rank] || under_way[rank] > 0) {
        let awaited = |rank: &usize| !told[*rank] || under_way[*rank] > 0;
        let received = state.link.receive_any();
        let lost = lost(state, &heard, &received, awaited).map(|rank| {
            state.left[rank] = true;
            let silent = heard[rank].elapsed();
            let failure = CrewError::Lost { rank, silent };
            board.now().fail(failure.clone());
            failure
        });
        let (from, message) = match (received, lost.clone()) {
            (Ok(received), _) => received,
            (Err(_), Some(failure)) => return Err(failure),
            (Err(error), None) => return Err(error.into()),
        };
        heard[from] = Instant::now();
        match Request::from_bytes(&message) {
            Some(Request::Ask { phase }) if phase == state.phase => {
                let reply = board.answer();
                under_way[from] += usize::from(reply.gives_task);
                told[from] |= reply.ends_phase;
                state.left[from] |= reply.ends_run;
                state.link.send(from, reply.answer)?;
            }
            Some(Request::Ask { phase }) if phase == state.phase + 1 && told[from] => {
                state.early.push(from);
            }
            Some(Request::Done { task, result }) => {
                under_way[from] = under_way[from].saturating_sub(1);
                board.put(from, task, Ok(result));
            }
            Some(Request::Failed { task, message }) => {
                under_way[from] = under_way[from].saturating_sub(1);
                board.put(from, task, Err(message));
            }
            Some(Request::Alive) => {}
            Some(Request::Leave { failure: None }) if told[from] => state.left[from] = true,
            Some(Request::Leave { failure }) => {
                (state.left[from], told[from], under_way[from]) = (true, true, 0);
                board.now().fail(match failure {
                    Some(message) => CrewError::Left {
                        rank: from,
                        message,
                    },
                    None => CrewError::OutOfStep { rank: from },
                });
            }
            Some(Request::Ask { .. }) | None => {
                (state.left[from], told[from], under_way[from]) = (true, true, 0);
                board.now().fail(CrewError::OutOfStep { rank: from });
                state.link.send(from, Answer::Stop.to_bytes())?;
            }
        }
        // Whoever has just asked knows by now.
        if let Some(failure) = lost {
            return Err(failure);
        }
    }
    Ok(())
}

/// A rank that must say something and has ended, or has been silent for too long.
fn lost(
    state: &State,
    heard: &[Instant],
    received: &Result<(usize, Vec<u8>), LinkError>,
    awaited: impl Fn(&usize) -> bool,
) -> Option<usize> {
    let waited_for = || (1..heard.len()).filter(&awaited);
    if received.is_err() {
        return waited_for().max_by_key(|rank| heard[*rank].elapsed());
    }
    let is_sender = |rank: usize| received.as_ref().is_ok_and(|(from, _)| *from == rank);
    waited_for().find(|rank| {
        let silent = heard[*rank].elapsed() > state.link.patience();
        !is_sender(*rank) && (silent || state.link.has_ended(*rank))
    })
}

/// Sends away whoever still asks, and waits until all have left.
pub(super) fn dismiss(state: &mut State) -> Result<(), CrewError> {
    for from in mem::take(&mut state.early) {
        state.left[from] = true;
        state.link.send(from, Answer::Stop.to_bytes())?;
    }
    while state.left.contains(&false) {
        let (from, message) = state.link.receive_any()?;
        match Request::from_bytes(&message) {
            Some(Request::Ask { .. }) => {
                state.left[from] = true;
                state.link.send(from, Answer::Stop.to_bytes())?;
            }
            Some(Request::Leave { .. }) | None => state.left[from] = true,
            Some(_) => {}
        }
    }
    Ok(())
}
