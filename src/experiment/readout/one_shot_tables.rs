//! The kind `one-shot` in a table and in words.

use super::fit::Point;
use super::one_shot_findings::Findings;
use crate::experiment::ensemble::spread;
use crate::experiment::{Block, Table};

/// Every law, number of features and ridge: means over the draws.
pub(super) fn sweep(findings: &Findings) -> Table {
    let mut table = Table::new([
        "law",
        "neurons",
        "ridge",
        "test accuracy",
        "± test accuracy",
        "train accuracy",
        "leave-one-out accuracy",
        "leave-one-out square",
        "rank",
        "condition",
    ]);
    for group in findings.groups() {
        for (index, first) in group[0].points.iter().enumerate() {
            let of = |get: fn(&Point) -> Option<f64>| {
                spread(group.iter().map(|draw| get(&draw.points[index])))
            };
            let test = of(|p| Some(p.test_accuracy));
            table.push([
                group[0].law.name().into(),
                group[0].neurons.into(),
                first.ridge.into(),
                test[0].into(),
                test[1].into(),
                of(|p| Some(p.train_accuracy))[0].into(),
                of(|p| p.leave_one_out)[0].into(),
                of(|p| p.leave_one_out_square)[0].into(),
                first.rank.into(),
                of(|p| Some(p.condition))[0].into(),
            ]);
        }
    }
    table
}

fn percent(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}

/// What was chosen, beside what it is compared with.
pub(super) fn summary(findings: &Findings) -> Vec<Block> {
    let left_out = findings.leave_one_out.map_or("undefined".into(), percent);
    let mut lines = vec![
        format!(
            "chosen by leave-one-out: {} {} features, ridge {:e}: {} of the tests right, {} of the training \
             images, {left_out} when left out",
            findings.neurons,
            findings.law.name(),
            findings.ridge,
            percent(findings.test_accuracy),
            percent(findings.train_accuracy),
        ),
        format!(
            "the tests would have chosen {} {} features, ridge {:e}: {}",
            findings.best_by_test.neurons,
            findings.best_by_test.law.name(),
            findings.best_by_test.ridge,
            percent(findings.best_by_test.test_accuracy),
        ),
    ];
    if let Some(kernel) = &findings.kernel {
        lines.push(format!(
            "infinitely many Gaussian features: {} of the tests right, {} when left out",
            percent(kernel.test_accuracy),
            percent(kernel.leave_one_out),
        ));
    }
    if let Some(network) = &findings.network {
        lines.push(format!(
            "{} hidden units after {} epochs of steps: {} of the tests right, {} of the training images",
            network.hidden,
            network.epochs,
            percent(network.test_accuracy),
            percent(network.train_accuracy),
        ));
    }
    let lines = lines.into_iter().map(Block::Line);
    lines.chain([Block::Table(sweep(findings))]).collect()
}
