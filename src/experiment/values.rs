//! Values that a model file may write in more than one way.

use std::fmt;
use std::ops::Range;

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_spanned::Spanned;

use super::Diagnostic;
use super::rules::{Numbers, Placed};
use crate::networks::Pattern;

/// One number for all neurons, or a list with one number for each.
///
/// ```
/// use pulsatrix::experiment::PerNeuron;
///
/// let settings: std::collections::BTreeMap<String, PerNeuron> =
///     toml::from_str("a = 2\nb = [1, 2.5]")?;
/// assert_eq!(settings["a"].values("a", 3).unwrap(), [2.0, 2.0, 2.0]);
/// assert_eq!(settings["b"].values("b", 2).unwrap(), [1.0, 2.5]);
/// assert!(settings["b"].values("b", 3).is_err());
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct PerNeuron {
    numbers: ScalarOrList,
    place: Range<usize>,
}

#[derive(Debug, Clone)]
enum ScalarOrList {
    Scalar(f64),
    List(Vec<Spanned<f64>>),
}

impl PerNeuron {
    /// A default: one number for all neurons, written nowhere.
    #[must_use]
    pub fn unwritten(value: f64) -> Self {
        Self {
            numbers: ScalarOrList::Scalar(value),
            place: 0..0,
        }
    }

    /// One number for each of `neurons` neurons; `name` is the key for messages.
    ///
    /// # Errors
    /// If a list has another length.
    pub fn values(&self, name: &str, neurons: usize) -> Result<Vec<f64>, Diagnostic> {
        match &self.numbers {
            ScalarOrList::Scalar(value) => Ok(vec![*value; neurons]),
            ScalarOrList::List(list) if list.len() == neurons => {
                Ok(list.iter().map(|value| *value.get_ref()).collect())
            }
            ScalarOrList::List(list) => Err(Diagnostic::new(format!(
                "`{name}` lists {} numbers for {neurons} neurons",
                list.len()
            ))
            .at(self.place.clone())
            .label(format!("{} numbers", list.len()))
            .help(format!("give {neurons} numbers, or one for all"))),
        }
    }

    /// The one number, if it is the same for all neurons by being written once.
    #[must_use]
    pub fn scalar(&self) -> Option<f64> {
        match self.numbers {
            ScalarOrList::Scalar(value) => Some(value),
            ScalarOrList::List(_) => None,
        }
    }
}

impl Placed for PerNeuron {
    fn place(&self) -> Range<usize> {
        self.place.clone()
    }
}

impl Numbers for PerNeuron {
    fn numbers(&self) -> Vec<(Range<usize>, f64)> {
        match &self.numbers {
            ScalarOrList::Scalar(value) => vec![(self.place.clone(), *value)],
            ScalarOrList::List(list) => list.numbers(),
        }
    }
}

impl Serialize for PerNeuron {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.numbers {
            ScalarOrList::Scalar(value) => serializer.serialize_f64(*value),
            ScalarOrList::List(list) => list.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for PerNeuron {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<ScalarOrList>::deserialize(deserializer)?;
        Ok(Self {
            place: spanned.span(),
            numbers: spanned.into_inner(),
        })
    }
}

impl<'de> Deserialize<'de> for ScalarOrList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = ScalarOrList;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a number, or a list with one number for each neuron")
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
                Ok(ScalarOrList::Scalar(value))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
                Ok(ScalarOrList::Scalar(value as f64))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
                Ok(ScalarOrList::Scalar(value as f64))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = list.next_element()? {
                    values.push(value);
                }
                Ok(ScalarOrList::List(values))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

/// The steepness of the sigmoids: a positive number, or infinity for the relay limit.
///
/// Written `20`, `20.0`, `inf` or `"infinity"`; saved as a number or as `"infinity"`, so that JSON
/// can hold it.
///
/// ```
/// use pulsatrix::experiment::Lambda;
///
/// let settings: std::collections::BTreeMap<String, Lambda> =
///     toml::from_str("a = 20\nb = 'infinity'")?;
/// assert_eq!(settings["a"].value(), 20.0);
/// assert!(settings["b"].is_relay());
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lambda(f64);

impl Lambda {
    /// The relay limit.
    pub const INFINITY: Self = Self(f64::INFINITY);

