//! A parameter of an impulse network that a study varies.

use crate::experiment::Diagnostic;
use crate::experiment::settings::{Choice, Count, Mistakes, Real, require, settings};
use crate::networks::ImpulseParameter;

settings! {
    /// A parameter and the values that it takes.
    pub struct AxisSettings {
        /// Which parameter: a, b, c, h or mismatch.
        pub parameter: Choice<ImpulseParameter>,
        /// Its first value.
        pub from: Real,
        /// Its last value, above the first.
        pub to: Real,
        /// Number of equidistant values.
        pub points: Count<2>,
    }
}

/// Refuses a value that the parameter cannot have.
pub fn admit(parameter: ImpulseParameter, value: &Real) -> Result<(), Diagnostic> {
    let (requirement, holds) = parameter.admits(**value);
    let name = parameter.name();
    require(
        value,
        holds,
        format!("`{name}` would be {value}, but must be {requirement}"),
        format!("must be {requirement}"),
        format!("vary `{name}` over values that are {requirement}"),
    )
}

impl AxisSettings {
    /// Refuses values that the parameter cannot have.
    pub fn check(&self, mistakes: &mut Mistakes) {
        mistakes.note(admit(*self.parameter, &self.from));
        mistakes.note(admit(*self.parameter, &self.to));
        mistakes.note(require(
            &self.to,
            *self.from < *self.to,
            "`to` is not above `from`",
            "this end",
            "choose `from` < `to`",
        ));
    }

    /// `count + 1` equidistant values from end to end.
    pub fn divided(&self, count: usize) -> Vec<f64> {
        let at = |n: usize| *self.from + (*self.to - *self.from) * (n as f64 / count as f64);
        (0..=count).map(at).collect()
    }

    /// The values.
    pub fn values(&self) -> Vec<f64> {
        self.divided(*self.points - 1)
    }

    /// In words.
    pub fn describe(&self) -> String {
        let name = self.parameter.name();
        format!(
            "{name} from {} to {}, {} points",
            self.from, self.to, self.points
        )
    }

    /// For the axis of a figure.
    pub fn label(&self) -> String {
        match *self.parameter {
            ImpulseParameter::Mismatch => "mismatch".to_owned(),
            parameter => format!("parameter {}", parameter.name()),
        }
    }
}
