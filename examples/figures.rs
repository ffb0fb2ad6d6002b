//! A figure of one's own numbers: lines with labels and a legend, as SVG and PNG, without a font or a library of the system.

use pulsatrix::figures::{Axis, Figure, FigureError, Lines, Look, Series};

fn main() -> Result<(), FigureError> {
    let wave = |frequency: f64| {
        (0..400)
            .map(|i| 0.05 * f64::from(i))
            .map(|t| (t, (-0.1 * t).exp() * (frequency * t).sin()))
            .collect()
    };
    let figure = Lines {
        title: "Two waves that fade".into(),
        x: Axis::linear("time t"),
        y: Axis::linear("amplitude"),
        series: vec![
            Series::new("slow", wave(1.0), Look::Line),
            Series::new("fast", wave(2.0), Look::Line),
        ],
        ..Lines::default()
    };
    let svg = figure.svg()?;
    println!(
        "{} bytes of SVG, which begin with {}",
        svg.len(),
        &svg[..30.min(svg.len())]
    );
    assert!(
        svg.contains(">time t</text>") && svg.contains(">fast</text>"),
        "words are words, for search and screen readers"
    );
    assert_eq!(svg, figure.svg()?, "the same numbers give the same bytes");
    Ok(())
}
