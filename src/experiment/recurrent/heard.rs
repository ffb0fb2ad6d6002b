//! What networks of the kind `delayed-recall` hear: random signs, or one's own series.

use rand::RngExt;

use crate::experiment::DataStatement;
use crate::experiment::data::own::OwnSettings;
use crate::experiment::settings::{Count, Flat, Mistakes, NonEmpty, settings};
use crate::networks::recurrent::Sequences;
use crate::numerics::random::{member, stream};
use crate::training::recurrent::SequenceTask;

settings! {
    /// Section `[data]`.
    pub struct DataSettings {
        /// Steps between hearing and saying.
        pub delays: NonEmpty<Count>,
        /// Sequences that are learnt, and as many tests.
        pub sequences: Count,
        /// Steps of a sequence.
        pub steps: Count<2>,
        /// One's own series in place of random signs: a reading a row, cut into sequences one after the other, the tests last.
        pub own: Flat<OwnSettings>,
    }
}

/// Which half of the readings.
#[derive(Debug, Clone, Copy)]
pub(super) enum Half {
    Training,
    Tests,
}

/// What is heard.
pub(super) struct Heard {
    /// One's own readings, those that are learnt first.
    own: Option<(Vec<f64>, DataStatement)>,
}

impl Heard {
    pub fn read(data: &DataSettings) -> Result<Self, Mistakes> {
        if !data.own.is_given()? {
            return Ok(Self { own: None });
        }
        let count = *data.sequences * *data.steps;
        let why = "what is said is what was heard";
        let own = data.own.series(&data.sequences, count, why)?;
        Ok(Self { own: Some(own) })
    }

    /// What a report says of one's own series.
    pub fn statement(&self) -> Option<DataStatement> {
        self.own.as_ref().map(|(_, said)| said.clone())
    }

    /// Mean square of the tests: the error of networks that say nothing.
    pub fn silence(&self) -> f64 {
        let square = |(series, said): &(Vec<f64>, DataStatement)| {
            let tests = &series[said.training..];
            tests.iter().map(|reading| reading * reading).sum::<f64>() / tests.len() as f64
        };
        // signs have the square 1
        self.own.as_ref().map_or(1.0, square)
    }

    /// What is heard, and the same later. Every network hears signs of its own, and one's own series as it is.
    pub fn task(
        &self,
        data: &DataSettings,
        (half, delay): (Half, usize),
        (seed, network): (u64, usize),
    ) -> SequenceTask {
        let (count, steps) = (*data.sequences, *data.steps);
        let (part, skipped) = match half {
            Half::Training => ("training", 0),
            Half::Tests => ("tests", count * steps),
        };
        let seed = member(seed, part, network);
        let sequence = |index: usize| -> Vec<f64> {
            if let Some((series, _)) = &self.own {
                let from = skipped + index * steps;
                return series[from..from + steps].to_vec();
            }
            let mut random = stream(seed, "signs", index as u64);
            let sign = |one: bool| if one { 1.0 } else { -1.0 };
            (0..steps).map(|_| sign(random.random())).collect()
        };
        let heard: Vec<Vec<f64>> = (0..count).map(sequence).collect();
        SequenceTask {
            inputs: Sequences::from_fn(1, steps, count, |_, step, s| heard[s][step]),
            targets: Sequences::from_fn(1, steps, count, |_, step, s| {
                step.checked_sub(delay).map_or(0.0, |past| heard[s][past])
            }),
            skip: delay,
        }
    }
}
