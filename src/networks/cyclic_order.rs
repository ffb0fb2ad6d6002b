//! The order in which neurons fire around a cycle.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

/// A cyclic order of `m` neurons: who fires after whom, without a first one.
///
/// It is written from neuron 1 on (`"1-3-2-4"`) and read from any place; indices start at 0. The `(m - 1)!`
/// orders of `m` neurons are numbered from 0 like their texts.
///
/// ```
/// use pulsatrix::networks::CyclicOrder;
///
/// let order: CyclicOrder = "3-2-4-1".parse()?;
/// assert_eq!(order.to_string(), "1-3-2-4");
/// assert_eq!(order.neurons(), [0, 2, 1, 3]);
/// assert_eq!(order.ranks(), [0, 2, 1, 3]); // neuron 2 is the third to fire
/// assert_eq!((order.number(), CyclicOrder::count(4)), (2, Some(6)));
/// assert_eq!(CyclicOrder::from_number(2, 4), order);
/// # Ok::<(), pulsatrix::networks::CyclicOrderError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CyclicOrder(Vec<usize>);

/// A text or a list that is no order.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CyclicOrderError {
    /// Something between two hyphens is no number from 1.
    #[error("`{0}` is no neuron: write their numbers with hyphens between them, as in 1-3-2-4")]
    NotANeuron(String),
    /// A number comes twice, or one is left out.
    #[error(
        "an order of {neurons} neurons names each of 1 to {neurons} once; neuron {missing} is missing"
    )]
    Missing {
        /// How many neurons are named.
        neurons: usize,
        /// The first that is not.
        missing: usize,
    },
}

/// Most neurons whose orders have numbers: `20! < 2^64 < 21!`.
const MOST_NUMBERED: usize = 21;

impl CyclicOrder {
    /// The order in which `neurons` (indices from 0) fire.
    ///
    /// # Errors
    /// [`CyclicOrderError::Missing`] unless each index below their number comes once.
    pub fn new(mut neurons: Vec<usize>) -> Result<Self, CyclicOrderError> {
        let count = neurons.len();
        match (0..count.max(1)).find(|neuron| !neurons.contains(neuron)) {
            None => {
                let first = neurons.iter().position(|neuron| *neuron == 0).unwrap_or(0);
                neurons.rotate_left(first);
                Ok(Self(neurons))
            }
            Some(missing) => Err(CyclicOrderError::Missing {
                neurons: count,
                missing: missing + 1,
            }),
        }
    }

    /// The order of onsets within one period, one for each neuron; equal ones in the order of the neurons.
    #[must_use]
    pub fn of_onsets(onsets: &[f64]) -> Self {
        let mut neurons: Vec<usize> = (0..onsets.len()).collect();
        neurons.sort_by(|a, b| onsets[*a].total_cmp(&onsets[*b]));
        let first = neurons.iter().position(|neuron| *neuron == 0).unwrap_or(0);
        neurons.rotate_left(first);
        Self(neurons)
    }

    /// The order in which neuron `j + 1` fires `step` places after neuron `j`, around `neurons` of them; `None` unless
    /// step and number have no divisor in common, so that every place is taken once.
    #[must_use]
    pub fn of_steps(neurons: usize, step: usize) -> Option<Self> {
        let mut order = vec![None; neurons];
        for neuron in 0..neurons {
            order[neuron * (step % neurons) % neurons] = Some(neuron);
        }
        order.into_iter().collect::<Option<Vec<_>>>().map(Self)
    }

    /// The step of [`of_steps`](Self::of_steps) that this order has; `None` for any other order.
    #[must_use]
    pub fn step(&self) -> Option<usize> {
        let count = self.len();
        let step = if count > 1 { self.ranks()[1] } else { 0 };
        (Self::of_steps(count, step).as_ref() == Some(self)).then_some(step)
    }

    /// Number of orders of `neurons` neurons, `(neurons - 1)!`; `None` beyond `2^64`.
    #[must_use]
    pub fn count(neurons: usize) -> Option<u64> {
        (1..neurons as u64).try_fold(1_u64, u64::checked_mul)
    }

    /// The order with that number: the inverse of [`CyclicOrder::number`].
    ///
    /// # Panics
    /// If there is no such order, or there are more than 21 neurons.
    #[must_use]
    pub fn from_number(number: u64, neurons: usize) -> Self {
        assert!(neurons <= MOST_NUMBERED, "at most 21 neurons");
        let count = Self::count(neurons).unwrap_or(0);
        assert!(
            number < count,
            "there are {count} orders of {neurons} neurons"
        );
        let mut left: Vec<usize> = (1..neurons).collect();
        let mut order = vec![0];
        let mut rest = number;
        while !left.is_empty() {
            let block = (1..left.len() as u64).product::<u64>();
            order.push(left.remove((rest / block) as usize));
            rest %= block;
        }
        Self(order)
    }

