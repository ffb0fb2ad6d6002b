//! What ranks say to each other: workers ask and report, rank 0 answers questions alone.

/// From a worker to rank 0.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// A task, or the end of this phase: the only one that is answered.
    Ask { phase: u64 },
    /// A result.
    Done { task: usize, result: Vec<u8> },
    /// A task that has failed.
    Failed { task: usize, message: String },
    /// There is nothing to say, but somebody to say it.
    Alive,
    /// This rank leaves the run; if that is not its end, why.
    Leave { failure: Option<String> },
}

/// From rank 0 to who has asked.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// A task to compute.
    Task(usize),
    /// All tasks are given out, not all are finished.
    Wait,
    /// All results.
    All(Vec<Vec<u8>>),
    /// The run ends here.
    Stop,
}

impl Request {
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Ask { phase } => written(0, *phase, &[]),
            Self::Done { task, result } => written(1, *task as u64, result),
            Self::Failed { task, message } => written(2, *task as u64, message.as_bytes()),
            Self::Alive => written(3, 0, &[]),
            Self::Leave { failure: None } => written(4, 0, &[]),
            Self::Leave { failure: Some(why) } => written(5, 0, why.as_bytes()),
        }
    }

    pub fn from_bytes(message: &[u8]) -> Option<Self> {
        let (kind, number, rest) = read(message)?;
        let text = || String::from_utf8_lossy(rest).into_owned();
        let task = usize::try_from(number).ok()?;
        Some(match kind {
            0 => Self::Ask { phase: number },
            1 => Self::Done {
                task,
                result: rest.to_vec(),
            },
            2 => Self::Failed {
                task,
                message: text(),
            },
            3 => Self::Alive,
            4 => Self::Leave { failure: None },
            5 => Self::Leave {
                failure: Some(text()),
            },
            _ => return None,
        })
    }
}

impl Answer {
    /// All results, without a copy of them beforehand.
    pub fn all<'a>(results: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
        let mut bytes = written(2, 0, &[]);
        for result in results {
            bytes.extend((result.len() as u64).to_le_bytes());
            bytes.extend(result);
        }
        bytes
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Task(task) => written(0, *task as u64, &[]),
            Self::Wait => written(1, 0, &[]),
            Self::All(results) => Self::all(results.iter().map(Vec::as_slice)),
            Self::Stop => written(3, 0, &[]),
        }
    }

    pub fn from_bytes(message: &[u8]) -> Option<Self> {
        let (kind, number, mut rest) = read(message)?;
        Some(match kind {
            0 => Self::Task(usize::try_from(number).ok()?),
            1 => Self::Wait,
            2 => {
                let mut results = Vec::new();
                while let Some((length, others)) = rest.split_first_chunk::<8>() {
                    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
                    let (result, others) = others.split_at_checked(length)?;
                    results.push(result.to_vec());
                    rest = others;
                }
                Self::All(results)
            }
            3 => Self::Stop,
            _ => return None,
        })
    }
}

/// A kind, a number, and bytes to the end.
fn written(kind: u8, number: u64, rest: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(9 + rest.len());
    bytes.push(kind);
    bytes.extend(number.to_le_bytes());
    bytes.extend(rest);
    bytes
}

fn read(message: &[u8]) -> Option<(u8, u64, &[u8])> {
    let (kind, rest) = message.split_first()?;
    let (number, rest) = rest.split_first_chunk::<8>()?;
    Some((*kind, u64::from_le_bytes(*number), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_as_they_were_written() {
        for request in [
            Request::Ask { phase: 3 },
            Request::Done {
                task: 7,
                result: vec![1, 2, 3],
            },
            Request::Failed {
                task: 0,
                message: "no convergence at λ = 2".into(),
            },
            Request::Alive,
            Request::Leave { failure: None },
            Request::Leave {
                failure: Some(String::new()),
            },
        ] {
            assert_eq!(Request::from_bytes(&request.to_bytes()), Some(request));
        }
        for answer in [
            Answer::Task(9),
            Answer::Wait,
            Answer::All(vec![vec![], vec![5], vec![0; 300]]),
            Answer::All(vec![]),
            Answer::Stop,
        ] {
            assert_eq!(Answer::from_bytes(&answer.to_bytes()), Some(answer));
        }
        assert_eq!(Request::from_bytes(&[9; 9]), None);
        assert_eq!(Answer::from_bytes(&[2, 0, 0]), None);
    }
}
