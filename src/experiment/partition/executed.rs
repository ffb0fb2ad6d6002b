//! The run of a plan beside the network on one rank: in threads, or in the processes that compute this run.

use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::findings::{Classified, RunFinding};
use super::planned::memory;
use super::study::PartitionStudy;
use super::trained::Learnt;
use crate::cluster::{Communicator, Threads};
use crate::experiment::shared::{part_of_all, together};
use crate::experiment::{Progress, RunError, part};
use crate::partition::Plan;
use crate::partition::run::{
    Inference, InferenceError, Number, PATIENCE, RankReport, Weights, forward, infer_each,
    run_rank_each,
};

/// Numbers of an output that a report holds.
const SHOWN: usize = 10;

/// What all ranks have found, in numbers that a checkpoint holds.
#[derive(Serialize, Deserialize)]
struct Found {
    outputs: Vec<Vec<f64>>,
    /// Of all inputs together.
    sent: Vec<u64>,
    most_held: Vec<usize>,
}

impl Found {
    fn of(found: &[Inference<f64>]) -> Self {
        let mut sent = vec![0; found.first().map_or(0, |first| first.sent.len())];
        let mut most_held = vec![0; found.first().map_or(0, |first| first.most_held.len())];
        for own in found {
            sent.iter_mut()
                .zip(&own.sent)
                .for_each(|(all, own)| *all += own);
            let held = most_held.iter_mut().zip(&own.most_held);
            held.for_each(|(most, own): (&mut usize, &usize)| *most = (*most).max(*own));
        }
        Self {
            outputs: found.iter().map(|own| own.output.clone()).collect(),
            sent,
            most_held,
        }
    }
}

impl PartitionStudy {
    /// Runs a plan beside the single run.
    pub(super) fn run<T: Number>(
        &self,
        progress: &dyn Progress,
        index: usize,
        plan: &Plan,
        learnt: Option<&Learnt>,
    ) -> Result<RunFinding, RunError> {
        let chain = plan.chain();
        let inputs = self.shown.inputs::<T>(chain);
        let weights = || match learnt {
            Some(learnt) => learnt.weights.converted(),
            None => self.shown.weights::<T>(chain, self.seed),
        };
        let single = part(progress, &format!("single-{index}"), || {
            let weights = weights();
            let start = Instant::now();
            let outputs = inputs
                .iter()
                .map(|input| finite(&forward(chain, &weights, input)?));
            let outputs: Result<Vec<_>, InferenceError> = outputs.collect();
            progress.took(
                &format!("run {index}: one rank"),
                start.elapsed().as_secs_f64(),
            );
            outputs.map_err(RunError::numerical)
        })?;
        let found = part_of_all(
            progress,
            &format!("run-{index}"),
            || {
                let weights = weights();
                let start = Instant::now();
                let links = Threads::linked(plan.ranks().count(), PATIENCE);
                let found =
                    infer_each(plan, &weights, &inputs, links).map_err(RunError::numerical)?;
                progress.took(
                    &format!("run {index}: {} threads", plan.ranks().count()),
                    start.elapsed().as_secs_f64(),
                );
                Ok(Found::of(
                    &found.into_iter().map(doubled).collect::<Vec<_>>(),
                ))
            },
            |crew| {
                let start = Instant::now();
                let reports = together(crew, |link| on_rank(plan, &weights(), &inputs, link))?;
                progress.took(
                    &format!("run {index}: {} processes", crew.ranks()),
                    start.elapsed().as_secs_f64(),
                );
                Ok(Found::of(&Inference::joined(reports)))
            },
        )?;
        Ok(self.finding::<T>(plan, &single, found, learnt))
    }

    /// The two runs beside each other.
    fn finding<T: Number>(
        &self,
        plan: &Plan,
        single: &[Vec<f64>],
        found: Found,
        learnt: Option<&Learnt>,
    ) -> RunFinding {
        let largest = |numbers: &mut dyn Iterator<Item = f64>| {
            numbers.fold(0.0, |most: f64, number| most.max(number.abs()))
        };
        let off = single.iter().flatten().zip(found.outputs.iter().flatten());
        let off = largest(&mut off.map(|(a, b)| a - b));
        let size = largest(&mut single.iter().flatten().copied());
        let (bytes, inputs) = (T::BYTES as u64, single.len() as u64);
        let sent = plan.elements().iter().map(|e| inputs * bytes * e);
        let held = found.most_held.iter();
        let first = found.outputs.first().into_iter().flatten();
        RunFinding {
            numbers: self.settings.run.numbers.name().into(),
            plan: plan.letters(),
            inputs: single.len(),
            difference: if off == 0.0 { 0.0 } else { off / size },
            planned: sent.collect(),
            planned_memory: memory(plan, T::BYTES),
            held: held.map(|held| (held * T::BYTES) as f64).collect(),
            output: first.take(SHOWN).copied().collect(),
            classified: self.shown.images.as_ref().map(|images| {
                let classes: Vec<usize> = found.outputs.iter().map(|y| class(y)).collect();
                let right = classes.iter().zip(&images.labels);
                let same = classes.iter().zip(single);
                Classified {
                    right: right.filter(|(class, label)| class == label).count(),
                    off_network: learnt.map(|learnt| {
                        let own = learnt.outputs.iter().flatten();
                        let own = own.zip(found.outputs.iter().flatten());
                        largest(&mut own.map(|(a, b)| a - b))
                    }),
                    as_alone: same.filter(|(class, y)| **class == self::class(y)).count(),
                }
            }),
            sent: found.sent,
        }
    }
}

/// The part of this process in a run of several.
fn on_rank<T: Number>(
    plan: &Plan,
    weights: &Weights<T>,
    inputs: &[Vec<T>],
    link: &mut dyn Communicator,
) -> Result<Vec<RankReport<f64>>, RunError> {
    let own = weights
        .slice(plan, link.rank())
        .map_err(RunError::numerical)?;
    let reports = run_rank_each(plan, &own, inputs, link).map_err(RunError::numerical)?;
    let double = |report: RankReport<T>| RankReport {
        output: report
            .output
            .map(|output| output.iter().map(|y| y.to_double()).collect()),
        sent: report.sent,
        most_held: report.most_held,
    };
    Ok(reports.into_iter().map(double).collect())
}

fn doubled<T: Number>(found: Inference<T>) -> Inference<f64> {
    Inference {
        output: found.output.iter().map(|y| y.to_double()).collect(),
        sent: found.sent,
        most_held: found.most_held,
    }
}

/// Outputs in double precision; a checkpoint has no numbers that are not finite.
fn finite<T: Number>(output: &[T]) -> Result<Vec<f64>, InferenceError> {
    let output: Vec<f64> = output.iter().map(|y| y.to_double()).collect();
    match output.iter().position(|y| !y.is_finite()) {
        Some(index) => Err(InferenceError::NotFinite {
            index,
            value: output[index],
        }),
        None => Ok(output),
    }
}

/// The place of the largest output, the first of equals.
fn class(outputs: &[f64]) -> usize {
    let places = outputs.iter().enumerate();
    let best = places.fold((0, f64::NEG_INFINITY), |best, (place, y)| {
        if *y > best.1 { (place, *y) } else { best }
    });
    best.0
}
