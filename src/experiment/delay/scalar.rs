//! The scalar delay equations that a model file can name.

use serde::{Deserialize, Serialize};
use toml_edit::{Item, Table};

use crate::experiment::Diagnostic;
use crate::experiment::settings::{
    Given, Mistakes, Place, Placed, Positive, Setting, Words, settings,
};
use crate::networks::{Hutchinson, MackeyGlass, NetworkError};
use crate::solver::DelayField;

/// A right-hand side that any thread may evaluate.
pub(in crate::experiment) type ScalarField = Box<dyn DelayField + Send + Sync>;

/// A scalar delay equation that a model file can name.
pub(in crate::experiment) struct Equation {
    pub(in crate::experiment) name: &'static str,
    pub(in crate::experiment) formula: &'static str,
    /// Every parameter is positive; the last is the lag.
    pub(in crate::experiment) parameters: &'static [&'static str],
    pub(in crate::experiment) build: fn(&[f64]) -> Result<ScalarField, NetworkError>,
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

settings! {
    /// The equation of a model file.
    pub struct EquationSettings {
        /// Its name: `hutchinson` or `mackey-glass`.
        pub name: Words,
        /// Its parameters, as in the formula.
        pub parameters: Parameters,
    }
}

/// Named positive numbers.
#[derive(Debug, Clone)]
pub struct Parameters(Vec<Parameter>);

#[derive(Debug, Clone)]
struct Parameter {
    key: String,
    place: Place,
    value: Positive,
}

impl Parameters {
    fn get(&self, key: &str) -> Option<f64> {
        let found = self.0.iter().find(|parameter| parameter.key == key);
        found.map(|parameter| *parameter.value)
    }
}

impl Setting for Parameters {
    fn expected() -> String {
        "a section with the parameters of the equation".into()
    }

    fn schema() -> serde_json::Value {
        serde_json::json!({ "type": "object", "additionalProperties": Positive::schema() })
    }

    fn read(given: &Given<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let table = given.expect(given.section(), "a section", mistakes)?;
        let read = |(key, item): (&str, &Item)| {
            let value = Positive::read(&Given::new(key, item), mistakes)?;
            Some(Parameter {
                key: key.to_owned(),
                place: table.key(key).and_then(toml_edit::Key::span).into(),
                value,
            })
        };
        let all: Vec<Option<Parameter>> = table.iter().map(read).collect();
        all.into_iter().collect::<Option<_>>().map(Self)
    }

    fn write(&self) -> Item {
        let mut table = Table::new();
        for Parameter { key, value, .. } in &self.0 {
            table.insert(key, value.write());
        }
        Item::Table(table)
    }
}

impl EquationSettings {
    /// The equation and the values of its parameters, in its own order.
    pub(in crate::experiment) fn resolve(&self) -> Result<(&'static Equation, Vec<f64>), Mistakes> {
        let name = &self.name;
        let equation = EQUATIONS.iter().find(|equation| equation.name == &**name);
        let equation = equation.ok_or_else(|| {
            let names: Vec<&str> = EQUATIONS.iter().map(|equation| equation.name).collect();
            Diagnostic::unknown("equation", name, name.place().bytes(), &names)
        })?;
        let mut mistakes = Mistakes::default();
        let known = equation.parameters;
        for Parameter { key, place, .. } in &self.parameters.0 {
            if !known.contains(&key.as_str()) {
                mistakes.add(Diagnostic::unknown("parameter", key, place.bytes(), known));
            }
        }
        let mut values = Vec::new();
        for key in known {
            match self.parameters.get(key) {
                Some(value) => values.push(value),
                None => mistakes.add(
                    Diagnostic::new(format!("the parameter `{key}` is missing"))
                        .at(name.place().bytes())
                        .label(format!("needs {}", known.join(", ")))
                        .help(format!("add `{key} = ...` to `parameters`")),
                ),
            }
        }
        mistakes.end()?;
        Ok((equation, values))
    }

    /// The equation that `report` and figures speak of, after it has been resolved once.
    pub(in crate::experiment) fn equation(&self) -> &'static Equation {
        let equation = EQUATIONS
            .iter()
            .find(|equation| equation.name == &*self.name);
        equation.unwrap_or(&EQUATIONS[0])
    }

    /// The right-hand side of an equation.
    pub(in crate::experiment) fn field(
        &self,
        equation: &Equation,
        parameters: &[f64],
    ) -> Result<ScalarField, Diagnostic> {
        (equation.build)(parameters)
            .map_err(|error| Diagnostic::new(error.to_string()).at(self.name.place().bytes()))
    }

    /// The parameters in words, but the one named `without`.
    pub(in crate::experiment) fn subtitle(&self, without: &str) -> String {
        let keys = self
            .equation()
            .parameters
            .iter()
            .filter(|key| **key != without);
        let given = keys.filter_map(|key| Some(format!("{key} = {}", self.parameters.get(key)?)));
        given.collect::<Vec<_>>().join(", ")
    }

    /// The parameters by name, for reports.
    pub(in crate::experiment) fn named(&self) -> Vec<NamedValue> {
        let named = |parameter: &Parameter| NamedValue {
            name: parameter.key.clone(),
            value: *parameter.value,
        };
        self.parameters.0.iter().map(named).collect()
    }
}

/// A parameter in a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NamedValue {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: f64,
}
