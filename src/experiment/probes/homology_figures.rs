//! Pictures of persistence diagrams.

use crate::experiment::Drawing;
use crate::figures::{Axis, Lines, Look, Series};
use crate::probes::homology::Interval;

/// Bars of one group that a barcode shows, the longest ones: more cannot be told apart on a page.
const BARS: usize = 40;

/// Places at which a curve of Betti numbers is read.
const PLACES: usize = 400;

/// Diagram, barcode and Betti curves of groups of classes; names of files begin with `prefix`.
pub(super) fn all(
    groups: &[(String, Vec<Interval>)],
    prefix: &str,
    subtitle: &str,
    levels: &str,
) -> Vec<Drawing> {
    let Some(range) = range(groups) else {
        return Vec::new();
    };
    let named = |name: &str| format!("{prefix}{name}");
    vec![
        Drawing::of(named("diagram"), diagram(groups, subtitle, levels, range)),
        Drawing::of(named("barcode"), barcode(groups, subtitle, levels, range)),
        Drawing::of(named("betti"), betti(groups, subtitle, levels, range)),
    ]
}

/// From the first birth to a little behind the last death, where what never dies is drawn.
fn range(groups: &[(String, Vec<Interval>)]) -> Option<(f64, f64)> {
    let classes = groups.iter().flat_map(|(_, classes)| classes);
    let ends = classes.flat_map(|class| [class.birth, class.death]);
    let finite: Vec<f64> = ends.filter(|end| end.is_finite()).collect();
    let first = finite.iter().copied().reduce(f64::min)?;
    let last = finite.iter().copied().reduce(f64::max)?;
    let room = if last > first {
        0.08 * (last - first)
    } else {
        1.0
    };
    Some((first, last + room))
}

fn diagram(
    groups: &[(String, Vec<Interval>)],
    subtitle: &str,
    levels: &str,
    (first, never): (f64, f64),
) -> Lines {
    let shown = |death: f64| if death.is_finite() { death } else { never };
    let group = |(name, classes): &(String, Vec<Interval>)| {
        let points = classes
            .iter()
            .map(|class| (class.birth, shown(class.death)));
        Series::new(name.clone(), points.collect(), Look::Markers)
    };
    let diagonal = vec![(first, first), (never, never)];
    let series = groups.iter().filter(|(_, classes)| !classes.is_empty());
    let mut series: Vec<Series> = series.map(group).collect();
    let style = Some(series.len());
    series.push(Series {
        style,
        ..Series::new("birth = death", diagonal, Look::FineLine)
    });
    Lines {
        title: "Persistence diagram".into(),
        subtitle: if groups
            .iter()
            .any(|(_, classes)| classes.iter().any(|c| c.is_essential()))
        {
            format!("{subtitle}; what never dies is drawn at the upper end")
        } else {
            subtitle.into()
        },
        x: Axis::linear(format!("birth: {levels}")),
        y: Axis::linear(format!("death: {levels}")),
        series,
        square: true,
        ..Lines::default()
    }
}

fn barcode(
    groups: &[(String, Vec<Interval>)],
    subtitle: &str,
    levels: &str,
    (_, never): (f64, f64),
) -> Lines {
    let mut series = Vec::new();
    let mut height = 0.0;
    for (style, (name, classes)) in groups.iter().enumerate() {
        let mut longest = classes.clone();
        longest.sort_by(|a, b| b.persistence().total_cmp(&a.persistence()));
        longest.truncate(BARS);
        longest.sort_by(|a, b| a.birth.total_cmp(&b.birth));
        for (place, class) in longest.iter().enumerate() {
            let end = if class.is_essential() {
                never
            } else {
                class.death
            };
            let label = if place == 0 {
                name.clone()
            } else {
                String::new()
            };
            series.push(Series {
                style: Some(style),
                ..Series::new(
                    label,
                    vec![(class.birth, height), (end, height)],
                    Look::Line,
                )
            });
            height += 1.0;
        }
        height += 2.0;
    }
    Lines {
        title: "Barcode".into(),
        subtitle: if groups.iter().any(|(_, classes)| classes.len() > BARS) {
            format!("{subtitle}; of each the {BARS} longest bars")
        } else {
            subtitle.into()
        },
        x: Axis::linear(levels),
        y: Axis::linear("bar, by birth"),
        series,
        ..Lines::default()
    }
}

fn betti(
    groups: &[(String, Vec<Interval>)],
    subtitle: &str,
    levels: &str,
    (first, never): (f64, f64),
) -> Lines {
    let curve = |(name, classes): &(String, Vec<Interval>)| {
        let level = |place: usize| first + (never - first) * place as f64 / (PLACES - 1) as f64;
        let alive = |level: f64| {
            let alive = classes
                .iter()
                .filter(|class| class.birth <= level && level < class.death);
            (level, alive.count() as f64)
        };
        let points = (0..PLACES).map(|place| alive(level(place))).collect();
        Series::new(name.clone(), points, Look::Line)
    };
    Lines {
        title: "Classes alive at every level".into(),
        subtitle: subtitle.into(),
        x: Axis::linear(levels),
        y: Axis::linear("Betti number"),
        series: groups.iter().map(curve).collect(),
        ..Lines::default()
    }
}
