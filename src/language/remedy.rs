//! What to do about a mistake.

use super::mistake::Mistake;

impl Mistake {
    /// What to do about it, where its words do not say so already behind a colon or ask whether something else was
    /// meant.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::UnknownSign { .. } => "remove it; names are made of letters, digits and `_`",
            Self::NotANumber { .. } => "write a number as `1.5` or `2e-3`",
            Self::Unexpected { .. } => "write what is expected here, or remove what is found",
            Self::PowerSign => "`**` is no sign of the language",
            Self::NotClosed { .. } => "close it, or remove it",
            Self::UnknownName { near: None, .. } => {
                "correct the name, or define it: a variable in `[system.equations]`, a number in `[system.parameters]`"
            }
            Self::UnknownDirection { .. } => "leave the word out, or write one of these",
            Self::BadHead { .. } => "write it as in the example",
            Self::WrongArguments { .. } => "give it as many arguments, apart by commas",
            Self::WrongIndices { expected: 0, .. } => {
                "leave out the brackets, or make it a family, as in `x[i]`"
            }
            Self::WrongIndices { .. } => "give it as many indices, as in `x[i]` or `A[i, j]`",
            Self::VaryingIndex => {
                "take a number or an index of a family, or choose by `if(condition, x[0], x[1])`"
            }
            Self::IndexOutOfRange { .. } => {
                "entries count from 0; correct the index, or make the size larger"
            }
            Self::WhichSize { .. } => "say it where the index stands first",
            Self::TooMany { .. } => "choose smaller sizes, or fewer indices at a time",
            Self::TooManyCalls { .. } => {
                "write what is called again and again as an equation or a number of its own"
            }
            Self::DelayedTimeOfDelayed => "give the inner value an equation of its own",
            Self::VaryingLagInEvent => "read the past at `t` less a number, as in `x(t - 2)`",
            Self::WindowEdge => "choose a constant edge",
            Self::TooManyBends { .. } => {
                "make lags multiples of each other, or give the integral an equation of its own, `A' = x(t) - x(t - tau)`"
            }
            Self::PastNotAllowed => {
                "give the delayed value an equation of its own, or read the present one"
            }
            Self::SlopeNotAllowed => "write the right-hand side of its equation instead",
            Self::Recursive { .. } => "write it without itself",
            Self::OverOutsideSum { .. } => "write `sum(j in N, ...)`, or leave it out",
            Self::Missing { .. } => "add it",
            Self::Unread { near: None, .. } => "remove it, or read it in a formula",
            Self::InvalidValue { .. } => "choose such a value",
            _ => "",
        }
    }
}
