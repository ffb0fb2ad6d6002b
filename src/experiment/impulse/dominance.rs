//! Kind `dominance`: one trajectory of an impulse network, and the periodic mode that it settles on.

use serde_json::json;

use super::Impulse;
use super::settled::{self, Formula};
use crate::analysis::{
    Certificate, Cycle, Mode, ReferenceNetwork, RingMode, Settling, certify_any, ring_waves, settle,
};
use crate::experiment::course::Course;
use crate::experiment::{
    Block, Diagnostic, Experiment, Kind, ModelFile, Outcome, Progress, RunError,
};
use crate::networks::{Coupling, ImpulseNetwork, Pattern};

pub(in crate::experiment) const KIND: Kind = Kind {
    name: "dominance",
    summary: "one trajectory of a network of impulse neurons, and the mode that it settles on",
    read: |model| Ok(read(model)?),
    show: None,
};

/// Returns of a trajectory before its cycle is closed.
const RETURNS: usize = 12;

struct Dominance {
    impulse: Impulse,
    state: Vec<f64>,
    settling: Settling,
}

fn read(model: &ModelFile) -> Result<Box<dyn Experiment>, Diagnostic> {
    let impulse = Impulse::read(model)?;
    let state = impulse.initial_state()?;
    let settling = impulse.settling(&impulse.network)?;
    Ok(Box::new(Dominance {
        impulse,
        state,
        settling,
    }))
}

impl Experiment for Dominance {
    fn resolved(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(&self.impulse.settings)
    }

    fn plan(&self) -> Vec<(String, String)> {
        let mut plan = self.impulse.plan();
        plan.push(("initial state".into(), format!("{:?}", self.state)));
        plan.push((
            "followed until".into(),
            format!("it settles, or {}", self.settling.maximum_time),
        ));
        plan
    }

    fn run(&self, progress: &dyn Progress) -> Result<Outcome, RunError> {
        progress.begin("settling", 1);
        let Impulse {
            network,
            options,
            settings,
            ..
        } = &self.impulse;
        let mut engine = network.engine(&self.state, *options)?;
        let settled = settle(engine.as_mut(), self.settling)?;
        let formula = settled
            .outcome
            .as_ref()
            .map_or_else(|_| Formula::default(), |cycle| closed_form(network, cycle));

        let mut report = settled::report(&settled, formula);
        report.insert("engine".into(), engine.name().into());
        report.insert("initial_state".into(), json!(self.state));

        let (active, span) = match &settled.outcome {
            Ok(cycle) => (cycle.pattern.clone(), 4.0 * cycle.period),
            Err(_) => (Pattern::all(network.neurons()), 200.0),
        };
        let end = settings
            .output
            .t_end
            .as_ref()
            .map_or(span, |end| *end.get_ref());
        let mut again = network.engine(&self.state, *options)?;
        let course = Course::record(
            again.as_mut(),
            end,
            *settings.output.samples.get_ref(),
            active,
        )?;

        let mut summary = settled::summary(&settled, formula);
        if settings.dominance.certify {
            let found = certify_any(network, &self.state, RETURNS);
            summary.push(Block::Line(match &found {
                Ok(found) => certified(found),
                Err(reason) => format!("not certified: {reason}"),
            }));
            let certificate = match found {
                Ok(found) => json!(found),
                Err(reason) => json!({ "stability": "not found", "reason": reason.to_string() }),
            };
            report.insert("certificate".into(), certificate);
        }
        let mut outcome = Outcome {
            report: report.into(),
            summary,
            statistics: serde_json::to_value(settled.statistics)?,
            ..Outcome::default()
        };
        let title = match &settled.outcome {
            Ok(cycle) if cycle.mode == Mode::Dominance => {
                format!(
                    "A {}-dominance cycle of {} impulse neurons",
                    cycle.k(),
                    network.neurons()
                )
            }
            Ok(cycle) => format!(
                "Pattern {} of {} impulse neurons: {}",
                cycle.pattern,
                network.neurons(),
                cycle.mode.name()
            ),
            Err(_) => format!("{} impulse neurons, not settled", network.neurons()),
        };
        course.add_to(&mut outcome, &title, &describe(network));
        Ok(outcome)
    }
}

