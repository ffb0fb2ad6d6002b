//! What the other ranks do: ask for tasks, compute them, report.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use super::messages::{Answer, Request};
use super::{CrewError, State, Tasks, attempt};

/// An idle rank asks again after a quarter of the time that it has waited, within these bounds: the end of a phase costs
/// little then, and so does asking.
const SHORTEST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_millis(250);

/// Takes part until rank 0 says that all is finished.
pub(super) fn hand_out(
    state: &mut State,
    tasks: &dyn Tasks,
    slots: usize,
) -> Result<Vec<Vec<u8>>, CrewError> {
    let rank = state.link.rank();
    if state.left[rank] {
        return Err(CrewError::Stopped);
    }
    let (report, reports) = channel();
    let sign_of_life = state.link.patience() / 4;
    rayon::in_place_scope(|scope| {
        let mut running = 0;
        let mut idle_since = Instant::now();
        loop {
            while running < slots && !state.left[rank] {
                match ask(state)? {
                    Answer::Task(task) => {
                        let report = report.clone();
                        scope.spawn(move |_| {
                            // Nobody listens any more if rank 0 is gone.
                            let _ = report.send((task, attempt(tasks, task)));
                        });
                        running += 1;
                    }
                    Answer::Wait => break,
                    Answer::All(results) if results.len() == tasks.count() => return Ok(results),
                    Answer::All(_) => return Err(CrewError::OutOfStep { rank }),
                    Answer::Stop => state.left[rank] = true,
                }
            }
            if state.left[rank] && running == 0 {
                return Err(CrewError::Stopped);
            }
            let pause = if running > 0 {
                idle_since = Instant::now();
                sign_of_life
            } else {
                (idle_since.elapsed() / 4).clamp(SHORTEST, LONGEST)
            };
            match reports.recv_timeout(pause) {
                Ok((task, result)) => {
                    running -= 1;
                    let request = match result {
                        Ok(result) => Request::Done { task, result },
                        Err(message) => Request::Failed { task, message },
                    };
                    state.link.send(0, request.to_bytes())?;
                }
                Err(RecvTimeoutError::Timeout) if running > 0 => {
                    state.link.send(0, Request::Alive.to_bytes())?;
                }
                Err(_) => {}
            }
        }
    })
}

fn ask(state: &mut State) -> Result<Answer, CrewError> {
    let phase = state.phase;
    state.link.send(0, Request::Ask { phase }.to_bytes())?;
    let answer = state.link.receive(0)?;
    Answer::from_bytes(&answer).ok_or(CrewError::OutOfStep { rank: 0 })
}

/// Says that this rank leaves, unless rank 0 has sent it away.
pub(super) fn leave(state: &mut State, failure: Option<&str>) -> Result<(), CrewError> {
    let rank = state.link.rank();
    if !state.left[rank] {
        state.left[rank] = true;
        let failure = failure.map(str::to_owned);
        state.link.send(0, Request::Leave { failure }.to_bytes())?;
    }
    Ok(())
}
