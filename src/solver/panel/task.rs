//! What is known of a panel before it is solved, and what comes out on one tile.

use super::LANES;
use super::average::Average;
use super::collocation::{Collocation, STAGES};
use super::history::{Panel, Panels};
use super::passage::Passages;
use super::propagator::Propagator;
use super::sources::Sources;
use super::standing::Shared;
use crate::numerics::lanes::Register;

/// Sums of the gates through each lag, at each stage: one for each system, eight times the same if
/// there is one system.
pub(super) type Sums<const LAGS: usize> = [[[f64; LANES]; STAGES]; LAGS];

/// Stages whose gates and coefficients are found beside each other: measured, as good as all eight and
/// with half the registers.
pub(super) const GROUP: usize = 4;

/// A panel that is to be solved, as all tiles see it.
pub(super) struct Task<'p, F, const LAGS: usize> {
    pub(super) field: &'p F,
    /// Parameters of all components, a row each.
    pub(super) parameters: &'p [f64],
    pub(super) method: &'static Collocation,
    /// Length of the panel.
    pub(super) step: f64,
    /// The integrals of the method, over the panel.
    pub(super) integral: &'p [[f64; STAGES]; STAGES],
    /// Times of the stages.
    pub(super) times: [f64; STAGES],
    pub(super) sources: &'p [Sources; LAGS],
    pub(super) panels: &'p Panels,
    /// States before the initial time at the stages, a panel each lag.
    pub(super) past: [&'p Panel; LAGS],
    /// The first lag of equal length, and its place among those of different length.
    pub(super) same: [usize; LAGS],
    pub(super) slots: [usize; LAGS],
    /// Whether the sum of the gates is heard through a lag, or through another of equal length.
    pub(super) summed: [bool; LAGS],
    /// The lags through which the sum is heard.
    pub(super) sums: [bool; LAGS],
    /// The panel before, whose end is the start.
    pub(super) before: &'p Panel,
    /// Number of systems.
    pub(super) systems: usize,
    /// Ready-made solutions of fields with constant rates.
    pub(super) propagator: Option<&'p Propagator>,
    pub(super) absolute: f64,
    pub(super) relative: f64,
    /// Part of the former size of a component that still counts.
    pub(super) decay: f64,
    /// States at which a gate has its poles, times `i`: `pi` over its steepness; zero if it has none.
    pub(super) level: f64,
    /// Weight of a jump of the slope at the start: zero where there may be one.
    pub(super) jump: f64,
    /// State beyond which a gate does not count as passing through its threshold; below all states if none does.
    pub(super) band: f64,
    /// State beyond which a gate stands at 0 or 1; infinity where that is of no use.
    pub(super) bound: f64,
    /// Range of a state over a panel from which its passages need to be searched for between the stages.
    pub(super) sharp: f64,
}

impl<F, const LAGS: usize> Task<'_, F, LAGS> {
    /// Number of lags of different length, each of which has gates of its own.
    #[inline(always)]
    pub(super) fn kinds(&self) -> usize {
        self.slots.iter().max().map_or(0, |last| last + 1)
    }
}

/// What the components hear of each other over a panel.
pub(super) struct Heard<'p, const LAGS: usize> {
    pub(super) sums: &'p Sums<LAGS>,
    /// Inputs that a field has gathered, laid out as the gates; empty if there are none.
    pub(super) gathered: &'p [f64],
    /// Solutions that standing components share, if they have been found.
    pub(super) shared: Option<&'p Shared>,
    /// The average component, if it has been found.
    pub(super) average: Option<&'p Average>,
}

/// What a tile has found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outcome<const LAGS: usize> {
    /// Sums of the gates that move, and how many of the others are at 1.
    pub(super) sums: Sums<LAGS>,
    pub(super) ones: [u32; LAGS],
    /// How many blocks stand, and how many components.
    pub(super) blocks: u32,
    pub(super) standing: u32,
    /// Largest error, in units of the tolerance, and where; NaN if something is not finite.
    pub(super) error: f64,
    pub(super) worst: usize,
    /// Where gates pass through their thresholds.
    pub(super) passages: Passages,
    /// Lanes of blocks, a bit each, in which some component may do so between two stages.
    pub(super) switching: u8,
}

impl<const LAGS: usize> Default for Outcome<LAGS> {
    fn default() -> Self {
        Self {
            sums: [[[0.0; LANES]; STAGES]; LAGS],
            ones: [0; LAGS],
            blocks: 0,
            standing: 0,
            error: 0.0,
            worst: 0,
            passages: Passages::new(),
            switching: 0,
        }
    }
}

/// The parameters of a part of a block: from lane `lane` on. One block may stand for all.
#[inline(always)]
pub(super) fn parameters<R: Register, const K: usize>(
    token: R::Token,
    all: &[f64],
    (block, lane): (usize, usize),
) -> [R; K] {
    let all = all.as_chunks::<LANES>().0;
    let rows = &all[(K * block).min(all.len() - K)..][..K];
    let mut parameters = [R::splat(token, 0.0); K];
    for k in 0..K {
        parameters[k] = R::load(token, &rows[k][lane..]);
    }
    parameters
}
