//! Figures: what the files contain, that they repeat, and what is refused.
#![allow(clippy::unwrap_used)] // a failed precondition should panic
#![cfg(feature = "figures")]

mod lettering;

use nalgebra::DMatrix;
use pulsatrix::analysis::Fate;
use pulsatrix::figures::{
    AtlasCell, AtlasOverview, AtlasRow, AtlasTable, Axis, ColourMap, DelayPortrait, Direction,
    Figure, FigureError, GreyImage, HeatMap, ImageGrid, Lines, Look, MeasuredPeriods, NeuronCourse,
    PNG_DENSITY, PeriodByK, Raster, RasterRow, Reference, Series, TimeCourses, Untitled,
};
use pulsatrix::networks::Pattern;

/// One neuron of the relay limit with a = 1: period 4, impulse of length 2, x between -1 and 1.
fn sawtooth(t: f64) -> f64 {
    match t.rem_euclid(4.0) {
        t if t <= 1.0 => t,
        t if t <= 3.0 => 2.0 - t,
        t => t - 4.0,
    }
}

fn courses() -> TimeCourses {
    let times: Vec<f64> = (0..=2000).map(|i| 0.01 * f64::from(i)).collect();
    TimeCourses {
        title: "Two neurons".into(),
        subtitle: "a = 1".into(),
        time_axis: "time t".into(),
        value_axis: "x = ln u / λ".into(),
        threshold: Some(0.0),
        neurons: vec![
            NeuronCourse {
                label: "first".into(),
                values: times.iter().map(|t| sawtooth(*t)).collect(),
                impulses: (0..5)
                    .map(|n| (4.0 * f64::from(n), 4.0 * f64::from(n) + 2.0))
                    .collect(),
                active: true,
            },
            NeuronCourse {
                label: "second".into(),
                values: times.iter().map(|t| -5.0 + 0.1 * t.sin()).collect(),
                impulses: vec![],
                active: false,
            },
        ],
        times,
        ..TimeCourses::default()
    }
}

fn raster() -> Raster {
    let row = |label: &str, active| RasterRow {
        label: label.into(),
        impulses: vec![(1.0, 3.0), (5.0, 7.0)],
        active,
    };
    Raster {
        title: "Impulses".into(),
        time_axis: "time t".into(),
        span: (0.0, 8.0),
        rows: vec![row("first", true), row("second", false)],
        ..Raster::default()
    }
}

fn table() -> AtlasTable {
    let row = |code: u64, period: f64, multiplier, fate| AtlasRow {
        pattern: Pattern::from_code(code, 2),
        periods: vec![Some(period), None],
        closed_form: Some(period),
        silent_maximum: Some(-14.23393),
        multiplier,
        fate,
    };
    AtlasTable {
        title: "Atlas".into(),
        subtitle: String::new(),
        period_columns: vec!["relay".into(), "λ = 50".into()],
        rows: vec![
            row(0b01, 4.0, None, Fate::Memory),
            row(0b10, 4.0, None, Fate::NotFound),
            row(0b11, 13.71114, Some(0.778_071_7), Fate::Unstable),
        ],
    }
}

fn overview(neurons: u32) -> AtlasOverview {
    let cell = |pattern: u32| AtlasCell {
        k: pattern.count_ones() as usize,
        period: Some(4.0 * f64::from(pattern.count_ones())),
        fate: match pattern % 37 {
            5 => Fate::NotFound,
            9 => Fate::Unstable,
            _ => Fate::Memory,
        },
    };
    AtlasOverview {
        title: "Overview".into(),
        cells: (1..1 << neurons).map(cell).collect(),
        ..AtlasOverview::default()
    }
}

fn periods() -> PeriodByK {
    PeriodByK {
        title: "Periods".into(),
        closed_form: vec![(1, 4.0), (2, 13.71114), (3, 19.05803)],
        measured: vec![MeasuredPeriods {
            label: "λ = 50".into(),
            points: vec![(1, 4.0), (2, 13.7), (3, 19.0)],
        }],
        ..PeriodByK::default()
    }
}

fn portrait() -> DelayPortrait {
    DelayPortrait {
        title: "Portrait".into(),
        present_axis: "y(t)".into(),
        delayed_axis: "y(t − 17)".into(),
        points: (0..500)
            .map(|i| 0.05 * f64::from(i))
            .map(|t| (t.sin(), t.cos()))
            .collect(),
        ..DelayPortrait::default()
    }
}

