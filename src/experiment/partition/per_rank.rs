//! Numbers of a model file that are one for all ranks, or one each.

use toml_edit::Item;

use crate::experiment::Diagnostic;
use crate::experiment::settings::{Given, Mistakes, Place, Placed, Positive, Setting, require};

/// One number for all ranks, or one each.
#[derive(Debug, Clone)]
pub struct PerRank {
    numbers: Vec<Positive>,
    listed: bool,
    place: Place,
}

impl From<f64> for PerRank {
    fn from(number: f64) -> Self {
        Self {
            numbers: vec![number.into()],
            listed: false,
            place: Place::NOWHERE,
        }
    }
}

impl Placed for PerRank {
    fn place(&self) -> Place {
        self.place
    }
}

impl Setting for PerRank {
    fn expected() -> String {
        "a number, or a list with one number a rank".into()
    }

    fn schema() -> serde_json::Value {
        serde_json::json!({ "anyOf": [Positive::schema(), { "type": "array", "items": Positive::schema() }] })
    }

    fn read(given: &Given<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let listed = given.list().is_some();
        let numbers = if listed {
            Vec::read(given, mistakes)?
        } else {
            given.expect(given.number(), &Self::expected(), mistakes)?;
            vec![Positive::read(given, mistakes)?]
        };
        Some(Self {
            numbers,
            listed,
            place: given.place(),
        })
    }

    fn write(&self) -> Item {
        if self.listed {
            self.numbers.write()
        } else {
            self.numbers[0].write()
        }
    }
}

impl PerRank {
    /// One number a rank.
    pub fn each(&self, ranks: usize) -> Result<Vec<f64>, Diagnostic> {
        if !self.listed {
            return Ok(vec![*self.numbers[0]; ranks]);
        }
        require(
            self,
            self.numbers.len() == ranks,
            format!("{} numbers for {ranks} ranks", self.numbers.len()),
            "one a rank",
            format!("give {ranks} numbers, or one for all"),
        )?;
        Ok(self.numbers.iter().map(|number| **number).collect())
    }
}
