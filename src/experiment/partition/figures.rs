//! Pictures of the kind `partition`.

use super::findings::Findings;
use super::planned::BYTES;
use super::settings::Settings;
use crate::experiment::Drawing;
use crate::figures::{
    Axis, Direction, Lines, Look, PartitionColumn, PartitionDiagram, Reference, Series,
};
use crate::partition::Topology;

/// The diagram first.
pub(super) fn all(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
    let mut drawings = vec![
        Drawing::of("plan", diagram(settings, findings)),
        Drawing::of("times", times(settings, findings)),
        Drawing::of("memory", memory(settings, findings)),
    ];
    if findings.front.len() > 1 {
        drawings.push(Drawing::of("front", front(settings, findings)));
    }
    drawings
}

fn network(settings: &Settings) -> String {
    match &settings.network.name {
        Some(name) => format!("{:?}", **name),
        None if settings.trained.is_some() => "trained network".into(),
        None => "own layers".into(),
    }
}

/// Bytes of so many numbers in single precision.
fn size(elements: f64) -> String {
    match BYTES as f64 * elements {
        few if few < 1e6 => format!("{:.1} kB", 1e-3 * few),
        many => format!("{:.2} MB", 1e-6 * many),
    }
}

fn diagram(settings: &Settings, findings: &Findings) -> PartitionDiagram {
    let way = match *settings.cluster.topology {
        Topology::Root => "through rank 0",
        Topology::Ring => "around a ring",
    };
    let outputs = findings
        .communication_all_lop_reuse
        .map_or(String::new(), |all| {
            format!("; all layers by outputs {}", size(all))
        });
    PartitionDiagram {
        title: format!("{} on {} ranks", network(settings), findings.ranks),
        subtitle: format!(
            "{} {way} in single precision{outputs}",
            size(findings.communication)
        ),
        columns: findings
            .layers
            .iter()
            .map(|layer| PartitionColumn {
                name: layer.name.clone(),
                letter: layer.kind.chars().next().unwrap_or('.'),
                megabytes: 1e-6 * layer.bytes,
            })
            .collect(),
        ranks: findings.ranks,
    }
}

fn times(settings: &Settings, findings: &Findings) -> Lines {
    let mut rates: Vec<f64> = Vec::new();
    for time in &findings.times {
        if !rates.contains(&time.mbit_s) {
            rates.push(time.mbit_s);
        }
    }
    let series = rates.iter().map(|rate| {
        let own = findings.times.iter().filter(|time| time.mbit_s == *rate);
        let points = own.map(|time| (time.plan.ranks as f64, time.plan.seconds()));
        let look = Look::LineAndMarkers;
        Series::new(format!("{rate} Mbit/s"), points.collect(), look)
    });
    Lines {
        title: format!("Predicted time of {} by ranks", network(settings)),
        subtitle: format!(
            "plan of least communication for each number of ranks; {} s a message; a model of bytes, messages and operations, \
             not measured",
            settings.cluster.latency_s
        ),
        x: Axis {
            whole: true,
            ..Axis::linear("ranks")
        },
        y: Axis::logarithmic("seconds of one inference"),
        series: series.collect(),
        ..Lines::default()
    }
}

fn memory(settings: &Settings, findings: &Findings) -> Lines {
    // The source counts four bytes a number.
    let alone = findings.memory_bytes_alone * settings.run.numbers.bytes() as f64 / BYTES as f64;
    let points = |bytes: &[f64]| {
        let ranks = bytes.iter().enumerate();
        ranks
            .map(|(rank, bytes)| (rank as f64, 1e-6 * bytes))
            .collect()
    };
    let mut series = vec![Series::new(
        format!("plan, {}", settings.run.numbers.name()),
        points(&findings.memory_bytes_of_ranks),
        Look::LineAndMarkers,
    )];
    if let Some(run) = &findings.run {
        let size = match *settings.run.divisor {
            1 => String::new(),
            divisor => format!(" at 1/{divisor} of the size"),
        };
        let of = |what: &str| format!("run{size}: {what}, {}", run.numbers);
        series.push(Series::new(
            of("weights and maps by its plan"),
            points(&run.planned_memory),
            Look::LineAndHollowMarkers,
        ));
        series.push(Series::new(
            of("most held, with patches and messages"),
            points(&run.held),
            Look::LineAndMarkers,
        ));
    }
    Lines {
        title: "Memory of every rank".into(),
        subtitle: format!("plan {}", findings.plan),
        x: Axis {
            whole: true,
            ..Axis::linear("rank")
        },
        y: Axis::linear("memory (MB)"),
        series,
        references: vec![Reference {
            label: "alone".into(),
            at: 1e-6 * alone,
            direction: Direction::Horizontal,
        }],
        ..Lines::default()
    }
}

fn front(settings: &Settings, findings: &Findings) -> Lines {
    // What is sent cannot be nothing on a logarithmic axis: linear.
    let points = findings.front.iter();
    let points = points.map(|point| (4e-6 * point.memory, 4e-6 * point.communication));
    let tiles = match &settings.tiles {
        Some(tiles) => format!("tiles on a grid of {} x {}", tiles.rows, tiles.columns),
        None => "no tiles".into(),
    };
    Lines {
        title: "Plans that no other beats in memory and communication".into(),
        subtitle: format!(
            "{} on {} equal ranks; {tiles}; layers may stay whole on rank 0",
            network(settings),
            findings.ranks
        ),
        x: Axis::linear("memory of the fullest rank (MB)"),
        y: Axis::linear("sent (MB)"),
        series: vec![Series::new("", points.collect(), Look::LineAndMarkers)],
        ..Lines::default()
    }
}