    /// A steepness, if it is positive; infinity is the relay limit.
    #[must_use]
    pub fn new(value: f64) -> Option<Self> {
        (value > 0.0).then_some(Self(value))
    }

    /// The number, which may be infinite.
    #[must_use]
    pub fn value(self) -> f64 {
        self.0
    }

    /// Whether this is the relay limit.
    #[must_use]
    pub fn is_relay(self) -> bool {
        self.0.is_infinite()
    }
}

impl fmt::Display for Lambda {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_relay() {
            formatter.write_str("infinity")
        } else {
            self.0.fmt(formatter)
        }
    }
}

impl Serialize for Lambda {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.is_relay() {
            serializer.serialize_str("infinity")
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Lambda {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl Visitor<'_> for Reader {
            type Value = Lambda;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a positive number or \"infinity\"")
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Lambda, E> {
                Lambda::new(value)
                    .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Float(value), &self))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Lambda, E> {
                self.visit_f64(value as f64)
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Lambda, E> {
                self.visit_f64(value as f64)
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<Lambda, E> {
                match value {
                    "infinity" | "inf" | "infinite" => Ok(Lambda::INFINITY),
                    _ => Err(E::invalid_value(serde::de::Unexpected::Str(value), &self)),
                }
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

/// A pattern as a model file writes it, neuron 1 first: `"011"`, or `110` without quotes as a command
/// line gives it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct WrittenPattern(String);

impl WrittenPattern {
    /// The pattern; `None` if the text is no binary pattern of that many neurons.
    #[must_use]
    pub fn pattern(&self, neurons: usize) -> Option<Pattern> {
        let pattern: Option<Pattern> = self.0.parse().ok();
        pattern.filter(|pattern| pattern.len() == neurons)
    }
}

impl fmt::Display for WrittenPattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for WrittenPattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl Visitor<'_> for Reader {
            type Value = WrittenPattern;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a binary pattern like \"011\"")
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<WrittenPattern, E> {
                Ok(WrittenPattern(value.to_owned()))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<WrittenPattern, E> {
                Ok(WrittenPattern(value.to_string()))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, Serialize)]
    struct Settings {
        a: PerNeuron,
        lambda: Lambda,
    }

    #[test]
    fn both_forms_survive_a_round_trip() {
        for text in [
            "a = 1.5\nlambda = 20.0\n",
            "a = [1.0, 2.0]\nlambda = \"infinity\"\n",
        ] {
            let settings: Settings = toml::from_str(text).unwrap();
            assert_eq!(toml::to_string(&settings).unwrap(), text);
        }
        let settings: Settings = toml::from_str("a = 1\nlambda = inf").unwrap();
        assert!(settings.lambda.is_relay());
        assert_eq!(settings.a.scalar(), Some(1.0));
    }

    #[test]
    fn numbers_of_a_list_keep_their_places() {
        let text = "a = [1, -2]\nlambda = 1";
        let settings: Settings = toml::from_str(text).unwrap();
        let found = super::super::rules::positive("a", &settings.a).unwrap_err();
        assert_eq!(&text[found.span.unwrap()], "-2");
    }

    #[test]
    fn wrong_values_say_what_is_expected() {
        for (text, place) in [
            ("a = [1, 'x']\nlambda = 1", "'x'"),
            ("a = true\nlambda = 1", "true"),
            ("a = 1\nlambda = 'never'", "'never'"),
            ("a = 1\nlambda = -3", "-3"),
        ] {
            let error = toml::from_str::<Settings>(text).unwrap_err();
            assert_eq!(&text[error.span().unwrap()], place, "{error}");
            let problem = Diagnostic::from_toml(&error);
            assert!(problem.message.contains("number"), "{problem:?}");
        }
    }
}
