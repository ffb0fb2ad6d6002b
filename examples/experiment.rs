//! A shipped model, from its name to a number: opened, changed, checked, run, and its report read.

use pulsatrix::experiment::{ModelFile, Silent, read};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut model = ModelFile::open("hutchinson")?;
    for r in [1.8, 2.1] {
        model.set(&format!("equation.parameters.r={r}"))?;
        let prepared = read(&model)?;
        let outcome = prepared.experiment().run(&Silent)?;
        let period = outcome.report["period"]["value"]
            .as_f64()
            .ok_or("no period was found")?;
        println!("r = {r}: period {period:.6}");
        assert!(
            r < 2.0 || (period - 4.541616).abs() < 1e-6,
            "the period at r = 2.1 is known to seven digits"
        );
    }
    model.set("equation.parameters.r=-1")?;
    let refusal = read(&model)
        .err()
        .ok_or("a growth rate below zero was accepted")?;
    println!(
        "and what is refused, is so at its place:\n{}",
        refusal.problems[0].diagnostic.message
    );
    Ok(())
}
