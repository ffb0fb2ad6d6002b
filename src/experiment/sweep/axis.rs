//! One key and its values, as `KEY=FROM:TO:COUNT`.

use toml_edit::{DocumentMut, Item, Key};

use super::{MOST_POINTS, SweepError};

/// A key of the model file and the values that it takes.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// The key, with its sections: `network.b`.
    pub key: String,
    /// Its values.
    pub values: Values,
    /// Whether a picture spaces them by their logarithm.
    pub logarithmic: bool,
    /// Whether the model wants whole numbers.
    pub whole: bool,
}

/// The values of a key.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// One after the other.
    Listed(Vec<f64>),
    /// To be drawn between two ends.
    Range(f64, f64),
}

impl Axis {
    /// Reads `network.b=0.1:1.0:20` (a grid with both ends), `log:0.1:10:20`, `2.1,2.5,3.3`, or `0.1:1.0` and
    /// `log:0.1:10` (to be sampled).
    ///
    /// # Errors
    /// What is wrong with the text.
    ///
    /// ```
    /// use pulsatrix::experiment::sweep::{Axis, Values};
    ///
    /// let axis = Axis::read("network.b=0.1:0.5:5")?;
    /// assert_eq!(axis.values, Values::Listed(vec![0.1, 0.2, 0.3, 0.4, 0.5]));
    /// assert!(Axis::read("network.b=0.1:1.0:x").is_err());
    /// # Ok::<(), pulsatrix::experiment::sweep::SweepError>(())
    /// ```
    pub fn read(text: &str) -> Result<Self, SweepError> {
        let refuse = |reason: String| SweepError::Axis {
            text: text.to_owned(),
            reason,
        };
        let (key, values) = text
            .split_once('=')
            .ok_or_else(|| refuse("there is no `=`".into()))?;
        let key = key.trim();
        Key::parse(key).map_err(|_| refuse(format!("`{key}` is not a key")))?;
        let values = values.trim();
        let (logarithmic, values) = match values.strip_prefix("log:") {
            Some(rest) => (true, rest),
            None => (false, values),
        };
        let number = |word: &str| {
            let word = word.trim();
            let value = word.parse::<f64>().ok().filter(|value| value.is_finite());
            value.ok_or_else(|| refuse(format!("`{word}` is no finite number")))
        };
        let parts: Vec<&str> = values.split(':').collect();
        let values = match parts[..] {
            [list] => {
                let words = list.split(',').collect::<Vec<_>>();
                let values = words.iter().map(|word| number(word));
                let values = values.collect::<Result<Vec<f64>, _>>()?;
                for (at, value) in values.iter().enumerate() {
                    if values[..at].contains(value) {
                        return Err(refuse(format!("{value} stands twice")));
                    }
                }
                Values::Listed(values)
            }
            [from, to] => Values::Range(number(from)?, number(to)?),
            [from, to, count] => {
                let (from, to) = (number(from)?, number(to)?);
                let count = count.trim();
                let points = count.parse::<usize>().ok();
                let points = points.filter(|points| (2..=MOST_POINTS).contains(points));
                let points = points.ok_or_else(|| {
                    refuse(format!(
                        "`{count}` is no number of points from 2 to {MOST_POINTS}"
                    ))
                })?;
                if from == to {
                    return Err(refuse(format!("from {from} to {to} there is one point")));
                }
                let last = points - 1;
                let at = |n: usize| between(from, to, n as f64 / last as f64, logarithmic);
                let values = (0..points).map(|n| match n {
                    0 => from,
                    n if n == last => to,
                    n => shortest(at(n)),
                });
                Values::Listed(values.collect())
            }
            _ => return Err(refuse("there are too many `:`".into())),
        };
        let axis = Self {
            key: key.to_owned(),
            values,
            logarithmic,
            whole: false,
        };
        match axis.values {
            Values::Range(from, to) if from >= to => Err(refuse(format!(
                "from {from} to {to} is no range: the first end is the lower one"
            ))),
            _ if logarithmic && axis.smallest() <= 0.0 => {
                Err(refuse("a logarithmic axis holds positive numbers".into()))
            }
            _ => Ok(axis),
        }
    }

    fn smallest(&self) -> f64 {
        match &self.values {
            Values::Listed(values) => values.iter().copied().fold(f64::INFINITY, f64::min),
            Values::Range(from, _) => *from,
        }
    }

    /// Takes the type of the key from a model, if it stands there; a key that does not may be optional, or is refused when
    /// the first point is read.
    pub(super) fn fit(&mut self, model: &str) -> Result<(), SweepError> {
        let Some(found) = look_up(model, &self.key) else {
            return Ok(());
        };
        let named = |found: &str| SweepError::NoNumber {
            key: self.key.clone(),
            found: found.to_owned(),
        };
        match found {
            Item::Value(value) if value.is_integer() => self.whole = true,
            Item::Value(value) if value.is_float() => {}
            // A word such as "infinity" may stand where a number can.
            Item::Value(value) if value.is_str() => {
                let word = value.as_str().unwrap_or_default();
                if word != "infinity" {
                    return Err(named(&format!("the word \"{word}\"")));
                }
            }
            Item::Value(value) => return Err(named(&format!("a {}", value.type_name()))),
            _ => return Err(named("a section")),
        }
        if let (true, Values::Listed(values)) = (self.whole, &self.values)
            && let Some(value) = values.iter().find(|value| value.fract() != 0.0)
        {
            return Err(SweepError::Broken {
                key: self.key.clone(),
                value: value.to_string(),
            });
        }
        Ok(())
    }

