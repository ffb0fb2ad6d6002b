//! A ring of neurons as text, with a family, a sum and a lag for every pair; the compiled system against the same in Rust.
//!
//! `x_i' = -x_i + sum_j W_ij tanh(x_j(t - D_ij))` with the weights `1/|i - j|` and the lags `0.1 |i - j|`.

use pulsatrix::language::{Data, SystemText};
use pulsatrix::solver::{History, Options, Save, closure_field, integrate};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // No weight on oneself, the next neuron in full, the one behind it by half.
    let weights = Data {
        shape: vec![3, 3],
        values: vec![0.0, 1.0, 0.5, 1.0, 0.0, 1.0, 0.5, 1.0, 0.0],
    };
    let text = SystemText::new()
        .size("N", 3)
        .data("W", weights)
        .equation(
            "x[i]",
            "-x[i] + sum(j, W[i, j]*tanh(x[j](t - 0.1*abs(i - j))))",
        )
        .history("x[i]", "0.1*(i + 1)");
    let system = text.compile()?;
    let options = Options::with_tolerance(1e-10);
    let (field, history) = (system.field(), system.history(0.0));
    let written = integrate(&field, history, (0.0, 10.0), options, &Save::Last, &[])?;

    let field = closure_field(3, &[0.1, 0.2], |_, x, delayed, dx| {
        let (near, far) = (delayed.state(0), delayed.state(1));
        dx[0] = -x[0] + near[1].tanh() + far[2].tanh() / 2.0;
        dx[1] = -x[1] + near[0].tanh() + near[2].tanh();
        dx[2] = -x[2] + near[1].tanh() + far[0].tanh() / 2.0;
    });
    let start = History::constant(&[0.1, 0.2, 0.3]);
    let programmed = integrate(&field, start, (0.0, 10.0), options, &Save::Last, &[])?;
    println!(
        "as text: {:?}\nin Rust: {:?}",
        written.last(),
        programmed.last()
    );
    let apart = written
        .last()
        .iter()
        .zip(programmed.last())
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f64::max);
    println!("{apart:.1e} apart");
    assert!(apart < 1e-9, "a formula means what the closure means");

    let mistake = SystemText::new()
        .equation("x", "-y")
        .compile()
        .expect_err("there is no y");
    println!("and a mistake is shown at its place:\n{mistake}");
    Ok(())
}
