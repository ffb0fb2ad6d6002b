//! Tables of the kind `partition`.

use super::findings::{Findings, RunFinding};
use super::settings::Settings;
use crate::experiment::{Block, Table};

pub(super) fn all(findings: &Findings) -> Vec<(String, Table)> {
    let mut tables = vec![
        ("layers".into(), layers(findings)),
        ("ranks".into(), ranks(findings)),
        ("times".into(), times(findings)),
        ("front".into(), front(findings)),
    ];
    if let Some(run) = &findings.run {
        tables.push(("run".into(), run_layers(findings, run)));
    }
    tables
}

pub(super) fn summary(settings: &Settings, findings: &Findings) -> Vec<Block> {
    let mega = |elements: f64| 4e-6 * elements;
    let mut lines = vec![format!(
        "{} ranks, plan {}: {:.3} MB ({:.2} elements)",
        findings.ranks,
        findings.plan,
        mega(findings.communication),
        findings.communication
    )];
    if let (Some(all), Some(reuse)) = (
        findings.communication_all_lop,
        findings.communication_all_lop_reuse,
    ) {
        lines.push(format!(
            "all layers by outputs: {:.3} MB, with reuse {:.3} MB",
            mega(all),
            mega(reuse)
        ));
    }
    let most = findings.memory_bytes_of_ranks.iter();
    let most = most.fold(0.0_f64, |most, bytes| most.max(*bytes));
    let tiles = match findings.breakpoint {
        0 => "without tiles".to_owned(),
        layer => format!("with tiles before layer {layer}"),
    };
    lines.push(format!(
        "memory of this plan in {}: {:.3} MB on the fullest rank; by the source's count, in numbers of 4 bytes, {:.3} MB at \
         least, {tiles}, and {:.3} MB on one device alone",
        settings.run.numbers.name(),
        1e-6 * most,
        1e-6 * findings.memory_bytes,
        1e-6 * findings.memory_bytes_alone
    ));
    if let Some(tiled) = &findings.tiled {
        lines.push(format!(
            "tiles before layer {}: {:.2} % fewer bytes than all layers behind by outputs ({:.3} and {:.3} MB behind, {:.3} MB \
             of tiles on both sides)",
            tiled.breakpoint,
            100.0 * tiled.saved,
            mega(tiled.behind.0),
            mega(tiled.behind.1),
            mega((tiled.tiles.0 + tiled.tiles.1) as f64)
        ));
    }
    let runs = [
        (&findings.run, "run"),
        (&findings.run_tiled, "run with tiles"),
    ];
    for (run, name) in runs {
        let Some(run) = run else { continue };
        let same = if run.sent == run.planned {
            "those of the plan, layer by layer"
        } else {
            "NOT those of the plan"
        };
        let size = match *settings.run.divisor {
            1 => String::new(),
            divisor => format!(" of the network at 1/{divisor} of its size"),
        };
        let inputs = match run.inputs {
            1 => String::new(),
            inputs => format!(", {inputs} images"),
        };
        lines.push(format!(
            "{name}{size}, {}, {}{inputs}: off the single run by {:.1e} of the largest output; {} bytes sent, {same}; {:.3} \
             MB held by the fullest rank",
            run.numbers,
            run.plan,
            run.difference,
            run.sent.iter().sum::<u64>(),
            1e-6 * run.held.iter().fold(0.0_f64, |most, bytes| most.max(*bytes))
        ));
        if let Some(classified) = run.classified {
            lines.push(format!(
                "{name}: {} of {} images classified rightly, {} as the network on one rank does",
                classified.right, run.inputs, classified.as_alone
            ));
            if let Some(off) = classified.off_network {
                lines.push(format!(
                    "{name}: outputs off those of the network that has learnt by {off:.1e} at most"
                ));
            }
        }
    }
    if findings.front.is_empty() {
        lines.push(
            "the front of memory and communication has too many points, and is left out".into(),
        );
    }
    lines.push(
        "letters: o outputs, i inputs, f and s a fused pair, w whole on rank 0, t tiles, . no weights; times are predicted"
            .into(),
    );
    let lines = lines.into_iter().map(Block::Line);
    let tables = [layers(findings), times(findings)];
    lines.chain(tables.map(Block::Table)).collect()
}

fn layers(findings: &Findings) -> Table {
    let mut table = Table::new([
        "layer",
        "name",
        "cut",
        "elements sent",
        "MB sent",
        "weights",
    ]);
    for (number, layer) in findings.layers.iter().enumerate() {
        table.push([
            number.into(),
            layer.name.as_str().into(),
            layer.kind.as_str().into(),
            layer.cost.into(),
            (1e-6 * layer.bytes).into(),
            layer.weights.into(),
        ]);
    }
    table
}

fn ranks(findings: &Findings) -> Table {
    let mut table = Table::new(["rank", "planned MB", "run: planned MB", "run: most held MB"]);
    for (rank, bytes) in findings.memory_bytes_of_ranks.iter().enumerate() {
        let of = |get: fn(&RunFinding) -> &Vec<f64>| {
            let run = findings.run.as_ref()?;
            get(run).get(rank).map(|bytes| 1e-6 * bytes)
        };
        table.push([
            rank.into(),
            (1e-6 * bytes).into(),
            of(|run| &run.planned_memory).into(),
            of(|run| &run.held).into(),
        ]);
    }
    table
}

fn times(findings: &Findings) -> Table {
    let mut table = Table::new([
        "Mbit/s",
        "ranks",
        "seconds",
        "s computing",
        "s sending",
        "s of latency",
        "bound by",
        "speed-up",
        "gain over outputs, reused",
        "gain over outputs",
        "fastest plan",
        "its speed-up",
    ]);
    for time in &findings.times {
        table.push([
            time.mbit_s.into(),
            time.plan.ranks.into(),
            time.plan.seconds().into(),
            time.plan.operations.into(),
            time.plan.bandwidth.into(),
            time.plan.latency.into(),
            format!("{:?}", time.bound).to_lowercase().into(),
            time.speed_up.into(),
            time.over_outputs.map(|gain| gain.0).into(),
            time.over_outputs.map(|gain| gain.1).into(),
            time.fastest
                .as_ref()
                .map_or("-", |fastest| fastest.0.as_str())
                .into(),
            time.fastest.as_ref().map(|fastest| fastest.1).into(),
        ]);
    }
    table
}

fn front(findings: &Findings) -> Table {
    let mut table = Table::new(["memory MB", "sent MB", "breakpoint", "plan"]);
    for point in &findings.front {
        table.push([
            (4e-6 * point.memory).into(),
            (4e-6 * point.communication).into(),
            point.breakpoint.into(),
            point.plan.as_str().into(),
        ]);
    }
    table
}

fn run_layers(findings: &Findings, run: &RunFinding) -> Table {
    let mut table = Table::new([
        "layer",
        "cut",
        "bytes sent",
        "bytes planned",
        "bytes with tiles",
    ]);
    for (layer, cut) in run.plan.chars().enumerate() {
        let tiled = findings.run_tiled.as_ref().map(|run| run.sent[layer]);
        table.push([
            layer.into(),
            cut.to_string().into(),
            run.sent[layer].into(),
            run.planned[layer].into(),
            tiled.into(),
        ]);
    }
    table
}
