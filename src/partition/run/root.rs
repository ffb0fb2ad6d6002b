//! The run in which everything passes rank 0.

use super::forward::{Tensor, local};
use super::rank::Rank;
use super::{InferenceError, Number};
use crate::cluster::Communicator;
use crate::partition::{Cut, Tiling};

/// What a rank holds of the maps between two layers: rank 0 all of it, but its slice within a fused pair; the others
/// nothing, but their slice within a fused pair, or all of it where they reuse what they made.
type Held<T> = Option<Tensor<T>>;

impl<T: Number, C: Communicator + ?Sized> Rank<'_, T, C> {
    pub(super) fn through_root(&mut self, input: Held<T>) -> Result<Held<T>, InferenceError> {
        let mut current = input;
        let mut start = 0;
        if let Some(tiling) = self.plan.tiling().copied() {
            current = self.tiles(&tiling, current.as_ref())?;
            start = tiling.breakpoint;
            self.end(start - 1, current.as_ref());
        }
        for layer in start..self.plan.cuts().len() {
            self.begin(layer);
            current = match self.plan.cuts()[layer] {
                Cut::Outputs => self.cut_by_outputs(layer, current)?,
                Cut::First => {
                    let from = self.whole_input(layer, current)?;
                    Some(self.outputs(layer, &from)?)
                }
                Cut::Inputs => self.cut_by_inputs(layer, current)?,
                Cut::Second => self.summed(layer, current)?,
                Cut::Whole | Cut::Tiles => match current {
                    Some(from) => Some(self.outputs(layer, &from)?),
                    None => None,
                },
                Cut::Local => {
                    let chain = self.plan.chain();
                    let made = current.map(|from| local(chain, layer, &from, &self.kept));
                    self.ledger
                        .touch(made.as_ref().map_or(0, |made| made.numbers.len()));
                    made
                }
            };
            self.end(layer, current.as_ref());
        }
        Ok(current)
    }

    fn others(&self) -> std::ops::Range<usize> {
        1..self.ranks()
    }

    /// The whole input of a layer on every rank.
    fn whole_input(&mut self, layer: usize, held: Held<T>) -> Result<Tensor<T>, InferenceError> {
        let cut = self.plan.cuts()[layer];
        let reused = self.before(layer).is_some_and(|b| b.reused_by(Some(cut)));
        let image = self.plan.chain().seen(layer);
        match held {
            Some(held) if reused => Ok(held),
            Some(held) => {
                for rank in self.others() {
                    self.send(rank, &held.numbers)?;
                }
                Ok(held)
            }
            None => {
                let received = Tensor::new(image, self.receive(0, image.numbers())?);
                self.ledger.hold(image.numbers());
                Ok(received)
            }
        }
    }

    fn cut_by_outputs(&mut self, layer: usize, held: Held<T>) -> Result<Held<T>, InferenceError> {
        let from = self.whole_input(layer, held)?;
        let own = self.outputs(layer, &from)?;
        drop(from);
        let slices = self.plan.made_slices(layer);
        let image = self.plan.chain().made(layer);
        let reused = Cut::Outputs.reused_by(self.plan.next(layer));
        let slice = &slices[self.number()];
        if self.number() != 0 {
            self.send(0, &own.numbers)?;
            if !reused {
                return Ok(None);
            }
            let rest = self.receive(0, image.numbers() - own.numbers.len())?;
            self.ledger
                .touch(image.numbers() + own.numbers.len() + rest.len());
            return Ok(Some(Tensor::with(&own, slice, &rest, image)));
        }
        let mut whole = Tensor::zeros(image);
        self.ledger.touch(whole.numbers.len() + own.numbers.len());
        whole.put(slice, &own.numbers);
        for rank in self.others() {
            let part = self.receive(rank, slices[rank].len() * image.pixels())?;
            whole.put(&slices[rank], &part);
        }
        if reused {
            for rank in self.others() {
                let rest = whole.without(&slices[rank]);
                self.send(rank, &rest)?;
            }
        }
        Ok(Some(whole))
    }

    fn cut_by_inputs(&mut self, layer: usize, held: Held<T>) -> Result<Held<T>, InferenceError> {
        let slices = self.plan.seen_slices(layer);
        let own = match held {
            Some(held) => {
                for rank in self.others() {
                    let part = held.channels(&slices[rank]);
                    self.send(rank, &part.numbers)?;
                }
                held.channels(&slices[0])
            }
            None => {
                let seen = self.plan.chain().seen(layer);
                let image = crate::networks::deep::Image {
                    channels: slices[self.number()].len(),
                    ..seen
                };
                Tensor::new(image, self.receive(0, image.numbers())?)
            }
        };
        self.ledger.hold(own.numbers.len());
        self.summed(layer, Some(own))
    }

    /// Partial sums of the slice that a rank holds, added on rank 0 in the order of the ranks.
    fn summed(&mut self, layer: usize, own: Held<T>) -> Result<Held<T>, InferenceError> {
        // After a layer cut by outputs every rank holds its slice.
        let Some(own) = own else { return Ok(None) };
        let mut sums = self.partial(layer, &own)?;
        if self.number() != 0 {
            self.send(0, &sums.numbers)?;
            return Ok(None);
        }
        for rank in self.others() {
            let part = self.receive(rank, sums.numbers.len())?;
            self.ledger.touch(sums.numbers.len() + part.len());
            sums.add(&part);
        }
        self.finish(layer, &mut sums)?;
        Ok(Some(sums))
    }

    /// The first layers: in every round each rank makes one tile.
    fn tiles(
        &mut self,
        tiling: &Tiling,
        input: Option<&Tensor<T>>,
    ) -> Result<Held<T>, InferenceError> {
        self.begin(0);
        let chain = self.plan.chain();
        let tiles = self.plan.tiles()?;
        let (channels, made) = (chain.input().channels, chain.made(tiling.breakpoint - 1));
        let mut map = input.map(|_| Tensor::zeros(made));
        self.ledger
            .hold(map.as_ref().map_or(0, |map| map.numbers.len()));
        for round in tiles.chunks(self.ranks()) {
            if let Some(input) = input {
                for (rank, tile) in round.iter().enumerate().skip(1) {
                    let part = input.region(&tile[0]);
                    self.send(rank, &part.numbers)?;
                }
            }
            let Some(tile) = round.get(self.number()) else {
                break;
            };
            let mut current = match input {
                Some(input) => input.region(&tile[0]),
                None => {
                    let image = tile[0].image(channels);
                    Tensor::new(image, self.receive(0, image.numbers())?)
                }
            };
            for layer in 0..tiling.breakpoint {
                let regions = (&tile[layer], &tile[layer + 1]);
                self.ledger.hold(current.numbers.len());
                let next = self.on_region(layer, &current, regions)?;
                self.ledger.release(current.numbers.len());
                current = next;
            }
            let Some(map) = &mut map else {
                self.send(0, &current.numbers)?;
                continue;
            };
            map.place(&tile[tiling.breakpoint], &current.numbers);
            for (rank, tile) in round.iter().enumerate().skip(1) {
                let region = &tile[tiling.breakpoint];
                let part = self.receive(rank, region.pixels() * made.channels)?;
                map.place(region, &part);
            }
        }
        Ok(map)
    }
}
