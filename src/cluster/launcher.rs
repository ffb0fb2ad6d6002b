//! Whether this process is one of several that a launcher has started.

use std::env::var;

/// How many copies of this program `mpirun` (or `srun --mpi=...`) has started; none if nothing says that it was a launcher.
///
/// Open MPI, MPICH and Slurm tell every process by its environment. Nothing is initialised.
#[must_use]
pub fn launched() -> Option<usize> {
    let number = |name: &str| var(name).ok()?.parse::<usize>().ok();
    number("OMPI_COMM_WORLD_SIZE")
        .or_else(|| number("PMI_SIZE"))
        .or_else(|| {
            // Slurm's PMIx tells the rank, and Slurm itself how many there are.
            number("PMIX_RANK").and_then(|_| number("SLURM_STEP_NUM_TASKS"))
        })
}