fn convergence() -> Lines {
    Lines {
        title: "Convergence".into(),
        x: Axis::logarithmic("step h"),
        y: Axis::logarithmic("error"),
        series: vec![Series {
            bars: vec![(9e-5, 1.1e-4), (9e-9, 1.1e-8), (9e-13, 1.1e-12)],
            ..Series::new(
                "order 4",
                vec![(0.1, 1e-4), (0.01, 1e-8), (0.001, 1e-12)],
                Look::LineAndMarkers,
            )
        }],
        references: vec![Reference {
            label: "rounding".into(),
            at: 1e-15,
            direction: Direction::Horizontal,
        }],
        ..Lines::default()
    }
}

fn kernel(size: usize) -> HeatMap {
    HeatMap {
        title: "Kernel".into(),
        subtitle: String::new(),
        column_axis: "input".into(),
        row_axis: "other input".into(),
        value_axis: "K".into(),
        values: DMatrix::from_fn(size, size, |i, j| (i as f64 - j as f64).cos()),
        column_span: None,
        column_labels: vec![],
        row_labels: vec![],
        range: None,
        colours: ColourMap::Diverging,
        gaps: false,
    }
}

fn pictures() -> ImageGrid {
    ImageGrid {
        title: "Recall".into(),
        subtitle: String::new(),
        images: (0..4)
            .map(|k| GreyImage {
                caption: format!("picture {k}"),
                pixels: DMatrix::from_fn(6, 4, |i, j| ((i + j + k) % 3) as f64 / 2.0),
            })
            .collect(),
        columns: 2,
        column_titles: vec!["cue".into(), "recalled".into()],
        row_titles: vec!["one".into(), "two".into()],
        range: (0.0, 1.0),
        colours: ColourMap::Grey,
    }
}

fn all() -> Vec<(Box<dyn Figure>, Vec<&'static str>)> {
    vec![
        (
            Box::new(courses()),
            vec![
                "Two neurons",
                "first",
                "second",
                "time t",
                "x = ln u / λ",
                "−2",
                "impulse",
            ],
        ),
        (
            Box::new(raster()),
            vec!["Impulses", "impulse of another neuron", "8"],
        ),
        (
            Box::new(table()),
            vec![
                "13.71114",
                "−14.23393",
                "0.778072",
                "not found",
                "1 of 3 patterns are memories",
            ],
        ),
        (Box::new(overview(6)), vec!["k = 6", "1 / 1", "period T"]),
        (
            Box::new(overview(12)),
            vec!["k = 12", "cycle that is not shown to attract: 111"],
        ),
        (
            Box::new(periods()),
            vec!["closed form", "λ = 50", "number of active neurons k"],
        ),
        (Box::new(portrait()), vec!["y(t − 17)", "−0.5"]),
        (
            Box::new(convergence()),
            vec!["10⁻⁶", "10⁻¹²", "rounding", "0.001", "order 4"],
        ),
        (Box::new(kernel(5)), vec!["other input", "−0.4", "K"]),
        (Box::new(kernel(50)), vec!["50", "href"]),
        (Box::new(pictures()), vec!["picture 3", "recalled"]),
    ]
}

#[test]
fn every_figure_shows_its_labels_and_repeats_bitwise() {
    for (figure, labels) in all() {
        let svg = figure.svg().unwrap();
        for label in labels {
            assert!(svg.contains(label), "{label} is missing");
        }
        assert_eq!(svg, figure.svg().unwrap());
        assert_eq!(figure.png().unwrap(), figure.png().unwrap());
        assert!(svg.len() < 200_000, "{} bytes", svg.len());
        assert!(svg.contains("href") || !svg.contains("NaN"));
        assert_eq!(svg.matches("<svg").count(), svg.matches("</svg>").count());
    }
}

