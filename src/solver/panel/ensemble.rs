//! Many small systems side by side, each a lane of the same registers.

use rayon::prelude::*;

use super::LANES;
use super::field::{Affine, Chart, Input, PanelField};
use super::solver::PanelSolver;
use crate::numerics::in_order::in_order;
use crate::numerics::lanes::Lane;
use crate::solver::{History, Options, Save, SolverError, Trajectory, solve};

/// Trajectories of many alike systems: parameters, histories or both differ.
///
/// Members go in groups of 8, in the order given. A group is one [`PanelSolver`] whose components
/// are the members' interleaved, so that a register holds the same component of 8 members and they
/// share their panels; the panels are short enough for each of them. Groups are spread over the
/// threads of the present `rayon` pool; results are bitwise equal for any number of them, and do
/// not depend on other groups.
///
/// **Cost** per member: about a sixth of a run of its own where the system is small (measured on the
/// Mackey-Glass equation with registers of eight numbers); the more alike the members, the less.
///
/// ```
/// use pulsatrix::networks::MackeyGlass;
/// use pulsatrix::solver::{History, Options, PanelEnsemble, Save};
///
/// let members: Vec<_> = (0..20)
///     .map(|i| MackeyGlass::new(0.2, 0.1 + 1e-3 * f64::from(i), 10.0, 17.0))
///     .collect::<Result<_, _>>()?;
/// let ensemble = PanelEnsemble::new(&members)?;
/// let history = |_| History::constant(&[0.5]);
/// let options = Options::with_tolerance(1e-6);
/// let trajectories = ensemble.run(history, 0.0, 100.0, options, &Save::Last)?;
/// assert_eq!(trajectories.len(), 20);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct PanelEnsemble<'m, F> {
    members: &'m [F],
}

impl<'m, F> PanelEnsemble<'m, F> {
    /// An ensemble of `members`.
    ///
    /// # Errors
    /// [`SolverError::InvalidArgument`] if two members differ in more than their
    /// [parameters](PanelField::parameters).
    pub fn new<const LAGS: usize, const PARAMETERS: usize>(
        members: &'m [F],
    ) -> Result<Self, SolverError>
    where
        F: PanelField<LAGS, PARAMETERS>,
    {
        let unlike = members.iter().position(|member| {
            let first = &members[0];
            !(member.is_alike(first)
                && member.dimension() == first.dimension()
                && member.lags() == first.lags())
        });
        match unlike {
            None => Ok(Self { members }),
            Some(member) => Err(SolverError::InvalidArgument {
                name: "member",
                value: member as f64,
                requirement: "members of an ensemble may differ only in their parameters",
            }),
        }
    }

    /// Runs every member from `history(member)` at `begin` to `end`; one trajectory a member.
    ///
    /// The statistics of a trajectory are those of its group. A method of the general engine that
    /// the options name does not count here.
    ///
    /// # Errors
    /// Those of [`PanelSolver`], of the first group that has one; components are then counted through
    /// the group: `8 j` plus the member's place in it.
    pub fn run<'h, const LAGS: usize, const PARAMETERS: usize>(
        &self,
        history: impl Fn(usize) -> History<'h> + Sync,
        begin: f64,
        end: f64,
        options: Options,
        save: &Save,
    ) -> Result<Vec<Trajectory>, SolverError>
    where
        F: PanelField<LAGS, PARAMETERS>,
    {
        let groups = self
            .members
            .par_chunks(LANES)
            .enumerate()
            .map(|(number, members)| {
                let group = Group { members };
                let histories = (0..members.len()).map(|lane| history(number * LANES + lane));
                let history = group.history(histories.collect(), begin)?;
                let mut engine = PanelSolver::new(&group, history, begin, options)?;
                let together = solve(&mut engine, end, save, &[])?;
                let own = (0..members.len()).map(|lane| group.member(&together, lane));
                Ok::<Vec<Trajectory>, SolverError>(own.collect())
            });
        Ok(in_order(groups)?.into_iter().flatten().collect())
    }
}

