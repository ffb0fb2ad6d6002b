//! Kicks: states that jump while a network runs.

use thiserror::Error;

/// A jump of one neuron.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Kick {
    /// When.
    pub time: f64,
    /// Which neuron, from 0.
    pub neuron: usize,
    /// By how much `x` changes.
    pub size: f64,
}

/// Most kicks of a run. Chosen.
const MOST: usize = 16;

/// Largest kick: that of a silent neuron over its whole range. Chosen.
const LARGEST: f64 = 500.0;

/// A text that is no list of kicks.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("`{part}` is no kick: {reason}")]
pub struct KickError {
    part: String,
    reason: &'static str,
}

/// Reads kicks such as `12.5:2:-0.4,30:1:0.5`: time, neuron (from 1) and size, in order of time; none of an empty text.
///
/// # Errors
/// [`KickError`] with the part that is no kick.
///
/// ```
/// use pulsatrix::service::{Kick, kicks};
///
/// let found = kicks("12.5:2:-0.4", 3)?;
/// assert_eq!(found, [Kick { time: 12.5, neuron: 1, size: -0.4 }]);
/// assert!(kicks("12.5:4:1", 3).is_err());
/// # Ok::<(), pulsatrix::service::KickError>(())
/// ```
pub fn kicks(text: &str, neurons: usize) -> Result<Vec<Kick>, KickError> {
    let mut found: Vec<Kick> = Vec::new();
    for part in text.split(',').filter(|part| !part.is_empty()) {
        let refuse = |reason| KickError {
            part: part.chars().take(40).collect(),
            reason,
        };
        let mut numbers = part.split(':');
        let form = "write time:neuron:size, as in 12.5:2:-0.4";
        let mut next = || numbers.next().ok_or_else(|| refuse(form));
        let (time, neuron, size) = (next()?, next()?, next()?);
        if numbers.next().is_some() {
            return Err(refuse(form));
        }
        let number = |text: &str| text.parse::<f64>().map_err(|_| refuse(form));
        let (time, size) = (number(time)?, number(size)?);
        let neuron = neuron.parse::<usize>().map_err(|_| refuse(form))?;
        if !(1..=neurons).contains(&neuron) {
            return Err(refuse("there is no such neuron"));
        }
        if !(time >= 0.0 && time.is_finite()) {
            return Err(refuse("its time is not negative"));
        }
        if !(-LARGEST..=LARGEST).contains(&size) {
            return Err(refuse("its size lies between -500 and 500"));
        }
        if found.last().is_some_and(|last| last.time > time) {
            return Err(refuse("kicks come in order of time"));
        }
        if found.len() == MOST {
            return Err(refuse("16 kicks are the most"));
        }
        found.push(Kick {
            time,
            neuron: neuron - 1,
            size,
        });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kicks_are_read_and_mistakes_named() {
        assert_eq!(kicks("", 3), Ok(vec![]));
        let two = kicks("1:1:0.5,1:3:-2e1", 3).unwrap();
        assert_eq!((two[1].neuron, two[1].size), (2, -20.0));
        for wrong in [
            "1",
            "1:2",
            "1:2:3:4",
            "x:1:1",
            "1:0:1",
            "1:4:1",
            "1:-1:1",
            "-1:1:1",
            "NaN:1:1",
            "inf:1:1",
            "1:1:NaN",
            "1:1:501",
            "2:1:1,1:1:1",
        ] {
            assert!(kicks(wrong, 3).is_err(), "{wrong}");
        }
        assert!(kicks(&["1:1:1"; 16].join(","), 3).is_ok());
        let most = kicks(&["1:1:1"; 17].join(","), 3).unwrap_err();
        assert!(most.to_string().contains("the most"), "{most}");
    }
}
