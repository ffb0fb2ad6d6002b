//! The work of one attempt at a panel: both halves on all tiles, and what lies between them.

use pulp::Arch;
use rayon::prelude::*;

use super::LANES;
use super::average::{Average, Averaging};
use super::collocation::STAGES;
use super::field::{Input, PanelField};
use super::history::{Panel, TILE};
use super::layout::Layout;
use super::listen::Listen;
use super::numbers::{CELLS, Precision};
use super::solve::Solve;
use super::standing::{Shared, Sharing};
use super::task::{Heard, Outcome, Sums, Task};
use crate::numerics::lanes::{Kernel, Register, dispatch};

/// Tiles from which all threads take part.
pub(super) const MANY: usize = 16;
/// Standing blocks from which the shared solutions are worth finding: they cost about as much as a
/// block by elimination.
const FEW: u32 = 2;
/// Blocks from which the average component is worth solving, which costs about as much as two blocks by
/// elimination: with two blocks it was 10 % slower, with 13 a tenth faster.
const AVERAGE: usize = 4;

/// A panel that is to be solved, with all that the work writes.
pub(super) struct Effort<'t, 'p, F, const LAGS: usize, const PARAMETERS: usize> {
    pub(super) task: &'t Task<'p, F, LAGS>,
    pub(super) inputs: [Input; LAGS],
    pub(super) gates: &'t mut [f64],
    pub(super) words: &'t mut [u64],
    pub(super) sums: &'t mut Sums<LAGS>,
    pub(super) gathered: &'t mut [f64],
    pub(super) shared: &'t mut Shared,
    pub(super) average: &'t mut Average,
    pub(super) marks: &'t [f64],
    pub(super) new_marks: &'t mut [f64],
    pub(super) panel: &'t mut Panel,
    pub(super) outcomes: &'t mut [Outcome<LAGS>],
}

/// On the present thread, in one go.
impl<F: PanelField<LAGS, PARAMETERS>, const LAGS: usize, const PARAMETERS: usize> Kernel
    for Effort<'_, '_, F, LAGS, PARAMETERS>
{
    type Output = ();

    #[inline(always)]
    fn run<R: Register>(mut self, token: R::Token) {
        // known here, so that nothing asks for it
        let precisions @ [precision, _] = [Precision::Double; 2];
        let task = self.task;
        let tile = precision.room(CELLS * TILE);
        let tiles = self.gates.chunks_mut(task.kinds() * tile);
        let tiles = tiles.zip(self.words.chunks_mut(TILE));
        let tiles = tiles.zip(self.outcomes.iter_mut());
        for part in tiles.enumerate() {
            listen::<F, LAGS, PARAMETERS>(task, precision, part).run::<R>(token);
        }
        let inputs = self.hear();
        if self.averages() {
            *self.average = self.averaging().run::<R>(token);
        }
        if self.shares() {
            self.sharing(inputs).run::<R>(token);
        }
        let heard = Heard {
            sums: self.sums,
            gathered: self.gathered,
            shared: self.shares().then_some(&*self.shared),
            average: self.averages().then_some(&*self.average),
        };
        let tiles = self.panel.states.chunks_mut(tile);
        let tiles = tiles.zip(self.panel.stands.chunks_mut(LANES * TILE));
        let own = self.gates.chunks(task.kinds() * tile);
        let own = own.zip(self.words.chunks(TILE));
        let marks = self.marks.chunks(2 * LANES * TILE);
        let marks = marks.zip(self.new_marks.chunks_mut(2 * LANES * TILE));
        let tiles = tiles.zip(own).zip(marks);
        let tiles = tiles.zip(self.outcomes.iter_mut());
        for share in tiles.enumerate() {
            solve::<F, LAGS, PARAMETERS>((task, &heard), precisions, share).run::<R>(token);
        }
    }
}

/// Gates, words and outcome of one tile.
type Part<'t, const LAGS: usize> = ((&'t mut [f64], &'t mut [u64]), &'t mut Outcome<LAGS>);

/// What one tile has of the gates, and what it gets: states, words, marks, where gates stand.
type Share<'t, const LAGS: usize> = (
    (
        ((&'t mut [f64], &'t mut [u8]), (&'t [f64], &'t [u64])),
        (&'t [f64], &'t mut [f64]),
    ),
    &'t mut Outcome<LAGS>,
);

