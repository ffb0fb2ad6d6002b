//! A plan run by threads of this process.

use std::thread;
use std::time::Duration;

use super::{InferenceError, Number, RankReport, Weights, run_rank_each};
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
/// As [`run_rank`](super::run_rank), with the cause where one rank's end stops the others.
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
    let mut found = infer_each(plan, weights, &[input.to_vec()], links)?;
    // One inference an input.
    Ok(found.remove(0))
}

/// Several inputs, one after the other; every rank slices its weights once.
///
/// # Errors
/// As [`infer`].
pub fn infer_each<T: Number, C: Communicator>(
    plan: &Plan,
    weights: &Weights<T>,
    inputs: &[Vec<T>],
    links: Vec<C>,
) -> Result<Vec<Inference<T>>, InferenceError> {
    weights.check(plan.chain())?;
    let (planned, found) = (plan.ranks().count(), links.len());
    if planned != found {
        return Err(InferenceError::Ranks { planned, found });
    }
    let run = |rank: usize, mut link: C| {
        let own = weights.slice(plan, rank)?;
        run_rank_each(plan, &own, inputs, &mut link)
    };
    let ends: Vec<Option<End<T>>> = thread::scope(|scope| {
        let ranks = links.into_iter().enumerate();
        let ranks = ranks.map(|(rank, link)| scope.spawn(move || run(rank, link)));
        let ranks: Vec<_> = ranks.collect();
        ranks.into_iter().map(|rank| rank.join().ok()).collect()
    });
    Ok(Inference::joined(reports(ends)?))
}

/// How a rank has ended.
type End<T> = Result<Vec<RankReport<T>>, InferenceError>;

/// The reports of all ranks, or the error that the others follow from; a rank that has panicked has no end.
fn reports<T: Clone>(ends: Vec<Option<End<T>>>) -> Result<Vec<Vec<RankReport<T>>>, InferenceError> {
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
    let ends: Vec<End<T>> = ends.into_iter().flatten().collect();
    // Who is gone or silent has a reason of its own, which is told first.
    let told = |end: &&End<T>| match end {
        Ok(_) => false,
        Err(InferenceError::Link { source, .. }) => {
            !matches!(source, LinkError::Gone { rank } if ends[*rank].is_err())
        }
        Err(_) => true,
    };
    if let Some(Err(error)) = ends.iter().find(told) {
        return Err(error.clone());
    }
    ends.into_iter().collect()
}

impl<T> Inference<T> {
    /// What all ranks report of some inputs, put together input by input: `reports[rank][input]`.
    #[must_use]
    pub fn joined(reports: Vec<Vec<RankReport<T>>>) -> Vec<Self> {
        let mut found: Vec<Self> = Vec::new();
        for own in reports {
            for (input, report) in own.into_iter().enumerate() {
                if found.len() == input {
                    found.push(Self {
                        output: Vec::new(),
                        sent: vec![0; report.sent.len()],
                        most_held: Vec::new(),
                    });
                }
                let whole = &mut found[input];
                let sent = whole.sent.iter_mut().zip(&report.sent);
                sent.for_each(|(all, own)| *all += own);
                whole.most_held.push(report.most_held);
                // In a ring every rank has it.
                if let (true, Some(output)) = (whole.output.is_empty(), report.output) {
                    whole.output = output;
                }
            }
        }
        found
    }
}
