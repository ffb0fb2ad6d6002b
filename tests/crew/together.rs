//! Work that all ranks do at once.

use std::thread;
use std::time::Duration;

use pulsatrix::cluster::{Crew, CrewError, LinkError};

use crate::{LONG, Squares, on_ranks, square};

/// A ring of sums: what the rank before has sent, and its own number; `stumble` may say something else.
fn ring(
    crew: &Crew,
    stumble: impl Fn(usize) -> Result<(), String>,
) -> Result<Vec<Vec<u8>>, CrewError> {
    crew.together(|link| {
        let (rank, ranks) = (link.rank(), link.ranks());
        stumble(rank)?;
        let words = |error: LinkError| format!("rank {rank}: {error}");
        link.send((rank + 1) % ranks, vec![rank as u8])
            .map_err(words)?;
        let before = link.receive((rank + ranks - 1) % ranks).map_err(words)?;
        Ok(vec![before[0] + rank as u8])
    })
}

#[test]
fn ranks_that_work_together_know_the_results_of_all() {
    let found = on_ranks(4, LONG, |crew| {
        // between tasks, twice
        let squares = Squares {
            count: 9,
            ..Squares::default()
        };
        let mut found = ring(&crew, |_| Ok(())).unwrap();
        assert_eq!(crew.hand_out(&squares, 2).unwrap()[8], square(8));
        found.extend(ring(&crew, |_| Ok(())).unwrap());
        crew.leave(None).unwrap();
        found
    });
    for found in found {
        assert_eq!(found, [[3], [1], [3], [5], [3], [1], [3], [5]]);
    }
}

#[test]
fn a_rank_that_fails_among_others_is_named_everywhere_and_they_can_go_on() {
    for dies in [false, true] {
        let found = on_ranks(4, LONG, |crew| {
            let failed = ring(&crew, |rank| match rank {
                2 if dies => std::panic::resume_unwind(Box::new("struck")),
                2 => Err("no memory on rank 2".into()),
                _ => Ok(()),
            });
            assert_eq!(ring(&crew, |_| Ok(())).unwrap().len(), 4);
            crew.leave(None).unwrap();
            failed.unwrap_err()
        });
        let cause = if dies {
            "rank 2 has died at its work"
        } else {
            "no memory on rank 2"
        };
        let message = format!("{cause}; rank 3: rank 2 is gone");
        for found in found {
            let expected = CrewError::Together {
                rank: 2,
                message: message.clone(),
            };
            assert_eq!(found, expected);
        }
    }
}

#[test]
fn a_rank_that_hangs_among_others_is_lost() {
    let patience = Duration::from_millis(1500);
    let found = on_ranks(3, patience, |crew| {
        let found = ring(&crew, |rank| {
            if rank == 1 {
                thread::sleep(3 * patience);
            }
            Ok(())
        });
        found.map(|_| crew.rank())
    });
    let error = found[0].clone().unwrap_err();
    match &error {
        CrewError::LostTogether {
            rank: 1, message, ..
        } => {
            assert!(
                message.contains("rank 2: rank 1 has sent nothing for 1.5 s"),
                "{message}"
            );
        }
        other => panic!("{other:?}"),
    }
    assert!(error.is_broken_link());
    // That is for rank 0 to end.
    assert!(
        matches!(&found[2], Err(CrewError::Together { rank: 2, .. })),
        "{:?}",
        found[2]
    );
}

#[test]
fn a_rank_that_left_before_work_together_is_named() {
    // Before the others come, and when rank 2 waits to begin.
    for pause in [0, 200] {
        let found = on_ranks(3, LONG, |crew| {
            if crew.rank() == 1 {
                thread::sleep(Duration::from_millis(pause));
                crew.leave(Some("the data are not here")).unwrap();
                return None;
            }
            let failed = ring(&crew, |_| Ok(())).unwrap_err();
            crew.leave(None).unwrap();
            Some(failed)
        });
        let left = CrewError::Left {
            rank: 1,
            message: "the data are not here".into(),
        };
        assert_eq!(found, [Some(left), None, Some(CrewError::Stopped)]);
    }
}
