//! One number for all pairs of neurons, or one for each.

use toml_edit::Item;

use crate::experiment::Diagnostic;
use crate::experiment::data::files::matrix_at;
use crate::experiment::data::numbers::Numbers;
use crate::experiment::settings::{Given, Mistakes, Place, Placed, Real, Setting, require};

/// One number for all pairs of neurons, or a matrix.
#[derive(Debug, Clone)]
pub enum PerPair {
    /// For all.
    All(Real),
    /// A matrix.
    Each(Numbers),
}

impl Setting for PerPair {
    fn expected() -> String {
        format!("a number, or {}", Numbers::expected())
    }

    fn schema() -> serde_json::Value {
        serde_json::json!({ "anyOf": [Real::schema(), Numbers::schema()] })
    }

    fn read(given: &Given<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        if given.number().is_some() {
            return Real::read(given, mistakes).map(Self::All);
        }
        let other = given.text().is_some() || given.list().is_some();
        given.expect(other.then_some(()), &Self::expected(), mistakes)?;
        Numbers::read(given, mistakes).map(Self::Each)
    }

    fn write(&self) -> Item {
        match self {
            Self::All(number) => number.write(),
            Self::Each(numbers) => numbers.write(),
        }
    }
}

impl Placed for PerPair {
    fn place(&self) -> Place {
        match self {
            Self::All(number) => number.place(),
            Self::Each(numbers) => numbers.place(),
        }
    }
}

impl PerPair {
    /// The number with which neuron `target` hears neuron `sender`, and whether a neuron hears itself.
    pub(super) fn read_off(
        &self,
        name: &str,
        neurons: usize,
    ) -> Result<Box<dyn Fn(usize, usize) -> f64>, Diagnostic> {
        let numbers = match self {
            Self::All(number) => {
                let number = **number;
                return Ok(Box::new(move |_, _| number));
            }
            Self::Each(numbers) => numbers,
        };
        let help = format!("give {neurons} rows of {neurons} numbers, row j what neuron j hears");
        let matrix = matrix_at(numbers, neurons == 1, &help)?;
        let (rows, columns) = matrix.shape();
        require(
            numbers,
            (rows, columns) == (neurons, neurons),
            format!("`{name}` is {rows} x {columns} for {neurons} neurons"),
            "this matrix",
            help,
        )?;
        Ok(Box::new(move |target, sender| matrix[(target, sender)]))
    }

    pub(super) fn is_matrix(&self) -> bool {
        matches!(self, Self::Each(_))
    }
}
