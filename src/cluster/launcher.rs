//! Whether this process is one of several that a launcher has started.

use std::env::var;

/// Which copy of this program this process is, and how many `mpirun` (or `srun --mpi=...`) has started; none if nothing
/// says that it was a launcher.
///
/// Open MPI, MPICH and Slurm tell every process by its environment. Nothing is initialised.
#[must_use]
pub fn launched() -> Option<(usize, usize)> {
    let number = |name: &str| var(name).ok()?.parse::<usize>().ok();
    let pair = |rank: &str, ranks: &str| Some((number(rank)?, number(ranks)?));
    pair("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE")
        .or_else(|| pair("PMI_RANK", "PMI_SIZE"))
        // Slurm's PMIx tells the rank, and Slurm itself how many there are.
        .or_else(|| pair("PMIX_RANK", "SLURM_STEP_NUM_TASKS"))
}
