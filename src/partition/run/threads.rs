//! A plan run by threads of this process.

use std::thread;
use std::time::Duration;

use super::{InferenceError, Number, RankReport, Weights, run_rank};
use crate::cluster::{Communicator, LinkError, Threads};
use crate::partition::Plan;

/// How long a rank waits for a message before it gives up. One that has died is noticed at once; this is for one that
/// hangs: longer than the slowest layer of the four published networks takes on a slow machine (chosen).
pub const PATIENCE: Duration = Duration::from_secs(60);

/// What a run has found.
#[derive(Debug, Clone, PartialEq)]
pub struct Inference<T> {
    /// The output of the chain, pixel after pixel.
    pub output: Vec<T>,
    /// Bytes that all ranks have sent, layer by layer; those of tiles stand at layer 0.
    pub sent: Vec<u64>,
    /// The most elements that each rank held at a time; see [`RankReport`].
    pub most_held: Vec<usize>,
}

/// Runs a plan with one thread a rank. The input stands pixel after pixel.
///
/// # Errors
/// As [`run_rank`], with the cause where one rank's end stops the others.
pub fn infer<T: Number>(
    plan: &Plan,
    weights: &Weights<T>,
    input: &[T],
) -> Result<Inference<T>, InferenceError> {
    let links = Threads::linked(plan.ranks().count(), PATIENCE);
    infer_over(plan, weights, input, links)
}

/// The same over links of the caller's, one a rank in their order.
///
/// # Errors
/// As [`infer`].
pub fn infer_over<T: Number, C: Communicator>(
    plan: &Plan,
    weights: &Weights<T>,
    input: &[T],
    links: Vec<C>,
) -> Result<Inference<T>, InferenceError> {
    weights.check(plan.chain())?;
    let (planned, found) = (plan.ranks().count(), links.len());
    if planned != found {
        return Err(InferenceError::Ranks { planned, found });
    }
    let run = |rank: usize, mut link: C| {
        let own = weights.slice(plan, rank)?;
        run_rank(plan, &own, (rank == 0).then_some(input), &mut link)
    };
    let ends: Vec<Option<Result<RankReport<T>, InferenceError>>> = thread::scope(|scope| {
        let ranks = links.into_iter().enumerate();
        let ranks = ranks.map(|(rank, link)| scope.spawn(move || run(rank, link)));
        let ranks: Vec<_> = ranks.collect();
        ranks.into_iter().map(|rank| rank.join().ok()).collect()
    });
    if let Some(dead) = ends.iter().position(Option::is_none) {
        let layer = ends.iter().flatten().find_map(|end| match end {
            Err(InferenceError::Link {
                layer,
                name,
                source: LinkError::Gone { rank },
                ..
            }) if *rank == dead => Some((*layer, name.clone())),
            _ => None,
        });
        return Err(InferenceError::Died { rank: dead, layer });
    }
    let ends: Vec<Result<RankReport<T>, InferenceError>> = ends.into_iter().flatten().collect();
    // Who is gone or silent has a reason of its own, which is told first.
    let told = |end: &&Result<RankReport<T>, InferenceError>| match end {
        Ok(_) => false,
        Err(InferenceError::Link { source, .. }) => {
            !matches!(source, LinkError::Gone { rank } if ends[*rank].is_err())
        }
        Err(_) => true,
    };
    if let Some(Err(error)) = ends.iter().find(told) {
        return Err(error.clone());
    }
    let reports = ends
        .iter()
        .cloned()
        .collect::<Result<Vec<RankReport<T>>, _>>()?;
    let mut sent = vec![0; plan.cuts().len()];
    for report in &reports {
        sent.iter_mut()
            .zip(&report.sent)
            .for_each(|(all, own)| *all += own);
    }
    let output = reports.iter().find_map(|report| report.output.clone());
    Ok(Inference {
        output: output.unwrap_or_default(),
        sent,
        most_held: reports.iter().map(|report| report.most_held).collect(),
    })
}