/// Up to 8 members; places without one repeat the last.
struct Group<'m, F> {
    members: &'m [F],
}

impl<F> Group<'_, F> {
    /// The member in a lane.
    fn place(&self, lane: usize) -> usize {
        lane.min(self.members.len() - 1)
    }

    /// The histories of all members as one.
    fn history<'h, const LAGS: usize, const PARAMETERS: usize>(
        &self,
        histories: Vec<History<'h>>,
        begin: f64,
    ) -> Result<History<'h>, SolverError>
    where
        F: PanelField<LAGS, PARAMETERS>,
    {
        let dimension = self.members[0].dimension();
        let mut initial = vec![0.0; LANES * dimension];
        let mut breaking_points = Vec::new();
        for lane in 0..LANES {
            let history = &histories[self.place(lane)];
            let state = history.initial_state(begin, dimension)?;
            interleave(&state, lane, &mut initial);
            breaking_points.extend_from_slice(history.breaking_points());
        }
        let jumps = histories.iter().any(History::jumps);
        let last = histories.len() - 1;
        let together = History::function(LANES * dimension, move |time, states| {
            let mut state = vec![0.0; dimension];
            for lane in 0..LANES {
                histories[lane.min(last)].evaluate(time, &mut state);
                interleave(&state, lane, states);
            }
        });
        let together = together.with_breaking_points(&breaking_points);
        Ok(if jumps {
            together.starting_at(&initial)
        } else {
            together
        })
    }

    /// The trajectory of one member.
    fn member(&self, together: &Trajectory, lane: usize) -> Trajectory {
        let states = together.states.iter().skip(lane).step_by(LANES);
        Trajectory {
            states: states.copied().collect(),
            dimension: together.dimension / LANES,
            ..together.without_states()
        }
    }
}

/// Writes the state of a member into its lane.
fn interleave(state: &[f64], lane: usize, states: &mut [f64]) {
    for (value, lanes) in state.iter().zip(states.chunks_exact_mut(LANES)) {
        lanes[lane] = *value;
    }
}

impl<F: PanelField<LAGS, PARAMETERS>, const LAGS: usize, const PARAMETERS: usize>
    PanelField<LAGS, PARAMETERS> for Group<'_, F>
{
    fn dimension(&self) -> usize {
        LANES * self.members[0].dimension()
    }

    fn lags(&self) -> [f64; LAGS] {
        self.members[0].lags()
    }

    fn parameters(&self, component: usize) -> [f64; PARAMETERS] {
        let member = &self.members[self.place(component % LANES)];
        member.parameters(component / LANES)
    }

    #[inline(always)]
    fn gate<R: Lane>(&self, parameters: [R; PARAMETERS], state: R) -> R {
        self.members[0].gate(parameters, state)
    }

    #[inline(always)]
    fn affine<R: Lane>(
        &self,
        parameters: [R; PARAMETERS],
        time: R,
        gates: [R; LAGS],
        inputs: [R; LAGS],
    ) -> Affine<R> {
        self.members[0].affine(parameters, time, gates, inputs)
    }

    fn input(&self, lag: usize) -> Input {
        self.members[0].input(lag)
    }

    fn gather(&self, lag: usize, gates: &mut [f64]) {
        let mut own = vec![0.0; gates.len() / LANES];
        for lane in 0..LANES {
            for (own, lanes) in own.iter_mut().zip(gates.chunks_exact(LANES)) {
                *own = lanes[lane];
            }
            self.members[self.place(lane)].gather(lag, &mut own);
            interleave(&own, lane, gates);
        }
    }

    fn has_constant_rates(&self) -> bool {
        self.members[0].has_constant_rates()
    }

    fn steepness(&self) -> f64 {
        self.members[0].steepness()
    }

    fn chart(&self) -> Chart {
        self.members[0].chart()
    }

    fn systems(&self) -> usize {
        LANES
    }
}
