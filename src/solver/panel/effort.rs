//! The work of one attempt at a panel: both halves on all tiles, and what lies between them.

use pulp::Arch;
use rayon::prelude::*;

use super::LANES;
use super::collocation::STAGES;
use super::field::{Input, PanelField};
use super::history::{Panel, TILE};
use super::listen::Listen;
use super::solve::Solve;
use super::standing::{Shared, Sharing};
use super::task::{Heard, Outcome, Sums, Task};
use crate::numerics::lanes::{Kernel, Register, dispatch};

/// Tiles from which all threads take part.
pub(super) const MANY: usize = 16;
/// Numbers of a panel on one tile.
const ROWS: usize = STAGES * TILE;
/// Standing blocks from which the shared solutions are worth finding: they cost about as much as a
/// block by elimination.
const FEW: u32 = 2;

/// A panel that is to be solved, with all that the work writes.
pub(super) struct Effort<'t, 'p, F, const LAGS: usize, const PARAMETERS: usize> {
    pub(super) task: &'t Task<'p, F, LAGS>,
    pub(super) inputs: [Input; LAGS],
    pub(super) gates: &'t mut [f64],
    pub(super) words: &'t mut [u64],
    pub(super) sums: &'t mut Sums<LAGS>,
    pub(super) gathered: &'t mut [f64],
    pub(super) shared: &'t mut Shared,
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
        let tiles = self.outcomes.len();
        for tile in 0..tiles {
            let (gates, words) = (LAGS * ROWS * tile, TILE * tile);
            let listen: Listen<'_, '_, F, LAGS, PARAMETERS> = Listen {
                task: self.task,
                tile,
                gates: head(&mut self.gates[gates..], LAGS * ROWS),
                words: head(&mut self.words[words..], TILE),
                outcome: &mut self.outcomes[tile],
            };
            listen.run::<R>(token);
        }
        let shares = self.hear();
        if let Some(inputs) = shares {
            self.sharing(inputs).run::<R>(token);
        }
        let heard = Heard {
            sums: self.sums,
            gathered: self.gathered,
            shared: shares.map(|_| &*self.shared),
        };
        for tile in 0..tiles {
            let (gates, rows) = (LAGS * ROWS * tile, ROWS * tile);
            let (words, marks) = (TILE * tile, 2 * TILE * tile);
            let length = self.marks[marks..].len().min(2 * TILE) / 2;
            let solve: Solve<'_, '_, F, LAGS, PARAMETERS> = Solve {
                task: self.task,
                heard: &heard,
                tile,
                gates: &self.gates[gates..gates + LAGS * STAGES * length],
                words: &self.words[words..words + length],
                marks: &self.marks[marks..marks + 2 * length],
                new_marks: head(&mut self.new_marks[marks..], 2 * TILE),
                states: head(&mut self.panel.states[rows..], ROWS),
                stands: head(&mut self.panel.stands[words..], TILE),
                outcome: &mut self.outcomes[tile],
            };
            solve.run::<R>(token);
        }
    }
}

/// The first numbers of a slice, `most` at most.
#[inline(always)]
fn head<T>(slice: &mut [T], most: usize) -> &mut [T] {
    let length = slice.len().min(most);
    &mut slice[..length]
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

impl<F: PanelField<LAGS, PARAMETERS>, const LAGS: usize, const PARAMETERS: usize>
    Effort<'_, '_, F, LAGS, PARAMETERS>
{
    /// On all threads of the present pool.
    pub(super) fn in_parallel(mut self, arch: Arch) {
        let task = self.task;
        let tiles = self.gates.par_chunks_mut(LAGS * ROWS);
        let tiles = tiles.zip(self.words.par_chunks_mut(TILE));
        let tiles = tiles.zip(self.outcomes.par_iter_mut());
        let listen = |(tile, ((gates, words), outcome)): (usize, Part<'_, LAGS>)| {
            let length = gates.len() / (LAGS * STAGES);
            let listen: Listen<'_, '_, F, LAGS, PARAMETERS> = Listen {
                task,
                tile,
                gates,
                words,
                outcome,
            };
            dispatch(arch, length, listen);
        };
        tiles.enumerate().for_each(listen);
        let shares = self.hear();
        if let Some(inputs) = shares {
            dispatch(arch, LANES, self.sharing(inputs));
        }
        let heard = Heard {
            sums: self.sums,
            gathered: self.gathered,
            shared: shares.map(|_| &*self.shared),
        };
        let tiles = self.panel.states.par_chunks_mut(ROWS);
        let tiles = tiles.zip(self.panel.stands.par_chunks_mut(TILE));
        let own = self.gates.par_chunks(LAGS * ROWS);
        let own = own.zip(self.words.par_chunks(TILE));
        let marks = self.marks.par_chunks(2 * TILE);
        let marks = marks.zip(self.new_marks.par_chunks_mut(2 * TILE));
        let tiles = tiles.zip(own).zip(marks);
        let tiles = tiles.zip(self.outcomes.par_iter_mut());
        let solve = |(tile, part): (usize, Share<'_, LAGS>)| {
            let ((((states, stands), (gates, words)), (marks, new_marks)), outcome) = part;
            let solve: Solve<'_, '_, F, LAGS, PARAMETERS> = Solve {
                task,
                heard: &heard,
                tile,
                gates,
                words,
                marks,
                new_marks,
                states,
                stands,
                outcome,
            };
            dispatch(arch, marks.len() / 2, solve);
        };
        tiles.enumerate().for_each(solve);
    }

    /// What the components hear of each other; the input at all stages if enough of them stand.
    #[inline(always)]
    fn hear(&mut self) -> Option<[f64; STAGES]> {
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
            gather(
                task.field,
                (inputs, &task.same),
                self.sums,
                self.gates,
                self.gathered,
            );
        }
        let blocks: u32 = self.outcomes.iter().map(|outcome| outcome.blocks).sum();
        (blocks >= FEW).then_some(input)
    }

    #[inline(always)]
    fn sharing(&mut self, inputs: [f64; STAGES]) -> Sharing<'_, F, LAGS, PARAMETERS> {
        Sharing {
            field: self.task.field,
            method: self.task.method,
            integral: &self.task.integral,
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
    field: &F,
    (inputs, same): (&[Input; LAGS], &[usize; LAGS]),
    sums: &Sums<LAGS>,
    gates: &[f64],
    gathered: &mut [f64],
) {
    let mut row = vec![0.0; field.dimension()];
    for lag in 0..LAGS {
        for stage in 0..STAGES {
            match inputs[lag] {
                Input::None => row.fill(0.0),
                Input::Sum => row.fill(sums[lag][stage][0]),
                Input::Gathered => {
                    let tiles = gates.chunks(LAGS * STAGES * TILE);
                    for (row, tile) in row.chunks_mut(TILE).zip(tiles) {
                        let at = (same[lag] * STAGES + stage) * row.len();
                        row.copy_from_slice(&tile[at..at + row.len()]);
                    }
                    field.gather(lag, &mut row);
                }
            }
            let tiles = gathered.chunks_mut(LAGS * STAGES * TILE);
            for (row, tile) in row.chunks(TILE).zip(tiles) {
                let at = (lag * STAGES + stage) * row.len();
                tile[at..at + row.len()].copy_from_slice(row);
            }
        }
    }
}
