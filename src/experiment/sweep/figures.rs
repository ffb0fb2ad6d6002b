//! Pictures of a sweep: lines over one key, a map over two, points otherwise.

use nalgebra::DMatrix;

use super::row::Rows;
use super::{Axis, Values};
use crate::experiment::Drawing;
use crate::figures::{self, HeatMap, Lines, Look, Series, significant};

/// Digits of a key's value beside a map.
const DIGITS: usize = 4;

/// A picture of every scalar.
pub(super) fn figures(axes: &[Axis], rows: &Rows, drawn: &[String], model: &str) -> Vec<Drawing> {
    drawn
        .iter()
        .flat_map(|name| picture(axes, rows, name, model))
        .collect()
}

fn picture(axes: &[Axis], rows: &Rows, name: &str, model: &str) -> Vec<Drawing> {
    let file: String = name
        .chars()
        .map(|letter| {
            if letter.is_alphanumeric() {
                letter
            } else {
                '-'
            }
        })
        .collect();
    let title = format!("{name}, {model}");
    match axes {
        [across, up] => {
            if let (Values::Listed(x), Values::Listed(y)) = (&across.values, &up.values) {
                let map = map(rows, name, title, (across, x), (up, y));
                return vec![Drawing::of(file, map)];
            }
        }
        [across] => return vec![Drawing::of(file, over(rows, name, title, across, 0))],
        _ => {}
    }
    let each = axes.iter().enumerate().map(|(place, axis)| {
        let lines = over(rows, name, title.clone(), axis, place);
        let key = axis
            .key
            .replace(|letter: char| !letter.is_alphanumeric(), "-");
        Drawing::of(format!("{file}-over-{key}"), lines)
    });
    each.collect()
}

/// A scalar over one key; a line where the key alone varies.
fn over(rows: &Rows, name: &str, title: String, axis: &Axis, place: usize) -> Lines {
    let points = rows.rows.values();
    let mut points: Vec<(f64, f64)> = points
        .filter_map(|(at, row)| Some((at[place], row.number(name)?)))
        .collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    let alone = rows.keys.len() == 1;
    let look = if alone {
        Look::LineAndMarkers
    } else {
        Look::Markers
    };
    let missing = rows.rows.len() - points.len();
    Lines {
        title,
        subtitle: remark(missing),
        x: if axis.logarithmic {
            figures::Axis::logarithmic(axis.key.clone())
        } else {
            figures::Axis::linear(axis.key.clone())
        },
        y: figures::Axis::linear(name),
        series: vec![Series::new("", points, look)],
        ..Lines::default()
    }
}

/// A scalar over two keys, the first one to the right, the second one upwards.
fn map(
    rows: &Rows,
    name: &str,
    title: String,
    (across, x): (&Axis, &[f64]),
    (up, y): (&Axis, &[f64]),
) -> HeatMap {
    // The last axis changes first; row 0 is at the top.
    let number = |row: usize, column: usize| {
        let point = column * y.len() + (y.len() - 1 - row);
        let found = rows
            .rows
            .get(&point)
            .and_then(|(_, found)| found.number(name));
        found.unwrap_or(f64::NAN)
    };
    let values = DMatrix::from_fn(y.len(), x.len(), number);
    let missing = values.iter().filter(|value| value.is_nan()).count();
    HeatMap {
        title,
        subtitle: remark(missing),
        column_axis: across.key.clone(),
        row_axis: up.key.clone(),
        value_axis: name.to_owned(),
        values,
        column_span: None,
        column_labels: x.iter().map(|value| short(*value)).collect(),
        row_labels: y.iter().rev().map(|value| short(*value)).collect(),
        gaps: true,
        range: None,
        colours: figures::ColourMap::Sequential,
    }
}

/// A value with a few digits and no zeros at its end.
fn short(value: f64) -> String {
    let text = significant(value, DIGITS);
    if text.contains('.') && !text.contains('·') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

fn remark(missing: usize) -> String {
    match missing {
        0 => String::new(),
        1 => "1 point has no number".into(),
        missing => format!("{missing} points have no number"),
    }
}