/// A certificate in a line.
fn certified(found: &Certificate) -> String {
    let multiplier = |(re, im): &(f64, f64)| {
        if *im == 0.0 {
            format!("{re:.6}")
        } else {
            format!("{re:.6}{im:+.6}i")
        }
    };
    let leading = found
        .multipliers
        .iter()
        .filter(|mu| mu.0.hypot(mu.1) > 1e-6);
    let leading: Vec<String> = leading.take(6).map(multiplier).collect();
    let leading = if leading.is_empty() {
        "none but the trivial one".to_owned()
    } else {
        leading.join(" ")
    };
    format!(
        "certified {}: period {:.9}, multipliers {leading}, residual {:.1e}",
        found.stability.name(),
        found.period,
        found.residual
    )
}

/// The parameters in a line, for the subtitle of a figure.
pub(super) fn describe(network: &ImpulseNetwork) -> String {
    let parameters = network.parameters();
    let steepness = if network.is_relay() {
        "relay limit".to_owned()
    } else {
        format!("λ = {}", parameters.lambda)
    };
    let listed = |name: &str, values: &[f64]| {
        let equal = values.iter().all(|value| *value == values[0]);
        if equal {
            format!("{name} = {}", values[0])
        } else {
            format!("{name} per neuron")
        }
    };
    [
        listed("a", &parameters.a),
        listed("b", &parameters.b),
        listed("c", &parameters.c),
        format!("h = {}", parameters.h),
        steepness,
    ]
    .join(", ")
    .replace('-', "−")
}

/// What the closed forms say about a mode, where there is one for it.
fn closed_form(network: &ImpulseNetwork, cycle: &Cycle) -> Formula {
    let neurons = network.neurons();
    let Some((a, b, c, h)) = network.as_homogeneous() else {
        return refractory_ring(network, cycle)
            .or_else(|| travelling_wave(network, cycle))
            .unwrap_or_default();
    };
    if neurons == 1 || b == 0.0 {
        return Formula {
            period: Some(2.0 + a + 1.0 / a),
            ..Formula::default()
        };
    }
    let reference = ReferenceNetwork::new(a, b, c, h).filter(|_| cycle.mode == Mode::Dominance);
    let exact = reference.and_then(|reference| reference.cycle(cycle.k()));
    Formula {
        period: exact.map(|exact| exact.period),
        silent_maximum: exact
            .filter(|_| cycle.k() < neurons)
            .map(|exact| exact.silent_maximum),
        synchrony_multiplier: exact.and_then(|exact| exact.synchrony_multiplier),
    }
}

/// The impulse-refractory mode: every second neuron of a homogeneous ring without delay is silent.
fn refractory_ring(network: &ImpulseNetwork, cycle: &Cycle) -> Option<Formula> {
    let parameters = network.parameters();
    let applies = parameters.coupling == Coupling::Ring
        && parameters.h == 0.0
        && network.is_uniform()
        && cycle.pattern.len().is_multiple_of(2)
        && cycle
            .pattern
            .bits()
            .windows(2)
            .all(|pair| pair[0] != pair[1]);
    let (a, b, c) = (parameters.a[0], parameters.b[0], parameters.c[0]);
    applies.then(|| Formula {
        period: Some(2.0 + a + 1.0 / a),
        silent_maximum: Some(RingMode { a, b, c }.silent_maximum()),
        synchrony_multiplier: None,
    })
}

/// A wave around a homogeneous ring: the solution of the period relation with as many turns.
fn travelling_wave(network: &ImpulseNetwork, cycle: &Cycle) -> Option<Formula> {
    let parameters = network.parameters();
    let applies = parameters.coupling == Coupling::Ring
        && network.is_uniform()
        && cycle.mode == Mode::TravellingWave;
    let (a, b, c) = (parameters.a[0], network.strength(0), parameters.c[0]);
    let [Some(first), Some(second), ..] = cycle.phases[..] else {
        return None;
    };
    // Neuron 2 hears neuron 1 and fires earlier by the lead.
    let lead = (first - second).rem_euclid(cycle.period);
    let turns = (network.neurons() as f64 * lead / cycle.period).round() as usize;
    let waves = ring_waves(a, b, c, parameters.h, network.neurons());
    let wave = waves
        .into_iter()
        .filter(|wave| applies && wave.turns == turns)
        .min_by(|x, y| (x.lead - lead).abs().total_cmp(&(y.lead - lead).abs()))?;
    Some(Formula {
        period: Some(wave.period),
        ..Formula::default()
    })
}
