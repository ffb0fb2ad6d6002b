//! Kind `dominance`: one trajectory of an impulse network, and the periodic mode that it settles on.

use serde::Serialize;

use super::experiment::{Impulse, Settings};
use super::settled::{Formula, Settlement, read_with_settlement};
use crate::analysis::{
    Certificate, Cycle, Mode, NotCertified, ReferenceNetwork, RingMode, Settled, certify_any,
    ring_waves, settle,
};
use crate::experiment::course::Course;
use crate::experiment::settings::Mistakes;
use crate::experiment::{Block, Drawing, Header, Progress, RunError, Study, Table};
use crate::networks::{Coupling, ImpulseNetwork, Pattern};
use crate::solver::Statistics;

/// Returns of a trajectory before its cycle is closed: it has settled by then, if it does at all
/// (chosen; a start on the symmetry of a repelling cycle stays beside it for as long).
const RETURNS: usize = 12;

/// Relative distance of two periods that are one: far above what settling and certifying leave, far below that of two
/// cycles (chosen; 3e-4 lie between a wave of eight neurons and the cycle beside it).
const SAME: f64 = 1e-5;

/// Time that is drawn of a trajectory which has not settled.
const UNSETTLED: f64 = 200.0;

/// Periods that are drawn of one that has.
const PERIODS: f64 = 4.0;

/// One trajectory.
pub struct Dominance {
    impulse: Impulse,
    state: Vec<f64>,
}

/// What is found.
#[derive(Debug, Clone, Serialize)]
pub struct Findings {
    /// The engine that has run.
    pub engine: String,
    /// Values of the neurons before time 0.
    pub initial_state: Vec<f64>,
    /// Where the trajectory has settled.
    #[serde(flatten)]
    pub settlement: Settlement,
    /// The cycle with its multipliers, where that was asked for.
    pub certificate: Option<Certificate>,
    /// Why there is no certificate, though one was asked for.
    pub not_certified: Option<String>,
    /// The trajectory from its start.
    pub course: Course,
    /// Cost of settling.
    pub statistics: Statistics,
}

read_with_settlement!(Findings {
    engine: String,
    initial_state: Vec<f64>,
    certificate: Option<Certificate>,
    not_certified: Option<String>,
    course: Course,
    statistics: Statistics,
});

impl Dominance {
    /// Certifies the cycle that the trajectory has settled on. From a few returns Newton's method may close another one
    /// that the trajectory passes on its way; then it is followed for as long as it took to settle.
    fn certify(&self, settled: &Settled) -> Result<Certificate, NotCertified> {
        let network = &self.impulse.network;
        let found = certify_any(network, &self.state, RETURNS);
        let Ok(cycle) = &settled.outcome else {
            return found;
        };
        let same = |found: &Certificate| (found.period - cycle.period).abs() < SAME * cycle.period;
        if found.as_ref().is_ok_and(same) {
            return found;
        }
        let returns = cycle.period_count(settled.activity.time());
        certify_any(network, &self.state, returns.max(RETURNS))
    }
}

impl Study for Dominance {
    const NAME: &'static str = "dominance";
    const SUMMARY: &'static str =
        "one trajectory of a network of impulse neurons, and the mode that it settles on";
    type Settings = Settings;
    type Findings = Findings;

    fn new(settings: Settings, header: &Header) -> Result<Self, Mistakes> {
        let impulse = Impulse::new(settings, header)?;
        let state = impulse
            .settings
            .history
            .state(&impulse.network, header.seed)?;
        Ok(Self { impulse, state })
    }

    fn settings(&self) -> &Settings {
        &self.impulse.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let longest = self.impulse.settings.analysis.maximum_time;
        let mut plan = self.impulse.plan();
        plan.push(("initial state".into(), format!("{:?}", self.state)));
        plan.push(("followed until".into(), format!("it settles, or {longest}")));
        plan
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        progress.begin("settling", 1);
        let Impulse {
            network, settings, ..
        } = &self.impulse;
        let options = settings.solver.options();
        let mut engine = network.engine(&self.state, options)?;
        let settled = settle(engine.as_mut(), self.impulse.settling(network))?;

        let (active, span) = match &settled.outcome {
            Ok(cycle) => (cycle.pattern.clone(), PERIODS * cycle.period),
            Err(_) => (Pattern::all(network.neurons()), UNSETTLED),
        };
        let end = settings.output.t_end.map_or(span, |end| *end);
        let mut again = network.engine(&self.state, options)?;
        let course = Course::record(again.as_mut(), end, *settings.output.samples, active)?;

        let asked = settings.dominance.certify;
        let certified = asked.then(|| self.certify(&settled));
        let (certificate, not_certified) = match certified {
            None => (None, None),
            Some(Ok(found)) => (Some(found), None),
            Some(Err(reason)) => (None, Some(reason.to_string())),
        };
        Ok(Findings {
            engine: engine.name().to_owned(),
            initial_state: self.state.clone(),
            settlement: Settlement::of(&settled, |cycle| closed_form(network, cycle)),
            certificate,
            not_certified,
            course,
            statistics: settled.statistics,
        })
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        findings.course.tables()
    }

    fn summary(_: &Settings, findings: &Findings) -> Vec<Block> {
        let mut summary = findings.settlement.summary();
        if let Some(found) = &findings.certificate {
            summary.push(Block::Line(certified(found)));
        }
        if let Some(reason) = &findings.not_certified {
            summary.push(Block::Line(format!("not certified: {reason}")));
        }
        summary
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        let network = match *settings.network.neurons {
            1 => "an impulse neuron".to_owned(),
            neurons => format!("{neurons} impulse neurons"),
        };
        let title = match &findings.settlement.cycle {
            Some(cycle) if cycle.mode == Mode::Dominance => {
                format!("The {}-dominance cycle of {network}", cycle.k())
            }
            Some(cycle) => format!(
                "Pattern {} of {network}: {}",
                cycle.pattern,
                cycle.mode.name()
            ),
            None => format!("{network}, not settled"),
        };
        findings
            .course
            .figures(&title, &settings.network.describe(&[]))
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
        "numerical certificate, {}: period {:.9}, multipliers {leading}, residual {:.1e}",
        found.stability.name(),
        found.period,
        found.residual
    )
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
