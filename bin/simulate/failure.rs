//! Everything that ends the program early, and its exit code.

use std::io;
use std::process::ExitCode;

use pulsatrix::experiment::sweep::SweepError;
use pulsatrix::experiment::{KeptRunError, ModelError, RunError, WriteError};

/// Why the program ends early.
#[derive(Debug)]
pub enum Failure {
    /// The reader of standard output has seen enough: no error.
    BrokenPipe,
    /// Another process says what is wrong.
    Elsewhere,
    /// Two runs that were compared are not the same, which has been said.
    Differ,
    /// The model file or an override is wrong.
    Model(Box<ModelError>),
    /// A name on the command line is wrong: the message and the remedy.
    Usage(String, String),
    /// The run gave no sound result; where its settings were kept.
    Run(RunError, Option<String>),
    /// Something could not be written.
    Write(String),
}

impl Failure {
    /// 1 numerical failure or a difference, 2 usage or model file, 4 input or output.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::BrokenPipe | Self::Elsewhere => ExitCode::SUCCESS,
            Self::Write(_)
            | Self::Run(
                RunError::Data(_)
                | RunError::DataChanged
                | RunError::Checkpoint { .. }
                | RunError::Write { .. },
                _,
            ) => ExitCode::from(4),
            Self::Model(_) | Self::Usage(..) | Self::Run(RunError::NotDrawn(_), _) => {
                ExitCode::from(2)
            }
            Self::Run(..) | Self::Differ => ExitCode::from(1),
        }
    }

    /// What is wrong, in one sentence.
    pub fn words(&self) -> String {
        match self {
            Self::BrokenPipe | Self::Elsewhere | Self::Differ => String::new(),
            Self::Model(error) => error.to_string(),
            Self::Usage(message, _) | Self::Write(message) => message.clone(),
            Self::Run(error, _) => error.to_string(),
        }
    }
}

impl From<Box<ModelError>> for Failure {
    fn from(error: Box<ModelError>) -> Self {
        Self::Model(error)
    }
}

impl From<KeptRunError> for Failure {
    fn from(error: KeptRunError) -> Self {
        let help = "give the folder of a finished run, as in runs/group-dominance".into();
        match error {
            KeptRunError::Model(error) => Self::Model(error),
            error => Self::Usage(error.to_string(), help),
        }
    }
}

impl From<SweepError> for Failure {
    fn from(error: SweepError) -> Self {
        match error {
            SweepError::Model(error) => Self::Model(error),
            error => Self::Usage(error.to_string(), error.help().into()),
        }
    }
}

impl From<WriteError> for Failure {
    fn from(error: WriteError) -> Self {
        Self::Write(error.to_string())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::BrokenPipe
        } else {
            Self::Write(format!("cannot write to standard output: {error}"))
        }
    }
}
