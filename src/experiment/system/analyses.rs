//! Tables and words on steady states, cycles and exponents.

use super::findings::Findings;
use crate::experiment::Table;

pub(super) fn tables(findings: &Findings) -> Vec<(String, Table)> {
    let mut tables = Vec::new();
    if let Some(continuation) = &findings.continuation {
        let table = continuation.table(&findings.components);
        tables.push(("continuation".to_owned(), table));
    }
    if let Some(cycle) = &findings.cycle {
        let mut table = Table::new(["re", "im", "modulus"]);
        for (re, im) in &cycle.multipliers {
            table.push([(*re).into(), (*im).into(), re.hypot(*im).into()]);
        }
        tables.push(("multipliers".into(), table));
    }
    if let Some(spectrum) = &findings.lyapunov {
        let mut table = Table::new(["exponent", "standard error"]);
        for (exponent, error) in spectrum.exponents.iter().zip(&spectrum.errors) {
            table.push([(*exponent).into(), (*error).into()]);
        }
        tables.push(("lyapunov".into(), table));
    }
    tables
}

pub(super) fn words(findings: &Findings) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(continuation) = &findings.continuation {
        lines.extend(continuation.words());
    }
    lines.extend(findings.cycle.iter().map(super::cycle::CycleFound::words));
    if let Some(spectrum) = &findings.lyapunov {
        let pairs = spectrum.exponents.iter().zip(&spectrum.errors);
        let each: Vec<String> = pairs
            .map(|(exponent, error)| format!("{exponent:.5} ± {error:.5}"))
            .collect();
        lines.push(format!("Lyapunov exponents {}", each.join(", ")));
    }
    lines
}
