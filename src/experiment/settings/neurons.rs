//! Numbers that neurons have: one for all, one for each, or one for each pair.

use std::fmt;

use nalgebra::DMatrix;
use toml_edit::Item;

use super::{Given, Mistakes, Number, Place, Placed, Real, Rule, Setting, require};
use crate::experiment::Diagnostic;

/// One number for all neurons, or a list with one number for each.
pub struct PerNeuron<R> {
    numbers: Numbers<R>,
    place: Place,
}

#[derive(Debug, Clone)]
enum Numbers<R> {
    One(Number<R>),
    Each(Vec<Number<R>>),
}

impl<R> Clone for PerNeuron<R> {
    fn clone(&self) -> Self {
        let numbers = match &self.numbers {
            Numbers::One(number) => Numbers::One(*number),
            Numbers::Each(list) => Numbers::Each(list.clone()),
        };
        Self { numbers, ..*self }
    }
}

impl<R> fmt::Debug for PerNeuron<R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.numbers {
            Numbers::One(number) => number.fmt(formatter),
            Numbers::Each(list) => list.fmt(formatter),
        }
    }
}

impl<R> PerNeuron<R> {
    /// One number for each of `neurons` neurons; `name` is the key for messages.
    ///
    /// # Errors
    /// If a list has another length.
    pub fn values(&self, name: &str, neurons: usize) -> Result<Vec<f64>, Diagnostic> {
        let list = match &self.numbers {
            Numbers::One(value) => return Ok(vec![**value; neurons]),
            Numbers::Each(list) => list,
        };
        let found = list.len();
        require(
            self,
            found == neurons,
            format!("`{name}` lists {found} numbers for {neurons} neurons"),
            format!("{found} numbers"),
            format!("give {neurons} numbers, or one for all"),
        )?;
        Ok(list.iter().map(|value| **value).collect())
    }

    /// The one number, if it is the same for all neurons by being written once.
    #[must_use]
    pub fn scalar(&self) -> Option<f64> {
        match &self.numbers {
            Numbers::One(value) => Some(**value),
            Numbers::Each(_) => None,
        }
    }

    /// `a = 1`, or `a per neuron` for a list.
    #[must_use]
    pub fn describe(&self, name: &str) -> String {
        match self.scalar() {
            Some(value) => format!("{name} = {value}"),
            None => format!("{name} per neuron"),
        }
    }
}

impl<R> From<f64> for PerNeuron<R> {
    fn from(value: f64) -> Self {
        Self {
            numbers: Numbers::One(value.into()),
            place: Place::NOWHERE,
        }
    }
}

impl<R> Placed for PerNeuron<R> {
    fn place(&self) -> Place {
        self.place
    }
}

impl<R: Rule> Setting for PerNeuron<R> {
    fn expected() -> String {
        "a number, or a list with one number for each neuron".into()
    }

    fn schema() -> serde_json::Value {
        serde_json::json!({ "anyOf": [Number::<R>::schema(), { "type": "array", "items": Number::<R>::schema() }] })
    }

    fn rule() -> Option<&'static str> {
        Some(R::WORDS)
    }

    fn read(given: &Given<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let numbers = if given.list().is_some() {
            Numbers::Each(Vec::read(given, mistakes)?)
        } else {
            given.expect(given.number(), &Self::expected(), mistakes)?;
            Numbers::One(Number::read(given, mistakes)?)
        };
        Some(Self {
            numbers,
            place: given.place(),
        })
    }

    fn write(&self) -> Item {
        match &self.numbers {
            Numbers::One(number) => number.write(),
            Numbers::Each(list) => list.write(),
        }
    }
}

/// The rows of a matrix, with their places.
#[derive(Debug, Clone)]
pub struct Rows {
    rows: Vec<Row>,
    place: Place,
}

#[derive(Debug, Clone)]
struct Row {
    numbers: Vec<Real>,
    place: Place,
}

impl Rows {
    /// A matrix of `neurons` rows and columns; `name` is the key for messages.
    ///
    /// # Errors
    /// If it has another shape.
    pub fn square(&self, name: &str, neurons: usize) -> Result<DMatrix<f64>, Diagnostic> {
        let help = format!("give {neurons} rows of {neurons} numbers");
        let count = self.rows.len();
        require(
            self,
            count == neurons,
            format!("`{name}` has {count} rows for {neurons} neurons"),
            format!("{count} rows"),
            help.as_str(),
        )?;
        for row in &self.rows {
            let length = row.numbers.len();
            require(
                &row.place,
                length == neurons,
                format!("a row of `{name}` has {length} numbers for {neurons} neurons"),
                format!("{length} numbers"),
                help.as_str(),
            )?;
        }
        Ok(DMatrix::from_fn(neurons, neurons, |j, s| {
            *self.rows[j].numbers[s]
        }))
    }

    /// The rows, whatever their lengths, each with its place.
    pub fn iter(&self) -> impl Iterator<Item = (Place, Vec<f64>)> {
        let row = |row: &Row| (row.place, row.numbers.iter().map(|x| **x).collect());
        self.rows.iter().map(row)
    }
}

impl Placed for Rows {
    fn place(&self) -> Place {
        self.place
    }
}

impl Setting for Rows {
    fn expected() -> String {
        "a list of rows, each a list of numbers".into()
    }

    fn schema() -> serde_json::Value {
        serde_json::json!({ "type": "array", "items": { "type": "array", "items": { "type": "number" } } })
    }

    fn read(given: &Given<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let rows = given.expect(given.list(), &Self::expected(), mistakes)?;
        let row = |given: &Given<'_>| {
            Some(Row {
                numbers: Vec::read(given, mistakes)?,
                place: given.place(),
            })
        };
        let rows: Vec<Option<Row>> = rows.iter().map(row).collect();
        Some(Self {
            rows: rows.into_iter().collect::<Option<_>>()?,
            place: given.place(),
        })
    }

    fn write(&self) -> Item {
        let rows = self
            .rows
            .iter()
            .filter_map(|row| row.numbers.write().into_value().ok());
        Item::Value(rows.collect::<toml_edit::Array>().into())
    }
}

/// Two numbers, the first not above the second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    ends: (f64, f64),
    place: Place,
}

impl Interval {
    /// Both ends, the lower first.
    #[must_use]
    pub fn ends(&self) -> (f64, f64) {
        self.ends
    }
}

impl From<(f64, f64)> for Interval {
    fn from(ends: (f64, f64)) -> Self {
        let place = Place::NOWHERE;
        Self { ends, place }
    }
}

impl Placed for Interval {
    fn place(&self) -> Place {
        self.place
    }
}

impl Setting for Interval {
    fn expected() -> String {
        "a range [low, high] of two numbers".into()
    }

    fn read(given: &Given<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let ends = given.list().and_then(|list| match &list[..] {
            [low, high] => Some((low.number()?, high.number()?)),
            _ => None,
        });
        let ends = ends.filter(|(low, high)| low <= high && low.is_finite() && high.is_finite());
        Some(Self {
            ends: given.expect(ends, &Self::expected(), mistakes)?,
            place: given.place(),
        })
    }

    fn write(&self) -> Item {
        vec![Real::from(self.ends.0), Real::from(self.ends.1)].write()
    }
}
