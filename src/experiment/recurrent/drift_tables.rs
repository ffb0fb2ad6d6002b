//! Tables of the kind `drift`.

use super::drift_findings::Findings;
use crate::analysis::Spread;
use crate::experiment::Table;

pub(super) fn methods(findings: &Findings) -> Table {
    let mut table = Table::new(["method", "mse", "ratio to bound"]);
    for (name, mse) in findings.mse.named() {
        let Some(mse) = mse else { continue };
        let ratio = findings.bound.map(|bound| mse / bound);
        table.push([name.into(), mse.into(), ratio.into()]);
    }
    table
}

pub(super) fn forms(findings: &Findings) -> Table {
    let mut table = Table::new([
        "network",
        "weights",
        "mse",
        "± mse",
        "least",
        "largest",
        "training mse",
        "ratio to bound",
    ]);
    for form in &findings.networks {
        let spread = Spread::of(&form.mse);
        let error = spread.error.is_finite().then_some(spread.error);
        let least = form.mse.iter().copied().fold(f64::INFINITY, f64::min);
        let largest = form.mse.iter().copied().fold(0.0, f64::max);
        table.push([
            form.name.as_str().into(),
            form.weights.into(),
            spread.mean.into(),
            error.into(),
            least.into(),
            largest.into(),
            Spread::of(&form.training_mse).mean.into(),
            findings.bound.map(|bound| spread.mean / bound).into(),
        ]);
    }
    table
}

pub(super) fn coefficients(findings: &Findings) -> Table {
    let mut table = Table::new(["term", "true", "least squares", "filter", "± filter"]);
    for term in &findings.coefficients {
        table.push([
            term.term.as_str().into(),
            term.truth.into(),
            term.least_squares.into(),
            term.joint.map(|pair| pair[0]).into(),
            term.joint.map(|pair| pair[1]).into(),
        ]);
    }
    table
}
