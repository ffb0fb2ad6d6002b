//! First half of a panel: the gates of the delayed states of one tile, and their sums.

use super::LANES;
use super::collocation::STAGES;
use super::field::PanelField;
use super::history::TILE;
use super::numbers::Precision;
use super::standing;
use super::task::{GROUP, Outcome, Task, parameters};
use crate::numerics::lanes::{Kernel, Register};
use crate::numerics::several::Several;

/// Writes the gates of tile `tile`, a row a kind of lag and stage, except where they stand, and what stands,
/// a word a block.
pub(super) struct Listen<'t, 'p, F, const LAGS: usize, const PARAMETERS: usize> {
    pub(super) task: &'t Task<'p, F, LAGS>,
    pub(super) tile: usize,
    pub(super) precision: Precision,
    pub(super) gates: &'t mut [f64],
    pub(super) words: &'t mut [u64],
    pub(super) outcome: &'t mut Outcome<LAGS>,
}

impl<F: PanelField<LAGS, PARAMETERS>, const LAGS: usize, const PARAMETERS: usize> Kernel
    for Listen<'_, '_, F, LAGS, PARAMETERS>
{
    type Output = ();

    #[inline(always)]
    fn run<R: Register>(self, token: R::Token) {
        let task = self.task;
        let (slots, kinds) = (task.slots, task.kinds());
        let shares = task.bound < f64::INFINITY;
        let components = task.field.dimension();
        let Outcome {
            sums,
            ones,
            blocks,
            standing,
            ..
        } = self.outcome;
        for lag in 0..LAGS {
            if task.summed[lag] {
                (sums[lag], ones[lag]) = ([[0.0; LANES]; STAGES], 0);
            }
        }
        (*blocks, *standing) = (0, 0);
        for (number, word) in self.words.iter_mut().enumerate() {
            let block = TILE * self.tile + number;
            let left = components - LANES * block;
            if shares {
                *word = 0;
                for lag in 0..LAGS {
                    if task.same[lag] == lag {
                        let stands = task.sources[lag].word(task.panels, task.past[lag], block);
                        *word = standing::combined(*word, stands, slots[lag]);
                    }
                }
                let real = standing::lanes(left);
                *standing += standing::standing(*word, real);
                if standing::stands(*word) {
                    for lag in 0..LAGS {
                        if task.summed[lag] {
                            ones[lag] += standing::count(*word, slots[lag], real);
                        }
                    }
                    *blocks += 1;
                    continue;
                }
            }
            // lanes that repeat the last component are not heard
            let real = &REAL[LANES - left.min(LANES)..];
            for lane in (0..LANES).step_by(R::WIDTH) {
                let place = (block, lane);
                let real = R::load(token, &real[lane..]);
                let parameters = parameters::<R, PARAMETERS>(token, task.parameters, place);
                for lag in 0..LAGS {
                    if task.same[lag] != lag {
                        continue;
                    }
                    let cells = kinds * number + slots[lag];
                    let sums = &mut sums[lag];
                    let (sources, past) = (&task.sources[lag], task.past[lag]);
                    let panels = (task.panels, self.precision);
                    let states = sources.block::<R>(token, panels, past, place);
                    let parameters = parameters.map(
                        #[inline(always)]
                        |own| Several([own; GROUP]),
                    );
                    for first in (0..STAGES).step_by(GROUP) {
                        let mut group = [real; GROUP];
                        group.copy_from_slice(&states[first..first + GROUP]);
                        let Several(group) = task.field.gate(parameters, Several(group));
                        let rows = (first, lane);
                        self.precision.store(self.gates, cells, rows, group);
                        if task.summed[lag] {
                            for (stage, gate) in (first..).zip(group) {
                                let sum = &mut sums[stage][lane..][..R::WIDTH];
                                gate.mul_add(real, R::load(token, sum)).store(sum);
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Ones, then zeros.
const REAL: [f64; 2 * LANES] = {
    let mut real = [0.0; 2 * LANES];
    let mut lane = 0;
    while lane < LANES {
        real[lane] = 1.0;
        lane += 1;
    }
    real
};
