//! Pictures of the kind `relevance-homology`.

use super::relevance_homology::{Course, Findings, Group};
use super::relevance_settings::{FORMS, Settings};
use crate::experiment::Drawing;
use crate::experiment::ensemble::spread;
use crate::figures::{Axis, Lines, Look, Series};

/// A number of a network at one of its looks.
type Get = fn(&Course, usize) -> Option<f64>;

/// What is drawn against width, classes and epoch.
const NUMBERS: [(&str, &str, Get); 3] = [
    ("loops", "loops", |course, look| {
        Some(course.looks.get(look)?.loops as f64)
    }),
    (
        "gained",
        "loops gained since the first look, %",
        |course, look| {
            let (first, now) = (course.looks.first()?, course.looks.get(look)?);
            (first.loops > 0).then(|| 100.0 * (now.loops as f64 / first.loops as f64 - 1.0))
        },
    ),
    ("life", "mean life of a loop, −ln R", |course, look| {
        course.looks.get(look)?.mean_life
    }),
];

/// One picture for each number and each of width, classes and epoch; that of the widths first.
pub(super) fn all(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
    let widths: Vec<usize> = settings
        .network
        .widths
        .iter()
        .map(|width| **width)
        .collect();
    let shown = Shown {
        settings,
        groups: findings.groups(),
        middle: widths[widths.len() / 2],
    };
    let numbers = NUMBERS.into_iter();
    numbers
        .flat_map(|(name, title, get)| shown.of(name, title, get))
        .collect()
}

struct Shown<'f> {
    settings: &'f Settings,
    groups: Vec<Group<'f>>,
    /// The width of the networks of fewer classes.
    middle: usize,
}

impl Shown<'_> {
    fn of(&self, name: &str, title: &str, get: Get) -> [Drawing; 3] {
        let (middle, groups) = (self.middle, &self.groups);
        let most = groups
            .iter()
            .map(|(_, _, classes, _)| *classes)
            .max()
            .unwrap_or(0);
        let by_width = Lines {
            title: "Excess of neurons".into(),
            subtitle: self.subtitle(&format!("{most} classes")),
            x: Axis::logarithmic("units of each hidden layer"),
            y: match name {
                "loops" => Axis::logarithmic(title),
                _ => Axis::linear(title),
            },
            series: self.at_last(get, |width, classes| (classes == most).then_some(width)),
            ..Lines::default()
        };
        let by_classes = Lines {
            title: "Difficulty of the problem".into(),
            subtitle: self.subtitle(&format!("width {middle}")),
            x: whole("classes"),
            y: Axis::linear(title),
            series: self.at_last(get, |width, classes| (width == middle).then_some(classes)),
            ..Lines::default()
        };
        let along = Lines {
            title: "Along training".into(),
            subtitle: self.subtitle(&format!("width {middle}, {most} classes")),
            x: whole("epochs"),
            y: Axis::linear(title),
            series: self.along(get, (middle, most)),
            ..Lines::default()
        };
        [
            ("width", by_width),
            ("classes", by_classes),
            ("training", along),
        ]
        .map(|(of, lines)| Drawing::of(format!("{name}-{of}"), lines))
    }

    fn subtitle(&self, what: &str) -> String {
        let Settings { network, data, .. } = self.settings;
        let (networks, images) = (network.units.networks, data.examples);
        format!("{networks} networks each, {images} images, {what}; bars are standard errors")
    }

    /// A number at the last look of the groups that have a place on the axis.
    fn at_last(&self, get: Get, place: impl Fn(usize, usize) -> Option<usize>) -> Vec<Series> {
        let last = self.settings.training.epochs.len() - 1;
        let form = |form: &&'static str| {
            let own = self.groups.iter().filter(|group| *group.0 == **form);
            let points = own.filter_map(|(_, width, classes, members)| {
                let at = place(*width, *classes)? as f64;
                point(at, members, get, last)
            });
            series(form, &points.collect::<Vec<_>>())
        };
        let forms = FORMS.iter().map(form);
        forms.filter(|series| !series.points.is_empty()).collect()
    }

    /// A number at every look of the groups of one size.
    fn along(&self, get: Get, size: (usize, usize)) -> Vec<Series> {
        let own = self
            .groups
            .iter()
            .filter(|group| (group.1, group.2) == size);
        let course = |(form, _, _, members): &Group<'_>| {
            let looks = members.first().map_or(0, |course| course.looks.len());
            let points = (0..looks).filter_map(|look| {
                let epoch = members[0].looks[look].epoch as f64;
                point(epoch, members, get, look)
            });
            series(form, &points.collect::<Vec<_>>())
        };
        own.map(course).collect()
    }
}

/// Place, mean, and the standard error of that if there is one.
type Measured = (f64, f64, Option<f64>);

fn point(at: f64, members: &[&Course], get: Get, look: usize) -> Option<Measured> {
    let [mean, error] = spread(members.iter().map(|course| get(course, look)));
    Some((at, mean?, error))
}

fn whole(label: &str) -> Axis {
    Axis {
        whole: true,
        ..Axis::linear(label)
    }
}

fn series(label: &str, points: &[Measured]) -> Series {
    let places = points.iter().map(|(x, y, _)| (*x, *y)).collect();
    let errors = points.iter().map(|(.., error)| error.unwrap_or(f64::NAN));
    Series::new(label, places, Look::LineAndMarkers).with_errors(errors)
}
