//! The training of one network for texts, kept on the way.

use std::time::{Duration, Instant};

use crate::experiment::{Progress, RunError, keep, restore};
use crate::training::flow::{
    BatchOptions, BatchState, EarlyStopped, EarlyStopping, GradientFlow, MiniBatches,
};

/// Time after which the course of a training is kept again. Chosen: what an interruption costs at most; writing takes a
/// thousandth of it.
const BETWEEN: Duration = Duration::from_secs(10);

/// Trains on one flow until the other is learnt no better; an interrupted training goes on from what was kept of it
/// under `name`, to the same bits.
pub(super) fn train(
    progress: &dyn Progress,
    (name, title): (&str, &str),
    (learnt, held_out): (&GradientFlow<'_>, &GradientFlow<'_>),
    start: impl FnOnce() -> Vec<f64>,
    (options, stopping): (BatchOptions, EarlyStopping),
) -> Result<EarlyStopped, RunError> {
    let numerical = RunError::numerical;
    let (mut batches, mut course) = match restore::<(BatchState, EarlyStopped)>(progress, name)? {
        Some((state, course)) => {
            let batches = MiniBatches::resume(learnt, state, options);
            (batches.map_err(numerical)?, course)
        }
        None => {
            let batches = MiniBatches::new(learnt, start(), options).map_err(numerical)?;
            let course = EarlyStopped::begin(&batches, held_out).map_err(numerical)?;
            (batches, course)
        }
    };
    let begun = course.held_out_loss.len();
    let (start, mut kept) = (Instant::now(), Instant::now());
    while !course.is_over(stopping) {
        let epoch = course.advance(&mut batches, held_out, stopping);
        epoch.map_err(numerical)?;
        if kept.elapsed() > BETWEEN {
            keep(progress, name, &(batches.state(), &course))?;
            kept = Instant::now();
            progress.message(&format!(
                "{title}: epoch {}, least loss of what is held out {:.4}",
                course.held_out_loss.len(),
                course.least
            ));
        }
    }
    let epochs = course.held_out_loss.len() - begun;
    if epochs > 0 {
        let seconds = start.elapsed().as_secs_f64() / epochs as f64;
        progress.took(&format!("epoch of {title}"), seconds);
    }
    Ok(course)
}