    /// The value at a share of the way through the range; a listed axis has none.
    pub(super) fn at(&self, share: f64) -> Option<f64> {
        let Values::Range(from, to) = self.values else {
            return None;
        };
        if self.whole {
            // Every whole number gets an equal share of the way.
            let (first, last) = (from.ceil(), to.floor());
            return Some((first + (share * (last - first + 1.0)).floor()).min(last));
        }
        Some(between(from, to, share, self.logarithmic))
    }

    /// The override that gives the key a value.
    #[must_use]
    pub fn assignment(&self, value: f64) -> String {
        if self.whole {
            format!("{}={value:.0}", self.key)
        } else {
            format!("{}={value:?}", self.key)
        }
    }
}

/// A share of the way from one number to another.
fn between(from: f64, to: f64, share: f64, logarithmic: bool) -> f64 {
    if logarithmic {
        // libm, not the platform: points have the same bits everywhere.
        let (low, high) = (libm::log(from), libm::log(to));
        return libm::exp(low + share * (high - low)).clamp(from.min(to), from.max(to));
    }
    from + share * (to - from)
}

/// The number in fifteen digits, which every decimal of so many survives: a grid from 0.1 to 1.0 holds 0.3, not its neighbour.
fn shortest(value: f64) -> f64 {
    format!("{value:.14e}").parse().unwrap_or(value)
}

/// What stands at a key of a model text.
fn look_up(model: &str, key: &str) -> Option<Item> {
    let document: DocumentMut = model.parse().ok()?;
    let path = Key::parse(key).ok()?;
    let mut item = document.as_item();
    for key in &path {
        item = item.as_table_like()?.get(key.get())?;
    }
    Some(item.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(text: &str) -> Vec<f64> {
        match Axis::read(text).unwrap().values {
            Values::Listed(values) => values,
            Values::Range(..) => panic!("{text} is a range"),
        }
    }

    #[test]
    fn grids_hold_both_ends_and_round_numbers() {
        assert_eq!(listed("a.b=0:1:5"), [0.0, 0.25, 0.5, 0.75, 1.0]);
        assert_eq!(listed("a.b=0.1:1.0:10")[2], 0.3);
        assert_eq!(listed("b= 3, 1e-3 ,-2"), [3.0, 1e-3, -2.0]);
        assert_eq!(listed("b=1:0:3"), [1.0, 0.5, 0.0]);
        let decades = listed("b=log:0.01:100:5");
        for (value, exact) in decades.iter().zip([0.01, 0.1, 1.0, 10.0, 100.0]) {
            assert!((value / exact - 1.0).abs() < 1e-14, "{value}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_text_is_said() {
        for (text, reason) in [
            ("network.b", "no `=`"),
            ("a b=1", "`a b` is not a key"),
            ("=1", "is not a key"),
            ("b=0.1:1.0:x", "`x` is no number of points"),
            ("b=0.1:1.0:1", "`1` is no number of points"),
            ("b=0.1:y:3", "`y` is no finite number"),
            ("b=1,,2", "`` is no finite number"),
            ("b=nan", "`nan` is no finite number"),
            ("b=1:2:3:4", "too many `:`"),
            ("b=1:1:3", "one point"),
            ("b=2:1", "no range"),
            ("b=log:0:1:3", "positive numbers"),
            ("b=1,2,1", "1 stands twice"),
        ] {
            let error = Axis::read(text).unwrap_err();
            assert!(error.to_string().contains(reason), "{text}: {error}");
            assert!(error.help().contains("for example"));
        }
    }

    #[test]
    fn whole_keys_take_whole_numbers() {
        let model = "[network]\nneurons = 3\nb = 0.5\nlambda = \"infinity\"\nlaw = \"relu\"\n";
        let fitted = |text: &str| {
            let mut axis = Axis::read(text).unwrap();
            axis.fit(model).map(|()| axis)
        };
        let axis = fitted("network.neurons=2:4").unwrap();
        assert_eq!(axis.assignment(3.0), "network.neurons=3");
        assert_eq!(
            [0.0, 0.5, 0.999].map(|share| axis.at(share)),
            [2.0, 3.0, 4.0].map(Some)
        );
        assert_eq!(
            fitted("network.b=1").unwrap().assignment(1.0),
            "network.b=1.0"
        );
        assert!(fitted("network.lambda=10,20").is_ok());
        assert!(matches!(
            fitted("network.neurons=2.5"),
            Err(SweepError::Broken { .. })
        ));
        let error = fitted("network.law=1").unwrap_err();
        assert_eq!(
            error.to_string(),
            "`network.law` is the word \"relu\", no number"
        );
        assert!(matches!(
            fitted("network=1"),
            Err(SweepError::NoNumber { .. })
        ));
    }
}
