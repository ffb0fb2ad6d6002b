//! A parameter of an impulse network that a study varies.

use crate::analysis::proof::Varied;
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

    /// A parameter and the interval of its values.
    pub struct SideSettings {
        /// Which parameter: a, b, c or h.
        pub parameter: Choice<ImpulseParameter>,
        /// Its least value.
        pub from: Real,
        /// Its largest value.
        pub to: Real,
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
        check_ends(*self.parameter, [&self.from, &self.to], mistakes);
    }

    /// The values.
    pub fn values(&self) -> Vec<f64> {
        self.varied().divided(*self.points - 1)
    }

    /// The parameter and its ends.
    pub fn varied(&self) -> Varied {
        Varied {
            parameter: *self.parameter,
            from: *self.from,
            to: *self.to,
        }
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
        label(*self.parameter)
    }
}

impl SideSettings {
    /// Refuses values that the parameter cannot have.
    pub fn check(&self, mistakes: &mut Mistakes) {
        check_ends(*self.parameter, [&self.from, &self.to], mistakes);
    }

    /// For a proof.
    pub fn varied(&self) -> Varied {
        Varied {
            parameter: *self.parameter,
            from: *self.from,
            to: *self.to,
        }
    }

    /// In words.
    pub fn describe(&self) -> String {
        let name = self.parameter.name();
        format!("{name} from {} to {}", self.from, self.to)
    }

    /// For the axis of a figure.
    pub fn label(&self) -> String {
        label(*self.parameter)
    }
}

/// Refuses ends that the parameter cannot have, or that do not ascend.
fn check_ends(parameter: ImpulseParameter, [from, to]: [&Real; 2], mistakes: &mut Mistakes) {
    mistakes.note(admit(parameter, from));
    mistakes.note(admit(parameter, to));
    mistakes.note(require(
        to,
        **from < **to,
        "`to` is not above `from`",
        "this end",
        "choose `from` < `to`",
    ));
}

fn label(parameter: ImpulseParameter) -> String {
    match parameter {
        ImpulseParameter::Mismatch => "mismatch".to_owned(),
        parameter => format!("parameter {}", parameter.name()),
    }
}
