//! Several processes that compute one run: who they are, and how they end.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use pulsatrix::cluster::{Crew, CrewError, launched};
use pulsatrix::experiment::RunError;

use crate::failure::Failure;

/// How long a rank may be silent.
#[derive(Debug, Clone, Copy, Args)]
pub struct CrewOption {
    /// Under mpirun: seconds without a sign of life after which a rank counts as lost [default: 300]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=86_400), value_name = "SECONDS")]
    #[cfg_attr(not(feature = "mpi"), arg(hide = true))]
    patience: Option<u32>,
}

impl CrewOption {
    fn patience(self) -> Duration {
        // Work between two hand-outs gives no sign of life; ranks do it side by side, and may be minutes apart.
        Duration::from_secs(self.patience.unwrap_or(300).into())
    }
}

/// The crew that a launcher has started this process in, if it has.
#[cfg(feature = "mpi")]
pub fn join(option: CrewOption) -> Result<Option<Arc<Crew>>, Failure> {
    use pulsatrix::cluster::Mpi;

    if launched().is_none() {
        return Ok(None);
    }
    let last_words = |error: &_| crate::terminal::say(&format!("error: {error}"));
    let mpi = Mpi::start(option.patience(), last_words)
        .map_err(|error| Failure::Usage(error.to_string(), "start one process".into()))?;
    Ok(Some(Arc::new(Crew::new(mpi))))
}

/// Without MPI every process would believe that it is alone.
#[cfg(not(feature = "mpi"))]
pub fn join(option: CrewOption) -> Result<Option<Arc<Crew>>, Failure> {
    let _ = option.patience();
    alone("this build").map(|()| None)
}

/// Refuses to be one of several copies that know nothing of each other; one of them says so.
pub fn alone(what: &str) -> Result<(), Failure> {
    match launched() {
        Some((rank, ranks)) if ranks > 1 && rank > 0 => Err(Failure::Elsewhere),
        Some((_, ranks)) if ranks > 1 => Err(Failure::Usage(
            format!("{what} is work for one process, and {ranks} copies of it were started"),
            if cfg!(feature = "mpi") {
                "leave `mpirun` or `srun` out; `simulate run` and `simulate sweep` are work for several".into()
            } else {
                "leave `mpirun` or `srun` out, or build with `cargo build --release --features mpi` and use `simulate run` \
                 or `simulate sweep`"
                    .into()
            },
        )),
        _ => Ok(()),
    }
}

/// The end of a run of several ranks. Rank 0 speaks for all; if another cannot be reached, all are ended.
pub fn leave(crew: Option<Arc<Crew>>, result: Result<(), Failure>) -> Result<(), Failure> {
    let Some(crew) = crew else {
        return result;
    };
    if let Err(Failure::Run(RunError::Crew(error), _)) = &result
        && error.is_broken_link()
    {
        return give_up(result);
    }
    let words = match &result {
        Err(failure) => Some(failure.words()),
        Ok(()) => None,
    };
    if let Err(error) = crew.leave(words.as_deref()) {
        return give_up(result.and(Err(failure(error))));
    }
    if crew.rank() == 0 { result } else { Ok(()) }
}

/// What another rank has failed in, or that it is gone.
pub fn failure(error: CrewError) -> Failure {
    Failure::Run(RunError::Crew(error), None)
}

/// Under MPI says what is wrong and ends all ranks: it cannot be left in an orderly way without the one that is lost.
fn give_up(result: Result<(), Failure>) -> Result<(), Failure> {
    #[cfg(feature = "mpi")]
    if let Err(failure) = &result {
        crate::terminal::complain(failure, crate::options::Format::Text);
        pulsatrix::cluster::Mpi::end_all(1);
    }
    result
}
