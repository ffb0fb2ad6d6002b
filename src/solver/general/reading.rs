//! Single components read at their lags: one walk over the pieces for all of them.

use super::record::Record;
use crate::solver::{DelayField, History, Read, SolverError};

/// The reads of a field in the order in which one walk through the past meets them.
#[derive(Debug)]
pub(super) struct Plan {
    /// Lags that are read, longest first, and where the reads of each begin.
    lags: Vec<(f64, usize)>,
    /// Component that is read and place of the value, lag after lag.
    entries: Vec<(u32, u32)>,
    /// What the field lists, in its order.
    listed: Vec<Read>,
    /// A state of the history.
    scratch: Vec<f64>,
}

/// A time at which the past is asked for.
pub(super) struct Sought {
    pub(super) time: f64,
    /// How far beside that time the piece is chosen.
    pub(super) shift: f64,
    /// Initial time of the run.
    pub(super) begin: f64,
    pub(super) rounding: f64,
    /// Pieces up to this number, exclusive, may be read.
    pub(super) readable: u64,
}

impl Plan {
    /// A plan; none if the field lists no reads. The reads must be within the lags and dimension.
    pub(super) fn new(lags: &[f64], reads: &[Read], dimension: usize) -> Option<Self> {
        if reads.is_empty() {
            return None;
        }
        let mut order: Vec<usize> = (0..reads.len()).collect();
        let lag = |place: &usize| lags.get(reads[*place].lag).copied().unwrap_or(0.0);
        order.sort_by(|a, b| {
            let components = reads[*a].component.cmp(&reads[*b].component);
            lag(b).total_cmp(&lag(a)).then(components)
        });
        let mut starts: Vec<(f64, usize)> = Vec::new();
        for (start, place) in order.iter().enumerate() {
            if starts.last().is_none_or(|(last, _)| *last != lag(place)) {
                starts.push((lag(place), start));
            }
        }
        let entry = |place: usize| (reads[place].component as u32, place as u32);
        Some(Self {
            lags: starts,
            entries: order.into_iter().map(entry).collect(),
            listed: reads.to_vec(),
            scratch: vec![0.0; dimension],
        })
    }

    /// Number of values.
    pub(super) fn reads(&self) -> usize {
        self.listed.len()
    }

    /// What the field lists.
    pub(super) fn listed(&self) -> &[Read] {
        &self.listed
    }

    /// Writes every value that is read at a time, with the present state, into `values`.
    pub(super) fn read(
        &mut self,
        history: &History<'_>,
        record: &Record,
        sought: &Sought,
        state: &[f64],
        values: &mut [f64],
    ) {
        let mut piece = record.oldest();
        for (number, (lag, first)) in self.lags.iter().enumerate() {
            let last = self
                .lags
                .get(number + 1)
                .map_or(self.entries.len(), |lag| lag.1);
            let entries = &self.entries[*first..last];
            if *lag == 0.0 {
                for (component, place) in entries {
                    values[*place as usize] = state[*component as usize];
                }
                continue;
            }
            let past = sought.time - lag;
            let selected = past + sought.shift;
            if selected < sought.begin {
                let rounding = 2.0 * sought.rounding;
                let past = history.beside(past.min(sought.begin), selected, rounding);
                let mut whole = false;
                for (component, place) in entries {
                    let component = *component as usize;
                    values[*place as usize] = match history.component(past, component) {
                        Some(value) => value,
                        None => {
                            if !std::mem::replace(&mut whole, true) {
                                history.evaluate(past, &mut self.scratch);
                            }
                            self.scratch[component]
                        }
                    };
                }
                continue;
            }
            while piece + 1 < sought.readable && selected >= record.end(piece) {
                piece += 1;
            }
            record.read_components(piece, past, entries, values);
        }
    }
}

/// Refuses reads of what is not there.
pub(super) fn check_reads(field: &dyn DelayField) -> Result<(), SolverError> {
    let reads = field.reads();
    let refuse = |value: usize, requirement| {
        Err(SolverError::InvalidArgument {
            name: "read",
            value: value as f64,
            requirement,
        })
    };
    let (lags, dimension) = (field.lags().len(), field.dimension());
    if !reads.is_empty() && (field.varying_lags() > 0 || field.is_neutral()) {
        let requirement = "a field with varying lags or delayed slopes reads whole states";
        return refuse(0, requirement);
    }
    if u32::try_from(dimension.max(reads.len())).is_err() {
        return refuse(reads.len(), "there are too many to be counted");
    }
    for read in reads {
        if read.lag >= lags {
            return refuse(read.lag, "its lag must be one of the field, counted from 0");
        }
        if read.component >= dimension {
            return refuse(read.component, "its component must be one of the state");
        }
    }
    Ok(())
}
