//! The scalar delay equations that a model file can name.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_spanned::Spanned;

use crate::experiment::Diagnostic;
use crate::experiment::rules::{positive, unwritten};
use crate::networks::{Hutchinson, MackeyGlass, NetworkError};
use crate::solver::DelayField;

/// A right-hand side that any thread may evaluate.
pub(super) type Field = Box<dyn DelayField + Send + Sync>;

/// A scalar delay equation that a model file can name.
pub(super) struct Equation {
    pub(super) name: &'static str,
    pub(super) formula: &'static str,
    /// Every parameter is positive; the last is the lag.
    pub(super) parameters: &'static [&'static str],
    pub(super) build: fn(&[f64]) -> Result<Field, NetworkError>,
}

static EQUATIONS: [Equation; 2] = [
    Equation {
        name: "hutchinson",
        formula: "y' = r y (1 - y(t - lag))",
        parameters: &["r", "lag"],
        build: |p| Ok(Box::new(Hutchinson::new(p[0], p[1])?)),
    },
    Equation {
        name: "mackey-glass",
        formula: "y' = beta y(t - lag) / (1 + y(t - lag)^n) - gamma y",
        parameters: &["beta", "gamma", "n", "lag"],
        build: |p| Ok(Box::new(MackeyGlass::new(p[0], p[1], p[2], p[3])?)),
    },
];

/// The equation of a model file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EquationSettings {
    pub(super) name: Spanned<String>,
    pub(super) parameters: BTreeMap<Spanned<String>, Spanned<f64>>,
}

impl EquationSettings {
    /// The equation and the values of its parameters, in its own order.
    pub(super) fn resolve(&self) -> Result<(&'static Equation, Vec<f64>), Diagnostic> {
        let name = &self.name;
        let equation = EQUATIONS
            .iter()
            .find(|equation| equation.name == name.get_ref());
        let equation = equation.ok_or_else(|| {
            let names: Vec<&str> = EQUATIONS.iter().map(|equation| equation.name).collect();
            Diagnostic::unknown("equation", name.get_ref(), name.span(), &names)
        })?;
        for (key, value) in &self.parameters {
            if !equation.parameters.contains(&key.get_ref().as_str()) {
                let (key, place) = (key.get_ref(), key.span());
                return Err(Diagnostic::unknown(
                    "parameter",
                    key,
                    place,
                    equation.parameters,
                ));
            }
            positive(key.get_ref(), value)?;
        }
        let mut parameters = Vec::new();
        for key in equation.parameters {
            let Some(value) = self.parameters.get(&unwritten((*key).to_owned())) else {
                return Err(Diagnostic::new(format!("the parameter `{key}` is missing"))
                    .at(name.span())
                    .label(format!("needs {}", equation.parameters.join(", ")))
                    .help(format!("add `{key} = ...` to `parameters`")));
            };
            parameters.push(*value.get_ref());
        }
        Ok((equation, parameters))
    }

    /// The right-hand side of an equation.
    pub(super) fn field(
        &self,
        equation: &Equation,
        parameters: &[f64],
    ) -> Result<Field, Diagnostic> {
        (equation.build)(parameters)
            .map_err(|error| Diagnostic::new(error.to_string()).at(self.name.span()))
    }

    /// The parameters in words, but the one named `without`.
    pub(super) fn subtitle(&self, equation: &Equation, without: &str) -> String {
        let given = equation.parameters.iter().filter(|key| **key != without);
        let given = given.filter_map(|key| {
            let value = self.parameters.get(&unwritten((*key).to_owned()))?;
            Some(format!("{key} = {value}"))
        });
        given.collect::<Vec<_>>().join(", ")
    }
}