#[test]
fn both_files_have_the_size_of_the_page() {
    for (figure, _) in all() {
        let scene = figure.scene().unwrap();
        let (width, height) = (scene.width.ceil() as u32, scene.height.ceil() as u32);
        let svg = figure.svg().unwrap();
        assert!(svg.starts_with(&format!(
            "<svg width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {} {}\"",
            10 * width,
            10 * height
        )));
        let (size, pixels) = decoded(&figure.png().unwrap());
        let expected = (PNG_DENSITY * width, PNG_DENSITY * height);
        assert_eq!(size, expected);
        // The edge is paper all around; between, there is ink.
        let is_edge = |x: u32, y: u32| x < 8 || y < 8 || x + 8 >= expected.0 || y + 8 >= expected.1;
        for (index, pixel) in pixels.chunks(3).enumerate() {
            let (x, y) = (index as u32 % expected.0, index as u32 / expected.0);
            assert!(!is_edge(x, y) || pixel == [255; 3], "({x}, {y})");
        }
        assert!(pixels.chunks(3).any(|pixel| pixel.iter().all(|v| *v < 40)));
    }
}

/// Without its heading a picture is the one that never had any.
#[test]
fn an_untitled_picture_has_no_room_for_a_title() {
    let bare = Lines {
        title: String::new(),
        subtitle: String::new(),
        ..convergence()
    };
    let untitled = Untitled(Box::new(convergence()));
    assert_eq!(untitled.svg().unwrap(), bare.svg().unwrap());
    for (figure, _) in all() {
        let titled = figure.scene().unwrap().height;
        let untitled = Untitled(figure);
        assert!(untitled.scene().unwrap().height < titled - 17.0);
        untitled.png().unwrap();
    }
}

/// Size and RGB pixels of a PNG picture.
fn decoded(bytes: &[u8]) -> ((u32, u32), Vec<u8>) {
    let mut reader = png::Decoder::new(bytes).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!(info.color_type, png::ColorType::Rgb);
    ((info.width, info.height), pixels)
}

#[test]
fn files_are_written_whole() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("plots");
    let [svg, png] = periods().save(&inner, "periods").unwrap();
    assert_eq!(
        std::fs::read_to_string(svg).unwrap(),
        periods().svg().unwrap()
    );
    assert_eq!(std::fs::read(png).unwrap(), periods().png().unwrap());
    assert_eq!(std::fs::read_dir(&inner).unwrap().count(), 2);

    let blocked = inner.join("periods.svg");
    let error = periods().save(&blocked, "x").unwrap_err();
    assert!(matches!(error, FigureError::Write { path, .. } if path == blocked));
}

#[test]
fn long_trajectories_make_small_files() {
    let mut figure = courses();
    figure.times = (0..200_000).map(|i| 1e-3 * f64::from(i)).collect();
    for neuron in &mut figure.neurons {
        neuron.values = figure.times.iter().map(|t| (40.0 * t).sin()).collect();
    }
    assert!(figure.svg().unwrap().len() < 200_000);
}

#[test]
fn nan_is_refused_with_the_name_of_the_series() {
    let mut figure = courses();
    figure.neurons[1].values[7] = f64::NAN;
    let error = figure.svg().unwrap_err();
    assert!(
        matches!(&error, FigureError::NotFinite { series, index: 7, .. } if series == "second"),
        "{error}"
    );
    let mut lines = convergence();
    lines.series[0].points[1].1 = f64::INFINITY;
    assert!(
        lines
            .svg()
            .unwrap_err()
            .to_string()
            .starts_with("order 4: entry 1 is inf")
    );
    let mut map = kernel(3);
    map.values[(1, 1)] = f64::NAN;
    assert!(matches!(
        map.png(),
        Err(FigureError::NotFinite { index: 4, .. })
    ));
}

#[test]
fn empty_and_contradicting_data_are_refused() {
    assert!(matches!(
        TimeCourses::default().svg(),
        Err(FigureError::Empty { .. })
    ));
    assert!(matches!(
        PeriodByK::default().svg(),
        Err(FigureError::Empty { .. })
    ));
    assert!(matches!(
        AtlasOverview::default().svg(),
        Err(FigureError::Empty { .. })
    ));
    let mut lines = convergence();
    lines.series[0].points[2].1 = 0.0;
    assert!(matches!(lines.svg(), Err(FigureError::NotPositive { .. })));
    let mut atlas = table();
    atlas.rows[1].pattern = Pattern::all(3);
    assert!(matches!(
        atlas.svg(),
        Err(FigureError::WrongLength {
            found: 3,
            expected: 2,
            ..
        })
    ));
    let mut bars = raster();
    bars.rows[0].impulses[0] = (3.0, 1.0);
    assert!(matches!(bars.svg(), Err(FigureError::InvalidRange { .. })));
}
