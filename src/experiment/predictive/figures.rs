//! Pictures of the kinds of predictive coding.

use nalgebra::{DMatrix, DVectorView};

use crate::figures::{Axis, ColourMap, GreyImage, ImageGrid, Lines, Look, Series};

/// Energies and residuals below this are left out of logarithmic axes.
pub(super) const FLOOR: f64 = 1e-14;

/// Singular values by rank, one curve a matrix.
pub(super) fn singular_values(
    title: &str,
    subtitle: &str,
    matrices: &[(String, Vec<f64>)],
) -> Lines {
    let series = matrices.iter().filter_map(|(label, values)| {
        let ranks = values.iter().enumerate().map(|(i, s)| ((i + 1) as f64, *s));
        let points: Vec<(f64, f64)> = ranks.filter(|p| p.1 > FLOOR).collect();
        let look = if values.len() > 60 {
            Look::Line
        } else {
            Look::LineAndMarkers
        };
        (!points.is_empty()).then(|| Series::new(label, points, look))
    });
    Lines {
        title: title.to_owned(),
        subtitle: subtitle.to_owned(),
        x: Axis {
            whole: true,
            ..Axis::linear("number of the singular value")
        },
        y: Axis::logarithmic("singular value"),
        series: series.collect(),
        ..Lines::default()
    }
}

/// Energy and residual of a relaxation against time or evaluations; both stay positive.
#[derive(Debug, Clone)]
pub(super) struct Descent {
    pub label: String,
    pub at: Vec<f64>,
    pub energy: Vec<f64>,
    pub residual: Vec<f64>,
}

/// Energy and residual of one or more relaxations; a pair shares its colour.
pub(super) fn descents(title: &str, subtitle: &str, axis: &str, descents: &[Descent]) -> Lines {
    let mut series = Vec::new();
    for descent in descents {
        for (name, values) in [("energy", &descent.energy), ("residual", &descent.residual)] {
            let points = descent.at.iter().copied().zip(values.iter().copied());
            let points: Vec<(f64, f64)> = points.filter(|p| p.1 > FLOOR).collect();
            if !points.is_empty() {
                let label = format!("{name}{}", descent.label);
                series.push(Series::new(label, points, Look::Line));
            }
        }
    }
    Lines {
        title: title.to_owned(),
        subtitle: subtitle.to_owned(),
        x: Axis::linear(axis),
        y: Axis::logarithmic("mean energy; largest residual |τ v′|"),
        series,
        ..Lines::default()
    }
}

/// Courses of value nodes, and where they should end.
pub(super) fn trajectories(
    title: &str,
    subtitle: &str,
    times: &[f64],
    nodes: &[Vec<f64>],
    targets: &[f64],
) -> Lines {
    let mut series: Vec<Series> = nodes
        .iter()
        .enumerate()
        .map(|(n, node)| Series {
            style: Some(0),
            ..Series::new(
                if n == 0 { "image nodes" } else { "" },
                times.iter().copied().zip(node.iter().copied()).collect(),
                Look::FineLine,
            )
        })
        .collect();
    let end = times.last().copied().unwrap_or(0.0);
    series.push(Series {
        style: Some(1),
        ..Series::new(
            "class vector",
            targets.iter().map(|target| (end, *target)).collect(),
            Look::Markers,
        )
    });
    Lines {
        title: title.to_owned(),
        subtitle: subtitle.to_owned(),
        x: Axis::linear("time t (s)"),
        y: Axis::linear("value v"),
        series,
        ..Lines::default()
    }
}

/// A row of pictures: what it shows, and one picture a column, row by row of the picture.
pub(super) type PictureRow = (String, DMatrix<f64>);

/// Rows of pictures with grey levels 0 to 1; `shape` is height and width of a picture, and the columns
/// may have titles.
pub(super) fn pictures(
    title: &str,
    subtitle: &str,
    shape: (usize, usize),
    rows: &[PictureRow],
    column_titles: Option<Vec<String>>,
) -> ImageGrid {
    let picture = |pixels: DVectorView<'_, f64>| GreyImage {
        caption: String::new(),
        pixels: DMatrix::from_row_iterator(shape.0, shape.1, pixels.iter().copied()),
    };
    let images = rows
        .iter()
        .flat_map(|(_, images)| images.column_iter().map(picture));
    ImageGrid {
        title: title.to_owned(),
        subtitle: subtitle.to_owned(),
        images: images.collect(),
        columns: rows.first().map_or(1, |(_, images)| images.ncols()),
        column_titles: column_titles.unwrap_or_default(),
        row_titles: rows.iter().map(|(name, _)| name.clone()).collect(),
        range: (0.0, 1.0),
        colours: ColourMap::Ink,
    }
}
