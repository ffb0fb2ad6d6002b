//! Pictures of the kind `predictive-images`.

use super::figures::{Descent, PictureRow, descents, pictures, singular_values};
use super::generation::{Course, Picture};
use super::images::Member;
use super::images_settings::Data;
use crate::experiment::Drawing;
use crate::experiment::course::drawing;

/// The generated images first.
pub(super) fn all(members: &[Member], data: &Data, course: Option<&Course>) -> Vec<Drawing> {
    let means = data.training.class_means(data.classes);
    let mut rows: Vec<PictureRow> = vec![("mean of the training images".into(), means)];
    for member in members {
        for picture in &member.pictures {
            let decay = if picture.value_decay > 0.0 {
                format!("value decay {}", picture.value_decay)
            } else {
                "no value decay, from a random state".to_owned()
            };
            rows.push((format!("{}; {decay}", member.name), picture.images.clone()));
        }
    }
    let before = members.iter().find_map(|member| member.before.clone());
    let before = before.map(|values| ("before training".to_owned(), values));
    let after = members
        .iter()
        .map(|m| (format!("{}, now", m.name), m.after.clone()));
    let spectra: Vec<_> = before.into_iter().chain(after).collect();
    let relaxations: Vec<Descent> = members.iter().map(|m| rounds(m, &m.pictures[0])).collect();
    let mut drawings = vec![
        drawing(
            "generated",
            pictures(
                "Images generated from their classes",
                "every image is an equilibrium of the network with the class held",
                data.training.shape,
                &rows,
            ),
        ),
        drawing(
            "singular-values",
            singular_values("The matrix next to the image", "", &spectra),
        ),
        drawing(
            "relaxation",
            descents(
                "Relaxation to the generated images",
                "quasi-Newton; residual of the slowest class",
                "evaluations of energy and gradient",
                &relaxations,
            ),
        ),
    ];
    if let Some(course) = course {
        drawings.push(drawing(
            "energy-and-residual",
            descents(
                "Energy and residual while the first network generates",
                "error nodes with dynamics of their own, from the state zero",
                "time t (s)",
                std::slice::from_ref(&course.descent),
            ),
        ));
        drawings.push(drawing("errors-by-layer", course.errors()));
    }
    drawings
}

fn rounds(member: &Member, picture: &Picture) -> Descent {
    let history = &picture.history;
    Descent {
        label: format!(", {}", member.name),
        at: history
            .iter()
            .map(|round| round.evaluations as f64)
            .collect(),
        energy: history.iter().map(|round| round.energy).collect(),
        residual: history.iter().map(|round| round.residual).collect(),
    }
}
