//! The kind `text` in tables and in words.

use super::findings::{Findings, names};
use super::rivals::NETWORKS;
use crate::analysis::Spread;
use crate::experiment::{Block, Table};

/// Accuracies of all models, and their losses along training.
pub(super) fn all(findings: &Findings) -> Vec<(String, Table)> {
    let mut accuracy = Table::new([
        "task",
        "model",
        "accuracy",
        "± deviation",
        "parameters",
        "without embedding",
        "multiply-adds a text",
        "epoch taken",
    ]);
    let mut courses = Table::new([
        "task",
        "model",
        "number",
        "epoch",
        "training loss",
        "held-out loss",
    ]);
    for (index, task) in findings.tasks.iter().enumerate() {
        for name in names() {
            let group = findings.group(index, name);
            let Some(first) = group.first() else { continue };
            let [mean, deviation] = findings.accuracy(index, name);
            let epochs: Vec<f64> = group
                .iter()
                .filter_map(|model| Some(model.epoch? as f64))
                .collect();
            let epoch = (!epochs.is_empty()).then(|| Spread::of(&epochs).mean);
            accuracy.push([
                task.label.as_str().into(),
                name.into(),
                mean.into(),
                deviation.into(),
                first.parameters.into(),
                first.own_parameters.into(),
                first.multiply_adds.into(),
                epoch.into(),
            ]);
            for (number, model) in group.iter().enumerate() {
                let losses = model.training_loss.iter().zip(&model.held_out_loss);
                for (epoch, (training, held_out)) in losses.enumerate() {
                    courses.push([
                        task.label.as_str().into(),
                        name.into(),
                        (number + 1).into(),
                        (epoch + 1).into(),
                        (*training).into(),
                        (*held_out).into(),
                    ]);
                }
            }
        }
    }
    vec![("accuracy".into(), accuracy), ("courses".into(), courses)]
}

/// The accuracies, and the separable network beside its best rival.
pub(super) fn summary(findings: &Findings) -> Vec<Block> {
    let first = all(findings).into_iter().next();
    let table = first.map(|(_, table)| Block::Table(table));
    let lines = findings.tasks.iter().enumerate().map(|(index, task)| {
        let of = |name: &str| findings.accuracy(index, name)[0].unwrap_or(0.0);
        let rivals = names().skip(1).map(|name| (name, of(name)));
        let (best, accuracy) = rivals
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .unwrap_or(("none", 0.0));
        Block::Line(format!(
            "{}: separable {:.1} % of the tests, {best} {:.1} %, the largest class {:.1} %",
            task.label,
            100.0 * of(NETWORKS[0]),
            100.0 * accuracy,
            100.0 * task.majority,
        ))
    });
    let shared = (findings.shared > 0).then(|| {
        Block::Line(format!(
            "{} of {} tests are training texts as well: what is right of them is no test",
            findings.shared, findings.texts[1]
        ))
    });
    let idle = findings
        .models
        .iter()
        .filter(|model| model.epoch == Some(0));
    let idle = idle.count();
    let idle = (idle > 0).then(|| {
        Block::Line(format!(
            "{idle} networks have learnt nothing: no epoch was better than the start on texts held out"
        ))
    });
    let said = table.into_iter().chain(lines);
    said.chain(shared).chain(idle).collect()
}
