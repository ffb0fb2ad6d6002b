//! Pictures of the kind `predictive-images`.

use nalgebra::DMatrix;

use super::figures::{Descent, PictureRow, descents, pictures, singular_values};
use super::generation::Picture;
use super::images::{Findings, Member};
use crate::experiment::Drawing;

/// The generated images first.
pub(super) fn all(findings: &Findings) -> Vec<Drawing> {
    let members = &findings.networks;
    let (means, pixels) = (&findings.class_means, findings.shape.0 * findings.shape.1);
    let classes = means.values.len() / pixels;
    let means = DMatrix::from_column_slice(pixels, classes, &means.values);
    let mut rows: Vec<PictureRow> = vec![("mean of the training images".into(), means)];
    for member in members {
        for picture in &member.generation {
            let decay = if picture.value_decay > 0.0 {
                format!("value decay {}", picture.value_decay)
            } else {
                "no value decay, from a random state".to_owned()
            };
            rows.push((format!("{}; {decay}", member.name), picture.columns()));
        }
    }
    let generated = pictures(
        "Images generated from their classes",
        "every image is an equilibrium of the network with the class held",
        findings.shape,
        &rows,
        Some((0..classes).map(|class| format!("class {class}")).collect()),
    );
    let before = members
        .iter()
        .find_map(|member| member.singular_values_before.clone());
    let before = before.map(|values| ("before training".to_owned(), values));
    let after = members.iter();
    let after = after.map(|m| (format!("{}, now", m.name), m.singular_values.clone()));
    let spectra: Vec<_> = before.into_iter().chain(after).collect();
    let relaxations: Vec<Descent> = members
        .iter()
        .map(|m| rounds(m, &m.generation[0]))
        .collect();
    let relaxation = descents(
        "Relaxation to the generated images",
        "quasi-Newton; residual of the slowest class",
        "evaluations of energy and gradient",
        &relaxations,
    );
    let spectra = singular_values("The matrix next to the image", "", &spectra);
    let mut drawings = vec![
        Drawing::of("generated", generated),
        Drawing::of("singular-values", spectra),
        Drawing::of("relaxation", relaxation),
    ];
    if let Some(course) = &findings.course {
        let figure = descents(
            "Energy and residual while the first network generates",
            "error nodes with dynamics of their own, from the state zero",
            "time t (s)",
            &[course.descent()],
        );
        drawings.push(Drawing::of("energy-and-residual", figure));
        drawings.push(Drawing::of("errors-by-layer", course.errors()));
    }
    drawings
}

fn rounds(member: &Member, picture: &Picture) -> Descent {
    let history = picture.history.iter();
    Descent {
        label: format!(", {}", member.name),
        at: history
            .clone()
            .map(|round| round.evaluations as f64)
            .collect(),
        energy: history.clone().map(|round| round.energy).collect(),
        residual: history.map(|round| round.residual).collect(),
    }
}
