//! Lyapunov exponents of a system.

use serde::{Deserialize, Serialize};

use super::late::Late;
use super::settings::Settings;
use crate::analysis::{LyapunovSettings, LyapunovSpectrum, lyapunov_exponents};
use crate::solver::Options;

/// Lyapunov exponents of the run from `t = 0`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Exponents {
    /// The exponents.
    pub spectrum: Option<LyapunovSpectrum>,
    /// Why there are none.
    pub failure: Option<String>,
}

/// The largest exponents, as many as are asked for.
pub(super) fn exponents(
    late: &Late<'_>,
    settings: &Settings,
    count: usize,
    options: Options,
) -> Exponents {
    let span = *settings.solver.t_end - *settings.solver.t_begin;
    let asked = &settings.analysis;
    let found = lyapunov_exponents(
        &late.system.field(),
        late.history(0.0),
        &LyapunovSettings {
            exponents: count,
            transient: asked.transient.map_or(0.5 * span, |time| *time),
            duration: asked.duration.map_or(span, |time| *time),
            solver: options,
            ..LyapunovSettings::default()
        },
    );
    match found {
        Ok(spectrum) => Exponents {
            spectrum: Some(spectrum),
            failure: None,
        },
        Err(error) => Exponents::failed(error.to_string()),
    }
}

impl Exponents {
    /// None, and why.
    pub(super) fn failed(why: String) -> Self {
        Self {
            spectrum: None,
            failure: Some(why),
        }
    }
}
