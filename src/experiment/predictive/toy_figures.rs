//! Pictures of the kind `predictive-toy`.

use super::figures::{Descent, descents, singular_values, trajectories};
use super::toy::{Findings, Generated};
use super::toy_settings::Settings;
use crate::experiment::Drawing;
use crate::experiment::settings::short;
use crate::figures::{Axis, Lines, Look, Series};

/// Distances first, then cosines, and the first network of every decay in detail.
pub(super) fn all(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
    let decays: Vec<f64> = settings
        .learning
        .weight_decays
        .iter()
        .map(|decay| **decay)
        .collect();
    let first = |decay: &f64| findings.networks.iter().find(|g| g.weight_decay == *decay);
    let firsts: Vec<&Generated> = decays.iter().filter_map(first).collect();
    let value_decay = settings.generation.value_decay;
    let subtitle = format!("generated from a held class, value decay {value_decay}");
    let (all, times) = (&findings.networks, &findings.times);
    let distances = Lines {
        title: "Distance of generated vectors from their class vectors".into(),
        y: Axis::logarithmic("distance"),
        ..compare(all, &decays, &subtitle, |g| &g.distances)
    };
    let cosines = Lines {
        title: "Cosine between generated vectors and their class vectors".into(),
        y: Axis::linear("cosine"),
        ..compare(all, &decays, &subtitle, |g| &g.cosines)
    };
    let spectra = singular_values(
        "What decay leaves of the matrix next to the image",
        "first network",
        &spectra(&firsts),
    );
    let courses: Vec<Descent> = firsts.iter().map(|g| descent(g, times)).collect();
    let descents = descents(
        "Energy and residual while the first network generates",
        &subtitle,
        "time t (s)",
        &courses,
    );
    let mut drawings = vec![
        Drawing::of("distances", distances),
        Drawing::of("cosines", cosines),
        Drawing::of("singular-values", spectra),
        Drawing::of("energy-and-residual", descents),
    ];
    for g in firsts {
        let Some(nodes) = &g.image_nodes else {
            continue;
        };
        let title = format!("Image nodes of class 0, weight decay {}", g.weight_decay);
        let figure = trajectories(&title, &subtitle, times, nodes, &findings.class_vectors[0]);
        drawings.push(Drawing::of(
            format!("trajectories-decay-{}", short(g.weight_decay)),
            figure,
        ));
    }
    drawings
}

/// One marker a class and network, one colour a decay; title and vertical axis are the caller's.
fn compare(
    all: &[Generated],
    decays: &[f64],
    subtitle: &str,
    pick: fn(&Generated) -> &Vec<f64>,
) -> Lines {
    let middle = 0.5 * (decays.len() as f64 - 1.0);
    let series = decays.iter().enumerate().map(|(n, decay)| {
        let points = all
            .iter()
            .filter(|g| g.weight_decay == *decay)
            .flat_map(|g| pick(g).iter().map(|value| (g.network as f64, *value)));
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
    let before = firsts.first().map(|g| {
        (
            "before training".to_owned(),
            g.singular_values_before.clone(),
        )
    });
    let after = |g: &&Generated| {
        (
            format!("after, weight decay {}", g.weight_decay),
            g.singular_values_after.clone(),
        )
    };
    before.into_iter().chain(firsts.iter().map(after)).collect()
}

fn descent(g: &Generated, times: &[f64]) -> Descent {
    Descent {
        label: format!(", weight decay {}", g.weight_decay),
        at: times.to_vec(),
        energy: g.energy.clone(),
        residual: g.residual.clone(),
    }
}
