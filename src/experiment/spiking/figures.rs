//! Pictures: who fires when, with the rate of all below, and the potentials of a few.

use super::findings::Findings;
use super::settings::Settings;
use crate::experiment::Drawing;
use crate::figures::{NeuronCourse, Raster, RasterCurve, RasterRow, TimeCourses};

/// Neurons beyond which their potentials are not drawn one by one.
const MOST_PANELS: usize = 8;

/// Neurons that the raster shows: as many rows as its page has, of three units each.
const MOST_ROWS: usize = 160;

/// Width of the bar of a spike, as part of the time span.
const BAR: f64 = 1.0 / 900.0;

/// Periods of the mean neuron that the potentials show (chosen).
const INTERVALS: f64 = 12.0;

pub(super) fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
    let subtitle = format!(
        "{}; {}",
        settings.network.describe(),
        settings.synapses.describe()
    )
    .replace('-', "−");
    let mut all = vec![Drawing::of("raster", raster(settings, findings, &subtitle))];
    if findings.rates.values.len() <= MOST_PANELS {
        all.push(Drawing::of(
            "potentials",
            potentials(settings, findings, &subtitle),
        ));
    }
    all
}

/// Whether there are neurons of both signs.
fn mixed(findings: &Findings) -> bool {
    findings.excitatory.values.contains(&0.0)
}

/// Beginning and end of the bars of a neuron.
fn bars(findings: &Findings, neuron: usize, width: f64) -> Vec<(f64, f64)> {
    let pairs = findings
        .spike_times
        .values
        .iter()
        .zip(&findings.spike_neurons.values);
    let own = pairs.filter(|(_, of)| **of as usize == neuron);
    own.map(|(time, _)| (*time, time + width)).collect()
}

fn raster(settings: &Settings, findings: &Findings, subtitle: &str) -> Raster {
    let end = *settings.simulation.t_end;
    let neurons = findings.rates.values.len();
    // of too many neurons those at equal distances
    let every = neurons.div_ceil(MOST_ROWS);
    let row = |neuron: usize| RasterRow {
        label: neuron.to_string(),
        impulses: bars(findings, neuron, BAR * end),
        active: findings.excitatory.values[neuron] == 1.0,
    };
    let points = findings
        .rate_t
        .values
        .iter()
        .zip(&findings.population_rate.values);
    Raster {
        title: match every {
            1 => "Spikes, and the rate of all neurons".into(),
            _ => format!("Spikes of every {every}th neuron, and the rate of all"),
        },
        subtitle: subtitle.to_owned(),
        time_axis: "time t".into(),
        span: (0.0, end),
        rows: (0..neurons).step_by(every).map(row).collect(),
        legend: match mixed(findings) {
            true => ("spike of a neuron that excites", "of one that inhibits"),
            false => ("spike", ""),
        },
        below: Some(RasterCurve {
            axis: "rate per neuron".into(),
            points: points.map(|(time, rate)| (*time, *rate)).collect(),
        }),
    }
}

fn potentials(settings: &Settings, findings: &Findings, subtitle: &str) -> TimeCourses {
    let neurons = findings.rates.values.len();
    let end = *settings.simulation.t_end;
    let shown = match findings.mean_rate {
        rate if rate > 0.0 => end.min(INTERVALS / rate),
        _ => end,
    };
    let times = findings.t.values.iter().copied();
    let times: Vec<f64> = times.take_while(|time| *time <= shown).collect();
    let neuron = |neuron: usize| {
        let values = findings
            .potentials
            .values
            .iter()
            .skip(neuron)
            .step_by(neurons);
        let impulses = bars(findings, neuron, BAR * shown);
        NeuronCourse {
            label: format!("V{neuron}"),
            values: values.copied().take(times.len()).collect(),
            impulses: impulses
                .into_iter()
                .filter(|(begin, _)| *begin <= shown)
                .collect(),
            active: findings.excitatory.values[neuron] == 1.0,
        }
    };
    TimeCourses {
        title: "Potentials between spikes".into(),
        subtitle: subtitle.to_owned(),
        time_axis: "time t".into(),
        value_axis: "potential V".into(),
        neurons: (0..neurons).map(neuron).collect(),
        times: times.clone(),
        threshold: settings.network.threshold.scalar(),
        legend: match mixed(findings) {
            true => ["neuron that excites", "neuron that inhibits", "spike"],
            false => ["potential", "", "spike"],
        },
    }
}
