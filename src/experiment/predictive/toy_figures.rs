//! Pictures of the kind `predictive-toy`.

use nalgebra::DMatrix;

use super::figures::{Descent, descents, singular_values, trajectories};
use super::toy::Generated;
use crate::experiment::Drawing;
use crate::experiment::course::drawing;
use crate::figures::{Axis, Lines, Look, Series};

/// Distances first, then cosines, and the first network of every decay in detail.
pub(super) fn all(
    all: &[Generated],
    decays: &[f64],
    class_vectors: &DMatrix<f64>,
    value_decay: &f64,
) -> Vec<Drawing> {
    let first = |decay: &f64| all.iter().find(|g| g.weight_decay == *decay);
    let firsts: Vec<&Generated> = decays.iter().filter_map(first).collect();
    let subtitle = format!("generated from a held class, value decay {value_decay}");
    let mut drawings = vec![
        drawing(
            "distances",
            Lines {
                title: "Distance of generated vectors from their class vectors".into(),
                y: Axis::logarithmic("distance"),
                ..compare(all, decays, &subtitle, |pair| pair.0)
            },
        ),
        drawing(
            "cosines",
            Lines {
                title: "Cosine between generated vectors and their class vectors".into(),
                y: Axis::linear("cosine"),
                ..compare(all, decays, &subtitle, |pair| pair.1)
            },
        ),
        drawing(
            "singular-values",
            singular_values(
                "What decay leaves of the matrix next to the image",
                "first network",
                &spectra(&firsts),
            ),
        ),
        drawing(
            "energy-and-residual",
            descents(
                "Energy and residual while the first network generates",
                &subtitle,
                "time t (s)",
                &firsts.iter().map(|g| descent(g)).collect::<Vec<_>>(),
            ),
        ),
    ];
    for g in firsts {
        let nodes = (0..class_vectors.nrows()).map(|i| {
            let image = |state: &crate::networks::predictive::State| {
                state.values.last().map_or(0.0, |image| image[(i, 0)])
            };
            g.course.states.iter().map(image).collect()
        });
        drawings.push(drawing(
            &format!("trajectories-decay-{}", g.weight_decay),
            trajectories(
                &format!("Image nodes of class 0, weight decay {}", g.weight_decay),
                &subtitle,
                &g.course.times,
                &nodes.collect::<Vec<_>>(),
                class_vectors.column(0).as_slice(),
            ),
        ));
    }
    drawings
}

/// One marker a class and network, one colour a decay; title and vertical axis are the caller's.
fn compare(
    all: &[Generated],
    decays: &[f64],
    subtitle: &str,
    pick: fn(&(f64, f64)) -> f64,
) -> Lines {
    let middle = 0.5 * (decays.len() as f64 - 1.0);
    let series = decays.iter().enumerate().map(|(n, decay)| {
        let points = all
            .iter()
            .filter(|g| g.weight_decay == *decay)
            .flat_map(|g| g.end.iter().map(|pair| (g.network as f64, pick(pair))));
        Series {
            shift: 10.0 * (n as f64 - middle),
            ..Series::new(
                format!("weight decay {decay}"),
                points.collect(),
                Look::Markers,
            )
        }
    });
    Lines {
        subtitle: subtitle.to_owned(),
        x: Axis {
            whole: true,
            ..Axis::linear("network")
        },
        series: series.collect(),
        ..Lines::default()
    }
}

fn spectra(firsts: &[&Generated]) -> Vec<(String, Vec<f64>)> {
    let before = firsts
        .first()
        .map(|g| ("before training".to_owned(), g.before.clone()));
    let after = |g: &&Generated| {
        (
            format!("after, weight decay {}", g.weight_decay),
            g.after.clone(),
        )
    };
    before.into_iter().chain(firsts.iter().map(after)).collect()
}

fn descent(g: &Generated) -> Descent {
    Descent {
        label: format!(", weight decay {}", g.weight_decay),
        at: g.course.times.clone(),
        energy: g.energy.clone(),
        residual: g.residual.clone(),
    }
}