    /// Its number among all orders of as many neurons, in the order of their texts (neurons of one digit).
    ///
    /// # Panics
    /// If there are more than 21 neurons.
    #[must_use]
    pub fn number(&self) -> u64 {
        assert!(self.len() <= MOST_NUMBERED, "at most 21 neurons");
        let mut number = 0;
        for (place, neuron) in self.0.iter().enumerate().skip(1) {
            let later = &self.0[place + 1..];
            let smaller = later.iter().filter(|other| *other < neuron).count() as u64;
            number = number * (self.len() - place) as u64 + smaller;
        }
        number
    }

    /// Number of neurons.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no neuron is named, which only `of_onsets` of none gives.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The neurons as they fire, from neuron 0 on.
    #[must_use]
    pub fn neurons(&self) -> &[usize] {
        &self.0
    }

    /// Every neuron with the one that follows it; none for a single neuron.
    pub fn transitions(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let next = self.0.iter().cycle().skip(1);
        let pairs = self
            .0
            .iter()
            .zip(next)
            .map(|(before, after)| (*before, *after));
        pairs.filter(|(before, after)| before != after)
    }

    /// The place of every neuron behind neuron 0.
    #[must_use]
    pub fn ranks(&self) -> Vec<usize> {
        let mut ranks = vec![0; self.len()];
        for (rank, neuron) in self.0.iter().enumerate() {
            ranks[*neuron] = rank;
        }
        ranks
    }
}

impl fmt::Display for CyclicOrder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self
            .0
            .iter()
            .map(|neuron| (neuron + 1).to_string())
            .collect();
        formatter.pad(&names.join("-"))
    }
}

impl fmt::Debug for CyclicOrder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "CyclicOrder({self})")
    }
}

impl FromStr for CyclicOrder {
    type Err = CyclicOrderError;

    fn from_str(text: &str) -> Result<Self, CyclicOrderError> {
        let neuron = |part: &str| {
            let number = part.trim().parse::<usize>().ok();
            let index = number.and_then(|number| number.checked_sub(1));
            index.ok_or_else(|| CyclicOrderError::NotANeuron(part.trim().to_owned()))
        };
        Self::new(text.split('-').map(neuron).collect::<Result<_, _>>()?)
    }
}

impl Serialize for CyclicOrder {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CyclicOrder {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_the_texts_and_come_back() {
        for neurons in 1..=6 {
            let count = CyclicOrder::count(neurons).unwrap();
            let all: Vec<CyclicOrder> = (0..count)
                .map(|number| CyclicOrder::from_number(number, neurons))
                .collect();
            assert!(all.is_sorted_by(|a, b| a.to_string() < b.to_string()));
            for (number, order) in all.iter().enumerate() {
                assert_eq!(order.number(), number as u64);
                assert_eq!(order.to_string().parse(), Ok(order.clone()));
            }
        }
        assert_eq!(CyclicOrder::count(9), Some(40_320));
        assert_eq!(CyclicOrder::count(22), None);
    }

    /// Euler's function counts them.
    #[test]
    fn steps_around_a_ring_are_coprime_to_it() {
        for (neurons, count) in [(2, 1), (5, 4), (6, 2), (8, 4), (9, 6)] {
            let orders: Vec<CyclicOrder> = (1..neurons)
                .filter_map(|step| CyclicOrder::of_steps(neurons, step))
                .collect();
            assert_eq!(orders.len(), count, "{neurons}");
        }
        assert_eq!(CyclicOrder::of_steps(5, 2), "1-4-2-5-3".parse().ok());
        let step = |text: &str| text.parse::<CyclicOrder>().unwrap().step();
        assert_eq!(step("1-3-5-2-4"), Some(3));
        assert_eq!((step("1-3-2-4"), step("1-4-3-2")), (None, Some(3)));
    }

    #[test]
    fn an_order_has_no_beginning() {
        let order: CyclicOrder = "1-4-2-3".parse().unwrap();
        for text in ["4-2-3-1", "2-3-1-4", " 3 - 1 - 4 - 2 "] {
            assert_eq!(text.parse(), Ok(order.clone()));
        }
        assert_eq!(CyclicOrder::of_onsets(&[3.0, 1.0, 2.0, 0.5]), order);
    }

    #[test]
    fn what_is_no_order_is_refused() {
        let refusal = |text: &str| text.parse::<CyclicOrder>().unwrap_err().to_string();
        assert!(refusal("").starts_with("`` is no neuron"));
        assert!(refusal("1-b").starts_with("`b` is no neuron"));
        assert!(refusal("0-1").starts_with("`0` is no neuron"));
        assert!(refusal("1-1").ends_with("neuron 2 is missing"));
        assert!(refusal("2-3").ends_with("neuron 1 is missing"));
    }
}