/// The first half on one tile.
#[inline(always)]
fn listen<'t, 'p, F, const LAGS: usize, const PARAMETERS: usize>(
    task: &'t Task<'p, F, LAGS>,
    precision: Precision,
    (tile, ((gates, words), outcome)): (usize, Part<'t, LAGS>),
) -> Listen<'t, 'p, F, LAGS, PARAMETERS> {
    Listen {
        task,
        tile,
        precision,
        gates,
        words,
        outcome,
    }
}

/// The second half on one tile.
#[inline(always)]
fn solve<'t, 'p, F, const LAGS: usize, const PARAMETERS: usize>(
    (task, heard): (&'t Task<'p, F, LAGS>, &'t Heard<'p, LAGS>),
    precisions: [Precision; 2],
    (tile, share): (usize, Share<'t, LAGS>),
) -> Solve<'t, 'p, F, LAGS, PARAMETERS> {
    let ((((states, stands), (gates, words)), (marks, new_marks)), outcome) = share;
    Solve {
        task,
        heard,
        tile,
        precisions,
        gates,
        words,
        marks,
        new_marks,
        states,
        stands,
        outcome,
    }
}

impl<F: PanelField<LAGS, PARAMETERS>, const LAGS: usize, const PARAMETERS: usize>
    Effort<'_, '_, F, LAGS, PARAMETERS>
{
    /// On all threads of the present pool.
    pub(super) fn in_parallel(mut self, arch: Arch) {
        let task = self.task;
        let precisions @ [precision, own] = [task.panels.precision(), self.panel.precision];
        let tile = precision.room(CELLS * TILE);
        let tiles = self.gates.par_chunks_mut(task.kinds() * tile);
        let tiles = tiles.zip(self.words.par_chunks_mut(TILE));
        let tiles = tiles.zip(self.outcomes.par_iter_mut());
        tiles.enumerate().for_each(|part| {
            let listen = listen::<F, LAGS, PARAMETERS>(task, precision, part);
            dispatch(arch, LANES, listen);
        });
        let inputs = self.hear();
        if self.averages() {
            *self.average = dispatch(arch, LANES, self.averaging());
        }
        if self.shares() {
            dispatch(arch, LANES, self.sharing(inputs));
        }
        let heard = Heard {
            sums: self.sums,
            gathered: self.gathered,
            shared: self.shares().then_some(&*self.shared),
            average: self.averages().then_some(&*self.average),
        };
        let tiles = self.panel.states.par_chunks_mut(own.room(CELLS * TILE));
        let tiles = tiles.zip(self.panel.stands.par_chunks_mut(LANES * TILE));
        let own = self.gates.par_chunks(task.kinds() * tile);
        let own = own.zip(self.words.par_chunks(TILE));
        let marks = self.marks.par_chunks(2 * LANES * TILE);
        let marks = marks.zip(self.new_marks.par_chunks_mut(2 * LANES * TILE));
        let tiles = tiles.zip(own).zip(marks);
        let tiles = tiles.zip(self.outcomes.par_iter_mut());
        tiles.enumerate().for_each(|share| {
            let solve = solve::<F, LAGS, PARAMETERS>((task, &heard), precisions, share);
            dispatch(arch, LANES, solve);
        });
    }

    /// What the components hear of each other; the sum of all gates at all stages.
    #[inline(always)]
    fn hear(&mut self) -> [f64; STAGES] {
        let (task, inputs) = (self.task, &self.inputs);
        let mut input = [0.0; STAGES];
        for lag in 0..LAGS {
            if inputs[lag] == Input::Sum {
                let sums = &mut self.sums[lag];
                sum(sums, self.outcomes, task.same[lag], task.systems);
                for (input, sum) in input.iter_mut().zip(sums) {
                    *input = sum[0];
                }
            }
        }
        if !self.gathered.is_empty() {
            gather(task, inputs, self.sums, self.gates, self.gathered);
        }
        input
    }

    /// Whether enough blocks stand.
    #[inline(always)]
    fn shares(&self) -> bool {
        let blocks: u32 = self.outcomes.iter().map(|outcome| outcome.blocks).sum();
        blocks >= FEW
    }

    /// Whether there are enough blocks for an average component, whose rates are found for each panel.
    #[inline(always)]
    fn averages(&self) -> bool {
        self.words.len() >= AVERAGE && self.task.propagator.is_none() && self.gathered.is_empty()
    }

    #[inline(always)]
    fn averaging(&self) -> Averaging<'_, F, LAGS, PARAMETERS> {
        Averaging {
            field: self.task.field,
            integral: self.task.integral,
            times: &self.task.times,
            sums: self.sums,
        }
    }

    #[inline(always)]
    fn sharing(&mut self, inputs: [f64; STAGES]) -> Sharing<'_, F, LAGS, PARAMETERS> {
        Sharing {
            field: self.task.field,
            method: self.task.method,
            integral: self.task.integral,
            same: self.task.same,
            sums: self.task.sums,
            inputs,
            shared: self.shared,
        }
    }
}

/// Adds up the sums of all tiles through a lag of length `same`.
#[inline(always)]
fn sum<const LAGS: usize>(
    sums: &mut [[f64; LANES]; STAGES],
    outcomes: &[Outcome<LAGS>],
    same: usize,
    systems: usize,
) {
    let ones = outcomes.iter().map(|outcome| u64::from(outcome.ones[same]));
    let ones = ones.sum::<u64>() as f64;
    for (stage, sum) in sums.iter_mut().enumerate() {
        *sum = [0.0; LANES];
        for outcome in outcomes {
            for (sum, part) in sum.iter_mut().zip(outcome.sums[same][stage]) {
                *sum += part;
            }
        }
        if systems == 1 {
            *sum = [ones + sum.iter().sum::<f64>(); LANES];
        }
    }
}

/// Inputs of all components at all stages, in the layout of the gates.
fn gather<F: PanelField<LAGS, PARAMETERS>, const LAGS: usize, const PARAMETERS: usize>(
    task: &Task<'_, F, LAGS>,
    inputs: &[Input; LAGS],
    sums: &Sums<LAGS>,
    gates: &[f64],
    gathered: &mut [f64],
) {
    let field = task.field;
    let layout = Layout::new(field.dimension());
    let (own, rows) = (task.kinds() * STAGES, LAGS * STAGES);
    let mut row = vec![0.0; field.dimension()];
    for lag in 0..LAGS {
        for stage in 0..STAGES {
            match inputs[lag] {
                Input::None => row.fill(0.0),
                Input::Sum => row.fill(sums[lag][stage][0]),
                Input::Gathered => {
                    for (place, value) in row.iter_mut().enumerate() {
                        let index = layout.index(own, task.slots[lag] * STAGES + stage, place);
                        *value = task.panels.precision().get(gates, index);
                    }
                    field.gather(lag, &mut row);
                }
            }
            for place in 0..layout.places() {
                let value = row[layout.filled(place)];
                gathered[layout.index(rows, lag * STAGES + stage, place)] = value;
            }
        }
    }
}
