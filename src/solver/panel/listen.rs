//! First half of a panel: the gates of the delayed states of one tile, and their sums.

use super::LANES;
use super::collocation::STAGES;
use super::field::PanelField;
use super::history::TILE;
use super::standing;
use super::task::{Outcome, Task, blocks, parameters};
use crate::numerics::lanes::{Kernel, Register};

/// Writes the gates of tile `tile`, `LAGS` times `STAGES` rows, except where they stand, and what
/// stands, a word a block.
pub(super) struct Listen<'t, 'p, F, const LAGS: usize, const PARAMETERS: usize> {
    pub(super) task: &'t Task<'p, F, LAGS>,
    pub(super) tile: usize,
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
        let (task, tile) = (self.task, self.tile);
        let length = self.gates.len() / (LAGS * STAGES);
        let own = &task.parameters[PARAMETERS * TILE * tile..];
        let slots = standing::slots(&task.same);
        let reached: [_; LAGS] = std::array::from_fn(
            #[inline(always)]
            |lag| task.sources[lag].reached(task.panels, &task.past[lag], tile),
        );
        let shares = task.bound < f64::INFINITY;
        let Outcome {
            sums,
            ones,
            blocks: standing_blocks,
            standing,
            ..
        } = self.outcome;
        for lag in 0..LAGS {
            if task.summed[lag] {
                (sums[lag], ones[lag]) = ([[0.0; LANES]; STAGES], 0);
            }
        }
        (*standing_blocks, *standing) = (0, 0);
        for block in blocks(length, R::WIDTH) {
            let at = block.at;
            let lanes = standing::lanes(R::WIDTH.min(length), 0);
            if shares {
                let mut word = 0;
                for lag in 0..LAGS {
                    if task.same[lag] == lag {
                        word = standing::combined(word, reached[lag].stands(at), slots[lag]);
                    }
                }
                self.words[block.number] = word;
                let fresh = standing::lanes(R::WIDTH.min(length), block.skip);
                *standing += standing::standing(word, fresh);
                if standing::stands(word, lanes) {
                    for lag in 0..LAGS {
                        if task.summed[lag] {
                            ones[lag] += standing::count(word, slots[lag], fresh);
                        }
                    }
                    *standing_blocks += 1;
                    continue;
                }
            }
            // a short row leaves lanes without a component, whose gates are anything
            let mut fresh = [0.0; LANES];
            fresh[block.skip..R::WIDTH.min(length)].fill(1.0);
            let fresh = R::load(token, &fresh[..]);
            let parameters = parameters::<R, PARAMETERS>(token, own, length, at);
            for lag in 0..LAGS {
                if task.same[lag] != lag {
                    continue;
                }
                let gates = &mut self.gates[lag * STAGES * length..][..STAGES * length];
                let states = reached[lag].block::<R>(token, at);
                // the lanes of a sum are those of the systems
                let lane = if block.skip == 0 { at % LANES } else { 0 };
                for stage in 0..STAGES {
                    let gate = task.field.gate(parameters, states[stage]);
                    gate.store(&mut gates[stage * length + at..(stage + 1) * length]);
                    if task.summed[lag] {
                        let sum = &mut sums[lag][stage][lane..];
                        gate.mul_add(fresh, R::load(token, sum)).store(sum);
                    }
                }
            }
        }
    }
}
